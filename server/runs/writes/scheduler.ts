// The one thing that the scheduler writes itself: up to when it has looked at all occurrences.
import type { Connection } from "../../../storage/engine.ts";
import { catalogVersion, storedTable } from "../../catalog/schema.ts";
import { SEEN_SETTING } from "../../scheduler/settings.ts";
import { writeRows } from "../../sql/rows.ts";
import { timeText } from "./rows.ts";

/** Notes that every occurrence before `seen` (milliseconds since 1970) has its run, or never gets one. Nothing while the database has no catalog. @throws EngineError. */
export function schedulerSeen(connection: Connection, input: { readonly seen: number; readonly at: number }): void {
  if (catalogVersion(connection) === 0) return;
  writeRows(
    connection,
    `INSERT INTO ${storedTable("settings")} (scope, scope_id, name, value, value_type, updated_at) VALUES ('system', '', ?, ?, 'int', ?)
     ON CONFLICT (scope, scope_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
    [SEEN_SETTING, String(input.seen), timeText(input.at)],
  );
}
