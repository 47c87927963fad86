// Values as SQLite delivers them, read as the type that the checker promised for their column.
// A stored value that does not fit is reported, never guessed (LANGUAGE.md 15.27). SQLite's everyday variants are accepted: `YYYY-MM-DD HH:MM:SS` for timestamps,
// an integral REAL for an int, an INTEGER for a float or decimal.
import { boxFloat, DateValue, Decimal, FloatBox, Json, type Value } from "../../base/value/value.ts";
import { intOf } from "../../base/value/column.ts";
import { parseUuid } from "../../base/value/cast.ts";
import {
  DAY_MICROS,
  daysFromCivil,
  daysInMonth,
  HOUR_MICROS,
  MINUTE_MICROS,
  SECOND_MICROS,
  timestampOf,
  YEAR_MIN,
} from "../../base/value/calendar.ts";
import { decimalFromFloat, parseDecimalText, rescaleDecimal } from "../../base/value/decimal.ts";
import { parseInterval } from "../../base/value/interval.ts";
import { parseDate, parseTime, parseTimestamp } from "../../base/value/temporal.ts";
import type { SqlType } from "../../base/sql-form.ts";
import type { RawValue } from "./bind.ts";

/** Given for a value that does not fit the promised type. */
export const MISFIT: unique symbol = Symbol("misfit");
/** Given when a number is a whole one beyond 2^53: when integers arrive as JS numbers the rows must be read again with bigints; then it is a REAL, see `wholeReal`. */
export const INEXACT: unique symbol = Symbol("inexact");

/** Reads one raw value that is not null. */
export type Reader = (raw: Exclude<RawValue, null>) => Value | typeof MISFIT | typeof INEXACT;

/** The largest int as a JS number is this too, though the number itself is one more than an int can be. */
const INT_LIMIT = 2 ** 63;

function readInt(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  if (typeof raw === "bigint") return intOf(raw);
  if (typeof raw !== "number" || !Number.isInteger(raw)) return MISFIT;
  if (Number.isSafeInteger(raw)) return raw + 0;
  return Math.abs(raw) <= INT_LIMIT ? INEXACT : MISFIT;
}

function readBool(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  const number = typeof raw === "bigint" ? Number(raw) : raw;
  return number === 1 ? true : number === 0 ? false : MISFIT;
}

function readFloat(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  return typeof raw === "number" || typeof raw === "bigint" ? boxFloat(Number(raw)) : MISFIT;
}

function readString(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  return typeof raw === "string" ? raw : MISFIT;
}

function readBytes(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  return raw instanceof Uint8Array ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength) : MISFIT;
}

/** A REAL holds 15 digits of a decimal exactly; more would show its binary rest (0.1 + 0.2). */
function decimalOfRaw(raw: Exclude<RawValue, null>): Decimal | undefined | typeof INEXACT {
  if (typeof raw === "bigint") return new Decimal(raw, 0);
  if (typeof raw === "string") return parseDecimalText(raw);
  if (typeof raw !== "number") return undefined;
  if (Number.isInteger(raw)) return Number.isSafeInteger(raw) ? new Decimal(BigInt(raw), 0) : INEXACT;
  return decimalFromFloat(Number(raw.toPrecision(15)));
}

function decimalReader(scale: number | undefined): Reader {
  return (raw) => {
    const decimal = decimalOfRaw(raw);
    if (decimal === INEXACT) return INEXACT;
    if (decimal === undefined) return MISFIT;
    if (scale === undefined || decimal.scale >= scale) return decimal;
    return rescaleDecimal(decimal, scale) ?? MISFIT;
  };
}

const HYPHEN = 45;
const COLON = 58;

/** The number that `length` digits at `from` spell, or NaN. */
function digitsAt(text: string, from: number, length: number): number {
  let value = 0;
  for (let i = from; i < from + length; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Days since 1970 of `YYYY-MM-DD` at the start of a text, or NaN when there is no such day. */
function dayAtStart(text: string): number {
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  if (
    text.charCodeAt(4) !== HYPHEN ||
    text.charCodeAt(7) !== HYPHEN ||
    !(year >= YEAR_MIN && month >= 1 && month <= 12 && day >= 1)
  )
    return Number.NaN;
  return day <= 28 || day <= daysInMonth(year, month) ? daysFromCivil(year, month, day) : Number.NaN;
}

/** Microseconds of `HH:MM:SS` at place 11 of a text, or NaN. */
function clockAtEleven(text: string): number {
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  const second = digitsAt(text, 17, 2);
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON || !(hour <= 23 && minute <= 59 && second <= 59))
    return Number.NaN;
  return hour * HOUR_MICROS + minute * MINUTE_MICROS + second * SECOND_MICROS;
}

/** The two fixed forms that databases hold, `YYYY-MM-DDTHH:MM:SS.ffffffZ` and `YYYY-MM-DD HH:MM:SS`, without regular expressions: several times faster than the general parser. */
function fixedTimestamp(text: string): Value | undefined {
  const fraction =
    text.length === 19
      ? 0
      : text.length === 27 && text[19] === "." && text[26] === "Z"
        ? digitsAt(text, 20, 6)
        : Number.NaN;
  if (text[10] !== "T" && text[10] !== " ") return undefined;
  const micros = clockAtEleven(text) + fraction;
  const days = dayAtStart(text);
  return Number.isNaN(days + micros) ? undefined : timestampOf(days, micros);
}

function readTimestamp(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  return typeof raw === "string" ? (fixedTimestamp(raw) ?? parseTimestamp(raw) ?? MISFIT) : MISFIT;
}

function readDate(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  if (typeof raw !== "string") return MISFIT;
  if (raw.length === 10) {
    const days = dayAtStart(raw);
    return Number.isNaN(days) ? MISFIT : new DateValue(days);
  }
  // A timestamp at midnight is a date that another program wrote; one with a time of day would lose it.
  const date = parseDate(raw);
  const time = parseTimestamp(raw);
  return date === undefined || time === undefined || BigInt(time.micros) !== BigInt(date.days) * BigInt(DAY_MICROS)
    ? MISFIT
    : new DateValue(date.days);
}

function textReader(parse: (text: string) => Value | undefined): Reader {
  return (raw) => (typeof raw === "string" ? (parse(raw) ?? MISFIT) : MISFIT);
}

/** JSON is kept as text; a column of another affinity may have turned a number into one. */
function readJson(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  if (typeof raw === "string") return new Json(raw);
  if (typeof raw === "bigint") return new Json(raw.toString());
  if (typeof raw !== "number") return MISFIT;
  if (Number.isInteger(raw) && !Number.isSafeInteger(raw)) return INEXACT;
  return new Json(String(raw));
}

/** The value by itself; only right when integers arrive as bigints. */
function readAny(raw: Exclude<RawValue, null>): ReturnType<Reader> {
  if (typeof raw === "bigint") return intOf(raw);
  if (typeof raw === "number") return Number.isInteger(raw) ? new FloatBox(raw) : raw;
  return raw instanceof Uint8Array ? readBytes(raw) : raw;
}

const READERS: Readonly<Record<SqlType, Reader>> = {
  int: readInt,
  float: readFloat,
  decimal: decimalReader(undefined),
  bool: readBool,
  string: readString,
  bytes: readBytes,
  date: readDate,
  time: textReader(parseTime),
  timestamp: readTimestamp,
  timestamptz: readTimestamp,
  interval: textReader(parseInterval),
  json: readJson,
  uuid: textReader(parseUuid),
  any: readAny,
};

/** The reader of a promised type. `scale`: digits that a decimal shows at least. */
export function readerOf(type: SqlType, scale?: number): Reader {
  return type === "decimal" && scale !== undefined ? decimalReader(scale) : READERS[type];
}

/** Reads as the type when the value fits, and as what it is when not: for columns that only the engine knows (`execute`, dynamic tables). */
export function hintedReaderOf(type: SqlType, scale?: number): Reader {
  const read = readerOf(type, scale);
  return (raw) => {
    const value = read(raw);
    return value === MISFIT ? readAny(raw) : value;
  };
}

/** True for types whose values must be told apart by storage class, so that integers must arrive as bigints. */
export function needsExactIntegers(type: SqlType): boolean {
  return type === "any";
}

/** A REAL that is a whole number beyond 2^53, read as the type. */
export function wholeReal(type: SqlType, raw: number): Value | typeof MISFIT {
  if (type === "int" && raw === INT_LIMIT) return MISFIT;
  return type === "json"
    ? new Json(String(raw))
    : type === "decimal"
      ? new Decimal(BigInt(raw), 0)
      : intOf(BigInt(raw));
}

/** A raw value for a message: `'abc'`, `12.5`, `x'00ff'`. */
export function describeRaw(raw: RawValue): string {
  if (raw === null) return "null";
  if (typeof raw === "string") return raw.length > 60 ? `'${raw.slice(0, 60)}…'` : `'${raw}'`;
  if (raw instanceof Uint8Array) return `${raw.length} bytes`;
  return String(raw);
}
