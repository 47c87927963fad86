// Cron texts in tests: compiled for a zone, and their next times as ISO texts.
import { readCron } from "../../base/cron/cron-text.ts";
import { timeAfter, timesBetween, type ZonedCron } from "../../base/cron/times.ts";
import { zoneOf } from "../../base/cron/zone.ts";
import { required } from "../../base/failure.ts";
import { cronPort } from "../../server/scheduler/cron-library.ts";

const port = cronPort(() => Date.UTC(2024, 0, 1));

/** A text compiled for a zone. */
export function zoned(text: string, zone = "UTC", rules: Partial<Pick<ZonedCron, "gap" | "fold">> = {}): ZonedCron {
  const reading = readCron(text, port);
  const table = reading.ok && reading.meaning.kind === "table" ? reading.meaning.table : undefined;
  return {
    table: required(table, `a table of ${text}`),
    zone: required(zoneOf(zone), zone),
    gap: rules.gap ?? "shift",
    fold: rules.fold ?? "first",
  };
}

/** An instant as the tests write it: `2026-01-31T02:00:00Z`. */
export function iso(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(".000Z", "Z");
}

/** The next times after an instant. */
export function times(text: string, after: string, count: number, zone?: string): readonly string[] {
  const cron = zoned(text, zone);
  const found: string[] = [];
  let at: number | undefined = Date.parse(after);
  while (found.length < count) {
    at = timeAfter(cron, at);
    if (at === undefined) break;
    found.push(iso(at));
  }
  return found;
}

/** Times in [from, to). */
export function timesWithin(cron: ZonedCron, from: string, to: string): readonly string[] {
  const found: number[] = [];
  timesBetween(cron, Date.parse(from), Date.parse(to), found, Infinity);
  return found.map(iso);
}
