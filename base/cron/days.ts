// The days of a month on which a cron table fires, as bits: one number per month, from which the next day is found by counting zeros.
import { daysFromCivil, daysInMonth } from "../value/calendar.ts";
import type { CronTable } from "./table.ts";

/** Day of the week of a day since 1970-01-01 (a Thursday); 0 is Sunday. */
function weekdayOf(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** Bits 1 to 31 of the days of a month (1 to 12) on which the table fires; 0 when there is none. */
export function monthFires(table: CronTable, year: number, month: number): number {
  if ((table.months & (1 << month)) === 0) return 0;
  if (table.years !== undefined && !table.years.includes(year)) return 0;
  const length = daysInMonth(year, month);
  const all = length === 31 ? -2 : (1 << (length + 1)) - 2;
  if (!table.daysRestrict && !table.weekdaysRestrict) return all;
  const byDay = (table.days | (table.lastDay ? 1 << length : 0)) & all;
  if (!table.weekdaysRestrict) return byDay;
  const byWeekday = weekdayBits(table, weekdayOf(daysFromCivil(year, month, 1)), length) & all;
  return table.daysRestrict ? byDay | byWeekday : byWeekday;
}

function weekdayBits(table: CronTable, firstWeekday: number, length: number): number {
  let bits = 0;
  for (let day = 1; day <= length; day += 1)
    if ((table.weekdays & (1 << ((firstWeekday + day - 1) % 7))) !== 0) bits |= 1 << day;
  for (const { weekday, nth } of table.nthWeekdays) {
    const first = 1 + ((weekday - firstWeekday + 7) % 7);
    const day = nth === -1 ? first + 7 * Math.floor((length - first) / 7) : first + 7 * (nth - 1);
    if (day <= length) bits |= 1 << day;
  }
  return bits;
}
