// What the VM needs from outside: the only door for effects. The server implements it; tests use a small in-memory one.
// All methods are synchronous. Errors of the engine arrive as Trap (see bytecode/trap.ts) so that programs can catch them.
import type { SqlForm } from "../base/sql-form.ts";
import type { Column } from "../base/value/column.ts";
import type { HandleValue, TableValue, Value } from "../base/value/value.ts";
import type { LoadedRoutine } from "./load.ts";

/** Rows of a query as of its start, batch by batch. */
export interface HostRows {
  /** Column names in order. */
  readonly names: readonly string[];
  next(): { readonly columns: readonly Column[]; readonly length: number } | undefined;
  close(): void;
}

/** The port. Methods may throw Trap; anything else is a bug and ends the run. */
export interface Host {
  // --- SQL ---
  /** Runs a query; `parameters` in the form's numbering. */
  query(form: SqlForm, parameters: readonly Value[]): HostRows;
  /** Runs DML or DDL; gives the number of rows changed and the rows of RETURNING. */
  execute(
    form: SqlForm,
    parameters: readonly Value[],
  ): { readonly changes: number; readonly rows: TableValue | undefined };
  /** Dynamic SQL (`execute`). `names` gives names of `using name = e` parameters, undefined for positional. */
  executeText(
    sql: string,
    names: readonly (string | undefined)[],
    parameters: readonly Value[],
  ): { readonly rows: TableValue | undefined; readonly changes: number };
  /** Opens a savepoint, or a transaction when there is none and `mode` asks for it; gives a token for the two below. */
  savepoint(): number;
  release(token: number): void;
  rollbackTo(token: number): void;
  /** `transaction { }` and `autonomous { }` blocks. */
  beginAutonomous(): number;
  endAutonomous(token: number, outcome: "commit" | "rollback"): void;

  // --- Routines ---
  /** Number that changes whenever `resolve` might answer differently; -1 or no method: never keep a routine. */
  epoch?(): number;
  /** Finds a stored routine that was not known when the caller was compiled. @throws Trap NoSuchRoutine. */
  resolve(reference: RoutineReference): LoadedRoutine;
  /** How many of the innermost routines that run, as Machine.callers gives them, no trace may tell; no method: none. Must not throw. */
  hiddenFrames?(): number;
  /** Starts an asynchronous call (LANGUAGE.md 15.15). */
  startAsync(routine: LoadedRoutine, args: readonly Value[], options: { readonly detached: boolean }): HandleValue;
  /** Waits for a handle; may run the job in place. @throws Trap of the job. */
  await(handle: HandleValue): Value;
  /** Statements that only the session can carry out: management, BACKUP, EXPLAIN, PRAGMA, transaction control. `statement` is the compiler's JSON form. */
  manage(statement: ManagementForm, args: readonly Value[]): Value;

  // --- World, only when granted ---
  print(text: string): void;
  log(level: "debug" | "info" | "warn" | "error", text: string): void;
  emit(rows: TableValue): void;
  /** Microseconds since 1970 UTC; fixed for the outermost call. @throws Trap PermissionDenied when the clock is not granted. */
  nowMicros(): number;
  /** Uniform in [0, 1), from a seeded generator whose seed is recorded. */
  random(): number;
}

/** A routine by name, for late binding and `p@2`. */
export interface RoutineReference {
  readonly name: string;
  readonly receiver: string | undefined;
  readonly version: number | undefined;
}

/** A management statement as data: `verb` and its fields, with expressions replaced by argument numbers. */
export interface ManagementForm {
  readonly verb: string;
  readonly [field: string]: unknown;
}
