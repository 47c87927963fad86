// Functions that SQLite lacks, registered on every connection: text, dates, regular expressions (decimals: decimal-functions.ts).
// They work on SQLite's own values and give null for a null argument. What belongs to the VM's intrinsics is registered by the server (HOST_FUNCTIONS in calls.ts).
import { createRequire } from "node:module";
import type Database from "better-sqlite3";
import type * as Re2 from "re2js";
import { LIMITS } from "../../base/limits.ts";
import { DAY_MICROS, civilFromDays, daysFromCivil, HOUR_MICROS, isoWeek, MINUTE_MICROS, SECOND_MICROS, splitTimestamp, timestampOf, weekday, dayOfYear } from "../../base/value/calendar.ts";
import { castValue, parseUuid, CAST_FAILED } from "../../base/value/cast.ts";
import { addIntervals, addToDate, addToTime, addToTimestamp, negateInterval, parseInterval, printInterval, subtractTimestamps } from "../../base/value/interval.ts";
import { parseDate, parseTime, parseTimestamp, printDate, printTime, printTimestamp } from "../../base/value/temporal.ts";
import { DateValue, FloatBox, type Interval, TimeValue, Timestamp, type Value } from "../../base/value/value.ts";
import { EngineError, type SqlFunction } from "../engine.ts";
import { type RawValue, rawOfValue } from "./bind.ts";
import { DECIMAL_AGGREGATES, DECIMAL_FUNCTIONS, type DecimalTotal } from "./decimal-functions.ts";
import { describeRaw, readerOf } from "./read.ts";

/** One registered function; `call` never sees null. `counts`: accepted numbers of arguments. */
export interface RegisteredFunction {
  readonly counts: readonly number[];
  readonly deterministic: boolean;
  readonly call: (...args: Exclude<RawValue, null>[]) => RawValue;
}

function castError(value: RawValue, type: string): EngineError {
  return new EngineError(`${describeRaw(value)} cannot be read as ${type}.`, { kind: "invalidCast", code: "GOBI_CAST" });
}
function outOfRange(what: string): EngineError {
  return new EngineError(`${what} is outside the years 1 to 9999.`, { kind: "invalidCast", code: "GOBI_RANGE" });
}

function textOf(value: RawValue): string {
  return typeof value === "string" ? value : value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}
function countOf(value: RawValue): number {
  return Math.trunc(Number(value));
}

function checkedText(text: string): string {
  if (text.length > LIMITS.stringBytesMax.value) throw new EngineError("The text would be longer than the limit.", { kind: "limit", code: "GOBI_TEXT_LENGTH" });
  return text;
}

function pad(value: RawValue, length: RawValue, fill: RawValue, side: "left" | "right"): string {
  const points = [...textOf(value)];
  const wanted = Math.max(0, countOf(length));
  if (points.length >= wanted) return points.slice(0, wanted).join("");
  const filler = [...textOf(fill)];
  if (filler.length === 0) return points.join("");
  if (wanted > LIMITS.stringBytesMax.value) throw new EngineError("The text would be longer than the limit.", { kind: "limit", code: "GOBI_TEXT_LENGTH" });
  const missing = wanted - points.length;
  const padding = Array.from({ length: missing }, (_, i) => filler[i % filler.length]).join("");
  return side === "left" ? padding + points.join("") : points.join("") + padding;
}

function repeat(value: RawValue, count: RawValue): string {
  const text = textOf(value);
  const times = Math.max(0, countOf(count));
  if (text.length * times > LIMITS.stringBytesMax.value) throw new EngineError("The text would be longer than the limit.", { kind: "limit", code: "GOBI_TEXT_LENGTH" });
  return checkedText(text.repeat(times));
}

function splitPart(value: RawValue, separator: RawValue, number: RawValue): string {
  const parts = textOf(separator) === "" ? [textOf(value)] : textOf(value).split(textOf(separator));
  const index = countOf(number);
  return (index > 0 ? parts[index - 1] : parts.at(index)) ?? "";
}

// --- points in time ---

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
  const moved = point instanceof DateValue ? addToDate(point, interval) : point instanceof TimeValue ? addToTime(point, interval) : addToTimestamp(point, interval);
  if (moved === undefined) throw outOfRange("The sum of a date and an interval");
  return printPoint(moved);
}

function unitName(value: RawValue): string {
  return textOf(value).toLowerCase().replace(/s$/, "");
}

const CLOCK_UNITS: Readonly<Record<string, number>> = { hour: HOUR_MICROS, minute: MINUTE_MICROS, second: SECOND_MICROS, millisecond: 1000, microsecond: 1 };

/** First day of the unit that holds `days`; undefined for units below a day. */
function truncatedDay(unit: string, days: number): number | undefined {
  const { year, month } = civilFromDays(days);
  switch (unit) {
    case "day":
      return days;
    case "week":
      return days - ((days + 3) % 7 + 7) % 7;
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
  return new EngineError(`${describeRaw(unit)} is no unit of time.`, { kind: "other", code: "GOBI_UNIT", help: "Use year, quarter, month, week, day, hour, minute or second." });
}

function dateTrunc(unit: RawValue, value: RawValue): string {
  const point = pointOf(value);
  const { days, micros } = point instanceof DateValue ? { days: point.days, micros: 0 } : splitTimestamp(point instanceof Timestamp ? point : timestampIn(value));
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
  const { days, micros } = point instanceof DateValue ? { days: point.days, micros: 0 } : point instanceof TimeValue ? { days: 0, micros: point.micros } : splitTimestamp(point);
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

// --- regular expressions, without backtracking ---

type Pattern = Re2.RE2JS;
const PATTERNS_MAX = 100;
const patterns = new Map<string, Pattern>();

/** Loaded when first used: it costs 10 ms at start, and most programs have no regular expression. */
let re2: typeof Re2 | undefined;

function patternOf(text: string): Pattern {
  const known = patterns.get(text);
  if (known !== undefined) return known;
  re2 ??= createRequire(import.meta.url)("re2js") as typeof Re2;
  let pattern: Pattern;
  try {
    pattern = re2.RE2JS.compile(text);
  } catch (error) {
    throw new EngineError(`${describeRaw(text)} is no regular expression.`, { kind: "other", code: "GOBI_PATTERN", help: error instanceof Error ? error.message : undefined, cause: error });
  }
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(text, pattern);
  return pattern;
}

function booleanOf(text: string): bigint {
  const value = castValue(text, { type: "bool" });
  if (value === CAST_FAILED) throw castError(text, "bool");
  return value === true ? 1n : 0n;
}

function define(counts: number | readonly number[], call: RegisteredFunction["call"]): RegisteredFunction {
  return { counts: typeof counts === "number" ? [counts] : counts, deterministic: true, call };
}

/** Every function that this engine registers by itself. */
export const FUNCTIONS: Readonly<Record<string, RegisteredFunction>> = {
  ...DECIMAL_FUNCTIONS,
  gobi_lpad: define([2, 3], (text, length, fill = " ") => pad(text ?? "", length ?? 0n, fill, "left")),
  gobi_rpad: define([2, 3], (text, length, fill = " ") => pad(text ?? "", length ?? 0n, fill, "right")),
  gobi_repeat: define(2, (text, count) => repeat(text ?? "", count ?? 0n)),
  gobi_reverse: define(1, (text) => [...textOf(text ?? "")].reverse().join("")),
  gobi_initcap: define(1, (text) => textOf(text ?? "").toLowerCase().replace(/\p{L}[\p{L}\p{N}]*/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1))),
  gobi_split_part: define(3, (text, separator, number) => splitPart(text ?? "", separator ?? "", number ?? 1n)),
  gobi_bool: define(1, (text) => booleanOf(textOf(text ?? ""))),
  gobi_uuid_text: define(1, (value) => {
    const uuid = typeof value === "string" ? parseUuid(value) : undefined;
    if (uuid === undefined) throw castError(value ?? null, "uuid");
    return uuid;
  }),
  gobi_timestamp: define(1, (value) => (typeof value === "string" && CANONICAL_TIMESTAMP.test(value) ? value : printTimestamp(timestampIn(value ?? null), "fixed"))),
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
    const time = point instanceof TimeValue ? point : point instanceof Timestamp ? new TimeValue(splitTimestamp(point).micros) : new TimeValue(0);
    return printTime(time, "fixed");
  }),
  gobi_interval: define(1, (value) => printInterval(intervalIn(value ?? null))),
  gobi_add_interval: define(2, (value, interval) => shift(value ?? null, intervalIn(interval ?? null))),
  gobi_subtract_interval: define(2, (value, interval) => shift(value ?? null, negateInterval(intervalIn(interval ?? null)))),
  gobi_interval_sum: define(2, (left, right) => printSum(intervalIn(left ?? null), intervalIn(right ?? null))),
  gobi_interval_difference: define(2, (left, right) => printSum(intervalIn(left ?? null), negateInterval(intervalIn(right ?? null)))),
  gobi_days_between: define(2, (left, right) => BigInt(splitTimestamp(timestampIn(left ?? null)).days - splitTimestamp(timestampIn(right ?? null)).days)),
  gobi_time_between: define(2, (left, right) => printInterval(subtractTimestamps(timestampIn(left ?? null), timestampIn(right ?? null)))),
  gobi_date_trunc: define(2, (unit, value) => dateTrunc(unit ?? null, value ?? null)),
  gobi_date_part: define(2, (unit, value) => datePart(unit ?? null, value ?? null)),
  regexp: define(2, (pattern, text) => (patternOf(textOf(pattern ?? "")).matcher(textOf(text ?? "")).find() ? 1n : 0n)),
  gobi_regex_replace: define(3, (text, pattern, replacement) => patternOf(textOf(pattern ?? "")).matcher(textOf(text ?? "")).replaceAll(textOf(replacement ?? ""))),
};

function printSum(left: Interval, right: Interval): string {
  const sum = addIntervals(left, right);
  if (sum === undefined) throw outOfRange("The sum of two intervals");
  return printInterval(sum);
}

/** Registers a function under a name and a number of arguments; better-sqlite3 reads the number from `length`. */
export function registerFunction(db: Database.Database, name: string, count: number, deterministic: boolean, call: (...args: RawValue[]) => RawValue): void {
  const counted = (...args: RawValue[]): RawValue => call(...args);
  Object.defineProperty(counted, "length", { value: count });
  db.function(name, { deterministic, safeIntegers: true }, counted);
}

/** Registers everything. `nowMicros` is the clock behind `now()` until the host defines its own `gobi_now`. */
export function registerFunctions(db: Database.Database, nowMicros: () => number): void {
  for (const [name, { counts, deterministic, call }] of Object.entries(FUNCTIONS)) {
    for (const count of counts) {
      registerFunction(db, name, count, deterministic, (...args) => (args.includes(null) ? null : call(...(args as Exclude<RawValue, null>[]))));
    }
  }
  registerFunction(db, "gobi_now", 0, false, () => printTimestamp(new Timestamp(nowMicros()), "fixed"));
  for (const [name, aggregate] of Object.entries(DECIMAL_AGGREGATES)) {
    db.aggregate<unknown>(name, {
      safeIntegers: true,
      deterministic: true,
      start: aggregate.start,
      step: (state, value) => aggregate.step(state as DecimalTotal | null, value as RawValue),
      result: (state) => aggregate.result(state as DecimalTotal | null),
    });
  }
}

/** Registers a function of the host on the database, with its values converted. */
export function registerDefinition(db: Database.Database, definition: SqlFunction): void {
  const readers = definition.parameters.map((type) => readerOf(type));
  const wantsFloat = definition.result === "float";
  registerFunction(db, definition.name, definition.parameterCount, definition.deterministic, (...args) => {
    const values = args.map((raw, i): Value => {
      if (raw === null) return null;
      const value = readers[i]?.(raw) ?? null;
      if (typeof value === "symbol") {
        throw new EngineError(`${definition.name} was given ${describeRaw(raw)} as argument ${i + 1}, which is not of type ${definition.parameters[i] ?? "any"}.`, { kind: "invalidCast", code: "GOBI_ARGUMENT" });
      }
      return value;
    });
    const result = definition.call(...values);
    if (wantsFloat && typeof result === "number") return rawOfValue(new FloatBox(result));
    return rawOfValue(result);
  });
}
