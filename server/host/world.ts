// What the host of a session is made of, and how failures of the engine reach the program.
import type { Problem } from "../../base/problem.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import { EngineError, type Connection } from "../../storage/engine.ts";
import type { ManagementForm, RoutineReference } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { DynamicProgram } from "../programs/dynamic-statements.ts";
import type { Authority } from "../security/types.ts";
import type { OutputSink, SessionGrants } from "../session-types.ts";
import { tellable } from "../security/tellable-errors.ts";
import { trapOf } from "../sql/engine-errors.ts";
import type { Transactions } from "../sql/transactions.ts";
import type { TriggerRegistry, TriggerWay } from "../triggers/types.ts";
import type { Jobs } from "./jobs.ts";
import type { SqlFunctions } from "./sql-functions.ts";

/** What the host is made of. Fields without `readonly` are replaced by the session between statements. */
export interface HostWorld {
  readonly connection: Connection;
  readonly transactions: Transactions;
  readonly functions: SqlFunctions;
  readonly jobs: Jobs;
  readonly output: OutputSink;
  readonly grants: SessionGrants;
  /** Microseconds since 1970, fixed for the outermost call. */
  callNowMicros(): number;
  random(): number;
  resolve(reference: RoutineReference): LoadedRoutine;
  manage(form: ManagementForm, args: readonly Value[]): Value;
  emit(rows: TableValue): void;
  /** The schema may have changed. */
  schemaChanged(): void;
  /** Most rows one query may deliver; undefined: no bound. */
  rowsMax(): number | undefined;
  /** Moves when routines must be bound anew. */
  generation(): number;
  triggers(): TriggerRegistry;
  /** For tests: how triggers fire where several ways would do. */
  readonly triggerWay: TriggerWay | undefined;
  /** The program of a text of `execute` that writes, or why our compiler does not understand it. */
  statement(sql: string): DynamicProgram | readonly Problem[];
  schema(): DatabaseSchema;
  /** Whom the session acts for; undefined: nothing is asked. */
  authority(): Authority | undefined;
  /** Runs a routine inside the running call. @throws Trap. */
  call(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** Many such calls in a row; see Machine.series. */
  series<T>(work: (call: HostWorld["call"]) => T): T;
  elapsedMs(): number;
}

/** What a failure of the engine is for the program; it may have ended the transaction. @throws Trap. */
export function failed(world: HostWorld, error: unknown): never {
  if (!(error instanceof EngineError)) throw error;
  world.transactions.noticeError(error);
  throw trapOf(tellable(world.authority(), error));
}

/** Runs engine work. @throws Trap. */
export function guarded<T>(world: HostWorld, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return failed(world, error);
  }
}
