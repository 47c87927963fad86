// The counters of the scheduler for metrics: sums of system.scheduler_stats over all periods that are kept.
import { storedTable, catalogVersion } from "../catalog/schema.ts";
import { numberOf, readRows } from "../sql/rows.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

/** Columns that count. */
const COUNTERS = [
  "iterations",
  "run_jobs",
  "late_jobs",
  "time_passed_run_time",
  "missed_jobs",
  "time_passed_grace_period",
  "jobs_cancelled",
] as const;

/** Sums by counter; empty while the database cannot be read. */
export function readSchedulerCounters(database: string): Readonly<Record<string, number>> {
  try {
    const connection = sqliteEngine.connect({ target: database, create: false, readOnly: true, busyTimeoutMs: 200 });
    try {
      if (catalogVersion(connection) === 0) return {};
      const sums = COUNTERS.map((name) => `coalesce(sum(${name}), 0)`).join(", ");
      const row = readRows(connection, `SELECT ${sums} FROM ${storedTable("scheduler_stats")}`)[0] ?? [];
      return Object.fromEntries(COUNTERS.map((name, index) => [name, numberOf(row[index])]));
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof EngineError) return {};
    throw error;
  }
}
