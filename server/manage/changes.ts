// Management statements that change the catalog: DROP, ENABLE, DISABLE, ROLLBACK, and those that belong to parts which do not run yet.
// Each change is one savepoint (or transaction when there is none) and moves the catalog's epoch.
import type { Value } from "../../base/value/value.ts";
import type { ObjectKind } from "../../compiler/syntax/tree.ts";
import { trap } from "../../bytecode/trap.ts";

import { dependantsOf, markInvalid, printDependants } from "../catalog/dependants.ts";
import { deleteObject, enableObjects, findObject, type StoredObjectKind } from "../catalog/objects.ts";
import { addVersion, capital, deleteRoutine, findRoutines } from "../catalog/routines.ts";
import { followCronTexts } from "../catalog/schedule-bindings.ts";
import { type DeletedHistory, deleteScheduleHistory } from "../catalog/schedule-dropping.ts";
import { pipelineSource, pipelineVersion } from "../catalog/pipeline-texts.ts";
import { deleteType } from "../catalog/types.ts";
import { engineTriggers, switchEngineTriggers } from "./engine-triggers.ts";
import {
  noSuchObject,
  optionalNumber,
  optionalText,
  shortName,
  textField,
  type ManageVerb,
  type ManageWorld,
} from "./world.ts";

/** Runs catalog work so that it is done whole or not at all. */
export function atomically<T>(world: ManageWorld, work: () => T): T {
  const token = world.transactions.savepoint();
  try {
    const result = work();
    world.transactions.release(token);
    world.schemaChanged();
    return result;
  } catch (error) {
    world.transactions.rollbackTo(token);
    throw error;
  }
}

const OBJECT_KINDS: ReadonlySet<ObjectKind> = new Set<ObjectKind>(["trigger", "schedule", "pipeline"]);

/** DROP PROCEDURE p [IF EXISTS] [CASCADE] and its kin. */
export const dropObject: ManageVerb = (world, form) => {
  const what = textField(form, "what") as ObjectKind;
  const name = shortName(textField(form, "name"));
  const ifExists = form["ifExists"] === true;
  const cascade = form["cascade"] === true;
  if (what === "procedure" || what === "function") dropRoutine(world, what, name, ifExists, cascade);
  else if (OBJECT_KINDS.has(what)) dropStored(world, what as StoredObjectKind, name, ifExists, cascade);
  else if (what === "type") dropType(world, name, ifExists, cascade);
  else throw trap("NotImplemented", `DROP ${what.toUpperCase()} is not a statement.`);
  return null;
};

function refuseWhileUsed(
  world: ManageWorld,
  kind: "routine" | "type" | "pipeline",
  what: string,
  name: string,
  cascade: boolean,
): void {
  const dependants = dependantsOf(world.connection, kind, name);
  if (dependants.length === 0) return;
  if (!cascade) {
    throw trap(
      "DependentObjects",
      `${capital(what)} ${name} is used by ${printDependants(dependants)}. Drop those first, or add CASCADE to drop it and mark them invalid.`,
    );
  }
  markInvalid(world.place, dependants, `${capital(what)} ${name} was dropped.`);
  world.output.notice(
    `${printDependants(dependants)} ${dependants.length === 1 ? "uses" : "use"} the dropped ${what} ${name} and cannot run until it is there again.`,
  );
}

function dropRoutine(
  world: ManageWorld,
  kind: "procedure" | "function",
  name: string,
  ifExists: boolean,
  cascade: boolean,
): void {
  const found = world.hasCatalog()
    ? findRoutines(world.connection, name).filter((routine) => routine.kind === kind)
    : [];
  if (found.length === 0) {
    if (ifExists) return;
    noSuchObject(kind, name);
  }
  atomically(world, () => {
    refuseWhileUsed(world, "routine", kind, name, cascade);
    for (const routine of found) deleteRoutine(world.place, routine.routineId);
    followCronTexts(world.place);
    triggersChanged(world);
  });
}

/** The runs of a schedule go with it; CASCADE says no more. */
function dropStored(
  world: ManageWorld,
  kind: StoredObjectKind,
  name: string,
  ifExists: boolean,
  cascade: boolean,
): void {
  const done =
    world.hasCatalog() &&
    atomically(world, () => {
      if (kind === "pipeline") refuseWhileUsed(world, "pipeline", kind, name, cascade);
      const schedule = kind === "schedule" ? findObject(world.connection, kind, name) : undefined;
      const tables = kind === "trigger" ? tablesOfTriggers(world, name, undefined) : [];
      const deleted = deleteObject(world.place, kind, name);
      if (schedule !== undefined) {
        tellHistory(world, name, deleteScheduleHistory(world.place, schedule.id));
      }
      if (deleted && kind === "trigger") triggersChanged(world, tables);
      if (deleted && kind === "pipeline") followCronTexts(world.place);
      return deleted;
    });
  if (done) return;
  const native =
    kind === "trigger"
      ? engineTriggers(world).find((other) => other.name.toLowerCase() === name.toLowerCase())
      : undefined;
  if (native !== undefined) {
    const tables = tablesOfTriggers(world, native.name, undefined);
    atomically(world, () => {
      world.connection.runText(`DROP TRIGGER "${native.name.replaceAll('"', '""')}"`, []).source?.close();
      triggersChanged(world, tables);
    });
    return;
  }
  if (!ifExists) noSuchObject(kind, name);
}

function tellHistory(world: ManageWorld, name: string, { deleted, left }: DeletedHistory): void {
  const runs = (count: number): string => `${count} ${count === 1 ? "run" : "runs"}`;
  if (deleted > 0) world.output.notice(`${runs(deleted)} of ${name} went with it.`);
  if (left > 0)
    world.output.notice(
      `${runs(left)} of ${name} will go when all is done that ${left === 1 ? "it has" : "they have"} to do.`,
    );
}

function dropType(world: ManageWorld, name: string, ifExists: boolean, cascade: boolean): void {
  const done =
    world.hasCatalog() &&
    atomically(world, () => {
      refuseWhileUsed(world, "type", "type", name, cascade);
      return deleteType(world.place, name);
    });
  if (!done && !ifExists) noSuchObject("type", name);
}

/** The engine's own triggers follow those that are stored. */
function triggersChanged(world: ManageWorld, tables: readonly string[] = []): void {
  world.schemaChanged();
  world.triggers.sync();
  world.triggers.follow({ tables, routines: [] });
}

/** Tables (`main.t`) of the triggers of both kinds that have a name, stand on a table, or of all. */
function tablesOfTriggers(world: ManageWorld, name: string | undefined, table: string | undefined): readonly string[] {
  const same = (left: string, right: string | undefined): boolean =>
    right === undefined || left.toLowerCase() === right.toLowerCase();
  const own = world.triggers.all().map(({ stored, definition }) => ({ name: stored.name, on: definition }));
  const engine = engineTriggers(world).map((other) => ({ name: other.name, on: other }));
  const tables = [...own, ...engine]
    .filter((trigger) => same(trigger.name, name) && same(trigger.on.table, table))
    .map(({ on }) => `${on.schema ?? "main"}.${on.table}`.toLowerCase());
  return [...new Set(tables)];
}

/** ENABLE and DISABLE of triggers, schedules, pipelines: one, those of a table, or all. */
export const enable: ManageVerb = (world, form) => {
  const what = textField(form, "what") as ObjectKind;
  const enabled = form["enabled"] === true;
  const name = optionalText(form, "name");
  const table = optionalText(form, "on");
  if (!OBJECT_KINDS.has(what))
    throw trap("NotImplemented", `${enabled ? "ENABLE" : "DISABLE"} works on triggers, schedules and pipelines.`);
  const short = name === undefined ? undefined : shortName(name);
  const onTable = table === undefined ? undefined : shortName(table);
  if (form["forSession"] === true) return switchForSession(world, what, enabled, short, onTable);
  const changed = world.hasCatalog()
    ? atomically(world, () => {
        const count = enableObjects(world.place, what as StoredObjectKind, enabled, short, onTable);
        if (what === "trigger") triggersChanged(world, tablesOfTriggers(world, short, onTable));
        return count;
      })
    : 0;
  const engine = what === "trigger" ? atomically(world, () => switchEngine(world, enabled, short, onTable)) : 0;
  if (changed + engine === 0 && short !== undefined) noSuchObject(what, short);
  return null;
};

function switchEngine(
  world: ManageWorld,
  enabled: boolean,
  name: string | undefined,
  table: string | undefined,
): number {
  const switched = switchEngineTriggers(world, enabled, name, table);
  if (switched > 0) world.triggers.follow({ tables: tablesOfTriggers(world, name, table), routines: [] });
  return switched;
}

/** DISABLE TRIGGERS FOR SESSION, for bulk loads: nothing is stored, others fire them as before. */
function switchForSession(
  world: ManageWorld,
  what: ObjectKind,
  enabled: boolean,
  name: string | undefined,
  table: string | undefined,
): Value {
  if (what !== "trigger") throw trap("NotImplemented", "FOR SESSION works on triggers.");
  const named = world.triggers.switchForSession(enabled, name, table);
  world.adjusted();
  if (named === 0 && name !== undefined) noSuchObject("trigger", name);
  return null;
}

/** ROLLBACK PROCEDURE p TO n, and of functions and pipelines: a new version with the text of version n. */
export const rollback: ManageVerb = (world, form) => {
  const name = shortName(textField(form, "name"));
  const version = optionalNumber(form, "version") ?? 0;
  const what = textField(form, "what");
  if (what === "procedure" || what === "function") return rollbackRoutine(world, what, name, version);
  if (what === "pipeline") return rollbackPipeline(world, name, version);
  throw trap(
    "NotImplemented",
    `ROLLBACK works on procedures, functions and pipelines; store the text of the ${what} again instead.`,
  );
};

function rollbackRoutine(world: ManageWorld, what: "procedure" | "function", name: string, version: number): Value {
  const found = world.hasCatalog() ? findRoutines(world.connection, name, version) : [];
  const [routine] = found;
  if (routine === undefined) return noSuchObject(what, `${name}@${version}`);
  if (found.length > 1)
    throw trap(
      "AmbiguousRoutine",
      `There are several functions named ${name}, for ${found.map((each) => each.receiver || "no receiver").join(", ")}; store the wanted text again instead.`,
    );
  if (routine.version === routine.currentVersion)
    throw trap("AlreadyExists", `Version ${version} of ${name} is the current one.`);
  const outcome = atomically(world, () => {
    const added = addVersion(world.place, routine.routineId, routine.source, world.compileStored(routine));
    triggersChanged(world);
    return added;
  });
  world.output.notice(
    `${capital(routine.kind)} ${name} has version ${outcome.version} now, with the text of version ${version}.`,
  );
  return null;
}

function rollbackPipeline(world: ManageWorld, name: string, version: number): Value {
  const pipeline = world.hasCatalog() ? findObject(world.connection, "pipeline", name) : undefined;
  const current = pipeline === undefined ? undefined : pipelineVersion(world.connection, pipeline.id);
  if (pipeline === undefined || current === undefined || version < 1 || version > current)
    return noSuchObject("pipeline", `${name}@${version}`);
  if (version === current) throw trap("AlreadyExists", `Version ${version} of ${name} is the current one.`);
  const source = pipelineSource(world.connection, pipeline.id, version);
  if (source === undefined)
    throw trap(
      "NoSuchObject",
      `The text of version ${version} of pipeline ${name} was not kept: an older program stored it. Store the wanted text again instead.`,
    );
  if (source.trim() === pipeline.source.trim())
    throw trap("AlreadyExists", `Version ${version} of ${name} has the text of the current one.`);
  atomically(world, () => world.storePipelineAgain(name, source));
  world.output.notice(
    `Pipeline ${name} has version ${pipelineVersion(world.connection, pipeline.id)} now, with the text of version ${version}.`,
  );
  return null;
}

/** CREATE TABLE system.x: nothing changes, the table is there. */
export const builtinTable: ManageVerb = (world, form) => {
  world.output.notice(`${textField(form, "name")} is a built-in table; nothing was changed.`);
  return null;
};
