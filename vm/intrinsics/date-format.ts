// Dates and times written by a mask (date-mask.ts). Names of months and days are English, as in the databases' default.
import {
  civilFromDays,
  clockOfMicros,
  DAY_MICROS,
  dayOfYear,
  HOUR_MICROS,
  isoWeek,
  MINUTE_MICROS,
  SECOND_MICROS,
  splitTimestamp,
  timestampOf,
  weekday,
} from "../../base/value/calendar.ts";
import { DateValue, TimeValue, Timestamp, type Value } from "../../base/value/value.ts";
import { outOfRange, wrongKind } from "./arguments.ts";
import { type FieldKind, type MaskPart, parseMask, type PercentDialect } from "./date-mask.ts";
import { offsetText, zoneOffset } from "./time-zone.ts";

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** A local day and time with the offset of its clock. */
interface Moment {
  readonly days: number;
  readonly micros: number;
  readonly offset: number;
  readonly zone: string;
}

/**
 * A date, time or timestamp in the form of a mask; a timestamp by the clocks of `zone`.
 * @throws Trap OutOfRange for an unknown field or zone, InvalidCast for another kind of value.
 */
export function formatDate(value: Value, mask: string, zone: string, dialect: PercentDialect): string {
  const moment = momentOf(value, zone);
  return parseMask(mask, dialect)
    .map((part) => (part.kind === "text" ? part.text : written(part, moment)))
    .join("");
}

function momentOf(value: Value, zone: string): Moment {
  if (value instanceof DateValue) return { days: value.days, micros: 0, offset: 0, zone: "UTC" };
  if (value instanceof TimeValue) return { days: 0, micros: value.micros, offset: 0, zone: "UTC" };
  if (!(value instanceof Timestamp)) throw wrongKind(value, "A date, time or timestamp");
  const offset = zoneOffset(value, zone);
  const utc = splitTimestamp(value);
  const local = timestampOf(utc.days, utc.micros + offset);
  if (local === undefined) throw outOfRange("Timestamps reach from year 1 to year 9999.");
  return { ...splitTimestamp(local), offset, zone };
}

function written(part: Extract<MaskPart, { kind: "field" }>, moment: Moment): string {
  const name = nameOf(part.field, moment);
  if (name !== undefined)
    return part.letters === "NAME" ? name.toUpperCase() : part.letters === "name" ? name.toLowerCase() : name;
  const special = specialOf(part.field, part.width, moment);
  if (special !== undefined) return special;
  const number = numberOf(part.field, moment);
  const text = String(number).padStart(part.width, "0");
  return part.ordinal || part.field === "dayWithSuffix" ? text + ordinalEnding(number, part.letters === "NAME") : text;
}

function nameOf(field: FieldKind, moment: Moment): string | undefined {
  switch (field) {
    case "monthName":
      return MONTHS[civilFromDays(moment.days).month - 1];
    case "shortMonthName":
      return MONTHS[civilFromDays(moment.days).month - 1]?.slice(0, 3);
    case "weekdayName":
      return WEEKDAYS[weekday(moment.days)];
    case "shortWeekdayName":
      return WEEKDAYS[weekday(moment.days)]?.slice(0, 3);
    case "amPm":
      return moment.micros < 12 * HOUR_MICROS ? "Am" : "Pm";
    default:
      return undefined;
  }
}

function specialOf(field: FieldKind, width: number, moment: Moment): string | undefined {
  switch (field) {
    case "fraction":
      return String(moment.micros % SECOND_MICROS)
        .padStart(6, "0")
        .slice(0, width === 0 ? 6 : width);
    case "offset":
      return offsetText(moment.offset, true);
    case "offsetHours":
      return offsetText(moment.offset, true).slice(0, 3);
    case "zone":
      return moment.zone;
    case "shortYear":
      return String(civilFromDays(moment.days).year).padStart(4, "0").slice(-Math.max(2, width));
    case "shortIsoYear":
      return String(isoWeek(moment.days).year).padStart(4, "0").slice(-2);
    default:
      return undefined;
  }
}

function numberOf(field: FieldKind, moment: Moment): number {
  const { year, month, day } = civilFromDays(moment.days);
  const clock = clockOfMicros(moment.micros);
  switch (field) {
    case "year":
      return year;
    case "isoYear":
      return isoWeek(moment.days).year;
    case "century":
      return Math.floor((year + 99) / 100);
    case "quarter":
      return Math.floor((month + 2) / 3);
    case "month":
      return month;
    case "day":
    case "dayWithSuffix":
      return day;
    case "dayOfYear":
      return dayOfYear(moment.days);
    case "weekdaySunday0":
      return weekday(moment.days);
    case "weekdaySunday1":
      return weekday(moment.days) + 1;
    case "weekdayMonday1":
      return ((weekday(moment.days) + 6) % 7) + 1;
    case "isoWeek":
      return isoWeek(moment.days).week;
    case "yearWeek":
      return Math.floor((dayOfYear(moment.days) - 1) / 7) + 1;
    case "sundayWeek":
      return Math.floor((dayOfYear(moment.days) + 6 - weekday(moment.days)) / 7);
    case "mondayWeek":
      return Math.floor((dayOfYear(moment.days) + 6 - ((weekday(moment.days) + 6) % 7)) / 7);
    case "hour24":
      return clock.hour;
    case "hour12":
      return clock.hour % 12 === 0 ? 12 : clock.hour % 12;
    case "minute":
      return clock.minute;
    case "second":
      return clock.second;
    case "millis":
      return Math.floor(clock.micros / 1000);
    case "secondsOfDay":
      return Math.floor(moment.micros / SECOND_MICROS);
    case "epoch":
      return moment.days * 86_400 + Math.floor((moment.micros - moment.offset) / SECOND_MICROS);
    case "julianDay":
      return moment.days + 2_440_588;
    case "offsetMinutes":
      return Math.trunc((Math.abs(moment.offset) % HOUR_MICROS) / MINUTE_MICROS);
    default:
      return Math.floor(moment.micros / DAY_MICROS);
  }
}

function ordinalEnding(number: number, capitals: boolean): string {
  const teen = Math.floor(number / 10) % 10 === 1;
  const ending = teen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return capitals ? ending.toUpperCase() : ending;
}
