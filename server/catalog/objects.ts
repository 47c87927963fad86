// Triggers, schedules and pipelines as stored rows: storing what a declaration says, finding, listing, enabling, dropping.
// What belongs to one kind only stands beside: triggers.ts, schedules.ts, pipelines.ts.
import { trap } from "../../bytecode/trap.ts";
import type { Value } from "../../base/value/value.ts";
import type { PipelineDeclaration, ScheduleDeclaration, TriggerDeclaration } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";

import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { configText, configValues, configWords, type ConfigValue } from "./config-values.ts";
import { newId } from "./identifiers.ts";
import { storeSteps } from "./pipelines.ts";
import { capital, deleteRoutine } from "./routines.ts";
import { markScheduleDropped } from "./schedule-dropping.ts";
import { scheduleColumns, storeScheduleParts } from "./schedules.ts";
import {
  bumpEpoch,
  type CatalogPlace,
  catalogVersion,
  DROPPING_VERSION,
  ensureCatalog,
  storedTable,
  timestampText,
} from "./schema.ts";
import { deleteStepBodies } from "./step-bodies.ts";
import { deleteTriggerParts } from "./triggers.ts";

/** Kind of a stored object. */
export type StoredObjectKind = "trigger" | "schedule" | "pipeline";

/** Table, key column and history of each kind. */
const KINDS = {
  trigger: { table: storedTable("triggers"), id: "trigger_id" },
  schedule: { table: storedTable("schedules"), id: "schedule_id" },
  pipeline: { table: storedTable("pipelines"), id: "pipeline_id" },
} as const satisfies Record<StoredObjectKind, { readonly table: string; readonly id: string }>;

/** A declaration of an object with the text of its item. */
export interface NewObject {
  readonly declaration: TriggerDeclaration | ScheduleDeclaration | PipelineDeclaration;
  readonly text: string;
  /** The routine that a schedule's own body was stored as. */
  readonly routineId?: string;
}

/** What storing did. */
export type ObjectOutcome = "created" | "replaced" | "unchanged" | "exists";

/** A stored object's id and text, or undefined. The catalog must exist. @throws EngineError. */
export function findObject(
  connection: Connection,
  kind: StoredObjectKind,
  name: string,
): { readonly id: string; readonly source: string; readonly enabled: boolean } | undefined {
  const { table, id } = KINDS[kind];
  const row = readRows(
    connection,
    `SELECT ${id}, source, CAST(enabled AS INTEGER) FROM ${table} WHERE name = ? COLLATE NOCASE`,
    [name],
  )[0];
  return row === undefined
    ? undefined
    : { id: textOf(row[0]), source: textOf(row[1]), enabled: numberOf(row[2]) === 1 || row[2] === true };
}

/** Names of all objects of a kind. The catalog must exist. @throws EngineError. */
export function objectNames(connection: Connection, kind: StoredObjectKind): readonly string[] {
  const live = kind === "schedule" && catalogVersion(connection) >= DROPPING_VERSION ? "WHERE dropped_at IS NULL" : "";
  return readRows(connection, `SELECT name FROM ${KINDS[kind].table} ${live} ORDER BY name COLLATE NOCASE`).map((row) =>
    textOf(row[0]),
  );
}

/**
 * Stores a declaration inside the caller's transaction; the history of a replaced object stays with its id.
 * @throws Trap AlreadyExists for `create` of a name that exists; EngineError.
 */
export function storeObject(place: CatalogPlace, object: NewObject): ObjectOutcome {
  ensureCatalog(place);
  const { declaration, text } = object;
  const kind = declaration.kind;
  const name = declaration.name.text;
  const existing = findObject(place.connection, kind, name);
  if (existing !== undefined) {
    if (declaration.ifNotExists) return "exists";
    if (declaration.verb === "create")
      throw trap("AlreadyExists", `${capital(kind)} ${name} exists already. Use upsert to replace it.`);
    if (existing.source.trim() === text.trim()) return "unchanged";
  }
  const at = timestampText(place.nowMicros());
  const columns = columnsOf(declaration, text);
  const id = existing?.id ?? newId(place.nowMicros() / 1000);
  if (existing === undefined) {
    insertRow(place.connection, KINDS[kind].table, {
      [KINDS[kind].id]: id,
      name,
      enabled: true,
      created_at: at,
      modified_at: at,
      source: text,
      ...columns,
    });
  } else {
    const set = { modified_at: at, source: text, ...columns };
    const assignments = Object.keys(set)
      .map((column) => `${column} = ?`)
      .join(", ");
    writeRows(place.connection, `UPDATE ${KINDS[kind].table} SET ${assignments} WHERE ${KINDS[kind].id} = ?`, [
      ...Object.values(set),
      id,
    ]);
  }
  if (declaration.kind === "schedule") storeScheduleParts(place, id, declaration, text, object.routineId);
  if (declaration.kind === "pipeline") storeSteps(place, declaration, text);
  bumpEpoch(place);
  return existing === undefined ? "created" : "replaced";
}

function columnsOf(declaration: NewObject["declaration"], text: string): Readonly<Record<string, Value>> {
  switch (declaration.kind) {
    case "trigger":
      return triggerColumns(declaration, text);
    case "schedule":
      return scheduleColumns(declaration, text);
    case "pipeline":
      return {
        current_version: 1,
        description: configText(configValues(declaration.config, text)["description"]) ?? null,
      };
  }
}

function triggerColumns(declaration: TriggerDeclaration, text: string): Readonly<Record<string, Value>> {
  const config = configValues(declaration.config, text);
  const events = declaration.events.map((event) =>
    event.columns.length === 0
      ? event.event
      : `${event.event} of ${event.columns.map((column) => column.text).join(", ")}`,
  );
  const target = declaration.target?.parts.map((part) => part.text).join(".");
  return {
    timing: declaration.timing ?? (configWords(config["timing"]).join("|") || "before"),
    events: JSON.stringify(events.length > 0 ? events : configWords(config["event"])),
    granularity: declaration.each ?? configText(config["each"]) ?? "row",
    target: target ?? configText(config["target"]) ?? "",
    when_source:
      declaration.when === undefined
        ? (configText(config["when"]) ?? null)
        : text.slice(declaration.when.span.start, declaration.when.span.end),
    exe_kind: declaration.body === undefined ? configWords(config["exe"]).join("|") || "procedure" : "inline",
    call_ref: configText(config["call"]) ?? null,
    args: jsonOrNull(config["args"]),
    ordinal: declaration.order ?? wholeNumber(config["order"], 0),
    max_depth: wholeNumber(config["max_depth"], 16),
    on_error: configText(config["on_error"]) ?? "rollback",
    // ENABLE and DISABLE stand until a text says otherwise.
    ...(typeof config["enabled"] === "boolean" ? { enabled: config["enabled"] } : {}),
  };
}

function jsonOrNull(value: ConfigValue | undefined): Value {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

function wholeNumber(value: ConfigValue | undefined, otherwise: number): number {
  const number = typeof value === "number" ? value : Number(configText(value) ?? Number.NaN);
  return Number.isSafeInteger(number) ? number : otherwise;
}

/** Switches objects of a kind on or off: one by name, those of a table (triggers), or all. Gives how many. Runs inside the caller's transaction. @throws EngineError. */
export function enableObjects(
  place: CatalogPlace,
  kind: StoredObjectKind,
  enabled: boolean,
  name: string | undefined,
  table: string | undefined,
): number {
  ensureCatalog(place);
  const filters = [
    name === undefined ? "" : "name = ? COLLATE NOCASE",
    table === undefined ? "" : "target = ? COLLATE NOCASE",
    kind === "schedule" ? "dropped_at IS NULL" : "",
  ].filter((filter) => filter !== "");
  const where = filters.length === 0 ? "" : ` WHERE ${filters.join(" AND ")}`;
  const parameters = [name, table].filter((parameter): parameter is string => parameter !== undefined);
  const changes = writeRows(place.connection, `UPDATE ${KINDS[kind].table} SET enabled = ?, modified_at = ?${where}`, [
    enabled,
    timestampText(place.nowMicros()),
    ...parameters,
  ]);
  if (changes > 0) bumpEpoch(place);
  return changes;
}

/** Deletes an object; false when there is none of that name. Runs inside the caller's transaction. @throws EngineError. */
export function deleteObject(place: CatalogPlace, kind: StoredObjectKind, name: string): boolean {
  const object = findObject(place.connection, kind, name);
  if (object === undefined) return false;
  if (kind === "pipeline") {
    ensureCatalog(place);
    deleteStepBodies(place, name, []);
    for (const table of [storedTable("pipeline_steps"), storedTable("pipeline_versions")])
      writeRows(place.connection, `DELETE FROM ${table} WHERE pipeline_id = ?`, [object.id]);
  }
  if (kind === "trigger") deleteTriggerParts(place.connection, object.id);
  if (kind === "schedule") dropSchedule(place, object.id);
  else writeRows(place.connection, `DELETE FROM ${KINDS[kind].table} WHERE ${KINDS[kind].id} = ?`, [object.id]);
  bumpEpoch(place);
  return true;
}

/** A dropped schedule stays as a row until the last of its runs has gone; the routine of its body goes. */
function dropSchedule(place: CatalogPlace, id: string): void {
  ensureCatalog(place);
  markScheduleDropped(place, id, "deleted");
  const sql = `SELECT routine_id FROM ${storedTable("schedules")} WHERE schedule_id = ? AND routine_id IS NOT NULL`;
  for (const row of readRows(place.connection, sql, [id])) deleteRoutine(place, textOf(row[0]));
}
