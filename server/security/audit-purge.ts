// Purging the audit log: old rows go from its beginning. The last of them stays as an anchor with its hash, on which the row behind it builds, and a row at the log's end,
// inside the chain, says what was purged: an anchor that nothing confirms is found by whoever verifies (audit.ts).
import type { Connection } from "../../storage/engine.ts";
import { storedTable, timestampText } from "../catalog/schema.ts";
import { numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { type AuditEvent, writeAudit } from "./audit.ts";
import { ANCHOR, type Purged, purgedOf, RECORD } from "./audit-anchor.ts";
import { hasUsers } from "./rights.ts";

/** What a purge is to do; times are milliseconds since 1970. */
export interface PurgeInput {
  readonly olderThan: number;
  readonly rowsMax: number;
  readonly at: number;
}

/** Purges the oldest rows; gives how many. Runs inside the caller's transaction. @throws EngineError. */
export function purgeAudit(connection: Connection, { olderThan, rowsMax, at }: PurgeInput): number {
  if (!hasUsers(connection)) return 0;
  const table = storedTable("audit_log");
  const oldest = readRows(
    connection,
    `SELECT seq, CAST(at AS TEXT), action, CAST(details AS TEXT), row_hash FROM ${table} ORDER BY seq LIMIT CAST(? AS INTEGER)`,
    [rowsMax + 1],
  );
  const [first] = oldest;
  const before = first?.[2] === ANCHOR ? purgedOf(first[3]) : undefined;
  // Of fixed width, so that texts of times sort.
  const border = timestampText(olderThan * 1000);
  const young = oldest.findIndex((row) => textOf(row[1]) >= border);
  const old = young < 0 ? oldest : oldest.slice(0, young);
  const gone = old.slice(before === undefined ? 0 : 1).slice(0, rowsMax);
  const last = gone.at(-1);
  if (last === undefined) return 0;
  const through = numberOf(last[0]);
  const purged: Purged = {
    rows: (before?.rows ?? 0) + gone.length,
    through,
    until: textOf(last[1]),
    hash: textOf(last[4]),
  };
  writeRows(connection, `DELETE FROM ${table} WHERE seq < ?`, [through]);
  writeRows(
    connection,
    `UPDATE ${table} SET user_id = NULL, session_id = NULL, run_id = NULL, action = '${ANCHOR}', object_kind = NULL, object_name = NULL,
       outcome = 'done', details = ?, prev_hash = NULL WHERE seq = ?`,
    [JSON.stringify(purged), through],
  );
  const event: AuditEvent = {
    action: RECORD,
    outcome: "done",
    userId: undefined,
    sessionId: undefined,
    details: purged,
  };
  writeAudit({ connection, nowMicros: () => at * 1000, elapsedMs: () => 0 }, event);
  return gone.length;
}
