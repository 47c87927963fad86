// Queries as values: tables, single values, rows, numbers of changed rows; EXISTS, cursors and comprehensions.
// The statements themselves are checked in check/sql.
import type {
  ComprehensionClause,
  ComprehensionExpression,
  CursorExpression,
  ExistsExpression,
  Expression,
  Name,
  QueryExpression,
  TableExpression,
} from "../syntax/tree.ts";
import { ANY, BOOL, INT, STRING, fieldsOf, listOf, nullable, prune, tableOf, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { StructType, Type } from "../types/type.ts";
import type { SqlInfo } from "./checked.ts";
import type { CheckContext, SqlUse } from "./context.ts";
import { addCoercions } from "./expect.ts";
import { problem } from "./findings.ts";
import { declareVariable, findVariable, inScope } from "./scope.ts";

/** A query or DML as a value; what is expected decides between one value, one row and a table. */
export function inferQuery(ctx: CheckContext, node: QueryExpression, expected: Type | undefined): Type {
  const use = queryUse(expected);
  const info = ctx.rules.checkSqlStatement(ctx, node.query, use);
  // The columns of RETURNING * are not known for a table that a variable names; rows come all the same.
  if (node.query.kind !== "select" && info.columns === undefined && !returnsRows(node.query)) return INT;
  const table = tableOf(info.row);
  if (use.kind === "scalar") return scalarOf(ctx, node, table, info);
  if (use.kind !== "row") return table;
  const row: Type = info.row ?? ANY;
  const to = info.cardinality === "one" ? row : nullable(row);
  addCoercions(ctx.state, node, [{ kind: "row", from: table, to }]);
  return to;
}

function returnsRows(query: QueryExpression["query"]): boolean {
  return "returning" in query && query.returning.length > 0;
}

function queryUse(expected: Type | undefined): SqlUse {
  if (expected === undefined) return { kind: "table", row: undefined };
  const wanted = withoutNull(expected);
  switch (wanted.kind) {
    case "scalar":
    case "enum":
      return { kind: "scalar", type: wanted };
    case "struct":
      return { kind: "row" };
    case "table":
      return {
        kind: "table",
        row:
          wanted.row !== undefined && prune(wanted.row).kind === "struct"
            ? (prune(wanted.row) as StructType)
            : undefined,
      };
    default:
      return { kind: "table", row: undefined };
  }
}

/** The only column's value; null when no row may come. Other column counts are reported by the SQL rules. */
function scalarOf(ctx: CheckContext, node: QueryExpression, table: Type, info: SqlInfo): Type {
  const fields = info.row === undefined ? undefined : fieldsOf(info.row);
  const only = fields?.length === 1 ? fields[0] : undefined;
  const value = only === undefined ? ANY : info.cardinality === "one" ? prune(only.type) : nullable(only.type);
  addCoercions(ctx.state, node, [{ kind: "scalar", from: table, to: value }]);
  return value;
}

/** Whether a query without an expected type is a value: statically at most one row, and one column (LANGUAGE.md 15.2). */
export function singleValue(ctx: CheckContext, node: Expression, type: Type): Type | undefined {
  const query = node.kind === "parenthesized" ? node.inner : node;
  if (query.kind !== "query" || prune(type).kind !== "table") return undefined;
  const info = ctx.state.sql.get(query.query);
  if (info === undefined || info.cardinality === "many" || info.row === undefined || fieldsOf(info.row).length !== 1)
    return undefined;
  const only = fieldsOf(info.row)[0];
  const value = only === undefined ? ANY : info.cardinality === "one" ? prune(only.type) : nullable(only.type);
  addCoercions(ctx.state, node, [{ kind: "scalar", from: type, to: value }]);
  return value;
}

/** `EXISTS (SELECT …)`. */
export function inferExists(ctx: CheckContext, node: ExistsExpression): Type {
  ctx.rules.checkSqlStatement(ctx, node.query, { kind: "statement" });
  return BOOL;
}

/** `cursor SELECT …`. */
export function inferCursor(ctx: CheckContext, node: CursorExpression): Type {
  const info = ctx.rules.checkSqlStatement(ctx, node.query, { kind: "table", row: undefined });
  return { kind: "cursor", row: info.row };
}

/** `FROM x IN xs WHERE … LET … SELECT …`: a table when the first source is one and the result is a row, else a list. */
export function inferComprehension(ctx: CheckContext, node: ComprehensionExpression): Type {
  const before = ctx.flow;
  const result = inScope(ctx, () => {
    let overTable = false;
    for (const [index, clause] of node.clauses.entries()) {
      const table = checkClause(ctx, clause);
      if (index === 0) overTable = table;
    }
    const type = ctx.rules.infer(ctx, node.result);
    const row = prune(type);
    return overTable && row.kind === "struct" ? tableOf(row) : listOf(type);
  });
  ctx.flow = before;
  return result;
}

/** Checks a clause; true for a `from` over a table. */
function checkClause(ctx: CheckContext, clause: ComprehensionClause): boolean {
  switch (clause.kind) {
    case "fromClause": {
      const source = sourceType(ctx, clause.source);
      declareVariable(ctx, clause.name, "loop", source.element);
      return source.table;
    }
    case "whereClause":
      ctx.flow = ctx.rules.checkCondition(ctx, clause.condition).whenTrue;
      return false;
    case "letClause": {
      const type = ctx.rules.infer(ctx, clause.value);
      const value = singleValue(ctx, clause.value, type) ?? type;
      declareVariable(ctx, clause.name, "let", value);
      return false;
    }
    case "orderClause":
      for (const term of clause.terms) ctx.rules.infer(ctx, term.value);
      return false;
  }
}

const TABLE_KINDS: ReadonlySet<string> = new Set([
  "table",
  "tableCall",
  "subquery",
  "tableValue",
  "join",
  "parenthesizedTable",
]);

function isTable(source: Expression | TableExpression): source is TableExpression {
  return TABLE_KINDS.has(source.kind);
}

/** What a comprehension or loop goes over: a table expression, a name of a table, or any value that can be looped over. */
function sourceType(
  ctx: CheckContext,
  source: Expression | TableExpression,
): { readonly element: Type; readonly table: boolean } {
  if (isTable(source)) {
    const found = ctx.rules.checkTableSource(ctx, source);
    return { element: found.row ?? ANY, table: true };
  }
  const name = source.kind === "name" ? source.name : undefined;
  if (
    name !== undefined &&
    findVariable(ctx, name) === undefined &&
    ctx.catalog.table(undefined, name.text) !== undefined
  )
    return namedTable(ctx, source, name);
  const type = ctx.rules.infer(ctx, source);
  const element = elementType(ctx, source, type, 1);
  return { element: element[0] ?? ANY, table: prune(type).kind === "table" };
}

function namedTable(
  ctx: CheckContext,
  source: Expression,
  name: Name,
): { readonly element: Type; readonly table: boolean } {
  const reference: TableExpression = {
    kind: "table",
    name: { parts: [name], span: name.span },
    alias: undefined,
    indexedBy: undefined,
    span: name.span,
  };
  const found = ctx.rules.checkTableSource(ctx, reference);
  ctx.state.tables.set(source, found.resolution);
  ctx.state.types.set(source, tableOf(found.row));
  return { element: found.row ?? ANY, table: true };
}

/**
 * What a loop over a value of that type gives its `count` variables: elements, keys and values of a map, rows, characters.
 * Reports what cannot be looped over.
 */
export function elementType(ctx: CheckContext, source: Expression, typeIn: Type, count: number): readonly Type[] {
  const type = prune(typeIn);
  if (type.kind === "nullable" || type.kind === "null") {
    problem(ctx, "LoopOverNull", source.span, { type: showType(type) }, { help: "Give an empty list with '?? []'." });
  }
  const whole = withoutNull(type);
  switch (whole.kind) {
    case "list":
      return count === 2 ? pairOf(whole.element) : [whole.element];
    case "map":
      return count === 1 ? [STRING] : [STRING, whole.value];
    case "table":
      return tableElements(whole.row, count);
    case "cursor":
      return [whole.row ?? ANY];
    case "any":
    case "never":
    case "variable":
      return Array.from({ length: count }, () => ANY);
    case "handle":
      addCoercions(ctx.state, source, [{ kind: "await", from: whole, to: whole.result }]);
      return elementType(ctx, source, whole.result, count);
    case "scalar":
      if (whole.name === "string") return [STRING];
      if (whole.name === "json") return [{ kind: "scalar", name: "json" }];
      break;
    default:
      break;
  }
  problem(ctx, "NotIterable", source.span, { type: showType(typeIn) });
  return Array.from({ length: count }, () => ANY);
}

/** Two variables over a list: the fields of two-field structs, else index and element. */
function pairOf(element: Type): readonly Type[] {
  const whole = prune(element);
  if (whole.kind === "struct" && fieldsOf(whole).length === 2) return fieldsOf(whole).map((field) => field.type);
  if (whole.kind === "list") return [whole.element, whole.element];
  return [INT, element];
}

function tableElements(rowType: Type | undefined, count: number): readonly Type[] {
  const row = rowType === undefined ? undefined : prune(rowType);
  if (count === 1) return [row ?? ANY];
  const fields = row?.kind === "struct" ? fieldsOf(row) : [];
  return Array.from({ length: count }, (_, index) => fields[index]?.type ?? ANY);
}
