// Parts that the writes of runs share: transitions, and changes of the rows of a run and of an attempt. They only work inside a write of the table.
import type { Value } from "../../../base/value/value.ts";
import type { Connection } from "../../../storage/engine.ts";
import { storedTable } from "../../catalog/schema.ts";
import { numberOf, readRows, writeRows } from "../../sql/rows.ts";
import type { RunState } from "../types.ts";
import { addDueActions } from "./due-actions.ts";
import {
  dataText,
  isFinal,
  optionalText,
  type AttemptPatch,
  type RunOwner,
  type RunPatch,
  timeText,
  type Transition,
} from "./rows.ts";

/** Tables of runs. */
export const RUNS = storedTable("runs");
export const ATTEMPTS = storedTable("run_attempts");
export const LOGS = storedTable("run_logs");
const TRANSITIONS = storedTable("run_transitions");
const SCHEDULES = storedTable("schedules");

/** The condition that a run belongs to an owner; its values are `ownerValues`. */
export const OWNED = "run_id = ? AND instance_id = ? AND fencing = ?";

/** Values of `OWNED`. */
export function ownerValues(owner: RunOwner): readonly Value[] {
  return [owner.runId, owner.instanceId, owner.fencing];
}

/** Adds a transition; one that is there already stays. */
export function addTransition(connection: Connection, runId: string, transition: Transition): void {
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

/** The last transition of a run: its number, and the state it led to. */
export function lastTransition(
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
export function moveOn(
  connection: Connection,
  runId: string,
  attempt: number,
  step: { readonly to: RunState; readonly at: number; readonly reason?: string },
): void {
  const last = lastTransition(connection, runId);
  addTransition(connection, runId, { ...step, seq: last.seq + 1, attempt, from: last.state });
}

/** Ends an attempt. */
export function endAttempt(connection: Connection, runId: string, attempt: number, patch: AttemptPatch): void {
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

/** Changes the row of a run. */
export function patchRun(connection: Connection, runId: string, patch: RunPatch): void {
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
  if (patch.status === undefined || !isFinal(patch.status)) return;
  addDueActions(connection, runId, patch);
  writeRows(
    connection,
    `UPDATE ${SCHEDULES} SET last_run_id = ? WHERE schedule_id = (SELECT schedule_id FROM ${RUNS} WHERE run_id = ?)`,
    [runId, runId],
  );
}
