// A session on a database for tests: fixed clock, captured output, short ways to run and to fail.
import { cell } from "../../base/value/column.ts";
import { printValue } from "../../base/value/print.ts";
import { TableValue, type Value } from "../../base/value/value.ts";
import { openSession } from "../../server/session.ts";
import type { Outcome, Session, SessionOptions, StatementResult } from "../../server/session-types.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

/** 2026-01-31T12:00:00Z. */
export const NOON_MICROS = 1_769_860_800_000_000;

/** A session with what it printed. */
export interface TestSession {
  readonly session: Session;
  readonly printed: string[];
  readonly logged: string[];
  readonly notices: string[];
  /** Moves the session's clock. */
  setNow(micros: number): void;
  /** Runs a script; fails the test when it does not complete. Gives its results as lines. */
  run(text: string): readonly string[];
  /** Runs a script that must stop with an uncaught error; gives `code: message`. */
  fail(text: string): string;
  /** Runs a script that must be rejected; gives the codes of its errors. */
  reject(text: string): readonly string[];
  /** Calls a routine; gives its value, printed. */
  call(name: string, ...args: readonly Value[]): string;
  /** Calls a routine that must fail; gives `code: message`. */
  failCall(name: string, ...args: readonly Value[]): string;
}

/** Rows as lines: `1|Ann`. */
export function tableLines(table: TableValue): readonly string[] {
  return Array.from({ length: table.length }, (_, row) =>
    table.columns.map((column) => printValue(cell(column, row))).join("|"),
  );
}

function resultLines(result: StatementResult): readonly string[] {
  switch (result.kind) {
    case "table":
      return tableLines(result.table);
    case "value":
      return [printValue(result.value)];
    case "changes":
      return [`${result.changes} changed`];
    case "done":
      return [result.text];
  }
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === "failed") return `${outcome.error.code}: ${outcome.error.message}`;
  return outcome.problems.map((problem) => `${problem.code} ${problem.message}`).join("\n");
}

/** Opens a session, in memory unless a file is named. */
export function open(options: Partial<SessionOptions> = {}): TestSession {
  const printed: string[] = [];
  const logged: string[] = [];
  const notices: string[] = [];
  let now = NOON_MICROS;
  let elapsed = 0;
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    seed: 1,
    clock: {
      nowMicros: () => now,
      elapsedMs: () => {
        elapsed += 0.125;
        return elapsed;
      },
    },
    output: {
      print: (text) => void printed.push(text),
      log: (level, text) => void logged.push(`${level} ${text}`),
      notice: (text) => void notices.push(text),
    },
    ...options,
  });
  const execute = (text: string): { readonly outcome: Outcome; readonly lines: readonly string[] } => {
    const lines: string[] = [];
    const outcome = session.execute(
      { name: "test.grz", text },
      { onResult: ({ result }) => void lines.push(...resultLines(result)) },
    );
    return { outcome, lines };
  };
  return {
    session,
    printed,
    logged,
    notices,
    setNow: (micros) => {
      now = micros;
    },
    run: (text) => {
      const { outcome, lines } = execute(text);
      if (outcome.kind !== "completed") throw new TypeError(`the script did not complete: ${describeOutcome(outcome)}`);
      return lines;
    },
    fail: (text) => {
      const { outcome } = execute(text);
      if (outcome.kind !== "failed")
        throw new TypeError(`the script did not fail: ${outcome.kind} ${describeOutcome(outcome)}`);
      return describeOutcome(outcome);
    },
    reject: (text) => {
      const { outcome } = execute(text);
      if (outcome.kind !== "rejected") throw new TypeError(`the script was not rejected: ${describeOutcome(outcome)}`);
      return outcome.problems.filter((problem) => problem.severity === "error").map((problem) => problem.code);
    },
    call: (name, ...args) => {
      const outcome = session.call(name, args);
      if (outcome.kind !== "returned")
        throw new TypeError(
          `the call did not return: ${outcome.kind === "failed" ? `${outcome.error.code}: ${outcome.error.message}` : "rejected"}`,
        );
      return outcome.value instanceof TableValue ? tableLines(outcome.value).join("\n") : printValue(outcome.value);
    },
    failCall: (name, ...args) => {
      const outcome = session.call(name, args);
      if (outcome.kind !== "failed") throw new TypeError(`the call did not fail: ${outcome.kind}`);
      return `${outcome.error.code}: ${outcome.error.message}`;
    },
  };
}
