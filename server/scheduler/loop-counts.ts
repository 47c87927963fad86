// What the loop counts, handed to statistics as it happens (`scheduler_stats`), and kept as totals since its start.
import type { LoopStatistics } from "./messages.ts";

/** A message for statistics: sums, values, samples by column of scheduler_stats. */
export interface LoopMessage {
  readonly table: "scheduler_stats";
  readonly add?: Readonly<
    Partial<
      Record<
        | "iterations"
        | "run_jobs"
        | "late_jobs"
        | "time_passed_run_time"
        | "missed_jobs"
        | "time_passed_grace_period"
        | "jobs_cancelled"
        | "empty_inbox_time",
        number
      >
    >
  >;
  readonly set?: Readonly<Partial<Record<"jobs_running", number>>>;
  /** `inbox_length` and `time_in_inbox`. */
  readonly samples?: Readonly<Record<string, readonly number[]>>;
}

/** Counts one loop. */
export interface LoopCounter {
  step(monotonicMs: number, inboxDepth: number): void;
  received(waitedMs: number): void;
  /** A run was asked for, so much after its time. */
  requested(lateMs: number): void;
  /** An occurrence was seen so long after its grace. */
  missed(tooLateMs: number): void;
  cancelled(): void;
  running(count: number): void;
  totals(): Omit<LoopStatistics, "active" | "inbox">;
}

/** Makes a counter that reports to statistics. */
export function loopCounter(report: (message: LoopMessage) => void): LoopCounter {
  const totals = { iterations: 0, requested: 0, late: 0, missed: 0 };
  let lastStepMs: number | undefined;
  let lastRunning = -1;
  const add = (columns: NonNullable<LoopMessage["add"]>): void => report({ table: "scheduler_stats", add: columns });
  return {
    step: (monotonicMs, inboxDepth) => {
      totals.iterations += 1;
      const passed = lastStepMs === undefined ? 0 : Math.round(monotonicMs - lastStepMs);
      lastStepMs = monotonicMs;
      report({
        table: "scheduler_stats",
        add: { iterations: 1, ...(inboxDepth === 0 && passed > 0 ? { empty_inbox_time: passed } : {}) },
        samples: { inbox_length: [inboxDepth] },
      });
    },
    received: (waitedMs) => report({ table: "scheduler_stats", samples: { time_in_inbox: [Math.round(waitedMs)] } }),
    requested: (lateMs) => {
      totals.requested += 1;
      if (lateMs > 0) totals.late += 1;
      add({ run_jobs: 1, ...(lateMs > 0 ? { late_jobs: 1, time_passed_run_time: Math.round(lateMs) } : {}) });
    },
    missed: (tooLateMs) => {
      totals.missed += 1;
      add({ missed_jobs: 1, time_passed_grace_period: Math.round(tooLateMs) });
    },
    cancelled: () => add({ jobs_cancelled: 1 }),
    running: (count) => {
      if (count === lastRunning) return;
      lastRunning = count;
      report({ table: "scheduler_stats", set: { jobs_running: count } });
    },
    totals: () => ({ ...totals }),
  };
}
