// Runs a pipeline here and now, one step after the other: what RUN PIPELINE does in a session when nobody runs the schedules of the database.
import { required } from "../../base/failure.ts";
import type { PipelineDefinition } from "../catalog/pipelines.ts";
import type { LogLine, Task, TaskOutcome } from "../runs/types.ts";
import { makePlan, takenOver } from "./plan.ts";
import { pipelineOutcome, refusedPipeline, skippedStep, stepWork, takenStep } from "./step-work.ts";
import type { DoneStep, StepEnd } from "./types.ts";

/** What it runs on. */
export interface InPlaceWorld {
  readonly definition: PipelineDefinition | undefined;
  /** Steps of the last run, for a run from a step on. */
  readonly before: readonly DoneStep[];
  /** Does a task, start to end. */
  work(task: Task, onLog: (line: LogLine) => void): TaskOutcome;
  started(stepNo: number, name: string): void;
  ended(stepNo: number, name: string, end: StepEnd): void;
  nowMs(): number;
}

/** Runs it. A failed step is tried again at once: nobody waits inside a statement. */
export function runPipelineInPlace(world: InPlaceWorld, task: Task, onLog: (line: LogLine) => void): TaskOutcome {
  const { definition } = world;
  const refused = refusedPipeline(definition, task);
  if (refused !== undefined || definition === undefined) return refused ?? { kind: "cancelled" };
  const taken = task.fromStep === undefined ? [] : takenOver(definition, world.before, task.fromStep);
  const plan = makePlan(definition, taken);
  for (const { number, name, result } of taken) world.ended(number + 1, name, takenStep(result));
  const nameOf = (number: number): string => required(definition.steps[number], `step ${number}`).name;
  for (;;) {
    for (const { number, reason } of plan.takeSkipped()) world.ended(number + 1, nameOf(number), skippedStep(reason));
    const [number] = plan.ready();
    if (number === undefined) return pipelineOutcome(definition, plan);
    const step = required(definition.steps[number], `step ${number}`);
    const log = (level: LogLine["level"], message: string): void =>
      onLog({ at: world.nowMs(), level, message: `${step.name}: ${message}` });
    plan.start(number);
    world.started(number + 1, step.name);
    const work = stepWork({ task, definition, plan, stopped: () => false, waits: false, log }, step, number);
    let need = work.next();
    while (need.done !== true)
      need =
        need.value.kind === "task"
          ? work.next(
              world.work(need.value.task, (line) => onLog({ ...line, message: `${step.name}: ${line.message}` })),
            )
          : work.next();
    const end = need.value;
    if (end.status === "failed") log("error", end.error ?? "failed");
    world.ended(number + 1, step.name, end);
    plan.end(number, end.status, end.result);
  }
}
