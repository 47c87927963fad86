// The triggers of a session's database, read from the catalog once per generation: definitions at once, code when a trigger is first asked for it.
// Bound to what they call by `call`, else a routine with `trig: ['name']`, else one of the trigger's name (LANGUAGE.md 8); unbound ones do not fire.
import { InternalError } from "../../base/failure.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { TriggerDeclaration } from "../../compiler/syntax/tree.ts";
import { findObject } from "../catalog/objects.ts";
import type { StoredRoutine } from "../catalog/routines.ts";
import { listTriggers, routineWithTrigger, type StoredTrigger } from "../catalog/triggers.ts";
import { definitionOf, triggerOfText, type TriggerDefinition } from "./definition.ts";
import type { TriggerCode, TriggerPrograms, TriggerProgramsWorld, TriggerSource } from "./programs.ts";
import { isInFile, mustBeApart, nativeNow, takeAway, type NativeNow } from "./native-apart.ts";
import { nativeTriggers } from "./native-sync.ts";
import type { NativeTrigger } from "./tables.ts";
import type { ReadyTrigger, TableTriggers, TriggerTiming, TriggerWay } from "./types.ts";

/** What a trigger runs when it fires. */
export type TriggerCall =
  | { readonly kind: "body" }
  | { readonly kind: "routine"; readonly routine: StoredRoutine }
  | { readonly kind: "pipeline"; readonly name: string }
  | { readonly kind: "unbound" };

/** A stored trigger with what its text says and what it is bound to. */
export interface KnownTrigger {
  readonly stored: StoredTrigger;
  readonly declaration: TriggerDeclaration;
  readonly definition: TriggerDefinition;
  readonly call: TriggerCall;
  /** How it fires now. */
  readonly way: TriggerWay;
}

/** Triggers as the catalog has them now. */
export interface KnownTriggers {
  /** Enabled and disabled ones, bound or not, in firing order. @throws EngineError. */
  all(): readonly KnownTrigger[];
  /** Whether the trigger may fire in this session. */
  isOn(trigger: KnownTrigger): boolean;
  /** Enabled and bound ones of a table, ready to fire; undefined when there are none. */
  of(schema: string | undefined, table: string): TableTriggers | undefined;
  empty(): boolean;
  generation(): number;
  /** Whether a statement must run while the native triggers are away. */
  mustBeApart(form: SqlForm): boolean;
  /** Runs work while the native triggers are taken out of the file and fired by us instead. Inside a transaction. */
  apart<T>(work: () => T): T;
  /** Switches triggers on or off for this session alone: one, those of a table, or all. Gives how many it names now. */
  switchForSession(enabled: boolean, name: string | undefined, table: string | undefined): number;
}

/** A switch of one session; the last one that names a trigger counts. */
interface SessionSwitch {
  readonly enabled: boolean;
  readonly name: string | undefined;
  readonly table: string | undefined;
}

/** What the registry needs. */
export type RegistryWorld = Pick<TriggerProgramsWorld, "connection" | "catalog">;

interface Known {
  readonly generation: number;
  readonly all: readonly KnownTrigger[];
  readonly byTable: ReadonlyMap<string, readonly KnownTrigger[]>;
  readonly ready: Map<string, TableTriggers | undefined>;
  readonly native: NativeNow;
}

/** The triggers of a database. */
export function makeKnownTriggers(world: RegistryWorld, programs: TriggerPrograms): KnownTriggers {
  let known: Known | undefined;
  let switches: readonly SessionSwitch[] = [];
  let away = false;
  const isSwitchedOn = (name: string, table: string): boolean =>
    switches.findLast((each) => names(each, name, table))?.enabled ?? true;
  const isOn = (trigger: KnownTrigger): boolean =>
    trigger.stored.enabled && isSwitchedOn(trigger.stored.name, trigger.definition.table);
  const now = (): Known => {
    const { generation } = world.catalog;
    if (known === undefined || known.generation !== generation)
      known = readAll(world, generation, {
        isOn,
        // Without switches nobody has to know the engine's own.
        isSwitchedOn: switches.length === 0 ? undefined : isSwitchedOn,
        away,
      });
    return known;
  };
  return {
    all: () => now().all,
    isOn,
    switchForSession: (enabled, name, table) => {
      const made: SessionSwitch = { enabled, name, table };
      // One that names all makes those before it pointless.
      switches = name === undefined && table === undefined ? (enabled ? [] : [made]) : [...switches, made];
      world.catalog.changed("catalog");
      const own = now().all.filter(({ stored, definition }) => names(made, stored.name, definition.table));
      return own.length + engineRows(world).filter((row) => names(made, row.name, row.table)).length;
    },
    of: (schema, table) => {
      const { byTable, ready } = now();
      if (byTable.size === 0) return undefined;
      const key = keyOf(schema, table);
      if (!ready.has(key)) ready.set(key, readyOf(byTable.get(key) ?? [], table, programs));
      return ready.get(key);
    },
    empty: () => now().byTable.size === 0 && now().native.off.size === 0 && now().native.engine.length === 0,
    generation: () => world.catalog.generation,
    mustBeApart: (form) => !away && mustBeApart(now().native, form),
    apart: (work) => {
      const putBack = takeAway(world.connection, now().native.engine);
      away = true;
      world.catalog.changed("schema");
      try {
        return work();
      } finally {
        away = false;
        putBack();
        world.catalog.changed("schema");
      }
    },
  };
}

/** Triggers stand on tables of the main database unless they name another. */
function keyOf(schema: string | undefined, table: string): string {
  return `${(schema ?? "main").toLowerCase()}.${table.toLowerCase()}`;
}

function names({ name, table }: SessionSwitch, trigger: string, on: string): boolean {
  return (
    (name === undefined || name.toLowerCase() === trigger.toLowerCase()) &&
    (table === undefined || table.toLowerCase() === on.toLowerCase())
  );
}

/** Triggers written for SQLite. */
function engineRows({ catalog }: RegistryWorld): readonly NativeTrigger[] {
  return catalog.schema().otherNames.filter(({ kind }) => kind === "trigger");
}

function readAll(
  world: RegistryWorld,
  generation: number,
  session: {
    readonly isOn: KnownTriggers["isOn"];
    readonly isSwitchedOn: ((name: string, table: string) => boolean) | undefined;
    readonly away: boolean;
  },
): Known {
  const byTable = new Map<string, KnownTrigger[]>();
  const stored = world.catalog.hasCatalog() ? listTriggers(world.connection) : [];
  const isNative = stored.some(({ program }) => program?.way === "native") && !session.away;
  const file = isNative ? nativeTriggers(world.connection) : [];
  const all = stored.flatMap((trigger) => known(world, trigger, file));
  for (const trigger of all) {
    if (!session.isOn(trigger) || trigger.call.kind === "unbound") continue;
    const key = keyOf(trigger.definition.schema, trigger.definition.table);
    const group = byTable.get(key);
    if (group === undefined) byTable.set(key, [trigger]);
    else group.push(trigger);
  }
  const { isSwitchedOn } = session;
  const native = nativeNow(
    all.filter(({ way }) => way === "native"),
    session.isOn,
    isSwitchedOn === undefined
      ? []
      : engineRows(world).map((row) => ({ row, isOn: isSwitchedOn(row.name, row.table) })),
  );
  return { generation, all, byTable, ready: new Map(), native };
}

function known(
  world: RegistryWorld,
  stored: StoredTrigger,
  file: ReturnType<typeof nativeTriggers>,
): readonly KnownTrigger[] {
  const declaration = triggerOfText(stored.source);
  if (declaration === undefined) return [];
  const definition = definitionOf(declaration, stored.source);
  const ours = definition.timings.every((timing) => timing === "after") ? "captured" : "managed";
  // One that another program dropped from the file is fired by us.
  const way = stored.program?.way === "native" && isInFile(stored.name, file) ? "native" : ours;
  return [{ stored, declaration, definition, call: callOf(world, definition), way }];
}

/** What a trigger is bound to now. @throws EngineError. */
export function callOf(world: RegistryWorld, definition: TriggerDefinition): TriggerCall {
  if (definition.inline) return { kind: "body" };
  const { callable, call, name } = definition;
  const wanted = call ?? routineWithTrigger(world.connection, name) ?? name;
  const routine =
    callable.length > 0 && callable.every((word) => word === "pipeline") ? undefined : free(world, wanted);
  if (routine !== undefined) return { kind: "routine", routine };
  const isPipeline = callable.includes("pipeline") && findObject(world.connection, "pipeline", wanted) !== undefined;
  return isPipeline ? { kind: "pipeline", name: wanted } : { kind: "unbound" };
}

function free(world: RegistryWorld, name: string): StoredRoutine | undefined {
  return world.catalog.routines(name).find((routine) => routine.receiver === "");
}

/** What the trigger is compiled from; undefined when there is nothing to compile. */
export function sourceOf(trigger: KnownTrigger): TriggerSource | undefined {
  const { stored, declaration, definition, call } = trigger;
  if (call.kind === "pipeline" || call.kind === "unbound") return undefined;
  return { stored, declaration, definition, callee: call.kind === "routine" ? call.routine : undefined };
}

function readyOf(
  triggers: readonly KnownTrigger[],
  table: string,
  programs: TriggerPrograms,
): TableTriggers | undefined {
  if (triggers.length === 0) return undefined;
  return {
    table,
    triggers: triggers.flatMap((trigger) =>
      trigger.definition.timings.map((timing) => readyTrigger(trigger, timing, programs)),
    ),
  };
}

function readyTrigger(trigger: KnownTrigger, timing: TriggerTiming, programs: TriggerPrograms): ReadyTrigger {
  return new LazyTrigger(trigger, timing, programs);
}

/** A trigger whose code is loaded when it is first asked for. A class, because getters of plain objects are slow where a statement asks for each row. */
class LazyTrigger implements ReadyTrigger {
  readonly id: string;
  readonly name: string;
  readonly timing: TriggerTiming;
  readonly events: ReadyTrigger["events"];
  readonly each: "row" | "statement";
  readonly table: string;
  readonly way: TriggerWay;
  readonly onError: "abort" | "log";
  readonly outbox: ReadyTrigger["outbox"];
  readonly maxDepth: number;
  readonly recursive: boolean;
  readonly #source: TriggerSource | undefined;
  readonly #programs: TriggerPrograms;
  #code: TriggerCode | undefined = undefined;

  constructor(trigger: KnownTrigger, timing: TriggerTiming, programs: TriggerPrograms) {
    const { stored, definition, call } = trigger;
    const pipeline = call.kind === "pipeline";
    this.id = stored.id;
    this.name = stored.name;
    this.timing = timing;
    this.events = definition.events;
    // A pipeline runs once per statement.
    this.each = pipeline ? "statement" : definition.each;
    this.table = definition.table;
    this.way = trigger.way === "native" ? "native" : timing === "after" ? "captured" : "managed";
    this.onError = definition.onError;
    this.outbox = pipeline || definition.isAsync ? { retries: definition.retries, key: definition.key } : undefined;
    this.maxDepth = definition.maxDepth;
    this.recursive = definition.recursive;
    this.#source = sourceOf(trigger);
    this.#programs = programs;
  }

  get when(): ReadyTrigger["when"] {
    return this.#source === undefined ? undefined : this.#loaded().when;
  }

  get body(): ReadyTrigger["body"] {
    return this.#loaded().body;
  }

  #loaded(): TriggerCode {
    if (this.#source === undefined) throw new InternalError(`trigger ${this.name} runs a pipeline and has no code`);
    return (this.#code ??= this.#programs.codeOf(this.#source));
  }
}
