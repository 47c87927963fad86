// Settings of a database's automation: rows of gobi_settings by name, checked before they are written, told with their defaults.
import { durationMs, printDuration } from "../../base/quantity.ts";
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { bumpEpoch, catalogVersion, ensureCatalog, storedTable, timestampText, type CatalogPlace } from "./schema.ts";
import { RETENTION, RETENTION_SETTING_ROWS, type RetentionSettings } from "../runs/retention.ts";
import { SCHEDULER_SETTING_ROWS } from "../scheduler/setting-rows.ts";
import { schedulerSettings } from "../scheduler/settings.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";

interface SettingRow {
  readonly kind: "duration" | "count";
  readonly value: number;
  readonly doc: string;
}

/** A hundred years: longer ones reach beyond the calendar. */
const DURATION_MAX_MS = 100 * 366 * 86_400_000;

const ROWS: Readonly<Record<string, SettingRow>> = { ...SCHEDULER_SETTING_ROWS, ...RETENTION_SETTING_ROWS };

/** A setting as it is listed. `value` is undefined where the default holds. */
export interface ListedSetting {
  readonly name: string;
  readonly value: string | undefined;
  readonly default: string;
  readonly doc: string;
}

/** Values that were set, by name. @throws EngineError. */
function givenSettings(connection: Connection): Readonly<Record<string, string>> {
  if (catalogVersion(connection) === 0) return {};
  const rows = readRows(
    connection,
    `SELECT name, CAST(value AS TEXT) FROM ${storedTable("settings")} WHERE scope = 'system' AND scope_id = ''`,
  );
  return Object.fromEntries(
    rows.flatMap((row) => {
      const name = textOf(row[0]);
      return Object.hasOwn(ROWS, name) ? [[name, String(JSON.parse(textOf(row[1])))] as const] : [];
    }),
  );
}

/** Every setting. @throws EngineError. */
export function listSettings(connection: Connection): readonly ListedSetting[] {
  const given = givenSettings(connection);
  return Object.entries(ROWS).map(([name, row]) => ({
    name,
    value: given[name],
    default: row.kind === "duration" ? printDuration(row.value) : String(row.value),
    doc: row.doc,
  }));
}

/** Retention as it is set. @throws Trap WrongSetting; EngineError. */
export function readRetention(connection: Connection): RetentionSettings {
  const given = givenSettings(connection);
  const settings: { -readonly [K in keyof RetentionSettings]: RetentionSettings[K] } = { ...RETENTION };
  for (const [name, row] of Object.entries(RETENTION_SETTING_ROWS)) {
    const text = given[name];
    if (text !== undefined) settings[row.field] = valueOf(name, row, text);
  }
  return settings;
}

function valueOf(name: string, row: SettingRow, text: string): number {
  const value = row.kind === "duration" ? durationMs(text) : /^\d{1,9}$/u.test(text) ? Number(text) : undefined;
  if (value === undefined || value <= 0 || value > DURATION_MAX_MS)
    throw trap(
      "WrongSetting",
      `${name} must be ${row.kind === "duration" ? "a duration such as 30s or 90d, up to a hundred years" : "a whole number"}, above zero, not ${text}.`,
    );
  return value;
}

/** Sets a setting, or with undefined takes it back to its default. Inside the caller's transaction. @throws Trap WrongSetting, NoSuchObject; EngineError. */
export function writeSetting(place: CatalogPlace, name: string, text: string | undefined): void {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  if (row === undefined)
    throw trap("NoSuchObject", `There is no setting named ${name}; gobi settings list shows them.`);
  ensureCatalog(place);
  const { connection } = place;
  if (text === undefined) {
    writeRows(
      connection,
      `DELETE FROM ${storedTable("settings")} WHERE scope = 'system' AND scope_id = '' AND name = ?`,
      [name],
    );
  } else {
    valueOf(name, row, text);
    const together = Object.entries({ ...givenSettings(connection), [name]: text }).filter(([each]) =>
      Object.hasOwn(SCHEDULER_SETTING_ROWS, each),
    );
    const { problems } = schedulerSettings(Object.fromEntries(together));
    if (problems.length > 0) throw trap("WrongSetting", problems.join(" "));
    writeRows(
      connection,
      `INSERT INTO ${storedTable("settings")} (scope, scope_id, name, value, value_type, updated_at) VALUES ('system', '', ?, ?, ?, ?)
        ON CONFLICT (scope, scope_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
      [name, JSON.stringify(text), row.kind, timestampText(place.nowMicros())],
    );
  }
  bumpEpoch(place);
}
