// Writes of what the end of a run calls for: noted with the end, taken away when the actions were fired, taken over from a process that is gone.
import type { Connection } from "../../../storage/engine.ts";
import { storedTable } from "../../catalog/schema.ts";
import { writeRows } from "../../sql/rows.ts";
import type { FireOn } from "../types.ts";
import { FINAL_LIST, type RunOwner, type RunPatch, timeText } from "./rows.ts";

const DUE = storedTable("due_actions");
const RUNS = storedTable("runs");

/** Notes what a run's end calls for, in the transaction of the end. */
export function addDueActions(connection: Connection, runId: string, patch: RunPatch): void {
  for (const fireOn of patch.dueActions ?? [])
    writeRows(connection, `INSERT INTO ${DUE} (run_id, fire_on, due_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, [
      runId,
      fireOn,
      timeText(patch.completedAt ?? 0),
    ]);
}

/** The actions of an outcome were fired, and what they did is recorded. @throws EngineError. */
export function actionsFired(
  connection: Connection,
  { runId, fireOn }: { readonly runId: string; readonly fireOn: FireOn },
): void {
  writeRows(connection, `DELETE FROM ${DUE} WHERE run_id = ? AND fire_on = ?`, [runId, fireOn]);
}

/** Takes an ended run over, to fire what its process has left. False: somebody else was first. @throws EngineError. */
export function takeActions(
  connection: Connection,
  { owner, instanceId }: { readonly owner: RunOwner; readonly instanceId: string },
): boolean {
  const sql = `UPDATE ${RUNS} SET instance_id = ?, fencing = coalesce(fencing, 0) + 1
    WHERE run_id = ? AND coalesce(instance_id, '') = ? AND coalesce(fencing, 0) = ? AND status IN (${FINAL_LIST})`;
  return writeRows(connection, sql, [instanceId, owner.runId, owner.instanceId, owner.fencing]) > 0;
}
