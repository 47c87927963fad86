// Bare columns of grouped queries: `SELECT region, name, count(*) … GROUP BY region` takes the name of any row of the group.
// Silent where the group has one value: the column is grouped by, belongs to a source whose key is, or the query has one min() or max(), whose row
// SQLite then takes. Expressions that are grouped by count as one thing.
import type { Expression, OrderTerm, SelectCore } from "../../syntax/tree.ts";
import { foldName } from "../../types/make.ts";
import { pinnedSources } from "./cardinality.ts";
import { isAggregateCall } from "./functions.ts";
import type { ScopeColumn, SqlScope } from "./scope.ts";
import { reportSql, textOf, type SqlCheck } from "./state.ts";
import { calledName, childrenOf, unparenthesized } from "./walk.ts";

/** Warns of columns that have no single value per group. The core must have been checked. */
export function warnOfBareColumns(
  sq: SqlCheck,
  scope: SqlScope,
  core: SelectCore,
  orderBy: readonly OrderTerm[],
): void {
  if (sq.quiet > 0 || core.groupBy.length === 0) return;
  const results = core.columns.flatMap((column) => (column.kind === "column" ? [column.value] : []));
  const looked = [
    ...results,
    ...(core.having === undefined ? [] : [core.having]),
    ...orderBy.map((term) => term.value),
  ];
  const grouped = groupedExpressions(scope, core);
  const columns = new Set(grouped.flatMap((expression) => sq.columns.get(unparenthesized(expression)) ?? []));
  if (takesRowOfExtreme(looked)) return;
  const determined = pinnedSources(sq, scope, [...columns]);
  const texts = new Set(grouped.map((expression) => normalized(textOf(sq, unparenthesized(expression).span))));
  const isFine = (column: ScopeColumn): boolean =>
    columns.has(column) ||
    determined.has(column.source) ||
    !scope.sources.includes(column.source) ||
    column.source.open ||
    isEquated(scope, column, columns);
  const open: Expression[] = [...results, ...(core.having === undefined ? [] : [core.having])];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const expression = unparenthesized(current);
    if (isAggregate(expression) || texts.has(normalized(textOf(sq, expression.span)))) continue;
    const column = sq.columns.get(expression);
    if (column === undefined) open.push(...childrenOf(expression));
    else if (!isFine(column)) reportSql(sq, "BareColumn", expression.span, { name: textOf(sq, expression.span) });
  }
}

/** USING and NATURAL make both columns equal. */
function isEquated(scope: SqlScope, column: ScopeColumn, grouped: ReadonlySet<ScopeColumn>): boolean {
  const key = foldName(column.name);
  return scope.merged.has(key) && [...grouped].some((other) => foldName(other.name) === key);
}

/** The expressions of GROUP BY, with ordinals and aliases replaced by what they stand for. */
function groupedExpressions(scope: SqlScope, core: SelectCore): readonly Expression[] {
  return core.groupBy.flatMap((term): readonly Expression[] => {
    const inner = unparenthesized(term);
    if (inner.kind === "number") {
      const column = core.columns[Number(inner.text) - 1];
      return column?.kind === "column" ? [column.value] : [];
    }
    const alias = inner.kind === "name" ? scope.aliases.get(foldName(inner.name.text)) : undefined;
    return alias === undefined ? [term] : [term, alias.expression];
  });
}

function isAggregate(expression: Expression): boolean {
  const name = calledName(expression);
  return (
    expression.kind === "call" &&
    name !== undefined &&
    expression.over === undefined &&
    isAggregateCall(name, expression.arguments.length, expression.star)
  );
}

/** SQLite takes bare columns from the row of the only min() or max(). */
function takesRowOfExtreme(expressions: readonly Expression[]): boolean {
  const names: string[] = [];
  const open: Expression[] = [...expressions];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (isAggregate(current)) names.push((calledName(current) ?? "").toLowerCase());
    else open.push(...childrenOf(current));
  }
  const extremes = names.filter((name) => name === "min" || name === "max");
  return extremes.length === 1;
}

function normalized(text: string): string {
  return text.replace(/\s+/g, "").toLowerCase();
}
