// Runs as all parts of the server know them: words, rows, and the ports between scheduler, executor, workers, constraints and actions.
// One executor serves cron, manual, chained, triggered and asynchronous runs: they differ only in kind, parent and who asked.
import type { ConfigValue } from "../catalog/config-values.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";

/** `system.runs.status`. The last five are final: nothing leads out of them. */
export const RUN_STATUSES = [
  "pending",
  "running",
  "retrying",
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "orphaned",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Fine states, in `system.run_transitions` only. */
export type RunState =
  | "prerun"
  | "pending"
  | "condition_pending"
  | "condition_running"
  | "action_pending"
  | "action_running"
  | "starting"
  | "running"
  | "terminating"
  | "retrying"
  | "completed"
  | "failed"
  | "cancelled"
  | "skipped"
  | "orphaned";

/** Who or what asked for a run. */
export const RUN_KINDS = ["schedule", "manual", "catchup", "chained", "trigger", "api", "call", "backfill"] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** What a run executes. `inline`: the body of a schedule. `expression`: only for workers, its text is the name and `args` are what it may use. */
export interface RunTarget {
  readonly kind: "procedure" | "function" | "pipeline" | "inline" | "expression";
  readonly name: string;
  readonly version?: number;
  /** For expressions: scalar types of `args` by name, where JSON does not tell them (dates, decimals). Others have the type of their value. */
  readonly types?: Readonly<Record<string, string>>;
}

/** A request for a run. Times are milliseconds since 1970 UTC. */
export interface RunRequest {
  readonly kind: RunKind;
  readonly target: RunTarget;
  readonly scheduleId: string | undefined;
  readonly triggerId?: string;
  readonly args: ConfigValue;
  readonly scheduledAt: number;
  readonly priority: number;
  readonly parentRunId?: string;
  /** Runs of one key happen once: `schedule:<id>:<scheduledAt>` for occurrences. Undefined: no such promise. */
  readonly dedupeKey?: string;
  /** Number of kick-offs between this run and one that nobody chained. */
  readonly chainDepth?: number;
  /** First step of a pipeline to run; what else is completed, and does not come after it, counts as done. */
  readonly fromStep?: string;
  /** The work starts at this time at the earliest (jitter); undefined: at `scheduledAt`. */
  readonly notBefore?: number;
}

/** A run as it is stored, with times in milliseconds. */
export interface RunRow {
  readonly id: string;
  readonly kind: RunKind;
  readonly scheduleId: string | undefined;
  readonly parentRunId: string | undefined;
  readonly target: RunTarget;
  readonly args: ConfigValue;
  readonly scheduledAt: number;
  readonly startedAt: number | undefined;
  readonly completedAt: number | undefined;
  readonly status: RunStatus;
  readonly errorCode: string | undefined;
  readonly error: string | undefined;
  readonly skipReason: string | undefined;
  readonly attempt: number;
  readonly priority: number;
  readonly instanceId: string | undefined;
  readonly fencing: number | undefined;
  readonly heartbeatAt: number | undefined;
  readonly cancelRequestedAt: number | undefined;
  readonly fromStep: string | undefined;
  readonly notBefore: number | undefined;
}

/** How the work of one attempt ended. */
export type TaskOutcome =
  | { readonly kind: "completed"; readonly value: ConfigValue; readonly metrics: ConfigValue }
  /** `code` is the error's name (`Overflow`, `Timeout`); `retryable` false: compile errors, permission errors. */
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly retryable: boolean;
    }
  | { readonly kind: "cancelled" }
  /** The worker died: crash, kill from outside, memory. */
  | { readonly kind: "lost"; readonly message: string };

/** One attempt's work for a worker. */
export interface Task {
  readonly run: RunRow;
  readonly attempt: number;
  /** Pipelines only: the first step to run; those before count as done. */
  readonly fromStep?: string;
  /** Number of the step (from 1) when this is the work of one step of a pipeline: its commit is marked on the step, not on the attempt. */
  readonly step?: number;
  readonly limits: {
    readonly fuelMax?: number;
    readonly memoryBytesMax?: number;
    readonly rowsMax?: number;
    readonly timeoutMs?: number;
  };
}

/** A line of a run's log. */
export interface LogLine {
  readonly at: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** Work in progress. */
export interface RunningTask {
  readonly outcome: Promise<TaskOutcome>;
  /** Stops the work at once, also inside one long statement where the worker can; its transaction is undone. Again is a no-op. */
  stop(reason: "cancelled" | "timeout"): void;
}

/** Where attempts run: a child process per running task (stoppable), or this process (in-memory databases, virtual time). */
export interface Worker {
  readonly stoppableInsideStatements: boolean;
  start(task: Task, onLog: (line: LogLine) => void): RunningTask;
  /** Delivers firings of asynchronous triggers that are due (Session.deliverTriggers). True: more are due. Never rejects; what was not delivered stays. */
  deliverTriggers(): Promise<boolean>;
  close(): Promise<void>;
}

/** Time as runs and schedules know it. The wall clock may jump; durations come from `monotonicMs`. */
export interface RunClock {
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
  monotonicMs(): number;
  /** Calls back once when `monotonicMs` has passed `afterMs` from now; gives a function that takes it back. */
  timer(afterMs: number, callback: () => void): () => void;
}

/** A constraint that a run did not meet. `typeId` as in system.constraint_types. */
export interface Violation {
  readonly id: string;
  readonly typeId: number;
  readonly message: string;
  readonly currentValue: ConfigValue;
  readonly threshold: ConfigValue;
  readonly webhookResponse?: ConfigValue;
}

/** What the constraints say before an attempt. */
export type ConstraintDecision =
  | { readonly kind: "proceed"; readonly checked: number }
  | { readonly kind: "skip"; readonly reason: string; readonly violations: readonly Violation[] }
  | { readonly kind: "fail"; readonly code: string; readonly violations: readonly Violation[] }
  /** `overlap: 'queue'`: ask again when a run of the schedule has ended. */
  | { readonly kind: "wait"; readonly violations: readonly Violation[] }
  /** `overlap: 'replace'`: cancel these, then go on. */
  | { readonly kind: "replace"; readonly cancel: readonly string[]; readonly violations: readonly Violation[] };

/** Checks of constraints (server/actions/). Hooks leave through the guarded port for webhooks. */
export interface ConstraintChecker {
  /** `attempt` from 1; on a retry only those that are to be checked again. */
  before(run: RunRow, schedule: ScheduleDefinition, attempt: number): Promise<ConstraintDecision>;
  /** After a successful body: the post-run hook. Undefined: met. */
  after(run: RunRow, schedule: ScheduleDefinition): Promise<Violation | undefined>;
}

/** When an action fires. */
export type FireOn = "on_failure" | "on_violation" | "on_success" | "on_timeout" | "manual";

/** What actions may have to know beyond an outcome. */
export interface ActionOccasion {
  readonly violation?: Violation | undefined;
  /** Bindings that were fired for this outcome already, by a process that is gone. */
  readonly fired?: ReadonlySet<string>;
}

/** Runs the actions that are bound to an outcome (server/actions/), in order; a failing one does not stop the next. Never throws. */
export interface ActionRunner {
  fire(fireOn: FireOn, run: RunRow, schedule: ScheduleDefinition, more?: ActionOccasion): Promise<void>;
}

/** What actions may ask of the executor. */
export interface RunControl {
  /** Gives the run's id, or undefined when a run of its dedupe key exists. */
  request(request: RunRequest): Promise<string | undefined>;
  /** False: unknown, or ended already. `code` becomes the run's error_code (`cancelled`, `killed_by_action`). */
  cancel(runId: string, code: string): Promise<boolean>;
  /** The next occurrence of the schedule that has not started is skipped. */
  skipNext(scheduleId: string): Promise<void>;
}
