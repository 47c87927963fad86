// Names and values as SQL text, for `execute` and format(): what ident(x) and literal(x) give.
// Dates and times are written in their stored form (fixed width), so that comparing with stored texts is right.
import { encodeHex } from "../../base/value/bytes-text.ts";
import { floatIn, kindOf } from "../../base/value/kind.ts";
import { printFloat, printValue } from "../../base/value/print.ts";
import { printTime, printTimestamp } from "../../base/value/temporal.ts";
import type { FloatBox, TimeValue, Timestamp, Value } from "../../base/value/value.ts";
import type { Work } from "../../base/value/work.ts";
import { outOfRange, wrongKind } from "./arguments.ts";

function quoted(text: string, quote: string): string {
  if (text.includes("\0")) throw outOfRange("SQL text cannot hold the character with number 0.");
  return quote + text.replaceAll(quote, quote + quote) + quote;
}

/** A name in double quotes. @throws Trap OutOfRange when it is empty or holds character 0. */
export function quoteIdentifier(name: string): string {
  if (name === "") throw outOfRange("An empty text cannot be a name in SQL.");
  return quoted(name, '"');
}

/** A value as a literal. @throws Trap InvalidCast for functions, handles and cursors, OutOfRange for a NaN and for a text with character 0. */
export function quoteLiteral(value: Value, work?: Work): string {
  switch (kindOf(value)) {
    case "null":
      return "NULL";
    case "bool":
      return value === true ? "TRUE" : "FALSE";
    case "int":
    case "decimal":
      return printValue(value);
    case "float":
      return floatLiteral(floatIn(value as number | FloatBox));
    case "bytes":
      return `x'${encodeHex(value as Uint8Array)}'`;
    case "time":
      return quoted(printTime(value as TimeValue, "fixed"), "'");
    case "timestamp":
      return quoted(printTimestamp(value as Timestamp, "fixed"), "'");
    case "function":
    case "handle":
    case "cursor":
    case "error":
      throw wrongKind(value, "A value that SQL can hold");
    default:
      return quoted(printValue(value, work), "'");
  }
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) throw outOfRange("SQL has no literal for NaN.");
  if (Number.isFinite(value)) return printFloat(value);
  return value > 0 ? "9e999" : "-9e999";
}
