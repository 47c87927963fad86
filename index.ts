// The library: `import { open } from "pl-grizzly"`. Synchronous, in this process, without a daemon or a background thread; `connect` is the client of a daemon.
// Values are converted as ARCHITECTURE.md section 10 says; everything that goes wrong is a GrizzlyError.
import { GrizzlyError, type JsObject, type JsValue } from "./base/library/grizzly-error.ts";
import { fromJs, tableToJs, toJs, type ValueOptions } from "./base/library/js-values.ts";
import type { Problem } from "./base/problem.ts";
import { lineStarts, positionAt } from "./base/source.ts";
import type { ErrorValue, Value } from "./base/value/value.ts";
import { Trap } from "./bytecode/trap.ts";
import { type Automation, type AutomationOptions, startAutomation } from "./server/automation/automation.ts";
import { numberParameters } from "./server/library/parameters.ts";
import { unusedArgument } from "./server/sql/given-arguments.ts";
import { emptyTables } from "./server/library/test-database.ts";
import { openSession } from "./server/session.ts";
import type { Session, SessionGrants, SessionLimits, StatementResult } from "./server/session-types.ts";
import { errorValueOf } from "./server/sql/engine-errors.ts";
import { EngineError } from "./storage/engine.ts";
import { sqliteEngine } from "./storage/sqlite/engine.ts";

export type { Automation } from "./server/automation/automation.ts";
export { GrizzlyError } from "./base/library/grizzly-error.ts";
export type { JsObject, JsValue } from "./base/library/grizzly-error.ts";
export { connect } from "./protocol/client/client.ts";
export type {
  Client,
  ConnectOptions,
  FeedEvent,
  ListenOptions,
  Queryable,
  RemoteResult,
  RemoteSession,
  RemoteStatement,
  RequestOptions,
  Row,
  RowStream,
} from "./protocol/client/types.ts";

/** How to open a database. */
export interface OpenOptions {
  readonly readOnly?: boolean;
  /** False: fail when the file does not exist. Default true. */
  readonly create?: boolean;
  readonly busyTimeoutMs?: number;
  readonly limits?: SessionLimits;
  readonly grants?: Partial<SessionGrants>;
  /** `auto` (default): number when safe, else bigint. `bigint`: always bigint. */
  readonly int?: "auto" | "bigint";
  /** `date` (default) or `micros`: microseconds since 1970 as bigint. */
  readonly timestamp?: "date" | "micros";
  /** Acts as this user of the database: what is not granted is refused with PermissionDenied. Default: the owner, who may do everything. */
  readonly user?: string;
  /** Gets each printed line. Default: standard output. */
  readonly onPrint?: (line: string) => void;
  /** Gets `log.info` and its kin. Default: standard error. */
  readonly onLog?: (level: "debug" | "info" | "warn" | "error", text: string) => void;
  /** Gets notices such as "kind FULL is recorded, intervals are not kept yet". Default: nothing. */
  readonly onNotice?: (text: string) => void;
  /** Seed of `random()`. */
  readonly seed?: number;
  /** Folder of `import` and of relative file names. Default: the current one. */
  readonly directory?: string;
  /** Late binding and undeclared errors are errors. */
  readonly strict?: boolean;
  /** A daemon whose mounted folder holds `directory`, or that GOBI_HOME names, is attached as `gobi` from the start. Default false: ATTACH Gobi does it. */
  readonly attachGobi?: boolean;
}

/** Values for a statement: by name (`:id`), or in the order of its `?`. */
export type Parameters = Readonly<Record<string, unknown>> | readonly unknown[];

/** What one statement of a script gave. */
export type ExecResult =
  | {
      readonly kind: "rows";
      readonly rows: readonly JsObject[];
      readonly columns: readonly { readonly name: string; readonly type: string }[];
    }
  | { readonly kind: "value"; readonly value: JsValue; readonly type: string }
  | { readonly kind: "changes"; readonly changes: number }
  | { readonly kind: "done"; readonly text: string };

/** A statement that is run many times; it is checked and compiled once. */
export interface PreparedStatement {
  /** All rows. @throws GrizzlyError. */
  all(params?: Parameters): readonly JsObject[];
  /** The first row, or undefined. @throws GrizzlyError. */
  get(params?: Parameters): JsObject | undefined;
  /** Rows changed. @throws GrizzlyError. */
  run(params?: Parameters): { readonly changes: number };
}

/** An open database. */
export interface Database {
  /** Runs a script; a script with errors is not run. @throws GrizzlyError. */
  exec(source: string, params?: Parameters): readonly ExecResult[];
  /** Rows of one query. @throws GrizzlyError, also when the text is no single query. */
  query(sql: string, params?: Parameters): readonly JsObject[];
  /** Calls a stored procedure or function in one transaction; `p@2` is version 2. @throws GrizzlyError. */
  call(name: string, ...args: readonly unknown[]): JsValue;
  prepare(sql: string): PreparedStatement;
  /** The session below, for tools: check, tests, catalog. */
  readonly session: Session;
  /** Rolls back what is open and closes the file. Twice is fine. */
  close(): void;
}

const TEXT_NAME = "<text>";

function errorOf(error: ErrorValue, options: ValueOptions): GrizzlyError {
  return new GrizzlyError(error.code, error.message, { detail: toJs(error.detail, options), frames: error.stack });
}

function rejection(problems: readonly Problem[], text: string): GrizzlyError {
  const starts = lineStarts(text);
  const errors = problems.filter((problem) => problem.severity === "error");
  const lines = errors.map(
    (problem) => `${positionAt(starts, problem.span.start).line}: ${problem.message} (${problem.code})`,
  );
  return new GrizzlyError(
    "CheckFailed",
    lines.length === 1 ? `Line ${lines[0] ?? ""}` : `${lines.length} errors:\n${lines.join("\n")}`,
    { problems },
  );
}

/** Runs work and gives what it throws the library's form. */
function guarded<T>(options: ValueOptions, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Trap) throw errorOf(error.value, options);
    if (error instanceof EngineError) throw errorOf(errorValueOf(error), options);
    throw error;
  }
}

function resultToJs(result: StatementResult, options: ValueOptions): ExecResult {
  switch (result.kind) {
    case "table":
      return {
        kind: "rows",
        rows: tableToJs(result.table, options),
        columns: result.table.shape.fields.map((name, index) => ({ name, type: result.types[index] ?? "any" })),
      };
    case "value":
      return { kind: "value", value: toJs(result.value, options), type: result.type };
    case "changes":
      return { kind: "changes", changes: result.changes };
    case "done":
      return result;
  }
}

/** Runs a text and gives the results as values of the language. */
function runText(
  session: Session,
  options: ValueOptions,
  text: string,
  params: Parameters | undefined,
): readonly StatementResult[] {
  return guarded(options, () => {
    const { source, names } = Array.isArray(params) ? numberParameters(text) : { source: text, names: undefined };
    const given: readonly (readonly [string, unknown])[] =
      names === undefined
        ? Object.entries(params ?? {})
        : names.map((name, index) => [name, (params as readonly unknown[])[index]]);
    if (names !== undefined && names.length !== (params as readonly unknown[]).length) {
      throw new GrizzlyError(
        "WrongArguments",
        `The text has ${names.length} parameters, and ${(params as readonly unknown[]).length} values are given.`,
      );
    }
    const unused = names === undefined ? unusedArgument(text, Object.fromEntries(given)) : undefined;
    if (unused !== undefined) throw new GrizzlyError("WrongArguments", unused);
    const args: Readonly<Record<string, Value>> = Object.fromEntries(
      given.map(([name, value]) => [name, fromJs(value)]),
    );
    const results: StatementResult[] = [];
    const outcome = session.execute(
      { name: TEXT_NAME, text: source },
      { args, onResult: (event) => void results.push(event.result) },
    );
    if (outcome.kind === "rejected") throw rejection(outcome.problems, source);
    if (outcome.kind === "failed") throw errorOf(outcome.error, options);
    return results;
  });
}

function rowsOf(results: readonly StatementResult[], options: ValueOptions): readonly JsObject[] {
  const last = results.at(-1);
  if (last?.kind !== "table") throw new GrizzlyError("NotAQuery", "The text gives no rows.");
  return tableToJs(last.table, options);
}

function prepare(session: Session, options: ValueOptions, sql: string): PreparedStatement {
  return {
    all: (params) => rowsOf(runText(session, options, sql, params), options),
    get: (params) => rowsOf(runText(session, options, sql, params), options)[0],
    run: (params) => {
      const results = runText(session, options, sql, params);
      return { changes: results.reduce((sum, result) => sum + (result.kind === "changes" ? result.changes : 0), 0) };
    },
  };
}

/**
 * Opens a database file, or `:memory:`.
 * @throws GrizzlyError `CannotOpen`, `NotADatabase`, `CorruptDatabase`, `PermissionDenied`, `DatabaseLocked`; nothing was changed.
 */
export function open(path: string, options: OpenOptions = {}): Database {
  const values: ValueOptions = { int: options.int ?? "auto", timestamp: options.timestamp ?? "date" };
  const output = {
    print: options.onPrint ?? ((line: string) => void process.stdout.write(`${line}\n`)),
    log: options.onLog ?? ((level: string, text: string) => void process.stderr.write(`${level}: ${text}\n`)),
    notice: options.onNotice ?? (() => undefined),
  };
  const { readOnly, create, busyTimeoutMs, limits, grants, seed, directory, strict, user, attachGobi } = options;
  const given = Object.fromEntries(
    Object.entries({
      readOnly,
      create,
      busyTimeoutMs,
      limits,
      grants,
      seed,
      directory,
      strict,
      user,
      attachGobi,
    }).filter(([, value]) => value !== undefined),
  );
  const session = guarded(values, () => openSession({ engine: sqliteEngine, database: path, output, ...given }));
  return {
    exec: (source, params) => runText(session, values, source, params).map((result) => resultToJs(result, values)),
    query: (sql, params) => rowsOf(runText(session, values, sql, params), values),
    call: (name, ...args) =>
      guarded(values, () => {
        const outcome = session.call(name, args.map(fromJs));
        if (outcome.kind === "returned") return toJs(outcome.value, values);
        throw outcome.kind === "failed" ? errorOf(outcome.error, values) : rejection(outcome.problems, "");
      }),
    prepare: (sql) => prepare(session, values, sql),
    session,
    close: () => session.close(),
  };
}

/** How the schedules of a database are run. */
export interface SchedulerOptions extends Omit<AutomationOptions, "place" | "log"> {
  /** Told what the scheduler does. Default: nothing. */
  readonly onLog?: (level: "info" | "warn" | "error", text: string) => void;
}

/**
 * Runs schedules, waiting runs and asynchronous triggers until `stop()`. Of a file: work is done in child processes, several processes may do this for one file.
 * Of an open database: work is done here, between its statements; for databases in memory.
 * @throws GrizzlyError `CannotOpen`, `CatalogVersion`, `WrongSetting` and other errors of the database.
 */
export async function runSchedules(database: string | Database, options: SchedulerOptions = {}): Promise<Automation> {
  const { onLog, ...rest } = options;
  const place = typeof database === "string" ? { file: database } : { session: database.session };
  try {
    return await startAutomation({ ...rest, place, log: onLog ?? (() => undefined) });
  } catch (error) {
    return guarded({ int: "auto", timestamp: "date" }, () => {
      throw error;
    });
  }
}

/** A database for tests. */
export interface TestDatabase extends Database {
  /** Deletes the rows of all tables, in one transaction and without firing triggers; procedures, triggers and schedules stay, AUTOINCREMENT counts on. @throws GrizzlyError. */
  reset(): void;
  /** Puts rows into a table, by the names of its columns. @throws GrizzlyError. */
  seed(table: string, rows: readonly JsObject[]): void;
}

/** Opens a database in memory for tests of what a program stores there; `schema` is run first. @throws GrizzlyError. */
export function openTestDb(options: OpenOptions & { readonly schema?: string } = {}): TestDatabase {
  const { schema, ...rest } = options;
  const db = open(":memory:", { onPrint: () => undefined, onLog: () => undefined, ...rest });
  if (schema !== undefined) db.exec(schema);
  return {
    ...db,
    reset: () => guarded({ int: "auto", timestamp: "date" }, () => emptyTables(db.session)),
    seed: (table, rows) => {
      for (const row of rows) {
        const names = Object.keys(row);
        const columns = names.map(quotedName).join(", ");
        db.prepare(`INSERT INTO ${quotedName(table)} (${columns}) VALUES (${names.map(() => "?").join(", ")})`).run(
          Object.values(row),
        );
      }
    },
  };
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
