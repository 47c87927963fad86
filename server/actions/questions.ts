// What constraints and actions ask the tables of runs. Reads only.
import type { Connection } from "../../storage/engine.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { dataOf, FINAL_LIST, timeText } from "../runs/writes/rows.ts";

const RUNS = storedTable("runs");

/** The one that started last of those at work; the run itself counts. @throws EngineError. */
export function latestRunning(connection: Connection, scheduleId: string): string | undefined {
  const sql = `SELECT run_id FROM ${RUNS} WHERE schedule_id = ? AND status = 'running' ORDER BY started_at DESC, run_id DESC LIMIT 1`;
  const [row] = readRows(connection, sql, [scheduleId]);
  return row === undefined ? undefined : textOf(row[0]);
}

/** Which of these runs have ended. @throws EngineError. */
export function endedOf(connection: Connection, runIds: readonly string[]): ReadonlySet<string> {
  if (runIds.length === 0) return new Set();
  const sql = `SELECT run_id FROM ${RUNS} WHERE run_id IN (SELECT value FROM json_each(?)) AND status IN (${FINAL_LIST})`;
  return new Set(readRows(connection, sql, [JSON.stringify(runIds)]).map((row) => textOf(row[0])));
}

/** Ids of a schedule's runs that started at a time or later, without the run itself. @throws EngineError. */
export function startedSince(
  connection: Connection,
  scheduleId: string,
  sinceMs: number,
  without: string,
): readonly string[] {
  const sql = `SELECT run_id FROM ${RUNS} WHERE schedule_id = ? AND run_id <> ? AND started_at >= ?`;
  return readRows(connection, sql, [scheduleId, without, timeText(sinceMs)]).map((row) => textOf(row[0]));
}

/** How the latest finished run of a schedule went; `args` undefined: with any arguments. Undefined: it never finished. @throws EngineError. */
export function latestFinished(
  connection: Connection,
  scheduleId: string,
  args: ConfigValue | undefined,
  without: string,
): { readonly runId: string; readonly status: string } | undefined {
  const sql = `SELECT run_id, status, CAST(args AS TEXT) FROM ${RUNS} WHERE schedule_id = ? AND run_id <> ?
    AND status IN ('completed', 'failed', 'cancelled', 'orphaned') ORDER BY scheduled_at DESC, completed_at DESC, run_id DESC`;
  const wanted = args === undefined ? undefined : canonical(args);
  for (const row of readRows(connection, sql, [scheduleId, without]))
    if (wanted === undefined || canonical(dataOf(row[2]) ?? {}) === wanted)
      return { runId: textOf(row[0]), status: textOf(row[1]) };
  return undefined;
}

/** JSON text with keys in order: equal data gives equal text. */
export function canonical(value: ConfigValue): string {
  if (Array.isArray(value)) return `[${(value as readonly ConfigValue[]).map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join(",")}}`;
}
