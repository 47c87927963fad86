// Lambdas, and functions by name, as values: their parameter types come from where they are used.
// Lambdas capture by value; assignments to captured variables are reported in assign-target.ts.
import { intrinsicsNamed } from "../../bytecode/intrinsics/intrinsics.ts";
import type { Expression, LambdaExpression, NameExpression } from "../syntax/tree.ts";
import { couldAssign } from "../types/could-assign.ts";
import { ANY, VOID, freshVariable, prune, withoutNull } from "../types/make.ts";
import type { FunctionType, Type } from "../types/type.ts";
import type { CallUse, CheckContext } from "./context.ts";
import { expectType } from "./expect.ts";
import { problem } from "./findings.ts";
import { intrinsicFunctionType } from "./intrinsic-types.ts";
import { resolveRoutine } from "./routines.ts";
import { innermost } from "./scalar-value.ts";
import { declareVariable, findVariable, newScope } from "./scope.ts";

/** True for arguments whose type depends on what is expected: lambdas and names of functions. They are inferred after the others. */
export function isFunctionArgument(expression: Expression): boolean {
  const inner = innermost(expression);
  return inner.kind === "lambda";
}

/** Infers an argument with the type that is expected of it. */
export function inferFunctionArgument(ctx: CheckContext, expression: Expression, expected: Type, use: CallUse): Type {
  const inner = innermost(expression);
  if (inner.kind === "lambda") {
    const type = inferLambda(ctx, inner, expected);
    for (let node: Expression = expression; ; node = node.inner) {
      ctx.state.types.set(node, type);
      if (node.kind !== "parenthesized") break;
    }
    return type;
  }
  if (inner.kind === "name" && withoutNull(expected).kind === "function") {
    const type = overloadFor(ctx, inner, expected);
    if (type !== undefined) return type;
  }
  return use.inferArgument(expression, expected);
}

/** The overload of a built-in function that takes what is expected of it: `map(xs, upper)`. */
function overloadFor(ctx: CheckContext, node: NameExpression, expected: Type): Type | undefined {
  if (findVariable(ctx, node.name) !== undefined || resolveRoutine(ctx, node.name.text, undefined) !== undefined)
    return undefined;
  const wanted = withoutNull(expected);
  const first = wanted.kind === "function" ? wanted.parameters[0] : undefined;
  for (const row of intrinsicsNamed(node.name.text)) {
    const type = intrinsicFunctionType(ctx, row);
    if (type.kind !== "function" || (wanted.kind === "function" && type.parameters.length > wanted.parameters.length))
      continue;
    const own = type.parameters[0];
    if (first !== undefined && own !== undefined && !couldAssign(first, own)) continue;
    ctx.state.names.set(node, { kind: "intrinsic", intrinsic: row.key });
    ctx.state.types.set(node, type);
    return type;
  }
  return undefined;
}

/** A lambda against the function type that is expected, if any. */
export function inferLambda(ctx: CheckContext, node: LambdaExpression, expected: Type | undefined): Type {
  const wanted = expected === undefined ? undefined : withoutNull(expected);
  const shape = wanted?.kind === "function" ? wanted : undefined;
  if (shape !== undefined && node.parameters.length > shape.parameters.length) {
    problem(ctx, "LambdaParameters", node.span, { expected: shape.parameters.length, found: node.parameters.length });
    return ANY;
  }
  const outer = { scope: ctx.scope, flow: ctx.flow, lambda: ctx.lambda, loops: ctx.loops };
  ctx.scope = newScope(outer.scope, node);
  ctx.loops = [];
  const parameters = node.parameters.map((parameter, index): Type => {
    const type =
      parameter.type === undefined
        ? (shape?.parameters[index] ?? freshVariable(ctx.state.supply, ctx.level))
        : ctx.rules.typeFromNode(ctx, parameter.type);
    declareVariable(ctx, parameter.name, "lambda", type);
    return type;
  });
  const result = inferBody(ctx, node, shape);
  ctx.state.captures.set(node, [...(ctx.scope.lambda?.captured ?? [])]);
  ctx.scope = outer.scope;
  ctx.flow = outer.flow;
  ctx.lambda = outer.lambda;
  ctx.loops = outer.loops;
  return { kind: "function", parameters, result };
}

function inferBody(ctx: CheckContext, node: LambdaExpression, shape: FunctionType | undefined): Type {
  const wantsNothing = shape !== undefined && prune(shape.result).kind === "void";
  const { body } = node;
  if (body.kind === "block") {
    const result = shape === undefined || wantsNothing ? freshVariable(ctx.state.supply, ctx.level) : shape.result;
    ctx.lambda = { result, returns: 0 };
    ctx.rules.checkBlock(ctx, body);
    if (ctx.lambda.returns === 0) return VOID;
    return result;
  }
  const expected = shape === undefined || wantsNothing ? undefined : shape.result;
  const type = ctx.rules.infer(ctx, body, expected);
  if (expected === undefined) return type;
  if (!expectType(ctx, body, type, expected)) return ANY;
  return expected;
}
