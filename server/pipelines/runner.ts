// Runs a pipeline as one attempt of a run: each step is a task of its own on a worker, in its own transaction; steps that wait for nobody run side by side.
// Every step's start and end is recorded before the next one follows from it, so that a run can be resumed after a failure or a crash.
import { required } from "../../base/failure.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { PipelineDefinition, PipelineStep } from "../catalog/pipelines.ts";
import type { LogLine, RunningTask, RunTarget, Task, TaskOutcome } from "../runs/types.ts";
import { makePlan, type StepPlan } from "./plan.ts";
import type { PipelineWorld, StepEnd } from "./types.ts";

/** Runs pipelines for the executor. */
export interface PipelineRunner {
  /** Like `Worker.start`, for a task whose target is a pipeline. */
  start(task: Task, onLog: (line: LogLine) => void): RunningTask;
}

/** Steps side by side when the pipeline does not say. */
const PARALLEL_DEFAULT = 4;
/** First wait before a step is tried again; doubled each time. */
const RETRY_DELAY_MS = 1000;

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

function failure(code: string, message: string, retryable: boolean): TaskOutcome {
  return { kind: "failed", code, message, stack: undefined, retryable };
}

async function begin(
  world: PipelineWorld,
  task: Task,
  onLog: (line: LogLine) => void,
  started: (run: PipelineRun) => void,
): Promise<TaskOutcome> {
  const { run: row, attempt } = task;
  const definition = world.definition(row.target.name);
  if (definition === undefined) return failure("NoSuchObject", `There is no pipeline named ${row.target.name}.`, false);
  const [first] = definition.order.circle;
  if (first !== undefined)
    return failure(
      "PipelineCircle",
      `The steps of ${definition.name} wait for each other: ${definition.order.circle.map((number) => definition.steps[number]?.name ?? "").join(", ")}.`,
      false,
    );
  const { fromStep } = task;
  if (fromStep !== undefined && !definition.steps.some((step) => step.name.toLowerCase() === fromStep.toLowerCase()))
    return failure("NoSuchObject", `Pipeline ${definition.name} has no step named ${fromStep}.`, false);
  const done =
    attempt > 1
      ? await world.record.ofRun(row.id)
      : fromStep === undefined
        ? []
        : await world.record.before(definition.id, row.id);
  const run: PipelineRun = {
    world,
    task,
    definition,
    plan: makePlan(definition, { done, fromStep: attempt > 1 ? undefined : fromStep }),
    onLog,
    tasks: new Set(),
    waits: new Set(),
    stopped: undefined,
  };
  started(run);
  if (run.stopped !== undefined) run.plan.stop("the pipeline was cancelled");
  await drive(run);
  return outcomeOf(run);
}

/** Starts what may start until everything has ended. */
async function drive(run: PipelineRun): Promise<void> {
  const { plan, definition } = run;
  const parallel = definition.maxParallel ?? PARALLEL_DEFAULT;
  const active = new Set<Promise<void>>();
  for (;;) {
    for (const { number, reason } of plan.takeSkipped()) await recordEnd(run, number, skipped(reason));
    for (const number of plan.ready().slice(0, Math.max(0, parallel - active.size))) {
      plan.start(number);
      const work: Promise<void> = runStep(run, number).finally(() => active.delete(work));
      active.add(work);
    }
    if (active.size === 0) {
      if (plan.finished) return;
      if (plan.ready().length === 0 && plan.takeSkipped().length === 0) return;
      continue;
    }
    await Promise.race(active);
  }
}

function skipped(reason: string): StepEnd {
  return { status: "skipped", rowCount: undefined, error: reason, result: null };
}

async function recordEnd(run: PipelineRun, number: number, end: StepEnd): Promise<void> {
  const { name } = required(run.definition.steps[number], `step ${number}`);
  await run.world.record.ended(run.task.run.id, run.task.attempt, number + 1, name, end);
}

/** One step: its condition, its arguments, its tries. */
async function runStep(run: PipelineRun, number: number): Promise<void> {
  const step = required(run.definition.steps[number], `step ${number}`);
  const { world, task, plan } = run;
  const log = (level: LogLine["level"], message: string): void =>
    run.onLog({ at: world.clock.nowMs(), level, message: `${step.name}: ${message}` });
  await world.record.started(task.run.id, task.attempt, number + 1, step.name);
  const end = await stepEnd(run, step, log);
  if (end.status === "failed") log("error", end.error ?? "failed");
  await recordEnd(run, number, end);
  plan.end(number, end.status, end.result);
}

async function stepEnd(
  run: PipelineRun,
  step: PipelineStep,
  log: (level: LogLine["level"], message: string) => void,
): Promise<StepEnd> {
  const results = run.plan.results();
  if (step.when !== undefined) {
    const condition = await runTask(run, { kind: "expression", name: step.when }, known(run, results), step);
    if (condition.kind !== "completed") return endOf(condition, "its condition");
    if (condition.value !== true)
      return skipped(`its condition ${step.when} is ${condition.value === false ? "false" : "null"}`);
  }
  let args: ConfigValue = {};
  if (step.args !== undefined) {
    const given = await runTask(run, { kind: "expression", name: step.args }, known(run, results), step);
    if (given.kind !== "completed") return endOf(given, "its arguments");
    args = given.value;
  }
  for (let tries = 0; ; tries += 1) {
    const outcome = await runTask(run, { kind: "procedure", name: step.call }, args, step);
    const again = (outcome.kind === "failed" && outcome.retryable) || outcome.kind === "lost";
    if (!again || tries >= step.retries || run.stopped !== undefined) return endOf(outcome, undefined);
    const delay = RETRY_DELAY_MS * 2 ** tries;
    log("warn", `${describe(outcome)} It is tried again in ${delay / 1000} s.`);
    await wait(run, delay);
  }
}

/** Results for an expression: every step of the pipeline has a name there, those without a result are null. */
function known(run: PipelineRun, results: Readonly<Record<string, ConfigValue>>): ConfigValue {
  return Object.fromEntries(run.definition.steps.map((step) => [step.name, results[step.name] ?? null]));
}

async function runTask(
  run: PipelineRun,
  target: RunTarget,
  args: ConfigValue,
  step: PipelineStep,
): Promise<TaskOutcome> {
  if (run.stopped !== undefined) return { kind: "cancelled" };
  const { world, task, definition } = run;
  const running = world.worker.start(
    {
      run: { ...task.run, target, args },
      attempt: task.attempt,
      limits: {
        ...task.limits,
        ...(definition.memoryBytesMax === undefined ? {} : { memoryBytesMax: definition.memoryBytesMax }),
        ...(definition.fuelMax === undefined ? {} : { fuelMax: definition.fuelMax }),
        ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
      },
    },
    (line) => run.onLog({ ...line, message: `${step.name}: ${line.message}` }),
  );
  run.tasks.add(running);
  let late = false;
  const clear =
    step.timeoutMs === undefined
      ? undefined
      : world.clock.timer(step.timeoutMs, () => {
          late = true;
          running.stop("timeout");
        });
  try {
    const outcome = await running.outcome;
    return late && outcome.kind !== "completed"
      ? failure("Timeout", `It ran longer than ${step.timeoutMs ?? 0} ms.`, true)
      : outcome;
  } finally {
    clear?.();
    run.tasks.delete(running);
  }
}

function endOf(outcome: TaskOutcome, part: string | undefined): StepEnd {
  const of = part === undefined ? "" : `${part}: `;
  switch (outcome.kind) {
    case "completed":
      return { status: "completed", rowCount: rowsOf(outcome), error: undefined, result: outcome.value };
    case "failed":
      return { status: "failed", rowCount: undefined, error: `${of}${outcome.code}: ${outcome.message}`, result: null };
    case "lost":
      return { status: "failed", rowCount: undefined, error: `${of}${outcome.message}`, result: null };
    case "cancelled":
      return { status: "cancelled", rowCount: undefined, error: undefined, result: null };
  }
}

function describe(outcome: TaskOutcome): string {
  return outcome.kind === "failed" ? `${outcome.code}: ${outcome.message}` : "The worker was lost.";
}

/** Rows that were returned, else rows that the worker says were changed. */
function rowsOf(outcome: Extract<TaskOutcome, { kind: "completed" }>): number | undefined {
  if (Array.isArray(outcome.value)) return outcome.value.length;
  const { metrics } = outcome;
  const changes =
    typeof metrics === "object" && metrics !== null && !Array.isArray(metrics)
      ? (metrics as Readonly<Record<string, ConfigValue>>)["changes"]
      : undefined;
  return typeof changes === "number" ? changes : undefined;
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

function outcomeOf(run: PipelineRun): TaskOutcome {
  const { plan, definition, stopped } = run;
  if (stopped === "cancelled") return { kind: "cancelled" };
  if (stopped === "timeout") return failure("Timeout", `Pipeline ${definition.name} ran out of time.`, true);
  const { failed } = plan;
  if (failed.length === 0) return { kind: "completed", value: plan.results(), metrics: {} };
  const which = failed.length === 1 ? `Step ${failed[0] ?? ""}` : `Steps ${failed.join(", ")}`;
  return failure(
    "StepFailed",
    `${which} of ${definition.name} failed; RUN PIPELINE ${definition.name} FROM ${failed[0] ?? ""} goes on from there.`,
    true,
  );
}
