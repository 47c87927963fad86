// Schedules as the scheduler and the executor know them, read from the catalog (server/catalog/schedules.ts): times in milliseconds, words of closed sets.
import type { ConfigValue } from "../catalog/config-values.ts";
import type { FireOn, RunTarget } from "../runs/types.ts";

/** What happens to a run that is due while as many as allowed are running. */
export type OverlapPolicy = "skip" | "queue" | "replace" | "allow";

/** A hook: a request to another system whose answer decides. */
export interface HookDefinition {
  readonly url: string;
  readonly type: "slack" | "newrelic" | "pagerduty" | "custom";
  readonly config: Readonly<Record<string, ConfigValue>>;
  /** HTTP status codes that let the run go on. */
  readonly expect: readonly number[];
}

/** A constraint of a kind that the embedding program registered. */
export interface RegisteredConstraint {
  readonly typeId: number;
  readonly name: string;
  readonly config: ConfigValue;
  readonly recheckOnRetry: boolean;
}

/** Constraints of a schedule. Undefined: no such constraint. */
export interface ConstraintDefinition {
  readonly setId: string;
  readonly maxConcurrentRuns: number | undefined;
  readonly overlap: OverlapPolicy;
  readonly catchUp: boolean;
  readonly catchUpWindowMs: number | undefined;
  readonly catchUpPolicy: "all" | "last";
  readonly maxExpectedRunMs: number | undefined;
  readonly maxAllowedRunMs: number | undefined;
  readonly preRunHook: HookDefinition | undefined;
  readonly postRunHook: HookDefinition | undefined;
  readonly requirePreviousSuccess:
    | { readonly schedule: string; readonly args: ConfigValue | undefined; readonly allowFirst: boolean }
    | undefined;
  /** Numbers of constraint types that are checked again before a retry. */
  readonly recheckOnRetry: readonly number[];
  /** What happens when a check itself cannot be made. */
  readonly failMode: "closed" | "open";
  /** Most runs that may start within an hour. */
  readonly maxRunsPerHour: number | undefined;
  /** Constraints of registered kinds. */
  readonly registered: readonly RegisteredConstraint[];
}

/** `retry(max: 3, delay: '1s', factor: 2)`. */
export interface RetryPolicy {
  readonly max: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number | undefined;
  /** Error names that are tried again; empty: all that may be. */
  readonly retryOn: readonly string[];
}

/** An action of a schedule. */
export type ActionDefinition =
  | { readonly kind: "retry"; readonly policy: RetryPolicy }
  | { readonly kind: "kickOffJob"; readonly schedule: string; readonly args: ConfigValue | undefined }
  | {
      readonly kind: "webhook";
      readonly type: "slack" | "newrelic" | "pagerduty" | "custom";
      readonly url: string;
      readonly config: Readonly<Record<string, ConfigValue>>;
    }
  | { readonly kind: "killAllInstances" }
  | { readonly kind: "killLatestInstance" }
  | { readonly kind: "skipNextInstance" };

/** An action with what fires it. `id` and `actionTypeId` as stored. */
export interface ActionBinding {
  readonly id: string;
  readonly actionTypeId: number;
  readonly fireOn: FireOn;
  /** Only for violations of this constraint type. */
  readonly constraintTypeId: number | undefined;
  readonly action: ActionDefinition;
}

/** A schedule, read whole. */
export interface ScheduleDefinition {
  readonly id: string;
  readonly name: string;
  /** Cron texts in `timezone`; several: the union of their times. `@every 5m` is `intervalMs`. */
  readonly crons: readonly string[];
  readonly intervalMs: number | undefined;
  readonly timezone: string;
  readonly dstGap: "shift" | "skip";
  readonly dstFold: "first" | "both";
  /** What each occurrence runs: what the schedule itself names, then procedures whose metadata names it (`sched: ['nightly']`). Empty: nothing yet. */
  readonly targets: readonly RunTarget[];
  readonly args: ConfigValue;
  /** False also while all schedules are paused. */
  readonly enabled: boolean;
  /** True for an enabled schedule while all are paused (PAUSE ALL). */
  readonly paused?: true;
  /** 1 before 5 before 9. */
  readonly priority: number;
  readonly jitterMs: number;
  readonly startAt: number | undefined;
  readonly endAt: number | undefined;
  /** Occurrences still to be skipped. */
  readonly skipNext: number;
  readonly manualAllowed: boolean;
  /** Names of arguments that RUN SCHEDULE … WITH may set; undefined: all. */
  readonly manualFields: readonly string[] | undefined;
  /** Everything the definition says about time; changes mean new occurrences. */
  readonly modifiedAt: number;
  readonly constraints: ConstraintDefinition;
  /** In order. */
  readonly actions: readonly ActionBinding[];
}
