// The write that ends or retries a run whose process was lost.
import type { Connection } from "../../../storage/engine.ts";
import { readRows, writeRows } from "../../sql/rows.ts";
import type { FireOn, RunState } from "../types.ts";
import { ATTEMPTS, endAttempt, lastTransition, moveOn, ownerValues, patchRun, RUNS } from "./changes.ts";
import { FINAL_LIST, type RunOwner } from "./rows.ts";

/** States between the last one that a lost process recorded and the one that the run gets. */
const BETWEEN: Readonly<Record<"completed" | "retrying", Readonly<Partial<Record<RunState, readonly RunState[]>>>>> = {
  completed: { starting: ["running", "terminating"], running: ["terminating"] },
  retrying: { running: ["terminating"] },
};

/** Goes on from wherever the lost process left the run. */
function moveOver(connection: Connection, input: OrphanInput, to: "completed" | "retrying", reason: string): void {
  const { attempt, at } = input;
  const { state } = lastTransition(connection, input.owner.runId);
  const between = state === undefined ? [] : (BETWEEN[to][state] ?? []);
  for (const each of between) moveOn(connection, input.owner.runId, attempt, { to: each, at, reason: "process lost" });
  moveOn(connection, input.owner.runId, attempt, { to, at, reason });
}

/** A run whose process was lost. */
export interface OrphanInput {
  readonly owner: RunOwner;
  readonly attempt: number;
  readonly at: number;
  readonly message: string;
  /** True: attempts are left, the run waits for its next one. */
  readonly retry: boolean;
  /** Outcomes for which actions are to be fired when the run ends so. */
  readonly dueActions: { readonly completed: readonly FireOn[]; readonly orphaned: readonly FireOn[] };
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
    moveOver(connection, input, "completed", "work was committed");
    patchRun(connection, owner.runId, {
      status: "completed",
      completedAt: at,
      dueActions: input.dueActions.completed,
    });
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
    moveOver(connection, input, "retrying", "orphaned");
    patchRun(connection, owner.runId, { status: "retrying" });
    return "retrying";
  }
  moveOn(connection, owner.runId, input.attempt, { to: "orphaned", at, reason: input.message });
  patchRun(connection, owner.runId, {
    status: "orphaned",
    completedAt: at,
    errorCode: "orphaned",
    error: input.message,
    dueActions: input.dueActions.orphaned,
  });
  return "orphaned";
}
