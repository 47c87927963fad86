// Deletes what is old: ended runs with all that hangs on them, and log lines, in small steps between which other writers have their turn.
import type { RunStore } from "./store.ts";
import type { RunClock } from "./types.ts";

const DAY_MS = 24 * 3_600_000;

/** How long what stays. */
export interface RetentionSettings {
  readonly runsMs: number;
  readonly logsMs: number;
  /** Newest runs of each schedule that always stay. */
  readonly keepPerSchedule: number;
  /** Rows of one step: it must not keep other writers waiting. */
  readonly rowsMax: number;
}

/** Runs 90 days, log lines 30 days, and always the newest 20 runs of each schedule. */
export const RETENTION: RetentionSettings = {
  runsMs: 90 * DAY_MS,
  logsMs: 30 * DAY_MS,
  keepPerSchedule: 20,
  rowsMax: 200,
};

/** Deletes everything that is too old now; gives the number of rows. @throws EngineError. */
export async function purgeOld(
  store: Pick<RunStore, "write">,
  clock: RunClock,
  settings: RetentionSettings,
): Promise<number> {
  let total = 0;
  for (const what of ["logs", "runs"] as const) {
    const olderThan = clock.nowMs() - (what === "logs" ? settings.logsMs : settings.runsMs);
    for (;;) {
      const { rowsMax, keepPerSchedule } = settings;
      const deleted = await store.write("purge", { what, olderThan, rowsMax, keepPerSchedule });
      total += deleted;
      if (deleted < rowsMax) break;
    }
  }
  return total;
}
