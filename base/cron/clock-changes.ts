// Local times of a cron table that a zone's clock skips or repeats, for the person who wrote the table.
// Tables that name every hour of the day follow the running clock and have nothing to tell.
import { timesBetween, type ZonedCron } from "./times.ts";
import { zoneOf } from "./zone.ts";

/** A local time that does not exist or comes twice. Local times are milliseconds as if the zone were UTC. */
export interface OddTime {
  readonly kind: "skipped" | "doubled";
  readonly localMs: number;
  /** What the clock shows when a skipped time fires after all (`gap: "shift"`). */
  readonly insteadMs: number;
}

/** The first local time of the table in each change of the clock within [fromMs, toMs). */
export function oddTimes(cron: ZonedCron, fromMs: number, toMs: number): readonly OddTime[] {
  const utc = zoneOf("UTC");
  if (cron.table.everyHour || utc === undefined) return [];
  return cron.zone.changesBetween(fromMs, toMs).flatMap(({ atMs, beforeMs, afterMs }): readonly OddTime[] => {
    const local: number[] = [];
    timesBetween(
      { ...cron, zone: utc },
      atMs + Math.min(beforeMs, afterMs),
      atMs + Math.max(beforeMs, afterMs),
      local,
      1,
    );
    const [localMs] = local;
    if (localMs === undefined) return [];
    return [{ kind: afterMs > beforeMs ? "skipped" : "doubled", localMs, insteadMs: localMs + afterMs - beforeMs }];
  });
}
