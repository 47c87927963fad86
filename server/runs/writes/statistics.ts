// Writes of measurements: rows per period, rows per run, and their retention. Losing one never affects a run.
import type { SystemTableName } from "../../../base/system-tables.ts";
import type { Connection } from "../../../storage/engine.ts";
import { storedTable } from "../../catalog/schema.ts";
import { writeRows } from "../../sql/rows.ts";
import { periodOf } from "../../statistics/periods.ts";
import { timeText } from "./rows.ts";

/** Numbers of one table in one period, as they are by now. */
export interface PeriodRow {
  readonly table: "scheduler_stats" | "syncer_stats" | "stats_collector_stats" | "webhook_handler_stats";
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly columns: Readonly<Record<string, number>>;
}

/** Keeps the numbers of periods; later numbers of a period replace earlier ones. @throws EngineError. */
export function recordPeriods(connection: Connection, rows: readonly PeriodRow[]): void {
  for (const row of rows) {
    const names = Object.keys(row.columns);
    const all = ["stats_period_id", "start_time", "end_time", ...names];
    const updates =
      names.length === 0 ? "NOTHING" : `UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`;
    writeRows(
      connection,
      `INSERT INTO ${storedTable(row.table)} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")}) ON CONFLICT (stats_period_id) DO ${updates}`,
      [row.id, timeText(row.startMs), timeText(row.endMs), ...Object.values(row.columns)],
    );
  }
}

/** Numbers of one run. */
export interface RunNumbers {
  readonly runId: string;
  readonly periodId: string;
  readonly columns: Readonly<Record<string, number | string>>;
}

/** Keeps the numbers of runs that ended; actions are counted from their rows. Replaying changes nothing. @throws EngineError. */
export function recordRunNumbers(connection: Connection, rows: readonly RunNumbers[]): void {
  for (const row of rows) {
    const names = Object.keys(row.columns);
    writeRows(
      connection,
      `INSERT INTO ${storedTable("orchestrator_stats")} (run_id, stats_period_id, actions_taken, actions_failed, ${names.join(", ")})
        SELECT ?, ?, (SELECT count(*) FROM ${storedTable("action_runs")} a WHERE a.run_id = r.run_id),
          (SELECT count(*) FROM ${storedTable("action_runs")} a WHERE a.run_id = r.run_id AND NOT a.success), ${names.map(() => "?").join(", ")}
        FROM ${storedTable("runs")} r WHERE r.run_id = ? ON CONFLICT (run_id) DO NOTHING`,
      [row.runId, row.periodId, ...Object.values(row.columns), row.runId],
    );
  }
}

const PERIOD_TABLES: readonly SystemTableName[] = [
  "scheduler_stats",
  "syncer_stats",
  "stats_collector_stats",
  "webhook_handler_stats",
];

/** Deletes measurements of periods that ended before a moment; gives how many. @throws EngineError. */
export function purgeStatistics(
  connection: Connection,
  input: { readonly olderThan: number; readonly rowsMax: number },
): number {
  let deleted = purgeLanes(connection, Number(periodOf(input.olderThan).id), input.rowsMax);
  for (const table of PERIOD_TABLES)
    deleted += writeRows(
      connection,
      `DELETE FROM ${storedTable(table)} WHERE stats_period_id IN (SELECT stats_period_id FROM ${storedTable(table)} WHERE end_time < ? LIMIT CAST(? AS INTEGER))`,
      [timeText(input.olderThan), input.rowsMax],
    );
  return deleted;
}

/** Rows of lanes have no times: their periods grow with time. */
function purgeLanes(connection: Connection, beforePeriod: number, rowsMax: number): number {
  const table = storedTable("lane_stats");
  return writeRows(
    connection,
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE CAST(stats_period_id AS INTEGER) < CAST(? AS INTEGER) LIMIT CAST(? AS INTEGER))`,
    [beforePeriod, rowsMax],
  );
}
