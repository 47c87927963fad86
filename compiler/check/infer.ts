// The type of every expression of code: one line per kind of node. The rules are in infer-*.ts and truth.ts.
// A node's recorded type is the one before its coercions; what is returned is the one after them.
import { assertNever } from "../../base/failure.ts";
import type { Expression, ParenthesizedExpression, RowExpression, TemporalLiteral } from "../syntax/tree.ts";
import { ANY, BOOL, BYTES, NULL, STRING, freshVariable, scalar, withoutNull } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./findings.ts";
import { recordEffects } from "./frames.ts";
import { codeUse } from "./call-site.ts";
import { checkCall, inferPipe } from "./infer-calls.ts";
import { inferAsync, inferAwait } from "./infer-async.ts";
import { inferCase, inferCast, inferIf, inferTry, inferTypeOf } from "./infer-branches.ts";
import { inferLambda } from "./infer-lambda.ts";
import { inferList, inferNumber, inferObject, inferRange, inferTemplate } from "./infer-literals.ts";
import { inferMatch } from "./infer-match.ts";
import { inferIndex, inferMember, inferSlice } from "./infer-members.ts";
import { inferName, inferParameter } from "./infer-names.ts";
import { inferBinary, inferUnary } from "./infer-operators.ts";
import { checkFetch, inferExecute } from "./statements-data.ts";
import { inferComprehension, inferCursor, inferExists, inferQuery } from "./infer-query.ts";
import { inferTruth, isTest } from "./truth.ts";

/** See Rules.infer. */
export function infer(ctx: CheckContext, node: Expression, expected?: Type): Type {
  const type = isTest(node) ? inferTruth(ctx, node).type : inferKind(ctx, node, expected);
  ctx.state.types.set(node, ctx.state.coercions.get(node)?.[0]?.from ?? type);
  return type;
}

function inferKind(ctx: CheckContext, node: Expression, expected: Type | undefined): Type {
  switch (node.kind) {
    case "number":
      return inferNumber(ctx, node);
    case "string":
      return STRING;
    case "template":
      return inferTemplate(ctx, node);
    case "bytes":
      return BYTES;
    case "boolean":
      return BOOL;
    case "null":
      return NULL;
    case "temporal":
      return inferTemporal(ctx, node);
    case "list":
      return inferList(ctx, node, expected);
    case "object":
      return inferObject(ctx, node, expected);
    case "range":
      return inferRange(ctx, node);
    case "name":
      return inferName(ctx, node);
    case "member":
      return inferMember(ctx, node);
    case "index":
      return inferIndex(ctx, node);
    case "slice":
      return inferSlice(ctx, node);
    case "call":
      return checkCall(ctx, node, codeUse(ctx), expected) ?? ANY;
    case "parameter":
      return inferParameter(ctx, node);
    case "unary":
      return inferUnary(ctx, node);
    case "binary":
      return inferBinary(ctx, node);
    case "between":
    case "in":
    case "like":
    case "is":
      return inferTruth(ctx, node).type;
    case "collate":
      return infer(ctx, node.value, expected);
    case "cast":
      return inferCast(ctx, node);
    case "case":
      return inferCase(ctx, node, expected);
    case "if":
      return inferIf(ctx, node, expected);
    case "match":
      return inferMatch(ctx, node, { kind: "value", expected });
    case "lambda":
      return inferLambda(ctx, node, expected);
    case "try":
      return inferTry(ctx, node, expected);
    case "pipe":
      return inferPipe(ctx, node, expected);
    case "query":
      return inferQuery(ctx, node, expected);
    case "exists":
      return inferExists(ctx, node);
    case "row":
      return inferRow(ctx, node, expected);
    case "comprehension":
      return inferComprehension(ctx, node);
    case "typeOf":
      return inferTypeOf(ctx, node);
    case "async":
      return inferAsync(ctx, node);
    case "await":
      return inferAwait(ctx, node);
    case "cursor":
      return inferCursor(ctx, node);
    case "executeText":
      return inferExecute(ctx, node);
    case "fetchNext":
      checkFetch(ctx, node);
      return BOOL;
    case "raiseFunction":
      return ANY;
    case "parenthesized":
      return inferParenthesized(ctx, node, expected);
    case "hole":
      return inferHole(ctx, node);
    case "skipped":
      return ANY;
    default:
      return assertNever(node, "infer");
  }
}

function inferTemporal(ctx: CheckContext, node: TemporalLiteral): Type {
  if (node.text === undefined) recordEffects(ctx, { clock: true });
  return scalar(node.type);
}

/** `( e )`: an arm of a conditional keeps what its test knew. */
function inferParenthesized(ctx: CheckContext, node: ParenthesizedExpression, expected: Type | undefined): Type {
  return isTest(node.inner) ? inferTruth(ctx, node.inner).type : infer(ctx, node.inner, expected);
}

/** `(a, b)` in code: a list. */
function inferRow(ctx: CheckContext, node: RowExpression, expected: Type | undefined): Type {
  const wanted = expected === undefined ? undefined : withoutNull(expected);
  return inferList(
    ctx,
    { kind: "list", elements: node.items, span: node.span },
    wanted?.kind === "list" ? wanted : undefined,
  );
}

function inferHole(ctx: CheckContext, node: Expression): Type {
  ctx.state.holes.add(ctx.item);
  problem(ctx, "IncompleteProgram", node.span, {});
  return freshVariable(ctx.state.supply, ctx.level);
}
