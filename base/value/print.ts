// The printed form of values: what `print`, `"${x}"`, casts to string and result cells show.
// Floats shortest with a point (`1.0`), strings bare at top level and double-quoted inside containers, `[1, 2]`, `{name: "Ann", age: 3}`,
// timestamps ISO 8601 with Z, decimals with their scale, null as `null`.
import { encodeHex } from "./bytes-text.ts";
import { printDecimal } from "./decimal.ts";
import { printInterval } from "./interval.ts";
import { floatIn, kindOf } from "./kind.ts";
import { printDate, printTime, printTimestamp } from "./temporal.ts";
import type { DateValue, Decimal, FloatBox, Int, Interval, Json, TimeValue, Timestamp, Value } from "./value.ts";
import type { Work } from "./work.ts";
import { valueText, type ValueStyle } from "./write-value.ts";

/** Shortest digits that spell the float, always with a point, an exponent or a word: `1.0`, `-0.0`, `1e21`, `1.5e-7`, `NaN`, `Infinity`. */
export function printFloat(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value).replace("e+", "e");
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/**
 * A value as text, strings bare.
 * @throws LimitPassed stringBytesMax, valueDepthMax.
 */
export function printValue(value: Value, work?: Work): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return scalarText(value);
  return valueText(value, PRINT_STYLE, work);
}

/** A value as it stands inside a container: as `printValue`, but strings in double quotes. @throws LimitPassed as `printValue`. */
export function printQuoted(value: Value, work?: Work): string {
  return valueText(value, PRINT_STYLE, work);
}

/** A string in double quotes, with the escapes that the language reads. */
export function quoteText(text: string): string {
  return JSON.stringify(text);
}

const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_]*$/u;

const PRINT_STYLE: ValueStyle = {
  comma: ", ",
  colon: ": ",
  key: (name) => (PLAIN_KEY.test(name) ? name : quoteText(name)),
  scalar: scalarText,
  error: ({ code, message }) => (message === "" ? code : `${code}: ${message}`),
};

function scalarText(value: Value): string {
  switch (kindOf(value)) {
    case "null":
      return "null";
    case "float":
      return printFloat(floatIn(value as number | FloatBox));
    case "decimal":
      return printDecimal(value as Decimal);
    case "string":
      return quoteText(value as string);
    case "bytes":
      return `x'${encodeHex(value as Uint8Array)}'`;
    case "date":
      return printDate(value as DateValue);
    case "time":
      return printTime(value as TimeValue);
    case "timestamp":
      return printTimestamp(value as Timestamp);
    case "interval":
      return printInterval(value as Interval);
    case "json":
      return (value as Json).text;
    case "function":
      return "<function>";
    case "handle":
      return "<handle>";
    case "cursor":
      return "<cursor>";
    default:
      return String(value as boolean | Int);
  }
}
