// Questions to the tables of runs. They only read; every write is a row of writes/table.ts.
import type { Value } from "../../base/value/value.ts";
import { durationMs, sizeBytes } from "../../base/quantity.ts";
import type { Connection } from "../../storage/engine.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import { storedTable } from "../catalog/schema.ts";
import { numberOf, readRows, textOf } from "../sql/rows.ts";
import type { FireOn, RunKind, RunRow, RunStatus, RunTarget, Task } from "./types.ts";
import { dataOf, msOf, optionalNumber, optionalText, timeText, type Lease } from "./writes/rows.ts";

const COLUMNS = `run_id, kind, schedule_id, parent_run_id, target, args, scheduled_at, started_at, completed_at, status, error_code, error, skip_reason,
  attempt, priority, instance_id, fencing, heartbeat_at, cancel_requested_at`;

/** Where a run is stored what it calls. */
interface StoredTarget extends RunTarget {
  readonly fromStep?: string;
  readonly notBefore?: number;
}

function runOf(row: readonly Value[]): RunRow {
  const stored = (dataOf(row[4]) ?? { kind: "procedure", name: "" }) as unknown as StoredTarget;
  const { fromStep, notBefore, ...target } = stored;
  return {
    id: textOf(row[0]),
    kind: textOf(row[1]) as RunKind,
    scheduleId: optionalText(row[2]),
    parentRunId: optionalText(row[3]),
    target,
    args: dataOf(row[5]),
    scheduledAt: msOf(row[6]) ?? 0,
    startedAt: msOf(row[7]),
    completedAt: msOf(row[8]),
    status: textOf(row[9]) as RunStatus,
    errorCode: optionalText(row[10]),
    error: optionalText(row[11]),
    skipReason: optionalText(row[12]),
    attempt: numberOf(row[13]),
    priority: numberOf(row[14]),
    instanceId: optionalText(row[15]),
    fencing: optionalNumber(row[16]),
    heartbeatAt: msOf(row[17]),
    cancelRequestedAt: msOf(row[18]),
    fromStep,
    notBefore,
  };
}

/** One run. @throws EngineError. */
export function readRun(connection: Connection, runId: string): RunRow | undefined {
  const [row] = readRows(connection, `SELECT ${COLUMNS} FROM ${storedTable("runs")} WHERE run_id = ?`, [runId]);
  return row === undefined ? undefined : runOf(row);
}

/** Ended runs with actions that have not all been fired, and for which outcomes; those of one process left out. @throws EngineError. */
export function readDueActions(
  connection: Connection,
  without: string,
): readonly { readonly run: RunRow; readonly fireOn: FireOn }[] {
  const sql = `SELECT run_id, fire_on FROM ${storedTable("due_actions")} ORDER BY due_at, run_id, rowid`;
  return readRows(connection, sql, []).flatMap((row) => {
    const run = readRun(connection, textOf(row[0]));
    return run === undefined || run.instanceId === without ? [] : [{ run, fireOn: textOf(row[1]) as FireOn }];
  });
}

/** Bindings whose actions are recorded for an outcome of a run. @throws EngineError. */
export function readFiredBindings(connection: Connection, runId: string, fireOn: FireOn): ReadonlySet<string> {
  const sql = `SELECT schedule_action_id FROM ${storedTable("action_runs")} WHERE run_id = ? AND fire_on = ? AND schedule_action_id IS NOT NULL`;
  return new Set(readRows(connection, sql, [runId, fireOn]).map((row) => textOf(row[0])));
}

/** Runs for moments up to `untilMs` that wait and that nobody has taken, by time; those of attempts that may not start yet too. @throws EngineError. */
export function readWaiting(connection: Connection, untilMs: number, limit: number): readonly RunRow[] {
  const sql = `SELECT ${COLUMNS} FROM ${storedTable("runs")} WHERE status IN ('pending', 'retrying') AND instance_id IS NULL AND scheduled_at <= ?
    ORDER BY scheduled_at, run_id LIMIT CAST(? AS INTEGER)`;
  return readRows(connection, sql, [timeText(untilMs), limit]).map(runOf);
}

/** Runs that have not ended and belong to another process. @throws EngineError. */
export function readTaken(connection: Connection, instanceId: string): readonly RunRow[] {
  const sql = `SELECT ${COLUMNS} FROM ${storedTable("runs")} WHERE status IN ('pending', 'running', 'retrying') AND instance_id IS NOT NULL AND instance_id <> ? ORDER BY run_id`;
  return readRows(connection, sql, [instanceId]).map(runOf);
}

/** Runs of a process whose end somebody asked for. @throws EngineError. */
export function readCancelRequests(
  connection: Connection,
  instanceId: string,
): readonly { readonly runId: string; readonly code: string }[] {
  const sql = `SELECT run_id, coalesce(error_code, 'cancelled') FROM ${storedTable("runs")}
    WHERE instance_id = ? AND cancel_requested_at IS NOT NULL AND status IN ('pending', 'running', 'retrying')`;
  return readRows(connection, sql, [instanceId]).map((row) => ({ runId: textOf(row[0]), code: textOf(row[1]) }));
}

/** A process of the list. */
export interface InstanceState {
  readonly instanceId: string;
  readonly hostname: string;
  readonly pid: number;
  readonly heartbeatAt: number;
  readonly state: string;
}

/** Processes that have not ended. @throws EngineError. */
export function readInstances(connection: Connection): readonly InstanceState[] {
  const sql = `SELECT instance_id, hostname, pid, heartbeat_at, state FROM ${storedTable("instances")} WHERE state <> 'stopped' ORDER BY instance_id`;
  return readRows(connection, sql).map((row) => ({
    instanceId: textOf(row[0]),
    hostname: textOf(row[1]),
    pid: numberOf(row[2]),
    heartbeatAt: msOf(row[3]) ?? 0,
    state: textOf(row[4]),
  }));
}

/** The lease of a name with the time until which its holder has it; undefined when nobody has. @throws EngineError. */
export function readLease(connection: Connection, name: string): (Lease & { readonly expiresAt: number }) | undefined {
  const [row] = readRows(
    connection,
    `SELECT name, holder, fencing, expires_at FROM ${storedTable("leases")} WHERE name = ? AND holder <> ''`,
    [name],
  );
  return row === undefined
    ? undefined
    : { name: textOf(row[0]), holder: textOf(row[1]), fencing: numberOf(row[2]), expiresAt: msOf(row[3]) ?? 0 };
}

/** A step of a run as it is recorded. */
export interface StepRow {
  readonly name: string;
  readonly status: string;
  readonly result: ConfigValue;
}

const STEPS = storedTable("run_steps");

/** Steps of a run, each as its last attempt left it. @throws EngineError. */
export function readSteps(connection: Connection, runId: string): readonly StepRow[] {
  const sql = `SELECT s.name, s.status, s.result FROM ${STEPS} s WHERE s.run_id = ?
    AND s.attempt = (SELECT max(l.attempt) FROM ${STEPS} l WHERE l.run_id = s.run_id AND l.step_no = s.step_no) ORDER BY s.step_no`;
  return readRows(connection, sql, [runId]).map((row) => ({
    name: textOf(row[0]),
    status: textOf(row[1]),
    result: dataOf(row[2]),
  }));
}

/** Steps of the newest run of a pipeline that has any, without the run in hand. @throws EngineError. */
export function readStepsBefore(connection: Connection, pipelineId: string, runId: string): readonly StepRow[] {
  const sql = `SELECT r.run_id FROM ${storedTable("runs")} r WHERE r.pipeline_id = ? AND r.run_id <> ?
    AND EXISTS (SELECT 1 FROM ${STEPS} s WHERE s.run_id = r.run_id) ORDER BY r.scheduled_at DESC, r.run_id DESC LIMIT 1`;
  const [row] = readRows(connection, sql, [pipelineId, runId]);
  return row === undefined ? [] : readSteps(connection, textOf(row[0]));
}

/** True when a firing of an asynchronous trigger is due. @throws EngineError. */
export function hasDueFirings(connection: Connection, nowMs: number): boolean {
  const sql = `SELECT 1 FROM ${storedTable("trigger_outbox")} WHERE next_attempt_at IS NULL OR next_attempt_at <= ? LIMIT 1`;
  return readRows(connection, sql, [timeText(nowMs)]).length > 0;
}

/** What a routine's metadata says about its runs. */
export interface RoutineSettings {
  readonly retries: number | undefined;
  readonly limits: Task["limits"];
}

/** Settings of what a run calls; nothing set for pipelines, bodies and unknown routines. @throws EngineError. */
export function readRoutineSettings(connection: Connection, target: RunTarget): RoutineSettings {
  if (target.kind !== "procedure" && target.kind !== "function") return { retries: undefined, limits: {} };
  const [row] = readRows(
    connection,
    `SELECT v.model_config FROM ${storedTable("routines")} r JOIN ${storedTable("routine_versions")} v ON v.routine_id = r.routine_id AND v.version = coalesce(?, r.current_version)
      WHERE r.name = ? COLLATE NOCASE AND r.kind = ? AND r.receiver_type = ''`,
    [target.version ?? null, target.name, target.kind],
  );
  const config = recordOf(dataOf(row?.[0]));
  const limits = recordOf(config["limits"]);
  const timeoutMs = durationOf(config["timeout"]);
  const memoryBytesMax = sizeOf(limits["memory"]);
  const fuelMax = numberIn(limits["fuel"]);
  const rowsMax = numberIn(limits["rows"]);
  return {
    retries: numberIn(config["retries"]),
    limits: {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
      ...(fuelMax === undefined ? {} : { fuelMax }),
      ...(rowsMax === undefined ? {} : { rowsMax }),
    },
  };
}

function recordOf(data: ConfigValue | undefined): Readonly<Record<string, ConfigValue>> {
  return typeof data === "object" && data !== null && !Array.isArray(data)
    ? (data as Readonly<Record<string, ConfigValue>>)
    : {};
}

function numberIn(data: ConfigValue | undefined): number | undefined {
  return typeof data === "number" ? data : undefined;
}

function durationOf(data: ConfigValue | undefined): number | undefined {
  return typeof data === "string" ? durationMs(data) : undefined;
}

function sizeOf(data: ConfigValue | undefined): number | undefined {
  return typeof data === "number" ? data : typeof data === "string" ? sizeBytes(data) : undefined;
}

/** Status of an attempt, as its work's commit may have marked it. @throws EngineError. */
export function readAttemptStatus(connection: Connection, runId: string, attempt: number): string | undefined {
  const [row] = readRows(
    connection,
    `SELECT status FROM ${storedTable("run_attempts")} WHERE run_id = ? AND attempt = ?`,
    [runId, attempt],
  );
  return optionalText(row?.[0]);
}
