// Bodies of routines, callees first; routines that call each other are inferred as one group and generalised together.
import type { Steps } from "../../base/steps.ts";
import type { RoutineDeclaration } from "../syntax/tree.ts";
import { stronglyConnected } from "../effects/fixpoint.ts";
import { sameEffects } from "../effects/join.ts";
import { assignType } from "../types/assign.ts";
import { generalize, isGeneric } from "../types/instantiate.ts";
import { NULL, VOID, foldName, nullable, prune } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { DeclaredRoutine } from "./declare-routines.ts";
import type { EffectFrame } from "./context.ts";
import { unboundVariable, because, expectType } from "./expect.ts";
import { problem } from "./findings.ts";
import { frameEffects } from "./frames.ts";
import { solveDeferred } from "./infer-operators.ts";

/** A body with the frame that holds its effects. */
export interface CheckedBody {
  readonly routine: DeclaredRoutine;
  readonly frame: EffectFrame;
}

/** Checks all bodies, a statement in a step. */
export function* checkRoutines(routines: readonly DeclaredRoutine[]): Steps<readonly CheckedBody[]> {
  const bodies: CheckedBody[] = [];
  for (const group of groupsOf(routines)) {
    for (const routine of group) {
      yield* checkBody(routine);
      bodies.push({ routine, frame: routine.ctx.frame });
      yield;
    }
    for (const routine of group) finishGroupMember(routine);
    settleGroup(group);
  }
  return bodies;
}

/** Effects of routines that call each other: round by round until nothing is added. Rounds go forth and back, so that a ring of any direction is done in three. */
function settleGroup(group: readonly DeclaredRoutine[]): void {
  const orders = [group, group.toReversed()];
  for (let round = 0, changed = true; changed && round < group.length; round += 1) {
    changed = false;
    for (const { info, ctx } of orders[round % 2] ?? group) {
      const effects = frameEffects(ctx.state, ctx.frame);
      if (sameEffects(effects, info.effects)) continue;
      info.effects = effects;
      changed = true;
    }
  }
}

/** Groups of mutually recursive routines, callees first. Calls are found by name, methods included, so a group may be larger than needed. */
function groupsOf(routines: readonly DeclaredRoutine[]): readonly (readonly DeclaredRoutine[])[] {
  const byName = new Map<string, string[]>();
  const byKey = new Map<string, DeclaredRoutine>();
  for (const [index, routine] of routines.entries()) {
    const key = `${index}`;
    byKey.set(key, routine);
    const name = foldName(routine.info.name);
    byName.set(name, [...(byName.get(name) ?? []), key]);
  }
  const nodes = new Map(
    [...byKey].map(([key, routine]) => [
      key,
      { callees: calledNames(routine.declaration).flatMap((name) => byName.get(name) ?? []) },
    ]),
  );
  return stronglyConnected(nodes).map((keys) => keys.flatMap((key) => byKey.get(key) ?? []).reverse());
}

/** Folded names that stand where a routine may be meant: names and members anywhere in the body. */
function calledNames(declaration: RoutineDeclaration): readonly string[] {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const each of node) visit(each);
      return;
    }
    const fields = node as { readonly kind?: unknown; readonly [field: string]: unknown };
    if (fields.kind === "name" || fields.kind === "member") {
      const name = fields["name"] as { readonly text?: string } | undefined;
      if (name?.text !== undefined) names.add(foldName(name.text));
    }
    for (const key in fields) if (key !== "span") visit(fields[key]);
  };
  visit(declaration.body);
  return [...names];
}

function* checkBody(routine: DeclaredRoutine): Steps<void> {
  const { declaration, ctx, info } = routine;
  const { body } = declaration;
  if (body === undefined) return;
  if (body.kind === "block") {
    yield* ctx.rules.bodySteps(ctx, body);
    finishBlock(routine);
    return;
  }
  const expected = prune(info.result);
  const type = ctx.rules.infer(ctx, body, expected.kind === "void" ? undefined : info.result);
  if (expected.kind === "void") return;
  ctx.owner.returnsSeen += 1;
  if (prune(type).kind === "void" && unboundVariable(info.result) !== undefined) assignType(VOID, info.result);
  else expectType(ctx, body, type, info.result, because(ctx, body.span, "it is the body's value"));
}

/** The end of a block body: a missing return, or a result that was never given. */
function finishBlock(routine: DeclaredRoutine): void {
  const { ctx, info, declaration } = routine;
  if (!ctx.flow.reachable || info.declaration.body === undefined) return;
  if (ctx.owner.yields !== undefined && ctx.owner.returnsSeen === 0) return;
  const result = prune(info.result);
  if (declaration.returns === undefined) {
    if (ctx.owner.returnsSeen > 0) assignType(NULL, info.result);
    return;
  }
  if (
    result.kind === "void" ||
    result.kind === "nullable" ||
    result.kind === "any" ||
    result.kind === "variable" ||
    result.kind === "null"
  )
    return;
  if (ctx.state.holes.has(ctx.item)) return;
  const span =
    declaration.body !== undefined && declaration.body.kind === "block"
      ? endOf(declaration.body.span)
      : declaration.name.span;
  problem(
    ctx,
    "MissingReturn",
    span,
    { name: info.name, type: showType(result) },
    { related: [{ span: declaration.returns.span, label: `${info.name} returns ${showType(result)}` }] },
  );
}

/** The closing brace or END of a block. */
function endOf(span: { readonly start: number; readonly end: number }): {
  readonly start: number;
  readonly end: number;
} {
  return { start: Math.max(span.start, span.end - 1), end: span.end };
}

/** After all bodies of a group: results that nothing gave are void, functions keep what is still open, procedures wait for their callers. */
function finishGroupMember(routine: DeclaredRoutine): void {
  const { ctx, info } = routine;
  solveDeferred(ctx, ctx.owner.deferred, false);
  settleResult(routine);
  if (info.routine === "function") generalizeFunction(routine);
  const open = ctx.owner.deferred.filter((operator) => !operator.done);
  info.operators = open.filter((operator) => isGeneric(operator.left) || isGeneric(operator.right));
  ctx.state.waiting.push(
    ...open.filter((operator) => !info.operators.includes(operator)).map((operator) => ({ operator, ctx })),
  );
}

function settleResult(routine: DeclaredRoutine): void {
  const { ctx, info } = routine;
  const result = unboundVariable(info.result);
  if (result === undefined) {
    const bound = prune(info.result);
    if (info.result.kind === "variable" && info.result.nullable && bound.kind !== "nullable")
      info.result = nullable(bound);
    return;
  }
  if (ctx.owner.returnsSeen > 0 && !result.nullable) return;
  if (routine.declaration.returns !== undefined && ctx.owner.returnsSeen === 0) return;
  if (ctx.owner.returnsSeen === 0) assignType(VOID, info.result);
}

function generalizeFunction(routine: DeclaredRoutine): void {
  const { info } = routine;
  for (const parameter of info.parameters) generalize(parameter.variable.type, 0);
  if (info.receiver !== undefined) generalize(info.receiver.type, 0);
  generalize(info.result, 0);
}
