// Stopping a statement while it runs: better-sqlite3 cannot interrupt, so the statements of a stoppable connection call `gobi_tick` in each of their loops
// (print.ts puts it there), and it throws when the connection's `interrupt` says so. SQLite then undoes the statement; the connection stays usable.
// Measured per row (2 cores, 2.1 GHz; bench/storage/ticks.ts): 0.13 to 0.27 µs a loop; a connection without `interrupt` prints what it always printed.
import type Database from "better-sqlite3";
import { EngineError, type Interruption } from "../engine.ts";

/** `interrupt` is asked at each of so many ticks: it reads shared memory and a clock. */
export const TICKS_PER_QUESTION = 16;

/** The error of a stopped statement. */
function interrupted(reason: Interruption): EngineError {
  return reason === "timeout"
    ? new EngineError("The statement took longer than it may (limit timeoutMs).", {
        kind: "interrupted",
        code: "GOBI_TIMEOUT",
      })
    : new EngineError("The statement was cancelled.", { kind: "interrupted", code: "GOBI_CANCELLED" });
}

/** Registers `gobi_tick` and gives what it does, for rows that are delivered without it. The function throws EngineError `interrupted`. */
export function createTicks(db: Database.Database, interrupt: () => Interruption | undefined): () => void {
  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    if (ticks < TICKS_PER_QUESTION) return;
    ticks = 0;
    const reason = interrupt();
    if (reason !== undefined) throw interrupted(reason);
  };
  const always = (): number => {
    tick();
    return 1;
  };
  // The number of arguments is read from `length`: none for a single table, one made of the joined tables' columns.
  const options = { deterministic: false, directOnly: true };
  db.function("gobi_tick", options, () => always());
  db.function("gobi_tick", options, (_columns: unknown) => always());
  return tick;
}
