// The states of a run and what may follow what. Data and two questions; every change of state in the executor goes through `mayFollow`.
// A final state has no exits. Orphaned is set for runs whose process was lost, from any state that is not final.
import type { RunState, RunStatus } from "./types.ts";

/** What may follow each state. */
export const TRANSITIONS: Readonly<Record<RunState, readonly RunState[]>> = {
  prerun: ["pending", "skipped", "cancelled", "orphaned"],
  pending: ["condition_pending", "starting", "skipped", "failed", "cancelled", "orphaned"],
  condition_pending: ["condition_running", "skipped", "failed", "cancelled", "orphaned"],
  condition_running: [
    "condition_pending",
    "action_pending",
    "starting",
    "skipped",
    "failed",
    "retrying",
    "cancelled",
    "orphaned",
  ],
  // Back to condition_pending: `overlap: 'queue'` asks again, and so does a process that takes the run over.
  action_pending: ["action_running", "condition_pending", "failed", "cancelled", "orphaned"],
  action_running: ["starting", "condition_pending", "completed", "skipped", "failed", "cancelled", "orphaned"],
  starting: ["running", "retrying", "failed", "cancelled", "orphaned"],
  running: ["terminating", "failed", "cancelled", "orphaned"],
  terminating: ["completed", "failed", "retrying", "cancelled", "orphaned"],
  retrying: ["pending", "condition_pending", "failed", "cancelled", "orphaned"],
  completed: [],
  failed: [],
  cancelled: [],
  skipped: [],
  orphaned: [],
};

/** True when a run in the one state may go to the other; from nothing only to prerun. */
export function mayFollow(from: RunState | undefined, to: RunState): boolean {
  return from === undefined ? to === "prerun" : TRANSITIONS[from].includes(to);
}

const STATUSES: Readonly<Record<RunState, RunStatus>> = {
  prerun: "pending",
  pending: "pending",
  condition_pending: "pending",
  condition_running: "pending",
  action_pending: "pending",
  action_running: "pending",
  starting: "running",
  running: "running",
  terminating: "running",
  retrying: "retrying",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  skipped: "skipped",
  orphaned: "orphaned",
};

/** What `system.runs.status` says of a state. */
export function statusOf(state: RunState): RunStatus {
  return STATUSES[state];
}
