// Writes to runs, their attempts, transitions, logs and steps. Each function is one step that is done whole or not at all: its caller holds the transaction.
// Only the owner of a run (instance and fencing number) can change it; what a process writes that lost the run meanwhile has no effect.
import { required } from "../../../base/failure.ts";
import type { Value } from "../../../base/value/value.ts";
import type { Connection } from "../../../storage/engine.ts";
import type { ConfigValue } from "../../catalog/config-values.ts";
import { storedTable } from "../../catalog/schema.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../../sql/rows.ts";
import type { RunRequest, RunState, RunStatus } from "../types.ts";
import { holdsLease } from "./leases.ts";
import {
  dataText,
  FINAL_LIST,
  isFinal,
  msOf,
  optionalNumber,
  optionalText,
  type AttemptPatch,
  type Lease,
  type RunOwner,
  type RunPatch,
  type RunUpdate,
  timeText,
  type Transition,
} from "./rows.ts";

const RUNS = storedTable("runs");
const ATTEMPTS = storedTable("run_attempts");
const TRANSITIONS = storedTable("run_transitions");
const LOGS = storedTable("run_logs");
const SCHEDULES = storedTable("schedules");

const OWNED = "run_id = ? AND instance_id = ? AND fencing = ?";

function ownerValues(owner: RunOwner): readonly Value[] {
  return [owner.runId, owner.instanceId, owner.fencing];
}

/** A request that becomes a row, in state prerun. */
export interface EnqueueInput {
  readonly id: string;
  readonly request: RunRequest;
  readonly at: number;
  /** Who takes the run at once; undefined leaves it to whoever runs the schedules. */
  readonly instanceId?: string | undefined;
  /** Given by a process that acts by a lease: nothing is written when it lost it. */
  readonly lease?: Lease | undefined;
  /** Kick-offs in a chain. */
  readonly chainDepthMax: number;
  readonly lane?: string;
}

/** What enqueueing did: `exists`: a run of this dedupe key is there; `tooDeep`: the chain of kick-offs is too long; `fenced`: the lease is lost. */
export type EnqueueOutcome = "new" | "exists" | "tooDeep" | "fenced";

/** Writes the row of a run with its first transition. @throws EngineError. */
export function enqueue(connection: Connection, input: EnqueueInput): EnqueueOutcome {
  const { request } = input;
  if (input.lease !== undefined && !holdsLease(connection, input.lease)) return "fenced";
  if (request.parentRunId !== undefined && chainDepth(connection, request.parentRunId) >= input.chainDepthMax)
    return "tooDeep";
  if (request.dedupeKey !== undefined && exists(connection, request.dedupeKey)) return "exists";
  const routine = routineOf(connection, request);
  insertRow(connection, RUNS, {
    run_id: input.id,
    kind: request.kind,
    schedule_id: request.scheduleId ?? null,
    routine_id: routine.routineId,
    routine_version: request.target.version ?? routine.version,
    pipeline_id: routine.pipelineId,
    trigger_id: request.triggerId ?? null,
    parent_run_id: request.parentRunId ?? null,
    scheduled_at: timeText(request.scheduledAt),
    enqueued_at: timeText(input.at),
    status: "pending",
    behind_schedule: false,
    attempt: 0,
    max_attempts: 1,
    priority: request.priority,
    lane: input.lane ?? "slow",
    args: dataText(request.args),
    // What a run calls is kept with it: a schedule may change before it runs.
    target: JSON.stringify({
      ...request.target,
      ...(request.fromStep === undefined ? {} : { fromStep: request.fromStep }),
      ...(request.notBefore === undefined ? {} : { notBefore: request.notBefore }),
    }),
    dedupe_key: request.dedupeKey ?? null,
    instance_id: input.instanceId ?? null,
    fencing: input.instanceId === undefined ? null : 1,
    heartbeat_at: input.instanceId === undefined ? null : timeText(input.at),
  });
  addTransition(connection, input.id, { seq: 1, attempt: 0, from: undefined, to: "prerun", at: input.at });
  return "new";
}

function exists(connection: Connection, dedupeKey: string): boolean {
  return readRows(connection, `SELECT 1 FROM ${RUNS} WHERE dedupe_key = ?`, [dedupeKey]).length > 0;
}

function chainDepth(connection: Connection, parentRunId: string): number {
  const sql = `WITH RECURSIVE chain (id, depth) AS (SELECT ?, 1 UNION ALL
    SELECT r.parent_run_id, c.depth + 1 FROM chain c JOIN ${RUNS} r ON r.run_id = c.id WHERE r.parent_run_id IS NOT NULL AND c.depth < 1000)
    SELECT max(depth) FROM chain`;
  return numberOf(readRows(connection, sql, [parentRunId])[0]?.[0]);
}

/** Ids of what a run calls, where it is stored. */
function routineOf(
  connection: Connection,
  request: RunRequest,
): { readonly routineId: string | null; readonly version: number | null; readonly pipelineId: string | null } {
  const { kind, name } = request.target;
  if (kind === "pipeline") {
    const [row] = readRows(
      connection,
      `SELECT pipeline_id FROM ${storedTable("pipelines")} WHERE name = ? COLLATE NOCASE`,
      [name],
    );
    return { routineId: null, version: null, pipelineId: optionalText(row?.[0]) ?? null };
  }
  const [row] = readRows(
    connection,
    `SELECT routine_id, current_version FROM ${storedTable("routines")} WHERE name = ? COLLATE NOCASE AND kind = ? AND receiver_type = ''`,
    [name, kind === "function" ? "function" : "procedure"],
  );
  return { routineId: optionalText(row?.[0]) ?? null, version: optionalNumber(row?.[1]) ?? null, pipelineId: null };
}

function addTransition(connection: Connection, runId: string, transition: Transition): void {
  writeRows(
    connection,
    `INSERT INTO ${TRANSITIONS} (run_id, seq, attempt, from_state, to_state, at, reason) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [
      runId,
      transition.seq,
      transition.attempt,
      transition.from ?? null,
      transition.to,
      timeText(transition.at),
      transition.reason ?? null,
    ],
  );
}

function lastTransition(
  connection: Connection,
  runId: string,
): { readonly seq: number; readonly state: RunState | undefined } {
  const [row] = readRows(
    connection,
    `SELECT seq, to_state FROM ${TRANSITIONS} WHERE run_id = ? ORDER BY seq DESC LIMIT 1`,
    [runId],
  );
  return { seq: numberOf(row?.[0]), state: optionalText(row?.[1]) as RunState | undefined };
}

/** Adds a transition from whatever the run's last state is. */
function moveOn(
  connection: Connection,
  runId: string,
  attempt: number,
  step: { readonly to: RunState; readonly at: number; readonly reason?: string },
): void {
  const last = lastTransition(connection, runId);
  addTransition(connection, runId, { ...step, seq: last.seq + 1, attempt, from: last.state });
}

/** A run as its new owner found it. */
export interface ClaimedRun {
  readonly fencing: number;
  /** Numbers of the last transition and the last log line. */
  readonly seq: number;
  readonly logSeq: number;
  readonly state: RunState;
  /** When the next attempt may start, after a failed one. */
  readonly retryAt: number | undefined;
}

/** Takes a run that nobody has; undefined when somebody else was first, it has ended, or the lease is lost. @throws EngineError. */
export function claim(
  connection: Connection,
  input: {
    readonly runId: string;
    readonly instanceId: string;
    readonly at: number;
    readonly lease?: Lease | undefined;
  },
): ClaimedRun | undefined {
  if (input.lease !== undefined && !holdsLease(connection, input.lease)) return undefined;
  const taken = writeRows(
    connection,
    `UPDATE ${RUNS} SET instance_id = ?, fencing = coalesce(fencing, 0) + 1, heartbeat_at = ?
      WHERE run_id = ? AND status IN ('pending', 'retrying') AND instance_id IS NULL`,
    [input.instanceId, timeText(input.at), input.runId],
  );
  if (taken === 0) return undefined;
  const [row] = readRows(
    connection,
    `SELECT r.fencing, (SELECT max(seq) FROM ${LOGS} l WHERE l.run_id = r.run_id), a.completed_at, a.retry_delay_ms
      FROM ${RUNS} r LEFT JOIN ${ATTEMPTS} a ON a.run_id = r.run_id AND a.attempt = r.attempt WHERE r.run_id = ?`,
    [input.runId],
  );
  const last = lastTransition(connection, input.runId);
  const endedAt = msOf(row?.[2]);
  return {
    fencing: numberOf(row?.[0]),
    seq: last.seq,
    logSeq: numberOf(row?.[1]),
    state: required(last.state, "the state of a run that is taken"),
    retryAt: endedAt === undefined ? undefined : endedAt + numberOf(row?.[3]),
  };
}

/** The start of an attempt. */
export interface BeginAttemptInput {
  readonly owner: RunOwner;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly at: number;
  readonly worker: string;
  /** Everything since the last recorded state, up to `starting`. */
  readonly transitions: readonly Transition[];
  /** Most runs of the schedule at one time; counted here once more, because two processes may have asked at the same moment. */
  readonly concurrency?: { readonly scheduleId: string; readonly max: number } | undefined;
}

/** `full`: as many runs as allowed are running; nothing was written. `lost`: somebody else has the run now, or it was cancelled. */
export type BeginOutcome = "begun" | "full" | "lost";

/** Writes that an attempt starts, before any of its work is done. @throws EngineError. */
export function beginAttempt(connection: Connection, input: BeginAttemptInput): BeginOutcome {
  const { owner, concurrency } = input;
  if (concurrency !== undefined && runningOf(connection, concurrency.scheduleId, owner.runId).length >= concurrency.max)
    return "full";
  const changed = writeRows(
    connection,
    `UPDATE ${RUNS} SET status = 'running', attempt = ?, max_attempts = ?, started_at = coalesce(started_at, ?), heartbeat_at = ?
      WHERE ${OWNED} AND status IN ('pending', 'retrying') AND cancel_requested_at IS NULL`,
    [input.attempt, input.maxAttempts, timeText(input.at), timeText(input.at), ...ownerValues(owner)],
  );
  if (changed === 0) return "lost";
  insertRow(connection, ATTEMPTS, {
    run_id: owner.runId,
    attempt: input.attempt,
    status: "running",
    started_at: timeText(input.at),
    worker: input.worker,
  });
  for (const transition of input.transitions) addTransition(connection, owner.runId, transition);
  return "begun";
}

/** Ids of the runs of a schedule that are at work or between two attempts, oldest first, without one of them. @throws EngineError. */
export function runningOf(connection: Connection, scheduleId: string, without: string): readonly string[] {
  const sql = `SELECT run_id FROM ${RUNS} WHERE schedule_id = ? AND status IN ('running', 'retrying') AND run_id <> ? ORDER BY started_at, run_id`;
  return readRows(connection, sql, [scheduleId, without]).map((row) => textOf(row[0]));
}

/**
 * Marks an attempt as done, inside the transaction that holds its work: either both are there after a crash, or neither.
 * Gives false when the run belongs to somebody else by now: the work must then be undone. @throws EngineError.
 */
export function commitAttempt(
  connection: Connection,
  input: { readonly owner: RunOwner; readonly attempt: number; readonly at: number },
): boolean {
  const owned = readRows(connection, `SELECT 1 FROM ${RUNS} WHERE ${OWNED} AND attempt = ? AND status = 'running'`, [
    ...ownerValues(input.owner),
    input.attempt,
  ]);
  if (owned.length === 0) return false;
  writeRows(
    connection,
    `UPDATE ${ATTEMPTS} SET status = 'completed', completed_at = ? WHERE run_id = ? AND attempt = ?`,
    [timeText(input.at), input.owner.runId, input.attempt],
  );
  return true;
}

/** Writes what the recorder gathered. Replayed or late messages change nothing that is newer. @throws EngineError. */
export function recordRuns(connection: Connection, updates: readonly RunUpdate[]): void {
  for (const update of updates) recordRun(connection, update);
}

function recordRun(connection: Connection, update: RunUpdate): void {
  const { owner } = update;
  const [row] = readRows(connection, `SELECT status FROM ${RUNS} WHERE ${OWNED}`, ownerValues(owner));
  if (row === undefined) return;
  for (const line of update.logs ?? [])
    writeRows(
      connection,
      `INSERT INTO ${LOGS} (run_id, seq, attempt, at, level, message) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      [owner.runId, line.seq, update.attempt, timeText(line.at), line.level, line.message],
    );
  if (isFinal(textOf(row[0]) as RunStatus)) return;
  const transitions = update.transitions ?? [];
  const newest = transitions.at(-1)?.seq;
  const late = newest !== undefined && lastTransition(connection, owner.runId).seq > newest;
  for (const transition of transitions) addTransition(connection, owner.runId, transition);
  if (update.attemptRow !== undefined) endAttempt(connection, owner.runId, update.attempt, update.attemptRow);
  if (update.run !== undefined && !late) patchRun(connection, owner.runId, update.run);
}

function endAttempt(connection: Connection, runId: string, attempt: number, patch: AttemptPatch): void {
  writeRows(
    connection,
    `UPDATE ${ATTEMPTS} SET status = ?, completed_at = ?, error_code = ?, error = ?, retry_delay_ms = ?, metrics = ? WHERE run_id = ? AND attempt = ?`,
    [
      patch.status,
      timeText(patch.completedAt),
      patch.errorCode ?? null,
      patch.error ?? null,
      patch.retryDelayMs ?? null,
      dataText(patch.metrics),
      runId,
      attempt,
    ],
  );
}

function patchRun(connection: Connection, runId: string, patch: RunPatch): void {
  const set: Record<string, Value> = {};
  if (patch.status !== undefined) {
    set["status"] = patch.status;
    if (isFinal(patch.status)) set["success"] = patch.status === "completed";
  }
  if (patch.attempt !== undefined) set["attempt"] = patch.attempt;
  if (patch.maxAttempts !== undefined) set["max_attempts"] = patch.maxAttempts;
  if (patch.startedAt !== undefined) set["started_at"] = timeText(patch.startedAt);
  if (patch.completedAt !== undefined) set["completed_at"] = timeText(patch.completedAt);
  if ("errorCode" in patch) set["error_code"] = patch.errorCode ?? null;
  if ("error" in patch) set["error"] = patch.error ?? null;
  if (patch.skipReason !== undefined) set["skip_reason"] = patch.skipReason;
  if (patch.behindSchedule !== undefined) set["behind_schedule"] = patch.behindSchedule;
  if (patch.result !== undefined) set["result"] = dataText(patch.result);
  const columns = Object.keys(set);
  if (columns.length === 0) return;
  writeRows(connection, `UPDATE ${RUNS} SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE run_id = ?`, [
    ...Object.values(set),
    runId,
  ]);
  if (patch.status !== undefined && isFinal(patch.status))
    writeRows(
      connection,
      `UPDATE ${SCHEDULES} SET last_run_id = ? WHERE schedule_id = (SELECT schedule_id FROM ${RUNS} WHERE run_id = ?)`,
      [runId, runId],
    );
}

/** Puts other arguments into a run that has not left prerun. False: it has. @throws EngineError. */
export function replaceArgs(
  connection: Connection,
  input: { readonly owner: RunOwner; readonly args: ConfigValue; readonly priority: number },
): boolean {
  const sql = `UPDATE ${RUNS} SET args = ?, priority = ? WHERE ${OWNED} AND status = 'pending' AND attempt = 0`;
  return writeRows(connection, sql, [dataText(input.args), input.priority, ...ownerValues(input.owner)]) > 0;
}

/**
 * Asks for the end of a run. One that nobody has taken is cancelled here and now; for others the process that has it sees the request.
 * @throws EngineError.
 */
export function requestCancel(
  connection: Connection,
  input: { readonly runId: string; readonly at: number; readonly code: string; readonly reason?: string },
): "cancelled" | "requested" | "ended" | "unknown" {
  const [row] = readRows(connection, `SELECT status, instance_id, attempt FROM ${RUNS} WHERE run_id = ?`, [
    input.runId,
  ]);
  if (row === undefined) return "unknown";
  if (isFinal(textOf(row[0]) as RunStatus)) return "ended";
  writeRows(
    connection,
    `UPDATE ${RUNS} SET cancel_requested_at = coalesce(cancel_requested_at, ?), error_code = coalesce(error_code, ?) WHERE run_id = ?`,
    [timeText(input.at), input.code, input.runId],
  );
  if (row[1] !== null) return "requested";
  const attempt = numberOf(row[2]);
  moveOn(connection, input.runId, attempt, { to: "cancelled", at: input.at, reason: input.reason ?? input.code });
  patchRun(connection, input.runId, { status: "cancelled", completedAt: input.at });
  return "cancelled";
}

/** Gives back the runs of a process that is gone and that had not begun an attempt, so that another takes them. Gives their number. @throws EngineError. */
export function releaseWaiting(
  connection: Connection,
  input: { readonly instanceId: string; readonly runIds?: readonly string[] },
): number {
  const only = input.runIds === undefined ? "" : ` AND run_id IN (SELECT value FROM json_each(?))`;
  return writeRows(
    connection,
    `UPDATE ${RUNS} SET instance_id = NULL, heartbeat_at = NULL WHERE instance_id = ? AND status IN ('pending', 'retrying')${only}`,
    [input.instanceId, ...(input.runIds === undefined ? [] : [JSON.stringify(input.runIds)])],
  );
}

/** A run whose process was lost. */
export interface OrphanInput {
  readonly owner: RunOwner;
  readonly attempt: number;
  readonly at: number;
  readonly message: string;
  /** True: attempts are left, the run waits for its next one. */
  readonly retry: boolean;
}

/**
 * Ends or retries a run whose process was lost. A run whose work was committed is completed instead. `gone`: its process has written meanwhile.
 * The fencing number grows, so that a late process writes nothing any more. @throws EngineError.
 */
export function orphan(
  connection: Connection,
  input: OrphanInput,
): "completed" | "retrying" | "orphaned" | "cancelled" | "gone" {
  const { owner, at } = input;
  const [row] = readRows(
    connection,
    `SELECT a.status, r.cancel_requested_at, a.completed_at FROM ${RUNS} r LEFT JOIN ${ATTEMPTS} a ON a.run_id = r.run_id AND a.attempt = r.attempt
      WHERE r.run_id = ? AND r.instance_id = ? AND r.fencing = ? AND r.status NOT IN (${FINAL_LIST})`,
    ownerValues(owner),
  );
  if (row === undefined) return "gone";
  writeRows(
    connection,
    `UPDATE ${RUNS} SET fencing = fencing + 1, instance_id = NULL, heartbeat_at = NULL WHERE run_id = ?`,
    [owner.runId],
  );
  if (row[0] === "completed") {
    moveOn(connection, owner.runId, input.attempt, { to: "terminating", at, reason: "process lost" });
    moveOn(connection, owner.runId, input.attempt, { to: "completed", at, reason: "work was committed" });
    patchRun(connection, owner.runId, { status: "completed", completedAt: at });
    return "completed";
  }
  const cancelled = row[1] !== null;
  endAttempt(connection, owner.runId, input.attempt, {
    status: "orphaned",
    completedAt: at,
    errorCode: "orphaned",
    error: input.message,
  });
  if (cancelled) {
    moveOn(connection, owner.runId, input.attempt, { to: "cancelled", at, reason: "process lost" });
    patchRun(connection, owner.runId, { status: "cancelled", completedAt: at });
    return "cancelled";
  }
  if (input.retry) {
    moveOn(connection, owner.runId, input.attempt, { to: "terminating", at, reason: "orphaned" });
    moveOn(connection, owner.runId, input.attempt, { to: "retrying", at, reason: "orphaned" });
    patchRun(connection, owner.runId, { status: "retrying" });
    return "retrying";
  }
  moveOn(connection, owner.runId, input.attempt, { to: "orphaned", at, reason: input.message });
  patchRun(connection, owner.runId, {
    status: "orphaned",
    completedAt: at,
    errorCode: "orphaned",
    error: input.message,
  });
  return "orphaned";
}
