// LIST and SHOW <plural>: one table per kind of object. Kinds that need the daemon (lanes, other sessions) show what one process has.
import { Timestamp, type Value } from "../../base/value/value.ts";
import type { ObjectKind } from "../../compiler/syntax/tree.ts";
import {
  findRoutines,
  listRoutines,
  type RoutineKind,
  type StoredParameter,
  type StoredRoutine,
} from "../catalog/routines.ts";
import { isScheduleBody } from "../catalog/schedule-bindings.ts";
import { isStepBody } from "../catalog/step-names.ts";
import { timestampText } from "../catalog/schema.ts";
import { isSystemView } from "../catalog/system-views.ts";
import { listTypes } from "../catalog/types.ts";
import { jobError } from "../host/jobs.ts";
import { listRoles, listTokens, listUsers } from "../security/show-grants.ts";
import { type Sees, seesOf } from "../security/visibility.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { textOf } from "../sql/rows.ts";
import { daemonListing } from "./daemon.ts";
import { pipelineRows } from "./pipelines.ts";
import { listSchedules } from "./schedules.ts";
import { TRIGGER_COLUMNS, triggerRows } from "./triggers.ts";
import { listedRuns, RUN_COLUMNS } from "./runs.ts";
import { tableFromRows, textField, type ManageVerb, type ManageWorld } from "./world.ts";

type Listing = (world: ManageWorld) => {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
};

/** `a int, b string = …`; inferred types are marked, so that one sees what was not written. */
export function printParameters(parameters: readonly StoredParameter[]): string {
  return parameters
    .map((parameter) => {
      const mode = parameter.mode === "in" ? "" : `${parameter.mode} `;
      const type =
        parameter.declared === null || parameter.declared === parameter.inferred
          ? parameter.inferred
          : `${parameter.declared} = ${parameter.inferred}`;
      return `${mode}${parameter.name} ${type}${parameter.declared === null ? " (inferred)" : ""}${parameter.hasDefault ? " = …" : ""}`;
    })
    .join(", ");
}

function description(world: ManageWorld, routine: StoredRoutine): Value {
  const config =
    routine.modelConfig === undefined
      ? undefined
      : (JSON.parse(routine.modelConfig) as Readonly<Record<string, unknown>>);
  const written = config?.["description"];
  return typeof written === "string" ? written : (world.docOf(routine)?.split("\n")[0] ?? null);
}

/** Bodies of schedules and of steps are routines too; they are listed with what they belong to. */
function isNamed(routine: StoredRoutine): boolean {
  return !isScheduleBody(routine.name) && !isStepBody(routine.name);
}

function routines(kind: RoutineKind): Listing {
  return (world) => ({
    names: [
      "name",
      ...(kind === "function" ? ["receiver"] : []),
      "parameters",
      "returns",
      "raises",
      "mode",
      "version",
      "status",
      "modified_at",
      "description",
    ],
    rows: (world.hasCatalog() ? listRoutines(world.connection, kind).filter(isNamed) : []).map((routine) => [
      routine.name,
      ...(kind === "function" ? [routine.receiver] : []),
      printParameters(routine.parameters),
      routine.returnType,
      routine.raises.join(", "),
      routine.mode,
      routine.version,
      routine.status,
      routine.modifiedAt,
      description(world, routine),
    ]),
  });
}

function tablesOfKind(kinds: readonly string[]): Listing {
  return (world) => ({
    names: ["schema", "name", "kind", "columns"],
    rows: world.connection
      .introspect()
      .tables.filter(
        (table) => kinds.includes(table.kind) && !table.name.startsWith(CATALOG_PREFIX) && !isSystemView(table.name),
      )
      .map((table) => [table.schema, table.name, table.kind, table.columns.length]),
  });
}

const triggers: Listing = (world) => ({ names: TRIGGER_COLUMNS, rows: triggerRows(world) });

const runs: Listing = (world) => {
  const kept = world.hasCatalog() ? listedRuns(world) : [];
  const stored = new Set(kept.map((row) => row[0]));
  const time = (micros: number | undefined): Value => (micros === undefined ? null : new Timestamp(micros));
  // Asynchronous calls of a database in which nothing was ever stored.
  const inMemory = world
    .jobs()
    .filter((job) => !stored.has(job.id))
    .map((job) => [
      job.id,
      "call",
      null,
      job.routine.code.name,
      job.status,
      job.startedMicros === undefined ? 0 : 1,
      time(job.enqueuedMicros),
      time(job.startedMicros),
      time(job.completedMicros),
      jobError(job)?.message ?? null,
    ]);
  return { names: [...RUN_COLUMNS], rows: [...kept, ...inMemory] };
};

const sessions: Listing = (world) => ({
  names: ["session_id", "database", "state", "connected_at"],
  rows: [
    [
      world.sessionId,
      world.connection.target,
      world.transactions.explicit ? "in transaction" : "idle",
      timestampText(world.startedMicros),
    ],
  ],
});

const indexes: Listing = (world) => ({
  names: ["name", "table"],
  rows: world.connection
    .introspect()
    .otherNames.filter((other) => other.kind === "index" && !other.table.startsWith(CATALOG_PREFIX))
    .map((other) => [other.name, other.table]),
});

const daemonSessions = daemonListing("sessions");

const LISTINGS: Readonly<Record<ObjectKind, Listing>> = {
  procedure: routines("procedure"),
  function: routines("function"),
  trigger: triggers,
  schedule: listSchedules,
  pipeline: pipelineRows,
  run: runs,
  session: (world) => (world.inDaemon ? daemonSessions(world) : sessions(world)),
  lane: daemonListing("lanes"),
  lock: daemonListing("locks"),
  transaction: daemonListing("transactions"),
  table: tablesOfKind(["table", "virtual"]),
  view: tablesOfKind(["view"]),
  index: indexes,
  type: (world) => ({
    names: ["name", "kind"],
    rows: world.hasCatalog() ? listTypes(world.connection).map((type) => [type.name, type.kind]) : [],
  }),
  user: listUsers,
  role: listRoles,
  token: listTokens,
  test: (world) => ({ names: ["name"], rows: world.tests().map((name) => [name]) }),
};

type Row = readonly Value[];

/** Which rows of a list are shown: those of objects that may be used. Other lists ask for a right of their own. */
const SHOWN: Readonly<Partial<Record<ObjectKind, (sees: Sees, row: Row) => boolean>>> = {
  procedure: (sees, [name]) => sees("procedure", textOf(name)),
  function: (sees, [name]) => sees("function", textOf(name)),
  trigger: (sees, [name, , , target]) => sees("trigger", textOf(name)) || sees("table", textOf(target)),
  schedule: (sees, [name]) => sees("schedule", textOf(name)),
  pipeline: (sees, [name]) => sees("pipeline", textOf(name)),
  table: (sees, [schema, name]) => sees("table", `${textOf(schema)}.${textOf(name)}`),
  view: (sees, [schema, name]) => sees("table", `${textOf(schema)}.${textOf(name)}`),
  index: (sees, [, table]) => sees("table", textOf(table)),
};

/** LIST PROCEDURES and its kin. */
export const list: ManageVerb = (world, form) => {
  const what = textField(form, "what") as ObjectKind;
  const { names, rows } = LISTINGS[what](world);
  const isShown = SHOWN[what];
  if (isShown === undefined || world.authority?.limitedTo() === undefined) return tableFromRows(names, rows);
  const sees = seesOf(world.connection, world.authority);
  return tableFromRows(
    names,
    rows.filter((row) => isShown(sees, row)),
  );
};

/** Names and texts of the versions of a routine, newest first, for SHOW PROCEDURE without one. */
export function versionsOf(world: ManageWorld, name: string, version: number | undefined): readonly StoredRoutine[] {
  return world.hasCatalog() ? findRoutines(world.connection, name, version) : [];
}
