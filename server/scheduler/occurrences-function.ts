// The functions behind system.schedule_occurrences and system.schedules: coming times of one schedule from the columns of its row, as JSON, and the next one.
import type { Value } from "../../base/value/value.ts";
import { CRON_SEPARATOR } from "../catalog/schedules.ts";
import { timestampText } from "../catalog/schema.ts";
import { numberOf, textOf } from "../sql/rows.ts";
import type { SqlFunction } from "../../storage/engine.ts";
import { scheduleTimes } from "./times.ts";

const DAY_MS = 86_400_000;
/** The coming day, at least so many and at most so many of each schedule. */
const TIMES_MIN = 10;
const TIMES_MAX = 1000;

/** Both take cron, interval_ms, timezone, dst_gap, dst_fold, start_at and end_at of a row of gobi_schedules. */
export function occurrenceFunctions(nowMs: () => number): readonly SqlFunction[] {
  const common = {
    parameterCount: 7,
    deterministic: false,
    result: "string",
    parameters: ["string", "any", "string", "string", "string", "string", "string"],
  } as const;
  const text = (at: number): string => timestampText(at * 1000);
  return [
    { ...common, name: "gobi_occurrences", call: (...row) => JSON.stringify(comingTimes(row, nowMs()).map(text)) },
    {
      ...common,
      name: "gobi_next_run",
      call: (...row) => {
        const now = nowMs();
        const next = timesOf(row, now).after(now);
        return next === undefined ? null : text(next);
      },
    },
  ];
}

function moment(value: Value | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Date.parse(textOf(value));
}

function timesOf(
  [cron, interval, timezone, gap, fold, start, end]: readonly Value[],
  nowMs: number,
): ReturnType<typeof scheduleTimes> {
  return scheduleTimes(
    {
      crons: cron === null ? [] : textOf(cron).split(CRON_SEPARATOR),
      intervalMs: interval === null ? undefined : numberOf(interval),
      timezone: textOf(timezone),
      dstGap: textOf(gap) === "skip" ? "skip" : "shift",
      dstFold: textOf(fold) === "both" ? "both" : "first",
      startAt: moment(start),
      endAt: moment(end),
    },
    nowMs,
  );
}

function comingTimes(row: readonly Value[], nowMs: number): readonly number[] {
  const times = timesOf(row, nowMs);
  const found: number[] = [];
  times.between(nowMs + 1, nowMs + DAY_MS, found, TIMES_MAX);
  for (let at = found.at(-1) ?? nowMs; found.length < TIMES_MIN; ) {
    const next = times.after(at);
    if (next === undefined) break;
    found.push(next);
    at = next;
  }
  return found;
}
