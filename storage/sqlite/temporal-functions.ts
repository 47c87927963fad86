// Dates, times and intervals inside SQL: casts, arithmetic, parts, and the one text form by which stored timestamps compare.
import {
  DAY_MICROS,
  civilFromDays,
  daysFromCivil,
  HOUR_MICROS,
  isoWeek,
  MINUTE_MICROS,
  SECOND_MICROS,
  splitTimestamp,
  timestampOf,
  weekday,
  dayOfYear,
} from "../../base/value/calendar.ts";
import {
  addIntervals,
  addToDate,
  addToTime,
  addToTimestamp,
  negateInterval,
  parseInterval,
  printInterval,
  subtractTimestamps,
} from "../../base/value/interval.ts";
import {
  parseDate,
  parseTime,
  parseTimestamp,
  printDate,
  printTime,
  printTimestamp,
} from "../../base/value/temporal.ts";
import { DateValue, type Interval, TimeValue, Timestamp } from "../../base/value/value.ts";
import { EngineError } from "../engine.ts";
import type { RawValue } from "./bind.ts";
import { castError, define, type RegisteredFunction, textOf } from "./raw-function.ts";
import { describeRaw } from "./read.ts";

function outOfRange(what: string): EngineError {
  return new EngineError(`${what} is outside the years 1 to 9999.`, { kind: "invalidCast", code: "GOBI_RANGE" });
}

type Point = DateValue | TimeValue | Timestamp;

function pointOf(value: RawValue): Point {
  const text = typeof value === "string" ? value.trim() : "";
  const point = (text.length === 10 ? parseDate(text) : undefined) ?? parseTimestamp(text) ?? parseTime(text);
  if (point === undefined) throw castError(value, "a date or time");
  return point;
}
function printPoint(point: Point): string {
  if (point instanceof DateValue) return printDate(point);
  return point instanceof TimeValue ? printTime(point, "fixed") : printTimestamp(point, "fixed");
}
function timestampIn(value: RawValue): Timestamp {
  const timestamp = typeof value === "string" ? parseTimestamp(value) : undefined;
  if (timestamp === undefined) throw castError(value, "timestamp");
  return timestamp;
}
function intervalIn(value: RawValue): Interval {
  const interval = typeof value === "string" ? parseInterval(value) : undefined;
  if (interval === undefined) throw castError(value, "interval");
  return interval;
}

const CANONICAL_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** The forms that databases hold, with all their digits, so that they begin with the day as we write it. */
const STORED_TIMESTAMP = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

function shift(value: RawValue, interval: Interval): string {
  const point = pointOf(value);
  const moved =
    point instanceof DateValue
      ? addToDate(point, interval)
      : point instanceof TimeValue
        ? addToTime(point, interval)
        : addToTimestamp(point, interval);
  if (moved === undefined) throw outOfRange("The sum of a date and an interval");
  return printPoint(moved);
}

function unitName(value: RawValue): string {
  return textOf(value).toLowerCase().replace(/s$/, "");
}

const CLOCK_UNITS: Readonly<Record<string, number>> = {
  hour: HOUR_MICROS,
  minute: MINUTE_MICROS,
  second: SECOND_MICROS,
  millisecond: 1000,
  microsecond: 1,
};

/** First day of the unit that holds `days`; undefined for units below a day. */
function truncatedDay(unit: string, days: number): number | undefined {
  const { year, month } = civilFromDays(days);
  switch (unit) {
    case "day":
      return days;
    case "week":
      return days - ((((days + 3) % 7) + 7) % 7);
    case "month":
      return daysFromCivil(year, month, 1);
    case "quarter":
      return daysFromCivil(year, month - ((month - 1) % 3), 1);
    case "year":
      return daysFromCivil(year, 1, 1);
    default:
      return undefined;
  }
}

function unknownUnit(unit: RawValue): EngineError {
  return new EngineError(`${describeRaw(unit)} is no unit of time.`, {
    kind: "other",
    code: "GOBI_UNIT",
    help: "Use year, quarter, month, week, day, hour, minute or second.",
  });
}

function dateTrunc(unit: RawValue, value: RawValue): string {
  const point = pointOf(value);
  const { days, micros } =
    point instanceof DateValue
      ? { days: point.days, micros: 0 }
      : splitTimestamp(point instanceof Timestamp ? point : timestampIn(value));
  const day = truncatedDay(unitName(unit), days);
  if (day !== undefined) {
    if (point instanceof DateValue) return printDate(new DateValue(day));
    const start = timestampOf(day, 0);
    if (start === undefined) throw outOfRange("The start of the week");
    return printTimestamp(start, "fixed");
  }
  const size = CLOCK_UNITS[unitName(unit)];
  if (size === undefined) throw unknownUnit(unit);
  if (point instanceof DateValue) return printDate(point);
  return printTimestamp(timestampOf(days, Math.floor(micros / size) * size) ?? timestampIn(value), "fixed");
}

function datePart(unit: RawValue, value: RawValue): bigint {
  const point = pointOf(value);
  const { days, micros } =
    point instanceof DateValue
      ? { days: point.days, micros: 0 }
      : point instanceof TimeValue
        ? { days: 0, micros: point.micros }
        : splitTimestamp(point);
  const { year, month, day } = civilFromDays(days);
  const parts: Readonly<Record<string, () => number>> = {
    year: () => year,
    quarter: () => Math.floor((month - 1) / 3) + 1,
    month: () => month,
    week: () => isoWeek(days).week,
    isoyear: () => isoWeek(days).year,
    day: () => day,
    dow: () => weekday(days) % 7,
    isodow: () => weekday(days) % 7 || 7,
    doy: () => dayOfYear(days),
    hour: () => Math.floor(micros / HOUR_MICROS),
    minute: () => Math.floor((micros % HOUR_MICROS) / MINUTE_MICROS),
    second: () => Math.floor((micros % MINUTE_MICROS) / SECOND_MICROS),
    millisecond: () => Math.floor((micros % MINUTE_MICROS) / 1000),
    microsecond: () => micros % MINUTE_MICROS,
    epoch: () => days * (DAY_MICROS / SECOND_MICROS) + Math.floor(micros / SECOND_MICROS),
  };
  const part = parts[unitName(unit)];
  if (part === undefined) throw unknownUnit(unit);
  return BigInt(part());
}

function printSum(left: Interval, right: Interval): string {
  const sum = addIntervals(left, right);
  if (sum === undefined) throw outOfRange("The sum of two intervals");
  return printInterval(sum);
}

/** Functions over points in time by the name under which they are registered. */
export const TEMPORAL_FUNCTIONS: Readonly<Record<string, RegisteredFunction>> = {
  gobi_timestamp: define(1, (value) =>
    typeof value === "string" && CANONICAL_TIMESTAMP.test(value)
      ? value
      : printTimestamp(timestampIn(value ?? null), "fixed"),
  ),
  // For comparing: what is no timestamp stays as it is, so that SQLite's own rules decide.
  gobi_instant: define(1, (value) => {
    if (typeof value !== "string" || CANONICAL_TIMESTAMP.test(value)) return value ?? null;
    const timestamp = STORED_TIMESTAMP.test(value) ? parseTimestamp(value) : undefined;
    return timestamp === undefined ? value : printTimestamp(timestamp, "fixed");
  }),
  gobi_date: define(1, (value) => {
    const date = typeof value === "string" ? parseDate(value) : undefined;
    if (date === undefined) throw castError(value ?? null, "date");
    return printDate(date);
  }),
  gobi_time: define(1, (value) => {
    const point = pointOf(value ?? null);
    const time =
      point instanceof TimeValue
        ? point
        : point instanceof Timestamp
          ? new TimeValue(splitTimestamp(point).micros)
          : new TimeValue(0);
    return printTime(time, "fixed");
  }),
  gobi_interval: define(1, (value) => printInterval(intervalIn(value ?? null))),
  gobi_add_interval: define(2, (value, interval) => shift(value ?? null, intervalIn(interval ?? null))),
  gobi_subtract_interval: define(2, (value, interval) =>
    shift(value ?? null, negateInterval(intervalIn(interval ?? null))),
  ),
  gobi_interval_sum: define(2, (left, right) => printSum(intervalIn(left ?? null), intervalIn(right ?? null))),
  gobi_interval_difference: define(2, (left, right) =>
    printSum(intervalIn(left ?? null), negateInterval(intervalIn(right ?? null))),
  ),
  gobi_days_between: define(2, (left, right) =>
    BigInt(splitTimestamp(timestampIn(left ?? null)).days - splitTimestamp(timestampIn(right ?? null)).days),
  ),
  gobi_time_between: define(2, (left, right) =>
    printInterval(subtractTimestamps(timestampIn(left ?? null), timestampIn(right ?? null))),
  ),
  gobi_date_trunc: define(2, (unit, value) => dateTrunc(unit ?? null, value ?? null)),
  gobi_date_part: define(2, (unit, value) => datePart(unit ?? null, value ?? null)),
};
