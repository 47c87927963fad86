// Deadlocks as events: written for feeds of the kind DEADLOCK_DETECTED, once whoever holds the write lock is through. Where nobody has such a feed nothing is written.
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { recordDeadlock } from "../feeds/deadlocks.ts";
import type { LaneSession } from "./lane-session.ts";

/** Pauses between tries while somebody writes, in milliseconds. */
const PAUSES_MS = [5, 20, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 20_000];

/** Notes that a session had to give up. `warn` is told what could not be written. */
export function noteDeadlock(
  database: string,
  { info }: LaneSession,
  message: string,
  warn: (text: string) => void,
): void {
  const event = { session_id: Number(info.sessionId), user: info.principal.name, message };
  const attempt = (tries: number): void => {
    try {
      const connection = sqliteEngine.connect({ target: database, create: false, busyTimeoutMs: 0 });
      try {
        recordDeadlock(connection, event);
      } finally {
        connection.close();
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const pauseMs = error.kind === "busy" ? PAUSES_MS[tries] : undefined;
      if (pauseMs === undefined) warn(`A deadlock could not be noted for feeds: ${error.message}`);
      else setTimeout(() => attempt(tries + 1), pauseMs).unref();
    }
  };
  // Not before what the session had begun is undone.
  setImmediate(() => attempt(0));
}
