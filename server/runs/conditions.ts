// The conditions of a run before an attempt: asks the checker, records what was not met, fires the actions that are bound to it.
import type { ScheduleDefinition } from "../scheduler/types.ts";
import { isWanted, logOwn, move, recordViolation, unlessCancelled, type LiveRun } from "./live-run.ts";
import { LATE, within } from "./deadline.ts";
import type { ConstraintDecision } from "./types.ts";
import type { RunWorld } from "./world.ts";

/** Error of a check that could not be made. */
const CHECK_FAILED = "constraint_error";

/** What follows from the conditions. A run that was cancelled meanwhile may proceed: its next step sees it. */
export type Conditions =
  | { readonly kind: "proceed" }
  | { readonly kind: "wait" }
  | {
      readonly kind: "end";
      readonly state: "skipped" | "failed";
      readonly reason: string | undefined;
      readonly code: string | undefined;
    };

const PROCEED: Conditions = { kind: "proceed" };

/** True when a schedule has anything that is to be asked before an attempt. */
function hasConditions(schedule: ScheduleDefinition, attempt: number): boolean {
  const { constraints } = schedule;
  const again = constraints.recheckOnRetry.length > 0 || constraints.registered.some((each) => each.recheckOnRetry);
  if (attempt > 1 && !again) return false;
  return (
    constraints.maxConcurrentRuns !== undefined ||
    constraints.preRunHook !== undefined ||
    constraints.requirePreviousSuccess !== undefined ||
    constraints.maxRunsPerHour !== undefined ||
    constraints.registered.length > 0
  );
}

/** Asks the constraints before an attempt (from 1). Leaves the run in a state from which it may start, end or ask again. */
export async function checkConditions(world: RunWorld, run: LiveRun, attempt: number): Promise<Conditions> {
  const { schedule } = run;
  const asked = run.state !== "pending" && run.state !== "retrying";
  const needed = schedule !== undefined && hasConditions(schedule, attempt);
  if (!needed && !asked) {
    if (run.state === "retrying") await move(world, run, "pending");
    return PROCEED;
  }
  const startedMs = world.clock.monotonicMs();
  if (run.state !== "condition_pending") await move(world, run, "condition_pending");
  await move(world, run, "condition_running");
  if (schedule === undefined || !needed) return PROCEED;
  const decision = await unlessCancelled(run, ask(world, run, schedule, attempt));
  run.times.constraints += world.clock.monotonicMs() - startedMs;
  return decision === undefined ? PROCEED : follow(world, run, decision, asked);
}

/** The checker's answer; one that cannot be given, or not in time, is closed or open as the schedule says. */
async function ask(
  world: RunWorld,
  run: LiveRun,
  schedule: ScheduleDefinition,
  attempt: number,
): Promise<ConstraintDecision> {
  // What has ended must be in the database before it is counted.
  await world.recorder.flush();
  let problem: string;
  try {
    const answer = await within(
      world.clock,
      world.settings.checkMaxMs,
      world.checker.before(run.row, schedule, attempt),
    );
    if (answer !== LATE) return answer;
    problem = "there was no answer in time";
  } catch (error) {
    problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  await logOwn(world, run, "error", `The constraints could not be checked: ${problem}`);
  return schedule.constraints.failMode === "open"
    ? { kind: "proceed", checked: 0 }
    : { kind: "fail", code: CHECK_FAILED, violations: [] };
}

async function follow(
  world: RunWorld,
  run: LiveRun,
  decision: ConstraintDecision,
  asked: boolean,
): Promise<Conditions> {
  if (decision.kind === "proceed") {
    run.times.checked += decision.checked;
    return PROCEED;
  }
  // A run that waits for a place is asked again and again: its violation is told once.
  const violations = decision.kind === "wait" && asked ? [] : decision.violations;
  if (violations.length > 0) {
    await move(world, run, "action_pending");
    await move(world, run, "action_running");
    for (const violation of violations) {
      await recordViolation(world, run, violation, ACTIONS_TAKEN[decision.kind]);
      await unlessCancelled(run, world.fire("on_violation", run, violation));
    }
  }
  if (!isWanted(run)) return PROCEED;
  switch (decision.kind) {
    case "skip":
      return { kind: "end", state: "skipped", reason: decision.reason, code: undefined };
    case "fail":
      return { kind: "end", state: "failed", reason: undefined, code: decision.code };
    case "wait":
      return { kind: "wait" };
    case "replace":
      await unlessCancelled(run, world.cancelAndWait(decision.cancel, "replaced"));
      return PROCEED;
  }
}

const ACTIONS_TAKEN: Readonly<Record<Exclude<ConstraintDecision["kind"], "proceed">, string>> = {
  skip: "skipped",
  fail: "failed",
  wait: "queued",
  replace: "replaced",
};
