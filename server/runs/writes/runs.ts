// Writes to runs, their attempts, transitions, logs and steps. Each function is one step that is done whole or not at all: its caller holds the transaction.
// Only the owner of a run (instance and fencing number) can change it; what a process writes that lost the run meanwhile has no effect.
import { required } from "../../../base/failure.ts";
import type { Connection } from "../../../storage/engine.ts";
import type { ConfigValue } from "../../catalog/config-values.ts";
import { storedTable } from "../../catalog/schema.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../../sql/rows.ts";
import type { RunRequest, RunState, RunStatus } from "../types.ts";
import { holdsLease } from "./leases.ts";
import {
  addTransition,
  ATTEMPTS,
  lastTransition,
  LOGS,
  moveOn,
  OWNED,
  ownerValues,
  patchRun,
  RUNS,
} from "./changes.ts";
import { dataText, isFinal, type Lease, msOf, optionalNumber, optionalText, type RunOwner, timeText } from "./rows.ts";

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
  /** The user who asked for it; undefined: the owner of the mount, or no person. A run of neither schedule nor pipeline has his rights. */
  readonly userId?: string | undefined;
}

/** What enqueueing did: `exists`: a run of this dedupe key is there; `tooDeep`: the chain of kick-offs is too long; `fenced`: the lease is lost. */
export type EnqueueOutcome = "new" | "exists" | "tooDeep" | "fenced";

/** Writes the row of a run with its first transition. @throws EngineError. */
export function enqueue(connection: Connection, input: EnqueueInput): EnqueueOutcome {
  const { request } = input;
  if (input.lease !== undefined && !holdsLease(connection, input.lease)) return "fenced";
  if (request.parentRunId !== undefined && chainDepth(connection, request.parentRunId) > input.chainDepthMax)
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
    user_id: input.userId ?? null,
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
  const set = `UPDATE ${RUNS} SET instance_id = NULL, heartbeat_at = NULL`;
  // The sign keeps SQLite from going through all runs that wait instead of those that are named.
  if (input.runIds !== undefined)
    return writeRows(
      connection,
      `${set} WHERE run_id IN (SELECT value FROM json_each(?)) AND instance_id = ? AND +status IN ('pending', 'retrying')`,
      [JSON.stringify(input.runIds), input.instanceId],
    );
  return writeRows(connection, `${set} WHERE instance_id = ? AND status IN ('pending', 'retrying')`, [
    input.instanceId,
  ]);
}
