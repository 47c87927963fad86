// Keeps what lanes of a daemon did, by period. Losing a row never affects a run.
import type { Connection } from "../../../storage/engine.ts";
import { storedTable } from "../../catalog/schema.ts";
import type { LaneNumbers } from "../../lanes/types.ts";
import { writeRows } from "../../sql/rows.ts";

/** What one lane did in one period, or in a part of it. */
export interface LanePeriodRow extends LaneNumbers {
  readonly periodId: string;
  readonly database: string;
  readonly laneNo: number;
  readonly tags: string;
}

const SUMS = ["submitted", "completed", "failed", "timeouts", "rejected", "cache_hits", "cache_misses"] as const;
const GREATEST = ["max_depth", "wait_ms_max", "exec_ms_p95", "exec_ms_max"] as const;
const MEANS = ["wait_ms_avg", "exec_ms_avg"] as const;

/** Keeps rows. A lane of the same number in the same period (it was replaced) is one row: sums are added, of the rest the greatest stays. @throws EngineError. */
export function recordLanes(connection: Connection, rows: readonly LanePeriodRow[]): void {
  const columns = ["stats_period_id", "database_name", "lane_no", "tags", ...SUMS, ...GREATEST, ...MEANS];
  const ended = "(completed + failed)";
  const endedNow = "(excluded.completed + excluded.failed)";
  const updates = [
    ...SUMS.map((name) => `${name} = ${name} + excluded.${name}`),
    ...GREATEST.map((name) => `${name} = max(${name}, excluded.${name})`),
    ...MEANS.map(
      (name) => `${name} = (${name} * ${ended} + excluded.${name} * ${endedNow}) / max(${ended} + ${endedNow}, 1)`,
    ),
  ];
  const sql = `INSERT INTO ${storedTable("lane_stats")} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT (stats_period_id, database_name, lane_no) DO UPDATE SET ${updates.join(", ")}`;
  for (const { periodId, database, laneNo, tags, counts, depthMax, waitMs, executeMs } of rows) {
    const done = Math.max(counts.completed + counts.failed, 1);
    writeRows(connection, sql, [
      periodId,
      database,
      laneNo,
      tags,
      counts.submitted,
      counts.completed,
      counts.failed,
      counts.timeouts,
      counts.rejected,
      counts.cacheHits,
      counts.cacheMisses,
      depthMax,
      waitMs.max,
      executeMs.p95,
      executeMs.max,
      waitMs.sum / done,
      executeMs.sum / done,
    ]);
  }
}
