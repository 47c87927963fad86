// Contexts for bodies: what a routine, trigger, schedule, test or script starts with.
import { NO_EFFECTS } from "../effects/join.ts";
import type {
  Item,
  Module,
  RoutineDeclaration,
  ScheduleDeclaration,
  TestDeclaration,
  TriggerDeclaration,
} from "../syntax/tree.ts";
import { VOID } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import type { RoutineInfo } from "./checked.ts";
import type { CheckContext, Environment, ModuleState, Owner, Rules, TriggerScope } from "./context.ts";
import type { CatalogView } from "../catalog-view.ts";
import { START_FLOW } from "./flow.ts";
import { newFrame } from "./frames.ts";
import { emptyTables } from "./no-facts.ts";
import { newScope } from "./scope.ts";

/** What all bodies of a module share. */
export interface ModuleSetting {
  readonly state: ModuleState;
  readonly rules: Rules;
  readonly catalog: CatalogView;
}

/** The tables of one module's check, all empty. */
export function newState(module: Module, environment: Environment, origin: RoutineInfo["origin"]): ModuleState {
  return {
    ...emptyTables(),
    module,
    environment,
    origin,
    supply: { next: 0 },
    findings: [],
    reported: new Map(),
    texts: new Map(),
    executed: [],
    waiting: [],
    handlers: [],
    frames: new Map(),
    flows: [],
    uses: new Set(),
    routineIndex: new Map(),
    routineCache: new Map(),
    imports: new Map(),
    columnVariables: new Map(),
    holes: new Set(),
    nextVariable: 0,
  };
}

/** How a body differs from others. */
export interface BodyOptions {
  readonly kind: Owner["kind"];
  readonly name: string;
  readonly info?: RoutineInfo;
  readonly result?: Type;
  readonly yields?: Type;
  readonly trigger?: TriggerScope;
  /** Level of fresh unknowns: 0 keeps them from being generalised. */
  readonly level: number;
}

/** A fresh context for a body or header in `item`. */
export function bodyContext(setting: ModuleSetting, item: Item, options: BodyOptions): CheckContext {
  const owner: Owner = {
    kind: options.kind,
    name: options.name,
    info: options.info,
    stored: options.kind === "routine" || options.kind === "trigger" || options.kind === "schedule",
    result: options.result,
    yields: options.yields,
    trigger: options.trigger,
    localTables: new Map(),
    deferred: [],
    declared: [],
    returnsSeen: 0,
  };
  return {
    state: setting.state,
    rules: setting.rules,
    catalog: setting.catalog,
    item,
    owner,
    level: options.level,
    scope: newScope(undefined),
    flow: START_FLOW,
    frame: newFrame(),
    at: item.statement.span,
    discards: new WeakSet(),
    loops: [],
    lambda: undefined,
    letters: undefined,
    caught: undefined,
  };
}

/** A declaration with a body seen as a routine without parameters, so that effects and lowering treat all bodies alike. */
export function bodyRoutine(
  declaration: ScheduleDeclaration | TestDeclaration | TriggerDeclaration,
  verb: RoutineDeclaration["verb"] = "bare",
  ifNotExists = false,
): RoutineDeclaration {
  return {
    kind: "routine",
    routine: "procedure",
    verb,
    ifNotExists,
    name: declaration.name,
    doc: declaration.doc,
    exported: false,
    span: declaration.span,
    receiver: undefined,
    parameters: undefined,
    metadata: undefined,
    raises: undefined,
    returns: undefined,
    mode: undefined,
    security: undefined,
    body: declaration.body,
  };
}

/** Declares such a routine under the declaration it comes from. */
export function declareBody(
  { state }: ModuleSetting,
  item: Item | undefined,
  declaration: ScheduleDeclaration | TestDeclaration | TriggerDeclaration,
  routine: RoutineDeclaration,
): RoutineInfo {
  const info: RoutineInfo = {
    name: declaration.name.text,
    routine: "procedure",
    origin: state.origin,
    declaration: routine,
    item,
    receiver: undefined,
    parameters: [],
    result: VOID,
    mode: "sync",
    raises: undefined,
    effects: NO_EFFECTS,
    version: undefined,
    operators: [],
  };
  state.routines.set(declaration, info);
  return info;
}
