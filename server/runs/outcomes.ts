// What the end of a run calls for: its outcomes in the order in which their actions fire, and which of them must be noted until they have fired.
import type { ScheduleDefinition } from "../scheduler/types.ts";
import { TIMEOUT_CODE } from "./retry.ts";
import type { FireOn, RunState } from "./types.ts";

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
