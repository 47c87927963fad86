// Queries: SELECT, VALUES, compounds, common tables and table position.
// FROM first and SELECT first give the same nodes.
import { InternalError } from "../../base/failure.ts";
import { joinSpans } from "../../base/source.ts";
import {
  all,
  chainFits,
  has,
  kids,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanBetween,
  spanOf,
  type View,
  words,
} from "./build-node.ts";
import { buildSqlExpression, buildSqlExpressions, callOf, memberOf } from "./build-sql-expressions.ts";
import { buildOrderBy, buildWindowSpec } from "./build-windows.ts";
import type { Name } from "./tree/common.ts";
import type { Expression } from "./tree/expressions.ts";
import type {
  CompoundBody,
  Join,
  QueryBody,
  ResultColumn,
  Select,
  SelectCore,
  SqlStatement,
  TableExpression,
  ValuesBody,
  WithClause,
} from "./tree/sql.ts";

/** A `Query` node. */
export function buildQuery(view: View): Select {
  const limit = maybe(view, "Limit");
  const tail = limit === undefined ? undefined : maybe(limit, "LimitTail");
  const limits = limit === undefined ? [] : [buildSqlExpression(one(limit, "SqlExpr"))];
  const second = tail === undefined ? undefined : buildSqlExpression(one(only(tail), "SqlExpr"));
  // `LIMIT a, b` has the offset first.
  const swapped = tail !== undefined && rule(only(tail)) === "LimitComma";
  const withView = maybe(view, "With");
  const core = one(view, "QueryBody");
  return {
    kind: "select",
    with: withView === undefined ? undefined : buildWith(withView),
    body: buildQueryBody(core),
    orderBy: buildOrderBy(maybe(view, "OrderBy")),
    limit: swapped ? second : limits[0],
    offset: swapped ? limits[0] : second,
    into: intoTargets(maybe(view, "IntoClause") ?? innerInto(core)),
    thenBlock: undefined,
    span: spanOf(view),
  };
}

function innerInto(view: View): View | undefined {
  const core = maybe(view, "QueryCore");
  return core === undefined ? undefined : maybe(only(core), "IntoClause");
}

/** The targets of `INTO x, y`. */
export function intoTargets(view: View | undefined): readonly Expression[] {
  return listOf(view, "IntoTarget", "CommaIntoTarget").map((target) => memberOf(qualifiedNameOf(target)));
}

/** `WITH [RECURSIVE] …`. */
export function buildWith(view: View): WithClause {
  const tables = listOf(view, "CommonTable", "CommaCommonTable").map((table) => {
    const materialized = maybe(table, "Materialized");
    return {
      name: nameOf(one(table, "sqlName")),
      columns: buildColumnNames(maybe(table, "ColumnNames")),
      materialized: materialized === undefined ? undefined : !has(materialized, "kNOT"),
      query: buildCommonBody(only(one(table, "CommonTableBody"))),
      span: spanOf(table),
    };
  });
  return { recursive: has(view, "kRECURSIVE"), tables, span: spanOf(view) };
}

function buildCommonBody(view: View): SqlStatement {
  return rule(view) === "Query" ? buildQuery(view) : view.ctx.build.sqlStatement(view);
}

/** `(a, b)`. */
export function buildColumnNames(view: View | undefined): readonly Name[] {
  return listOf(view, "sqlName", "CommaName").map(nameOf);
}

function buildQueryBody(view: View): QueryBody {
  let body = buildCore(only(one(view, "QueryCore")));
  const tails = all(view, "CompoundTail");
  for (const tail of chainFits(view, tails.length) ? tails : []) {
    const right = buildCore(only(one(tail, "QueryCore")));
    const operator = COMPOUNDS[rule(only(one(tail, "CompoundOperator")))];
    if (operator === undefined) throw new InternalError("build: an unknown compound operator");
    body = { kind: "compound", operator, left: body, right, span: joinSpans(body.span, right.span) };
  }
  return body;
}

const COMPOUNDS: Readonly<Record<string, CompoundBody["operator"]>> = {
  UnionAll: "union all",
  Union: "union",
  Intersect: "intersect",
  Except: "except",
};

function buildCore(view: View): QueryBody {
  switch (rule(view)) {
    case "Values":
      return buildValues(view);
    case "SelectCore":
      return buildSelectCore(view, view, false);
    case "FromCore": {
      const select = maybe(view, "FromSelect");
      return buildSelectCore(select ?? view, view, true);
    }
    default:
      throw new InternalError(`build: query ${rule(view)}`);
  }
}

/** `VALUES (…), (…)`. */
export function buildValues(view: View): ValuesBody {
  const rows = listOf(view, "ValuesRow", "CommaValuesRow").map((row) => buildSqlExpressions(maybe(row, "SqlExprs")));
  return { kind: "values", rows, span: spanOf(view) };
}

/** `select` holds the list and its clauses, `whole` the FROM; they differ when FROM stands first. */
function buildSelectCore(select: View, whole: View, fromFirst: boolean): SelectCore {
  const find = (name: string): View | undefined => maybe(select, name) ?? maybe(whole, name);
  const quantifier = maybe(select, "SelectQuantifier");
  const columns = maybe(select, "ResultColumns");
  const from = maybe(whole, "FromClause");
  const where = find("Where");
  const groupBy = find("GroupBy");
  const having = find("Having");
  const windows = listOf(find("Windows"), "NamedWindow", "CommaNamedWindow").map((window) => ({
    name: nameOf(one(window, "sqlName")),
    spec: buildWindowSpec(one(window, "WindowSpec")),
  }));
  const star: ResultColumn = { kind: "star", table: undefined, span: spanBetween(whole, whole.start, whole.start) };
  return {
    kind: "core",
    fromFirst,
    distinct: quantifier !== undefined && has(quantifier, "kDISTINCT"),
    columns: columns === undefined ? [star] : buildResultColumns(columns),
    from: from === undefined ? undefined : buildTable(one(from, "TableExpression")),
    where: where === undefined ? undefined : buildSqlExpression(one(where, "SqlExpr")),
    groupBy: groupBy === undefined ? [] : buildSqlExpressions(one(groupBy, "SqlExprs")),
    having: having === undefined ? undefined : buildSqlExpression(one(having, "SqlExpr")),
    windows,
    span: spanOf(whole),
  };
}

/** The list after SELECT or RETURNING. */
export function buildResultColumns(view: View): readonly ResultColumn[] {
  return listOf(view, "ResultColumn", "CommaResultColumn").map((column) => {
    const inner = only(column);
    const span = spanOf(column);
    switch (rule(inner)) {
      case "Star":
        return { kind: "star", table: undefined, span };
      case "TableStar":
        return { kind: "star", table: qualifiedNameOf(one(inner, "QualifiedStarName")), span };
      case "hole":
        return { kind: "column", value: { kind: "hole", span }, alias: undefined, explicitAs: false, span };
      default: {
        const value = buildSqlExpression(one(inner, "SqlExpr"));
        return { kind: "column", value, alias: aliasOf(inner), explicitAs: has(inner, "ExplicitAlias"), span };
      }
    }
  });
}

/** The alias among the children of a column or table. The blanks before an implicit one belong to its leaf, which looks at line ends itself. */
export function aliasOf(view: View): Name | undefined {
  const explicit = maybe(view, "ExplicitAlias");
  if (explicit !== undefined) return nameOf(one(explicit, "sqlName"));
  const leaf = maybe(view, "implicitAlias");
  if (leaf === undefined) return undefined;
  const end = leaf.start + leaf.node.matchLength;
  const written = view.ctx.text.slice(leaf.start, end);
  const length =
    /(?:`[^`]*`|"(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\]]*\]|[^\s`"'[\]]+)$/.exec(written)?.[0].length ?? written.length;
  return nameOf({ node: { ctorName: "sqlName", matchLength: length }, start: end - length, ctx: view.ctx });
}

/** What stands after FROM. */
export function buildTable(view: View): TableExpression {
  let table = buildTableOperand(only(one(view, "TableOperand")));
  const tails = all(view, "JoinTail");
  for (const tail of chainFits(view, tails.length) ? tails : []) {
    const right = buildTableOperand(only(one(tail, "TableOperand")));
    table = { ...joinOf(tail), left: table, right, span: { start: table.span.start, end: spanOf(tail).end } };
  }
  return table;
}

const JOIN_TYPES = ["left", "right", "full", "cross", "anti", "semi"] as const;

function joinOf(tail: View): Pick<Join, "kind" | "type" | "natural" | "on" | "using"> {
  const operator = only(one(tail, "JoinOperator"));
  const constraint = maybe(tail, "JoinConstraint");
  const inner = constraint === undefined ? undefined : only(constraint);
  const on =
    inner !== undefined && rule(inner) === "OnConstraint" ? buildSqlExpression(one(inner, "SqlExpr")) : undefined;
  const using =
    inner !== undefined && rule(inner) === "UsingConstraint" ? buildColumnNames(one(inner, "ColumnNames")) : [];
  if (rule(operator) === "CommaJoin") return { kind: "join", type: "comma", natural: false, on, using };
  const written = new Set(kids(operator).map(words));
  // SQLite reads LEFT and RIGHT together as FULL.
  const both = written.has("left") && written.has("right");
  const type = both ? "full" : (JOIN_TYPES.find((name) => written.has(name)) ?? "inner");
  return { kind: "join", type, natural: written.has("natural"), on, using };
}

/** One operand of FROM. */
export function buildTableOperand(view: View): TableExpression {
  const span = spanOf(view);
  const alias = aliasOf(view);
  switch (rule(view)) {
    case "TableSubquery":
      return { kind: "subquery", query: buildQuery(one(view, "Query")), alias, lateral: has(view, "kLATERAL"), span };
    case "ParenthesizedTable":
      return { kind: "parenthesizedTable", inner: buildTable(one(view, "TableExpression")), alias, span };
    case "TableValue":
      return { kind: "tableValue", value: view.ctx.build.expression(one(view, "HostExpr")), alias, span };
    case "TableCall": {
      const name = one(view, "QualifiedName");
      const args = one(view, "CallArguments");
      const call = callOf(name, args, view);
      const callSpan = spanBetween(view, name.start, args.start + args.node.matchLength);
      return { kind: "tableCall", call: { ...call, span: callSpan }, alias, span };
    }
    case "TableReference":
      return {
        kind: "table",
        name: qualifiedNameOf(one(view, "QualifiedName")),
        alias,
        indexedBy: indexHint(maybe(view, "IndexHint")),
        span,
      };
    case "hole":
      return { kind: "hole", span };
    default:
      throw new InternalError(`build: table ${rule(view)}`);
  }
}

/** `INDEXED BY x`, `NOT INDEXED`. */
export function indexHint(view: View | undefined): Name | false | undefined {
  if (view === undefined) return undefined;
  const inner = only(view);
  return rule(inner) === "NotIndexed" ? false : nameOf(one(inner, "sqlName"));
}
