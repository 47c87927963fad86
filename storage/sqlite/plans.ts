// Plans: statements printed, prepared and ready to run, with what their result columns are read as.
// A plan is `push` (rows delivered through the push function), `one` (at most one value, fetched: 373 against 543 ns by key), `rows` (fetched as arrays: RETURNING,
// PRAGMA, EXPLAIN) or `run` (no rows).
import type Database from "better-sqlite3";
import type { SqlColumn, SqlType } from "../../base/sql-form.ts";
import { isKnownDeclaredType, sqliteColumnType } from "../../base/sqlite-types.ts";
import { EngineError } from "../engine.ts";
import type { Slot } from "./bind.ts";
import { Delivery, type DeliveredColumn, PUSH_COLUMNS_MAX, pushText } from "./deliver.ts";
import { isSqliteError } from "./errors.ts";
import type { PrintedStatement } from "./print.ts";
import { needsExactIntegers } from "./read.ts";
import { firstToken, isWord } from "./scan.ts";

/** A prepared statement. */
export type Prepared = Database.Statement<unknown[], unknown>;

/** A statement ready to run on one connection. */
export interface Plan {
  readonly text: string;
  readonly slots: readonly Slot[];
  readonly columns: readonly SqlColumn[];
  readonly mode: "push" | "one" | "rows" | "run";
  readonly delivery: Delivery | undefined;
  /** Integers arrive as bigints; set for good when a result needed it once. */
  exact: boolean;
  /** It gives all rows of one table, without condition. */
  readonly plain: boolean;
  /** The statement to run: in push mode the delivering form for numbers and the one for bigints, each prepared when first needed. */
  statement: Prepared | undefined;
  exactStatement: Prepared | undefined;
  readonly changesData: boolean;
  /** Schema version at planning for plans whose columns only the engine knows; they are made anew when it differs. */
  readonly schemaVersion: string | undefined;
}

/** What a plan is made for. */
export interface PlanRequest {
  readonly printed: PrintedStatement;
  /** Columns that the checker promised; undefined when only the engine knows. */
  readonly columns: readonly SqlColumn[] | undefined;
  /** True when rows are wanted. */
  readonly wantsRows: boolean;
  readonly atMostOneRow: boolean;
  /** All rows of one table are asked for, without condition. */
  readonly plain: boolean;
  readonly schemaVersion: () => string;
}

/** Result names as programs see them: a second `id` becomes `id_2` (LANGUAGE.md 15.21). */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name.toLowerCase())) {
      seen.add(name.toLowerCase());
      return name;
    }
    let number = 2;
    while (taken.has(`${name}_${number}`.toLowerCase())) number += 1;
    const free = `${name}_${number}`;
    taken.add(free.toLowerCase());
    seen.add(free.toLowerCase());
    return free;
  });
}

function renamed(columns: readonly SqlColumn[]): readonly SqlColumn[] {
  const names = uniqueNames(columns.map((column) => column.name));
  return columns.map((column, i) => (column.name === names[i] ? column : { ...column, name: names[i] ?? column.name }));
}

/** Declared types whose values SQLite keeps as something else, so that dynamic results are read by them. */
const HINTED: ReadonlySet<SqlType> = new Set<SqlType>([
  "bool",
  "decimal",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
  "json",
]);

/** The columns of a prepared statement whose types only the engine knows. A declared type that our tables name is a hint. */
function columnsOf(statement: Prepared): readonly DeliveredColumn[] {
  const found = statement.columns();
  const names = uniqueNames(found.map((column) => column.name));
  return found.map((column, i) => {
    const declared =
      column.type === null || !isKnownDeclaredType(column.type) ? undefined : sqliteColumnType(column.type);
    const hint = declared?.type !== undefined && HINTED.has(declared.type) ? declared.type : undefined;
    const source =
      column.table === null || column.column === null ? {} : { source: { table: column.table, column: column.column } };
    const scale = hint === "decimal" && declared?.args[1] !== undefined ? { scale: declared.args[1] } : {};
    return { column: { name: names[i] ?? column.name, type: "any", nullable: true, ...source, ...scale }, hint };
  });
}

/** Statements that start so can stand in a WITH clause; PRAGMA and EXPLAIN cannot. */
function isWrappable(text: string): boolean {
  const first = firstToken(text);
  return isWord(first, "SELECT") || isWord(first, "WITH") || isWord(first, "VALUES");
}

function prepared(db: Database.Database, text: string): Prepared {
  return db.prepare<unknown[], unknown>(text);
}

/** The push form, or undefined when SQLite refuses it: then the statement itself is prepared, and tells why or is fetched as arrays. */
function tryPush(db: Database.Database, text: string, columnCount: number, exact: boolean): Prepared | undefined {
  if (columnCount === 0 || columnCount > PUSH_COLUMNS_MAX || !isWrappable(text)) return undefined;
  try {
    return prepared(db, pushText(text, columnCount, exact)).pluck();
  } catch (error) {
    if (isSqliteError(error)) return undefined;
    throw error;
  }
}

/** Prepares a statement. @throws what the driver throws for a statement that SQLite refuses. */
export function makePlan(db: Database.Database, request: PlanRequest): Plan {
  const { printed } = request;
  if (request.wantsRows && request.columns !== undefined && !(request.atMostOneRow && request.columns.length === 1)) {
    const columns = renamed(request.columns).map((column): DeliveredColumn => ({ column, hint: undefined }));
    const exact = columns.some(({ column }) => needsExactIntegers(column.type) || column.affinity !== undefined);
    const statement = tryPush(db, printed.text, columns.length, exact);
    if (statement !== undefined) return pushPlan(request, columns, exact, statement, undefined);
  }
  const statement = prepared(db, printed.text);
  if (!statement.reader)
    return {
      ...printed,
      plain: false,
      columns: [],
      mode: "run",
      delivery: undefined,
      exact: true,
      statement,
      exactStatement: undefined,
      changesData: !statement.readonly,
      schemaVersion: undefined,
    };
  const found = columnsOf(statement);
  const promised = request.columns === undefined ? undefined : renamed(request.columns);
  if (promised !== undefined && promised.length !== found.length) throw columnCountError(promised.length, found.length);
  const columns =
    promised === undefined ? found : promised.map((column): DeliveredColumn => ({ column, hint: undefined }));
  const schemaVersion = promised === undefined ? request.schemaVersion() : undefined;
  if (request.atMostOneRow && columns.length === 1 && statement.readonly) {
    return {
      ...printed,
      plain: false,
      columns: columns.map(({ column }) => column),
      mode: "one",
      delivery: new Delivery(columns),
      exact: true,
      statement: undefined,
      exactStatement: statement.pluck().safeIntegers(),
      changesData: false,
      schemaVersion,
    };
  }
  const push =
    promised === undefined && statement.readonly ? tryPush(db, printed.text, columns.length, true) : undefined;
  if (push !== undefined) return pushPlan(request, columns, true, push, schemaVersion);
  return {
    ...printed,
    plain: false,
    columns: columns.map(({ column }) => column),
    mode: "rows",
    delivery: new Delivery(columns),
    exact: true,
    statement: undefined,
    exactStatement: statement.raw().safeIntegers(),
    changesData: !statement.readonly,
    schemaVersion,
  };
}

function pushPlan(
  { printed, plain }: PlanRequest,
  columns: readonly DeliveredColumn[],
  exact: boolean,
  statement: Prepared,
  schemaVersion: string | undefined,
): Plan {
  return {
    ...printed,
    plain,
    columns: columns.map(({ column }) => column),
    mode: "push",
    delivery: new Delivery(columns),
    exact,
    statement: exact ? undefined : statement,
    exactStatement: exact ? statement : undefined,
    changesData: false,
    schemaVersion,
  };
}

/** The statement of a push plan in its current exactness. */
export function pushStatement(db: Database.Database, plan: Plan): Prepared {
  if (!plan.exact && plan.statement !== undefined) return plan.statement;
  plan.exactStatement ??= prepared(db, pushText(plan.text, plan.columns.length, true)).pluck();
  return plan.exactStatement;
}

/** The promise of the checker and the engine differ: the schema changed in between. */
export function columnCountError(promised: number, found: number): EngineError {
  return new EngineError(`The query gives ${found} columns where ${promised} were expected.`, {
    kind: "other",
    code: "GOBI_COLUMNS",
    help: "The tables changed after the statement was checked; check it again.",
  });
}
