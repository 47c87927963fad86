// Calls: finds what is called, checks its arguments and gives the result; the kinds of targets have files of their own.
import type { CallExpression, Expression, PipeExpression } from "../syntax/tree.ts";
import { bindVariable, occursIn } from "../types/bind.ts";
import { ANY, freshVariable, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { codeUse, type CallSite } from "./call-site.ts";
import { callTarget, namedTarget, type CallTarget, type Receiver } from "./call-target.ts";
import { callBuiltin } from "./call-builtin.ts";
import { callRoutine } from "./call-routine.ts";
import type { CallUse, CheckContext } from "./context.ts";
import type { CallArgument } from "./checked.ts";
import { inferErrorValue } from "./error-values.ts";
import { expectType } from "./expect.ts";
import { lateSeverity, nearest, problem, replaceFix } from "./findings.ts";
import { recordEffects } from "./frames.ts";
import { inferFunctionArgument } from "./infer-lambda.ts";
import { noteProbe, seenVariables } from "./probe.ts";
import { resolveRoutine, routineNames, routinesNamed } from "./routines.ts";
import { intrinsicNames } from "../../bytecode/intrinsics/intrinsics.ts";

/** See Rules.checkCall. */
export function checkCall(ctx: CheckContext, call: CallExpression, use: CallUse, expected?: Type): Type | undefined {
  const target = callTarget(ctx, call, use, undefined);
  const asMethod = target.kind === "late" ? methodOfFirst(ctx, call, use) : undefined;
  if (asMethod !== undefined)
    return callTo(ctx, asMethod, { node: call, call: { ...call, arguments: call.arguments.slice(1) }, use, expected });
  return callTo(ctx, target, { node: call, call, use, expected });
}

/** `f(x, a)` for a method f of x's type, where no free function has that name. */
function methodOfFirst(ctx: CheckContext, call: CallExpression, use: CallUse): CallTarget | undefined {
  const [first] = call.arguments;
  if (call.callee.kind !== "name" || first === undefined || first.name !== undefined) return undefined;
  if (!routinesNamed(ctx, call.callee.name.text).some((routine) => routine.receiver !== undefined)) return undefined;
  const receiver: Receiver = { expression: first.value, type: use.inferArgument(first.value, undefined) };
  const routine = resolveRoutine(ctx, call.callee.name.text, receiver.type, call.version);
  return routine === undefined ? undefined : { kind: "routine", routine, receiver, method: true };
}

/** `CALL p`: a name that is called without parentheses. */
export function callName(ctx: CheckContext, node: Extract<Expression, { kind: "name" }>): Type {
  const target = namedTarget(ctx, node.name, node, undefined);
  const type = callTo(ctx, target, { node, call: undefined, use: codeUse(ctx), expected: undefined }) ?? ANY;
  ctx.state.types.set(node, type);
  return type;
}

/** `left |> right`: the left side becomes the first argument. */
export function inferPipe(ctx: CheckContext, node: PipeExpression, expected: Type | undefined): Type {
  const left = ctx.rules.infer(ctx, node.left);
  const receiver: Receiver = { expression: node.left, type: left };
  const use = codeUse(ctx);
  const right = node.right.kind === "parenthesized" ? node.right.inner : node.right;
  const site: CallSite = { node, call: right.kind === "call" ? right : undefined, use, expected };
  const target =
    right.kind === "call"
      ? callTarget(ctx, right, use, receiver)
      : right.kind === "name"
        ? namedTarget(ctx, right.name, right, receiver)
        : pipeValue(ctx, right, receiver);
  const type = callTo(ctx, target, site) ?? ANY;
  ctx.state.types.set(node.right, type);
  return type;
}

function pipeValue(ctx: CheckContext, right: Expression, receiver: Receiver): CallTarget {
  const expected: Type = {
    kind: "function",
    parameters: [receiver.type],
    result: freshVariable(ctx.state.supply, ctx.level),
  };
  const type = prune(ctx.rules.infer(ctx, right, expected));
  return type.kind === "function"
    ? { kind: "closure", type, callee: right, receiver }
    : { kind: "value", type, callee: right, receiver };
}

function callTo(ctx: CheckContext, target: CallTarget, site: CallSite): Type | undefined {
  switch (target.kind) {
    case "closure":
      return callClosure(ctx, target, site);
    case "value":
      return callValue(ctx, target, site);
    case "routine":
      return callRoutine(ctx, target, site);
    case "intrinsics":
      return callBuiltin(ctx, { kind: "intrinsics", name: target.name, rows: target.rows }, target.receiver, site);
    case "world":
      return callBuiltin(ctx, { kind: "world", row: target.row }, undefined, site);
    case "error":
      return site.call === undefined ? ANY : inferErrorValue(ctx, site.call, target.name);
    case "late":
      return callLate(ctx, target, site);
  }
}

function argumentsOf(site: CallSite, receiver: Receiver | undefined): readonly Expression[] {
  return [
    ...(receiver === undefined ? [] : [receiver.expression]),
    ...(site.call?.arguments.map((argument) => argument.value) ?? []),
  ];
}

function plainArguments(site: CallSite, receiver: Receiver | undefined): readonly CallArgument[] {
  return argumentsOf(site, receiver).map((value): CallArgument => ({ kind: "value", value, assignBack: false }));
}

/** `inferred`: the types of the arguments where these are known already. */
function callClosure(
  ctx: CheckContext,
  target: Extract<CallTarget, { kind: "closure" }>,
  site: CallSite,
  inferred: readonly Type[] = [],
): Type {
  const { type, receiver } = target;
  const values = argumentsOf(site, receiver);
  ctx.state.calls.set(site.node, { kind: "closure", args: plainArguments(site, receiver) });
  if (values.length !== type.parameters.length) {
    const name = ctx.item.text.slice(target.callee.span.start, target.callee.span.end);
    if (values.length > type.parameters.length)
      problem(ctx, "TooManyArguments", site.node.span, {
        name,
        expected: type.parameters.length,
        found: values.length,
      });
    else problem(ctx, "MissingArgument", site.node.span, { name, parameter: `argument ${values.length + 1}` });
  }
  for (const [index, value] of values.entries()) {
    const parameter = type.parameters[index] ?? ANY;
    const known =
      inferred[index] ??
      (index === 0 && receiver !== undefined ? receiver.type : inferFunctionArgument(ctx, value, parameter, site.use));
    expectType(ctx, value, known, parameter);
  }
  return type.result;
}

/** Calling something that is not known to be a function: an unknown becomes one. */
function callValue(ctx: CheckContext, target: Extract<CallTarget, { kind: "value" }>, site: CallSite): Type {
  const values = argumentsOf(site, target.receiver);
  const types = values.map((value, index) =>
    index === 0 && target.receiver !== undefined ? target.receiver.type : site.use.inferArgument(value, undefined),
  );
  ctx.state.calls.set(site.node, { kind: "closure", args: plainArguments(site, target.receiver) });
  const whole = withoutNull(target.type);
  // In f(f(x)) the call inside has made a function of f meanwhile.
  if (whole.kind === "function") return callClosure(ctx, { ...target, kind: "closure", type: whole }, site, types);
  if (whole.kind === "variable") {
    const result = freshVariable(ctx.state.supply, ctx.level);
    const called: Type = { kind: "function", parameters: types, result };
    // f(f) would be a function that takes itself.
    if (occursIn(whole, called)) {
      problem(ctx, "RecursiveType", site.node.span, {});
      return ANY;
    }
    bindVariable(whole, called);
    whole.reasons.push({ text: "it is called", span: site.node.span, item: ctx.item });
    return result;
  }
  if (whole.kind !== "any" && whole.kind !== "never")
    problem(ctx, "NotCallable", target.callee.span, { type: showType(target.type) });
  return ANY;
}

/** Nothing of that name is known now: bound at run time in stored bodies, an error in scripts and with --strict (LANGUAGE.md 15.12). */
function callLate(ctx: CheckContext, target: Extract<CallTarget, { kind: "late" }>, site: CallSite): Type | undefined {
  if (site.use.place === "sql") return undefined;
  const values = argumentsOf(site, target.receiver);
  for (const [index, value] of values.entries())
    if (index > 0 || target.receiver === undefined) site.use.inferArgument(value, undefined);
  const { name, receiver } = target;
  if (receiver === undefined)
    noteProbe(ctx, name.text, () => ({ kind: "value", variables: seenVariables(ctx), sources: [], inSql: false }));
  else noteProbe(ctx, name.text, () => ({ kind: "member", type: receiver.type }));
  const candidates = [...routineNames(ctx), ...intrinsicNames()];
  const near = nearest(name.text, candidates);
  const extras =
    near === undefined ? {} : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, name.span, near)] };
  const severity = ctx.owner.stored ? lateSeverity(ctx) : "error";
  const object = receiver === undefined ? undefined : withoutNull(receiver.type);
  if (object !== undefined && object.kind !== "any" && object.kind !== "variable")
    problem(ctx, "UnknownMethod", name.span, { name: name.text, type: showType(object) }, extras);
  else problem(ctx, "UnknownRoutine", name.span, { name: name.text }, { ...extras, severity });
  ctx.state.calls.set(site.node, { kind: "late", name: name.text, args: plainArguments(site, receiver) });
  const needs = [
    { privilege: "EXECUTE" as const, objectKind: "procedure" as const, objectName: name.text, columns: undefined },
  ];
  recordEffects(ctx, { calls: [name.text], dynamic: true, needs });
  return ANY;
}
