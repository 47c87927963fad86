// Parts of dates, times, timestamps and intervals, truncation to a unit, whole units between two instants, and PostgreSQL's age.
// Units are read in any case, singular or plural, with the usual short forms.
import {
  civilFromDays,
  clockOfMicros,
  DAY_MICROS,
  dayOfYear,
  daysFromCivil,
  daysInMonth,
  HOUR_MICROS,
  isoWeek,
  MINUTE_MICROS,
  SECOND_MICROS,
  splitTimestamp,
  timestampOf,
  weekday,
} from "../../base/value/calendar.ts";
import { intOf } from "../../base/value/column.ts";
import { addToTimestamp, intervalSpan, intervalUnit } from "../../base/value/interval.ts";
import { DateValue, type Int, Interval, Timestamp, TimeValue, type Value } from "../../base/value/value.ts";
import { outOfRange, wrongKind } from "./arguments.ts";
import { fromLocal, toLocal } from "./time-zone.ts";

const PART_ALIASES: ReadonlyMap<string, string> = new Map([
  ["dayofweek", "dow"],
  ["dayofyear", "doy"],
  ["isoweek", "week"],
  ["weekofyear", "week"],
  ["years", "year"],
  ["months", "month"],
  ["days", "day"],
  ["hours", "hour"],
  ["minutes", "minute"],
  ["seconds", "second"],
  ["quarters", "quarter"],
  ["weeks", "week"],
  ["milliseconds", "millisecond"],
  ["microseconds", "microsecond"],
  ["decades", "decade"],
  ["centuries", "century"],
  ["y", "year"],
  ["yr", "year"],
  ["mon", "month"],
  ["d", "day"],
  ["h", "hour"],
  ["hr", "hour"],
  ["m", "minute"],
  ["min", "minute"],
  ["s", "second"],
  ["sec", "second"],
  ["ms", "millisecond"],
  ["us", "microsecond"],
  ["w", "week"],
]);

function unitName(unit: string): string {
  const lower = unit.trim().toLowerCase();
  return PART_ALIASES.get(lower) ?? lower;
}

function unknownUnit(unit: string): Error {
  return outOfRange(`'${unit.slice(0, 40)}' is no part of a date or time.`, unit);
}

/** A part as an int. @throws Trap OutOfRange for an unknown part, or one that the kind of value does not have; InvalidCast for another kind. */
export function datePart(unit: string, value: Value): Int {
  const name = unitName(unit);
  const part =
    value instanceof DateValue
      ? dayPart(name, value.days, 0)
      : value instanceof TimeValue
        ? clockPart(name, value.micros)
        : value instanceof Timestamp
          ? timestampPart(name, value)
          : value instanceof Interval
            ? intervalPart(name, value)
            : undefined;
  if (part !== undefined) return part;
  if (![DateValue, TimeValue, Timestamp, Interval].some((kind) => value instanceof kind))
    throw wrongKind(value, "A date, time, timestamp or interval");
  throw unknownUnit(unit);
}

function timestampPart(name: string, value: Timestamp): Int | undefined {
  const { days, micros } = splitTimestamp(value);
  return clockPart(name, micros, days) ?? dayPart(name, days, micros);
}

function clockPart(name: string, micros: number, days = 0): Int | undefined {
  const clock = clockOfMicros(micros);
  switch (name) {
    case "hour":
      return clock.hour;
    case "minute":
      return clock.minute;
    case "second":
      return clock.second;
    case "millisecond":
      return Math.floor((micros % MINUTE_MICROS) / 1000);
    case "microsecond":
      return micros % MINUTE_MICROS;
    case "epoch":
      return days * 86_400 + Math.floor(micros / SECOND_MICROS);
    default:
      return undefined;
  }
}

function dayPart(name: string, days: number, micros: number): Int | undefined {
  const { year, month, day } = civilFromDays(days);
  switch (name) {
    case "year":
      return year;
    case "month":
      return month;
    case "day":
      return day;
    case "quarter":
      return Math.floor((month + 2) / 3);
    case "decade":
      return Math.floor(year / 10);
    case "century":
      return Math.floor((year + 99) / 100);
    case "millennium":
      return Math.floor((year + 999) / 1000);
    case "dow":
      return weekday(days);
    case "isodow":
      return ((weekday(days) + 6) % 7) + 1;
    case "doy":
      return dayOfYear(days);
    case "week":
      return isoWeek(days).week;
    case "isoyear":
      return isoWeek(days).year;
    case "julian":
      return days + 2_440_588;
    default:
      return clockPart(name, micros, days);
  }
}

/** Each part stands for itself: 14 months are 1 year and 2 months, but 36 hours stay hours. */
function intervalPart(name: string, value: Interval): Int | undefined {
  switch (name) {
    case "year":
      return Math.trunc(value.months / 12) + 0;
    case "month":
      return (value.months % 12) + 0;
    case "day":
      return value.days;
    case "hour":
      return Math.trunc(value.micros / HOUR_MICROS) + 0;
    case "minute":
      return Math.trunc((value.micros % HOUR_MICROS) / MINUTE_MICROS) + 0;
    case "second":
      return Math.trunc((value.micros % MINUTE_MICROS) / SECOND_MICROS) + 0;
    case "millisecond":
      return Math.trunc((value.micros % MINUTE_MICROS) / 1000) + 0;
    case "microsecond":
      return (value.micros % MINUTE_MICROS) + 0;
    case "epoch":
      return intOf(intervalSpan(value) / BigInt(SECOND_MICROS));
    default:
      return undefined;
  }
}

/** Day number at which the unit that holds a day begins; undefined for units below a day. */
function unitStart(name: string, days: number): number | undefined {
  const { year, month } = civilFromDays(days);
  switch (name) {
    case "day":
      return days;
    case "week":
      return days - ((weekday(days) + 6) % 7);
    case "month":
      return daysFromCivil(year, month, 1);
    case "quarter":
      return daysFromCivil(year, month - ((month - 1) % 3), 1);
    case "year":
      return daysFromCivil(year, 1, 1);
    case "decade":
      return daysFromCivil(Math.max(1, year - (year % 10)), 1, 1);
    case "century":
      return daysFromCivil(year - ((year - 1) % 100), 1, 1);
    case "millennium":
      return daysFromCivil(year - ((year - 1) % 1000), 1, 1);
    default:
      return undefined;
  }
}

const CLOCK_UNITS: ReadonlyMap<string, number> = new Map([
  ["hour", HOUR_MICROS],
  ["minute", MINUTE_MICROS],
  ["second", SECOND_MICROS],
  ["millisecond", 1000],
  ["microsecond", 1],
]);

/** The first day of the unit. Units below a day leave a date as it is. @throws Trap OutOfRange for an unknown unit. */
export function truncateDate(unit: string, date: DateValue): DateValue {
  const name = unitName(unit);
  if (CLOCK_UNITS.has(name)) return date;
  const start = unitStart(name, date.days);
  if (start === undefined) throw unknownUnit(unit);
  return new DateValue(start);
}

/** The start of the unit by the clocks of a zone. @throws Trap OutOfRange for an unknown unit or zone. */
export function truncateTimestamp(unit: string, timestamp: Timestamp, zone: string): Timestamp {
  const name = unitName(unit);
  const local = splitTimestamp(toLocal(timestamp, zone));
  const size = CLOCK_UNITS.get(name);
  if (size !== undefined) {
    // Within the hour the offset hardly ever changes: cutting the local clock and going back by the same distance keeps a repeated hour apart.
    const { days, micros } = splitTimestamp(timestamp);
    return inYears(timestampOf(days, micros - (local.micros % size)));
  }
  const start = unitStart(name, local.days);
  if (start === undefined) throw unknownUnit(unit);
  return fromLocal(inYears(timestampOf(start, 0)), zone);
}

function inYears(timestamp: Timestamp | undefined): Timestamp {
  if (timestamp === undefined) throw outOfRange("Timestamps reach from year 1 to year 9999.");
  return timestamp;
}

/** Number of whole units from start to end. @throws Trap OutOfRange for an unknown unit. */
export function wholeUnits(unit: string, start: Timestamp, end: Timestamp): Int {
  const row = intervalUnit(unitName(unit));
  if (row === undefined) throw unknownUnit(unit);
  const distance = BigInt(end.micros) - BigInt(start.micros);
  if (row.part !== "months")
    return intOf(distance / (BigInt(row.factor) * BigInt(row.part === "days" ? DAY_MICROS : 1)));
  return Math.trunc(wholeMonths(start, end) / row.factor) + 0;
}

function wholeMonths(start: Timestamp, end: Timestamp): number {
  const a = civilFromDays(splitTimestamp(start).days);
  const b = civilFromDays(splitTimestamp(end).days);
  const months = (b.year - a.year) * 12 + b.month - a.month;
  const reached = addToTimestamp(start, new Interval(months, 0, 0));
  if (reached === undefined) return months;
  if (start.micros <= end.micros) return reached.micros > end.micros ? months - 1 : months;
  return reached.micros < end.micros ? months + 1 : months;
}

/** Time from start to end as months, days and a time of one sign: PostgreSQL's age, which borrows days from the month of the earlier instant. */
export function ageBetween(start: Timestamp, end: Timestamp): Interval {
  if (start.micros > end.micros) {
    const { months, days, micros } = ageBetween(end, start);
    return new Interval(0 - months, 0 - days, 0 - micros);
  }
  const [from, to] = [splitTimestamp(start), splitTimestamp(end)];
  const [a, b] = [civilFromDays(from.days), civilFromDays(to.days)];
  let micros = to.micros - from.micros;
  let days = b.day - a.day;
  let months = (b.year - a.year) * 12 + b.month - a.month;
  if (micros < 0) {
    micros += DAY_MICROS;
    days -= 1;
  }
  if (days < 0) {
    days += daysInMonth(a.year, a.month);
    months -= 1;
  }
  return new Interval(months, days, micros);
}
