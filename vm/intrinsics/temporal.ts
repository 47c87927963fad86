// Implementations of the intrinsics on dates, times, timestamps and intervals (bytecode/intrinsics/temporal.ts).
// Parts and truncation are in date-parts.ts, masks in date-format.ts and date-parse.ts, zones in time-zone.ts.
import {
  civilFromDays,
  dateOfParts,
  DAY_MICROS,
  daysFromCivil,
  daysInMonth,
  isLeapYear,
  microsOfClock,
  SECOND_MICROS,
  splitTimestamp,
  timestampOf,
} from "../../base/value/calendar.ts";
import { intOf } from "../../base/value/column.ts";
import { compareTotal } from "../../base/value/compare.ts";
import {
  addToDate,
  addToTimestamp,
  intervalOf,
  intervalSpan,
  intervalUnit,
  makeInterval,
  negateInterval,
} from "../../base/value/interval.ts";
import { roundHalfAway } from "../../base/value/int.ts";
import { boxFloat, DateValue, Interval, Timestamp, TimeValue, type Value } from "../../base/value/value.ts";
import type { TEMPORAL_INTRINSICS } from "../../bytecode/intrinsics/temporal.ts";
import { trap } from "../../bytecode/trap.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  chargeList,
  countAt,
  floatAt,
  intAt,
  madeList,
  madeText,
  outOfRange,
  textAt,
  valueAt,
  wrongKind,
} from "./arguments.ts";
import { ageBetween, datePart, truncateDate, truncateTimestamp, wholeUnits } from "./date-parts.ts";
import { formatDate } from "./date-format.ts";
import { readByMask } from "./date-parse.ts";
import { fromLocal, toLocal, zoneOffset } from "./time-zone.ts";

/** Implementations by key. */
export const TEMPORAL_FUNCTIONS: Readonly<Record<keyof typeof TEMPORAL_INTRINSICS, IntrinsicFunction>> = {
  now: (context) => new Timestamp(context.nowMicros()),
  today: (context, args) =>
    new DateValue(splitTimestamp(toLocal(new Timestamp(context.nowMicros()), textAt(args, 0))).days),
  time_now: (context, args) =>
    new TimeValue(splitTimestamp(toLocal(new Timestamp(context.nowMicros()), textAt(args, 0))).micros),
  make_date: (_context, args) => makeDate(args),
  make_time: (_context, args) => new TimeValue(makeClock(args, 0)),
  make_timestamp: (_context, args) =>
    fromLocal(inYears(timestampOf(makeDate(args).days, makeClock(args, 3))), textAt(args, 6)),
  make_interval: (_context, args) => {
    const [years, months, weeks, days, hours, minutes] = [0, 1, 2, 3, 4, 5].map((index) => countAt(args, index));
    const micros = roundHalfAway(
      ((hours ?? 0) * 3600 + (minutes ?? 0) * 60) * SECOND_MICROS + floatAt(args, 6) * SECOND_MICROS,
    );
    return inCalendar(makeInterval((years ?? 0) * 12 + (months ?? 0), (weeks ?? 0) * 7 + (days ?? 0), micros));
  },
  date_trunc_date: (_context, args) => truncateDate(textAt(args, 0), dateAt(args, 1)),
  date_trunc_timestamp: (_context, args) => truncateTimestamp(textAt(args, 0), timestampAt(args, 1), textAt(args, 2)),
  date_part: (_context, args) => datePart(textAt(args, 0), valueAt(args, 1)),
  year: part("year"),
  month: part("month"),
  day: part("day"),
  hour: part("hour"),
  minute: part("minute"),
  second: part("second"),
  quarter: part("quarter"),
  week: part("week"),
  weekday: part("isodow"),
  day_of_year: part("doy"),
  date_add_date: (_context, args) => moveDate(dateAt(args, 0), intervalAt(args, 1)),
  date_add_timestamp: (_context, args) => moveTimestamp(timestampAt(args, 0), intervalAt(args, 1)),
  date_add_date_unit: (_context, args) => moveDate(dateAt(args, 0), unitsAt(args, 1)),
  date_add_timestamp_unit: (_context, args) => moveTimestamp(timestampAt(args, 0), unitsAt(args, 1)),
  date_sub_date: (_context, args) => moveDate(dateAt(args, 0), negateInterval(intervalAt(args, 1))),
  date_sub_timestamp: (_context, args) => moveTimestamp(timestampAt(args, 0), negateInterval(intervalAt(args, 1))),
  date_sub_date_unit: (_context, args) => moveDate(dateAt(args, 0), negateInterval(unitsAt(args, 1))),
  date_sub_timestamp_unit: (_context, args) => moveTimestamp(timestampAt(args, 0), negateInterval(unitsAt(args, 1))),
  date_diff_days: (_context, args) => dateAt(args, 0).days - dateAt(args, 1).days,
  date_diff_dates: (_context, args) =>
    wholeUnits(textAt(args, 0), midnight(dateAt(args, 1)), midnight(dateAt(args, 2))),
  date_diff_timestamps: (_context, args) => wholeUnits(textAt(args, 0), timestampAt(args, 1), timestampAt(args, 2)),
  age: (_context, args) => ageBetween(instantOf(valueAt(args, 1)), instantOf(valueAt(args, 0))),
  date_format: (context, args) =>
    madeText(context, formatDate(valueAt(args, 0), textAt(args, 1), textAt(args, 2), "mysql")),
  strftime: (context, args) => madeText(context, formatDate(valueAt(args, 1), textAt(args, 0), "UTC", "strftime")),
  to_timestamp_text: (_context, args) => {
    const moment = read(args);
    if (moment.offset === undefined) return fromLocal(moment.local, textAt(args, 2));
    const { days, micros } = splitTimestamp(moment.local);
    return inYears(timestampOf(days, micros - moment.offset));
  },
  to_timestamp_epoch: (_context, args) => {
    const seconds = floatAt(args, 0);
    const whole = Math.floor(seconds);
    const days = Math.floor(whole / 86_400);
    return inYears(
      timestampOf(days, (whole - days * 86_400) * SECOND_MICROS + roundHalfAway((seconds - whole) * SECOND_MICROS)),
    );
  },
  to_date: (_context, args) => new DateValue(splitTimestamp(read(args).local).days),
  to_unix: (_context, args) => boxFloat(Number(timestampAt(args, 0).micros) / SECOND_MICROS),
  unix_micros: (_context, args) => timestampAt(args, 0).micros,
  from_unix_micros: (_context, args) => {
    const { days, micros } = splitTimestamp(new Timestamp(intAt(args, 0)));
    return inYears(timestampOf(days, micros));
  },
  at_time_zone: (_context, args) => toLocal(timestampAt(args, 0), textAt(args, 1)),
  from_time_zone: (_context, args) => fromLocal(timestampAt(args, 0), textAt(args, 1)),
  zone_offset: (_context, args) => new Interval(0, 0, zoneOffset(timestampAt(args, 0), textAt(args, 1))),
  last_day: (_context, args) => {
    const { year, month } = civilFromDays(dateAt(args, 0).days);
    return new DateValue(daysFromCivil(year, month, daysInMonth(year, month)));
  },
  is_leap_year: (_context, args) => isLeapYear(countAt(args, 0)),
  days_in_month: (_context, args) => {
    const month = countAt(args, 1);
    if (month < 1 || month > 12) throw outOfRange(`Months run from 1 to 12, not ${month}.`, month);
    return daysInMonth(countAt(args, 0), month);
  },
  series_date: (context, args) => {
    const step = intervalAt(args, 2);
    if (step.micros !== 0) throw outOfRange("A series of dates needs a step of whole days or months.");
    return series(context, dateAt(args, 0), dateAt(args, 1), step, addToDate);
  },
  series_timestamp: (context, args) =>
    series(context, timestampAt(args, 0), timestampAt(args, 1), intervalAt(args, 2), addToTimestamp),
  interval_seconds: (_context, args) => boxFloat(Number(intervalSpan(intervalAt(args, 0))) / SECOND_MICROS),
};

function part(unit: string): IntrinsicFunction {
  return (_context, args) => datePart(unit, valueAt(args, 0));
}

function dateAt(args: readonly Value[], index: number): DateValue {
  const value = valueAt(args, index);
  if (!(value instanceof DateValue)) throw wrongKind(value, "A date");
  return value;
}

function timestampAt(args: readonly Value[], index: number): Timestamp {
  const value = valueAt(args, index);
  if (!(value instanceof Timestamp)) throw wrongKind(value, "A timestamp");
  return value;
}

function intervalAt(args: readonly Value[], index: number): Interval {
  const value = valueAt(args, index);
  if (!(value instanceof Interval)) throw wrongKind(value, "An interval");
  return value;
}

/** `amount, unit` as an interval. */
function unitsAt(args: readonly Value[], index: number): Interval {
  const name = textAt(args, index + 1);
  const unit = intervalUnit(name);
  if (unit === undefined) throw outOfRange(`'${name.slice(0, 40)}' is no unit of time.`, name);
  return inCalendar(intervalOf(countAt(args, index), unit));
}

function midnight(date: DateValue): Timestamp {
  return new Timestamp(intOf(BigInt(date.days) * BigInt(DAY_MICROS)));
}

function instantOf(value: Value): Timestamp {
  if (value instanceof DateValue) return midnight(value);
  if (value instanceof Timestamp) return value;
  throw wrongKind(value, "A date or timestamp");
}

function inYears<T>(value: T | undefined): T {
  if (value === undefined) throw outOfRange("Dates and timestamps reach from year 1 to year 9999.");
  return value;
}

function inCalendar(value: Interval | undefined): Interval {
  if (value === undefined) throw outOfRange("The interval is longer than 10,000 years.");
  return value;
}

function makeDate(args: readonly Value[]): DateValue {
  const [year, month, day] = [countAt(args, 0), countAt(args, 1), countAt(args, 2)];
  const date = dateOfParts(year, month, day);
  if (date === undefined) throw outOfRange(`There is no day ${year}-${month}-${day}.`);
  return date;
}

function makeClock(args: readonly Value[], index: number): number {
  const [hour, minute, seconds] = [countAt(args, index), countAt(args, index + 1), floatAt(args, index + 2)];
  const second = Math.floor(seconds);
  const micros = microsOfClock({
    hour,
    minute,
    second,
    micros: Math.min(SECOND_MICROS - 1, roundHalfAway((seconds - second) * SECOND_MICROS)),
  });
  if (micros === undefined) throw outOfRange(`There is no time ${hour}:${minute}:${seconds}.`);
  return micros;
}

function moveDate(date: DateValue, by: Interval): DateValue {
  const moved = inYears(addToDate(date, by));
  if (!(moved instanceof DateValue))
    throw outOfRange("A date moves by whole days; cast it to timestamp to move it by hours.");
  return moved;
}

function moveTimestamp(timestamp: Timestamp, by: Interval): Timestamp {
  return inYears(addToTimestamp(timestamp, by));
}

function read(args: readonly Value[]): { readonly local: Timestamp; readonly offset: number | undefined } {
  const moment = readByMask(textAt(args, 0), textAt(args, 1), "mysql");
  if (moment === undefined)
    throw trap(
      "InvalidCast",
      `'${textAt(args, 0).slice(0, 60)}' does not fit the mask '${textAt(args, 1).slice(0, 60)}'.`,
      textAt(args, 0),
    );
  return moment;
}

/** Every value is counted from the start, so that a series of month ends stays at month ends. */
function series<T extends DateValue | Timestamp>(
  context: IntrinsicContext,
  start: T,
  end: T,
  step: Interval,
  add: (start: T, by: Interval) => DateValue | Timestamp | undefined,
): Value {
  const span = intervalSpan(step);
  if (span === 0n) throw outOfRange("A series with step 0 never ends.");
  const items: Value[] = [];
  for (let count = 0; ; count += 1) {
    const by = makeInterval(step.months * count, step.days * count, step.micros * count);
    const next = by === undefined ? undefined : add(start, by);
    if (next === undefined || (compareTotal(next, end) > 0 === span > 0n && compareTotal(next, end) !== 0)) break;
    if (count % 1024 === 0) {
      chargeList(context, 1024);
      context.checkLimits();
    }
    items.push(next);
  }
  return madeList(context, items);
}
