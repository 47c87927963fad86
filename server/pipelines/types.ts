// What running a pipeline needs from outside, and what it tells: ports to the worker, the clock and the record of steps.
import type { ConfigValue } from "../catalog/config-values.ts";
import type { PipelineDefinition } from "../catalog/pipelines.ts";
import type { RunClock, Worker } from "../runs/types.ts";

/** `system.run_steps.status`. `skipped`: its condition was false, a step before it failed, or the pipeline stopped before it began. */
export type StepStatus = "running" | "completed" | "failed" | "skipped" | "cancelled";

/** How a step ended. */
export interface StepEnd {
  readonly status: Exclude<StepStatus, "running">;
  /** Rows that it returned or changed, when that is known. */
  readonly rowCount: number | undefined;
  /** Why it failed or was skipped. */
  readonly error: string | undefined;
  readonly result: ConfigValue;
}

/** A step of an earlier attempt or run that need not run again. */
export interface DoneStep {
  readonly name: string;
  readonly status: StepStatus;
  readonly result: ConfigValue;
}

/** The record of steps (system.run_steps). */
export interface StepRecord {
  started(runId: string, attempt: number, stepNo: number, name: string): Promise<void>;
  /** Also for steps that never started. */
  ended(runId: string, attempt: number, stepNo: number, name: string, end: StepEnd): Promise<void>;
  /** Steps of the last attempt of a run. */
  ofRun(runId: string): Promise<readonly DoneStep[]>;
  /** Steps of the pipeline's last run before this one that has any. */
  before(pipelineId: string, runId: string): Promise<readonly DoneStep[]>;
}

/** What a pipeline runs on. */
export interface PipelineWorld {
  readonly worker: Worker;
  readonly clock: RunClock;
  readonly record: StepRecord;
  /** The current version; undefined when there is none of that name. */
  definition(name: string): PipelineDefinition | undefined;
}
