// What a session offers to the command line, the REPL, the library and later the daemon: types only.
// A session is one connection to one database with its own script variables, transaction state and limits.
// The implementation is server/session.ts; results are values of the language, never rows of a driver.
import type { Delivered } from "./triggers/deliver.ts";
import type { Need } from "../base/privileges.ts";
import type { Problem } from "../base/problem.ts";
import type { SourceFile } from "../base/source.ts";
import type { ErrorValue, TableValue, Value } from "../base/value/value.ts";
import type { CatalogView } from "../compiler/catalog-view.ts";
import type { CheckedModule } from "../compiler/check/checked.ts";
import type { Connection, Engine } from "../storage/engine.ts";
import type { SharedKnowledge } from "./programs/knowledge.ts";
import type { Principal } from "./security/types.ts";
import type { Sees } from "./security/visibility.ts";
import type { TextDescription } from "./running/describe-text.ts";
import type { ChangedTemplate } from "./running/follow-template.ts";
import type { TextRun } from "./running/text-run.ts";
import type { TriggerWay } from "./triggers/types.ts";

/** Limits of one outermost call or top-level statement. A missing one has the default of base/limits.ts. */
export interface SessionLimits {
  readonly fuelMax?: number;
  readonly memoryBytesMax?: number;
  readonly callDepthMax?: number;
  readonly rowsMax?: number;
  readonly timeoutMs?: number;
}

/** What programs of the session may touch besides the database. Each missing grant is refused with PermissionDenied. */
export interface SessionGrants {
  readonly clock: boolean;
  readonly random: boolean;
  /** Reading and writing files: ATTACH, BACKUP, RESTORE. */
  readonly files: boolean;
  readonly network: boolean;
}

/** Where a session gets the time. Tests hand in their own. */
export interface SessionClock {
  /** Microseconds since 1970 UTC, for `now()`. */
  nowMicros(): number;
  /** Milliseconds of a clock that never steps back, for durations and deadlines. */
  elapsedMs(): number;
}

/** Where output goes while statements run. Calls come in program order. */
export interface OutputSink {
  /** One `print`; the text has no line end. */
  print(text: string): void;
  log(level: "debug" | "info" | "warn" | "error", text: string): void;
  /** What the user should know but no program printed: "kind FULL is recorded, intervals are not kept yet". One sentence. */
  notice(text: string): void;
}

/** How to open a session. */
export interface SessionOptions {
  readonly engine: Engine;
  /** A file path or `:memory:` (on SQLite), or a DSN. */
  readonly database: string;
  readonly readOnly?: boolean;
  /** False: fail when the database file does not exist. Default true. */
  readonly create?: boolean;
  readonly busyTimeoutMs?: number;
  /** See ConnectOptions. */
  readonly mmapBytes?: number | undefined;
  /** See ConnectOptions.keptOpen. */
  readonly keptOpen?: boolean;
  /** What sessions of this process on the same database, opened alike, know together: schema, catalog, compiled texts. */
  readonly shared?: SharedKnowledge | undefined;
  readonly limits?: SessionLimits;
  /** Default: clock, random and files granted, network not. */
  readonly grants?: Partial<SessionGrants>;
  readonly output: OutputSink;
  /** Default: the clock of the machine. */
  readonly clock?: SessionClock;
  /** Seed of `random()` and `uuid()`. Default: drawn from the machine's generator; `Session.seed` tells it. */
  readonly seed?: number;
  /** Directory in which `import` and relative file names are looked up. Default: the process's. */
  readonly directory?: string;
  /**
   * Shared with whoever may stop the session from another thread: `flag[0] = 1` cancels what runs, long SQL statements too.
   * SQL of a session with a flag, or with a time limit when it is opened, costs 0.1 to 0.3 µs more per row that a loop of it sees.
   */
  readonly cancelFlag?: Int32Array;
  /**
   * Told before programs write; what it throws refuses that. The session then does nothing by itself that would (firings that wait), but for notes of its own: refusals.
   * Undefined: they may.
   */
  readonly beforeWriting?: (() => void) | undefined;
  /** Warnings that `--strict` turns into errors are errors. Default false. */
  readonly strict?: boolean;
  /** Whom the session acts for: grants are asked before each statement. Undefined: one owner, who may do everything and is asked nothing. */
  readonly principal?: Principal;
  /** Name of a user of the database to act as, where there is no principal. */
  readonly user?: string;
  /** True: a daemon whose mounted folder holds the session's directory, or that GOBI_HOME names, is attached as `gobi` from the start. Default false. */
  readonly attachGobi?: boolean;
  /** In a session of the daemon: rows of one of its lists as JSON, as they were asked for before the statement. Undefined: the session is in no daemon. */
  readonly daemonRows?: (table: string) => string;
  /** For tests: triggers fire in this way where several would do. Default: the fastest. */
  readonly triggerWay?: TriggerWay;
}

/** What a statement gave. Statements that give nothing (declarations without notice, assignments, void calls) report no result. */
export type StatementResult =
  /** Rows of a query, of RETURNING, of `emit`, of LIST and SHOW. `types` are our type names, one per column, ready to print. */
  | { readonly kind: "table"; readonly table: TableValue; readonly types: readonly string[] }
  /** A value-returning CALL. `type` is the static type's name. */
  | { readonly kind: "value"; readonly value: Value; readonly type: string }
  /** INSERT, UPDATE, DELETE without RETURNING. */
  | { readonly kind: "changes"; readonly verb: "insert" | "update" | "delete"; readonly changes: number }
  /** DDL, stored declarations, transaction control: a short sentence without line end ("procedure daily_etl stored as version 2"). */
  | { readonly kind: "done"; readonly text: string };

/** A result with the statement it belongs to. */
export interface ResultEvent {
  readonly result: StatementResult;
  /** Half-open range of the statement in the file, for messages and timing. */
  readonly start: number;
  readonly end: number;
}

/** How a run ended. */
export type Outcome =
  | { readonly kind: "completed"; readonly problems: readonly Problem[] }
  /** The file has errors: nothing of it was run. `problems` holds warnings too. */
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  /** An error that no program caught. Statements before it stay done unless they stood in the same transaction. */
  | {
      readonly kind: "failed";
      readonly problems: readonly Problem[];
      readonly error: ErrorValue;
      readonly start: number;
      readonly end: number;
    };

/** How a file or a statement is run. */
export interface ExecuteOptions {
  /** Values of top-level names that the file leaves open (`--arg name=value`). */
  readonly args?: Readonly<Record<string, Value>>;
  readonly onResult?: (event: ResultEvent) => void;
  /** True: expressions that stand as statements give their values to `onResult` too, as they always do in `executeStatement`. */
  readonly values?: boolean;
}

/** How one call ended: `out` parameters and `emit`ted tables come with the value. */
export type CallOutcome =
  | { readonly kind: "returned"; readonly value: Value; readonly type: string; readonly emitted: readonly TableValue[] }
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  | { readonly kind: "failed"; readonly error: ErrorValue };

/** One `test` block, or one case of it. */
export interface TestResult {
  readonly name: string;
  readonly outcome: "passed" | "failed";
  /** By the session's clock. */
  readonly durationMs: number;
  /** Set when it failed. `line` is 1-based in the file that holds the test. */
  readonly failure: { readonly message: string; readonly line: number; readonly error: ErrorValue } | undefined;
}
/** Lines of routines and tests of the file: how often each line that holds code was reached. Lines are 1-based. */
export interface LineCoverage {
  readonly file: string;
  readonly hits: ReadonlyMap<number, number>;
}
/** Result of all tests of a file. */
export type TestOutcome =
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "ran";
      readonly problems: readonly Problem[];
      readonly tests: readonly TestResult[];
      readonly coverage: LineCoverage;
    }
  /** A statement outside the tests failed, so that no test could run. */
  | { readonly kind: "failed"; readonly problems: readonly Problem[]; readonly error: ErrorValue };

/** How a part of the server works on a session for a while. */
export interface ServeOptions {
  /** The run that is done: it acts for the owner of its schedule or pipeline. Undefined: for whom the session acts. */
  readonly runId?: string;
  /** Gets what programs print and log meanwhile. */
  readonly output: OutputSink;
  readonly limits: SessionLimits;
  /** Called inside the transaction of each outermost call that writes, right before its commit; what it throws undoes the call. */
  readonly beforeCommit: (connection: Connection) => void;
}

/** A session. Not reentrant; all methods are synchronous. */
export interface Session {
  /** Checks a file against the session's database; never writes. Problems have absolute places, sorted. */
  check(file: SourceFile): readonly Problem[];
  /** Like `check`, with everything the checker knows (completion, `effects`, `disassemble`). */
  analyze(file: SourceFile): CheckedModule;
  /**
   * Runs all top-level statements in order, each in its own transaction unless inside BEGIN … COMMIT, and stops at the first uncaught error.
   * A file with errors is not run. Variables of the file end with it.
   */
  execute(file: SourceFile, options?: ExecuteOptions): Outcome;
  /** Runs what a person typed: variables and types stay for the next text. */
  executeStatement(text: string, options?: ExecuteOptions): Outcome;
  /** Like `executeStatement`, one statement at a time. @throws EngineError when the schema cannot be read. */
  begin(text: string, args?: Readonly<Record<string, Value>>): TextRun;
  /** True when a text reads and does nothing else, and leaves nothing in the session; one with errors does not even that. Runs nothing. @throws EngineError when the schema cannot be read. */
  textOnlyReads(text: string, args?: Readonly<Record<string, Value>>): boolean;
  /** The same of a call of a stored routine. @throws EngineError. */
  callOnlyReads(name: string): boolean;
  /** Checks a text whose parameters have no value yet; `positions` names those that are no word of the text. @throws EngineError when the schema cannot be read. */
  describeText(text: string, positions: readonly string[]): TextDescription;
  /** Calls a stored routine (or one declared by an earlier `executeStatement`) in one transaction. `name` may carry a version: `p@2`. */
  call(name: string, args: readonly Value[] | Readonly<Record<string, Value>>): CallOutcome;
  /** Runs the `test` blocks of a file, each in a transaction that is always rolled back. */
  runTests(file: SourceFile, options?: { readonly filter?: string }): TestOutcome;
  /** Instructions of a routine of the file, or of a stored one, for people. Undefined when there is none of that name. */
  disassemble(name: string | undefined, file?: SourceFile): string | undefined;
  /** What the checker sees: tables, stored routines, and what `executeStatement` declared. */
  catalogView(): CatalogView;
  /** Asks whether whom the session acts for has a right, for what is done outside of statements. @throws Trap PermissionDenied. */
  requires(need: Need): void;
  /** Asks whether he may LOCK a name. @throws Trap PermissionDenied. */
  requiresToLock(name: string): void;
  /** Which objects lists show: those that whom the session acts for may use. @throws Trap PermissionDenied when he may do nothing any more; EngineError. */
  sees(): Sees;
  /** Lets pipelines follow a query template that has changed; gives what their owners should know. @throws EngineError. */
  followTemplate(template: ChangedTemplate): readonly string[];
  readonly inTransaction: boolean;
  /** True when the transaction of BEGIN has begun to write. */
  readonly hasWritten: boolean;
  /** True when it holds variables, temporary tables or attached databases. @throws EngineError. */
  readonly holdsState: boolean;
  /** True while nothing of whoever used it is left in it: no transaction, no state, and its connection has never written. @throws EngineError. */
  readonly pristine: boolean;
  /** 32 bits that move with every change of schema or catalog; the same in all sessions that have seen the same changes. @throws EngineError. */
  readonly catalogEpoch: number;
  /** True when the last call or statement found the database locked and nothing of it is left, so that it may be tried again. */
  readonly undoneBecauseLocked: boolean;
  /** Counts work that followed statements by itself: firings that were delivered, runs that were asked for. */
  readonly followUps: number;
  readonly database: string;
  /** Seed of this session's random numbers. */
  readonly seed: number;
  /** The connection below, for parts of the server that keep their records in the same database. */
  readonly connection: Connection;
  /** Does work of the server on this session, with output, limits and commit of its own. */
  serve<T>(options: ServeOptions, work: () => T): T;
  /**
   * Delivers firings of asynchronous triggers that are due: those that a process left behind, those whose try failed. A session does this by itself after
   * each of its statements; who runs schedules calls it for a database that nobody writes to. @throws Trap, EngineError: what was not delivered stays.
   */
  deliverTriggers(): Delivered;
  /** Replaces the limits from the next statement on. */
  setLimits(limits: SessionLimits): void;
  /** Stops what runs with the error Cancelled. Only of use from another thread through `SessionOptions.cancelFlag`, or from a callback. */
  cancel(): void;
  /** Rolls back an open transaction and closes the connection. Twice is fine. */
  close(): void;
}
