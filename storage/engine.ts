// The interface behind which all storage engines stand. Synchronous as seen from the VM.
// An engine prints the neutral SQL form in its dialect, binds values, delivers rows as columns and maps its errors to kinds by code, never by message text.
import type { DatabaseSchema } from "../base/schema.ts";
import type { Column } from "../base/value/column.ts";
import type { ScalarName } from "../base/scalar.ts";
import type { SqlColumn, SqlForm } from "../base/sql-form.ts";
import type { Value } from "../base/value/value.ts";

/** What went wrong in an engine. */
export type EngineErrorKind =
  | "unique"
  | "foreignKey"
  | "check"
  | "notNull"
  | "otherConstraint"
  | "noSuchTable"
  | "noSuchColumn"
  | "syntax"
  | "typeMismatch"
  | "alreadyExists"
  | "busy"
  | "deadlock"
  | "readOnly"
  | "cannotOpen"
  | "corrupt"
  | "notADatabase"
  | "diskFull"
  | "interrupted"
  | "connectionLost"
  | "permission"
  | "tooManyRows"
  | "invalidCast"
  | "limit"
  | "other";

/** An error of the engine. `code` is the engine's own code (`SQLITE_CONSTRAINT_UNIQUE`, SQLSTATE). */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly kind: EngineErrorKind;
  /** True when the same work may succeed when tried again. */
  readonly retryable: boolean;
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  /** True when the engine has ended the transaction by itself. */
  readonly transactionEnded: boolean;
  /** What the user can do about it, one sentence, when there is something. */
  readonly help: string | undefined;
  constructor(message: string, detail: EngineErrorDetail) {
    super(message, { cause: detail.cause });
    this.kind = detail.kind;
    this.code = detail.code;
    this.retryable = detail.retryable ?? false;
    this.constraint = detail.constraint;
    this.table = detail.table;
    this.column = detail.column;
    this.transactionEnded = detail.transactionEnded ?? false;
    this.help = detail.help;
  }
}
/** What an EngineError is made from. `cause` keeps the driver's own error. */
export interface EngineErrorDetail {
  readonly kind: EngineErrorKind;
  readonly code: string;
  readonly retryable?: boolean;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly transactionEnded?: boolean;
  readonly help?: string | undefined;
  readonly cause?: unknown;
}

/** Differences between engines, by name; fixtures and the checker refer to these. */
export interface EngineCapabilities {
  readonly name: "sqlite" | "postgres" | "mysql";
  readonly independentTransactions: boolean;
  readonly transactionalDdl: boolean;
  readonly returning: boolean;
  readonly fullJoin: boolean;
  readonly lateral: boolean;
}

/** A storage engine. */
export interface Engine {
  readonly capabilities: EngineCapabilities;
  /** Opens a connection. @throws EngineError `cannotOpen`, `notADatabase`, `corrupt`, `permission`. */
  connect(options: ConnectOptions): Connection;
}
/** Why a running statement is to stop. */
export type Interruption = "cancelled" | "timeout";
/** Where and how to connect. `target` is a file path or `:memory:` on SQLite, a DSN elsewhere. */
export interface ConnectOptions {
  readonly target: string;
  readonly readOnly?: boolean;
  /** False: fail with `cannotOpen` when the file does not exist. Default true. */
  readonly create?: boolean;
  readonly busyTimeoutMs?: number;
  /** Bytes of the file that may be read through mapped memory; 0: none. Default: what the engine takes. */
  readonly mmapBytes?: number | undefined;
  /** True when another connection of this process stays open as long as the process lives: then `dataVersion` costs less. */
  readonly keptOpen?: boolean;
  /** Rows of one result beyond this many bytes wait in a temporary file. Default: LIMITS.cursorBytesMax. */
  readonly cursorBytesMax?: number;
  /** The clock of SQL, in microseconds since 1970; what it throws fails the statement. Default: the machine's. */
  readonly nowMicros?: () => number;
  /**
   * Asked now and then while a statement runs; an answer stops it with EngineError `interrupted` (code `GOBI_CANCELLED` or `GOBI_TIMEOUT`) and undoes what it did.
   * Costs a part of a microsecond per row, so it is only given where somebody waits: the REPL, runs with a time limit. Without it statements run as they are.
   */
  readonly interrupt?: () => Interruption | undefined;
}

/**
 * A batch of rows as columns, in the order of `RowSource.columns`.
 * The arrays of a column may be longer than `length`. A column of one result may be `ints` in one batch and `bigs` in the next:
 * storage/rows.ts joins batches into one.
 */
export interface RowBatch {
  readonly columns: readonly Column[];
  readonly length: number;
}
/** Rows of a query as of its start. No engine cursor stays open: writing to the tables being read is safe. */
export interface RowSource {
  readonly columns: readonly SqlColumn[];
  /** The next rows, or undefined at the end. The first batch of a small result holds all of it. */
  next(): RowBatch | undefined;
  close(): void;
}
/** Result of a statement that writes. `rows` is there when it has RETURNING. */
export interface WriteResult {
  readonly changes: number;
  readonly rows: RowBatch | undefined;
  readonly columns: readonly SqlColumn[] | undefined;
}

/** Rows of one table that are kept while statements write them. */
export interface CaptureRequest {
  /** `main`, `temp` or the alias of an attached database. */
  readonly schema: string;
  readonly table: string;
  readonly event: "insert" | "update" | "delete";
  /** Columns of the old rows (update, delete) and of the new ones (insert, update) that are kept, read as these types. */
  readonly old: readonly SqlColumn[];
  readonly new: readonly SqlColumn[];
  /** For updates: only those that name one of these columns; empty: all. */
  readonly only: readonly string[];
  /** For updates: lists of columns; each row says by bits which of them the statement that wrote it names a column of. At most 31. */
  readonly columnSets: readonly (readonly string[])[];
  /** Thrown when a row is written, instead of keeping it. */
  readonly refusal?: Error | undefined;
}
/** Rows that were captured, in the order in which the engine finished them: what a row caused (cascades, deletions of REPLACE) comes before it. */
export interface CapturedRows {
  readonly requests: readonly CaptureRequest[];
  /** Pairs: number of the request, count of rows that follow each other for it. */
  readonly runs: readonly number[];
  /** By number of the request. Columns: those of the old row, then those of the new one. */
  readonly rows: readonly ({ readonly source: RowSource; readonly marks: readonly number[] } | undefined)[];
}

/** A function that SQL may call on this connection. `deterministic` false for anything that may differ between calls. */
export interface SqlFunction {
  readonly name: string;
  readonly parameterCount: number;
  readonly deterministic: boolean;
  readonly result: ScalarName | "any";
  readonly parameters: readonly (ScalarName | "any")[];
  /** Given when the arguments are values on their way into these columns: they are read as the columns would keep them. */
  readonly columns?: readonly SqlColumn[];
  readonly call: (...args: Value[]) => Value;
}

/** One connection. All methods throw EngineError. */
export interface Connection {
  readonly capabilities: EngineCapabilities;
  readonly target: string;
  readonly inTransaction: boolean;
  /** True once a statement has changed rows, those of temporary tables too: changes(), total_changes() and last_insert_rowid() tell of that from then on. @throws EngineError. */
  readonly hasWritten: boolean;
  /** Its statements so far that may have changed something: `dataVersion` does not tell of them. */
  readonly changed: { readonly count: number };
  /** Results of which a part waits in a temporary file; `any` while one has not been closed. */
  readonly spilled: { readonly any: boolean };
  /** Runs a query; parameters in the form's numbering. */
  query(form: SqlForm, parameters: readonly Value[], options?: { readonly rowsMax?: number }): RowSource;
  /**
   * Runs a query whose rows come as they are read, as of its start. Until the source is closed, or has come to its end, the connection can do nothing else.
   * Small batches, for sending them on; `rowsMax` as in `query`.
   */
  stream(form: SqlForm, parameters: readonly Value[], options?: { readonly rowsMax?: number }): RowSource;
  /** Runs DML, DDL or another statement. */
  run(form: SqlForm, parameters: readonly Value[]): WriteResult;
  /** Checks without running: prepares the printed statement with parameters unbound. */
  check(form: SqlForm): void;
  /** SQL text as given by a program at run time or by the catalog (`execute`): positional parameters only. */
  runText(
    sql: string,
    parameters: readonly Value[],
  ): { readonly source: RowSource | undefined; readonly changes: number };
  /** Prints a form in this engine's dialect, for EXPLAIN and tests. */
  print(form: SqlForm): string;
  begin(mode: "deferred" | "immediate" | "exclusive"): void;
  commit(): void;
  rollback(): void;
  savepoint(name: string): void;
  release(name: string): void;
  rollbackTo(name: string): void;
  /** Registers a function; the same name and parameter count replaces the former. */
  defineFunction(definition: SqlFunction): void;
  /**
   * Keeps the rows that statements of this connection write to these tables, from now on and instead of those asked for before. The same list again costs nothing.
   * Before a table is altered or dropped, ask for none.
   */
  captureRows(requests: readonly CaptureRequest[]): void;
  /** What was captured since the last time; undefined when nothing was. */
  takeCaptured(): CapturedRows | undefined;
  /** Reads tables, views, columns, keys, checks, indexes, native triggers. */
  introspect(): DatabaseSchema;
  /** Changes whenever the schema may have changed (SQLite: schema_version of all attached databases). */
  schemaVersion(): string;
  /** Moves when another connection has committed something; cheap enough to be asked before each call. */
  dataVersion(): number;
  /** `readOnly`: statements that would write it are refused with EngineError `readOnly`. */
  attach(file: string, alias: string, readOnly?: boolean): void;
  detach(alias: string): void;
  /** Copies the last committed state into a new file. @throws EngineError `alreadyExists` when the file exists. */
  backup(file: string): void;
  /** Replaces the content of this database by that of a backup file. Only outside transactions. */
  restore(file: string): void;
  close(): void;
}
