// The times of a schedule: the union of its cron texts in its zone and of its interval, between its start and its end.
import { readCron, type CronProblem } from "../../base/cron/cron-text.ts";
import type { CronPort } from "../../base/cron/fields.ts";
import { timeAfter, timesBetween, type ZonedCron } from "../../base/cron/times.ts";
import { zoneOf } from "../../base/cron/zone.ts";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { cronPort } from "./cron-library.ts";
import type { ScheduleDefinition } from "./types.ts";

/** What of a definition says when it runs. */
export type Timing = Pick<
  ScheduleDefinition,
  "crons" | "intervalMs" | "timezone" | "dstGap" | "dstFold" | "startAt" | "endAt"
>;

/** Times of one schedule. */
export interface ScheduleTimes {
  /** Appends the times in [fromMs, toMs) to `out`, in order and each once, until it has `limit` elements more. */
  between(fromMs: number, toMs: number, out: number[], limit: number): void;
  /** The first time strictly after; undefined when there is none any more. */
  after(instantMs: number): number | undefined;
  /** Why some of what is stored gives no times (its years are over, its zone is unknown here); empty when all does. */
  readonly problems: readonly string[];
}

/** Instants before this are not asked for: the calendar's years have four digits. */
const INSTANT_MAX = 253_402_300_799_999;

/** Compiles the times of a definition. Reading a cron text costs some microseconds; `nowMs` decides which years are over. */
export function scheduleTimes(timing: Timing, nowMs: number): ScheduleTimes {
  const problems: string[] = [];
  const port = cronPort(() => nowMs);
  const crons: ZonedCron[] = [];
  let intervalMs = timing.intervalMs;
  for (const text of timing.crons) {
    const read = zonedCron(text, timing, port);
    if (typeof read === "string") problems.push(read);
    else if (typeof read === "number") intervalMs = read;
    else crons.push(read);
  }
  const [first, ...others] = crons;
  const startAt = timing.startAt ?? 0;
  const endAt = timing.endAt ?? INSTANT_MAX;
  const merge = (fromMs: number, toMs: number, out: number[], limit: number): void => {
    const from = Math.max(fromMs, startAt);
    const to = Math.min(toMs, endAt + 1);
    if (first !== undefined && others.length === 0 && intervalMs === undefined)
      return timesBetween(first, from, to, out, limit);
    const times: number[] = [];
    for (const cron of crons) timesBetween(cron, from, to, times, limit);
    if (intervalMs !== undefined) intervalTimes(startAt, intervalMs, from, to, times, limit);
    const sorted = [...new Set(times)].sort((left, right) => left - right);
    for (const time of sorted.slice(0, limit)) out.push(time);
  };
  return {
    problems,
    between: merge,
    after: (instantMs) => {
      const from = Math.max(instantMs, startAt - 1);
      const candidates = crons.flatMap((cron) => timeAfter(cron, from) ?? []);
      if (intervalMs !== undefined) candidates.push(afterInterval(startAt, intervalMs, from + 1));
      const next = candidates.reduce((least, time) => Math.min(least, time), Infinity);
      return next <= endAt && next !== Infinity ? next : undefined;
    },
  };
}

/** A text compiled for the schedule's zone; the interval of `@every`; or what is wrong. */
function zonedCron(text: string, timing: Timing, port: CronPort): ZonedCron | number | string {
  const reading = readCron(text, port);
  if (!reading.ok) {
    const [problem] = reading.problems;
    if (problem === undefined) return `'${text}' gives no times.`;
    return cronMessage(problem);
  }
  if (reading.meaning.kind === "every") return reading.meaning.intervalMs;
  const { table } = reading.meaning;
  const name = table.zone ?? timing.timezone;
  const zone = zoneOf(name);
  if (zone === undefined) return DIAGNOSTICS.UnknownZone.message({ name });
  return { table, zone, gap: timing.dstGap, fold: timing.dstFold };
}

function cronMessage(problem: CronProblem): string {
  const message = DIAGNOSTICS[problem.name].message as (data: CronProblem["data"]) => string;
  return message(problem.data);
}

/** An interval's first time that is not before `fromMs`; counted from the schedule's start, or from 1970. */
function afterInterval(startAt: number, intervalMs: number, fromMs: number): number {
  return startAt + Math.ceil((fromMs - startAt) / intervalMs) * intervalMs;
}

function intervalTimes(
  startAt: number,
  intervalMs: number,
  from: number,
  to: number,
  out: number[],
  limit: number,
): void {
  let time = afterInterval(startAt, intervalMs, from);
  for (let count = 0; time < to && count < limit; count += 1) {
    out.push(time);
    time += intervalMs;
  }
}

/** The next times of a schedule strictly after `fromMs`, in milliseconds since 1970 UTC; fewer than `count` when it ends before. */
export function nextOccurrences(timing: Timing, fromMs: number, count: number): readonly number[] {
  const times = scheduleTimes(timing, fromMs);
  const found: number[] = [];
  let at: number | undefined = fromMs;
  while (found.length < count) {
    at = times.after(at);
    if (at === undefined) break;
    found.push(at);
  }
  return found;
}
