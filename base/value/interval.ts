// Calendar intervals: parsing, printing, and arithmetic with dates, times and timestamps.
// Months, days and microseconds stay apart; adding applies them in that order, and a month that is too short gives its last day (31 January + 1 month = 28 February).
// Printed as ISO 8601 (`P1M2DT3H`); PostgreSQL's forms (`1 year 2 days 03:00`, `3 hours ago`) are read too.
import {
  civilFromDays,
  DAY_MICROS,
  dateOfDays,
  daysFromCivil,
  daysInMonth,
  HOUR_MICROS,
  MINUTE_MICROS,
  SECOND_MICROS,
  splitTimestamp,
  timestampOf,
} from "./calendar.ts";
import { roundHalfAway } from "./int.ts";
import { type DateValue, Interval, TimeValue, type Timestamp } from "./value.ts";

const MONTHS_MAX = 10_000 * 12;
const DAYS_MAX = 10_000 * 366;

/** The interval of parts, or undefined when a part is beyond what the calendar can use. Parts are rounded to whole numbers by the caller. */
export function makeInterval(months: number, days: number, micros: number): Interval | undefined {
  if (!(Math.abs(months) <= MONTHS_MAX && Math.abs(days) <= DAYS_MAX && Number.isSafeInteger(micros))) return undefined;
  return new Interval(months + 0, days + 0, micros + 0);
}

interface UnitRow {
  readonly part: "months" | "days" | "micros";
  readonly factor: number;
}

/** Units that intervals are written in; plurals by an `s` are accepted. */
const UNITS: ReadonlyMap<string, UnitRow> = new Map<string, UnitRow>([
  ...(["millennium", "mil"] as const).map((name) => [name, { part: "months", factor: 12_000 }] as const),
  ...(["century", "c"] as const).map((name) => [name, { part: "months", factor: 1200 }] as const),
  ...(["decade", "dec"] as const).map((name) => [name, { part: "months", factor: 120 }] as const),
  ...(["year", "y", "yr"] as const).map((name) => [name, { part: "months", factor: 12 }] as const),
  ["quarter", { part: "months", factor: 3 }],
  ...(["month", "mon"] as const).map((name) => [name, { part: "months", factor: 1 }] as const),
  ...(["week", "w"] as const).map((name) => [name, { part: "days", factor: 7 }] as const),
  ...(["day", "d"] as const).map((name) => [name, { part: "days", factor: 1 }] as const),
  ...(["hour", "h", "hr"] as const).map((name) => [name, { part: "micros", factor: HOUR_MICROS }] as const),
  ...(["minute", "m", "min"] as const).map((name) => [name, { part: "micros", factor: MINUTE_MICROS }] as const),
  ...(["second", "s", "sec"] as const).map((name) => [name, { part: "micros", factor: SECOND_MICROS }] as const),
  ...(["millisecond", "ms", "msec"] as const).map((name) => [name, { part: "micros", factor: 1000 }] as const),
  ...(["microsecond", "us", "usec"] as const).map((name) => [name, { part: "micros", factor: 1 }] as const),
]);

/** The row of a unit word (any case, singular or plural), or undefined. */
export function intervalUnit(word: string): UnitRow | undefined {
  const lower = word.toLowerCase();
  return (
    UNITS.get(lower) ??
    (lower.endsWith("s") ? UNITS.get(lower.slice(0, -1)) : undefined) ??
    (lower === "centuries" ? UNITS.get("century") : undefined)
  );
}

/** `amount` of a unit. A fraction flows down as in PostgreSQL: of a month into days of 30, of a day into microseconds. */
export function intervalOf(amount: number, unit: UnitRow): Interval | undefined {
  const total = amount * unit.factor;
  if (unit.part === "micros") return makeInterval(0, 0, roundHalfAway(total));
  if (unit.part === "days") {
    const days = Math.trunc(total);
    return makeInterval(0, days, roundHalfAway((total - days) * DAY_MICROS));
  }
  const months = Math.trunc(total);
  const days = (total - months) * 30;
  return makeInterval(months, Math.trunc(days), roundHalfAway((days - Math.trunc(days)) * DAY_MICROS));
}

/** Sum of two intervals, part by part. */
export function addIntervals(left: Interval, right: Interval): Interval | undefined {
  return makeInterval(left.months + right.months, left.days + right.days, left.micros + right.micros);
}

/** The interval with every part negated. */
export function negateInterval(value: Interval): Interval {
  return new Interval(0 - value.months, 0 - value.days, 0 - value.micros);
}

/** The interval times a number; fractions flow down to smaller parts. */
export function scaleInterval(value: Interval, factor: number): Interval | undefined {
  if (Number.isInteger(factor)) return makeInterval(value.months * factor, value.days * factor, value.micros * factor);
  const months = value.months * factor;
  const days = value.days * factor + (months - Math.trunc(months)) * 30;
  const micros = value.micros * factor + (days - Math.trunc(days)) * DAY_MICROS;
  return makeInterval(Math.trunc(months), Math.trunc(days), roundHalfAway(micros));
}

/** Length for ordering only: months of 30 days, days of 24 hours. Exact as a bigint. */
export function intervalSpan(value: Interval): bigint {
  return BigInt(value.months * 30 + value.days) * BigInt(DAY_MICROS) + BigInt(value.micros);
}

const ISO_TEXT =
  /^([+-]?)P(?:(-?[\d.]+)Y)?(?:(-?[\d.]+)M)?(?:(-?[\d.]+)W)?(?:(-?[\d.]+)D)?(?:T(?:(-?[\d.]+)H)?(?:(-?[\d.]+)M)?(?:(-?[\d.]+)S)?)?$/i;
const ISO_UNITS = ["year", "month", "week", "day", "hour", "minute", "second"] as const;
const NUMBER_TEXT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const TEXT_CHARACTERS_MAX = 200;

/** The interval that a text spells, or undefined. */
export function parseInterval(text: string): Interval | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > TEXT_CHARACTERS_MAX) return undefined;
  const iso = ISO_TEXT.exec(trimmed);
  return iso === null ? parseWords(trimmed) : parseIso(iso);
}

function parseIso(match: RegExpExecArray): Interval | undefined {
  let sum: Interval | undefined;
  for (let i = 0; i < ISO_UNITS.length; i += 1) {
    const amount = match[i + 2];
    if (amount === undefined) continue;
    sum = plusAmount(sum ?? new Interval(0, 0, 0), amount, ISO_UNITS[i] ?? "");
    if (sum === undefined) return undefined;
  }
  return sum !== undefined && match[1] === "-" ? negateInterval(sum) : sum;
}

function plusAmount(sum: Interval, amount: string, unitWord: string): Interval | undefined {
  const unit = intervalUnit(unitWord);
  if (unit === undefined || !NUMBER_TEXT.test(amount)) return undefined;
  const one = intervalOf(Number(amount), unit);
  return one === undefined ? undefined : addIntervals(sum, one);
}

/** `1 year 2 days`, `3 hours ago`, `1 day 02:30:00`, `-01:00`. */
function parseWords(text: string): Interval | undefined {
  const words = text
    .replace(/([\d.])([a-z])/gi, "$1 $2")
    .replace(/([a-z])([\d+-])/gi, "$1 $2")
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  if (words[0] === "@") words.shift();
  const ago = words.at(-1)?.toLowerCase() === "ago";
  if (ago) words.pop();
  if (words.length === 0) return undefined;
  let sum: Interval | undefined = new Interval(0, 0, 0);
  for (let i = 0; i < words.length && sum !== undefined; i += 1) {
    const word = words[i] ?? "";
    if (word.includes(":")) {
      const micros = parseClockSpan(word);
      sum = micros === undefined ? undefined : addIntervals(sum, new Interval(0, 0, micros));
    } else {
      i += 1;
      sum = plusAmount(sum, word, words[i] ?? "");
    }
  }
  return ago && sum !== undefined ? negateInterval(sum) : sum;
}

const CLOCK_SPAN = /^([+-]?)(\d{1,7}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?$/;

function parseClockSpan(word: string): number | undefined {
  const match = CLOCK_SPAN.exec(word);
  if (match === null) return undefined;
  const [, sign, hours, minutes, seconds, fraction] = match;
  if (Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
  const total =
    Number(hours) * HOUR_MICROS +
    Number(minutes) * MINUTE_MICROS +
    Number(seconds ?? 0) * SECOND_MICROS +
    Number((fraction ?? "").padEnd(6, "0"));
  return sign === "-" ? -total : total;
}

/** ISO 8601 text: `P1Y2M3DT4H5M6.5S`, `PT0S` for nothing; negative parts carry their own sign. */
export function printInterval(value: Interval): string {
  const years = Math.trunc(value.months / 12);
  const micros = Math.abs(value.micros);
  const sign = value.micros < 0 ? "-" : "";
  const hours = Math.floor(micros / HOUR_MICROS);
  const minutes = Math.floor((micros % HOUR_MICROS) / MINUTE_MICROS);
  const fraction = String(micros % SECOND_MICROS)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const seconds = `${Math.floor((micros % MINUTE_MICROS) / SECOND_MICROS)}${fraction === "" ? "" : `.${fraction}`}`;
  const part = (amount: number, letter: string): string => (amount === 0 ? "" : `${amount}${letter}`);
  const day = part(years, "Y") + part(value.months - years * 12, "M") + part(value.days, "D");
  const clock = [part(hours, "H"), part(minutes, "M"), seconds === "0" ? "" : `${seconds}S`]
    .map((text) => (text === "" ? "" : sign + text))
    .join("");
  return day + clock === "" ? "PT0S" : `P${day}${clock === "" ? "" : `T${clock}`}`;
}

function shiftDays(days: number, interval: Interval): number {
  if (interval.months === 0) return days + interval.days;
  const { year, month, day } = civilFromDays(days);
  const index = year * 12 + (month - 1) + interval.months;
  const newYear = Math.floor(index / 12);
  const newMonth = index - newYear * 12 + 1;
  return daysFromCivil(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth))) + interval.days;
}

/** Date plus interval: a date when the interval has no time part, else a timestamp (midnight UTC of the day, shifted). Undefined outside years 1 to 9999. */
export function addToDate(date: DateValue, interval: Interval): DateValue | Timestamp | undefined {
  const days = shiftDays(date.days, interval);
  return interval.micros === 0 ? dateOfDays(days) : timestampOf(days, interval.micros);
}

/** Timestamp plus interval, calendar parts by UTC. Undefined outside years 1 to 9999. */
export function addToTimestamp(timestamp: Timestamp, interval: Interval): Timestamp | undefined {
  const { days, micros } = splitTimestamp(timestamp);
  const shifted = shiftDays(days, interval);
  const whole = Math.floor(interval.micros / DAY_MICROS);
  return timestampOf(shifted + whole, micros + (interval.micros - whole * DAY_MICROS));
}

/** Time plus interval, around midnight; only the interval's time part counts. */
export function addToTime(time: TimeValue, interval: Interval): TimeValue {
  return new TimeValue((((time.micros + (interval.micros % DAY_MICROS)) % DAY_MICROS) + DAY_MICROS) % DAY_MICROS);
}

/** Difference of two timestamps as days and microseconds of one sign (PostgreSQL's). */
export function subtractTimestamps(left: Timestamp, right: Timestamp): Interval {
  const a = splitTimestamp(left);
  const b = splitTimestamp(right);
  const days = a.days - b.days;
  const micros = a.micros - b.micros;
  if (days > 0 && micros < 0) return new Interval(0, days - 1, micros + DAY_MICROS);
  if (days < 0 && micros > 0) return new Interval(0, days + 1, micros - DAY_MICROS);
  return new Interval(0, days, micros);
}
