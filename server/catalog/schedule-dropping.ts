// Dropping schedules. The name is free at once. DROP SCHEDULE takes the runs with all that hangs on them along (IT-81); what is at work or has actions to fire goes
// when that is done, and then the schedule's row. A cron text that no routine names any more keeps its runs until retention takes them: nobody dropped anything.
// Everything runs inside the caller's transaction.
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { numberOf, readRows, writeRows } from "../sql/rows.ts";
import { storedTable, timestampText, type CatalogPlace } from "./schema.ts";

/** `dropped`: the runs stay as long as others do; `deleted`: they go as soon as they have ended. */
type How = "dropped" | "deleted";

/** Takes a schedule's name: it fires no more. @throws EngineError. */
export function markScheduleDropped(place: CatalogPlace, id: string, how: How): void {
  const at = timestampText(place.nowMicros());
  writeRows(
    place.connection,
    `UPDATE ${storedTable("schedules")} SET dropped_at = ?, modified_at = ?, enabled = 0, name = name || ' (${how} ' || schedule_id || ')' WHERE schedule_id = ?`,
    [at, at, id],
  );
}

/** Schedules whose runs go with them. */
const DELETED = `SELECT schedule_id FROM ${storedTable("schedules")} WHERE dropped_at IS NOT NULL AND name LIKE '% (deleted ' || schedule_id || ')'`;

/** Runs of which nothing is left to be done. */
const DONE = `completed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${storedTable("due_actions")} a WHERE a.run_id = r.run_id)
  AND NOT EXISTS (SELECT 1 FROM ${storedTable("webhook_deliveries")} w WHERE w.run_id = r.run_id AND w.next_attempt_at IS NOT NULL)`;

/** What went with a schedule, and what still has to end. */
export interface DeletedHistory {
  readonly deleted: number;
  readonly left: number;
}

/** Deletes the runs of a deleted schedule: those that wait and nobody has, and those that are done; then the schedule itself when none is left. @throws EngineError. */
export function deleteScheduleHistory(place: CatalogPlace, id: string): DeletedHistory {
  const { connection } = place;
  const runs = storedTable("runs");
  const deleted = writeRows(
    connection,
    `DELETE FROM ${runs} WHERE run_id IN (SELECT run_id FROM ${runs} r WHERE schedule_id = ? AND ((status IN ('pending', 'retrying') AND instance_id IS NULL) OR (${DONE})))`,
    [id],
  );
  const [row] = readRows(connection, `SELECT count(*) FROM ${runs} WHERE schedule_id = ?`, [id]);
  forgetSchedules(connection, "schedule_id = ?", [id]);
  return { deleted, left: numberOf(row?.[0]) };
}

/** Deletes runs of deleted schedules that are done by now, at most `rowsMax`, and those schedules without any; gives the number of runs. @throws EngineError. */
export function deleteEndedHistory(connection: Connection, rowsMax: number): number {
  const runs = storedTable("runs");
  const deleted = writeRows(
    connection,
    `DELETE FROM ${runs} WHERE run_id IN (SELECT run_id FROM ${runs} r WHERE schedule_id IN (${DELETED}) AND ${DONE} LIMIT CAST(? AS INTEGER))`,
    [rowsMax],
  );
  forgetSchedules(connection, `schedule_id IN (${DELETED})`, []);
  return deleted;
}

/** Deletes those dropped schedules of a condition that have no runs any more, with their constraints and actions. @throws EngineError. */
export function forgetSchedules(connection: Connection, condition: string, parameters: readonly Value[]): void {
  const schedules = storedTable("schedules");
  const rows = readRows(
    connection,
    `SELECT s.schedule_id, s.constraint_set_id FROM ${schedules} s WHERE s.dropped_at IS NOT NULL AND s.${condition}
      AND NOT EXISTS (SELECT 1 FROM ${storedTable("runs")} r WHERE r.schedule_id = s.schedule_id)`,
    parameters,
  );
  for (const [id, setId] of rows) {
    writeRows(
      connection,
      `DELETE FROM ${storedTable("actions")} WHERE id IN (SELECT action_id FROM ${storedTable("schedule_actions")} WHERE schedule_id = ?)`,
      [id ?? null],
    );
    writeRows(connection, `DELETE FROM ${schedules} WHERE schedule_id = ?`, [id ?? null]);
    writeRows(connection, `DELETE FROM ${storedTable("constraint_sets")} WHERE id = ?`, [setId ?? null]);
  }
}
