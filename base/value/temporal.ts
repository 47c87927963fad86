// Text forms of dates, times and timestamps: ISO 8601 out, ISO 8601 and its everyday variants in.
// Timestamps are UTC instants: a text without a zone is read as UTC, one with an offset is converted.
// Masks (`%Y-%m-%d`, `YYYY-MM-DD`) are the business of vm/intrinsics/date-mask.ts.
import {
  clockOfMicros,
  civilFromDays,
  DAY_MICROS,
  dateOfParts,
  HOUR_MICROS,
  MINUTE_MICROS,
  microsOfClock,
  splitTimestamp,
  timestampOf,
} from "./calendar.ts";
import { DateValue, TimeValue, type Timestamp } from "./value.ts";

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** `2026-01-31`. */
export function printDate(date: DateValue): string {
  const { year, month, day } = civilFromDays(date.days);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** How a fraction of a second is written: "short" leaves out a zero fraction and trailing zeros, "fixed" has six digits always (it sorts as text). */
export type FractionStyle = "short" | "fixed";

function printClock(microsOfDay: number, style: FractionStyle): string {
  const { hour, minute, second, micros } = clockOfMicros(microsOfDay);
  const base = `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`;
  if (style === "fixed") return `${base}.${pad(micros, 6)}`;
  return micros === 0 ? base : `${base}.${pad(micros, 6).replace(/0+$/, "")}`;
}

/** `08:30:00`, `08:30:00.25`. */
export function printTime(time: TimeValue, style: FractionStyle = "short"): string {
  return printClock(time.micros, style);
}

/** `2026-01-31T08:30:00Z`. */
export function printTimestamp(timestamp: Timestamp, style: FractionStyle = "short"): string {
  const { days, micros } = splitTimestamp(timestamp);
  return `${printDate(new DateValue(days))}T${printClock(micros, style)}Z`;
}

const DATE_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const COMPACT_DATE_TEXT = /^(\d{4})(\d{2})(\d{2})$/;
const CLOCK_TEXT = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?$/;
const ZONE_TEXT = /(?:\s*(?:Z|UTC|GMT)|\s?([+-])(\d{2})(?::?(\d{2}))?)$/i;
const TEXT_CHARACTERS_MAX = 64;

/** The date that a text spells (`2026-01-31`, `20260131`; a timestamp's text gives its day), or undefined. */
export function parseDate(text: string): DateValue | undefined {
  const trimmed = text.trim();
  if (trimmed.length > TEXT_CHARACTERS_MAX) return undefined;
  const match = DATE_TEXT.exec(trimmed) ?? COMPACT_DATE_TEXT.exec(trimmed);
  if (match !== null) return dateOfParts(Number(match[1]), Number(match[2]), Number(match[3]));
  const timestamp = parseTimestamp(trimmed);
  return timestamp === undefined ? undefined : new DateValue(splitTimestamp(timestamp).days);
}

/** Microseconds of a clock text; a seventh and later digit of the fraction rounds, so the result may be a whole day. */
function parseClock(text: string): number | undefined {
  const match = CLOCK_TEXT.exec(text);
  if (match === null) return undefined;
  const fraction = match[4] ?? "";
  const micros = Number(fraction.slice(0, 6).padEnd(6, "0"));
  const base = microsOfClock({
    hour: Number(match[1]),
    minute: Number(match[2]),
    second: Number(match[3] ?? 0),
    micros,
  });
  return base === undefined ? undefined : base + (Number(fraction[6] ?? 0) >= 5 ? 1 : 0);
}

/** The time of day that a text spells (`8:30`, `08:30:00.25`), or undefined. */
export function parseTime(text: string): TimeValue | undefined {
  const trimmed = text.trim();
  if (trimmed.length > TEXT_CHARACTERS_MAX) return undefined;
  const micros = parseClock(trimmed);
  return micros === undefined || micros >= DAY_MICROS ? undefined : new TimeValue(micros);
}

/** The instant that a text spells: a date, then optionally `T` or space, a time and a zone (`Z`, `+02`, `+02:00`, `UTC`), or undefined. */
export function parseTimestamp(text: string): Timestamp | undefined {
  let rest = text.trim();
  if (rest.length > TEXT_CHARACTERS_MAX) return undefined;
  const separator = rest.search(/[T\s]/i);
  if (separator < 0) {
    const match = DATE_TEXT.exec(rest) ?? COMPACT_DATE_TEXT.exec(rest);
    const date = match === null ? undefined : dateOfParts(Number(match[1]), Number(match[2]), Number(match[3]));
    return date === undefined ? undefined : timestampOf(date.days, 0);
  }
  const dayMatch = DATE_TEXT.exec(rest.slice(0, separator)) ?? COMPACT_DATE_TEXT.exec(rest.slice(0, separator));
  const date =
    dayMatch === null ? undefined : dateOfParts(Number(dayMatch[1]), Number(dayMatch[2]), Number(dayMatch[3]));
  if (date === undefined) return undefined;
  rest = rest.slice(separator + 1).trim();
  const zone = ZONE_TEXT.exec(rest);
  const offset = zone === null ? 0 : zoneOffset(zone);
  if (offset === undefined) return undefined;
  const clock = parseClock(zone === null ? rest : rest.slice(0, zone.index));
  return clock === undefined ? undefined : timestampOf(date.days, clock - offset);
}

function zoneOffset(zone: RegExpExecArray): number | undefined {
  const hours = Number(zone[2] ?? 0);
  const minutes = Number(zone[3] ?? 0);
  if (hours > 18 || minutes > 59) return undefined;
  const offset = hours * HOUR_MICROS + minutes * MINUTE_MICROS;
  return zone[1] === "-" ? -offset : offset;
}
