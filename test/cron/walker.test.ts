// Times of cron tables against a walker that looks at every minute of three years on the zone's own clock, through every change of it (IT-27).
// The walker knows no offsets: it asks Intl what the clock shows at each minute and compares the fields.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesBetween, type ZonedCron } from "../../base/cron/times.ts";
import { zoned } from "./support.ts";

const MINUTE_MS = 60_000;
const FROM = Date.UTC(2024, 11, 1);
const TO = Date.UTC(2027, 11, 1);
const ZONES = ["UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Antarctica/Troll"];

/** What the clock of a zone shows at each minute, as minutes since 1970 of a calendar without zone. */
function clockOf(zone: string): Int32Array {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const clock = new Int32Array((TO - FROM) / MINUTE_MS);
  for (let hour = 0; hour < clock.length; hour += 15) {
    // Zones change their clocks at whole quarters of an hour: one question per quarter.
    const shown = Date.parse(`${format.format(FROM + hour * MINUTE_MS).replace(" ", "T")}Z`) / MINUTE_MS;
    for (let minute = 0; minute < 15 && hour + minute < clock.length; minute += 1)
      clock[hour + minute] = shown + minute;
  }
  return clock;
}

/** Whether the fields allow what the clock shows; the answer for a day is remembered. */
function matcher({ table }: ZonedCron): (clockMinute: number) => boolean {
  const minutes = new Set(table.minutes);
  const hours = new Set(table.hours);
  let known = { day: Number.NaN, matches: false };
  return (clockMinute) => {
    if (!minutes.has(clockMinute % 60) || !hours.has(Math.floor(clockMinute / 60) % 24)) return false;
    const day = Math.floor(clockMinute / 1440);
    if (day !== known.day) known = { day, matches: dayMatches(table, new Date(day * 86_400_000)) };
    return known.matches;
  };
}

function dayMatches(table: ZonedCron["table"], date: Date): boolean {
  if ((table.months & (1 << (date.getUTCMonth() + 1))) === 0) return false;
  const later = (days: number): Date => new Date(date.getTime() + days * 86_400_000);
  const byDay = (table.days & (1 << date.getUTCDate())) !== 0 || (table.lastDay && later(1).getUTCDate() === 1);
  const nth = Math.floor((date.getUTCDate() - 1) / 7) + 1;
  const isLast = later(7).getUTCMonth() !== date.getUTCMonth();
  const byWeekday =
    (table.weekdays & (1 << date.getUTCDay())) !== 0 ||
    table.nthWeekdays.some(
      (each) => each.weekday === date.getUTCDay() && (each.nth === nth || (each.nth === -1 && isLast)),
    );
  if (table.daysRestrict && table.weekdaysRestrict) return byDay || byWeekday;
  return (!table.daysRestrict || byDay) && (!table.weekdaysRestrict || byWeekday);
}

function walk(cron: ZonedCron, clock: Int32Array): readonly number[] {
  const found = new Set<number>();
  const matches = matcher(cron);
  let highest = -Infinity;
  for (let minute = 0; minute < clock.length; minute += 1) {
    const shown = clock[minute] ?? 0;
    const again = shown <= highest;
    if ((!again || cron.fold === "both" || cron.table.hours.length === 24) && matches(shown))
      found.add(FROM + minute * MINUTE_MS);
    const skipped = minute === 0 ? 0 : shown - (clock[minute - 1] ?? 0) - 1;
    for (let missing = 0; missing < skipped && cron.gap === "shift"; missing += 1)
      if (matches(shown - skipped + missing)) found.add(FROM + (minute + missing) * MINUTE_MS);
    highest = Math.max(highest, shown);
  }
  return [...found].sort((left, right) => left - right);
}

function computed(cron: ZonedCron): readonly number[] {
  const found: number[] = [];
  timesBetween(cron, FROM, TO, found, Infinity);
  return found;
}

const TEXTS = [
  "30 2 * * *",
  "30 1 * * *",
  "0 0 * * *",
  "30 23 * * 6",
  "*/20 * * * *",
  "0 * * * *",
  "15,45 1-3 * * *",
  "0 */2 L * *",
  "10 3 1,15 * 0",
  "59 23 * * SUN#1",
  "0 2 * 3,4,9,10,11 5L",
  "7 0,1,2,3 29 2 *",
];

const element = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant("*") },
    fc.integer({ min, max }).map(String),
    fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map((pair) => `${Math.min(...pair)}-${Math.max(...pair)}`),
    fc.integer({ min: 2, max: Math.max(2, Math.floor(max / 3)) }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((list) => list.join(",")),
  );

const anyText = fc
  .tuple(
    element(0, 59).filter((text) => text !== "*"),
    element(0, 23),
    fc.oneof(element(1, 28), fc.constantFrom("L", "*", "31")),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant("*") },
      element(1, 12).filter((text) => text.includes("*") || text.includes("-")),
    ),
    fc.oneof(element(0, 6), fc.constantFrom("5L", "0#1", "1#2", "*")),
  )
  .map((fields) => fields.join(" "))
  // A 31st of short months only never comes; those are refused before any time is asked for.
  .filter((text) => !/ 31 (?!\*)/u.test(text));

describe.each(ZONES)("times in %s agree with the minute walker", (zone) => {
  const clock = clockOf(zone);

  it.each(TEXTS)("%s", (text) => {
    for (const gap of ["shift", "skip"] as const)
      for (const fold of ["first", "both"] as const) {
        const cron = zoned(text, zone, { gap, fold });
        expect(computed(cron)).toEqual(walk(cron, clock));
      }
  });

  it("any text", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("shift", "skip"), fc.constantFrom("first", "both"), (text, gap, fold) => {
        const cron = zoned(text, zone, { gap, fold });
        expect(computed(cron)).toEqual(walk(cron, clock));
      }),
      { numRuns: 12, seed: 42 },
    );
  }, 60_000);
});
