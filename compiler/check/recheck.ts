// Checks a file again and again while it is being edited: only what an edit touches and what depends on it (recheck-plan.ts).
// A part is checked into tables of its own, against what is known of the rest; then its facts replace the old ones in the tables of the file.
// The result is that of a check of the whole: test/check/recheck.test.ts compares the two.
import { NO_EFFECTS, isDeterministic, isReadOnly, mayWrite, sameEffects } from "../effects/join.ts";
import type { Item, Module } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { showType } from "../types/show.ts";
import { checkBodies, type CheckedBodies, checkWhole, finishEffects, type WholeCheck } from "./check.ts";
import type { ModuleSetting } from "./bodies.ts";
import { newState } from "./bodies.ts";
import type { CheckedModule, RoutineInfo } from "./checked.ts";
import type { Environment, Finding, ModuleState } from "./context.ts";
import { finishModule, settleTypes, solveModuleEffects } from "./finish.ts";
import { dropFacts, keepIdentity, mergeFacts } from "./recheck-merge.ts";
import { mentions, type Part, planPart } from "./recheck-plan.ts";
import type { Probe, Seen } from "./seen.ts";

/** Checks versions of one file. The result of a check is void once the next one is made: both use the same tables. */
export interface Checker {
  check(module: Module, environment: Environment): CheckedModule;
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
}

/** Plans that turn out too small are made anew so often; then the whole is checked. */
const ROUNDS_MAX = 4;

/** A checker that has seen nothing yet. */
export function createChecker(): Checker {
  let kept: Kept | undefined;
  return {
    check: (module, environment) => {
      const before = kept;
      // Whatever goes wrong below, tables that were changed by half are not used again.
      kept = undefined;
      const next =
        (before === undefined ? undefined : checkAgain(before, module, environment)) ?? whole(module, environment);
      kept = next;
      return next.checked;
    },
    ask: (module, environment, word, charactersMax) => {
      const probe: Probe = { name: word, seen: undefined };
      const asking = { ...environment, probe };
      const before = kept !== undefined && isSameSurrounding(kept, module, environment) ? kept : undefined;
      const part = before === undefined ? undefined : planPart({ ...planInput(before, module), changed: new Set() });
      const items = part?.items ?? module.items;
      if (items.reduce((sum, item) => sum + item.text.length, 0) > charactersMax) return "long";
      if (before === undefined || part === undefined) checkWhole(module, asking);
      else checkPart(before, module, asking, part);
      return probe.seen;
    },
  };
}

function whole(module: Module, environment: Environment): Kept {
  return keptOf(environment, checkWhole(module, environment));
}

function keptOf(environment: Environment, { checked, setting, bodies, ownFindings }: WholeCheck): Kept {
  const { findings } = setting.state;
  return {
    environment,
    setting,
    bodies,
    checked,
    own: findings.slice(0, ownFindings),
    late: findings.slice(ownFindings),
  };
}

function planInput(
  kept: Kept,
  module: Module,
): { before: readonly Item[]; after: Module; findings: readonly Finding[] } {
  return { before: kept.setting.state.module.items, after: module, findings: kept.own };
}

/** Whether everything around the file is what it was: catalog, strictness, imports. */
function isSameSurrounding(kept: Kept, module: Module, environment: Environment): boolean {
  const before = kept.environment;
  if (environment.catalog !== before.catalog || environment.strict !== before.strict) return false;
  if (environment.globals !== undefined || before.globals !== undefined) return false;
  return module.items.every(({ statement }) => {
    if (statement.kind !== "import") return true;
    const imported = environment.importModule(statement.path ?? statement.name.text, module.file.name);
    if (imported === undefined) return !kept.setting.state.imports.has(foldName(statement.name.text));
    // A library module is checked once for all; another one must be known to be as it was.
    const now = environment.checkedModule?.(imported);
    const then = kept.setting.state.imports.get(foldName(statement.name.text));
    return (
      then !== undefined && (now === then || (now === undefined && then.module === imported && isLibrary(imported)))
    );
  });
}

function isLibrary(module: Module): boolean {
  return module.file.name.startsWith("stdlib/");
}

/** Checks what changed; undefined when that is not enough. */
function checkAgain(kept: Kept, module: Module, environment: Environment): Kept | undefined {
  if (!isSameSurrounding(kept, module, environment)) return undefined;
  const changed = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const part = planPart({ ...planInput(kept, module), changed });
    if (part === undefined || !staysSame(kept, module, part)) return undefined;
    const found = checkPart(kept, module, environment, part);
    settleTypes(
      found.setting.state,
      found.bodies.bodies.map(({ info }) => info),
    );
    solveModuleEffects(found.setting.state, found.bodies.bodies);
    const more = changedOutside(kept, part, found);
    if (more.size === 0) return merge(kept, module, environment, part, found);
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

function checkPart(kept: Kept, module: Module, environment: Environment, part: Part): CheckedPart {
  const { state: before, rules, catalog } = kept.setting;
  const gone = new Set<object>(part.dropped.map((item) => item.statement));
  const errors = new Map(before.errors);
  for (const name of declaredByUse("ImplicitError", kept.own, part.dropped)) errors.delete(name);
  const structs = new Map(before.structs);
  for (const name of declaredByUse("ImplicitType", kept.own, part.dropped)) structs.delete(name);
  const state: ModuleState = {
    ...newState(module, environment, before.origin),
    supply: before.supply,
    nextVariable: before.nextVariable,
    structs,
    enums: before.enums,
    errors,
    imports: before.imports,
    uses: new Set(before.uses),
    routineCache: before.routineCache,
    routineIndex: withoutRoutines(before, module, gone),
    routines: new Map([...before.routines].filter(([node]) => !gone.has(node))),
  };
  const setting: ModuleSetting = { state, rules, catalog };
  const bodies = checkBodies(setting, {
    items: part.items,
    script: part.script,
    callers: kept.bodies.callers,
    triggers: [],
  });
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

/** Names of errors or types that these items declared by using them. */
function declaredByUse(
  what: "ImplicitError" | "ImplicitType",
  findings: readonly Finding[],
  items: readonly Item[],
): readonly string[] {
  const among = new Set(items);
  return findings.flatMap(({ name, place }) =>
    name === what && among.has(place.item)
      ? [place.item.text.slice(place.span.start, place.span.end).replaceAll("`", "")]
      : [],
  );
}

/** Folded names of the part that others use and that look different from outside now. */
function changedOutside(kept: Kept, part: Part, found: CheckedPart): ReadonlySet<string> {
  const before = new Map(routinesByName(kept.bodies, part.dropped));
  const changed = new Set<string>();
  for (const [name, info] of routinesByName(found.bodies, part.items)) {
    const old = before.get(name);
    if (old !== undefined && outline(old) !== outline(info)) changed.add(name);
  }
  const declared = new Set(declaredByUse("ImplicitError", found.setting.state.findings, part.items));
  for (const name of declaredByUse("ImplicitError", kept.own, part.dropped))
    if (!declared.has(name)) changed.add(foldName(name));
  const inPart = new Set(part.items);
  const others = found.setting.state.module.items.filter((item) => !inPart.has(item));
  return new Set([...changed].filter((name) => others.some((item) => mentions(item, new Set([name])))));
}

function routinesByName(bodies: CheckedBodies, items: readonly Item[]): readonly (readonly [string, RoutineInfo])[] {
  const among = new Set(items);
  return bodies.bodies.flatMap(({ info }) =>
    info.item !== undefined && among.has(info.item) ? [[foldName(info.name), info] as const] : [],
  );
}

/** What callers see of a routine, as text: its header, and what decides where it may be called. */
function outline(info: RoutineInfo): string {
  const { effects } = info;
  const parameters = info.parameters.map((each) => [
    each.name,
    showType(each.type),
    each.mode,
    each.hasDefault,
    each.variadic,
  ]);
  return JSON.stringify([
    info.receiver === undefined ? "" : showType(info.receiver.type),
    parameters,
    showType(info.result),
    info.mode,
    info.raises,
    info.operators.length,
    isReadOnly(effects),
    isDeterministic(effects),
    mayWrite(effects),
    effects.output,
  ]);
}

/** Puts the part into the tables of the file. Undefined when effects changed on which pipelines were laid out. */
function merge(kept: Kept, module: Module, environment: Environment, part: Part, found: CheckedPart): Kept | undefined {
  const { state: before, rules, catalog } = kept.setting;
  const { state: fresh } = found.setting;
  const dropped = new Set(part.dropped);
  const old = new Map(routinesByName(kept.bodies, part.dropped));
  const isSame = found.bodies.bodies.every(({ info }) => {
    const other = old.get(foldName(info.name));
    return other !== undefined && sameEffects(other.effects, info.effects);
  });
  const settled = isSame && old.size === found.bodies.bodies.length;
  if (!settled && kept.bodies.pipelines.length > 0) return undefined;
  const others = kept.bodies.bodies.filter(({ info }) => info.item === undefined || !dropped.has(info.item));
  keepIdentity(fresh, found.bodies, old);
  dropFacts(before, part.dropped);
  mergeFacts(before, fresh);
  for (const name of declaredByUse("ImplicitError", kept.own, part.dropped))
    if (!fresh.errors.has(name)) before.errors.delete(name);
  for (const name of declaredByUse("ImplicitType", kept.own, part.dropped))
    if (!fresh.structs.has(name)) before.structs.delete(name);
  const bodies: CheckedBodies = {
    ...kept.bodies,
    bodies: [...others, ...found.bodies.bodies],
    script: part.script ? found.bodies.script : kept.bodies.script,
  };
  const own = [...kept.own.filter(({ place }) => !dropped.has(place.item)), ...fresh.findings];
  const stay = settled ? kept.late.filter(({ place }) => !dropped.has(place.item)) : [];
  const state: ModuleState = {
    ...before,
    module,
    environment,
    findings: [...own, ...stay],
    nextVariable: fresh.nextVariable,
    uses: fresh.uses,
    reported: new Map(),
  };
  for (const item of part.items) state.effects.set(item, NO_EFFECTS);
  const setting: ModuleSetting = { state, rules, catalog };
  if (settled)
    finishEffects(
      { ...setting, state: partially(state, fresh, part) },
      { ...found.bodies, triggers: [], pipelines: [] },
    );
  else {
    for (const { info } of bodies.bodies) info.effects = NO_EFFECTS;
    solveModuleEffects(state, bodies.bodies);
    finishEffects(setting, bodies);
  }
  return { environment, setting, bodies, checked: finishModule(state), own, late: state.findings.slice(own.length) };
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
