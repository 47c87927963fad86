// What the daemon and its automation process say to each other: types only.
import type { AllowedHosts } from "../actions/addresses.ts";
import type { RetentionSettings } from "../runs/retention.ts";
import type { LanePeriodRow } from "../runs/writes/lane-statistics.ts";
import type { SchedulerSettings } from "../scheduler/setting-rows.ts";

/** What is automated, and how. */
export interface AutomationOrder {
  readonly database: string;
  readonly directory: string;
  /** Where commits are noted (server/lanes/commit-journal.ts). */
  readonly commitJournal: string;
  /** Where the daemon's lanes are noted (lane-record.ts): what is left of them when it dies is ended from here. */
  readonly laneRecord: string;
  readonly daemonPid: number;
  readonly concurrentMax: number;
  readonly allowHosts: AllowedHosts;
  /** Those that the configuration of the daemon gives; the rest comes from the database. */
  readonly scheduling: Partial<SchedulerSettings>;
  readonly retention: Partial<RetentionSettings>;
  readonly shutdownMs: number;
}

/** To the automation process. */
export type ToAutomation =
  | { readonly kind: "start"; readonly order: AutomationOrder }
  | { readonly kind: "report"; readonly id: number }
  | { readonly kind: "lanes"; readonly rows: readonly LanePeriodRow[] }
  /** End in order; the process ends by itself then. */
  | { readonly kind: "stop" };

/** What it does now. */
export interface AutomationReport {
  readonly leading: boolean;
  readonly activeRuns: number;
  readonly rssBytes: number;
  /** Sums of the counters of system.scheduler_stats over all periods that are kept. */
  readonly counters: Readonly<Record<string, number>>;
}

/** From the automation process. */
export type FromAutomation =
  | { readonly kind: "started"; readonly leading: boolean }
  /** It cannot begin. `retryable`: the same may work later. */
  | { readonly kind: "failed"; readonly message: string; readonly retryable: boolean }
  | { readonly kind: "log"; readonly level: "info" | "warn" | "error"; readonly text: string }
  /** A run has begun or ended. */
  | { readonly kind: "run"; readonly run: RunEvent }
  | { readonly kind: "report"; readonly id: number; readonly report: AutomationReport };

/** A run that has begun or ended, as subscribers of `runs` see it. */
export interface RunEvent {
  readonly id: string;
  readonly scheduleId: string | null;
  readonly target: string;
  readonly status: string;
  readonly error: string | null;
}
