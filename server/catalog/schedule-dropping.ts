// Dropping schedules. Dropping marks: the name is free again, and the history stays until retention takes it, or goes at once when the user says so.
// The row of a schedule goes with the last of its runs. Everything runs inside the caller's transaction.
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { readRows, writeRows } from "../sql/rows.ts";
import { storedTable, timestampText, type CatalogPlace } from "./schema.ts";

/** Marks a schedule as dropped: it fires no more, its name is free, its runs stay. @throws EngineError. */
export function markScheduleDropped(place: CatalogPlace, id: string): void {
  const at = timestampText(place.nowMicros());
  writeRows(
    place.connection,
    `UPDATE ${storedTable("schedules")} SET dropped_at = ?, modified_at = ?, enabled = 0, name = name || ' (dropped ' || schedule_id || ')' WHERE schedule_id = ?`,
    [at, at, id],
  );
}

/** Deletes the ended runs of a dropped schedule with all that hangs on them, and then the schedule itself when no run is left; gives the number of runs. @throws EngineError. */
export function deleteScheduleHistory(place: CatalogPlace, id: string): number {
  const deleted = writeRows(
    place.connection,
    `DELETE FROM ${storedTable("runs")} WHERE schedule_id = ? AND completed_at IS NOT NULL`,
    [id],
  );
  forgetSchedules(place.connection, "schedule_id = ?", [id]);
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
