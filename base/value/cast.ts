// Casts of every scalar to every scalar that makes sense (`x :: T`, CAST, assignments with a declared length or precision).
// One table by target type. A cast that cannot be done gives CAST_FAILED, which the VM turns into InvalidCast with the value; null casts to null.
// Numbers round half away from zero; nothing is cut silently: a string longer than its varchar(n) fails.
import { decodeUtf8, encodeHex, encodeUtf8 } from "./bytes-text.ts";
import { splitTimestamp, timestampOf } from "./calendar.ts";
import {
  decimalFromFloat,
  decimalOfInt,
  fitDecimal,
  floatOfDecimal,
  intFromDecimal,
  parseDecimalText,
} from "./decimal.ts";
import { INT_MAX, INT_MIN, intFromFloat, parseIntText } from "./int.ts";
import { parseInterval } from "./interval.ts";
import { jsonDocument, toJson, valueOfJson } from "./json.ts";
import { floatIn, kindOf } from "./kind.ts";
import { printValue } from "./print.ts";
import type { ScalarName } from "../scalar.ts";
import { parseDate, parseTime, parseTimestamp } from "./temporal.ts";
import {
  boxFloat,
  DateValue,
  type Decimal,
  type FloatBox,
  type Int,
  Interval,
  type Json,
  TimeValue,
  type Timestamp,
  type Value,
} from "./value.ts";
import type { Work } from "./work.ts";

/** Result of a cast that cannot be done. */
export const CAST_FAILED: unique symbol = Symbol("cast failed");

/** Result of a cast. */
export type CastResult = Value | typeof CAST_FAILED;

/** What to cast to. */
export interface CastTarget {
  readonly type: ScalarName;
  /** decimal(precision, scale). */
  readonly precision?: number;
  readonly scale?: number;
  /** varchar(n), char(n): most characters (code points). */
  readonly length?: number;
  /** Narrow integer types: smallest and largest value. */
  readonly range?: readonly [bigint, bigint];
}

/**
 * Casts a value. Floats come back in their self-describing form.
 * @throws LimitPassed when printing or parsing passes a limit.
 */
export function castValue(value: Value, target: CastTarget, work?: Work): CastResult {
  const plain =
    target.type !== "json" && kindOf(value) === "json" ? jsonScalar(value as Json, target.type, work) : value;
  if (plain === null || plain === CAST_FAILED) return plain;
  return CASTS[target.type](plain, target, work);
}

type Cast = (value: Exclude<Value, null>, target: CastTarget, work: Work | undefined) => CastResult;

/** A JSON document as the scalar it holds; an object or array as its text where text is wanted. */
function jsonScalar(json: Json, target: ScalarName, work: Work | undefined): CastResult {
  const value = valueOfJson(json, work);
  const kind = kindOf(value);
  if (kind === "list" || kind === "map") return target === "string" ? json.text : CAST_FAILED;
  return value;
}

const CASTS: Readonly<Record<ScalarName, Cast>> = {
  int: toInt,
  float: toFloat,
  decimal: toDecimal,
  bool: toBool,
  string: toText,
  bytes: toBytes,
  date: toDate,
  time: toTime,
  timestamp: toTimestamp,
  timestamptz: toTimestamp,
  interval: toInterval,
  json: (value, _target, work) => castToJson(value, work),
  uuid: toUuid,
};

function orFailed(value: Value | undefined): CastResult {
  return value === undefined ? CAST_FAILED : value;
}

function toInt(value: Exclude<Value, null>, target: CastTarget): CastResult {
  const int = intOfScalar(value);
  if (int === undefined) return CAST_FAILED;
  const [low, high] = target.range ?? [INT_MIN, INT_MAX];
  return int < low || int > high ? CAST_FAILED : int;
}

function intOfScalar(value: Exclude<Value, null>): Int | undefined {
  switch (kindOf(value)) {
    case "int":
      return value as Int;
    case "bool":
      return value === true ? 1 : 0;
    case "float":
      return intFromFloat(floatIn(value as number | FloatBox));
    case "decimal":
      return intFromDecimal(value as Decimal);
    case "string":
      return parseIntText(value as string);
    default:
      return undefined;
  }
}

const FLOAT_TEXT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const FLOAT_WORDS: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["+infinity", Number.POSITIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

/** The float that a text spells, or undefined. `NaN` and `Infinity` are words of it, an overlong number is not. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = text.trim();
  if (!FLOAT_TEXT.test(trimmed)) return FLOAT_WORDS.get(trimmed.toLowerCase());
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

function toFloat(value: Exclude<Value, null>): CastResult {
  switch (kindOf(value)) {
    case "float":
      return value;
    case "int":
      return boxFloat(Number(value));
    case "bool":
      return boxFloat(value === true ? 1 : 0);
    case "decimal":
      return boxFloat(floatOfDecimal(value as Decimal));
    case "string": {
      const float = parseFloatText(value as string);
      return float === undefined ? CAST_FAILED : boxFloat(float);
    }
    default:
      return CAST_FAILED;
  }
}

function decimalOfScalar(value: Exclude<Value, null>): Decimal | undefined {
  switch (kindOf(value)) {
    case "decimal":
      return value as Decimal;
    case "int":
      return decimalOfInt(value as Int);
    case "bool":
      return decimalOfInt(value === true ? 1 : 0);
    case "float":
      return decimalFromFloat(floatIn(value as number | FloatBox));
    case "string":
      return parseDecimalText(value as string);
    default:
      return undefined;
  }
}

function toDecimal(value: Exclude<Value, null>, target: CastTarget): CastResult {
  const decimal = decimalOfScalar(value);
  if (decimal === undefined || target.precision === undefined) return orFailed(decimal);
  return orFailed(fitDecimal(decimal, target.precision, target.scale ?? 0));
}

const BOOL_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "t", "yes", "y", "on", "1"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "off", "0"].map((word) => [word, false] as const),
]);

function toBool(value: Exclude<Value, null>): CastResult {
  switch (kindOf(value)) {
    case "bool":
      return value;
    case "int":
      return value !== 0;
    case "float":
      return floatIn(value as number | FloatBox) !== 0;
    case "decimal":
      return (value as Decimal).unscaled !== 0n;
    case "string":
      return orFailed(BOOL_WORDS.get((value as string).trim().toLowerCase()));
    default:
      return CAST_FAILED;
  }
}

function toText(value: Exclude<Value, null>, target: CastTarget, work: Work | undefined): CastResult {
  const text = value instanceof Uint8Array ? decodeUtf8(value) : printValue(value, work);
  if (text === undefined) return CAST_FAILED;
  return target.length !== undefined && !fitsLength(text, target.length) ? CAST_FAILED : text;
}

/** True when a text has at most `length` code points. */
export function fitsLength(text: string, length: number): boolean {
  if (text.length <= length) return true;
  let points = 0;
  for (let i = 0; i < text.length; i += 1) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i += 1;
    points += 1;
    if (points > length) return false;
  }
  return true;
}

function toBytes(value: Exclude<Value, null>): CastResult {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? encodeUtf8(value) : CAST_FAILED;
}

function toDate(value: Exclude<Value, null>): CastResult {
  switch (kindOf(value)) {
    case "date":
      return value;
    case "timestamp":
      return new DateValue(splitTimestamp(value as Timestamp).days);
    case "string":
      return orFailed(parseDate(value as string));
    default:
      return CAST_FAILED;
  }
}

function toTime(value: Exclude<Value, null>): CastResult {
  switch (kindOf(value)) {
    case "time":
      return value;
    case "timestamp":
      return new TimeValue(splitTimestamp(value as Timestamp).micros);
    case "string":
      return orFailed(parseTime(value as string));
    default:
      return CAST_FAILED;
  }
}

function toTimestamp(value: Exclude<Value, null>): CastResult {
  switch (kindOf(value)) {
    case "timestamp":
      return value;
    case "date":
      return orFailed(timestampOf((value as DateValue).days, 0));
    case "string":
      return orFailed(parseTimestamp(value as string));
    default:
      return CAST_FAILED;
  }
}

function toInterval(value: Exclude<Value, null>): CastResult {
  switch (kindOf(value)) {
    case "interval":
      return value;
    case "time":
      return new Interval(0, 0, (value as TimeValue).micros);
    case "string":
      return orFailed(parseInterval(value as string));
    default:
      return CAST_FAILED;
  }
}

/** A string is read as JSON text; any other value is written as JSON. */
function castToJson(value: Exclude<Value, null>, work: Work | undefined): CastResult {
  if (typeof value === "string") return orFailed(jsonDocument(value, work).document);
  const kind = kindOf(value);
  return kind === "function" || kind === "handle" || kind === "cursor" ? CAST_FAILED : toJson(value, work);
}

const UUID_TEXT = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;

/** The uuid that a text spells, in lower case with its four hyphens; braces and missing hyphens are accepted. Undefined otherwise. */
export function parseUuid(text: string): string | undefined {
  const lower = text
    .trim()
    .toLowerCase()
    .replace(/^\{(.*)\}$/, "$1")
    .replace(/^urn:uuid:/, "");
  if (!UUID_TEXT.test(lower)) return undefined;
  const digits = lower.replaceAll("-", "");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

function toUuid(value: Exclude<Value, null>): CastResult {
  if (typeof value === "string") return orFailed(parseUuid(value));
  return value instanceof Uint8Array && value.length === 16 ? orFailed(parseUuid(encodeHex(value))) : CAST_FAILED;
}
