// Deadlocks in the change log.
import type { Connection } from "../../storage/engine.ts";
import { catalogVersion, storedTable, timestampText } from "../catalog/schema.ts";
import { readRows, writeRows } from "../sql/rows.ts";
import { DEADLOCK_OPERATION } from "./capture.ts";
import { SINCE } from "./feeds.ts";

/** Writes it when a feed is about deadlocks. @throws EngineError. */
export function recordDeadlock(
  connection: Connection,
  event: { readonly session_id: number; readonly user: string; readonly message: string },
): void {
  if (catalogVersion(connection) < SINCE) return;
  const feeds = `SELECT 1 FROM ${storedTable("event_feeds")} WHERE kind = 'DEADLOCK_DETECTED'`;
  if (readRows(connection, feeds).length === 0) return;
  writeRows(
    connection,
    `INSERT INTO ${storedTable("change_log")} (table_name, operation, data, timestamp) VALUES ('', '${DEADLOCK_OPERATION}', ?, ?)`,
    [JSON.stringify(event), timestampText(Date.now() * 1000)],
  );
}
