// Expressions of SQL clauses, and the literals, CASE and calls that code shares with them.
// Operators arrive flat; build-operators.ts makes the tree by SQLite's precedence.
import { InternalError } from "../../base/failure.ts";
import {
  all,
  chainFits,
  has,
  kids,
  linksOf,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  plainCall,
  prefixesFit,
  qualifiedNameOf,
  rule,
  spanBetween,
  spanOf,
  textOf,
  type View,
  words,
} from "./build-node.ts";
import { climb, type Flat, type FlatTail, type FlatUnit } from "./build-operators.ts";
import { buildStringLiteral } from "./build-strings.ts";
import type { QualifiedName } from "./tree/common.ts";
import type { Argument, CallExpression, Expression, LikeExpression } from "./tree/expressions.ts";
import { buildCase, buildCastCall, buildLiteral } from "./build-literals.ts";
import { buildStandardCall } from "./build-standard-calls.ts";
import { buildOrderBy, buildWindowSpec } from "./build-windows.ts";

/** An expression of a SQL clause. */
export function buildSqlExpression(view: View): Expression {
  switch (rule(view)) {
    case "SqlExpr":
    case "BoundExpr":
    case "StandardPart":
      return chainFits(view, linksOf(kids(view)))
        ? climb(flatOf(view), "sql")
        : { kind: "skipped", span: spanOf(view) };
    case "SqlUnit":
      return climb({ first: unitOf(view), tails: [] }, "sql");
    case "SqlOperand":
      return buildOperand(view);
    default:
      return buildPrimary(view);
  }
}

/** The expressions of `SqlExprs`. */
export function buildSqlExpressions(view: View | undefined): readonly Expression[] {
  return listOf(view, "SqlExpr", "CommaSqlExpr").map(buildSqlExpression);
}

function unitOf(view: View): FlatUnit {
  if (!prefixesFit(view, linksOf(kids(view))))
    return { prefixes: [], operand: { kind: "skipped", span: spanOf(view) } };
  const prefixes = all(view, "sqlPrefix").map((prefix) => ({
    operator: words(prefix) as "+" | "-" | "~" | "not",
    span: spanOf(prefix),
  }));
  return { prefixes, operand: buildSqlExpression(one(view, "SqlOperand")) };
}

function flatOf(view: View): Flat {
  const tails: FlatTail[] = [];
  for (const part of kids(view)) {
    if (rule(part) === "SqlUnit") continue;
    let inner = only(part);
    if (rule(inner) === "SqlTail") inner = only(inner);
    tails.push(tailOf(inner));
  }
  return { first: unitOf(one(view, "SqlUnit")), tails };
}

function tailOf(view: View): FlatTail {
  const not = has(view, "kNOT");
  const unit = (): FlatUnit => unitOf(one(view, "SqlUnit"));
  switch (rule(view)) {
    case "Binary": {
      const operator = one(view, "sqlOperator");
      return { kind: "binary", operator: words(operator), span: spanOf(operator), unit: unit() };
    }
    case "Is":
      return { kind: "is", not: not !== has(view, "DistinctFrom"), unit: unit() };
    case "In":
      return { kind: "in", not, set: buildInSet(only(one(view, "InSet"))) };
    case "Between":
      return { kind: "between", not, low: buildSqlExpression(one(view, "BoundExpr")), unit: unit() };
    case "Like":
      return { kind: "like", not, operator: words(one(view, "LikeWord")) as LikeExpression["operator"], unit: unit() };
    case "Escape":
      return { kind: "escape", unit: unit() };
    case "NullTest":
      return { kind: "nullTest", not: rule(only(view)) !== "kISNULL", span: spanOf(view) };
    case "Collate":
      return { kind: "collate", collation: nameOf(one(view, "sqlName")) };
    case "ColonCast":
      return { kind: "cast", type: view.ctx.build.type(one(view, "CastType")), form: "colons" };
    default:
      throw new InternalError(`build: SQL operator ${rule(view)}`);
  }
}

function buildInSet(view: View): Expression {
  const span = spanOf(view);
  switch (rule(view)) {
    case "InQuery":
      return { kind: "query", query: view.ctx.build.query(one(view, "Query")), span };
    case "InRow":
      return { kind: "row", items: buildSqlExpressions(maybe(view, "SqlExprs")), span };
    case "InList":
      return buildPrimary(one(view, "ListLiteral"));
    case "InCall":
      return callOf(one(view, "QualifiedName"), one(view, "CallArguments"), view);
    case "QualifiedName":
      return memberOf(qualifiedNameOf(view));
    case "TableValue":
      return view.ctx.build.expression(one(view, "HostExpr"));
    default:
      return buildPrimary(view);
  }
}

/** A dotted name as an expression. */
export function memberOf(name: QualifiedName): Expression {
  let result: Expression | undefined;
  for (const part of name.parts) {
    result =
      result === undefined
        ? { kind: "name", name: part, span: part.span }
        : { kind: "member", object: result, name: part, span: { start: result.span.start, end: part.span.end } };
  }
  if (result === undefined) throw new InternalError("build: a name without parts");
  return result;
}

function buildOperand(view: View): Expression {
  if (!chainFits(view, linksOf(kids(view)))) return { kind: "skipped", span: spanOf(view) };
  let result: Expression | undefined;
  for (const inner of kids(view)) {
    if (rule(inner) === "sameLine" || rule(inner) === "anywhere") continue;
    if (result === undefined) {
      result = buildPrimary(inner);
      continue;
    }
    const span = spanBetween(view, view.start, inner.start + inner.node.matchLength);
    result =
      rule(inner) === "SqlMember"
        ? { kind: "member", object: result, name: nameOf(one(inner, "DotName")), span }
        : { kind: "index", object: result, index: buildSqlExpression(one(inner, "SqlExpr")), span };
  }
  if (result === undefined) throw new InternalError("build: an empty operand");
  return result;
}

function buildPrimary(view: View): Expression {
  const span = spanOf(view);
  switch (rule(view)) {
    case "SqlPrimary":
    case "SqlParenthesized":
    case "ExistsExpr":
    case "SqlArgumentValue":
      return view.ctx.build.expression(only(view));
    case "Literal":
      return buildLiteral(only(view));
    case "SqlString":
      return buildSqlString(only(view));
    case "SqlName":
      return { kind: "name", name: nameOf(one(view, "sqlOperandName")), span };
    case "hole":
      return { kind: "hole", span };
    case "parameter":
      return buildParameter(view);
    case "ListLiteral":
      return { kind: "list", elements: buildSqlExpressions(maybe(view, "SqlExprs")), span };
    case "Case":
      return buildCase(view, "");
    case "Cast":
      return buildCastCall(view, one(view, "SqlExpr"));
    case "StandardCall":
      return buildStandardCall(view, "");
    case "Exists":
      return { kind: "exists", query: view.ctx.build.query(one(view, "Query")), span };
    case "SqlSubquery":
      return { kind: "query", query: view.ctx.build.query(one(view, "Query")), span };
    case "SqlRow":
      return buildRow(view);
    case "RaiseFunction": {
      const message = maybe(view, "RaiseMessage");
      const action = words(one(view, "RaiseAction")) as "ignore" | "rollback" | "abort" | "fail";
      return {
        kind: "raiseFunction",
        action,
        message: message === undefined ? undefined : buildSqlExpression(one(message, "SqlExpr")),
        span,
      };
    }
    case "SqlCall":
      return buildCall(view);
    default:
      return buildLiteral(view);
  }
}

function buildSqlString(view: View): Expression {
  if (rule(view) !== "QuotedSqlName") return buildStringLiteral(view, "sql");
  const name = nameOf(one(view, "doubleString"));
  return { kind: "name", name, span: name.span };
}

function buildRow(view: View): Expression {
  const items = buildSqlExpressions(one(view, "SqlExprs"));
  const [inner] = items;
  if (items.length === 1 && inner !== undefined) return { kind: "parenthesized", inner, span: spanOf(view) };
  return { kind: "row", items, span: spanOf(view) };
}

function buildParameter(view: View): Expression {
  const written = textOf(view).trim();
  const form = ({ ":": "colon", "@": "at", $: "dollar", "?": "question" } as const)[
    written.charAt(0) as ":" | "@" | "$" | "?"
  ];
  return { kind: "parameter", form, name: written.slice(1), span: spanOf(view) };
}

function buildCall(view: View): CallExpression {
  const filter = maybe(view, "Filter");
  const over = maybe(view, "Over");
  const call = callOf(one(view, "CallName"), one(view, "CallArguments"), view);
  const condition = filter === undefined ? undefined : buildSqlExpression(one(one(filter, "Where"), "SqlExpr"));
  const target = over === undefined ? undefined : only(one(over, "OverTarget"));
  return {
    ...call,
    filter: condition,
    over: target === undefined ? undefined : rule(target) === "sqlName" ? nameOf(target) : buildWindowSpec(target),
  };
}

/** A call from its name and `CallArguments`; `whole` gives the span. */
export function callOf(name: View, args: View, whole: View): CallExpression {
  const list = maybe(args, "CallArgumentList");
  const inner = list === undefined ? undefined : only(list);
  const plain = inner !== undefined && rule(inner) === "ArgumentList" ? inner : undefined;
  const quantifier = plain === undefined ? undefined : maybe(plain, "ArgumentQuantifier");
  const orderBy = plain === undefined ? undefined : maybe(plain, "OrderBy");
  const values = listOf(plain, "SqlArgument", "CommaSqlArgument").map(buildArgument);
  return {
    ...plainCall(memberOf(qualifiedNameOf(name)), values, spanOf(whole)),
    star: inner !== undefined && rule(inner) === "Star",
    distinct: quantifier !== undefined && has(quantifier, "kDISTINCT"),
    orderBy: orderBy === undefined ? [] : buildOrderBy(orderBy),
  };
}

function buildArgument(view: View): Argument {
  const name = maybe(view, "ArgumentName");
  return {
    name: name === undefined ? undefined : nameOf(one(name, "anyName")),
    value: buildPrimary(one(view, "SqlArgumentValue")),
    span: spanOf(view),
  };
}
