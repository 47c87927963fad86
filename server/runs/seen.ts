// How far the scheduler of this database came, and which of the occurrences since then have runs.
import type { Connection } from "../../storage/engine.ts";
import { catalogVersion, storedTable } from "../catalog/schema.ts";
import { SEEN_SETTING } from "../scheduler/settings.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { timeText } from "./writes/rows.ts";

/** Up to when occurrences were looked at (milliseconds since 1970), 0 when none ever were; keys of those from there on that have runs. @throws EngineError. */
export function readSeen(connection: Connection): { readonly seenUntil: number; readonly known: ReadonlySet<string> } {
  if (catalogVersion(connection) === 0) return { seenUntil: 0, known: new Set() };
  const sql = `SELECT CAST(value AS TEXT) FROM ${storedTable("settings")} WHERE scope = 'system' AND scope_id = '' AND name = ?`;
  const seenUntil = Number(textOf(readRows(connection, sql, [SEEN_SETTING])[0]?.[0]));
  const keys = `SELECT dedupe_key FROM ${storedTable("runs")} WHERE scheduled_at >= ? AND dedupe_key LIKE 'schedule:%'`;
  return {
    seenUntil,
    known: new Set(readRows(connection, keys, [timeText(seenUntil)]).map((row) => textOf(row[0]))),
  };
}
