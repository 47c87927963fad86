// FROM: table references, functions, subqueries and values become sources of the scope; joins set which rows may be missing.
import { assertNever } from "../../../base/failure.ts";
import type {
  Expression,
  Join,
  Name,
  TableExpression,
  TableReference,
  TableSubquery,
  TableValue,
} from "../../syntax/tree.ts";
import { STRING, foldName, withoutNull } from "../../types/make.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import {
  isNullableNow,
  extendWithNull,
  narrowColumns,
  newSqlScope,
  OPEN_SHAPE,
  partsOf,
  sourceOfRows,
  type Extension,
  type ScopeColumn,
  type Source,
  type SqlScope,
} from "./scope.ts";
import { adviseCondition } from "./advice.ts";
import { notNullWhen } from "./narrow.ts";
import { commonType } from "./operators.ts";
import { rowStruct } from "./result.ts";
import { starColumns } from "./stars.ts";
import { noteAccess, reasonAt, recordName, recordTable, reportSql, type SqlCheck } from "./state.ts";
import { addCall } from "./table-calls.ts";
import { resolveTable, shapeOfRows, sourceOfMeaning } from "./table-lookup.ts";

/** Adds the sources of a table expression to the scope. */
export function addFrom(sq: SqlCheck, scope: SqlScope, node: TableExpression): void {
  switch (node.kind) {
    case "table":
      return addReference(sq, scope, node);
    case "tableCall":
      return addCall(sq, scope, node);
    case "subquery":
      return addSubquery(sq, scope, node);
    case "tableValue":
      return addValue(sq, scope, node);
    case "parenthesizedTable":
      return addParenthesized(sq, scope, node.inner, node.alias);
    case "join":
      return addJoin(sq, scope, node);
    case "hole":
      scope.sources.push(sourceOfRows(undefined, OPEN_SHAPE));
      return;
    default:
      return assertNever(node, "addFrom");
  }
}

function addReference(sq: SqlCheck, scope: SqlScope, node: TableReference): void {
  const meaning = resolveTable(sq, scope, node, node.name);
  recordTable(sq, node, meaning.resolution);
  noteAccess(sq.facts.reads, meaning.effectName, []);
  const last = node.name.parts[node.name.parts.length - 1];
  scope.sources.push(
    sourceOfMeaning(
      meaning,
      node.alias ?? last,
      node.alias === undefined ? node.name.parts.slice(0, -1)[0]?.text : undefined,
    ),
  );
}

function addSubquery(sq: SqlCheck, scope: SqlScope, node: TableSubquery): void {
  if (node.lateral && sq.catalog.engine === "sqlite")
    reportSql(sq, "EngineLacks", node.span, { engine: "SQLite", feature: "LATERAL subqueries" });
  const outer = node.lateral ? scope : scope.parent;
  const result = sq.rules.query(sq, node.query, outer);
  scope.sources.push(sourceOfRows(node.alias, result.shape, { atMostOne: result.cardinality !== "many" }));
}

/** `{x}`: rows of a value, or a table named by a string. */
function addValue(sq: SqlCheck, scope: SqlScope, node: TableValue): void {
  sq.rowsAllowed.add(node.value);
  const value = sq.rules.infer(sq, newSqlScope(undefined), node.value);
  if (unboundVariable(value.type) !== undefined)
    unifyTypes(value.type, STRING, reasonAt(sq, node.span, "it is used as a table name"));
  const type = withoutNull(value.type);
  const isRows = type.kind === "table" || type.kind === "list";
  const shape = isRows ? shapeOfRows(type) : OPEN_SHAPE;
  if (!isRows) {
    const isName = (type.kind === "scalar" && type.name === "string") || type.kind === "any";
    if (!isName) reportSql(sq, "NotRowsInSql", node.span, { what: "This value" });
    sq.facts.dynamic = true;
    sq.facts.unknownTables = true;
  }
  recordTable(sq, node, {
    kind: "value",
    row: rowStruct(shape),
    form: type.kind === "table" ? "table" : type.kind === "list" ? "list" : "name",
  });
  const name = node.value.kind === "name" ? node.value.name : undefined;
  scope.sources.push(
    sourceOfRows(node.alias ?? name, shape, { effectName: isRows ? undefined : `{${name?.text ?? "…"}}` }),
  );
}

/** `(a JOIN b)` adds its sources; with an alias it is a subquery over all its columns. */
function addParenthesized(sq: SqlCheck, scope: SqlScope, inner: TableExpression, alias: Name | undefined): void {
  if (alias === undefined) return addFrom(sq, scope, inner);
  const own = newSqlScope(scope.parent);
  own.clause = "on";
  addFrom(sq, own, inner);
  scope.sources.push(
    sourceOfRows(alias, { columns: starColumns(sq, own, undefined), open: own.sources.some((source) => source.open) }),
  );
  return undefined;
}

type JoinType = "inner" | "left" | "right" | "full";

function addJoin(sq: SqlCheck, scope: SqlScope, node: Join): void {
  const start = scope.sources.length;
  sq.rules.from(sq, scope, node.left);
  const middle = scope.sources.length;
  sq.rules.from(sq, scope, node.right);
  const left = scope.sources.slice(start, middle);
  const right = scope.sources.slice(middle);
  const type: JoinType = node.type === "left" || node.type === "right" || node.type === "full" ? node.type : "inner";
  const names = node.natural ? sharedNames(left, right) : node.using;
  const pairs = names.flatMap((name) => mergePair(sq, scope, left, right, name));
  if (node.on !== undefined) inferOn(sq, scope, node.on, node.type === "anti" ? "anti" : type, left, right);
  if (type === "inner" && node.type !== "anti") narrowColumns(pairs.flatMap((pair) => [pair.left, pair.right]));
  if (node.type === "semi" || node.type === "anti") {
    endFilterJoin(scope, middle, pairs, node.on);
    return;
  }
  const merged = pairs.map((pair) => ({
    ...pair,
    leftNull: isNullableNow(pair.left),
    rightNull: isNullableNow(pair.right),
  }));
  const rowMayMiss = (sources: readonly Source[], side: "left" | "right"): Extension =>
    extendWithNull(
      sources.flatMap((source) => source.columns),
      `the ${side} side of a ${type.toUpperCase()} JOIN may have no row`,
    );
  const missing = [
    ...(type === "left" || type === "full" ? [rowMayMiss(right, "right")] : []),
    ...(type === "right" || type === "full" ? [rowMayMiss(left, "left")] : []),
  ];
  if (type === "full") scope.fullJoins.push(missing);
  for (const pair of pairs) scope.equated.push(...equatedBy(pair, type));
  for (const pair of merged)
    scope.merged.set(foldName(pair.name.text), type === "right" || type === "full" ? coalesced(pair, type) : pair.left);
}

/** What a pair says of the rows that its join limits: both sides of an inner join, one of LEFT and RIGHT, none of FULL. */
function equatedBy({ left, right }: Pair, type: JoinType): SqlScope["equated"] {
  const ofRight = { column: right, other: left };
  const ofLeft = { column: left, other: right };
  switch (type) {
    case "inner":
      return [ofLeft, ofRight];
    case "left":
      return [ofRight];
    case "right":
      return [ofLeft];
    case "full":
      return [];
  }
}

function inferOn(
  sq: SqlCheck,
  scope: SqlScope,
  on: Expression,
  type: JoinType | "anti",
  left: readonly Source[],
  right: readonly Source[],
): void {
  const { clause } = scope;
  scope.clause = "on";
  sq.rules.infer(sq, scope, on);
  scope.clause = clause;
  const only = type === "inner" ? undefined : new Set(type === "left" ? right : type === "right" ? left : []);
  scope.conditions.push({ expression: on, only });
  adviseCondition(sq, on);
  if (type === "inner") narrowColumns(notNullWhen(sq, on, true));
}

/** SEMI and ANTI joins only filter the left side: the right side's columns are gone afterwards, and with them what ON says about keys (any right row may match). */
function endFilterJoin(scope: SqlScope, middle: number, pairs: readonly Pair[], on: Expression | undefined): void {
  for (const pair of pairs) pair.right.hidden = false;
  const gone = new Set(scope.sources.slice(middle));
  scope.sources.length = middle;
  const kept = scope.conditions.filter(
    (condition) => condition.expression !== on && ![...gone].some((source) => condition.only?.has(source) === true),
  );
  scope.conditions.splice(0, scope.conditions.length, ...kept);
}

interface Pair {
  readonly name: Name;
  readonly left: ScopeColumn;
  readonly right: ScopeColumn;
}

/** One column of USING or NATURAL: found on both sides, hidden on the right. */
function mergePair(
  sq: SqlCheck,
  scope: SqlScope,
  left: readonly Source[],
  right: readonly Source[],
  name: Name,
): readonly Pair[] {
  const key = foldName(name.text);
  const find = (sources: readonly Source[]): ScopeColumn | undefined => {
    const earlier = scope.merged.get(key);
    if (earlier !== undefined && sources.includes(earlier.source)) return earlier;
    for (const source of sources) {
      const column = source.byName.get(key);
      if (column !== undefined && !column.hidden && !column.implicit) return column;
    }
    return undefined;
  };
  const leftColumn = find(left);
  const rightColumn = find(right);
  if (leftColumn === undefined || rightColumn === undefined) {
    const side = leftColumn === undefined ? left : right;
    if (!side.some((source) => source.open))
      reportSql(sq, "UsingColumnMissing", name.span, {
        name: name.text,
        side: leftColumn === undefined ? "left" : "right",
      });
    return [];
  }
  for (const column of [leftColumn, rightColumn]) noteAccess(sq.facts.reads, column.source.effectName, [column.name]);
  recordName(sq, name, {
    kind: "column",
    column: {
      name: leftColumn.name,
      type: leftColumn.type,
      table: leftColumn.source.table,
      affinity: leftColumn.affinity,
      nullReason: leftColumn.reason,
      origin: leftColumn.origin,
    },
    qualifier: undefined,
  });
  rightColumn.hidden = true;
  return [{ name, left: leftColumn, right: rightColumn }];
}

/** Names that both sides of a NATURAL JOIN have. */
function sharedNames(left: readonly Source[], right: readonly Source[]): readonly Name[] {
  const rightNames = new Set(
    right.flatMap((source) =>
      source.columns.filter((column) => !column.hidden && !column.implicit).map((column) => foldName(column.name)),
    ),
  );
  const names = new Map<string, Name>();
  for (const source of left) {
    for (const column of source.columns) {
      const key = foldName(column.name);
      if (!column.hidden && !column.implicit && rightNames.has(key) && !names.has(key))
        names.set(key, { text: column.name, span: { start: 0, end: 0 }, quote: "none" });
    }
  }
  return [...names.values()];
}

/** The merged column of a RIGHT or FULL join: the value of the side that has a row. */
function coalesced(
  pair: Pair & { readonly leftNull: boolean; readonly rightNull: boolean },
  type: "right" | "full",
): ScopeColumn {
  return {
    name: pair.left.name,
    type: commonType(pair.left.type, pair.right.type),
    affinity: pair.left.affinity,
    source: pair.left.source,
    baseNullable: type === "right" ? pair.rightNull : pair.leftNull || pair.rightNull,
    reason: pair.left.reason,
    narrowed: false,
    extensions: [],
    hidden: false,
    implicit: false,
    origin: pair.left.origin,
    mergedFrom: [...(type === "full" ? partsOf(pair.left) : []), ...partsOf(pair.right)],
  };
}
