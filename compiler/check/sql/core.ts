// One SELECT: FROM, WHERE, GROUP BY, HAVING, the result columns and its ORDER BY, in the order in which they limit each other's nulls.
import type { Expression, OrderTerm, ResultColumn, SelectCore } from "../../syntax/tree.ts";
import { BOOL, foldName } from "../../types/make.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { adviseCondition, adviseJoins } from "./advice.ts";
import { warnOfBareColumns } from "./bare-columns.ts";
import { inferWindow } from "./calls.ts";
import { coreCardinality } from "./cardinality.ts";
import { notNullWhen } from "./narrow.ts";
import {
  narrowColumns,
  newSqlScope,
  type Clause,
  type NotNullFact,
  type RowColumn,
  type RowShape,
  type SqlScope,
  type SqlValue,
} from "./scope.ts";
import { starColumns } from "./stars.ts";
import { quietly, reasonAt, reportSql, textOf, type QueryResult, type SqlCheck } from "./state.ts";
import { childrenOf, hasAggregate, unparenthesized } from "./walk.ts";

/** Checks one SELECT with its ORDER BY terms, which see its columns and aliases. */
export function checkCore(
  sq: SqlCheck,
  parent: SqlScope,
  core: SelectCore,
  orderBy: readonly OrderTerm[],
): QueryResult {
  const scope = newSqlScope(parent);
  scope.clause = "on";
  if (core.from !== undefined) sq.rules.from(sq, scope, core.from);
  for (const window of core.windows) scope.windows.add(foldName(window.name.text));
  for (const column of core.columns)
    if (column.kind === "column" && column.alias !== undefined)
      scope.aliases.set(foldName(column.alias.text), {
        expression: column.value,
        value: undefined,
        origin: { kind: "written", name: column.alias },
      });
  const aggregates = isAggregateQuery(core, orderBy);
  const undo = core.where === undefined ? undefined : checkWhere(sq, scope, core.where);
  for (const term of core.groupBy) inClause(scope, "group", () => checkGroupTerm(sq, scope, core, term));
  scope.bareNullable = aggregates && core.groupBy.length === 0;
  for (const window of core.windows) inClause(scope, "select", () => inferWindow(sq, scope, window.spec));
  let columns = inClause(scope, "select", () => resultColumns(sq, scope, core.columns));
  if (core.having !== undefined) {
    const { having } = core;
    inClause(scope, "having", () => sq.rules.infer(sq, scope, having));
  }
  const open = core.columns.some((column) => column.kind === "star" && isOpenStar(scope, column));
  const shape: RowShape = { columns, open };
  for (const term of orderBy) inClause(scope, "order", () => checkOrderTerm(sq, scope, shape, term));
  if (scope.correlatedAggregate && !aggregates) {
    scope.bareNullable = true;
    columns = inClause(scope, "select", () => quietly(sq, () => resultColumns(sq, scope, core.columns)));
  }
  const cardinality = coreCardinality(sq, scope, core, aggregates || scope.correlatedAggregate);
  warnOfBareColumns(sq, scope, core, orderBy);
  adviseJoins(sq, scope, core);
  undo?.();
  return { shape: { columns, open }, cardinality };
}

function inClause<T>(scope: SqlScope, clause: Clause, body: () => T): T {
  const before = scope.clause;
  scope.clause = clause;
  const result = body();
  scope.clause = before;
  return result;
}

/** True when the SELECT groups: GROUP BY, HAVING, or an aggregate among its columns or order terms. */
function isAggregateQuery(core: SelectCore, orderBy: readonly OrderTerm[]): boolean {
  return (
    core.groupBy.length > 0 ||
    core.having !== undefined ||
    core.columns.some((column) => column.kind === "column" && hasAggregate(column.value)) ||
    orderBy.some((term) => hasAggregate(term.value))
  );
}

/** Infers WHERE and narrows by it. Gives a function that takes back what it says about columns of queries around. */
export function checkWhere(sq: SqlCheck, scope: SqlScope, where: Expression): () => void {
  noteNullTests(sq, where);
  const value = inClause(scope, "where", () => sq.rules.infer(sq, scope, where));
  if (unboundVariable(value.type) !== undefined && value.column === undefined)
    unifyTypes(value.type, BOOL, reasonAt(sq, where.span, "it is a condition"));
  scope.conditions.push({ expression: where, only: undefined });
  const own = new Set(scope.sources);
  const facts = [...notNullWhen(sq, where, true)];
  const isOwn = (fact: NotNullFact): boolean =>
    "matched" in fact ? [...fact.sources].some((source) => own.has(source)) : own.has(fact.source);
  narrowColumns(facts.filter(isOwn));
  adviseCondition(sq, where);
  return narrowColumns(facts.filter((fact) => !isOwn(fact)));
}

/** Notes the variables that a condition tests for null, so that comparing them there is no surprise. */
function noteNullTests(sq: SqlCheck, where: Expression): void {
  const open: Expression[] = [where];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (current.kind === "is" && unparenthesized(current.right).kind === "null") {
      const tested = unparenthesized(current.value);
      if (tested.kind === "name") sq.nullTested.add(foldName(tested.name.text));
      if (tested.kind === "parameter") sq.nullTested.add(foldName(tested.name));
    }
    open.push(...childrenOf(current));
  }
}

/** A GROUP BY term: an ordinal, a column, a result alias, or any expression without aggregates. */
function checkGroupTerm(sq: SqlCheck, scope: SqlScope, core: SelectCore, term: Expression): void {
  const inner = unparenthesized(term);
  if (inner.kind === "number" && inner.form === "int") {
    const ordinal = Number(inner.text);
    const hasStar = core.columns.some((column) => column.kind === "star");
    if (!hasStar && (ordinal < 1 || ordinal > core.columns.length))
      reportSql(sq, "OrdinalOutOfRange", inner.span, { clause: "GROUP BY", ordinal, columns: core.columns.length });
    const column = core.columns[ordinal - 1];
    if (!hasStar && column?.kind === "column" && hasAggregate(column.value))
      reportSql(sq, "AggregateMisused", inner.span, { name: textOf(sq, column.value.span), clause: "GROUP BY" });
    return;
  }
  sq.rules.infer(sq, scope, term);
}

function checkOrderTerm(sq: SqlCheck, scope: SqlScope, shape: RowShape, term: OrderTerm): void {
  const inner = unparenthesized(term.value);
  if (inner.kind === "number" && inner.form === "int") {
    const ordinal = Number(inner.text);
    if (!shape.open && (ordinal < 1 || ordinal > shape.columns.length))
      reportSql(sq, "OrdinalOutOfRange", inner.span, { clause: "ORDER BY", ordinal, columns: shape.columns.length });
    return;
  }
  sq.rules.infer(sq, scope, term.value);
}

/** The columns of a result list (SELECT or RETURNING). */
export function resultColumns(sq: SqlCheck, scope: SqlScope, columns: readonly ResultColumn[]): readonly RowColumn[] {
  return columns.flatMap((column): readonly RowColumn[] => {
    if (column.kind === "star") {
      if (scope.sources.length === 0) reportSql(sq, "StarWithoutFrom", column.span, undefined);
      return starColumns(sq, scope, column.table);
    }
    const value = sq.rules.infer(sq, scope, column.value);
    return [namedColumn(sq, column, value)];
  });
}

/** A result column under its alias, its column's name, or its text, as SQLite names it. */
function namedColumn(sq: SqlCheck, column: Extract<ResultColumn, { kind: "column" }>, value: SqlValue): RowColumn {
  const plain = value.column;
  const name = column.alias?.text ?? plain?.name ?? nameOf(sq, column.value);
  return {
    name,
    value: { ...value, column: undefined },
    affinity: plain?.affinity ?? "none",
    table: plain?.source.table,
    origin: column.alias === undefined ? plain?.origin : { kind: "written", name: column.alias },
  };
}

function nameOf(sq: SqlCheck, value: Expression): string {
  const inner = unparenthesized(value);
  if (inner.kind === "parameter" && inner.form === "colon") return inner.name;
  return textOf(sq, value.span);
}

/** True when a star stands for columns that only the engine knows. */
export function isOpenStar(scope: SqlScope, column: Extract<ResultColumn, { kind: "star" }>): boolean {
  const { table } = column;
  if (table === undefined) return scope.sources.some((source) => source.open);
  const last = table.parts[table.parts.length - 1]?.text ?? "";
  const source = scope.sources.find(
    (candidate) => candidate.alias !== undefined && foldName(candidate.alias) === foldName(last),
  );
  return source?.open ?? true;
}
