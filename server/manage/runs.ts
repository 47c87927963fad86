// Management statements about runs: RUN SCHEDULE, RUN PROCEDURE, RUN PIPELINE, CANCEL RUN, SCHEDULE HISTORY, SHOW RUN. What they write goes through the table of run writes,
// inside the statement's transaction: a run that was asked for in a transaction that is undone was never asked for.
import { jsonText } from "../../base/value/json.ts";
import { parseTimestamp, printTimestamp } from "../../base/value/temporal.ts";
import { Timestamp, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import { newId } from "../catalog/identifiers.ts";
import { findObject } from "../catalog/objects.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import { ensureCatalog, storedTable } from "../catalog/schema.ts";
import { readRun } from "../runs/reads.ts";
import { writeNow } from "../runs/store.ts";
import { findRoutines } from "../catalog/routines.ts";
import { runTrigger } from "./run-trigger.ts";
import type { RunRequest } from "../runs/types.ts";
import { EXECUTOR_SETTINGS } from "../runs/world.ts";
import { occurrenceRequests } from "../scheduler/requests.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { relativeTime } from "../../base/relative-time.ts";
import { refuseUnknownArguments } from "./run-arguments.ts";
import {
  argumentOf,
  noSuchObject,
  optionalText,
  shortName,
  tableFromRows,
  textField,
  type ManageVerb,
  type ManageWorld,
} from "./world.ts";

/** RUN SCHEDULE s, RUN PROCEDURE p [WITH {…}] [AT moment], RUN PIPELINE p [FROM step] [AT moment]: asks for runs and gives their ids. They start after the commit, or at their moment. */
export const run: ManageVerb = (world, form, args) => {
  const what = textField(form, "what");
  const name = shortName(textField(form, "name"));
  const withValue = argumentOf(form, args, "with");
  if (what === "trigger") {
    if (argumentOf(form, args, "at") !== undefined)
      throw trap("WrongArguments", "RUN TRIGGER fires at once; AT is for schedules, procedures and pipelines.");
    return runTrigger(world, name, withValue);
  }
  const given = argumentsOf(withValue);
  const scheduledAt = momentOf(argumentOf(form, args, "at")) ?? world.nowMicros() / 1000;
  return askForRuns(
    world,
    scheduledAt,
    requestsFor(world, what, name, { given, scheduledAt, fromStep: optionalText(form, "from") }),
  );
};

function requestsFor(world: ManageWorld, what: string, name: string, asked: Asked): readonly RunRequest[] {
  if (what !== "pipeline" && asked.fromStep !== undefined)
    throw trap("WrongArguments", `FROM names a step of a pipeline; a ${what} has none.`);
  switch (what) {
    case "pipeline":
      return [pipelineRequest(world, name, asked)];
    case "procedure":
      return [procedureRequest(world, name, asked)];
    default:
      return scheduleRequests(world, name, asked);
  }
}

/** Writes the rows of runs and gives their ids. */
export function askForRuns(world: ManageWorld, scheduledAt: number, requests: readonly RunRequest[]): Value {
  const at = world.nowMicros() / 1000;
  ensureCatalog(world.place);
  const userId = world.authority?.actingUser() || undefined;
  const ids = requests.map((request) => {
    const id = newId(at);
    writeNow(world.connection, "enqueue", { id, request, at, chainDepthMax: EXECUTOR_SETTINGS.chainDepthMax, userId });
    return id;
  });
  // One for a later moment is for whoever runs the schedules then.
  if (scheduledAt <= at) world.runsAsked(ids);
  return tableFromRows(
    ["run_id", "calls"],
    ids.map((id, index) => [id, requests[index]?.target.name ?? null]),
  );
}

/** Milliseconds since 1970 of AT; undefined: at once. @throws Trap WrongArguments. */
export function momentOf(value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const moment = typeof value === "string" ? parseTimestamp(value) : value;
  if (moment instanceof Timestamp) return Number(moment.micros) / 1000;
  throw trap("WrongArguments", "AT takes a timestamp, for example AT timestamp '2026-01-31 12:00:00'.");
}

/** What differs between runs that are asked for. */
interface Asked {
  readonly given: Arguments | undefined;
  readonly scheduledAt: number;
  readonly fromStep?: string | undefined;
}

type Arguments = Readonly<Record<string, ConfigValue>>;

function argumentsOf(value: Value | undefined): Arguments | undefined {
  if (value === undefined || value === null) return undefined;
  const data = JSON.parse(jsonText(value)) as ConfigValue;
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw trap("WrongArguments", "WITH takes values by name, for example WITH {day: '2026-01-31'}.");
  return data as Arguments;
}

function scheduleRequests(world: ManageWorld, name: string, { given, scheduledAt }: Asked): readonly RunRequest[] {
  const [schedule] = world.hasCatalog() ? readSchedules(world.connection, name) : [];
  if (schedule === undefined) return noSuchObject("schedule", name);
  if (!schedule.manualAllowed)
    throw trap("PermissionDenied", `Schedule ${schedule.name} may not be run by hand: manual_allowed is false.`);
  refuseFields(schedule, given);
  for (const target of schedule.targets)
    refuseUnknownArguments(world, target, given, `, which schedule ${schedule.name} runs,`);
  const requests = occurrenceRequests(schedule, {
    kind: "manual",
    scheduledAt,
    once: false,
    ...(given === undefined ? {} : { args: { ...known(schedule.args), ...given } }),
  });
  if (requests.length === 0)
    throw trap(
      "NoSuchRoutine",
      `Schedule ${schedule.name} names nothing to run: give it call: '…', or a procedure sched: ['${schedule.name}'].`,
    );
  return requests;
}

/** A run of a procedure that no schedule asks for. */
function procedureRequest(world: ManageWorld, name: string, { given, scheduledAt }: Asked): RunRequest {
  const found = world.hasCatalog() ? findRoutines(world.connection, name) : [];
  const procedure = found.find(({ kind }) => kind === "procedure");
  if (procedure === undefined) return noSuchObject("procedure", name);
  const target = { kind: "procedure", name: procedure.name } as const;
  refuseUnknownArguments(world, target, given, "");
  return { kind: "manual", target, scheduleId: undefined, args: given ?? {}, scheduledAt, priority: PRIORITY };
}

function known(args: ConfigValue): Arguments {
  return typeof args === "object" && args !== null && !Array.isArray(args) ? (args as Arguments) : {};
}

function refuseFields(schedule: ScheduleDefinition, given: Arguments | undefined): void {
  const { manualFields } = schedule;
  if (manualFields === undefined) return;
  const refused = Object.keys(given ?? {}).filter((field) => !manualFields.includes(field));
  if (refused.length === 0) return;
  const allowed = manualFields.length === 0 ? "it takes none" : `it takes ${manualFields.join(", ")}`;
  throw trap("WrongArguments", `RUN SCHEDULE ${schedule.name} cannot set ${refused.join(", ")}; ${allowed}.`);
}

const PRIORITY = 5;

function pipelineRequest(world: ManageWorld, name: string, { given, scheduledAt, fromStep }: Asked): RunRequest {
  const pipeline = world.hasCatalog() ? findObject(world.connection, "pipeline", name) : undefined;
  if (pipeline === undefined) return noSuchObject("pipeline", name);
  if (!pipeline.enabled)
    throw trap("ObjectDisabled", `Pipeline ${name} is disabled; ENABLE PIPELINE ${name} lets it run.`);
  refuseUnknownArguments(world, { kind: "pipeline", name }, given, "");
  if (fromStep !== undefined) {
    const steps = readRows(
      world.connection,
      `SELECT s.name FROM ${storedTable("pipeline_steps")} s JOIN ${storedTable("pipelines")} p ON p.pipeline_id = s.pipeline_id AND p.current_version = s.version WHERE p.pipeline_id = ?`,
      [pipeline.id],
    ).map((row) => textOf(row[0]).toLowerCase());
    if (!steps.includes(fromStep.toLowerCase())) noSuchObject(`step of pipeline ${name}`, fromStep);
  }
  return {
    kind: "manual",
    target: { kind: "pipeline", name },
    scheduleId: undefined,
    args: null,
    scheduledAt,
    priority: PRIORITY,
    ...(fromStep === undefined ? {} : { fromStep }),
  };
}

/** CANCEL RUN id: ends a run that has not begun at once; the process that has it ends another within moments. */
export const cancelRun: ManageVerb = (world, form, args) => {
  const id = String(argumentOf(form, args, "run") ?? "");
  if (world.cancelJob(id)) return null;
  const asked = world.hasCatalog()
    ? writeNow(world.connection, "requestCancel", { runId: id, at: world.nowMicros() / 1000, code: "cancelled" })
    : "unknown";
  if (asked === "unknown") return noSuchObject("run", id);
  if (asked === "ended") {
    const found = readRun(world.connection, id);
    throw trap(
      "RunEnded",
      `Run ${id} has ended (${found?.status ?? ""}${found?.error === undefined ? "" : `: ${found.error}`}).`,
    );
  }
  if (asked === "requested") world.output.notice(`Run ${id} is told to end.`);
  return null;
};

const HISTORY_COLUMNS = [
  "schedule",
  "run_id",
  "kind",
  "status",
  "attempt",
  "scheduled_at",
  "started_at",
  "completed_at",
  "error_code",
  "error",
] as const;

/** SCHEDULE HISTORY [s] [LIMIT n]: the runs that schedules started, newest first. */
export const history: ManageVerb = (world, form, args) => {
  const name = optionalText(form, "name");
  if (
    name !== undefined &&
    (!world.hasCatalog() || findObject(world.connection, "schedule", shortName(name)) === undefined)
  )
    noSuchObject("schedule", name);
  if (!world.hasCatalog()) return tableFromRows([...HISTORY_COLUMNS], []);
  const limit = argumentOf(form, args, "limit") ?? -1;
  const sql = `SELECT s.name, n.run_id, n.kind, n.status, n.attempt, n.scheduled_at, n.started_at, n.completed_at, n.error_code, coalesce(n.error, n.skip_reason)
    FROM ${storedTable("runs")} n JOIN ${storedTable("schedules")} s ON s.schedule_id = n.schedule_id
    ${name === undefined ? "" : "WHERE s.name = ? COLLATE NOCASE"} ORDER BY n.scheduled_at DESC, n.run_id DESC LIMIT CAST(? AS INTEGER)`;
  const rows = readRows(world.connection, sql, name === undefined ? [limit] : [shortName(name), limit]);
  return tableFromRows([...HISTORY_COLUMNS], rows);
};

const RUN_ROWS_MAX = 1000;

/** Columns of LIST RUNS. */
export const RUN_COLUMNS = [
  "run_id",
  "kind",
  "schedule",
  "calls",
  "status",
  "attempt",
  "scheduled_at",
  "started_at",
  "completed_at",
  "error",
] as const;

/** The newest runs, oldest of them first. The catalog must exist. @throws EngineError. */
export function listedRuns(world: ManageWorld): readonly (readonly Value[])[] {
  const sql = `SELECT n.run_id, n.kind, s.name, coalesce(json_extract(n.target, '$.name'), r.name), n.status, n.attempt, n.scheduled_at, n.started_at, n.completed_at,
      coalesce(n.error, n.skip_reason)
    FROM ${storedTable("runs")} n LEFT JOIN ${storedTable("schedules")} s ON s.schedule_id = n.schedule_id LEFT JOIN ${storedTable("routines")} r ON r.routine_id = n.routine_id
    ORDER BY n.scheduled_at DESC, n.run_id DESC LIMIT ${RUN_ROWS_MAX}`;
  return [...readRows(world.connection, sql)].reverse();
}

/** SHOW RUN 'id': what is known of a run, its attempts and its log, one fact per row. */
export function showRun(world: ManageWorld, id: string): Value {
  const found = world.hasCatalog() ? readRun(world.connection, id) : undefined;
  if (found === undefined) return noSuchObject("run", id);
  const nowMs = world.nowMicros() / 1000;
  const time = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : `${clockText(at)} (${relativeTime(at, nowMs)})`;
  const [more] = readRows(
    world.connection,
    `SELECT s.name, n.max_attempts, n.result, n.behind_schedule FROM ${storedTable("runs")} n LEFT JOIN ${storedTable("schedules")} s ON s.schedule_id = n.schedule_id WHERE n.run_id = ?`,
    [id],
  );
  const took =
    found.startedAt === undefined || found.completedAt === undefined ? undefined : found.completedAt - found.startedAt;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["run_id", found.id],
    ["kind", found.kind],
    ["schedule", more?.[0] === null ? undefined : textOf(more?.[0])],
    ["calls", `${found.target.kind} ${found.target.name}`],
    ["args", found.args === null ? undefined : JSON.stringify(found.args)],
    ["parent_run", found.parentRunId],
    ["status", `${found.status}${more?.[3] === true ? ", behind schedule" : ""}`],
    ["attempt", `${found.attempt} of ${textOf(more?.[1])}`],
    ["scheduled_at", time(found.scheduledAt)],
    ["started_at", time(found.startedAt)],
    ["completed_at", time(found.completedAt)],
    ["took", took === undefined ? undefined : `${Math.round(took)} ms`],
    ["error", found.error === undefined ? found.errorCode : `${found.errorCode ?? ""}: ${found.error}`],
    ["skipped", found.skipReason],
    ["result", more?.[2] === null || more?.[2] === undefined ? undefined : jsonText(more[2])],
  ];
  const rows = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  return tableFromRows(["what", "value"], [...rows, ...attemptRows(world, id), ...logRows(world, id)]);
}

function clockText(atMs: number): string {
  return printTimestamp(new Timestamp(Math.round(atMs * 1000)))
    .replace("T", " ")
    .replace("Z", "");
}

function attemptRows(world: ManageWorld, id: string): readonly (readonly [string, string])[] {
  const sql = `SELECT attempt, status, started_at, error_code, error FROM ${storedTable("run_attempts")} WHERE run_id = ? ORDER BY attempt`;
  return readRows(world.connection, sql, [id]).map((row) => {
    const error = row[3] === null ? "" : `: ${textOf(row[3])}${row[4] === null ? "" : ` ${textOf(row[4])}`}`;
    const at = row[2] instanceof Timestamp ? `${printTimestamp(row[2]).replace("T", " ").replace("Z", "")} ` : "";
    return [`attempt ${textOf(row[0])}`, `${at}${textOf(row[1])}${error}`];
  });
}

function logRows(world: ManageWorld, id: string): readonly (readonly [string, string])[] {
  const sql = `SELECT at, level, message FROM ${storedTable("run_logs")} WHERE run_id = ? ORDER BY seq`;
  return readRows(world.connection, sql, [id]).map((row) => [
    "log",
    `${row[0] instanceof Timestamp ? printTimestamp(row[0]).replace("T", " ").replace("Z", "") : ""} ${textOf(row[1])} ${textOf(row[2])}`,
  ]);
}
