// Embedded SQL: the door of this folder. Checks one outermost statement: names, types, nulls, effects; fills the module's side tables.
// The parts call each other through `RULES`; what the engine alone can say is confirmed by preparing (see confirm.ts).
import type { Expression, SqlStatement, TableExpression } from "../../syntax/tree.ts";
import type { StructType, Type } from "../../types/type.ts";
import { assignTo } from "../assign-target.ts";
import type { SqlColumnInfo, SqlInfo, TableResolution, Variable } from "../checked.ts";
import type { CheckContext, SqlUse } from "../context.ts";
import { fromOneRow } from "../flow.ts";
import { recordEffects, recordFired, recordRaise } from "../frames.ts";
import { innermost } from "../scalar-value.ts";
import { findVariable } from "../scope.ts";
import { isDeterministic, isReadOnly } from "../../effects/join.ts";
import { starredTables } from "./advice.ts";
import { defineHere } from "./ddl.ts";
import { noteWholeRows } from "./needs.ts";
import { columnInfos, rowStruct } from "./result.ts";
import { addColumn, newSqlScope, sourceOfRows, typeOfValue, valueOf, type RowShape } from "./scope.ts";
import { effectsOfFacts, reportSql, type QueryResult, type SqlCheck } from "./state.ts";
import { checkNested, newCheck } from "./statement.ts";
import { addFrom } from "./tables.ts";
import { triggersFired } from "./triggers-fired.ts";

/**
 * Checks an embedded statement as it is used: fills types, names, tables and `state.sql` for everything below it, reports problems,
 * records effects in `ctx.frame`. The rule `checkSqlStatement` of check/context.ts.
 */
export function checkSqlStatement(ctx: CheckContext, statement: SqlStatement, use: SqlUse): SqlInfo {
  const sq = newCheck(ctx);
  const findingsBefore = ctx.state.findings.length;
  const result = checkOutermost(sq, statement);
  const effects = effectsOfFacts(sq.facts);
  const row = result === undefined ? undefined : rowStruct(result.shape);
  const info: SqlInfo = {
    row,
    columns: result === undefined ? undefined : columnInfos(result.shape),
    cardinality: result?.cardinality ?? "many",
    effects,
    pure:
      statement.kind === "select" &&
      isReadOnly(effects) &&
      isDeterministic(effects) &&
      sq.facts.routines.every(({ routine }) => isReadOnly(routine.effects) && isDeterministic(routine.effects)),
    confirmable: !sq.facts.unknownTables && !sq.facts.dynamic,
    item: ctx.item,
  };
  ctx.state.sql.set(statement, info);
  recordEffects(ctx, { ...effects, raises: [] });
  for (const raise of sq.facts.raises) recordRaise(ctx, raise.error, raise.span, raise.cause);
  for (const fired of triggersFired(ctx, statement, effects)) recordFired(ctx, fired, statement.span);
  if (use.kind === "scalar" && row !== undefined && row.fields.length !== 1)
    reportSql(sq, "SubqueryColumnCount", statement.span, { expected: 1, found: row.fields.length });
  if (statement.kind === "select" && statement.into.length > 0) assignInto(sq, statement.into, result, info);
  // Advice on what has errors would only add to them.
  if (!ctx.state.findings.slice(findingsBefore).some((finding) => finding.severity === "error"))
    advise(sq, statement, use, result, info);
  return info;
}

/** What concerns the statement as a whole: rows where one is wanted, `*` in stored bodies, common tables without use. */
function advise(
  sq: SqlCheck,
  statement: SqlStatement,
  use: SqlUse,
  result: QueryResult | undefined,
  info: SqlInfo,
): void {
  for (const { rows, name } of sq.common)
    if (rows.used !== true) reportSql(sq, "UnusedCommonTable", name.span, { name: name.text });
  const query = statement.kind === "insert" ? statement.source : statement.kind === "select" ? statement : undefined;
  if (query === undefined) return;
  const single = statement.kind === "select" && (use.kind === "scalar" || statement.into.length > 0);
  if (single && info.cardinality === "many" && info.confirmable && result?.shape.open === false)
    reportSql(sq, "MayGiveSeveralRows", query.span, undefined, {
      help: "Filter by a unique key, aggregate, or add LIMIT 1.",
    });
  const rowsOfAnyType = use.kind === "table" && use.row === undefined;
  if (!sq.ctx.owner.stored || (statement.kind === "select" && !rowsOfAnyType)) return;
  const tables = starredTables(sq, query);
  if (tables.length > 0)
    reportSql(sq, "StarInStoredBody", query.span, { tables }, { help: "Name the columns that are meant." });
}

function checkOutermost(sq: SqlCheck, statement: SqlStatement): QueryResult | undefined {
  const result = checkNested(sq, statement, undefined);
  defineHere(sq, statement);
  return result;
}

/** `SELECT a, b INTO x, y`: null when there is no row, so a target gets T? unless there is always one. */
function assignInto(
  sq: SqlCheck,
  targets: readonly Expression[],
  result: QueryResult | undefined,
  info: SqlInfo,
): void {
  const columns = result?.shape.columns ?? [];
  const first = targets[0];
  const last = targets[targets.length - 1];
  if (first === undefined || last === undefined) return;
  const fits = result?.shape.open !== true && columns.length === targets.length;
  if (result?.shape.open !== true && !fits) {
    reportSql(
      sq,
      "IntoCount",
      { start: first.span.start, end: last.span.end },
      { columns: columns.length, targets: targets.length },
    );
  }
  targets.forEach((target, index) => {
    const column = columns[index];
    if (column === undefined || !fits) {
      assignTo(sq.ctx, target, { kind: "any" }, "a column of the query");
      return;
    }
    const always = info.cardinality === "one";
    assignTo(
      sq.ctx,
      target,
      typeOfValue(always ? column.value : { ...column.value, nullable: true }),
      `the column ${column.name}`,
    );
  });
  if (!fits) return;
  const variables = targets.map((target) => wholeVariable(sq.ctx, target));
  // One variable twice holds what came last.
  if (variables.every((variable, index) => variables.indexOf(variable) === index))
    sq.ctx.flow = fromOneRow(
      sq.ctx.flow,
      new Map(
        variables.flatMap((variable, index) =>
          variable === undefined
            ? []
            : [[variable, columns[index]?.value.nullable === false ? "never null" : "any"] as const],
        ),
      ),
    );
}

function wholeVariable(ctx: CheckContext, target: Expression): Variable | undefined {
  const node = innermost(target);
  const name = node.kind === "name" ? node.name.text : node.kind === "parameter" ? node.name : undefined;
  return name === undefined ? undefined : findVariable(ctx, name);
}

/** What stands in table position of a comprehension. The rule `checkTableSource` of check/context.ts. */
export function checkTableSource(
  ctx: CheckContext,
  table: TableExpression,
): { readonly row: StructType | undefined; readonly resolution: TableResolution } {
  const sq = newCheck(ctx);
  const scope = newSqlScope(undefined);
  addFrom(sq, scope, table);
  for (const source of scope.sources) noteWholeRows(sq, source);
  recordEffects(ctx, { ...effectsOfFacts(sq.facts), raises: [] });
  const shape: RowShape = {
    columns: scope.sources.flatMap((source) =>
      source.columns
        .filter((column) => !column.hidden && !column.implicit)
        .map((column) => ({
          name: column.name,
          value: { type: column.type, nullable: column.baseNullable, reason: column.reason },
          affinity: column.affinity,
          table: source.table,
          origin: column.origin,
        })),
    ),
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
  for (const column of columns)
    addColumn(source, { name: column.name, value: valueOf(column.type, column.nullReason), affinity: column.affinity });
  scope.sources.push(source);
  scope.clause = "where";
  const value = sq.rules.infer(sq, scope, expression);
  recordEffects(ctx, { ...effectsOfFacts(sq.facts), raises: [] });
  return typeOfValue(value);
}
