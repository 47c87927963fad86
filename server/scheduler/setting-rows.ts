// The settings of the scheduler: one table with defaults. Read by settings.ts, by the configuration of the daemon and by `gobi settings`.

/** Values of all settings; times in milliseconds. */
export interface SchedulerSettings {
  /** Runs are asked for this long before their time. */
  readonly preScheduleMs: number;
  /** Between two builds of the index of occurrences. */
  readonly indexRebuildMs: number;
  /** How far ahead the index reaches. */
  readonly lookaheadMs: number;
  /** An occurrence that is later than this when it is seen counts as missed. */
  readonly graceMs: number;
  /** Longest sleep of the loop; steps of the clock are noticed as fast. */
  readonly loopIntervalMs: number;
  readonly inboxSize: number;
  readonly inboxSendTimeoutMs: number;
  /** Occurrences of one schedule that are caught up when it names no window. */
  readonly catchUpMax: number;
  /** Time that passed without the loop up to this is a step of the clock: its occurrences are run. More counts as time in which nothing ran. */
  readonly clockStepMs: number;
}

/** Settings by name, with defaults. Durations in milliseconds. */
export const SCHEDULER_SETTING_ROWS = {
  "scheduler.pre_schedule_interval": {
    field: "preScheduleMs",
    kind: "duration",
    value: 10_000,
    doc: "Runs are asked for this long before their time.",
  },
  "scheduler.index_rebuild_interval": {
    field: "indexRebuildMs",
    kind: "duration",
    value: 60_000,
    doc: "Between two builds of the index of occurrences.",
  },
  "scheduler.lookahead_window": {
    field: "lookaheadMs",
    kind: "duration",
    value: 600_000,
    doc: "How far ahead the index reaches.",
  },
  "scheduler.grace_period": {
    field: "graceMs",
    kind: "duration",
    value: 30_000,
    doc: "An occurrence that is later than this when it is seen counts as missed.",
  },
  "scheduler.loop_interval": {
    field: "loopIntervalMs",
    kind: "duration",
    value: 1000,
    doc: "Longest sleep of the loop.",
  },
  "scheduler.inbox_buffer_size": { field: "inboxSize", kind: "count", value: 10_000, doc: "Messages that may wait." },
  "scheduler.inbox_send_timeout": {
    field: "inboxSendTimeoutMs",
    kind: "duration",
    value: 5000,
    doc: "How long a message waits for room.",
  },
  "scheduler.catch_up_max": {
    field: "catchUpMax",
    kind: "count",
    value: 100,
    doc: "Occurrences of one schedule that are caught up when it names no window.",
  },
  "scheduler.clock_step_max": {
    field: "clockStepMs",
    kind: "duration",
    value: 7_200_000,
    doc: "Time without the loop up to this is a step of the clock; more counts as time in which nothing ran.",
  },
} as const satisfies Record<
  string,
  {
    readonly field: keyof SchedulerSettings;
    readonly kind: "duration" | "count";
    readonly value: number;
    readonly doc: string;
  }
>;
