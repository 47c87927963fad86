// Writes of what happened around runs: violations, executed actions, steps of pipelines, letters that could not be delivered, retention, skipped occurrences.
import type { Value } from "../../../base/value/value.ts";
import type { Connection } from "../../../storage/engine.ts";
import type { ConfigValue } from "../../catalog/config-values.ts";
import { deleteEndedHistory, forgetSchedules } from "../../catalog/schedule-dropping.ts";
import { storedTable } from "../../catalog/schema.ts";
import { insertRow, readRows, writeRows } from "../../sql/rows.ts";
import type { FireOn, Violation } from "../types.ts";
import { dataText, FINAL_LIST, timeText, type RunOwner, type RunUpdate } from "./rows.ts";
import { recordRuns } from "./attempts.ts";

const RUNS = storedTable("runs");

/** A violation as it is recorded. */
export interface ViolationRow {
  readonly violation: Violation;
  readonly runId: string;
  readonly attempt: number;
  readonly setId: string | undefined;
  readonly at: number;
  readonly actionTaken?: string;
}

/** Records violations. Replaying changes nothing. @throws EngineError. */
export function recordViolations(connection: Connection, rows: readonly ViolationRow[]): void {
  for (const { violation, runId, attempt, setId, at, actionTaken } of rows)
    writeRows(
      connection,
      `INSERT INTO ${storedTable("constraint_violations")} (id, run_id, attempt, constraint_type_id, constraint_set_id, violation_time, action_taken, details)
        SELECT ?, run_id, ?, ?, (SELECT id FROM ${storedTable("constraint_sets")} WHERE id = ?), ?, ?, ? FROM ${RUNS} WHERE run_id = ? ON CONFLICT DO NOTHING`,
      [
        violation.id,
        attempt,
        violation.typeId,
        setId ?? null,
        timeText(at),
        actionTaken ?? null,
        JSON.stringify({
          message: violation.message,
          currentValue: violation.currentValue,
          threshold: violation.threshold,
          ...(violation.webhookResponse === undefined ? {} : { webhookResponse: violation.webhookResponse }),
        }),
        runId,
      ],
    );
}

/** An executed action. */
export interface ActionRunRow {
  readonly id: string;
  readonly runId: string;
  readonly scheduleActionId: string | undefined;
  readonly actionTypeId: number;
  readonly fireOn: FireOn;
  readonly violationId: string | undefined;
  readonly at: number;
  readonly durationMs: number | undefined;
  readonly success: boolean;
  readonly error: string | undefined;
  readonly details: ConfigValue;
}

/** Records executed actions. Replaying changes nothing. @throws EngineError. */
export function recordActions(connection: Connection, rows: readonly ActionRunRow[]): void {
  for (const row of rows)
    writeRows(
      connection,
      `INSERT INTO ${storedTable("action_runs")} (id, run_id, schedule_action_id, action_type_id, fire_on, constraint_violation_id, executed_at, duration_ms, success, error, details)
        SELECT ?, run_id, ?, ?, ?, (SELECT id FROM ${storedTable("constraint_violations")} WHERE id = ?), ?, ?, ?, ?, ? FROM ${RUNS} WHERE run_id = ? ON CONFLICT DO NOTHING`,
      [
        row.id,
        row.scheduleActionId ?? null,
        row.actionTypeId,
        row.fireOn,
        row.violationId ?? null,
        timeText(row.at),
        row.durationMs ?? null,
        row.success,
        row.error ?? null,
        dataText(row.details),
        row.runId,
      ],
    );
}

/** Records that a step of a pipeline has begun. @throws EngineError. */
export function stepStarted(
  connection: Connection,
  input: {
    readonly runId: string;
    readonly attempt: number;
    readonly stepNo: number;
    readonly name: string;
    readonly at: number;
  },
): void {
  writeRows(
    connection,
    `INSERT INTO ${storedTable("run_steps")} (run_id, attempt, step_no, name, status, started_at) VALUES (?, ?, ?, ?, 'running', ?)
      ON CONFLICT (run_id, attempt, step_no) DO NOTHING`,
    [input.runId, input.attempt, input.stepNo, input.name, timeText(input.at)],
  );
}

/**
 * Marks a step as done, inside the transaction that holds its work. False: the run belongs to somebody else by now. @throws EngineError.
 */
export function commitStep(
  connection: Connection,
  input: { readonly owner: RunOwner; readonly attempt: number; readonly stepNo: number; readonly at: number },
): boolean {
  const { owner } = input;
  const owned = readRows(
    connection,
    `SELECT 1 FROM ${RUNS} WHERE run_id = ? AND instance_id = ? AND fencing = ? AND status = 'running'`,
    [owner.runId, owner.instanceId, owner.fencing],
  );
  if (owned.length === 0) return false;
  writeRows(
    connection,
    `UPDATE ${storedTable("run_steps")} SET status = 'completed', completed_at = ? WHERE run_id = ? AND attempt = ? AND step_no = ?`,
    [timeText(input.at), owner.runId, input.attempt, input.stepNo],
  );
  return true;
}

/** How a step ended; `skipped` steps need not have begun. */
export interface StepEnd {
  readonly runId: string;
  readonly attempt: number;
  readonly stepNo: number;
  readonly name: string;
  readonly at: number;
  readonly status: "completed" | "failed" | "skipped" | "cancelled";
  readonly rowCount: number | undefined;
  readonly error: string | undefined;
  readonly result: ConfigValue;
}

/** Records how a step of a pipeline ended. Replaying changes nothing. @throws EngineError. */
export function stepEnded(connection: Connection, step: StepEnd): void {
  const values: readonly Value[] = [
    step.status,
    timeText(step.at),
    step.rowCount ?? null,
    step.error ?? null,
    dataText(step.result),
  ];
  writeRows(
    connection,
    `INSERT INTO ${storedTable("run_steps")} (run_id, attempt, step_no, name, status, completed_at, row_count, error, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (run_id, attempt, step_no) DO UPDATE SET status = excluded.status, completed_at = excluded.completed_at, row_count = excluded.row_count, error = excluded.error, result = excluded.result`,
    [step.runId, step.attempt, step.stepNo, step.name, ...values],
  );
}

/** Something that could not be written or delivered, with all it carried. */
export interface DeadLetter {
  readonly at: number;
  readonly component: string;
  readonly message: ConfigValue;
  readonly error: string;
}

/** Keeps what failed for good. @throws EngineError. */
export function deadLetter(connection: Connection, letter: DeadLetter): void {
  insertRow(connection, storedTable("dead_letters"), {
    at: timeText(letter.at),
    component: letter.component,
    message: JSON.stringify(letter.message),
    error: letter.error,
  });
}

/** Marks a dead letter as dealt with. @throws EngineError. */
export function resolveLetter(connection: Connection, input: { readonly seq: number; readonly at: number }): void {
  writeRows(connection, `UPDATE ${storedTable("dead_letters")} SET resolved_at = ? WHERE seq = ?`, [
    timeText(input.at),
    input.seq,
  ]);
}

/** The next occurrence of a schedule that has not started will be skipped; one more with each call. @throws EngineError. */
export function skipNext(connection: Connection, input: { readonly scheduleId: string }): void {
  writeRows(connection, `UPDATE ${storedTable("schedules")} SET skip_next = skip_next + 1 WHERE schedule_id = ?`, [
    input.scheduleId,
  ]);
}

/** What one step of retention deletes at most. */
export interface PurgeInput {
  readonly what: "runs" | "logs";
  readonly olderThan: number;
  readonly rowsMax: number;
  /** Newest runs of each schedule that always stay, unless it was dropped. */
  readonly keepPerSchedule: number;
}

/** Deletes the oldest ended runs with all that hangs on them, or the oldest log lines; gives the number of rows. @throws EngineError. */
export function purge(connection: Connection, input: PurgeInput): number {
  if (input.what === "logs")
    return writeRows(
      connection,
      `DELETE FROM ${storedTable("run_logs")} WHERE rowid IN (SELECT l.rowid FROM ${storedTable("run_logs")} l JOIN ${RUNS} r ON r.run_id = l.run_id
        WHERE l.at < ? AND r.status IN (${FINAL_LIST}) LIMIT CAST(? AS INTEGER))`,
      [timeText(input.olderThan), input.rowsMax],
    );
  // Processes that ended long ago; their runs keep their names.
  writeRows(connection, `DELETE FROM ${storedTable("instances")} WHERE state = 'stopped' AND heartbeat_at < ?`, [
    timeText(input.olderThan),
  ]);
  const deleted = writeRows(
    connection,
    `DELETE FROM ${RUNS} WHERE run_id IN (SELECT run_id FROM (
        SELECT run_id, schedule_id, status, completed_at, row_number() OVER (PARTITION BY schedule_id ORDER BY scheduled_at DESC, run_id DESC) AS place FROM ${RUNS})
      WHERE completed_at < ? AND status IN (${FINAL_LIST}) AND (schedule_id IS NULL OR place > ? OR schedule_id IN (SELECT schedule_id FROM ${storedTable("schedules")} WHERE dropped_at IS NOT NULL))
      LIMIT CAST(? AS INTEGER))`,
    [timeText(input.olderThan), input.keepPerSchedule, input.rowsMax],
  );
  forgetSchedules(connection, "dropped_at < ?", [timeText(input.olderThan)]);
  return deleted + deleteEndedHistory(connection, input.rowsMax - deleted);
}

/**
 * Uses up one occurrence to be skipped and ends the run as skipped, in one step. False: none is to be skipped, nothing was written.
 * @throws EngineError.
 */
export function takeSkip(
  connection: Connection,
  input: { readonly scheduleId: string; readonly ended: RunUpdate },
): boolean {
  const taken = writeRows(
    connection,
    `UPDATE ${storedTable("schedules")} SET skip_next = skip_next - 1 WHERE schedule_id = ? AND skip_next > 0`,
    [input.scheduleId],
  );
  if (taken > 0) recordRuns(connection, [input.ended]);
  return taken > 0;
}
