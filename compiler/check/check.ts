// Checks a module: types, names, null, effects and errors of every item. Never throws on a user's program; all problems are in the result.
// Order: imports, types, headers, bodies (callees first), triggers and other automation, top-level statements in order, then what needs the whole.
// The work is done in steps, one for each declaration: an editor gives others their turn in between.
import { finished, type Steps } from "../../base/steps.ts";
import { isDeclaration, type Item, type Module } from "../syntax/tree.ts";
import { catalogWithFile } from "../catalog/file.ts";
import type { Effects } from "../effects/effects.ts";
import { joinEffects } from "../effects/join.ts";
import { VOID } from "../types/make.ts";
import { bodyContext, type ModuleSetting, newState } from "./bodies.ts";
import { checkRoutines } from "./check-routines.ts";
import type { CheckedModule, RoutineInfo } from "./checked.ts";
import type { CheckContext, EffectFrame, Environment, ModuleState, Rules } from "./context.ts";
import { asRoutine, checkImport, checkMetadata, checkTest } from "./declare-automation.ts";
import { checkSchedule } from "./declare-schedules.ts";
import { checkPipeline, reportPipelineCircles, type PipelineShape } from "./declare-pipelines.ts";
import { declareRoutines } from "./declare-routines.ts";
import { checkTrigger, declareTrigger, inTrigger, storedTriggers, triggersCalling } from "./declare-triggers.ts";
import { declareTypes } from "./declare-types.ts";
import { finishModule, settleBlockEffects, settleTypes, solveModuleEffects, type EffectBody } from "./finish.ts";
import { frameEffects, newFrame } from "./frames.ts";
import { infer } from "./infer.ts";
import { checkCall } from "./infer-calls.ts";
import { reportInjections } from "./injection.ts";
import { reportIdleHandlers, reportRaises } from "./raises.ts";
import { declareImplicit } from "./scope.ts";
import { checkSqlStatement, checkTableSource, inferSqlExpression } from "./sql/sql.ts";
import { bodySteps, checkBlock, checkStatement } from "./statements.ts";
import { reportTriggerCycles } from "./trigger-cycles.ts";
import { reportTriggerOrder } from "./trigger-order.ts";
import { readTriggers, type TriggerHeader, type TriggerShape } from "./trigger-shape.ts";
import { checkCondition } from "./truth.ts";
import { typeFromNode, typeNamed } from "./type-nodes.ts";
import { reportUnused, reportUnusedInScript } from "./unused.ts";

export type { Environment } from "./context.ts";

/**
 * Checks a parsed module against what is around it.
 * The result's tables are complete for items without errors; `broken` names the others. Same input, same result.
 */
export function check(module: Module, environment: Environment): CheckedModule {
  return checkWithin(module, environment, "module", new Map());
}

/** Checked modules by their parsed form; undefined while one is being checked. Keeps imports from being checked twice. */
type Progress = Map<Module, CheckedModule | undefined>;

/** Modules of the standard library do not depend on a catalog, so one check serves the process. */
const STANDARD_MODULES = new WeakMap<Module, CheckedModule>();

function checkWithin(
  module: Module,
  environment: Environment,
  origin: RoutineInfo["origin"],
  progress: Progress,
): CheckedModule {
  progress.set(module, undefined);
  const { checked } = finished(checkSetting(settingFor(newState(module, environment, origin), progress)));
  progress.set(module, checked);
  return checked;
}

function settingFor(state: ModuleState, progress: Progress): ModuleSetting {
  return {
    state,
    rules: rulesFor(progress),
    catalog: catalogWithFile(state.environment.catalog, state.module),
  };
}

/** A check with all that a later check of a part of the same file goes on from (recheck.ts). */
export interface WholeCheck {
  readonly checked: CheckedModule;
  readonly setting: ModuleSetting;
  readonly bodies: CheckedBodies;
  /** How many of the findings came about before effects were added up. */
  readonly ownFindings: number;
}

/** As `check`, with what it was made of, in steps. */
export function checkWhole(module: Module, environment: Environment): Steps<WholeCheck> {
  return checkSetting(settingFor(newState(module, environment, "module"), new Map([[module, undefined]])));
}

function rulesFor(progress: Progress): Rules {
  return {
    infer,
    checkCondition,
    checkBlock,
    bodySteps,
    checkStatement,
    checkCall,
    typeFromNode,
    typeNamed,
    checkSqlStatement,
    checkTableSource,
    inferSqlExpression,
    catalogWithFile,
    checkOther: (module, environment, origin) => {
      const known = origin === "stdlib" ? STANDARD_MODULES.get(module) : undefined;
      if (known !== undefined) return known;
      if (progress.has(module)) return progress.get(module);
      const elsewhere = origin === "module" ? environment.checkedModule?.(module) : undefined;
      if (elsewhere !== undefined) return elsewhere === "circle" ? undefined : elsewhere;
      const checked = checkWithin(module, environment, origin, progress);
      if (origin === "stdlib") STANDARD_MODULES.set(module, checked);
      return checked;
    },
  };
}

/** What the bodies of a module came to. */
export interface CheckedBodies {
  readonly triggers: readonly TriggerShape[];
  /** Triggers of the file and stored ones. */
  readonly callers: readonly TriggerHeader[];
  readonly pipelines: readonly PipelineShape[];
  /** Routines, triggers, schedules and tests. */
  readonly bodies: readonly EffectBody[];
  readonly script: readonly ScriptEffects[];
}

/** The effects of a top-level statement. */
export interface ScriptEffects {
  readonly item: Item;
  readonly frame: EffectFrame;
}

function* checkSetting(setting: ModuleSetting): Steps<WholeCheck> {
  const { state } = setting;
  for (const item of state.module.items)
    if (item.statement.kind === "import") checkImport(setting, item, item.statement);
  declareTypes(setting, state.module.items);
  const triggers = readTriggers(setting);
  for (const trigger of triggers) declareTrigger(setting, trigger);
  const callers = [...triggers, ...storedTriggers(setting, triggers)];
  yield;
  const bodies = yield* checkBodies(setting, { items: state.module.items, script: true, callers, triggers });
  yield* settleTypes(state);
  const ownFindings = state.findings.length;
  yield* solveModuleEffects(state, bodies.bodies);
  yield* finishEffects(setting, bodies);
  return { checked: finishModule(state), setting, bodies, ownFindings };
}

/** Which bodies to check, and who calls routines from outside. */
export interface BodyPlan {
  readonly items: readonly Item[];
  readonly script: boolean;
  readonly callers: readonly TriggerHeader[];
  readonly triggers: readonly TriggerShape[];
}

/** Checks the bodies of these items. Types stay open until they are settled, effects until they are added up. */
export function* checkBodies(setting: ModuleSetting, plan: BodyPlan): Steps<CheckedBodies> {
  const { state } = setting;
  const routines = yield* declareRoutines(setting, plan.items, (ctx, declaration) =>
    inTrigger(ctx, declaration, triggersCalling(plan.callers, declaration)),
  );
  const bodies: EffectBody[] = [];
  const contexts: CheckContext[] = [];
  for (const { routine, frame } of yield* checkRoutines(routines)) {
    checkMetadata(routine.ctx, routine.declaration);
    bodies.push({ info: routine.info, frame });
    contexts.push(routine.ctx);
  }
  for (const trigger of plan.triggers) {
    const { info, ctx } = checkTrigger(setting, trigger);
    bodies.push({ info, frame: ctx.frame });
    contexts.push(ctx);
    yield;
  }
  const pipelines: PipelineShape[] = [];
  for (const { info, ctx } of yield* checkAutomation(setting, plan.items, pipelines)) {
    bodies.push({ info, frame: ctx.frame });
    contexts.push(ctx);
  }
  const script = plan.script ? yield* checkScript(setting) : [];
  for (const ctx of contexts) {
    state.waiting.push(
      ...ctx.owner.deferred
        .filter((operator) => !operator.done && ctx.owner.kind !== "routine")
        .map((operator) => ({ operator, ctx })),
    );
    reportUnused(ctx);
    yield;
  }
  return {
    triggers: plan.triggers,
    callers: plan.callers,
    pipelines,
    bodies,
    script: script.map(({ item, frame }) => ({ item, frame })),
  };
}

/** Schedules, pipelines and tests. Tests come after the other statements of the file, whose variables they do not see. */
function* checkAutomation(
  setting: ModuleSetting,
  items: readonly Item[],
  pipelines: PipelineShape[],
): Steps<readonly { readonly info: RoutineInfo; readonly ctx: CheckContext }[]> {
  const bodies: { info: RoutineInfo; ctx: CheckContext }[] = [];
  for (const item of items) {
    yield;
    const { statement } = item;
    if (statement.kind === "schedule")
      bodies.push(checkSchedule(setting, item, statement, asRoutine(setting, item, statement)));
    else if (statement.kind === "test") bodies.push(checkTest(setting, item, statement));
    else if (statement.kind === "pipeline") {
      const pipeline = checkPipeline(setting, item, statement, bodies);
      if (pipeline !== undefined) pipelines.push(pipeline);
    }
  }
  return bodies;
}

/** The top-level statements, as one body with a frame per item. */
function* checkScript(setting: ModuleSetting): Steps<readonly CheckContext[]> {
  const { state } = setting;
  const contexts: CheckContext[] = [];
  const first = state.module.items[0];
  if (first === undefined) return contexts;
  const base = bodyContext(setting, first, { kind: "script", name: "the script", result: VOID, level: 0 });
  if (state.environment.globals !== undefined) {
    for (const { name, type, isParameter } of state.environment.globals)
      declareImplicit(base, name, "let", type).isParameter = isParameter === true;
    // A scope of its own: a typed statement may declare a name again.
    base.scope = { parent: base.scope, names: new Map(), lambda: undefined };
  }
  let { flow } = base;
  for (const item of state.module.items) {
    if (isDeclaration(item.statement)) continue;
    const ctx: CheckContext = { ...base, item, frame: newFrame(), flow };
    checkStatement(ctx, item.statement);
    flow = { ...ctx.flow, reachable: true };
    contexts.push(ctx);
    yield;
  }
  state.waiting.push(
    ...base.owner.deferred.filter((operator) => !operator.done).map((operator) => ({ operator, ctx: base })),
  );
  if (state.environment.globals === undefined) reportUnusedInScript(contexts);
  return contexts;
}

/** Records the effects and reports what they tell: errors that escape, handlers of nothing, triggers and pipelines in circles, unsafe texts. */
export function* finishEffects(
  setting: ModuleSetting,
  { bodies, script, triggers, pipelines }: CheckedBodies,
): Steps<void> {
  const { state } = setting;
  const found = new Map<Item, Effects>();
  for (const { info, frame } of bodies) {
    reportRaises(state, info, frame);
    if (info.item !== undefined) {
      // A pipeline has a body for each step with SQL.
      const others = found.get(info.item);
      const effects = others === undefined ? info.effects : joinEffects([others, info.effects]);
      found.set(info.item, effects);
      state.effects.set(info.item, effects);
    }
    yield;
  }
  for (const { item, frame } of script) state.effects.set(item, frameEffects(state, frame));
  reportIdleHandlers(state);
  yield* settleBlockEffects(state);
  reportTriggerCycles(setting, triggers);
  reportTriggerOrder(setting, triggers);
  reportPipelineCircles(state, pipelines);
  yield;
  reportInjections(state);
}
