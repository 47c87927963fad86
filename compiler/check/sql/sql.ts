// Embedded SQL: the door of this folder. Checks one outermost statement: names, types, nulls, effects; fills the module's side tables.
// The parts call each other through `RULES`; what the engine alone can say is confirmed by preparing (see confirm.ts).
import { assertNever } from "../../../base/failure.ts";
import type { CatalogTable, CatalogView } from "../../catalog-view.ts";
import type { Expression, SqlStatement, Statement, TableExpression } from "../../syntax/tree.ts";
import type { StructType, Type } from "../../types/type.ts";
import { assignTo } from "../assign-target.ts";
import type { SqlColumnInfo, SqlInfo, TableResolution } from "../checked.ts";
import type { CheckContext, SqlUse } from "../context.ts";
import { recordCallee, recordEffects, recordRaise } from "../frames.ts";
import { isDeterministic, isReadOnly } from "../../effects/join.ts";
import { checkAlterTable, checkCreateIndex, checkCreateTable, checkCreateView, checkDrop, checkNativeTrigger, defineHere, queryColumns } from "./ddl.ts";
import { inferSql } from "./expressions.ts";
import { checkInsert } from "./insert.ts";
import { columnInfos, rowStruct } from "./result.ts";
import { addColumn, newSqlScope, sourceOfRows, typeOfValue, valueOf, type RowShape, type SqlScope } from "./scope.ts";
import { checkQuery } from "./select.ts";
import { effectsOfFacts, newFacts, reportSql, type QueryResult, type SqlCheck, type SqlRules } from "./state.ts";
import { addFrom } from "./tables.ts";
import { catalogHere, effectNameOf, tableShape } from "./table-lookup.ts";
import { triggersFired } from "./triggers-fired.ts";
import { checkDelete, checkMerge, checkUpdate } from "./update.ts";

const RULES: SqlRules = { infer: inferSql, query: checkQuery, statement: checkNested, from: addFrom };

function newCheck(ctx: CheckContext): SqlCheck {
  const catalog = catalogHere(ctx, (query, view) => queryColumns(checkOver(ctx, view), query));
  return checkOver(ctx, catalog);
}

function checkOver(ctx: CheckContext, catalog: CatalogView): SqlCheck {
  return { ctx, text: ctx.item.text, catalog, facts: newFacts(), columns: new Map(), values: new Map(), quiet: 0, ours: true, viewStack: [], rules: RULES };
}

/**
 * Checks an embedded statement as it is used: fills types, names, tables and `state.sql` for everything below it, reports problems,
 * records effects in `ctx.frame`. The rule `checkSqlStatement` of check/context.ts.
 */
export function checkSqlStatement(ctx: CheckContext, statement: SqlStatement, use: SqlUse): SqlInfo {
  const sq = newCheck(ctx);
  const result = checkOutermost(sq, statement);
  const effects = effectsOfFacts(sq.facts);
  const row = result === undefined ? undefined : rowStruct(result.shape);
  const info: SqlInfo = {
    row,
    columns: result === undefined ? undefined : columnInfos(result.shape),
    cardinality: result?.cardinality ?? "many",
    effects,
    pure: statement.kind === "select" && isReadOnly(effects) && isDeterministic(effects) && sq.facts.routines.every(({ routine }) => isReadOnly(routine.effects) && isDeterministic(routine.effects)),
    confirmable: !sq.facts.unknownTables && !sq.facts.dynamic,
    item: ctx.item,
  };
  ctx.state.sql.set(statement, info);
  recordEffects(ctx, { ...effects, raises: [] });
  for (const raise of sq.facts.raises) recordRaise(ctx, raise.error, raise.span, raise.cause);
  for (const fired of triggersFired(ctx, statement)) recordCallee(ctx, fired, statement.span);
  if (use.kind === "scalar" && row !== undefined && row.fields.length !== 1) reportSql(sq, "SubqueryColumnCount", statement.span, { expected: 1, found: row.fields.length });
  if (statement.kind === "select" && statement.into.length > 0) assignInto(sq, statement.into, result, info);
  return info;
}

function checkOutermost(sq: SqlCheck, statement: SqlStatement): QueryResult | undefined {
  const result = checkNested(sq, statement, undefined);
  defineHere(sq, statement);
  return result;
}

/** Checks a statement inside the current check: a query, DML of a CTE, the body of a native trigger. */
function checkNested(sq: SqlCheck, statement: SqlStatement, outer: SqlScope | undefined): QueryResult | undefined {
  switch (statement.kind) {
    case "select":
      return checkQuery(sq, statement, outer);
    case "insert":
      return checkInsert(sq, statement, outer);
    case "update":
      return checkUpdate(sq, statement, outer);
    case "delete":
      return checkDelete(sq, statement, outer);
    case "merge":
      return checkMerge(sq, statement, outer);
    default:
      return checkOther(sq, statement);
  }
}

type Other = Exclude<SqlStatement, { kind: "select" | "insert" | "update" | "delete" | "merge" }>;

function checkOther(sq: SqlCheck, statement: Other): QueryResult | undefined {
  switch (statement.kind) {
    case "createTable":
      noteDefined(sq, statement.name, statement.temporary);
      checkCreateTable(sq, statement);
      return undefined;
    case "createView":
      noteDefined(sq, statement.name, statement.temporary);
      checkCreateView(sq, statement);
      return undefined;
    case "createVirtualTable":
      noteDefined(sq, statement.name, false);
      return undefined;
    case "createIndex":
      noteDefined(sq, statement.name, false);
      checkCreateIndex(sq, statement);
      return undefined;
    case "createNativeTrigger":
      noteDefined(sq, statement.name, statement.temporary);
      checkNativeTrigger(sq, statement);
      return undefined;
    case "alterTable":
      checkAlterTable(sq, statement);
      return undefined;
    case "drop":
      noteDropped(sq, statement.name);
      checkDrop(sq, statement);
      return undefined;
    case "transactionControl":
      if (sq.ctx.owner.kind !== "script") reportSql(sq, "TransactionInRoutine", statement.span, { statement: statement.action.toUpperCase() }, { help: "Write transaction { … }, or try { … } for a savepoint." });
      return undefined;
    case "explain":
      return checkExplain(sq, statement.what, statement.target);
    case "pragma":
      if (statement.form === "equals" && sq.ctx.owner.kind !== "script") reportSql(sq, "PragmaInRoutine", statement.span, { name: statement.name.parts.map((part) => part.text).join(".") });
      sq.facts.manages = statement.form === "equals";
      return { shape: { columns: [], open: true }, cardinality: "many" };
    case "maintenance":
      if (statement.into !== undefined) sq.rules.infer(sq, newSqlScope(undefined), statement.into);
      sq.facts.manages = true;
      sq.facts.files = statement.into !== undefined;
      return undefined;
    default:
      return assertNever(statement, "checkOther");
  }
}

const QUERY_PLAN: readonly (readonly [string, "int" | "string"])[] = [["id", "int"], ["parent", "int"], ["notused", "int"], ["detail", "string"]];

/** EXPLAIN runs nothing: its target is checked, its effects do not count. */
function checkExplain(sq: SqlCheck, what: string, target: SqlStatement | Statement): QueryResult | undefined {
  if (isSqlStatement(target)) {
    const inner: SqlCheck = { ...sq, facts: newFacts() };
    checkNested(inner, target, undefined);
    if (inner.facts.unknownTables) sq.facts.unknownTables = true;
  } else sq.ctx.rules.checkStatement(sq.ctx, target);
  if (what !== "query plan") return { shape: { columns: [], open: true }, cardinality: "many" };
  const columns = QUERY_PLAN.map(([name, type]) => ({ name, value: valueOf({ kind: "scalar" as const, name: type }), affinity: "none" as const, table: undefined }));
  return { shape: { columns, open: false }, cardinality: "many" };
}

const SQL_KINDS: ReadonlySet<string> = new Set<SqlStatement["kind"]>([
  "select", "insert", "update", "delete", "merge", "createTable", "createIndex", "createView", "createVirtualTable", "createNativeTrigger",
  "alterTable", "drop", "transactionControl", "explain", "pragma", "maintenance",
]);

function isSqlStatement(target: SqlStatement | Statement): target is SqlStatement {
  return SQL_KINDS.has(target.kind);
}

function noteDefined(sq: SqlCheck, name: { readonly parts: readonly { readonly text: string }[] }, temporary: boolean): void {
  const schema = name.parts.length > 1 ? (name.parts[0]?.text ?? "main").toLowerCase() : temporary ? "temp" : "main";
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  if (schema !== "system") sq.facts.defines.add(`${schema}.${last}`);
}

function noteDropped(sq: SqlCheck, name: { readonly parts: readonly { readonly text: string }[] }): void {
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  const table = sq.catalog.table(name.parts.length > 1 ? name.parts[0]?.text : undefined, last);
  sq.facts.defines.add(table === undefined ? `main.${last}` : effectNameOf(table));
}

/** `SELECT a, b INTO x, y`: null when there is no row, so a target gets T? unless there is always one. */
function assignInto(sq: SqlCheck, targets: readonly Expression[], result: QueryResult | undefined, info: SqlInfo): void {
  const columns = result?.shape.columns ?? [];
  const first = targets[0];
  const last = targets[targets.length - 1];
  if (first === undefined || last === undefined) return;
  const fits = result?.shape.open !== true && columns.length === targets.length;
  if (result?.shape.open !== true && !fits) {
    reportSql(sq, "IntoCount", { start: first.span.start, end: last.span.end }, { columns: columns.length, targets: targets.length });
  }
  targets.forEach((target, index) => {
    const column = columns[index];
    if (column === undefined || !fits) {
      assignTo(sq.ctx, target, { kind: "any" }, "a column of the query");
      return;
    }
    const always = info.cardinality === "one";
    assignTo(sq.ctx, target, typeOfValue(always ? column.value : { ...column.value, nullable: true }), `the column ${column.name}`);
  });
}

/** What stands in table position of a comprehension. The rule `checkTableSource` of check/context.ts. */
export function checkTableSource(ctx: CheckContext, table: TableExpression): { readonly row: StructType | undefined; readonly resolution: TableResolution } {
  const sq = newCheck(ctx);
  const scope = newSqlScope(undefined);
  addFrom(sq, scope, table);
  recordEffects(ctx, { ...effectsOfFacts(sq.facts), raises: [] });
  const shape: RowShape = {
    columns: scope.sources.flatMap((source) => source.columns.filter((column) => !column.hidden && !column.implicit).map((column) => ({ name: column.name, value: { type: column.type, nullable: column.baseNullable, reason: column.reason }, affinity: column.affinity, table: source.table }))),
    open: scope.sources.some((source) => source.open),
  };
  const row = rowStruct(shape);
  return { row, resolution: ctx.state.tables.get(table) ?? { kind: "value", row, form: "table" } };
}

/** An expression in which `columns` are visible as in a SQL clause. The rule `inferSqlExpression` of check/context.ts. */
export function inferSqlExpression(ctx: CheckContext, expression: Expression, columns: readonly SqlColumnInfo[]): Type {
  const sq = newCheck(ctx);
  const scope = newSqlScope(undefined);
  const source = sourceOfRows(undefined, { columns: [], open: false });
  for (const column of columns) addColumn(source, { name: column.name, value: valueOf(column.type, column.nullReason), affinity: column.affinity });
  scope.sources.push(source);
  scope.clause = "where";
  const value = sq.rules.infer(sq, scope, expression);
  recordEffects(ctx, { ...effectsOfFacts(sq.facts), raises: [] });
  return typeOfValue(value);
}

/** Columns of a catalog table as a query sees them; those of a view come from its query, with nullability. */
export function tableColumns(ctx: CheckContext, table: CatalogTable): readonly SqlColumnInfo[] {
  const sq = newCheck(ctx);
  return columnInfos({ ...tableShape(sq, table), open: false }) ?? [];
}
