// The printed form of values: what `print`, `"${x}"`, casts to string and result cells show.
// Floats shortest with a point (`1.0`), strings bare at top level and double-quoted inside containers, `[1, 2]`, `{name: "Ann", age: 3}`,
// timestamps ISO 8601 with Z, decimals with their scale, null as `null`.
import { encodeHex } from "./bytes-text.ts";
import { cell } from "./column.ts";
import { printDecimal } from "./decimal.ts";
import { printInterval } from "./interval.ts";
import { floatIn, kindOf } from "./kind.ts";
import { printDate, printTime, printTimestamp } from "./temporal.ts";
import { TextBuilder } from "./text-builder.ts";
import type {
  DateValue,
  Decimal,
  ErrorValue,
  FloatBox,
  Int,
  Interval,
  Json,
  ListValue,
  MapValue,
  StructValue,
  TableValue,
  TimeValue,
  Timestamp,
  Value,
} from "./value.ts";
import { deeper, type Work } from "./work.ts";

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
  const out = new TextBuilder(work);
  write(out, value, 0);
  return out.text;
}

/** A value as it stands inside a container: as `printValue`, but strings in double quotes. @throws LimitPassed as `printValue`. */
export function printQuoted(value: Value, work?: Work): string {
  const out = new TextBuilder(work);
  write(out, value, 0);
  return out.text;
}

/** A string in double quotes, with the escapes that the language reads. */
export function quoteText(text: string): string {
  return JSON.stringify(text);
}

const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_]*$/u;

function write(out: TextBuilder, value: Value, depth: number): void {
  switch (kindOf(value)) {
    case "list":
      return writeItems(out, (value as ListValue).items, deeper(depth));
    case "map":
      return writeEntries(out, (value as MapValue).entries, deeper(depth));
    case "struct": {
      const struct = value as StructValue;
      return writeEntries(
        out,
        struct.shape.fields.map((field, slot) => [field, struct.slots[slot] ?? null] as const),
        deeper(depth),
      );
    }
    case "table":
      return writeTable(out, value as TableValue, deeper(depth));
    case "error": {
      const error = value as ErrorValue;
      return out.add(error.message === "" ? error.code : `${error.code}: ${error.message}`);
    }
    default:
      out.add(scalarText(value));
  }
}

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

function writeItems(out: TextBuilder, items: readonly Value[], depth: number): void {
  out.add("[");
  items.forEach((item, index) => {
    if (index > 0) out.add(", ");
    write(out, item, depth);
  });
  out.add("]");
}

function writeEntries(out: TextBuilder, entries: Iterable<readonly [string, Value]>, depth: number): void {
  let separator = "{";
  for (const [key, item] of entries) {
    out.add(`${separator}${PLAIN_KEY.test(key) ? key : quoteText(key)}: `);
    write(out, item, depth);
    separator = ", ";
  }
  out.add(separator === "{" ? "{}" : "}");
}

function writeTable(out: TextBuilder, table: TableValue, depth: number): void {
  out.add("[");
  for (let row = 0; row < table.length; row += 1) {
    if (row > 0) out.add(", ");
    writeEntries(
      out,
      table.columns.map((column, index) => [table.shape.fields[index] ?? "", cell(column, row)] as const),
      deeper(depth),
    );
  }
  out.add("]");
}
