// Calls of routines: arguments against parameters, generic signatures, out parameters, asynchronous results, effects and errors that come along.
import type { Expression } from "../syntax/tree.ts";
import { mayWrite } from "../effects/join.ts";
import { assignType } from "../types/assign.ts";
import { instantiate, instantiateOperators, newInstantiation, type Instantiation } from "../types/instantiate.ts";
import { nullable, prune } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { assigned, checkTarget } from "./assign-target.ts";
import { matchArguments, type GivenArgument } from "./call-arguments.ts";
import type { CallSite } from "./call-site.ts";
import type { CallTarget } from "./call-target.ts";
import type { CallArgument, ParameterInfo, RoutineInfo } from "./checked.ts";
import type { CheckContext } from "./context.ts";
import { because, expectType, reportMismatch } from "./expect.ts";
import { problem } from "./findings.ts";
import { recordCallee, recordEffects } from "./frames.ts";
import { inferFunctionArgument } from "./infer-lambda.ts";
import { describe, solveDeferred } from "./infer-operators.ts";
import { innermost } from "./scalar-value.ts";

/** Checks the call and gives its result: the routine's, or a handle of it when the routine is asynchronous. */
export function callRoutine(ctx: CheckContext, target: Extract<CallTarget, { kind: "routine" }>, site: CallSite): Type {
  const { routine, receiver, method } = target;
  const into = newInstantiation(ctx.state.supply, ctx.level);
  const args: CallArgument[] = [];
  if (method && receiver !== undefined && routine.receiver !== undefined) {
    expectType(ctx, receiver.expression, receiver.type, instantiate(routine.receiver.type, into));
    args.push({ kind: "value", value: receiver.expression, assignBack: false });
  }
  const matched = matchArguments(
    ctx,
    routine.name,
    routine.parameters,
    site.call?.arguments ?? [],
    method ? undefined : receiver,
    site.node,
  );
  for (const [index, parameter] of routine.parameters.entries()) {
    const each = matched[index];
    if (each === undefined || each.kind === "default") args.push({ kind: "default", parameter });
    else if (each.kind === "value") args.push(passArgument(ctx, routine, parameter, each.argument, into, site));
    else args.push(passVariadic(ctx, routine, parameter, each.arguments, into, site));
  }
  const operators = instantiateOperators(routine.operators, into).map((operator) => ({
    ...operator,
    span: site.node.span,
    item: ctx.item,
  }));
  solveDeferred(ctx, operators, false);
  ctx.owner.deferred.push(...operators.filter((operator) => !operator.done));
  const asynchronous = routine.mode === "async" && site.use.place === "code";
  ctx.state.calls.set(site.node, { kind: "routine", routine, args, version: site.call?.version, asynchronous });
  if (site.use.place === "sql") checkInSql(ctx, routine, site.node);
  recordCallee(ctx, routine, site.node.span, undefined, site.call?.version);
  if (asynchronous) recordEffects(ctx, { jobs: true });
  const result = instantiate(routine.result, into);
  return asynchronous ? { kind: "handle", result } : result;
}

function passArgument(
  ctx: CheckContext,
  routine: RoutineInfo,
  parameter: ParameterInfo,
  argument: GivenArgument,
  into: Instantiation,
  site: CallSite,
): CallArgument {
  const type = instantiate(parameter.type, into);
  if (parameter.mode !== "in") return passBack(ctx, parameter, argument.value, type, site);
  const found = argument.known?.type ?? inferFunctionArgument(ctx, argument.value, type, site.use);
  const why = because(ctx, argument.value.span, `${routine.name} is called with ${describe(ctx, argument.value)}`);
  const wanted = parameter.hasDefault && prune(found).kind === "null" ? nullable(type) : type;
  expectType(ctx, argument.value, found, wanted, why);
  return { kind: "value", value: argument.value, assignBack: false };
}

function passVariadic(
  ctx: CheckContext,
  routine: RoutineInfo,
  parameter: ParameterInfo,
  values: readonly GivenArgument[],
  into: Instantiation,
  site: CallSite,
): CallArgument {
  const declared = prune(instantiate(parameter.type, into));
  const element = declared.kind === "list" ? declared.element : declared;
  for (const argument of values) {
    const found = argument.known?.type ?? inferFunctionArgument(ctx, argument.value, element, site.use);
    expectType(
      ctx,
      argument.value,
      found,
      element,
      because(ctx, argument.value.span, `${routine.name} is called with ${describe(ctx, argument.value)}`),
    );
  }
  return { kind: "variadic", values: values.map((argument) => argument.value) };
}

/** An out or inout argument: a place that is assigned after the call. */
function passBack(
  ctx: CheckContext,
  parameter: ParameterInfo,
  value: Expression,
  type: Type,
  site: CallSite,
): CallArgument {
  const place = innermost(value);
  if (place.kind !== "name" && place.kind !== "member" && place.kind !== "index" && place.kind !== "parameter") {
    site.use.inferArgument(value, type);
    problem(ctx, "OutNeedsVariable", value.span, { parameter: parameter.name });
    return { kind: "value", value, assignBack: false };
  }
  if (parameter.mode === "inout") expectType(ctx, value, site.use.inferArgument(value, type), type);
  const target = checkTarget(ctx, place);
  const mismatch = assignType(type, target.type);
  if (mismatch !== undefined) reportMismatch(ctx, value.span, mismatch, type, target.type);
  assigned(ctx, target, type, place);
  return { kind: "value", value: place, assignBack: true };
}

/** Only synchronous functions that change nothing run inside SQL (LANGUAGE.md 5). */
function checkInSql(ctx: CheckContext, routine: RoutineInfo, node: Expression): void {
  const { effects } = routine;
  const written = effects.writes[0]?.table;
  const reason =
    routine.mode === "async"
      ? "it is asynchronous"
      : written !== undefined
        ? `it writes ${written}`
        : effects.output
          ? "it prints or emits"
          : mayWrite(effects)
            ? "it may change the database"
            : undefined;
  if (reason !== undefined) problem(ctx, "NotCallableInSql", node.span, { name: routine.name, reason });
}
