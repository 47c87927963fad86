// Expressions that choose: if, case, try; and casts.
import type {
  CaseExpression,
  CastExpression,
  CatchArm,
  Expression,
  IfExpression,
  TryExpression,
  TypeOfExpression,
} from "../syntax/tree.ts";
import { couldCast } from "../types/cast.ts";
import { ANY, NEVER, STRING, VOID, nullable, prune, withoutNull } from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { reportEnumText, textAdapts } from "./adapt-text.ts";
import type { CheckContext } from "./context.ts";
import { catchesAll, errorNamed } from "./error-values.ts";
import { errorType } from "./error-types.ts";
import { expectType, unboundVariable } from "./expect.ts";
import { type FindingExtras, problem } from "./findings.ts";
import { joinFlows } from "./flow.ts";
import { withFrame } from "./frames.ts";
import { binaryType, inferOperand } from "./infer-operators.ts";
import { reportHandledErrors } from "./raises.ts";
import { scalarValue } from "./scalar-value.ts";
import { declareVariable, inScope } from "./scope.ts";

/** A branch's value: against what is expected, else on its own. */
function branchType(ctx: CheckContext, branch: Expression, expected: Type | undefined): Type {
  const type = ctx.rules.infer(ctx, branch, expected);
  if (expected === undefined || unboundVariable(expected) !== undefined)
    return prune(type).kind === "table" ? type : scalarValue(ctx, branch, type);
  return expectType(ctx, branch, type, expected) ? expected : ANY;
}

/** Joins the branches' types and converts each branch to the result. */
function joinBranches(
  ctx: CheckContext,
  branches: readonly { readonly node: Expression; readonly type: Type }[],
): Type {
  let result: Type = NEVER;
  for (const { node, type } of branches) {
    const joined = joinTypes(result, type);
    if (joined === undefined) {
      problem(ctx, "BranchTypes", node.span, { left: showType(result), right: showType(type) });
      return ANY;
    }
    result = joined;
  }
  for (const { node, type } of branches) if (prune(type) !== prune(result)) expectType(ctx, node, type, result);
  return result;
}

/** `if c then a else b`. */
export function inferIf(ctx: CheckContext, node: IfExpression, expected: Type | undefined): Type {
  const { whenTrue, whenFalse } = ctx.rules.checkCondition(ctx, node.condition);
  const before = ctx.flow;
  ctx.flow = { ...whenTrue, reachable: before.reachable };
  const then = branchType(ctx, node.then, expected);
  const afterThen = ctx.flow;
  ctx.flow = { ...whenFalse, reachable: before.reachable };
  const otherwise = branchType(ctx, node.otherwise, expected);
  ctx.flow = joinFlows([afterThen, ctx.flow]);
  return joinBranches(ctx, [
    { node: node.then, type: then },
    { node: node.otherwise, type: otherwise },
  ]);
}

/** `case when c then a … else b end`, `case x when 1 then a … end`; without else the value may be null. */
export function inferCase(ctx: CheckContext, node: CaseExpression, expected: Type | undefined): Type {
  const subject = node.subject === undefined ? undefined : inferOperand(ctx, node.subject);
  const before = ctx.flow;
  const branches: { node: Expression; type: Type }[] = [];
  for (const branch of node.branches) {
    if (subject === undefined || node.subject === undefined) {
      const { whenTrue, whenFalse } = ctx.rules.checkCondition(ctx, branch.when);
      const outer = ctx.flow;
      ctx.flow = { ...whenTrue, reachable: outer.reachable };
      branches.push({ node: branch.then, type: branchType(ctx, branch.then, expected) });
      ctx.flow = { ...whenFalse, reachable: outer.reachable };
      continue;
    }
    const when = inferOperand(ctx, branch.when, withoutNull(subject));
    binaryType(
      ctx,
      {
        kind: "binary",
        operator: "=",
        operatorSpan: branch.when.span,
        left: node.subject,
        right: branch.when,
        span: branch.when.span,
      },
      subject,
      when,
    );
    branches.push({ node: branch.then, type: branchType(ctx, branch.then, expected) });
  }
  if (node.otherwise !== undefined)
    branches.push({ node: node.otherwise, type: branchType(ctx, node.otherwise, expected) });
  ctx.flow = before;
  const joined = joinBranches(ctx, branches);
  return node.otherwise === undefined ? nullable(joined) : joined;
}

/** `try e catch v`, `try e catch { NotFound => 0, … }`. */
export function inferTry(ctx: CheckContext, node: TryExpression, expected: Type | undefined): Type {
  let value: Type = ANY;
  const before = ctx.flow;
  const frame = withFrame(ctx, () => {
    value = branchType(ctx, node.value, expected);
  });
  const branches: { node: Expression; type: Type }[] = [{ node: node.value, type: value }];
  ctx.flow = before;
  if (node.fallback !== undefined) {
    frame.catches = "all";
    branches.push({ node: node.fallback, type: branchType(ctx, node.fallback, expected) });
  } else {
    reportHandledErrors(
      ctx,
      frame,
      node.arms.map((arm) => arm.error),
    );
    frame.catches = node.arms.some((arm) => catchesAll(arm.error))
      ? "all"
      : node.arms.flatMap((arm) => (arm.error === undefined ? [] : [errorNamed(ctx, arm.error).name ?? "Exception"]));
    for (const arm of node.arms)
      branches.push({ node: arm.body.kind === "block" ? node.value : arm.body, type: catchArm(ctx, arm, expected) });
  }
  ctx.flow = before;
  ctx.state.frames.set(node, frame);
  return joinBranches(ctx, branches);
}

function catchArm(ctx: CheckContext, arm: CatchArm, expected: Type | undefined): Type {
  const before = ctx.flow;
  const type = inScope(ctx, (): Type => {
    const caught = arm.error === undefined ? errorType(ctx.state, undefined) : errorNamed(ctx, arm.error);
    const outer = ctx.caught;
    ctx.caught = caught;
    if (arm.binding !== undefined) declareVariable(ctx, arm.binding, "error", caught);
    let result: Type;
    if (arm.body.kind === "block") {
      ctx.rules.checkBlock(ctx, arm.body);
      result = ctx.flow.reachable ? VOID : NEVER;
    } else {
      result = branchType(ctx, arm.body, expected);
    }
    ctx.caught = outer;
    return result;
  });
  ctx.flow = before;
  return type;
}

/** `x :: T`, `CAST(x AS T)`, `x as T`. Null stays null. */
export function inferCast(ctx: CheckContext, node: CastExpression): Type {
  const wanted = ctx.rules.typeFromNode(ctx, node.type);
  const literal = node.value.kind === "list" || node.value.kind === "object" || node.value.kind === "lambda";
  const found = literal ? ctx.rules.infer(ctx, node.value, wanted) : inferCastValue(ctx, node.value, wanted);
  const whole = prune(wanted);
  if (whole.kind === "enum" && textAdapts(node.value, whole)) reportEnumText(ctx, node.value, whole);
  if (whole.kind === "void" || whole.kind === "never" || !couldCast(found, wanted)) {
    if (!textAdapts(node.value, wanted))
      problem(
        ctx,
        "ImpossibleCast",
        node.span,
        { from: showType(found), to: showType(wanted) },
        instead(found, wanted),
      );
    return wanted;
  }
  const pruned = prune(found);
  return pruned.kind === "nullable" || pruned.kind === "null" ? nullable(wanted) : wanted;
}

const INSTANTS: ReadonlySet<string> = new Set(["date", "timestamp", "timestamptz"]);
const NUMBERS: ReadonlySet<string> = new Set(["int", "float", "decimal"]);

/** The function that does what such a cast was meant for. */
function instead(found: Type, wanted: Type): FindingExtras {
  const from = withoutNull(found);
  const to = withoutNull(wanted);
  if (from.kind !== "scalar" || to.kind !== "scalar") return {};
  if (INSTANTS.has(from.name) && NUMBERS.has(to.name)) return { help: "to_unix(x) gives the seconds since 1970." };
  if (NUMBERS.has(from.name) && INSTANTS.has(to.name))
    return { help: "to_timestamp(seconds) makes an instant of the seconds since 1970." };
  return from.name === "interval" && NUMBERS.has(to.name)
    ? { help: "date_part('epoch', x) gives the seconds of an interval." }
    : {};
}

function inferCastValue(ctx: CheckContext, value: Expression, wanted: Type): Type {
  const type = ctx.rules.infer(ctx, value);
  const target = withoutNull(wanted);
  return target.kind === "scalar" || target.kind === "enum" ? scalarValue(ctx, value, type) : type;
}

/** `@TypeOf(e)`: a text. */
export function inferTypeOf(ctx: CheckContext, node: TypeOfExpression): Type {
  ctx.rules.infer(ctx, node.value);
  return STRING;
}
