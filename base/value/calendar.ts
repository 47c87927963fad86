// The proleptic Gregorian calendar as numbers: days since 1970-01-01 and microseconds of a day.
// Years run from 1 to 9999, as the stored text form does; what falls outside is `undefined`, which the VM turns into OutOfRange.
// Algorithm: days from civil by 400-year eras (Howard Hinnant, "chrono-compatible low-level date algorithms").
import { intOf } from "./column.ts";
import { DateValue, Timestamp } from "./value.ts";

export const SECOND_MICROS = 1_000_000;
export const MINUTE_MICROS = 60 * SECOND_MICROS;
export const HOUR_MICROS = 60 * MINUTE_MICROS;
export const DAY_MICROS = 24 * HOUR_MICROS;

export const YEAR_MIN = 1;
export const YEAR_MAX = 9999;

/** A day by its parts; month and day are 1-based. */
export interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A time of day by its parts; `micros` is the fraction of the second. */
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
}

/** True for leap years. */
export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Number of days of a month (1 to 12). */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 of a day of the calendar; the parts must be a real day. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The day of the calendar of a number of days since 1970-01-01. */
export function civilFromDays(days: number): CivilDay {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
  };
}

const DAYS_MIN = daysFromCivil(YEAR_MIN, 1, 1);
const DAYS_MAX = daysFromCivil(YEAR_MAX, 12, 31);

/** The date of a day number, or undefined outside years 1 to 9999. */
export function dateOfDays(days: number): DateValue | undefined {
  return days >= DAYS_MIN && days <= DAYS_MAX ? new DateValue(days) : undefined;
}

/** The date of parts, or undefined when there is no such day. */
export function dateOfParts(year: number, month: number, day: number): DateValue | undefined {
  if (![year, month, day].every(Number.isInteger)) return undefined;
  if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return undefined;
  return new DateValue(daysFromCivil(year, month, day));
}

/** Microseconds since midnight of parts, or undefined when there is no such time. 24:00:00 is not one. */
export function microsOfClock(time: ClockTime): number | undefined {
  const { hour, minute, second, micros } = time;
  if (![hour, minute, second, micros].every((part) => Number.isInteger(part) && part >= 0)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || micros >= SECOND_MICROS) return undefined;
  return hour * HOUR_MICROS + minute * MINUTE_MICROS + second * SECOND_MICROS + micros;
}

/** The parts of a time of day. */
export function clockOfMicros(micros: number): ClockTime {
  return {
    hour: Math.floor(micros / HOUR_MICROS),
    minute: Math.floor((micros % HOUR_MICROS) / MINUTE_MICROS),
    second: Math.floor((micros % MINUTE_MICROS) / SECOND_MICROS),
    micros: micros % SECOND_MICROS,
  };
}

/** The timestamp of a UTC day and microseconds of it. `micros` may lie outside the day; undefined outside years 1 to 9999. */
export function timestampOf(days: number, micros: number): Timestamp | undefined {
  const carried = Math.floor(micros / DAY_MICROS);
  const day = days + carried;
  if (!(day >= DAYS_MIN && day <= DAYS_MAX)) return undefined;
  const rest = micros - carried * DAY_MICROS;
  const total = day * DAY_MICROS + rest;
  return new Timestamp(Number.isSafeInteger(total) ? total : intOf(BigInt(day) * BigInt(DAY_MICROS) + BigInt(rest)));
}

/** The UTC day of a timestamp and the microseconds since its midnight. */
export function splitTimestamp(timestamp: Timestamp): { readonly days: number; readonly micros: number } {
  const total = timestamp.micros;
  if (typeof total === "number") {
    const days = Math.floor(total / DAY_MICROS);
    return { days, micros: total - days * DAY_MICROS };
  }
  const wide = BigInt(DAY_MICROS);
  const rest = ((total % wide) + wide) % wide;
  return { days: Number((total - rest) / wide), micros: Number(rest) };
}

/** Day of the week, Sunday 0 to Saturday 6. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** Day of the year, 1-based. */
export function dayOfYear(days: number): number {
  return days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;
}

/** ISO 8601 week and the year it belongs to. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - ((weekday(days) + 6) % 7) + 3;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}
