// Messages to the scheduler's loop. Questions carry the function that takes the answer; the loop never waits.
import type { RunRow, RunStatus } from "../runs/types.ts";
import type { InboxCounts } from "./inbox.ts";

/** An occurrence that the loop has asked to run and still remembers. */
export interface ActiveRun {
  /** The key under which it happens once. */
  readonly key: string;
  readonly scheduleId: string;
  readonly scheduledAt: number;
  /** Undefined until the executor has answered, and when the occurrence had its run already. */
  readonly runId: string | undefined;
  /** `asked`: no answer yet; `known`: it had a run already. */
  readonly state: "asked" | "known" | RunStatus;
  readonly startedAt: number | undefined;
  readonly heartbeatAt: number | undefined;
}

/** What the loop says about itself. */
export interface LoopStatistics {
  readonly iterations: number;
  readonly requested: number;
  readonly late: number;
  readonly missed: number;
  readonly active: number;
  readonly inbox: InboxCounts;
}

/** Everything that can be sent to the loop. */
export type SchedulerMessage =
  /** The executor has taken a request; runId undefined: the occurrence had its run already. */
  | { readonly kind: "request_taken"; readonly key: string; readonly runId: string | undefined }
  /** The store refused a request: it is asked for again while it is not too late. */
  | { readonly kind: "request_failed"; readonly key: string; readonly reason: string }
  | { readonly kind: "run_state_change"; readonly run: RunRow }
  | { readonly kind: "run_complete"; readonly runId: string; readonly status: RunStatus }
  | { readonly kind: "run_failed"; readonly runId: string; readonly status: RunStatus }
  | { readonly kind: "run_heartbeat"; readonly runId: string; readonly at: number }
  | { readonly kind: "cancel_run"; readonly runId: string; readonly reply: (found: boolean) => void }
  /** The schedule was changed: runs of it that have not begun take its arguments, or are withdrawn. */
  | { readonly kind: "update_run_config"; readonly scheduleId: string; readonly reply: (found: boolean) => void }
  | {
      readonly kind: "get_run_state";
      readonly runId: string;
      readonly reply: (answer: { readonly found: boolean; readonly run: ActiveRun | undefined }) => void;
    }
  | { readonly kind: "get_all_active_runs"; readonly reply: (runs: readonly ActiveRun[]) => void }
  | { readonly kind: "get_stats"; readonly reply: (statistics: LoopStatistics) => void }
  | { readonly kind: "shutdown" };
