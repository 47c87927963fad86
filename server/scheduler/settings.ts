// Settings of the scheduler: one table with defaults, read from rows `scheduler.*` of gobi_settings. A wrong one is told by its name, and nothing starts with it.
import { durationMs } from "../../base/quantity.ts";
import type { Connection } from "../../storage/engine.ts";
import { catalogVersion, storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";

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

const PREFIX = "scheduler.";
/** Rows of the scheduler's own, which are no settings: how far it came, and that all schedules are paused. */
export const SEEN_SETTING = "scheduler.seen_until";
export const PAUSED_SETTING = "scheduler.paused";

/** Every setting at its default. */
export const SCHEDULER_SETTINGS: SchedulerSettings = Object.fromEntries(
  Object.values(SCHEDULER_SETTING_ROWS).map(({ field, value }) => [field, value]),
) as unknown as SchedulerSettings;

/** Settings, and what is wrong with those that were given; each problem names its setting. */
export interface ReadSettings {
  readonly settings: SchedulerSettings;
  readonly problems: readonly string[];
}

/** Settings from texts by name: durations such as `30s`, whole numbers. Names that are none are problems. */
export function schedulerSettings(given: Readonly<Record<string, string>>): ReadSettings {
  const problems: string[] = [];
  const settings: { -readonly [K in keyof SchedulerSettings]: SchedulerSettings[K] } = { ...SCHEDULER_SETTINGS };
  const rows: Readonly<Record<string, (typeof SCHEDULER_SETTING_ROWS)[keyof typeof SCHEDULER_SETTING_ROWS]>> =
    SCHEDULER_SETTING_ROWS;
  for (const [name, text] of Object.entries(given)) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (row === undefined) {
      problems.push(`There is no setting named ${name}.`);
      continue;
    }
    const value = row.kind === "duration" ? durationMs(text) : Number(text);
    if (value === undefined || !Number.isSafeInteger(value) || value <= 0)
      problems.push(
        `${name} must be ${row.kind === "duration" ? "a duration" : "a whole number"} above zero, not ${text}.`,
      );
    else settings[row.field] = value;
  }
  if (settings.indexRebuildMs >= settings.lookaheadMs)
    problems.push("scheduler.index_rebuild_interval must be shorter than scheduler.lookahead_window.");
  if (settings.preScheduleMs >= settings.lookaheadMs)
    problems.push("scheduler.pre_schedule_interval must be shorter than scheduler.lookahead_window.");
  return { settings, problems };
}

/** The settings of a database. @throws EngineError. */
export function readSettings(connection: Connection): ReadSettings {
  if (catalogVersion(connection) === 0) return { settings: SCHEDULER_SETTINGS, problems: [] };
  const rows = readRows(
    connection,
    `SELECT name, CAST(value AS TEXT) FROM ${storedTable("settings")} WHERE scope = 'system' AND name LIKE '${PREFIX}%' AND name NOT IN ('${SEEN_SETTING}', '${PAUSED_SETTING}')`,
  );
  // A value is JSON: texts stand between quotes.
  return schedulerSettings(Object.fromEntries(rows.map((row) => [textOf(row[0]), textOf(row[1]).replaceAll('"', "")])));
}
