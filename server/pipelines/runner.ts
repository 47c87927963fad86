// Runs a pipeline as one attempt of a run: each step is a task of its own on a worker, in its own transaction; steps that wait for nobody run side by side.
// Every step's start and end is recorded before the next one follows from it, so that a run can be resumed after a failure or a crash.
import { required } from "../../base/failure.ts";
import type { PipelineDefinition } from "../catalog/pipelines.ts";
import type { LogLine, RunningTask, Task, TaskOutcome } from "../runs/types.ts";
import { makePlan, stepNamed, takenOver, type StepPlan } from "./plan.ts";
import {
  pipelineFailure,
  pipelineOutcome,
  refusedPipeline,
  skippedStep,
  type StepNeed,
  stepWork,
  takenStep,
} from "./step-work.ts";
import type { PipelineWorld, StepEnd } from "./types.ts";

/** Runs pipelines for the executor. */
export interface PipelineRunner {
  /** Like `Worker.start`, for a task whose target is a pipeline. */
  start(task: Task, onLog: (line: LogLine) => void): RunningTask;
}

/** Steps side by side when the pipeline does not say. */
const PARALLEL_DEFAULT = 4;

/** What one run carries along. */
interface PipelineRun {
  readonly world: PipelineWorld;
  readonly task: Task;
  readonly definition: PipelineDefinition;
  readonly plan: StepPlan;
  readonly onLog: (line: LogLine) => void;
  /** Tasks that run now, so that they can be stopped. */
  readonly tasks: Set<RunningTask>;
  /** Waits that are taken back when the run is stopped. */
  readonly waits: Set<() => void>;
  stopped: "cancelled" | "timeout" | undefined;
}

/** A runner on these ports. */
export function makePipelineRunner(world: PipelineWorld): PipelineRunner {
  return {
    start: (task, onLog) => {
      const state: { run: PipelineRun | undefined; stopped: PipelineRun["stopped"] } = {
        run: undefined,
        stopped: undefined,
      };
      const outcome = begin(world, task, onLog, (run) => {
        state.run = run;
        run.stopped = state.stopped;
      });
      return {
        outcome,
        stop: (reason) => {
          state.stopped ??= reason;
          if (state.run !== undefined) stopRun(state.run, reason);
        },
      };
    },
  };
}

function stopRun(run: PipelineRun, reason: "cancelled" | "timeout"): void {
  if (run.stopped !== undefined) return;
  run.stopped = reason;
  run.plan.stop(reason === "timeout" ? "the pipeline ran out of time" : "the pipeline was cancelled");
  for (const task of run.tasks) task.stop(reason);
  for (const wake of run.waits) wake();
}

async function begin(
  world: PipelineWorld,
  task: Task,
  onLog: (line: LogLine) => void,
  started: (run: PipelineRun) => void,
): Promise<TaskOutcome> {
  const { run: row, attempt } = task;
  const definition = world.definition(row.target.name);
  const refused = refusedPipeline(definition, task);
  if (refused !== undefined || definition === undefined) return refused ?? { kind: "cancelled" };
  const { fromStep } = task;
  const own = attempt > 1 ? await world.record.ofRun(row.id) : [];
  const before = fromStep === undefined ? [] : await world.record.before(definition.id, row.id);
  // A further attempt takes over only what the first one did not come to record.
  const taken =
    fromStep === undefined
      ? []
      : takenOver(definition, before, fromStep).filter((step) => stepNamed(own, step.name) === undefined);
  const run: PipelineRun = {
    world,
    task,
    definition,
    plan: makePlan(definition, [...own, ...taken]),
    onLog,
    tasks: new Set(),
    waits: new Set(),
    stopped: undefined,
  };
  started(run);
  if (run.stopped !== undefined) run.plan.stop("the pipeline was cancelled");
  for (const { number, result } of taken) await recordEnd(run, number, takenStep(result));
  await drive(run);
  return outcomeOf(run);
}

/** Drives it to its end. When its steps cannot be recorded, what runs is stopped before the error goes on: nobody would know of it. */
async function drive(run: PipelineRun): Promise<void> {
  const active = new Set<Promise<void>>();
  try {
    await startAll(run, active);
  } catch (error) {
    stopRun(run, "cancelled");
    await Promise.allSettled(active);
    throw error;
  }
}

/** Starts what may start until everything has ended. */
async function startAll(run: PipelineRun, active: Set<Promise<void>>): Promise<void> {
  const { plan, definition } = run;
  // Versions that were stored before the checker asked for at least one may say 0.
  const parallel = Math.max(1, definition.maxParallel ?? PARALLEL_DEFAULT);
  for (;;) {
    for (const { number, reason } of plan.takeSkipped()) await recordEnd(run, number, skippedStep(reason));
    for (const number of plan.ready().slice(0, Math.max(0, parallel - active.size))) {
      plan.start(number);
      const work: Promise<void> = runStep(run, number).finally(() => active.delete(work));
      active.add(work);
    }
    if (active.size > 0) await Promise.race(active);
    // What was stopped meanwhile is skipped, and recorded as such, in the next round.
    else if (plan.finished) return;
  }
}

async function recordEnd(run: PipelineRun, number: number, end: StepEnd): Promise<void> {
  const { name } = required(run.definition.steps[number], `step ${number}`);
  await run.world.record.ended(run.task.run.id, run.task.attempt, number + 1, name, end);
}

/** One step, from its record to its record. */
async function runStep(run: PipelineRun, number: number): Promise<void> {
  const step = required(run.definition.steps[number], `step ${number}`);
  const { world, task, plan } = run;
  const log = (level: LogLine["level"], message: string): void =>
    run.onLog({ at: world.clock.nowMs(), level, message: `${step.name}: ${message}` });
  await world.record.started(task.run.id, task.attempt, number + 1, step.name);
  const work = stepWork({ ...run, stopped: () => run.stopped !== undefined, waits: true, log }, step, number);
  let need = work.next();
  while (need.done !== true) {
    if (need.value.kind === "task") need = work.next(await runTask(run, need.value, step.name));
    else {
      await wait(run, need.value.ms);
      need = work.next();
    }
  }
  const end = need.value;
  if (end.status === "failed") log("error", end.error ?? "failed");
  await recordEnd(run, number, end);
  plan.end(number, end.status, end.result);
}

async function runTask(
  run: PipelineRun,
  { task, timeoutMs }: Extract<StepNeed, { kind: "task" }>,
  name: string,
): Promise<TaskOutcome> {
  if (run.stopped !== undefined) return { kind: "cancelled" };
  const { world } = run;
  const running = world.worker.start(task, (line) => run.onLog({ ...line, message: `${name}: ${line.message}` }));
  run.tasks.add(running);
  let late = false;
  const clear =
    timeoutMs === undefined
      ? undefined
      : world.clock.timer(timeoutMs, () => {
          late = true;
          running.stop("timeout");
        });
  try {
    const outcome = await running.outcome;
    return late && outcome.kind !== "completed"
      ? pipelineFailure("Timeout", `It ran longer than ${timeoutMs ?? 0} ms.`, true)
      : outcome;
  } finally {
    clear?.();
    run.tasks.delete(running);
  }
}

/** Resolves after a while, or at once when the run is stopped. */
async function wait(run: PipelineRun, ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const clear = run.world.clock.timer(ms, done);
    function done(): void {
      run.waits.delete(done);
      clear();
      resolve();
    }
    run.waits.add(done);
    if (run.stopped !== undefined) done();
  });
}

function outcomeOf({ plan, definition, stopped }: PipelineRun): TaskOutcome {
  if (stopped === "cancelled") return { kind: "cancelled" };
  if (stopped === "timeout") return pipelineFailure("Timeout", `Pipeline ${definition.name} ran out of time.`, true);
  return pipelineOutcome(definition, plan);
}
