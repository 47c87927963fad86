// One attempt of a run: its start is written, a worker does the work, clocks watch it, and its outcome is what the commit of the work says.
import { newId } from "../catalog/identifiers.ts";
import { isWanted, logLine, logOwn, move, pause, recordViolation, report, step, type LiveRun } from "./live-run.ts";
import { readAttemptStatus, type RoutineSettings } from "./reads.ts";
import { attemptsMax, TIMEOUT_CODE } from "./retry.ts";
import type { RunningTask, Task, TaskOutcome } from "./types.ts";
import { crashed } from "./work.ts";
import type { RunWorld } from "./world.ts";
import type { BeginOutcome } from "./writes/attempts.ts";

/** Numbers of the constraint types that are watched while a run works. */
const MAX_EXPECTED = 6;
const MAX_ALLOWED = 7;
/** Error name of a session's own time limit. */
const SESSION_TIMEOUT = "Timeout";

/** Writes the start of the next attempt. `full` and `lost`: nothing was written, the state is as before. */
export async function beginAttempt(world: RunWorld, run: LiveRun, settings: RoutineSettings): Promise<BeginOutcome> {
  const { clock, store } = world;
  const limits = run.schedule?.constraints;
  const before = { state: run.state, seq: run.seq, attempt: run.attempt };
  run.attempt += 1;
  let at = clock.nowMs();
  step(world, run, "starting");
  const max = limits?.overlap === "allow" ? undefined : limits?.maxConcurrentRuns;
  const begun = await store.write("beginAttempt", {
    owner: run.owner,
    attempt: run.attempt,
    maxAttempts: attemptsMax(run.schedule, settings.retries),
    now: () => (at = clock.nowMs()),
    worker: world.instanceId,
    transitions: [...run.recent],
    concurrency: max === undefined || run.schedule === undefined ? undefined : { scheduleId: run.schedule.id, max },
  });
  if (begun === "begun") {
    run.row = { ...run.row, status: "running", attempt: run.attempt, startedAt: run.row.startedAt ?? at };
    run.recent.length = 0;
    if (run.attempt === 1) world.observer?.started?.(run.row);
  } else {
    Object.assign(run, before);
    run.recent.pop();
  }
  return begun;
}

/** Does the work of an attempt that has begun. Never throws for what the work does. */
export async function work(world: RunWorld, run: LiveRun, settings: RoutineSettings): Promise<TaskOutcome> {
  if (!isWanted(run)) return { kind: "cancelled" };
  const { clock } = world;
  const startedMs = clock.monotonicMs();
  await move(world, run, "running");
  const watch = watchTime(world, run, startedMs);
  let outcome: TaskOutcome;
  try {
    const running = startTask(world, run, limitsOf(run, settings));
    run.task = running;
    // A cancellation that came while the task was being started found nothing to stop.
    if (run.cancelCode !== undefined) running.stop("cancelled");
    outcome = await running.outcome;
  } catch (error) {
    outcome = crashed(error);
  } finally {
    run.task = undefined;
  }
  await watch.ended(outcome);
  run.times.execution += clock.monotonicMs() - startedMs;
  return await settled(world, run, outcome);
}

function limitsOf(run: LiveRun, settings: RoutineSettings): Task["limits"] {
  const allowed = run.schedule?.constraints.maxAllowedRunMs;
  const own = settings.limits.timeoutMs;
  const timeoutMs = Math.min(allowed ?? Number.POSITIVE_INFINITY, own ?? Number.POSITIVE_INFINITY);
  return { ...settings.limits, ...(Number.isFinite(timeoutMs) ? { timeoutMs } : {}) };
}

function startTask(world: RunWorld, run: LiveRun, limits: Task["limits"]): RunningTask {
  const { row } = run;
  const task: Task = {
    run: row,
    attempt: run.attempt,
    limits,
    ...(row.fromStep === undefined ? {} : { fromStep: row.fromStep }),
  };
  const onLog = (line: Parameters<typeof logLine>[2]): void => void logLine(world, run, line);
  if (row.target.kind !== "pipeline") return world.worker.start(task, onLog);
  if (world.pipelines !== undefined) return world.pipelines.start(task, onLog);
  const refused: TaskOutcome = {
    kind: "failed",
    code: "NotImplemented",
    message: "Pipelines cannot run here.",
    stack: undefined,
    retryable: false,
  };
  return { outcome: Promise.resolve(refused), stop: () => undefined };
}

/** The clocks of an attempt. */
interface Watch {
  /** Ends the clocks; what they should have said before a worker that holds up this process ended is said now. */
  ended(outcome: TaskOutcome): Promise<void>;
}

/** Watches how long the work takes: longer than expected is told while it goes on, longer than allowed ends it. */
function watchTime(world: RunWorld, run: LiveRun, startedMs: number): Watch {
  const { clock } = world;
  const constraints = run.schedule?.constraints;
  const expectedMs = constraints?.maxExpectedRunMs;
  const allowedMs = constraints?.maxAllowedRunMs;
  let toldExpected = false;
  let toldAllowed = false;
  const expected = async (): Promise<void> => {
    if (toldExpected || expectedMs === undefined) return;
    toldExpected = true;
    await report(world, run, { attempt: run.attempt, run: { behindSchedule: true } });
    await violated(
      world,
      run,
      MAX_EXPECTED,
      "The run takes longer than expected.",
      clock.monotonicMs() - startedMs,
      expectedMs,
    );
  };
  const allowed = async (): Promise<void> => {
    if (toldAllowed || allowedMs === undefined) return;
    toldAllowed = true;
    run.task?.stop("timeout");
    await violated(
      world,
      run,
      MAX_ALLOWED,
      "The run took longer than it may and was stopped.",
      clock.monotonicMs() - startedMs,
      allowedMs,
    );
  };
  const timers = [
    expectedMs === undefined ? undefined : clock.timer(expectedMs, () => void expected()),
    allowedMs === undefined ? undefined : clock.timer(allowedMs, () => void allowed()),
  ];
  return {
    ended: async (outcome) => {
      for (const cancel of timers) cancel?.();
      const elapsedMs = clock.monotonicMs() - startedMs;
      if (expectedMs !== undefined && elapsedMs >= expectedMs) await expected();
      const timedOut = outcome.kind === "failed" && isTimeout(outcome.code);
      if (timedOut && allowedMs !== undefined && elapsedMs >= allowedMs) await allowed();
    },
  };
}

function isTimeout(code: string): boolean {
  return code === TIMEOUT_CODE || code === SESSION_TIMEOUT;
}

async function violated(
  world: RunWorld,
  run: LiveRun,
  typeId: number,
  message: string,
  currentMs: number,
  thresholdMs: number,
): Promise<void> {
  const violation = {
    id: newId(world.clock.nowMs()),
    typeId,
    message,
    currentValue: Math.round(currentMs),
    threshold: thresholdMs,
  };
  await recordViolation(world, run, violation, typeId === MAX_ALLOWED ? "stopped" : undefined);
  await world.fire("on_violation", run, violation);
}

/** What became of the work: a worker that was stopped or died may have committed before; then the work is done. */
async function settled(world: RunWorld, run: LiveRun, outcome: TaskOutcome): Promise<TaskOutcome> {
  if (outcome.kind === "completed") return outcome;
  if (outcome.kind === "failed" && !isTimeout(outcome.code)) return await failing(world, run, outcome);
  if (run.row.target.kind !== "pipeline") {
    const status = await world.store.read((connection) => readAttemptStatus(connection, run.owner.runId, run.attempt));
    if (status === "completed") {
      await logOwn(world, run, "warn", "The worker ended after its work was committed.");
      return { kind: "completed", value: null, metrics: null };
    }
  }
  return outcome.kind === "failed" ? await failing(world, run, { ...outcome, code: TIMEOUT_CODE }) : outcome;
}

/** The log of an attempt says why it failed. */
async function failing(
  world: RunWorld,
  run: LiveRun,
  outcome: Extract<TaskOutcome, { kind: "failed" }>,
): Promise<TaskOutcome> {
  const stack = outcome.stack === undefined ? "" : `\n${outcome.stack}`;
  await logOwn(world, run, "error", `${outcome.code}: ${outcome.message}${stack}`);
  return outcome;
}

/** Waits so many milliseconds, or until the run is cancelled. */
export function waitFor(world: RunWorld, run: LiveRun, ms: number): Promise<void> {
  return pause(run, (wake) => world.clock.timer(ms, wake));
}
