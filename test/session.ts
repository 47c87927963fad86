// A session for tests: in memory unless a file is given, output collected, a clock that stands still, a fixed seed.
import { openSession } from "../server/session.ts";
import type { Session, SessionOptions } from "../server/session-types.ts";
import { sqliteEngine } from "../storage/sqlite/engine.ts";

/** 2026-01-31T12:00:00Z in microseconds: the time of tests. */
export const TEST_NOW_MICROS = 1_769_860_800_000_000;

/** A session and what it printed. */
export interface TestSession {
  readonly session: Session;
  readonly printed: string[];
  readonly notices: string[];
}

/** Opens it; the caller closes. */
export function testSession(options: Partial<SessionOptions> = {}): TestSession {
  const printed: string[] = [];
  const notices: string[] = [];
  let elapsed = 0;
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    seed: 1,
    clock: {
      nowMicros: () => TEST_NOW_MICROS,
      elapsedMs: () => {
        elapsed += 1;
        return elapsed / 1000;
      },
    },
    output: {
      print: (text) => void printed.push(text),
      log: (level, text) => void printed.push(`${level}: ${text}`),
      notice: (text) => void notices.push(text),
    },
    ...options,
  });
  return { session, printed, notices };
}
