// Settings of the scheduler, read from rows `scheduler.*` of gobi_settings. A wrong one is told by its name, and nothing starts with it.
import { durationMs } from "../../base/quantity.ts";
import type { Connection } from "../../storage/engine.ts";
import { catalogVersion, storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { SCHEDULER_SETTING_ROWS, type SchedulerSettings } from "./setting-rows.ts";

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
