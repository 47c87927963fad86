// The life of a run from prerun to its end: waits for its time and its place, asks the constraints, makes attempts until one succeeds or none is left.
import { newId } from "../catalog/identifiers.ts";
import { beginAttempt, waitFor, work } from "./attempt.ts";
import { checkConditions } from "./conditions.ts";
import { LATE, within } from "./deadline.ts";
import {
  isWanted,
  logOwn,
  move,
  movement,
  pause,
  recordViolation,
  unlessCancelled,
  type LiveRun,
  type MoveDetail,
} from "./live-run.ts";
import { readRoutineSettings, readRun, type RoutineSettings } from "./reads.ts";
import { dueActions, fireOutcomes, outcomesOf } from "./outcomes.ts";
import { retryBinding, retryDelay, retryPolicy, TIMEOUT_CODE } from "./retry.ts";
import type { RunState, RunStatus, TaskOutcome, Violation } from "./types.ts";
import type { RunWorld } from "./world.ts";
import { runningOf } from "./writes/attempts.ts";
import { isFinal, type AttemptPatch } from "./writes/rows.ts";

/** Numbers of the retry action and of the constraint of the post-run hook. */
const RETRY_ACTION = 1;
const POST_HOOK = 4;

/** Lives a run to its end, whatever happens. Never throws. */
export async function live(world: RunWorld, run: LiveRun, retryAt: number | undefined): Promise<void> {
  try {
    await fromPrerun(world, run);
    if (!isEnded(run)) await attempts(world, run, retryAt);
    if (isEnded(run) || run.lost) return;
    if (run.giveBack && run.cancelCode === undefined) await giveBack(world, run);
    else await endCancelled(world, run, undefined);
  } catch (error) {
    await afterCrash(world, run, error);
  } finally {
    leaveSlot(world, run);
  }
}

function isEnded(run: LiveRun): boolean {
  return isFinal(run.state as RunStatus);
}

/** Leaves a run that has not begun to whoever runs the schedules next. */
async function giveBack(world: RunWorld, run: LiveRun): Promise<void> {
  await world.recorder.flush();
  const { instanceId, runId } = run.owner;
  await world.store.write("releaseWaiting", { instanceId, runIds: [runId] });
  run.lost = true;
}

/** A bug of ours ends this run and no other. */
async function afterCrash(world: RunWorld, run: LiveRun, error: unknown): Promise<void> {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  world.log("error", `Run ${run.owner.runId} ended by a fault of PL-GRIZZLY: ${stack}`);
  if (isEnded(run) || run.lost) return;
  try {
    await logOwn(world, run, "error", stack);
    if (run.state === "prerun") await move(world, run, "pending");
    await end(world, run, "failed", { errorCode: "InternalError", error: stack.split("\n")[0] ?? "", attempt: true });
  } catch (second) {
    world.log("error", `The end of run ${run.owner.runId} could not be recorded: ${String(second)}`);
  }
}

/** Waits for the run's time. */
async function fromPrerun(world: RunWorld, run: LiveRun): Promise<void> {
  if (run.state !== "prerun") return;
  const { clock, store } = world;
  const dueMs = Math.max(run.row.scheduledAt, run.row.notBefore ?? 0) - clock.nowMs();
  if (dueMs > 0) await pause(run, (wake) => clock.timer(dueMs, wake));
  run.times.prerun = Math.max(0, clock.nowMs() - run.times.createdAt);
  if (!isWanted(run)) return;
  run.schedule = scheduleOf(world, run);
  if (run.schedule !== undefined && run.row.kind === "schedule") {
    const trial = { ...run, recent: [] };
    const ended = movement(world, trial, "skipped", {
      reason: "action",
      run: { skipReason: "action", completedAt: clock.nowMs() },
    });
    const skipped = await store.write("takeSkip", {
      scheduleId: run.schedule.id,
      ended: { owner: run.owner, ...ended },
    });
    if (skipped) return void Object.assign(run, { state: trial.state, seq: trial.seq, row: trial.row });
  }
  await move(world, run, "pending");
}

function scheduleOf(world: RunWorld, run: LiveRun): LiveRun["schedule"] {
  return run.row.scheduleId === undefined ? undefined : world.schedules.byId(run.row.scheduleId);
}

async function attempts(world: RunWorld, run: LiveRun, retryAt: number | undefined): Promise<void> {
  run.schedule = scheduleOf(world, run);
  const settings = await world.store.read((connection) => readRoutineSettings(connection, run.row.target));
  if (run.state === "retrying") await waitFor(world, run, Math.max(0, (retryAt ?? 0) - world.clock.nowMs()));
  let timesFull = 0;
  while (isWanted(run)) {
    await enterSlot(world, run);
    if (!isWanted(run)) return;
    const decision = await checkConditions(world, run, run.attempt + 1);
    if (decision.kind === "end")
      return end(world, run, decision.state, { skipReason: decision.reason, errorCode: decision.code });
    if (decision.kind === "wait") {
      await waitForRoom(world, run);
      continue;
    }
    if (!isWanted(run)) return;
    const begun = await beginAttempt(world, run, settings);
    if (begun === "lost") return afterLoss(world, run);
    if (begun === "full") {
      // Somebody was quicker between the check and the start: the constraints say what follows; where they say nothing, the run waits.
      timesFull += 1;
      if (timesFull > 1) await waitForRoom(world, run);
      continue;
    }
    const again = await oneAttempt(world, run, settings);
    if (!again) return;
  }
}

/** Waits, without a place, until fewer runs of the schedule are at work than may be: only then the constraints are worth asking again. */
async function waitForRoom(world: RunWorld, run: LiveRun): Promise<void> {
  const { runId } = run.owner;
  const scheduleId = run.row.scheduleId ?? "";
  const max = run.schedule?.constraints.maxConcurrentRuns ?? Number.POSITIVE_INFINITY;
  leaveSlot(world, run);
  let running: number;
  do {
    await pause(run, (wake) => world.whenOneEnds(scheduleId, wake));
    running = (await world.store.read((connection) => runningOf(connection, scheduleId, runId))).length;
  } while (isWanted(run) && running >= max);
}

/** Another process has the run, or somebody asked for its end between two of our steps. */
async function afterLoss(world: RunWorld, run: LiveRun): Promise<void> {
  const row = await world.store.read((connection) => readRun(connection, run.owner.runId));
  if (
    row?.instanceId === run.owner.instanceId &&
    row.fencing === run.owner.fencing &&
    row.cancelRequestedAt !== undefined
  )
    run.cancelCode ??= row.errorCode ?? "cancelled";
  else run.lost = true;
}

async function enterSlot(world: RunWorld, run: LiveRun): Promise<void> {
  if (run.hasSlot) return;
  await pause(run, (wake) =>
    world.slots.take(run.row, () => {
      run.hasSlot = true;
      wake();
    }),
  );
}

function leaveSlot(world: RunWorld, run: LiveRun): void {
  if (run.hasSlot) world.slots.free();
  run.hasSlot = false;
}

/** Does one attempt. Gives true when the run waits for another one. */
async function oneAttempt(world: RunWorld, run: LiveRun, settings: RoutineSettings): Promise<boolean> {
  const outcome = await work(world, run, settings);
  // The commit was refused: the run has another owner, or somebody asked for its end.
  if (outcome.kind === "failed" && outcome.code === "Cancelled" && run.cancelCode === undefined)
    await afterLoss(world, run);
  if (run.lost) return false;
  const startedMs = world.clock.monotonicMs();
  if (run.state === "running") await move(world, run, "terminating");
  try {
    switch (outcome.kind) {
      case "completed":
        await afterSuccess(world, run, outcome);
        return false;
      case "cancelled":
        if (run.giveBack) run.cancelCode ??= "shutdown";
        await endCancelled(world, run, "cancelled");
        return false;
      case "lost":
        return await afterFailure(world, run, settings, {
          code: "orphaned",
          message: outcome.message,
          retryable: true,
        });
      case "failed":
        return await afterFailure(world, run, settings, outcome);
    }
  } finally {
    run.times.termination += world.clock.monotonicMs() - startedMs;
  }
}

async function afterSuccess(
  world: RunWorld,
  run: LiveRun,
  outcome: Extract<TaskOutcome, { kind: "completed" }>,
): Promise<void> {
  const violation = await postHook(world, run);
  if (run.cancelCode !== undefined) return endCancelled(world, run, "completed");
  const ends = { attempt: true, metrics: outcome.metrics, result: outcome.value } as const;
  if (violation === undefined) return end(world, run, "completed", ends);
  await recordViolation(world, run, violation, "failed");
  await world.fire("on_violation", run, violation);
  await end(world, run, "failed", { ...ends, errorCode: "post_run_hook", error: violation.message });
}

async function postHook(world: RunWorld, run: LiveRun): Promise<Violation | undefined> {
  const { schedule } = run;
  if (schedule?.constraints.postRunHook === undefined) return undefined;
  const answer = await unlessCancelled(
    run,
    within(world.clock, world.settings.checkMaxMs, world.checker.after(run.row, schedule)),
  );
  if (answer !== LATE) return answer;
  return {
    id: newId(world.clock.nowMs()),
    typeId: POST_HOOK,
    message: "The hook after the run did not answer.",
    currentValue: null,
    threshold: null,
  };
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

async function afterFailure(
  world: RunWorld,
  run: LiveRun,
  settings: RoutineSettings,
  failure: Failure,
): Promise<boolean> {
  if (run.cancelCode !== undefined) {
    await endCancelled(world, run, "cancelled");
    return false;
  }
  const policy = retryPolicy(run.schedule, settings.retries, failure);
  if (policy === undefined || run.attempt > policy.max) {
    await end(world, run, "failed", { attempt: true, errorCode: failure.code, error: failure.message });
    return false;
  }
  const delayMs = retryDelay(policy, run.attempt);
  await move(world, run, "retrying", {
    reason: failure.code,
    attemptRow: attemptEnd(world, "failed", { errorCode: failure.code, error: failure.message, retryDelayMs: delayMs }),
  });
  const binding = retryBinding(run.schedule, policy);
  await world.recorder.add("actions", {
    id: newId(world.clock.nowMs()),
    runId: run.owner.runId,
    scheduleActionId: binding?.id,
    actionTypeId: RETRY_ACTION,
    fireOn: binding?.fireOn ?? "on_failure",
    violationId: undefined,
    at: world.clock.nowMs(),
    durationMs: 0,
    success: true,
    error: undefined,
    details: { attempt: run.attempt + 1, delay_ms: delayMs },
  });
  await world.recorder.flush();
  leaveSlot(world, run);
  if (failure.code === TIMEOUT_CODE) await world.fire("on_timeout", run);
  await waitFor(world, run, delayMs);
  return isWanted(run);
}

function attemptEnd(
  world: RunWorld,
  status: AttemptPatch["status"],
  detail: Partial<Omit<AttemptPatch, "status" | "completedAt">>,
): AttemptPatch {
  return { status, completedAt: world.clock.nowMs(), ...detail };
}

/** What the end of a run writes. */
interface EndDetail {
  readonly errorCode?: string | undefined;
  readonly error?: string | undefined;
  readonly skipReason?: string | undefined;
  readonly result?: Extract<TaskOutcome, { kind: "completed" }>["value"];
  readonly metrics?: AttemptPatch["metrics"];
  /** True: the attempt ends with the run. */
  readonly attempt?: boolean;
  readonly reason?: string;
}

const ATTEMPT_ENDS: Readonly<Partial<Record<RunState, AttemptPatch["status"]>>> = {
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

async function endCancelled(world: RunWorld, run: LiveRun, attempt: AttemptPatch["status"] | undefined): Promise<void> {
  const code = run.cancelCode ?? "cancelled";
  const completedAt = world.clock.nowMs();
  await record(world, run, "cancelled", {
    reason: code,
    run: { completedAt, errorCode: code },
    ...(attempt === undefined ? {} : { attemptRow: attemptEnd(world, attempt, {}) }),
  });
}

/** Ends a run, durably, and then fires what is bound to its end. */
async function end(world: RunWorld, run: LiveRun, state: RunState, detail: EndDetail): Promise<void> {
  const { errorCode, error, skipReason, result, metrics } = detail;
  const attempt = detail.attempt === true && run.attempt > 0 ? ATTEMPT_ENDS[state] : undefined;
  const outcomes = outcomesOf(state, errorCode);
  const due = dueActions(run.schedule, outcomes);
  await record(world, run, state, {
    ...(detail.reason === undefined ? {} : { reason: detail.reason }),
    run: {
      completedAt: world.clock.nowMs(),
      ...(errorCode === undefined ? {} : { errorCode, error }),
      ...(skipReason === undefined ? {} : { skipReason }),
      ...(result === undefined ? {} : { result }),
      ...(due.length === 0 ? {} : { dueActions: due }),
    },
    ...(attempt === undefined ? {} : { attemptRow: attemptEnd(world, attempt, { errorCode, error, metrics }) }),
  });
  leaveSlot(world, run);
  await fireOutcomes(world, run, outcomes, due);
}

async function record(world: RunWorld, run: LiveRun, state: RunState, detail: MoveDetail): Promise<void> {
  await move(world, run, state, detail);
  await world.recorder.flush();
}
