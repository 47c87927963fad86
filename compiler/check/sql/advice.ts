// What is correct SQL and yet probably not meant, or slow: conditions that no index helps, NOT IN with null, joins without a relation.
// After the findings of plpgsql_check that make sense here. All of it is advice: hints and warnings, never errors.
import type { CatalogTable } from "../../catalog-view.ts";
import type { Expression, Select, SelectCore, TableExpression } from "../../syntax/tree.ts";
import { foldName } from "../../types/make.ts";
import { showType } from "../../types/show.ts";
import type { Affinity } from "../../../base/sqlite-types.ts";
import type { ScopeColumn, Source, SqlScope } from "./scope.ts";
import { reportSql, type SqlCheck, textOf } from "./state.ts";
import { calledName, childrenOf, conjunctsOf, unparenthesized } from "./walk.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "<", "<=", ">", ">="]);

/** Looks at a condition of WHERE or ON, which has been inferred. */
export function adviseCondition(sq: SqlCheck, condition: Expression): void {
  if (!sq.ours || sq.quiet > 0) return;
  for (const conjunct of conjunctsOf(condition)) {
    if (conjunct.kind === "binary" && COMPARISONS.has(conjunct.operator)) {
      adviseSide(sq, conjunct.left, [conjunct.right]);
      adviseSide(sq, conjunct.right, [conjunct.left]);
      adviseConversion(sq, conjunct.left, conjunct.right);
    } else if (conjunct.kind === "between" && !conjunct.not)
      adviseSide(sq, conjunct.value, [conjunct.low, conjunct.high]);
    else if (conjunct.kind === "in") {
      if (conjunct.not) adviseNotIn(sq, conjunct.set);
      else adviseSide(sq, conjunct.value, [conjunct.set]);
    }
  }
}

/** A function, cast or operator around an indexed column, compared with something that does not depend on the row. */
function adviseSide(sq: SqlCheck, side: Expression, others: readonly Expression[]): void {
  const expression = unparenthesized(side);
  const what = appliedTo(expression);
  if (what === undefined) return;
  const columns = columnsIn(sq, expression);
  const [column] = columns;
  if (columns.length !== 1 || column === undefined || !isLeading(column)) return;
  if (others.some((other) => columnsIn(sq, other).some((each) => each.source === column.source))) return;
  // An index over an expression may be the very one that is meant.
  if (column.source.table?.indexes?.().some((index) => index.columns[0] === undefined) === true) return;
  reportSql(
    sq,
    "IndexNotUsed",
    expression.span,
    { column: nameOf(column), what },
    { help: "Compare the column itself, or create an index over the expression." },
  );
}

/** What stands around a column, in words; undefined where an index still helps, and for `+x`, which keeps an index away on purpose. */
function appliedTo(expression: Expression): string | undefined {
  switch (expression.kind) {
    case "call":
      return expression.over === undefined ? `${calledName(expression) ?? "a function"}()` : undefined;
    case "cast":
      return "a cast";
    case "binary":
      return ["+", "-", "*", "/", "%", "||"].includes(expression.operator) ? expression.operator : undefined;
    case "unary":
      return expression.operator === "-" ? "-" : undefined;
    default:
      return undefined;
  }
}

/** Two columns of different affinity: SQLite converts the text one, whose index then has the wrong order. */
function adviseConversion(sq: SqlCheck, left: Expression, right: Expression): void {
  const one = sq.columns.get(unparenthesized(left));
  const two = sq.columns.get(unparenthesized(right));
  if (one === undefined || two === undefined || one.source === two.source) return;
  const text = one.affinity === "text" ? one : two.affinity === "text" ? two : undefined;
  const other = text === one ? two : one;
  if (text === undefined || !isNumeric(other.affinity) || !isLeading(text)) return;
  reportSql(
    sq,
    "IndexConverted",
    { start: left.span.start, end: right.span.end },
    { column: nameOf(text), type: showType(text.type), other: nameOf(other), otherType: showType(other.type) },
    { help: "Give both columns the same type." },
  );
}

const isNumeric = (affinity: Affinity | "none"): boolean =>
  affinity === "integer" || affinity === "real" || affinity === "numeric";

/** `x NOT IN (SELECT c …)` where c may be null. */
function adviseNotIn(sq: SqlCheck, set: Expression): void {
  const inner = unparenthesized(set);
  const query = inner.kind === "query" && inner.query.kind === "select" ? inner.query : undefined;
  const value = query === undefined ? undefined : onlyColumn(query);
  const found = value === undefined ? undefined : sq.values.get(value);
  if (query === undefined || value === undefined || found?.nullable !== true) return;
  const column = textOf(sq, value.span);
  reportSql(
    sq,
    "NotInWithNull",
    inner.span,
    { column },
    { help: `Add WHERE ${column} IS NOT NULL to the query, or write NOT EXISTS.` },
  );
}

function onlyColumn(query: Select): Expression | undefined {
  const [column, ...others] = query.body.kind === "core" ? query.body.columns : [];
  return column?.kind === "column" && others.length === 0 ? column.value : undefined;
}

/** Columns that an expression mentions outside subqueries. */
function columnsIn(sq: SqlCheck, expression: Expression): readonly ScopeColumn[] {
  const found: ScopeColumn[] = [];
  const open: Expression[] = [expression];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const column = sq.columns.get(current);
    if (column !== undefined) found.push(column);
    else open.push(...childrenOf(current));
  }
  return found;
}

/** Whether an index or key of the column's table begins with it. */
function isLeading(column: ScopeColumn): boolean {
  const { table } = column.source;
  if (table === undefined || table.kind !== "table") return false;
  const name = foldName(column.name);
  return leadingColumns(table).some((each) => foldName(each) === name);
}

function leadingColumns(table: CatalogTable): readonly string[] {
  return [
    table.rowidColumn,
    table.primaryKey[0],
    ...table.uniqueKeys.map((key) => key.columns[0]),
    ...(table.indexes?.().map((index) => index.columns[0]) ?? []),
  ].filter((name) => name !== undefined);
}

function nameOf(column: ScopeColumn): string {
  return `${column.source.table?.name ?? column.source.alias ?? "it"}.${column.name}`;
}

/** Reports tables of one FROM that no condition relates to the others. CROSS JOIN says that it is meant. */
export function adviseJoins(sq: SqlCheck, scope: SqlScope, core: SelectCore): void {
  if (!sq.ours || sq.quiet > 0 || core.from === undefined || !isPlainJoin(core.from)) return;
  const groups = new Map(scope.sources.map((source) => [source, source]));
  const rootOf = (source: Source): Source => {
    const next = groups.get(source) ?? source;
    return next === source ? source : rootOf(next);
  };
  const joinable = scope.sources.filter(
    (source) => source.table?.kind === "table" && !source.atMostOne && !source.open,
  );
  if (joinable.length < 2 || joinable.length < scope.sources.length) return;
  for (const { expression } of scope.conditions)
    for (const conjunct of conjunctsOf(expression)) {
      if (mentionsQuery(conjunct)) return;
      const [first, ...others] = columnsIn(sq, conjunct).map((column) => column.source);
      if (first === undefined) continue;
      for (const other of others) groups.set(rootOf(other), rootOf(first));
    }
  const [first, ...rest] = joinable;
  const alone = rest.find((source) => first !== undefined && rootOf(source) !== rootOf(first));
  if (first === undefined || alone === undefined || isPinned(sq, scope, first) || isPinned(sq, scope, alone)) return;
  const data = { left: first.alias ?? "the table", right: alone.alias ?? "the other" };
  reportSql(sq, "CartesianJoin", core.from.span, data, {
    help: "Add a condition, or write CROSS JOIN when it is meant.",
  });
}

/** A table of which a condition picks rows by constants is small: pairing it with others is often meant. */
function isPinned(sq: SqlCheck, scope: SqlScope, source: Source): boolean {
  return scope.conditions.some(({ expression }) =>
    conjunctsOf(expression).some(
      (conjunct) =>
        conjunct.kind === "binary" &&
        conjunct.operator === "=" &&
        columnsIn(sq, conjunct).length === 1 &&
        columnsIn(sq, conjunct)[0]?.source === source,
    ),
  );
}

/** Tables joined by commas or a plain JOIN without USING and NATURAL. */
function isPlainJoin(from: TableExpression): boolean {
  if (from.kind === "table") return true;
  return (
    from.kind === "join" &&
    (from.type === "inner" || from.type === "comma") &&
    !from.natural &&
    from.using.length === 0 &&
    isPlainJoin(from.left) &&
    isPlainJoin(from.right)
  );
}

function mentionsQuery(expression: Expression): boolean {
  const open: Expression[] = [expression];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (current.kind === "query" || current.kind === "exists") return true;
    open.push(...childrenOf(current));
  }
  return false;
}

/** Tables of the catalog whose columns a `*` of the outermost query stands for. */
export function starredTables(sq: SqlCheck, query: Select): readonly string[] {
  if (query.body.kind !== "core" || query.body.from === undefined) return [];
  if (!query.body.columns.some((column) => column.kind === "star")) return [];
  const names: string[] = [];
  const open: TableExpression[] = [query.body.from];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    if (table.kind === "join") open.push(table.right, table.left);
    const resolution = table.kind === "table" ? sq.ctx.state.tables.get(table) : undefined;
    if (resolution?.kind === "catalog" && resolution.table.schema !== "temp") names.push(resolution.table.name);
  }
  return names;
}
