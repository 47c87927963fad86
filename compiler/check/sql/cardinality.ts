// How many rows a query can have: one (aggregate without GROUP BY), at most one (LIMIT 1, all sources pinned by a key), many.
// A source is pinned when all columns of one of its keys equal values that do not depend on sources which are not pinned.
import type { Expression, Select, SelectCore } from "../../syntax/tree.ts";
import { foldName } from "../../types/make.ts";
import type { SqlInfo } from "../checked.ts";
import { partsOf, type ScopeColumn, type Source, type SqlScope } from "./scope.ts";
import type { SqlCheck } from "./state.ts";
import { childrenOf, conjunctsOf, unparenthesized } from "./walk.ts";

type Cardinality = SqlInfo["cardinality"];

/** Rows of one SELECT before LIMIT. */
export function coreCardinality(sq: SqlCheck, scope: SqlScope, core: SelectCore, aggregates: boolean): Cardinality {
  if (aggregates && core.groupBy.length === 0) return core.having === undefined ? "one" : "atMostOne";
  if (core.from === undefined) return core.where === undefined ? "one" : "atMostOne";
  return allPinned(sq, scope) ? "atMostOne" : "many";
}

/** What LIMIT and OFFSET leave. */
export function limitCardinality(cardinality: Cardinality, query: Pick<Select, "limit" | "offset">): Cardinality {
  const limit = literalInt(query.limit);
  if (cardinality === "one")
    return query.offset === undefined && (query.limit === undefined || (limit !== undefined && limit !== 0))
      ? "one"
      : "atMostOne";
  if (cardinality === "many" && (limit === 1 || limit === 0)) return "atMostOne";
  return cardinality;
}

function literalInt(expression: Expression | undefined): number | undefined {
  if (expression === undefined) return undefined;
  const inner = unparenthesized(expression);
  return inner.kind === "number" && inner.form === "int" ? Number(inner.text.replace(/_/g, "")) : undefined;
}

interface Equality {
  readonly source: Source;
  readonly column: string;
  /** Sources of this scope on which the other side depends. */
  readonly needs: ReadonlySet<Source>;
  /** The other side when it is a plain column. */
  readonly other?: ScopeColumn | undefined;
}

/** True when every source has at most one row by its keys, and no FULL JOIN puts them below each other. */
export function allPinned(sq: SqlCheck, scope: SqlScope): boolean {
  if (scope.fullJoins.some((sides) => !sides.some((side) => side.matched))) return false;
  return pinnedSources(sq, scope, []).size === scope.sources.length;
}

/** The sources with at most one row once the columns `fixed` have one value each (those of GROUP BY; none for a whole query). */
export function pinnedSources(sq: SqlCheck, scope: SqlScope, fixed: readonly ScopeColumn[]): ReadonlySet<Source> {
  const own = new Set(scope.sources);
  const equalities = scope.conditions.flatMap(({ expression, only }) =>
    conjunctsOf(expression).flatMap((conjunct) => equalitiesOf(sq, conjunct, own, only)),
  );
  for (const { source, name } of fixed.flatMap(partsOf))
    if (own.has(source)) equalities.push({ source, column: name, needs: new Set() });
  equalities.push(...equalToFixed(equalities, fixed));
  for (const { column, other } of scope.equated) {
    const needs = new Set(partsOf(other).map((part) => part.source));
    for (const { source, name } of partsOf(column)) equalities.push({ source, column: name, needs });
  }
  const pinned = new Set(scope.sources.filter((source) => source.atMostOne));
  for (let changed = true; changed; ) {
    changed = false;
    for (const source of scope.sources) {
      if (pinned.has(source) || !isPinned(source, equalities, pinned)) continue;
      pinned.add(source);
      changed = true;
    }
  }
  return pinned;
}

/** What equals a fixed column is fixed too: in `orders.user_id = users.id GROUP BY orders.user_id` so is users.id. */
function equalToFixed(equalities: readonly Equality[], fixed: readonly ScopeColumn[]): readonly Equality[] {
  const isFixed = (column: ScopeColumn | undefined): boolean =>
    column !== undefined && fixed.some((other) => other === column);
  return equalities
    .filter((equality) => isFixed(equality.other))
    .map((equality) => ({ ...equality, needs: new Set<Source>() }));
}

function isPinned(source: Source, equalities: readonly Equality[], pinned: ReadonlySet<Source>): boolean {
  const columns = new Set(
    equalities
      .filter((equality) => equality.source === source && [...equality.needs].every((need) => pinned.has(need)))
      .map((equality) => foldName(equality.column)),
  );
  if (columns.size === 0) return false;
  if (source.hasRowid && ["rowid", "oid", "_rowid_"].some((name) => columns.has(name))) return true;
  const { table } = source;
  if (table === undefined) return false;
  if (table.rowidColumn !== undefined && columns.has(foldName(table.rowidColumn))) return true;
  const keys =
    table.primaryKey.length > 0
      ? [table.primaryKey, ...table.uniqueKeys.map((key) => key.columns)]
      : table.uniqueKeys.map((key) => key.columns);
  return keys.some((key) => key.every((column) => columns.has(foldName(column))));
}

function equalitiesOf(
  sq: SqlCheck,
  conjunct: Expression,
  own: ReadonlySet<Source>,
  only: ReadonlySet<Source> | undefined,
): readonly Equality[] {
  const isEquality =
    (conjunct.kind === "binary" && conjunct.operator === "=") ||
    (conjunct.kind === "is" && !conjunct.not && unparenthesized(conjunct.right).kind !== "null");
  if (!isEquality) return [];
  const [left, right] = conjunct.kind === "binary" ? [conjunct.left, conjunct.right] : [conjunct.value, conjunct.right];
  // IS may match several nulls of a nullable key.
  if (conjunct.kind === "is" && (sq.values.get(left)?.nullable ?? true) && (sq.values.get(right)?.nullable ?? true))
    return [];
  const found: Equality[] = [];
  const add = (side: Expression, other: Expression): void => {
    const merged = sq.columns.get(unparenthesized(side));
    const needs = sourcesOf(sq, other, own);
    if (merged === undefined || needs === undefined) return;
    for (const { source, name } of partsOf(merged)) {
      if (!own.has(source) || (only !== undefined && !only.has(source)) || needs.has(source)) continue;
      found.push({ source, column: name, needs, other: sq.columns.get(unparenthesized(other)) });
    }
  };
  add(left, right);
  add(right, left);
  return found;
}

/** The sources of this scope that an expression depends on; undefined when a subquery in it may depend on any. */
function sourcesOf(sq: SqlCheck, expression: Expression, own: ReadonlySet<Source>): ReadonlySet<Source> | undefined {
  const sources = new Set<Source>();
  const open: Expression[] = [expression];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (current.kind === "query" || current.kind === "exists") return undefined;
    const column = sq.columns.get(current);
    for (const { source } of column === undefined ? [] : partsOf(column)) if (own.has(source)) sources.add(source);
    open.push(...childrenOf(current));
  }
  return sources;
}
