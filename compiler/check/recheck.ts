// Checks a file again and again while it is being edited: only what an edit touches and what depends on it (recheck-plan.ts).
// A part is checked into tables of its own, against what is known of the rest; then its facts replace the old ones in the tables of the file.
// The result is that of a check of the whole: test/check/recheck.test.ts compares the two.
import { asLongAs, finished, type Steps } from "../../base/steps.ts";
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
import { aroundOf, type Around, type Imported, importedOf, importsAgain } from "./recheck-around.ts";
import { type CatalogChange, catalogChange, remembering, type RememberingCatalog } from "./recheck-catalog.ts";
import { bodiesByKey, changedOutside, type CheckedPart, type Outlines } from "./recheck-outside.ts";
import { bodyKey, dropFacts, keepIdentity, mergeFacts } from "./recheck-merge.ts";
import { type Part, planPart } from "./recheck-plan.ts";
import { inOrderOfFile, typesThatStay, usesThatStay } from "./recheck-types.ts";
import type { Probe, Seen } from "./seen.ts";
import { isAnswered } from "./probe.ts";
import { readTriggers } from "./trigger-shape.ts";

/** What an answer may cost. */
export interface AskLimits {
  /** So many characters are checked at most. */
  readonly charactersMax: number;
  /** True when the answer is due. Asked after each step; what the word's place has shown by then is the answer. */
  readonly isDue: () => boolean;
}

/** Checks versions of one file. The result of a check is void once the next one is made: both use the same tables. */
export interface Checker {
  check(module: Module, environment: Environment): CheckedModule;
  /** The same in steps, a declaration in each. One that is dropped before its end has never been. */
  steps(module: Module, environment: Environment): Steps<CheckedModule>;
  /** The items that the last check looked at, in the order in which it did; one that was looked at twice is there twice. */
  lookedAt(): readonly Item[];
  /**
   * What is visible where the probe's word stands in `module`. Nothing of this check is kept.
   * "long": it would take longer than the limits allow.
   */
  ask(module: Module, environment: Environment, word: string, limits: AskLimits): Seen | "long" | undefined;
}

/** An environment whose catalog can be compared later. */
interface KnownEnvironment extends Environment {
  readonly catalog: RememberingCatalog;
}

/** The last check of the file. */
interface Kept {
  readonly environment: KnownEnvironment;
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
  let lookedAt: readonly Item[] = [];
  const steps = function* (module: Module, asked: Environment): Steps<CheckedModule> {
    const environment = known(asked);
    const looked: Item[] = [];
    try {
      const again = kept === undefined ? undefined : yield* checkAgain(kept, module, environment, looked);
      kept = again ?? (yield* whole(module, environment, looked));
      lookedAt = looked;
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
    lookedAt: () => lookedAt,
    ask: (module, asked, word, { charactersMax, isDue }) => {
      const environment = known(asked);
      const probe: Probe = { name: word, seen: undefined, isPassed: false };
      const asking = { ...environment, probe };
      const before = kept;
      const changes = before === undefined ? undefined : changesSince(before, module, environment);
      // What another schema or import reaches takes long to tell, unless it is little anyway.
      const isOtherAround = changes?.catalog !== undefined || changes?.imports !== undefined;
      if (isOtherAround && lengthOf(module.items) > charactersMax) return "long";
      const around = before === undefined || changes === undefined ? undefined : aroundOf(before, changes);
      const part = before === undefined || around === undefined ? undefined : planned(before, module, around, NOTHING);
      if (lengthOf(part?.items ?? module.items) > charactersMax) return "long";
      const checking: Steps<unknown> =
        before === undefined || around === undefined || part === undefined
          ? checkWhole(module, asking)
          : checkPart(before, { module, environment: asking, around }, part);
      const checked = finished(asLongAs(() => !isAnswered(probe) && !isDue(), checking));
      return checked === "dropped" ? (probe.seen ?? "long") : probe.seen;
    },
  };
}

function lengthOf(items: readonly Item[]): number {
  return items.reduce((sum, { text }) => sum + text.length, 0);
}

function known(environment: Environment): KnownEnvironment {
  return { ...environment, catalog: remembering(environment.catalog) };
}

function* whole(module: Module, environment: KnownEnvironment, looked: Item[]): Steps<Kept> {
  looked.push(...module.items);
  return keptOf(environment, yield* checkWhole(module, environment));
}

function keptOf(environment: KnownEnvironment, { checked, setting, bodies, ownFindings }: WholeCheck): Kept {
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
  readonly environment: KnownEnvironment;
  readonly around: Around;
}

const NOTHING: Outlines = { names: new Set(), triggers: [] };

function planned(kept: Kept, module: Module, around: Around, { names, triggers }: Outlines): Part | undefined {
  const before = kept.setting.state.module.items;
  return planPart({
    before,
    after: module,
    findings: kept.own,
    changed: names,
    firing: triggers,
    surroundings: around,
  });
}

/** What is around a new version; undefined when it cannot be compared with what was around the last one. */
function changesSince(
  kept: Kept,
  module: Module,
  environment: KnownEnvironment,
): Parameters<typeof aroundOf>[1] | undefined {
  const before = kept.environment;
  if (environment.strict !== before.strict) return undefined;
  if (environment.globals !== undefined || before.globals !== undefined) return undefined;
  const base = environment.catalog;
  let catalog: CatalogChange | undefined;
  if (base !== before.catalog) {
    catalog = catalogChange(before.catalog, base);
    if (catalog === undefined) return undefined;
  }
  const imports = importsAgain(kept, module, environment);
  return imports === "unknown" ? undefined : { module, base, catalog, imports };
}

/** What a part brings is put among the rest in one step, which takes a millisecond for 1,000 to 2,000 characters: with more than this an editor is sooner done with all, in many steps. */
const PART_CHARACTERS_MAX = 24_000;

/** Checks what changed; undefined when that is not enough. What is kept changes in the last step only. */
function* checkAgain(
  kept: Kept,
  module: Module,
  environment: KnownEnvironment,
  looked: Item[],
): Steps<Kept | undefined> {
  const changes = changesSince(kept, module, environment);
  if (changes === undefined) return undefined;
  const isUntouched = module === kept.setting.state.module && changes.imports === undefined;
  if (isUntouched && changes.catalog === undefined) return kept;
  const version: Version = { module, environment, around: aroundOf(kept, changes) };
  const names = new Set<string>();
  const triggers: Item[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const part = planned(kept, module, version.around, { names, triggers });
    if (part === undefined || !staysSame(kept, module, part)) return undefined;
    if (isUntouched && part.items.length === 0 && changes.catalog?.triggers !== true)
      return { ...kept, environment, setting: { ...kept.setting, catalog: version.around.catalog() } };
    if (part.items.reduce((sum, { text }) => sum + text.length, 0) > PART_CHARACTERS_MAX) return undefined;
    yield;
    looked.push(...part.items);
    const found = yield* checkPart(kept, version, part);
    yield* settleTypes(
      found.setting.state,
      found.bodies.bodies.map(({ info }) => info),
    );
    yield* solveModuleEffects(found.setting.state, found.bodies.bodies);
    const more = changedOutside(kept, part, found, triggers);
    if (more.names.size === 0 && more.triggers.length === 0) return merge(kept, version, part, found);
    for (const name of more.names) names.add(name);
    triggers.push(...more.triggers);
  }
  return undefined;
}

/** Facts are kept by item: those that stay must be the same objects (ParseCache.movesItems). */
function staysSame(kept: Kept, module: Module, part: Part): boolean {
  const known = new Set(kept.setting.state.module.items);
  const inPart = new Set(part.items);
  return module.items.every((item) => inPart.has(item) || known.has(item));
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
  if (part.types || part.imports || around.catalogChanged) inOrderOfFile(state);
  const triggers = part.triggers ? readTriggers(setting) : [];
  for (const trigger of triggers) declareTrigger(setting, trigger);
  const all = part.triggers ? triggers : kept.bodies.triggers;
  const callers =
    part.triggers || around.catalogChanged ? [...all, ...storedTriggers(setting, all)] : kept.bodies.callers;
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

/** Puts the part into the tables of the file. */
function merge(kept: Kept, { module, environment, around }: Version, part: Part, found: CheckedPart): Kept {
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
  const others = kept.bodies.bodies.filter(({ info }) => info.item === undefined || !dropped.has(info.item));
  keepIdentity(fresh, found.bodies, old);
  dropFacts(before, part.dropped);
  mergeFacts(before, fresh);
  const bodies: CheckedBodies = {
    ...kept.bodies,
    ...(part.triggers ? { triggers: found.bodies.triggers } : {}),
    callers: found.bodies.callers,
    pipelines: [...kept.bodies.pipelines.filter(({ item }) => !dropped.has(item)), ...found.bodies.pipelines],
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
    finished(finishEffects({ ...setting, state: partially(state, fresh, part) }, { ...found.bodies, triggers: [] }));
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
