// Dates and times read by a mask (date-mask.ts). Text between fields must match, white space in any amount; numbers may lack leading zeros where no digit follows.
// Two-digit years: 70 to 99 are of the 1900s, 00 to 69 of the 2000s (MySQL, POSIX).
import {
  clockOfMicros,
  civilFromDays,
  dateOfParts,
  daysFromCivil,
  HOUR_MICROS,
  MINUTE_MICROS,
  microsOfClock,
  SECOND_MICROS,
  timestampOf,
} from "../../base/value/calendar.ts";
import type { Timestamp } from "../../base/value/value.ts";
import { outOfRange } from "./arguments.ts";
import { MONTHS, WEEKDAYS } from "./date-format.ts";
import { type FieldKind, type MaskPart, parseMask, type PercentDialect } from "./date-mask.ts";

/** What was read: a local time, and its offset when the text has one. */
export interface ReadMoment {
  readonly local: Timestamp;
  readonly offset: number | undefined;
}

interface Parts {
  year: number;
  month: number;
  day: number;
  dayOfYear: number | undefined;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  afternoon: boolean | undefined;
  epoch: number | undefined;
  offset: number | undefined;
}

const DIGITS_MAX: Partial<Readonly<Record<FieldKind, number>>> = {
  year: 4,
  shortYear: 2,
  month: 2,
  day: 2,
  dayWithSuffix: 2,
  dayOfYear: 3,
  hour24: 2,
  hour12: 2,
  minute: 2,
  second: 2,
  epoch: 12,
  secondsOfDay: 5,
};

/**
 * Reads a text by a mask; undefined when the text does not fit it or names no real time.
 * @throws Trap OutOfRange for a mask with a field that cannot be read (a week, a quarter).
 */
export function readByMask(text: string, mask: string, dialect: PercentDialect): ReadMoment | undefined {
  const parts: Parts = {
    year: 1970,
    month: 1,
    day: 1,
    dayOfYear: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    micros: 0,
    afternoon: undefined,
    epoch: undefined,
    offset: undefined,
  };
  const list = parseMask(mask, dialect);
  let rest = text.trim();
  for (let i = 0; i < list.length; i += 1) {
    const part = list[i];
    if (part === undefined) break;
    const left = part.kind === "text" ? afterText(rest, part.text) : readField(parts, part, rest, mask);
    if (left === undefined) return undefined;
    rest = left;
  }
  return rest.trim() === "" ? momentOf(parts) : undefined;
}

function afterText(rest: string, wanted: string): string | undefined {
  let left = rest;
  for (const piece of wanted.split(/(\s+)/)) {
    if (piece === "") continue;
    if (/^\s/.test(piece)) left = left.trimStart();
    else if (left.toLowerCase().startsWith(piece.toLowerCase())) left = left.slice(piece.length);
    else return undefined;
  }
  return left;
}

type Field = Extract<MaskPart, { kind: "field" }>;

function readField(parts: Parts, part: Field, text: string, mask: string): string | undefined {
  const rest = text.trimStart();
  switch (part.field) {
    case "monthName":
    case "shortMonthName":
      return readName(rest, MONTHS, (index) => {
        parts.month = index + 1;
      });
    case "weekdayName":
    case "shortWeekdayName":
      return readName(rest, WEEKDAYS, () => undefined);
    case "amPm":
      return readAmPm(parts, rest);
    case "fraction":
    case "millis":
      return readFraction(parts, rest);
    case "offset":
    case "offsetHours":
    case "zone":
      return readOffset(parts, rest);
    default:
      return readNumber(parts, part, rest, mask);
  }
}

function readName(rest: string, names: readonly string[], take: (index: number) => void): string | undefined {
  const lower = rest.toLowerCase();
  const index = names.findIndex((name) => lower.startsWith(name.slice(0, 3).toLowerCase()));
  const name = names[index];
  if (name === undefined) return undefined;
  take(index);
  return rest.slice(lower.startsWith(name.toLowerCase()) ? name.length : 3);
}

function readAmPm(parts: Parts, rest: string): string | undefined {
  const match = /^([ap])\.?m\.?/i.exec(rest);
  if (match === null) return undefined;
  parts.afternoon = match[1]?.toLowerCase() === "p";
  return rest.slice(match[0].length);
}

function readFraction(parts: Parts, rest: string): string | undefined {
  const match = /^\d{1,9}/.exec(rest);
  if (match === null) return undefined;
  parts.micros = Number(match[0].slice(0, 6).padEnd(6, "0"));
  return rest.slice(match[0].length);
}

function readOffset(parts: Parts, rest: string): string | undefined {
  const match = /^(?:Z|UTC|GMT|([+-])(\d{2})(?::?(\d{2}))?)/i.exec(rest);
  if (match === null) return undefined;
  const size = Number(match[2] ?? 0) * HOUR_MICROS + Number(match[3] ?? 0) * MINUTE_MICROS;
  parts.offset = match[1] === "-" ? -size : size;
  return rest.slice(match[0].length);
}

function readNumber(parts: Parts, part: Field, rest: string, mask: string): string | undefined {
  const digitsMax = DIGITS_MAX[part.field];
  if (digitsMax === undefined)
    throw outOfRange(
      `The date mask '${mask.slice(0, 60)}' has a field that can be written but not read (${part.field}).`,
      mask,
    );
  const digits = /^\d+/.exec(rest)?.[0].slice(0, digitsMax);
  if (digits === undefined) return undefined;
  store(parts, part.field, Number(digits));
  const left = rest.slice(digits.length);
  return part.ordinal || part.field === "dayWithSuffix" ? left.replace(/^(?:st|nd|rd|th)/i, "") : left;
}

function store(parts: Parts, field: FieldKind, number: number): void {
  switch (field) {
    case "year":
      parts.year = number;
      break;
    case "shortYear":
      parts.year = number < 70 ? 2000 + number : 1900 + number;
      break;
    case "month":
      parts.month = number;
      break;
    case "day":
    case "dayWithSuffix":
      parts.day = number;
      break;
    case "dayOfYear":
      parts.dayOfYear = number;
      break;
    case "hour12":
      parts.hour = number;
      parts.afternoon ??= false;
      break;
    case "hour24":
      parts.hour = number;
      break;
    case "minute":
      parts.minute = number;
      break;
    case "second":
      parts.second = number;
      break;
    case "epoch":
      parts.epoch = number;
      break;
    default:
      storeSecondsOfDay(parts, number);
  }
}

function storeSecondsOfDay(parts: Parts, seconds: number): void {
  const clock = clockOfMicros(seconds * SECOND_MICROS);
  parts.hour = clock.hour;
  parts.minute = clock.minute;
  parts.second = clock.second;
}

function momentOf(parts: Parts): ReadMoment | undefined {
  if (parts.epoch !== undefined) {
    const local = timestampOf(Math.floor(parts.epoch / 86_400), (parts.epoch % 86_400) * SECOND_MICROS);
    return local === undefined ? undefined : { local, offset: 0 };
  }
  if (parts.afternoon !== undefined && (parts.hour < 1 || parts.hour > 12) && parts.hour !== 0) return undefined;
  const hour = parts.afternoon === undefined ? parts.hour : (parts.hour % 12) + (parts.afternoon ? 12 : 0);
  const micros = microsOfClock({ hour, minute: parts.minute, second: parts.second, micros: parts.micros });
  const date =
    parts.dayOfYear === undefined
      ? dateOfParts(parts.year, parts.month, parts.day)?.days
      : dayInYear(parts.year, parts.dayOfYear);
  const local = date === undefined || micros === undefined ? undefined : timestampOf(date, micros);
  return local === undefined ? undefined : { local, offset: parts.offset };
}

function dayInYear(year: number, dayOfYear: number): number | undefined {
  const days = daysFromCivil(year, 1, 1) + dayOfYear - 1;
  return dayOfYear >= 1 && civilFromDays(days).year === year ? days : undefined;
}
