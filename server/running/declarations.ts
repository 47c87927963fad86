// Top-level declarations when a script runs: each is stored in the catalog in a transaction of its own (or in the script's), with what the checker found about it.
import { trap } from "../../bytecode/trap.ts";
import type { Problem } from "../../base/problem.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type {
  Declaration,
  Item,
  PipelineDeclaration,
  RoutineDeclaration,
  ScheduleDeclaration,
  TriggerDeclaration,
} from "../../compiler/syntax/tree.ts";
import { configValues, configWords } from "../catalog/config-values.ts";
import { findObject, storeObject, type ObjectOutcome } from "../catalog/objects.ts";
import { storeRoutine, type RoutineFacts, type StoredOutcome } from "../catalog/routines.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import { followCronTexts, scheduleBody } from "../catalog/schedule-bindings.ts";
import { ensureCatalog } from "../catalog/schema.ts";
import { deleteStepBodies, stepBodies } from "../catalog/step-bodies.ts";
import { storeType } from "../catalog/types.ts";
import { infoOf, receiverOf } from "../programs/facts.ts";

import type { StatementResult } from "../session-types.ts";
import type { Runtime } from "./runtime.ts";

/** What storing needs besides the runtime. */
export interface DeclarationWorld {
  readonly runtime: Runtime;
  /** Compiles one declaration for the catalog, from `text` when that is not the item's own; `problems` when it does not compile on its own. */
  factsOf(
    checked: CheckedModule,
    item: Item,
    declaration: RoutineDeclaration,
    text?: string,
  ): RoutineFacts | readonly Problem[];
  changed(): void;
  /** Triggers that call the routine follow it. */
  routineStored(): void;
  /** Compiles a trigger that was just stored; gives what its author should know. */
  triggerStored(name: string): readonly string[];
  addTest(name: string): void;
}

/** Kinds that run as they are written; the others are models that keep no intervals yet (LANGUAGE.md 15.28). */
const PLAIN_KINDS: ReadonlySet<string> = new Set(["", "default", "view"]);

function kindNotice(runtime: Runtime, declaration: RoutineDeclaration, text: string): void {
  const [kind] = configWords(configValues(declaration.metadata, text)["kind"]);
  if (kind !== undefined && !PLAIN_KINDS.has(kind))
    runtime.output.notice(
      `Kind ${kind.toUpperCase()} of ${declaration.name.text} is recorded, intervals are not kept yet.`,
    );
}

function done(
  what: string,
  name: string,
  outcome: StoredOutcome | ObjectOutcome | "created" | "replaced" | "unchanged",
): StatementResult {
  const kind = typeof outcome === "string" ? outcome : outcome.kind;
  const version = typeof outcome === "string" ? "" : ` as version ${outcome.version}`;
  switch (kind) {
    case "created":
    case "version":
    case "replaced":
      return { kind: "done", text: `${what} ${name} stored${version}` };
    case "unchanged":
      return { kind: "done", text: `${what} ${name} unchanged` };
    case "exists":
      return { kind: "done", text: `${what} ${name} exists already` };
  }
}

function storeRoutineItem(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  declaration: RoutineDeclaration,
  imported: boolean,
): StatementResult {
  const { runtime } = world;
  const facts = world.factsOf(checked, item, declaration);
  if (!("parameters" in facts))
    throw trap(
      "InvalidRoutine",
      `${declaration.name.text} cannot be stored: ${facts.map((problem) => problem.message).join(" ")}`,
    );
  kindNotice(runtime, declaration, item.text);
  const outcome = storeRoutine(runtime, {
    kind: declaration.routine,
    name: declaration.name.text,
    receiver: receiverOf(infoOf(checked, declaration)),
    verb: imported ? "upsert" : declaration.verb,
    ifNotExists: declaration.ifNotExists,
    source: item.text,
    facts,
  });
  if (outcome.kind === "created" || outcome.kind === "version") {
    followCronTexts(runtime);
    world.routineStored();
  }
  return done(declaration.routine, declaration.name.text, outcome);
}

/** Stores a trigger and what it compiles to. One that names nothing that exists is stored unbound, and bound when that appears. */
function storeTriggerItem(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  declaration: TriggerDeclaration,
): StatementResult {
  const { runtime } = world;
  const name = declaration.name.text;
  const outcome = storeObject(runtime, { declaration, text: item.text });
  if (outcome === "created" || outcome === "replaced") {
    world.changed();
    const notices = world.triggerStored(name);
    // What it calls may stand further down in the same file.
    if (checked.triggerFacts.get(declaration)?.callee === undefined)
      for (const notice of notices) runtime.output.notice(notice);
  }
  return done("trigger", name, outcome);
}

/** Stores a schedule; a body of its own becomes a routine that gets a version whenever it changes. */
function storeScheduleItem(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  declaration: ScheduleDeclaration,
): StatementResult {
  const { runtime } = world;
  const name = declaration.name.text;
  ensureCatalog(runtime);
  const stays = declaration.ifNotExists && findObject(runtime.connection, "schedule", name) !== undefined;
  const routineId = stays ? undefined : storeScheduleBody(world, checked, item, declaration);
  const outcome = storeObject(runtime, {
    declaration,
    text: item.text,
    ...(routineId === undefined ? {} : { routineId }),
  });
  const named = declaration.body !== undefined || configValues(declaration.config, item.text)["call"] !== undefined;
  if (outcome !== "exists" && !named) noticeUnbound(runtime, name);
  return done("schedule", name, outcome);
}

function noticeUnbound(runtime: Runtime, name: string): void {
  const [definition] = readSchedules(runtime.connection, name);
  if (definition?.targets.length === 0)
    runtime.output.notice(`Schedule ${name} runs nothing yet: no procedure names it in its metadata.`);
}

/** The id of the routine that runs a schedule's own body; undefined when it has none. */
function storeScheduleBody(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  declaration: ScheduleDeclaration,
): string | undefined {
  const body = scheduleBody(declaration, item.text);
  return body === undefined ? undefined : storeBody(world, checked, item, declaration.name.text, body);
}

/** Stores a pipeline; the SQL or template of each step becomes a routine that gets a version whenever it changes. */
function storePipelineItem(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  declaration: PipelineDeclaration,
): StatementResult {
  const { runtime } = world;
  const name = declaration.name.text;
  const outcome = storeObject(runtime, { declaration, text: item.text });
  if (outcome !== "exists") {
    const bodies = stepBodies(runtime.connection, declaration, item.text);
    for (const body of bodies) storeBody(world, checked, item, name, body);
    deleteStepBodies(runtime, name, bodies);
    if (outcome !== "unchanged") {
      followCronTexts(runtime);
      if (bodies.length > 0) world.routineStored();
    }
  }
  return done("pipeline", name, outcome);
}

/** Stores a body as a routine; gives its id. */
function storeBody(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  owner: string,
  body: { readonly name: string; readonly text: string },
): string | undefined {
  const routine = parse({ name: body.name, text: body.text }).value.items[0]?.statement;
  if (routine?.kind !== "routine") return undefined;
  const facts = world.factsOf(checked, item, routine, body.text);
  if (!("parameters" in facts))
    throw trap("InvalidRoutine", `${owner} cannot be stored: ${facts.map((problem) => problem.message).join(" ")}`);
  return storeRoutine(world.runtime, {
    kind: "procedure",
    name: body.name,
    receiver: "",
    verb: "upsert",
    ifNotExists: false,
    source: body.text,
    facts,
  }).routineId;
}

/**
 * Stores what a declaration declares. An imported one may be there from an earlier run: importing it again is no second CREATE.
 * @throws Trap AlreadyExists, InvalidRoutine; everything is undone by the caller's transaction.
 */
export function storeDeclaration(
  world: DeclarationWorld,
  checked: CheckedModule,
  item: Item,
  declaration: Declaration,
  imported = false,
): StatementResult | undefined {
  const { runtime } = world;
  const name = declaration.name.text;
  switch (declaration.kind) {
    case "routine":
      return storeRoutineItem(world, checked, item, declaration, imported);
    case "struct":
    case "enum":
    case "error":
      return done(
        declaration.kind === "error" ? "error" : "type",
        name,
        storeType(runtime, { kind: declaration.kind, name, source: item.text }),
      );
    case "trigger":
      return storeTriggerItem(world, checked, item, declaration);
    case "schedule":
      return storeScheduleItem(world, checked, item, declaration);
    case "pipeline":
      return storePipelineItem(world, checked, item, declaration);
    case "test":
      world.addTest(name);
      return undefined;
    case "import":
      return undefined;
  }
}
