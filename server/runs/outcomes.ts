// What the end of a run calls for: its outcomes in the order in which their actions fire, and which of them must be noted until they have fired.
import type { ScheduleDefinition } from "../scheduler/types.ts";
import { TIMEOUT_CODE } from "./retry.ts";
import type { LiveRun } from "./live-run.ts";
import { readRun } from "./reads.ts";
import type { FireOn, RunState } from "./types.ts";
import type { RunWorld } from "./world.ts";

/** Outcomes of a run that ended in a state. */
export function outcomesOf(state: RunState, errorCode: string | undefined): readonly FireOn[] {
  const outcomes: FireOn[] = [];
  if (state === "completed") outcomes.push("on_success");
  if (errorCode === TIMEOUT_CODE) outcomes.push("on_timeout");
  if (state === "failed" || state === "orphaned") outcomes.push("on_failure");
  return outcomes;
}

/** Outcomes for which the schedule has actions other than another try. */
export function dueActions(schedule: ScheduleDefinition | undefined, outcomes: readonly FireOn[]): readonly FireOn[] {
  const bindings = schedule?.actions ?? [];
  return outcomes.filter((outcome) =>
    bindings.some(({ fireOn, action }) => fireOn === outcome && action.kind !== "retry"),
  );
}

/** Fires what is bound to the end of a run that is recorded, and takes the notes away. */
export async function fireOutcomes(
  world: RunWorld,
  run: LiveRun,
  outcomes: readonly FireOn[],
  due: readonly FireOn[],
): Promise<void> {
  if (run.schedule === undefined || !(await isStillOurs(world, run))) return;
  for (const outcome of outcomes) {
    await world.fire(outcome, run);
    if (!due.includes(outcome)) continue;
    // What was done is recorded before it counts as done.
    await world.recorder.flush();
    await world.store.write("actionsFired", { runId: run.owner.runId, fireOn: outcome });
  }
}

/** False when another process took the run while this one was held up: then its end, and what is bound to it, is the other's business. */
async function isStillOurs(world: RunWorld, run: LiveRun): Promise<boolean> {
  const row = await world.store.read((connection) => readRun(connection, run.owner.runId));
  run.lost = row?.instanceId !== run.owner.instanceId || row.fencing !== run.owner.fencing;
  return !run.lost;
}
