// The end of a check: what is still unknown becomes any, effects are added up to a fixpoint, findings get absolute places.
import type { Problem } from "../../base/problem.ts";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { shiftSpan } from "../../base/source.ts";
import type { Steps } from "../../base/steps.ts";
import { sameEffects } from "../effects/join.ts";
import { partsOf, resolveType } from "../types/bind.ts";
import { ANY, lastVariable, prune } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Item } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import type { CheckedModule, RoutineInfo } from "./checked.ts";
import type { EffectFrame, Finding, ModuleState, Place } from "./context.ts";
import { settleFlows } from "./expect.ts";
import { problemAt } from "./findings.ts";
import { frameEffects } from "./frames.ts";
import { solveDeferred } from "./infer-operators.ts";
import { applyPragmas } from "./pragmas.ts";

/** A body whose effects are computed together with the others'. */
export interface EffectBody {
  readonly info: RoutineInfo;
  readonly frame: EffectFrame;
}

const ROUNDS_MAX = 64;
/** Facts that are looked at in a step. */
const FACTS_MAX = 2000;

/** Looks at so many facts, with rests in between. */
function* each<T>(facts: Iterable<T>, look: (fact: T) => void): Steps<void> {
  let seen = 0;
  for (const fact of facts) {
    look(fact);
    seen += 1;
    if (seen % FACTS_MAX === 0) yield;
  }
  yield;
}

/** Adds up effects until nothing changes: routines may call each other, and writes fire triggers. Rounds go forth and back, so that any order of the bodies does. */
export function* solveModuleEffects(state: ModuleState, bodies: readonly EffectBody[]): Steps<void> {
  const orders = [bodies, bodies.toReversed()];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    let changed = false;
    for (const { info, frame } of orders[round % 2] ?? bodies) {
      const effects = frameEffects(state, frame);
      if (sameEffects(effects, info.effects)) continue;
      info.effects = effects;
      changed = true;
    }
    yield;
    if (!changed) break;
  }
}

/** Decides operators that waited for callers, tells why parameters have their types, and makes any of what nothing decided. */
export function* settleTypes(
  state: ModuleState,
  routines: Iterable<RoutineInfo> = state.routines.values(),
): Steps<void> {
  const infos = [...routines];
  for (const { operator, ctx } of state.waiting) solveDeferred(ctx, [operator], true);
  for (const info of infos) {
    for (const parameter of info.parameters) tellParameter(state, info, parameter);
    settle(info.result);
  }
  yield* each(state.types.values(), settle);
  yield* each(state.variables.values(), (variable) => settle(variable.type));
  settleFlows(state);
  yield* each(state.types, ([node, type]) => void state.types.set(node, resolveType(type)));
  yield* each(state.variables.values(), (variable) => {
    variable.type = resolveType(variable.type);
    if (variable.accepts !== undefined) variable.accepts = resolveType(variable.accepts);
  });
  for (const info of infos) {
    info.result = resolveType(info.result);
    for (const parameter of info.parameters) parameter.type = resolveType(parameter.type);
  }
}

/** Makes any of the unknowns in a type that nothing decided and no function keeps. */
function settle(type: Type): void {
  const pruned = prune(type);
  if (pruned.kind === "scalar") return;
  if (pruned.kind === "variable") {
    if (!pruned.generic) pruned.binding = ANY;
    return;
  }
  for (const part of partsOf(pruned)) settle(part);
}

/** The hint for a parameter without a written type: what it became and why. */
function tellParameter(state: ModuleState, info: RoutineInfo, parameter: RoutineInfo["parameters"][number]): void {
  const { variable, node } = parameter;
  const place: Place | undefined =
    variable.declaredAt === undefined || info.item === undefined
      ? undefined
      : { span: variable.declaredAt.span, item: info.item };
  if (parameter.declared !== undefined || node === undefined || place === undefined) return settle(parameter.type);
  const unknown = lastVariable(parameter.type.kind === "nullable" ? parameter.type.inner : parameter.type);
  const bound = prune(parameter.type);
  const inner = bound.kind === "nullable" ? prune(bound.inner) : bound;
  const why = unknown?.reasons[0];
  variable.reasons.push(...(unknown?.reasons ?? []));
  if (inner.kind === "variable") {
    if (inner.generic) return;
    settle(parameter.type);
    if (info.declaration.body !== undefined && !state.holes.has(place.item))
      problemAt(state, place, "CouldNotInfer", { name: variable.name });
    return;
  }
  if (inner.kind === "any") return;
  const related = why === undefined ? [] : [{ span: why.span, label: why.text, item: why.item as Item | undefined }];
  problemAt(
    state,
    place,
    "InferredType",
    { name: variable.name, type: showType(parameter.type), reason: why?.text ?? "of how it is used" },
    { related },
  );
}

/** Effects of try blocks, transactions, and calls of routines. */
export function* settleBlockEffects(state: ModuleState): Steps<void> {
  yield* each(
    state.frames,
    ([node, frame]) => void state.blockEffects.set(node, frameEffects(state, { ...frame, catches: [] })),
  );
  yield* each(state.calls, ([node, call]) => {
    if (call.kind === "routine") state.blockEffects.set(node, call.routine.effects);
  });
}

/** The result, with all problems absolute and in order, and items that must not run. */
export function finishModule(state: ModuleState): CheckedModule {
  const broken = new Set<Item>(state.holes);
  const problems: Problem[] = [];
  for (const item of state.module.items) {
    for (const each of item.problems) {
      problems.push(absolute(each, item));
      if (each.severity === "error") broken.add(item);
    }
  }
  for (const finding of withoutDoubles(state.findings)) {
    problems.push(finished(finding));
    if (finding.severity === "error") broken.add(finding.place.item);
  }
  const kept = applyPragmas(state.module.file, problems);
  return {
    module: state.module,
    types: state.types,
    coercions: state.coercions,
    names: state.names,
    tables: state.tables,
    calls: state.calls,
    sql: state.sql,
    variables: state.variables,
    captures: state.captures,
    routines: state.routines,
    structs: state.structs,
    enums: state.enums,
    triggerFacts: state.triggerFacts,
    errors: state.errors,
    effects: state.effects,
    blockEffects: state.blockEffects,
    uses: [...state.uses],
    problems: [...kept].sort(
      (left, right) =>
        left.span.start - right.span.start || left.span.end - right.span.end || (left.code < right.code ? -1 : 1),
    ),
    broken,
  };
}

/** A variable that may be null because it may have no value yet is reported once: by the error, where there is one. */
function withoutDoubles(findings: readonly Finding[]): readonly Finding[] {
  const isAt = (left: Finding, right: Finding): boolean =>
    left.place.item === right.place.item && left.place.span.start === right.place.span.start;
  return findings.filter(
    (finding) =>
      finding.name !== "UnassignedVariable" ||
      !findings.some((other) => other.name === "MayBeNull" && isAt(finding, other)),
  );
}

function absolute(problem: Problem, item: Item): Problem {
  const move = <T extends { readonly span: Problem["span"] }>(each: T): T => ({
    ...each,
    span: shiftSpan(each.span, item.offset),
  });
  return {
    ...move(problem),
    ...(problem.related === undefined ? {} : { related: problem.related.map(move) }),
    ...(problem.fixes === undefined
      ? {}
      : { fixes: problem.fixes.map((fix) => ({ ...fix, edits: fix.edits.map(move) })) }),
  };
}

function finished(finding: Finding): Problem {
  const { place } = finding;
  const related = finding.related.map(({ place: other, label }) => ({
    span: shiftSpan(other.span, other.item.offset),
    label,
  }));
  const fixes = finding.fixes.map((fix) => ({
    ...fix,
    edits: fix.edits.map((edit) => ({ ...edit, span: shiftSpan(edit.span, place.item.offset) })),
  }));
  return {
    name: finding.name,
    code: DIAGNOSTICS[finding.name].code,
    severity: finding.severity,
    span: shiftSpan(place.span, place.item.offset),
    message: finding.message,
    ...(finding.help === undefined ? {} : { help: finding.help }),
    ...(related.length === 0 ? {} : { related }),
    ...(fixes.length === 0 ? {} : { fixes }),
  };
}
