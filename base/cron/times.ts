// When a cron table fires in a zone: `timesBetween` [from, to) and `timeAfter` (strictly after), in milliseconds since 1970 UTC.
// Changes of the zone's clock: a local time that does not exist fires that much later (`gap: "shift"`) or not at all; one that comes twice fires
// the first time (`fold: "first"`) or both times. A table that names every hour of the day follows the running clock: it fires in both passes.
import { civilFromDays, daysFromCivil, daysInMonth } from "../value/calendar.ts";
import { monthFires } from "./days.ts";
import type { CronTable } from "./table.ts";
import { DAY_MS, type ClockChange, type Zone } from "./zone.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** A zone that moves over the date line skips or repeats a whole day, so a change of the clock concerns instants this near. */
const NEAR_MS = 26 * HOUR_MS;
/** No zone's offset is larger. */
const OFFSET_MS_MAX = 15 * HOUR_MS;
/** The calendar repeats: who did not fire within 400 years never will. */
const CALENDAR_DAYS = 146_097;

/** A table with its zone and what happens when the zone's clock is changed. */
export interface ZonedCron {
  readonly table: CronTable;
  readonly zone: Zone;
  readonly gap: "shift" | "skip";
  readonly fold: "first" | "both";
}

/** Appends the times in [fromMs, toMs) to `out`, in order and each once, until it has `limit` elements more. */
export function timesBetween(cron: ZonedCron, fromMs: number, toMs: number, out: number[], limit: number): void {
  if (fromMs >= toMs) return;
  const full = out.length + limit;
  let at = fromMs;
  for (const change of cron.zone.changesBetween(fromMs - NEAR_MS, toMs + NEAR_MS)) {
    const start = Math.max(at, Math.min(toMs, change.atMs - NEAR_MS));
    plainTimes(cron, at, start, out, full);
    const end = Math.max(start, Math.min(toMs, change.atMs + NEAR_MS));
    changedTimes(cron, start, end, out, full);
    at = end;
  }
  plainTimes(cron, at, toMs, out, full);
}

/** The first time after `afterMs`, or undefined when there is none any more. */
export function timeAfter(cron: ZonedCron, afterMs: number): number | undefined {
  const found: number[] = [];
  const from = Math.floor(afterMs) + 1;
  timesBetween(cron, from, from + HOUR_MS, found, 1);
  if (found[0] !== undefined) return found[0];
  const today = Math.floor((from + cron.zone.offsetAt(from)) / DAY_MS);
  const lastYear = cron.table.years?.at(-1);
  const last = lastYear === undefined ? today + CALENDAR_DAYS : daysFromCivil(lastYear + 1, 1, 1);
  // A local day that the zone skipped altogether fires a day later.
  for (let day = nextDay(cron.table, today - 2, last); day <= last; day = nextDay(cron.table, day + 1, last)) {
    const start = Math.max(from, day * DAY_MS - OFFSET_MS_MAX);
    timesBetween(cron, start, (day + 1) * DAY_MS + OFFSET_MS_MAX + NEAR_MS, found, 1);
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

/** The first day from `day` on (days since 1970) on which the table fires; some day after `last` when there is none until then. */
function nextDay(table: CronTable, day: number, last: number): number {
  let { year, month, day: dayOfMonth } = civilFromDays(day);
  let monthStart = day - dayOfMonth + 1;
  while (monthStart <= last) {
    const bits = monthFires(table, year, month) & (-1 << dayOfMonth);
    if (bits !== 0) return monthStart + 30 - Math.clz32(bits & -bits);
    monthStart += daysInMonth(year, month);
    dayOfMonth = 1;
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  return last + 1;
}

/** Times in a window without a change of the clock. */
function plainTimes({ table, zone }: ZonedCron, from: number, to: number, out: number[], full: number): void {
  if (from >= to || out.length >= full) return;
  const offset = zone.offsetAt(from);
  const last = Math.floor((to - 1 + offset) / DAY_MS);
  for (
    let day = nextDay(table, Math.floor((from + offset) / DAY_MS), last);
    day <= last && out.length < full;
    day = nextDay(table, day + 1, last)
  ) {
    const midnight = day * DAY_MS - offset;
    timesOfDay(table, midnight, from, to, out, full);
  }
}

/** Times of one day whose midnight is an instant; those in [from, to). */
function timesOfDay(table: CronTable, midnight: number, from: number, to: number, out: number[], full: number): void {
  for (const hour of table.hours) {
    const hourStart = midnight + hour * HOUR_MS;
    if (hourStart + HOUR_MS <= from) continue;
    if (hourStart >= to) return;
    for (const minute of table.minutes) {
      const minuteStart = hourStart + minute * MINUTE_MS;
      if (minuteStart + MINUTE_MS <= from) continue;
      if (minuteStart >= to) return;
      for (const second of table.seconds) {
        const instant = minuteStart + second * SECOND_MS;
        if (instant < from) continue;
        if (instant >= to || out.length >= full) return;
        out.push(instant);
      }
    }
  }
}

/** Times in a window near a change of the clock: every local time of the days around is resolved by itself. */
function changedTimes(cron: ZonedCron, from: number, to: number, out: number[], full: number): void {
  if (from >= to || out.length >= full) return;
  const changes = cron.zone.changesBetween(from - 2 * NEAR_MS, to + 2 * NEAR_MS);
  const last = Math.floor((to + OFFSET_MS_MAX) / DAY_MS);
  const instants: number[] = [];
  for (
    let day = nextDay(cron.table, Math.floor((from - OFFSET_MS_MAX) / DAY_MS) - 1, last);
    day <= last;
    day = nextDay(cron.table, day + 1, last)
  ) {
    const locals: number[] = [];
    timesOfDay(cron.table, day * DAY_MS, -Infinity, Infinity, locals, Infinity);
    for (const local of locals) resolveLocal(cron, changes, local, instants);
  }
  let previous = out.at(-1);
  for (const instant of instants.sort((left, right) => left - right)) {
    if (instant < from || instant >= to || instant === previous) continue;
    if (out.length >= full) return;
    out.push(instant);
    previous = instant;
  }
}

/** Appends the instants at which a local time fires: none, one or two. `changes` are those around it, and there is at least one. */
function resolveLocal(cron: ZonedCron, changes: readonly ClockChange[], local: number, out: number[]): void {
  let offset = changes[0]?.beforeMs ?? cron.zone.offsetAt(local);
  for (const { atMs, beforeMs, afterMs } of changes) {
    const [start, end] = [atMs + Math.min(beforeMs, afterMs), atMs + Math.max(beforeMs, afterMs)];
    if (local < start) break;
    if (local >= end) {
      offset = afterMs;
      continue;
    }
    if (afterMs > beforeMs) {
      if (cron.gap === "shift") out.push(local - beforeMs);
      return;
    }
    out.push(local - beforeMs);
    if (cron.fold === "both" || cron.table.everyHour) out.push(local - afterMs);
    return;
  }
  out.push(local - offset);
}
