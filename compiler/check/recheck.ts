// Checks a file again and again while it is being edited: only what an edit touches and what depends on it (recheck-plan.ts).
// A part is checked into tables of its own, against what is known of the rest; then its facts replace the old ones in the tables of the file.
// The result is that of a check of the whole: test/check/recheck.test.ts compares the two.
import { finished, type Steps } from "../../base/steps.ts";
import { NO_EFFECTS, sameEffects } from "../effects/join.ts";
import type { Item, Module } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { newState, type ModuleSetting } from "./bodies.ts";
import { checkBodies, type CheckedBodies, checkWhole, finishEffects, type WholeCheck } from "./check.ts";
import type { CheckedModule, RoutineInfo } from "./checked.ts";
import type { Environment, Finding, ModuleState } from "./context.ts";
import { checkImport } from "./declare-automation.ts";
import { declareTrigger, storedTriggers } from "./declare-triggers.ts";
import { declareTypes } from "./declare-types.ts";
import { finishModule, settleTypes, solveModuleEffects } from "./finish.ts";
import { aroundOf, type Around, type Imported, importedOf, importsAgain, outlineOf } from "./recheck-around.ts";
import { bodyKey, dropFacts, keepIdentity, mergeFacts } from "./recheck-merge.ts";
import { type Part, planPart } from "./recheck-plan.ts";
import { declaredByUse, inOrderOfFile, typesThatStay, usesThatStay } from "./recheck-types.ts";
import { mentions } from "./recheck-words.ts";
import type { Probe, Seen } from "./seen.ts";
import { readTriggers } from "./trigger-shape.ts";

/** Checks versions of one file. The result of a check is void once the next one is made: both use the same tables. */
export interface Checker {
  check(module: Module, environment: Environment): CheckedModule;
  /** The same in steps, a declaration in each. One that is dropped before its end has never been. */
  steps(module: Module, environment: Environment): Steps<CheckedModule>;
  /**
   * What is visible where the probe's word stands in `module`. Nothing of this check is kept.
   * "long": more than so many characters would have to be checked, and nothing was.
   */
  ask(module: Module, environment: Environment, word: string, charactersMax: number): Seen | "long" | undefined;
}

/** The last check of the file. */
interface Kept {
  readonly environment: Environment;
  readonly setting: ModuleSetting;
  readonly bodies: CheckedBodies;
  readonly checked: CheckedModule;
  /** Findings of bodies and headers. */
  readonly own: readonly Finding[];
  /** Findings that effects brought about. */
  readonly late: readonly Finding[];
  readonly imported: Imported;
}

/** Plans that turn out too small are made anew so often; then the whole is checked. */
const ROUNDS_MAX = 4;

/** A checker that has seen nothing yet. */
export function createChecker(): Checker {
  let kept: Kept | undefined;
  const steps = function* (module: Module, environment: Environment): Steps<CheckedModule> {
    try {
      const again = kept === undefined ? undefined : yield* checkAgain(kept, module, environment);
      kept = again ?? (yield* whole(module, environment));
      return kept.checked;
    } catch (error) {
      // Tables that were changed by half are not used again.
      kept = undefined;
      throw error;
    }
  };
  return {
    check: (module, environment) => finished(steps(module, environment)),
    steps,
    ask: (module, environment, word, charactersMax) => {
      const probe: Probe = { name: word, seen: undefined };
      const asking = { ...environment, probe };
      const before = kept !== undefined && isSameDatabase(kept, environment) ? kept : undefined;
      const isKnown = before !== undefined && importsAgain(before, module, environment) === undefined;
      const around = isKnown ? aroundOf(before, module, environment, undefined) : undefined;
      const part = isKnown && around !== undefined ? planned(before, module, around, new Set()) : undefined;
      const items = part?.items ?? module.items;
      if (items.reduce((sum, item) => sum + item.text.length, 0) > charactersMax) return "long";
      if (before === undefined || around === undefined || part === undefined) finished(checkWhole(module, asking));
      else finished(checkPart(before, { module, environment: asking, around }, part));
      return probe.seen;
    },
  };
}

function* whole(module: Module, environment: Environment): Steps<Kept> {
  return keptOf(environment, yield* checkWhole(module, environment));
}

function keptOf(environment: Environment, { checked, setting, bodies, ownFindings }: WholeCheck): Kept {
  const { findings, imports } = setting.state;
  return {
    environment,
    setting,
    bodies,
    checked,
    own: findings.slice(0, ownFindings),
    late: findings.slice(ownFindings),
    imported: importedOf(imports, undefined),
  };
}

/** A version with what is around it. */
interface Version {
  readonly module: Module;
  readonly environment: Environment;
  readonly around: Around;
}

function planned(kept: Kept, module: Module, around: Around, changed: ReadonlySet<string>): Part | undefined {
  const before = kept.setting.state.module.items;
  return planPart({ before, after: module, findings: kept.own, changed, surroundings: around });
}

/** Whether what a session or a database decides is what it was: catalog, strictness, variables from outside. */
function isSameDatabase(kept: Kept, environment: Environment): boolean {
  const before = kept.environment;
  if (environment.catalog !== before.catalog || environment.strict !== before.strict) return false;
  return environment.globals === undefined && before.globals === undefined;
}

/** Checks what changed; undefined when that is not enough. What is kept changes in the last step only. */
function* checkAgain(kept: Kept, module: Module, environment: Environment): Steps<Kept | undefined> {
  if (!isSameDatabase(kept, environment)) return undefined;
  const imports = importsAgain(kept, module, environment);
  if (imports === "unknown") return undefined;
  const version: Version = { module, environment, around: aroundOf(kept, module, environment, imports) };
  const changed = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const part = planned(kept, module, version.around, changed);
    if (part === undefined || !staysSame(kept, module, part)) return undefined;
    yield;
    const found = yield* checkPart(kept, version, part);
    yield* settleTypes(
      found.setting.state,
      found.bodies.bodies.map(({ info }) => info),
    );
    yield* solveModuleEffects(found.setting.state, found.bodies.bodies);
    const more = changedOutside(kept, part, found);
    if (more === "anything") return undefined;
    if (more.size === 0) return merge(kept, version, part, found);
    for (const name of more) changed.add(name);
  }
  return undefined;
}

/** Facts are kept by item: those that stay must be the same objects (ParseCache.movesItems). */
function staysSame(kept: Kept, module: Module, part: Part): boolean {
  const known = new Set(kept.setting.state.module.items);
  const inPart = new Set(part.items);
  return module.items.every((item) => inPart.has(item) || known.has(item));
}

/** A part that was checked into tables of its own. */
interface CheckedPart {
  readonly setting: ModuleSetting;
  readonly bodies: CheckedBodies;
}

function* checkPart(kept: Kept, { module, environment, around }: Version, part: Part): Steps<CheckedPart> {
  const { state: before, rules } = kept.setting;
  const gone = new Set<object>(part.dropped.map((item) => item.statement));
  const state: ModuleState = {
    ...newState(module, environment, before.origin),
    supply: before.supply,
    nextVariable: before.nextVariable,
    ...typesThatStay(before, part, { own: kept.own, imported: kept.imported }),
    imports: part.imports ? new Map() : before.imports,
    uses: part.imports ? usesThatStay(before) : new Set(before.uses),
    // What is found outside was read with the types and tables of the file.
    routineCache: part.structural ? new Map() : before.routineCache,
    routineIndex: withoutRoutines(before, module, gone),
    routines: new Map([...before.routines].filter(([node]) => !gone.has(node))),
  };
  const setting: ModuleSetting = { state, rules, catalog: around.catalog() };
  if (part.imports)
    for (const item of module.items) if (item.statement.kind === "import") checkImport(setting, item, item.statement);
  if (part.types) declareTypes(setting, part.items);
  if (part.types || part.imports) inOrderOfFile(state);
  const triggers = part.triggers ? readTriggers(setting) : [];
  for (const trigger of triggers) declareTrigger(setting, trigger);
  const callers = part.triggers ? [...triggers, ...storedTriggers(setting, triggers)] : kept.bodies.callers;
  const bodies = yield* checkBodies(setting, { items: part.items, script: part.script, callers, triggers });
  return { setting, bodies };
}

/** The routines that stay. Names are in the order of the file, because suggestions take the first of several that are equally near. */
function withoutRoutines(before: ModuleState, module: Module, gone: ReadonlySet<object>): Map<string, RoutineInfo[]> {
  const index = new Map<string, RoutineInfo[]>();
  for (const { statement } of module.items) {
    if (statement.kind !== "routine") continue;
    const name = foldName(statement.name.text);
    const known = before.routineIndex.get(name) ?? [];
    index.set(
      name,
      known.filter((routine) => !gone.has(routine.declaration)),
    );
  }
  return index;
}

/** Folded names of the part that others use and that look different from outside now. "anything": a trigger does, and who fires it does not name it. */
function changedOutside(kept: Kept, part: Part, found: CheckedPart): ReadonlySet<string> | "anything" {
  const before = bodiesByKey(kept.bodies, part.dropped);
  const changed = new Set<string>();
  for (const [key, info] of bodiesByKey(found.bodies, part.items)) {
    const old = before.get(key);
    if (old === undefined || outlineOf(old) === outlineOf(info)) continue;
    if (info.item?.statement.kind === "trigger") return "anything";
    changed.add(foldName(info.name));
  }
  const declared = new Set(declaredByUse("ImplicitError", found.setting.state.findings, part.items));
  for (const name of declaredByUse("ImplicitError", kept.own, part.dropped))
    if (!declared.has(name)) changed.add(foldName(name));
  const inPart = new Set(part.items);
  const others = found.setting.state.module.items.filter((item) => !inPart.has(item));
  return new Set([...changed].filter((name) => others.some((item) => mentions(item, new Set([name])))));
}

/** What has a body among these items. */
function bodiesByKey(bodies: CheckedBodies, items: readonly Item[]): ReadonlyMap<string, RoutineInfo> {
  const among = new Set(items);
  return new Map(
    bodies.bodies.flatMap(({ info }) =>
      info.item !== undefined && among.has(info.item) ? [[bodyKey(info), info] as const] : [],
    ),
  );
}

/** Puts the part into the tables of the file. Undefined when effects changed on which pipelines were laid out. */
function merge(kept: Kept, { module, environment, around }: Version, part: Part, found: CheckedPart): Kept | undefined {
  const { state: before, rules } = kept.setting;
  const { state: fresh } = found.setting;
  const dropped = new Set(part.dropped);
  const old = bodiesByKey(kept.bodies, part.dropped);
  const isSame = found.bodies.bodies.every(({ info }) => {
    const other = old.get(bodyKey(info));
    return other !== undefined && sameEffects(other.effects, info.effects);
  });
  // Handlers, triggers and what fires them are looked at anew when errors, tables or triggers changed.
  const settled = isSame && old.size === found.bodies.bodies.length && !part.structural && !part.triggers;
  if (!settled && kept.bodies.pipelines.length > 0) return undefined;
  const others = kept.bodies.bodies.filter(({ info }) => info.item === undefined || !dropped.has(info.item));
  keepIdentity(fresh, found.bodies, old);
  dropFacts(before, part.dropped);
  mergeFacts(before, fresh);
  const bodies: CheckedBodies = {
    ...kept.bodies,
    ...(part.triggers ? { triggers: found.bodies.triggers, callers: found.bodies.callers } : {}),
    bodies: [...others, ...found.bodies.bodies],
    script: part.script ? found.bodies.script : kept.bodies.script,
  };
  const own = [...kept.own.filter(({ place }) => !dropped.has(place.item)), ...fresh.findings];
  const stay = settled ? kept.late.filter(({ place }) => !dropped.has(place.item)) : [];
  const { nextVariable, uses, imports, routineCache } = fresh;
  const state: ModuleState = {
    ...before,
    module,
    environment,
    findings: [...own, ...stay],
    nextVariable,
    uses,
    imports,
    routineCache,
    reported: new Map(),
  };
  for (const item of part.items) if (item.statement.kind === "skipped") state.effects.set(item, NO_EFFECTS);
  const setting: ModuleSetting = { state, rules, catalog: around.catalog() };
  if (settled)
    finished(
      finishEffects(
        { ...setting, state: partially(state, fresh, part) },
        { ...found.bodies, triggers: [], pipelines: [] },
      ),
    );
  else {
    for (const { info } of bodies.bodies) info.effects = NO_EFFECTS;
    finished(solveModuleEffects(state, bodies.bodies));
    finished(finishEffects(setting, bodies));
  }
  const checked = finishModule(state);
  const imported = part.imports ? importedOf(imports, kept.imported) : kept.imported;
  return { environment, setting, bodies, checked, own, late: state.findings.slice(own.length), imported };
}

/** The state with only what the part brought to look at; findings go to the same list. */
function partially(state: ModuleState, fresh: ModuleState, part: Part): ModuleState {
  const among = new Set(part.items);
  return {
    ...state,
    frames: fresh.frames,
    calls: fresh.calls,
    handlers: state.handlers.filter(({ place }) => among.has(place.item)),
    executed: state.executed.filter(({ place }) => among.has(place.item)),
  };
}
