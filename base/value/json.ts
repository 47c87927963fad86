// Values as JSON text, compact as SQLite's json() writes it. Numbers keep their digits; what JSON lacks becomes a string:
// dates, times, timestamps and intervals in ISO 8601, bytes in base64. NaN and the infinities become null, as in JSON.stringify.
import { encodeBase64 } from "./bytes-text.ts";
import { printDecimal } from "./decimal.ts";
import { floatIn, kindOf } from "./kind.ts";
import { parseJson, type JsonFault } from "./json-parse.ts";
import { printInterval } from "./interval.ts";
import { printFloat } from "./print.ts";
import { printDate, printTime, printTimestamp } from "./temporal.ts";
import {
  type DateValue,
  type Decimal,
  type FloatBox,
  type Int,
  type Interval,
  Json,
  type TimeValue,
  type Timestamp,
  type Value,
} from "./value.ts";
import type { Work } from "./work.ts";
import { valueText, type ValueStyle } from "./write-value.ts";

/**
 * JSON text of a value. Functions, handles and cursors have no JSON form and become null.
 * @throws LimitPassed stringBytesMax, valueDepthMax.
 */
export function jsonText(value: Value, work?: Work): string {
  return valueText(value, JSON_STYLE, work);
}

/** The value as a JSON document. @throws LimitPassed as `jsonText`. */
export function toJson(value: Value, work?: Work): Json {
  return value instanceof Json ? value : new Json(jsonText(value, work));
}

/** Reads a JSON text into a compact document that keeps the digits of its numbers. @throws LimitPassed. */
export function jsonDocument(
  text: string,
  work?: Work,
):
  | { readonly document: Json; readonly fault?: undefined }
  | { readonly document?: undefined; readonly fault: JsonFault } {
  const { fault } = parseJson(text, work);
  return fault === undefined ? { document: new Json(compactJson(text)) } : { fault };
}

/** Removes the space between the tokens of a correct JSON text. */
export function compactJson(text: string): string {
  let result = "";
  let kept = 0;
  let inString = false;
  // A loop, not a pattern: a pattern over one long string overflows the stack of the expression engine.
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === 32 || (code >= 9 && code <= 13)) {
      result += text.slice(kept, i);
      kept = i + 1;
    }
  }
  return result + text.slice(kept);
}

const QUOTE = 34;
const BACKSLASH = 92;

/** The content of a JSON document as lists, maps and scalars. @throws LimitPassed. */
export function valueOfJson(json: Json, work?: Work): Value {
  // A Json value was checked when it was made; a stored text that is not JSON counts as the string that it is.
  const result = parseJson(json.text, work);
  return result.fault === undefined ? result.value : json.text;
}

/** How values are written as JSON; the gateway writes some scalars in its own way. */
export const JSON_STYLE: ValueStyle = {
  comma: ",",
  colon: ":",
  key: (name) => JSON.stringify(name),
  scalar: scalarText,
  error: ({ code, message, detail }) => [
    ["code", code],
    ["message", message],
    ["detail", detail],
  ],
};

function scalarText(value: Value): string {
  switch (kindOf(value)) {
    case "bool":
    case "int":
      return String(value as boolean | Int);
    case "float": {
      const float = floatIn(value as number | FloatBox);
      return Number.isFinite(float) ? printFloat(float) : "null";
    }
    case "decimal":
      return printDecimal(value as Decimal);
    case "string":
      return JSON.stringify(value);
    case "bytes":
      return JSON.stringify(encodeBase64(value as Uint8Array));
    case "date":
      return `"${printDate(value as DateValue)}"`;
    case "time":
      return `"${printTime(value as TimeValue)}"`;
    case "timestamp":
      return `"${printTimestamp(value as Timestamp)}"`;
    case "interval":
      return `"${printInterval(value as Interval)}"`;
    case "json":
      return (value as Json).text;
    default:
      return "null";
  }
}
