// Who uses an object: the current versions of routines, and triggers and schedules that call one. Read before DROP, marked invalid by CASCADE.
import type { Connection } from "../../storage/engine.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { bumpEpoch, catalogVersion, DROPPING_VERSION, storedTable, type CatalogPlace } from "./schema.ts";
import { isStepBody } from "./step-names.ts";

/** Something that uses an object. */
export interface Dependant {
  readonly kind: "procedure" | "function" | "trigger" | "schedule" | "pipeline";
  readonly name: string;
  readonly id: string;
}

/** Current users of a routine, table or type; names match without case. The catalog must exist. @throws EngineError. */
export function dependantsOf(
  connection: Connection,
  kind: "routine" | "table" | "type" | "pipeline",
  name: string,
): readonly Dependant[] {
  const routines = readRows(
    connection,
    `SELECT DISTINCT r.kind, r.name, r.routine_id FROM ${storedTable("dependencies")} d
      JOIN ${storedTable("routines")} r ON r.routine_id = d.dependent_id AND r.current_version = d.dependent_version
      WHERE d.dependent_kind = 'routine' AND d.referenced_kind = ? AND d.referenced_name = ? COLLATE NOCASE AND r.dropped_at IS NULL AND r.name <> ? COLLATE NOCASE ORDER BY r.name`,
    [kind, name, kind === "routine" ? name : ""],
  );
  const found: Dependant[] = routines.flatMap((row): readonly Dependant[] => {
    const [routine, routineName, id] = [textOf(row[0]), textOf(row[1]), textOf(row[2])];
    // The SQL of a step is its pipeline's to people.
    if (isStepBody(routineName)) return pipelinesCalling(connection, routineName);
    return [{ kind: routine as Dependant["kind"], name: routineName, id }];
  });
  if (kind === "routine") found.push(...objectsCalling(connection, name, "<>"));
  if (kind === "pipeline") found.push(...objectsCalling(connection, name, "="));
  if (kind === "table") found.push(...triggersOn(connection, name));
  return found;
}

/** Names of routines, and ids of triggers, whose current effects write a table (`main.t`) or call a routine. The catalog must exist. @throws EngineError. */
export function doing(
  connection: Connection,
  access: "write" | "call",
  name: string,
): { readonly routines: readonly string[]; readonly triggers: readonly string[] } {
  const dependencies = storedTable("dependencies");
  const where = "d.referenced_kind = ? AND d.access_mode = ? AND d.referenced_name = ? COLLATE NOCASE";
  const values = [access === "write" ? "table" : "routine", access, name];
  const routines = readRows(
    connection,
    `SELECT DISTINCT r.name FROM ${dependencies} d JOIN ${storedTable("routines")} r ON r.routine_id = d.dependent_id AND r.current_version = d.dependent_version
      WHERE d.dependent_kind = 'routine' AND ${where} AND r.dropped_at IS NULL ORDER BY r.name`,
    values,
  );
  const triggers = readRows(
    connection,
    `SELECT DISTINCT d.dependent_id FROM ${dependencies} d WHERE d.dependent_kind = 'trigger' AND ${where} ORDER BY d.dependent_id`,
    values,
  );
  return { routines: routines.map((row) => textOf(row[0])), triggers: triggers.map((row) => textOf(row[0])) };
}

/** Triggers, schedules and pipelines that call a routine (`<>`), or triggers and schedules that call a pipeline (`=`). */
function objectsCalling(connection: Connection, name: string, isPipeline: "=" | "<>"): readonly Dependant[] {
  const called = `call_ref = ? COLLATE NOCASE AND exe_kind ${isPipeline} 'pipeline'`;
  const triggers = readRows(
    connection,
    `SELECT name, trigger_id FROM ${storedTable("triggers")} WHERE (${called}) OR trigger_id IN (SELECT dependent_id FROM ${storedTable("dependencies")}
      WHERE dependent_kind = 'trigger' AND referenced_kind = ? AND referenced_name = ? COLLATE NOCASE) ORDER BY name`,
    [name, isPipeline === "=" ? "pipeline" : "routine", name],
  );
  const schedules = readRows(
    connection,
    `SELECT name, schedule_id FROM ${storedTable("schedules")} WHERE ${called}${liveSchedules(connection)} ORDER BY name`,
    [name],
  );
  return [
    ...triggers.map((row) => ({ kind: "trigger" as const, name: textOf(row[0]), id: textOf(row[1]) })),
    ...schedules.map((row) => ({ kind: "schedule" as const, name: textOf(row[0]), id: textOf(row[1]) })),
    ...(isPipeline === "=" ? [] : pipelinesCalling(connection, name)),
  ];
}

/** Dropped schedules stay as rows for their history; they call nothing any more. */
function liveSchedules(connection: Connection): string {
  return catalogVersion(connection) >= DROPPING_VERSION ? " AND dropped_at IS NULL" : "";
}

function pipelinesCalling(connection: Connection, routine: string): readonly Dependant[] {
  const rows = readRows(
    connection,
    `SELECT DISTINCT p.name, p.pipeline_id FROM ${storedTable("pipeline_steps")} s JOIN ${storedTable("pipelines")} p ON p.pipeline_id = s.pipeline_id AND p.current_version = s.version
      WHERE s.call_ref = ? COLLATE NOCASE ORDER BY p.name`,
    [routine],
  );
  return rows.map((row) => ({ kind: "pipeline" as const, name: textOf(row[0]), id: textOf(row[1]) }));
}

function triggersOn(connection: Connection, table: string): readonly Dependant[] {
  const short = table.startsWith("main.") ? table.slice("main.".length) : table;
  const rows = readRows(
    connection,
    `SELECT name, trigger_id FROM ${storedTable("triggers")} WHERE target = ? COLLATE NOCASE ORDER BY name`,
    [short],
  );
  return rows.map((row) => ({ kind: "trigger" as const, name: textOf(row[0]), id: textOf(row[1]) }));
}

/** Marks current versions of routines invalid because something they use is gone. Runs inside the caller's transaction. @throws EngineError. */
export function markInvalid(place: CatalogPlace, dependants: readonly Dependant[], reason: string): void {
  for (const dependant of dependants) {
    if (dependant.kind !== "procedure" && dependant.kind !== "function") continue;
    writeRows(
      place.connection,
      `UPDATE ${storedTable("routine_versions")} SET status = 'invalid', diagnostics = ?
        WHERE routine_id = ? AND version = (SELECT current_version FROM ${storedTable("routines")} WHERE routine_id = ?)`,
      [JSON.stringify([{ severity: "error", message: reason }]), dependant.id, dependant.id],
    );
  }
  bumpEpoch(place);
}

/** "procedure a, trigger b", for messages. */
export function printDependants(dependants: readonly Dependant[]): string {
  return dependants.map((dependant) => `${dependant.kind} ${dependant.name}`).join(", ");
}
