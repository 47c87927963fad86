// The record of a pipeline's steps, over the store of runs.
import type { StepRecord, StepStatus } from "../pipelines/types.ts";
import { readSteps, readStepsBefore, type StepRow } from "./reads.ts";
import type { RunStore } from "./store.ts";
import type { RunClock } from "./types.ts";

/** Steps in system.run_steps. */
export function makeStepRecord(store: RunStore, clock: RunClock): StepRecord {
  const steps = (rows: readonly StepRow[]) =>
    rows.map(({ name, status, result }) => ({ name, status: status as StepStatus, result }));
  return {
    started: (runId, attempt, stepNo, name) =>
      store.write("stepStarted", { runId, attempt, stepNo, name, at: clock.nowMs() }),
    ended: (runId, attempt, stepNo, name, end) =>
      store.write("stepEnded", { runId, attempt, stepNo, name, at: clock.nowMs(), ...end }),
    ofRun: async (runId) => steps(await store.read((connection) => readSteps(connection, runId))),
    before: async (pipelineId, runId) =>
      steps(await store.read((connection) => readStepsBefore(connection, pipelineId, runId))),
  };
}
