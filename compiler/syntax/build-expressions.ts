// Expressions of code: from the flavours Expr, InnerExpr and HeaderExpr to one tree.
// Literals, calls of SQL and clauses stand in build-sql-expressions.ts; arms of match and try in build-match.ts.
import { InternalError } from "../../base/failure.ts";
import { joinSpans } from "../../base/source.ts";
import { buildComprehension, buildIf, buildTry } from "./build-branches.ts";
import { buildMatchBody } from "./build-match.ts";
import {
  all,
  chainFits,
  has,
  integerOf,
  kids,
  linksOf,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  plainCall,
  prefixesFit,
  rule,
  spanBetween,
  spanOf,
  textOf,
  type View,
  words,
} from "./build-node.ts";
import { climb, type Flat, type FlatTail, type FlatUnit } from "./build-operators.ts";
import { buildSqlExpression } from "./build-sql-expressions.ts";
import { buildFetched, buildUsing } from "./build-targets.ts";
import { buildStandardCall } from "./build-standard-calls.ts";
import { buildCase, buildCastCall, buildLiteral } from "./build-literals.ts";
import { buildStringLiteral } from "./build-strings.ts";
import type { Argument, Expression } from "./tree/expressions.ts";
import { buildLambda, buildObject } from "./build-objects.ts";

/** Any expression rule, of code or SQL. */
export function buildExpression(view: View): Expression {
  switch (rule(view)) {
    case "Expr":
    case "InnerExpr":
    case "Value":
    case "HostExpr":
    case "ArgumentValue":
    case "LambdaBody":
    case "ForQuery":
    case "ExistsExpr":
    case "IndexInner":
    case "TryFallback":
    case "GoodCondition":
    case "GoodLooping":
    case "LoopingCondition":
    case "ForSource":
    case "ConfigValue":
      return buildExpression(only(view));
    case "FlatExpr":
    case "InnerFlat":
    case "HeaderExpr":
    case "CodeBound":
    case "HeaderBound":
    case "CastValue":
    case "CodeStandardPart":
    case "AttachFile":
      return buildFlat(view);
    case "Unit":
    case "HeaderUnit":
      return climb({ first: unitOf(view), tails: [] }, "code");
    case "Lambda":
    case "SqlLambda":
      return buildLambda(view);
    case "PipedQuery":
      return buildPipedQuery(view);
    case "BareQuery":
      return view.ctx.build.queryStatement(view);
    case "Comprehension":
      return buildComprehension(view);
    case "Operand":
    case "HeaderOperand":
      return buildOperand(view);
    case "ObjectLiteral":
    case "LambdaObject":
    case "SqlObject":
      return buildObject(view, undefined);
    case "Condition":
      return buildCondition(view);
    case "BadCondition":
    case "skippedHeader":
      return { kind: "skipped", span: spanOf(view) };
    default:
      return buildPrimary(view);
  }
}

function buildFlat(view: View): Expression {
  const parts = kids(view);
  return chainFits(view, linksOf(parts)) ? climb(flatOf(view, parts), "code") : { kind: "skipped", span: spanOf(view) };
}

function buildCondition(view: View): Expression {
  return buildExpression(only(view));
}

/** Prefixes and operand of a Unit or HeaderUnit. */
function unitOf(view: View): FlatUnit {
  const prefixes: { operator: "+" | "-" | "~" | "not"; span: Expression["span"] }[] = [];
  let operand: Expression | undefined;
  for (const kid of kids(view)) {
    if (rule(kid) === "codePrefix") {
      const written = words(kid);
      prefixes.push({ operator: written === "!" ? "not" : (written as "+" | "-" | "~" | "not"), span: spanOf(kid) });
    } else if (prefixesFit(view, prefixes.length)) operand = buildExpression(kid);
    else return { prefixes: [], operand: { kind: "skipped", span: spanOf(view) } };
  }
  if (operand === undefined) throw new InternalError("build: a unit without operand");
  return { prefixes, operand };
}

const isUnit = (view: View): boolean => rule(view) === "Unit" || rule(view) === "HeaderUnit";

function unitIn(view: View): FlatUnit {
  const unit = kids(view).find(isUnit);
  if (unit === undefined) throw new InternalError(`build: no unit in ${rule(view)}`);
  return unitOf(unit);
}

function flatOf(view: View, parts: readonly View[]): Flat {
  const tails: FlatTail[] = [];
  for (const part of parts) {
    if (isUnit(part) || rule(part) === "sameLine" || rule(part) === "anywhere") continue;
    let inner = rule(part) === "AsCast" ? part : only(part);
    // CodeBoundTail → Tail → the operator.
    while (rule(inner).endsWith("Tail") || rule(inner) === "CodeCast") inner = only(inner);
    tails.push(tailOf(inner));
  }
  return { first: unitIn(view), tails };
}

function tailOf(view: View): FlatTail {
  const not = has(view, "kNOT");
  switch (rule(view)) {
    case "CodeBinary":
    case "InnerBinary":
    case "HeaderBinary": {
      const operator = only(view);
      return { kind: "binary", operator: words(operator), span: spanOf(operator), unit: unitIn(view) };
    }
    case "CodeIs":
    case "HeaderIs":
      return { kind: "is", not: not !== has(view, "DistinctFrom"), unit: unitIn(view) };
    case "CodeIn":
    case "HeaderIn":
      return { kind: "in", not, set: unitIn(view) };
    case "CodeBetween":
    case "HeaderBetween": {
      const low = maybe(view, "CodeBound") ?? one(view, "HeaderBound");
      return { kind: "between", not, low: buildExpression(low), unit: unitIn(view) };
    }
    case "CodeLike":
    case "HeaderLike":
      return { kind: "like", not, operator: words(one(view, "CodeLikeWord")) as "like", unit: unitIn(view) };
    case "CodeEscape":
      return { kind: "escape", unit: unitIn(view) };
    case "ColonCast":
      return { kind: "cast", type: view.ctx.build.type(one(view, "CastType")), form: "colons" };
    case "AsCast":
      return { kind: "cast", type: view.ctx.build.type(one(view, "Type")), form: "as" };
    default:
      throw new InternalError(`build: operator ${rule(view)}`);
  }
}

function buildPipedQuery(view: View): Expression {
  let left = buildExpression(one(view, "BareQuery"));
  const tails = all(view, "PipeTail");
  for (const tail of chainFits(view, tails.length) ? tails : []) {
    const right = buildExpression(one(tail, "Unit"));
    left = { kind: "pipe", left, right, span: joinSpans(left.span, right.span) };
  }
  return left;
}

function buildOperand(view: View): Expression {
  const parts = kids(view);
  if (!chainFits(view, linksOf(parts))) return { kind: "skipped", span: spanOf(view) };
  let result: Expression | undefined;
  for (const part of parts) {
    if (rule(part) === "sameLine" || rule(part) === "anywhere") continue;
    if (result === undefined) result = buildPrimary(only(part));
    else result = buildPostfix(rule(part) === "Member" ? part : only(part), result, view.start);
  }
  if (result === undefined) throw new InternalError("build: an empty operand");
  return result;
}

function buildPostfix(view: View, object: Expression, start: number): Expression {
  const span = spanBetween(view, start, view.start + view.node.matchLength);
  switch (rule(view)) {
    case "Member":
      return { kind: "member", object, name: nameOf(one(view, "anyName")), span };
    case "Call": {
      const version = maybe(view, "CallVersion");
      return {
        ...plainCall(object, argumentsOf(maybe(view, "CodeArguments")), span),
        version: version === undefined ? undefined : integerOf(one(version, "integer")),
      };
    }
    case "Index": {
      const inner = only(one(view, "IndexInner"));
      if (rule(inner) !== "Slice") return { kind: "index", object, index: buildExpression(inner), span };
      return { kind: "slice", object, ...sliceOf(inner), span };
    }
    case "PostfixMatch":
      return { kind: "match", subject: object, arms: buildMatchBody(one(view, "MatchBody")), span };
    default:
      throw new InternalError(`build: postfix ${rule(view)}`);
  }
}

function sliceOf(view: View): { from: Expression | undefined; to: Expression | undefined } {
  let from: Expression | undefined;
  let to: Expression | undefined;
  let colon = false;
  for (const part of kids(view)) {
    if (textOf(part) === ":") colon = true;
    else if (colon) to = buildExpression(part);
    else from = buildExpression(part);
  }
  return { from, to };
}

function argumentsOf(view: View | undefined): readonly Argument[] {
  return listOf(view, "CodeArgument", "CommaCodeArgument").map((argument) => {
    const name = maybe(argument, "ArgumentName");
    return {
      name: name === undefined ? undefined : nameOf(one(name, "anyName")),
      value: buildExpression(one(argument, "ArgumentValue")),
      span: spanOf(argument),
    };
  });
}

function buildPrimary(view: View): Expression {
  const span = spanOf(view);
  switch (rule(view)) {
    case "Primary":
    case "HeaderPrimary":
    case "Parenthesized":
    case "CodeString":
      return buildPrimary(only(view));
    case "CodeLiteral":
      return buildLiteral(only(view));
    case "singleString":
    case "doubleString":
      return buildStringLiteral(view, "code");
    case "hole":
      return { kind: "hole", span };
    case "CodeName":
      return { kind: "name", name: nameOf(one(view, "name")), span };
    case "CodeParameter":
      return buildParameter(only(view));
    case "TypedObject":
    case "NamedObject":
      return buildObject(one(view, "ObjectLiteral"), one(view, "QualifiedObjectName"), view);
    case "ObjectLiteral":
      return buildObject(view, undefined);
    case "CodeList":
      return {
        kind: "list",
        elements: listOf(maybe(view, "CodeElements"), "Expr", "CommaElement").map(buildExpression),
        span,
      };
    case "CodeSubquery":
      return { kind: "parenthesized", inner: buildExpression(one(view, "BareQuery")), span };
    case "ParenthesizedComprehension":
      return { kind: "parenthesized", inner: buildExpression(one(view, "Comprehension")), span };
    case "ParenthesizedExpr":
      return buildParenthesized(view);
    case "IfExpr":
      return buildIf(view);
    case "Match":
      return {
        kind: "match",
        subject: buildExpression(one(view, "HeaderExpr")),
        arms: buildMatchBody(one(view, "MatchBody")),
        span,
      };
    case "CodeCase":
      return buildCase(view, "Code");
    case "TryExpr":
      return buildTry(view);
    case "Async":
      return { kind: "async", call: buildExpression(one(view, "Operand")), detached: has(view, "kDETACHED"), span };
    case "Await": {
      const mode = maybe(view, "AwaitMode");
      return {
        kind: "await",
        mode: mode === undefined ? "one" : (words(only(mode)) as "all" | "any"),
        value: buildExpression(one(view, "Unit")),
        span,
      };
    }
    case "Cursor":
      return { kind: "cursor", query: view.ctx.build.query(one(view, "Query")), span };
    case "ExecuteExpr":
      return {
        kind: "executeText",
        text: buildExpression(one(view, "Expr")),
        using: buildUsing(maybe(view, "ExecuteUsing")),
        span,
      };
    case "FetchExpr":
      return { kind: "fetchNext", ...buildFetched(view), span };
    case "CastCall":
      return buildCastCall(view, one(view, "CastValue"));
    case "CodeStandardCall":
      return buildStandardCall(view, "Code");
    case "TypeOf":
      return { kind: "typeOf", value: buildExpression(one(view, "Expr")), span };
    default:
      return buildSqlExpression(view);
  }
}

function buildParameter(view: View): Expression {
  const inner = rule(view) === "atName" ? "at" : rule(view).replace("Parameter", "");
  return {
    kind: "parameter",
    form: inner as "colon" | "at" | "dollar",
    name: textOf(view).trim().slice(1),
    span: spanOf(view),
  };
}

function buildParenthesized(view: View): Expression {
  const items = listOf(view, "InnerExpr", "CommaInnerExpr").map(buildExpression);
  const [inner] = items;
  const span = spanOf(view);
  if (items.length === 1 && inner !== undefined) return { kind: "parenthesized", inner, span };
  return { kind: "row", items, span };
}
