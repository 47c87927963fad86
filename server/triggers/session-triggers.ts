// The triggers of a session in one hand: what fires (for firing), what is stored (for declarations and management), what is counted and kept with a commit.
import { withGetter } from "../../base/with-getter.ts";
import { trap } from "../../bytecode/trap.ts";
import { ensureCatalog, type CatalogPlace } from "../catalog/schema.ts";
import { storeTriggerProgram } from "../catalog/triggers.ts";
import type { CatalogState } from "../programs/catalog-state.ts";
import { type ChangedEffects, followEffects, engineTriggerTexts, tablesThatDiffer } from "./follow-effects.ts";
import { followSchema, tableOf } from "./follow-schema.ts";
import { deliver, hasFirings, type Delivered, type DeliverWorld } from "./deliver.ts";
import { addToOutbox, requestPipeline } from "./outbox.ts";
import type { TriggerDefinition } from "./definition.ts";
import { syncNative } from "./native-sync.ts";
import { makeTriggerPrograms, type TriggerCode, type TriggerPrograms, type TriggerProgramsWorld } from "./programs.ts";
import { makeKnownTriggers, sourceOf, type KnownTrigger, type KnownTriggers } from "./registry.ts";
import { makeTriggerStats } from "./stats.ts";
import type { TriggerRegistry } from "./types.ts";

/** The triggers of a session. */
export interface SessionTriggers extends TriggerRegistry, Pick<KnownTriggers, "all" | "isOn" | "switchForSession"> {
  /** Compiles a trigger that was just stored and keeps the result, inside the caller's transaction, after the catalog was told; gives what its author should know. @throws EngineError. */
  stored(name: string): readonly string[];
  /** Puts the engine's own triggers in step with the stored ones, inside the caller's transaction, after the catalog was told. @throws EngineError. */
  sync(): void;
  /** Derives the effects of stored routines and triggers again that what has changed reaches, inside the caller's transaction. @throws EngineError. */
  follow(changed: ChangedEffects): void;
  /** True when something may be due in the outbox: this session wrote to it, never looked, or a failed try is due again. */
  outboxDue(): boolean;
  /** Delivers what is due in the outbox, after a commit. Failures of bodies are recorded. @throws Trap of the database: what was not delivered stays. */
  deliver(caller: DeliverCaller): Delivered;
  /** Whether `keep` has something to write. */
  readonly pending: boolean;
  /** Writes what was compiled again and counted since the last time, inside the caller's transaction. @throws EngineError. */
  keep(): void;
}

/** Who delivers: a session after its statement, or the scheduler. */
export interface DeliverCaller extends Pick<DeliverWorld, "call" | "transaction" | "log" | "takeLines"> {
  /** Most firings of this round. */
  readonly most: number;
}

/** What the session gives. */
export interface SessionTriggersWorld extends TriggerProgramsWorld {
  place(): CatalogPlace;
  notice(text: string): void;
  /** Compiles the routines of a name again; true when their effects have changed. @throws EngineError. */
  deriveAgain(name: string): boolean;
  /** False: the session fires every trigger itself. */
  readonly native: boolean;
}

function isStale(programs: TriggerPrograms, trigger: KnownTrigger): boolean {
  const source = sourceOf(trigger);
  return source !== undefined && programs.isStale(source);
}

function codeOf(programs: TriggerPrograms, trigger: KnownTrigger): TriggerCode {
  const source = sourceOf(trigger);
  if (source === undefined)
    throw trap("InvalidRoutine", `Trigger ${trigger.stored.name} names nothing that can be called now.`);
  return programs.codeOf(source);
}

function columnsOf(catalog: CatalogState, table: string): readonly string[] {
  const found = catalog.schema().tables.find((candidate) => candidate.name.toLowerCase() === table.toLowerCase());
  return found?.columns.map(({ name }) => name) ?? [];
}

/** Rows without a primary key keep one order all together. */
function primaryKey(catalog: CatalogState, table: string): readonly string[] {
  return (
    catalog.schema().tables.find((candidate) => candidate.name.toLowerCase() === table.toLowerCase())?.primaryKey ?? []
  );
}

function compileStored(
  world: SessionTriggersWorld,
  programs: TriggerPrograms,
  trigger: KnownTrigger,
): readonly string[] {
  const { stored, definition, call } = trigger;
  if (call.kind === "unbound") return [unboundNotice(definition)];
  const source = sourceOf(trigger);
  if (source === undefined) return [];
  const { program, dependencies, problems } = programs.compile(source);
  storeTriggerProgram(world.place(), stored.id, program, dependencies);
  if (program.status === "valid") return [];
  const errors = problems.filter((problem) => problem.severity === "error").map((problem) => problem.message);
  return [`Trigger ${stored.name} is stored, but does not fit the database yet: ${errors.join(" ")}`];
}

function unboundNotice(definition: TriggerDefinition): string {
  const { name, call } = definition;
  return call === undefined
    ? `Trigger ${name} is stored unbound and does not fire: add call: '…', or store a procedure named ${name} or one with trig: ['${name}'].`
    : `Trigger ${name} is stored unbound and does not fire until there is a procedure named ${call}.`;
}

/** The triggers of a session. */
export function makeSessionTriggers(world: SessionTriggersWorld): SessionTriggers {
  const programs = makeTriggerPrograms(world);
  const known = makeKnownTriggers(world, programs);
  const stats = makeTriggerStats();
  let ensuredAt: number | undefined;
  const syncEngine = (): void => {
    const { connection, catalog } = world;
    if (!catalog.hasCatalog()) return;
    // The engine's triggers that stand for ours are no part of the schema that programs see.
    if (syncNative({ connection, allowed: world.native, triggers: known.all(), schema: catalog.schema() }))
      catalog.changed("catalog");
  };
  const sync = (): void => {
    if (!world.catalog.hasCatalog()) return;
    const stale = known.all().filter((trigger) => isStale(programs, trigger));
    for (const trigger of stale) compileStored(world, programs, trigger);
    if (stale.length > 0) world.catalog.changed("catalog");
    // Firings of a trigger that was off wait until it is on again.
    outbox.mayHold = true;
    syncEngine();
  };
  const follow = (changed: ChangedEffects): void => {
    if (!world.catalog.hasCatalog()) return;
    const { connection } = world;
    followEffects(
      {
        connection,
        routine: (name) => world.deriveAgain(name),
        trigger: (id) => {
          const trigger = known.all().find(({ stored }) => stored.id === id);
          if (trigger === undefined) return undefined;
          compileStored(world, programs, trigger);
          world.catalog.changed("catalog");
          const now = known.all().find(({ stored }) => stored.id === id);
          return now?.stored.program?.effectsJson === trigger.stored.program?.effectsJson
            ? undefined
            : tableOf(trigger);
        },
      },
      changed,
    );
  };
  const outbox = { mayHold: true, nextDueMicros: undefined as number | undefined };
  const methods: Omit<SessionTriggers, "pending"> = {
    of: (schema, table) => known.of(schema, table),
    empty: () => known.empty(),
    generation: () => known.generation(),
    all: () => known.all(),
    isOn: (trigger) => known.isOn(trigger),
    switchForSession: (enabled, name, table) => known.switchForSession(enabled, name, table),
    enqueue: (trigger, event, args) => {
      outbox.mayHold = true;
      const pipeline = known.all().find(({ stored }) => stored.id === trigger.id)?.call;
      if (pipeline?.kind === "pipeline") return requestPipeline(world.place(), trigger, pipeline.name);
      const key = trigger.outbox?.key ?? [];
      addToOutbox(world.place(), trigger, event, key.length > 0 ? key : primaryKey(world.catalog, trigger.table), args);
    },
    mustBeApart: (form) => known.mustBeApart(form),
    apart: (work) => known.apart(work),
    sync,
    follow,
    watchSchema: () => {
      if (!world.catalog.hasCatalog()) return undefined;
      const before = engineTriggerTexts(world.connection);
      const followTables = followSchema({
        place: () => world.place(),
        schema: () => world.catalog.schema(),
        triggers: () => known.all(),
        notice: (text) => world.notice(text),
        changed: () => world.catalog.changed("catalog"),
      });
      return () => {
        followTables?.();
        if (known.all().length > 0) sync();
        const tables = tablesThatDiffer(before, engineTriggerTexts(world.connection));
        if (tables.length > 0) follow({ tables, routines: [] });
      };
    },
    count: (trigger, what) => stats.count(trigger, what),
    stored: (name) => {
      const trigger = known.all().find(({ stored }) => stored.name.toLowerCase() === name.toLowerCase());
      const notices = trigger === undefined ? [] : compileStored(world, programs, trigger);
      world.catalog.changed("catalog");
      if (trigger !== undefined) follow({ tables: [tableOf(trigger)], routines: [] });
      syncEngine();
      return notices;
    },
    outboxDue: () => {
      if (outbox.nextDueMicros !== undefined && world.place().nowMicros() >= outbox.nextDueMicros) return true;
      // What others leave there is for them, for the next session, or for who runs schedules.
      if (outbox.mayHold) outbox.mayHold = hasFirings(world.connection);
      return outbox.mayHold;
    },
    deliver: (caller) => {
      const place = world.place();
      const done = deliver(
        {
          ...caller,
          place,
          trigger: (id) => known.all().find(({ stored }) => stored.id === id),
          codeOf: (trigger) => codeOf(programs, trigger),
          fieldsOf: ({ definition }) => columnsOf(world.catalog, definition.table),
          failed: ({ stored }) => stats.count(stored, { fired: 0, skipped: 0, failed: 1, rows: 0, ms: 0 }),
        },
        caller.most,
      );
      outbox.mayHold = done.more;
      outbox.nextDueMicros = done.nextDueMicros;
      return done;
    },
    keep: () => {
      const place = world.place();
      if (!stats.pending && !programs.pending()) return;
      // An older program's catalog lacks the tables; looked at once, not in each transaction that fires.
      if (ensuredAt !== world.catalog.generation) ensureCatalog(place);
      ensuredAt = world.catalog.generation;
      if (programs.keepRefreshed(place)) {
        world.catalog.changed("catalog");
        syncEngine();
      }
      stats.keep(place);
    },
  };
  return withGetter(methods, "pending", () => stats.pending);
}
