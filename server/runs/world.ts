// What the parts of the executor share: the ports it was made with, and what they ask of each other.
import type { PipelineRunner } from "../pipelines/runner.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";
import type { LiveRun, LiveWorld } from "./live-run.ts";
import type { Slots } from "./slots.ts";
import type { RunStore } from "./store.ts";
import type { ActionRunner, ConstraintChecker, FireOn, RunRow, Violation, Worker } from "./types.ts";
import type { Lease } from "./writes/rows.ts";

/** Schedules as they are now. Never waits. */
export interface ScheduleSource {
  byId(id: string): ScheduleDefinition | undefined;
}

/** What statistics learn of a run that has ended. Times in milliseconds. */
export interface RunSummary {
  readonly run: RunRow;
  readonly attempts: number;
  readonly constraintsChecked: number;
  readonly constraintsViolated: number;
  readonly prerunMs: number;
  readonly constraintMs: number;
  readonly executionMs: number;
  readonly terminationMs: number;
  readonly totalMs: number;
  readonly heartbeats: number;
}

/** Told of runs as they start and end; must not throw and not wait. */
export interface RunObserver {
  started?(run: RunRow): void;
  ended?(summary: RunSummary): void;
}

/** Numbers of the executor. */
export interface ExecutorSettings {
  /** Runs that work at the same time. */
  readonly concurrentMax: number;
  readonly heartbeatMs: number;
  /** A check that takes longer counts as one that cannot be made. */
  readonly checkMaxMs: number;
  /** Kick-offs in a chain. */
  readonly chainDepthMax: number;
}

/** Defaults of `gobi run-scheduler`. */
export const EXECUTOR_SETTINGS: ExecutorSettings = {
  concurrentMax: 10,
  heartbeatMs: 10_000,
  checkMaxMs: 60_000,
  chainDepthMax: 16,
};

/** Everything an executor is made of. */
export interface ExecutorOptions extends LiveWorld {
  readonly store: RunStore;
  readonly worker: Worker;
  /** Undefined: pipelines cannot run here. */
  readonly pipelines: PipelineRunner | undefined;
  readonly checker: ConstraintChecker;
  readonly actions: ActionRunner;
  readonly schedules: ScheduleSource;
  readonly settings: ExecutorSettings;
  readonly instanceId: string;
  /** The lease under which occurrences are taken; undefined: none is needed (one run by hand, tests). */
  lease(): Lease | undefined;
  readonly observer?: RunObserver;
  log(level: "info" | "warn" | "error", text: string): void;
}

/** The executor as its parts see it. */
export interface RunWorld extends ExecutorOptions {
  readonly slots: Slots;
  /** Calls back when a run of the schedule has ended in this process, or after a while: others may have ended elsewhere. */
  whenOneEnds(scheduleId: string, callback: () => void): () => void;
  /** Cancels runs and waits until those of this process have ended. */
  cancelAndWait(runIds: readonly string[], code: string): Promise<void>;
  /** Fires actions; a failure of theirs is told, not thrown. */
  fire(fireOn: FireOn, run: LiveRun, violation?: Violation): Promise<void>;
}
