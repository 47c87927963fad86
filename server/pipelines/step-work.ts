// One step of a pipeline as a sequence of needs: its condition, its arguments, its tries. It says what is to be done next and is told how that went;
// who drives it does the work at once (in-place.ts) or on workers side by side (runner.ts).
import type { ConfigValue } from "../catalog/config-values.ts";
import type { PipelineDefinition, PipelineStep } from "../catalog/pipelines.ts";
import type { LogLine, RunTarget, Task, TaskOutcome } from "../runs/types.ts";
import type { StepPlan } from "./plan.ts";
import type { StepEnd } from "./types.ts";

/** What a step needs next. After a task it is told the outcome, after a wait nothing. */
export type StepNeed =
  | { readonly kind: "task"; readonly task: Task; readonly timeoutMs: number | undefined }
  | { readonly kind: "wait"; readonly ms: number };

/** The run that a step belongs to. */
export interface StepSetting {
  readonly task: Task;
  readonly definition: PipelineDefinition;
  readonly plan: StepPlan;
  /** True when nothing more is to be tried. */
  stopped(): boolean;
  /** False when who drives it does not wait between tries. */
  readonly waits: boolean;
  log(level: LogLine["level"], message: string): void;
}

/** First wait before a step is tried again; doubled each time up to the longest. */
const RETRY_DELAY_MS = 1000;
const RETRY_DELAY_MS_MAX = 60_000;

/** A step that an earlier run completed: it is recorded, so that who goes on from this run knows it. */
export function takenStep(result: ConfigValue): StepEnd {
  return { status: "completed", rowCount: undefined, error: undefined, result };
}

/** A step that did not run. */
export function skippedStep(reason: string): StepEnd {
  return { status: "skipped", rowCount: undefined, error: reason, result: null };
}

/** The error of a pipeline as an outcome. */
export function pipelineFailure(code: string, message: string, retryable: boolean): TaskOutcome {
  return { kind: "failed", code, message, stack: undefined, retryable };
}

/** Works a step off; returns how it ended. `number` is its place in the definition. */
export function* stepWork(
  setting: StepSetting,
  step: PipelineStep,
  number: number,
): Generator<StepNeed, StepEnd, TaskOutcome | undefined> {
  const { plan, definition } = setting;
  const known = resultsByName(definition, plan.results());
  const types = Object.fromEntries(
    definition.steps.flatMap(({ name, resultType }) => (resultType === undefined ? [] : [[name, resultType]])),
  );
  const expression = (text: string): StepNeed => ({
    kind: "task",
    // Without an owner: nothing is marked as done when an expression was computed.
    task: {
      ...setting.task,
      run: {
        ...setting.task.run,
        instanceId: undefined,
        target: { kind: "expression", name: text, types },
        args: known,
      },
    },
    timeoutMs: step.timeoutMs,
  });
  if (step.when !== undefined) {
    const condition = yield expression(step.when);
    if (condition?.kind !== "completed") return endOf(condition, "its condition");
    if (condition.value !== true)
      return skippedStep(`its condition ${step.when} is ${condition.value === false ? "false" : "null"}`);
  }
  let args: ConfigValue = {};
  if (step.args !== undefined) {
    const given = yield expression(step.args);
    if (given?.kind !== "completed") return endOf(given, "its arguments");
    args = given.value;
  }
  if (step.missing !== undefined)
    return { status: "failed", rowCount: undefined, error: `NoSuchObject: ${step.missing}`, result: null };
  args = innerArguments(step, args);
  const target: RunTarget = { kind: "procedure", name: step.call };
  for (let tries = 0; ; tries += 1) {
    const outcome = yield {
      kind: "task",
      task: {
        ...setting.task,
        run: { ...setting.task.run, target, args },
        step: number + 1,
        limits: limitsOf(setting, step),
      },
      timeoutMs: step.timeoutMs,
    };
    const again = outcome !== undefined && mayHelp(outcome);
    if (!again || tries >= step.retries || setting.stopped()) return withCount(endOf(outcome, undefined), step);
    const delay = Math.min(RETRY_DELAY_MS * 2 ** tries, RETRY_DELAY_MS_MAX);
    setting.log("warn", `${describe(outcome)} It is tried again${setting.waits ? ` in ${delay / 1000} s` : ""}.`);
    yield { kind: "wait", ms: delay };
  }
}

/** Parameters of a template by the names that they have in the procedure that it was stored as. */
function innerArguments({ inner }: PipelineStep, args: ConfigValue): ConfigValue {
  if (inner === undefined || typeof args !== "object" || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [inner[name.toLowerCase()] ?? name, value]));
}

/** Every step has a name in an expression; those without a result are null. */
function resultsByName(
  definition: PipelineDefinition,
  results: Readonly<Record<string, ConfigValue>>,
): Readonly<Record<string, ConfigValue>> {
  return Object.fromEntries(
    definition.steps.map(({ name }) => [name, Object.hasOwn(results, name) ? (results[name] ?? null) : null]),
  );
}

function limitsOf({ task, definition }: StepSetting, step: PipelineStep): Task["limits"] {
  return {
    ...task.limits,
    ...(definition.memoryBytesMax === undefined ? {} : { memoryBytesMax: definition.memoryBytesMax }),
    ...(definition.fuelMax === undefined ? {} : { fuelMax: definition.fuelMax }),
    ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
  };
}

/** Whether trying again can help. */
function mayHelp(outcome: TaskOutcome): boolean {
  return (outcome.kind === "failed" && outcome.retryable) || outcome.kind === "lost";
}

function endOf(outcome: TaskOutcome | undefined, part: string | undefined): StepEnd {
  const of = part === undefined ? "" : `${part}: `;
  switch (outcome?.kind) {
    case "completed":
      return { status: "completed", rowCount: rowsOf(outcome), error: undefined, result: outcome.value };
    case "failed":
      return { status: "failed", rowCount: undefined, error: `${of}${outcome.code}: ${outcome.message}`, result: null };
    case "lost":
      return { status: "failed", rowCount: undefined, error: `${of}${outcome.message}`, result: null };
    default:
      return { status: "cancelled", rowCount: undefined, error: undefined, result: null };
  }
}

/** What SQL that changes rows gives is their number. */
function withCount(end: StepEnd, { sql, query }: PipelineStep): StepEnd {
  return (sql ?? query) !== undefined && typeof end.result === "number" ? { ...end, rowCount: end.result } : end;
}

function describe(outcome: TaskOutcome): string {
  if (outcome.kind !== "failed") return "The worker was lost.";
  const text = `${outcome.code}: ${outcome.message}`;
  return text.endsWith(".") ? text : `${text}.`;
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

/** What stands against running a pipeline at all; undefined: nothing. */
export function refusedPipeline(definition: PipelineDefinition | undefined, task: Task): TaskOutcome | undefined {
  const { fromStep } = task;
  if (definition === undefined)
    return pipelineFailure("NoSuchObject", `There is no pipeline named ${task.run.target.name}.`, false);
  if (!definition.enabled)
    return pipelineFailure(
      "ObjectDisabled",
      `Pipeline ${definition.name} is disabled; ENABLE PIPELINE ${definition.name} lets it run.`,
      false,
    );
  const { circle } = definition.order;
  if (circle.length > 0)
    return pipelineFailure(
      "PipelineCircle",
      `The steps of ${definition.name} wait for each other: ${circle.map((number) => definition.steps[number]?.name ?? "").join(", ")}.`,
      false,
    );
  if (fromStep !== undefined && !definition.steps.some((step) => step.name.toLowerCase() === fromStep.toLowerCase()))
    return pipelineFailure("NoSuchObject", `Pipeline ${definition.name} has no step named ${fromStep}.`, false);
  return undefined;
}

/** How a pipeline ended that nobody stopped. */
export function pipelineOutcome(definition: PipelineDefinition, plan: StepPlan): TaskOutcome {
  const { failed } = plan;
  const [first] = failed;
  if (first === undefined) return { kind: "completed", value: plan.results(), metrics: {} };
  const which = failed.length === 1 ? `Step ${first}` : `Steps ${failed.join(", ")}`;
  return pipelineFailure(
    "StepFailed",
    `${which} of ${definition.name} failed; RUN PIPELINE ${definition.name} FROM ${first} goes on from there.`,
    true,
  );
}
