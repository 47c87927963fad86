// JSON text to values, keeping every digit: JSON.parse would round large numbers and reads `__proto__` as a property.
// Objects become maps (last of equal keys wins), arrays lists; a number becomes an int when it is written as one and fits,
// a float when a float holds exactly what is written, else a decimal.
import { LIMITS } from "../limits.ts";
import { parseDecimalText, printDecimal, trimDecimal } from "./decimal.ts";
import { parseIntText } from "./int.ts";
import { boxFloat, ListValue, MapValue, type Value } from "./value.ts";
import { deeper, LimitPassed, type Work } from "./work.ts";

/** Where and why a text is no JSON. `offset` counts UTF-16 code units. */
export interface JsonFault {
  readonly offset: number;
  readonly reason: string;
}

/** Result of a parse: the value, or the fault. */
export type JsonResult =
  | { readonly value: Value; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: JsonFault };

/**
 * Parses one JSON text (RFC 8259), surrounding space allowed.
 * @throws LimitPassed valueDepthMax, listItemsMax.
 */
export function parseJson(text: string, work?: Work): JsonResult {
  const reader: Reader = { text, at: 0, fault: undefined, work };
  work?.spend(text.length >> 4);
  skipSpace(reader);
  const value = readValue(reader, 0);
  skipSpace(reader);
  if (reader.fault === undefined && reader.at < text.length) fail(reader, "text after the end of the value");
  return reader.fault === undefined ? { value } : { fault: reader.fault };
}

const CONTAINER_BYTES = 48;
const ITEM_BYTES = 16;
const ENTRY_BYTES = 80;

interface Reader {
  readonly text: string;
  at: number;
  fault: JsonFault | undefined;
  readonly work: Work | undefined;
}

function fail(reader: Reader, reason: string): null {
  reader.fault ??= { offset: reader.at, reason };
  return null;
}

function skipSpace(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    reader.at += 1;
  }
}

function readValue(reader: Reader, depth: number): Value {
  const character = reader.text[reader.at];
  switch (character) {
    case undefined:
      return fail(reader, "the text ends where a value is expected");
    case "{":
      return readObject(reader, deeper(depth));
    case "[":
      return readArray(reader, deeper(depth));
    case '"':
      return readString(reader);
    case "t":
      return readWord(reader, "true", true);
    case "f":
      return readWord(reader, "false", false);
    case "n":
      return readWord(reader, "null", null);
    default:
      return readNumber(reader);
  }
}

function readWord(reader: Reader, word: string, value: Value): Value {
  if (!reader.text.startsWith(word, reader.at)) return fail(reader, "a value is expected");
  reader.at += word.length;
  return value;
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

function readNumber(reader: Reader): Value {
  NUMBER.lastIndex = reader.at;
  const match = NUMBER.exec(reader.text);
  if (match === null) return fail(reader, "a value is expected");
  reader.at += match[0].length;
  const value = numberOf(match[0], match[1] === undefined && match[2] === undefined);
  return value === undefined ? fail(reader, "the number has too many digits") : value;
}

/** The value of a JSON number by its text; undefined when no number type of the language holds its digits. */
function numberOf(text: string, integral: boolean): Value | undefined {
  if (integral) {
    if (text === "-0") return boxFloat(-0);
    // Fifteen digits are safe: most numbers need no more.
    if (text.length <= 15) return Number(text);
    return parseIntText(text) ?? parseDecimalText(text);
  }
  const float = Number(text);
  if (text.length <= 15 && Number.isFinite(float)) return boxFloat(float);
  const exact = parseDecimalText(text);
  if (exact === undefined) return Number.isFinite(float) ? boxFloat(float) : undefined;
  const shortest = Number.isFinite(float) ? parseDecimalText(String(float)) : undefined;
  const same = shortest !== undefined && printDecimal(trimDecimal(shortest)) === printDecimal(trimDecimal(exact));
  return same ? boxFloat(float) : exact;
}

const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

function readString(reader: Reader): string {
  const { text } = reader;
  let result = "";
  reader.at += 1;
  for (;;) {
    PLAIN.lastIndex = reader.at;
    const plain = PLAIN.exec(text)?.[0] ?? "";
    result += plain;
    reader.at += plain.length;
    const character = text[reader.at];
    if (character === '"') {
      reader.at += 1;
      return result;
    }
    if (character !== "\\") {
      fail(reader, character === undefined ? "a string is not closed" : "a control character inside a string");
      return "";
    }
    const escaped = readEscape(reader);
    if (escaped === undefined) return "";
    result += escaped;
  }
}

function readEscape(reader: Reader): string | undefined {
  const letter = reader.text[reader.at + 1] ?? "";
  const simple = ESCAPES.get(letter);
  if (simple !== undefined) {
    reader.at += 2;
    return simple;
  }
  const hex = reader.text.slice(reader.at + 2, reader.at + 6);
  if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) {
    fail(reader, "an unknown escape inside a string");
    return undefined;
  }
  reader.at += 6;
  return String.fromCharCode(Number.parseInt(hex, 16));
}

/** After an element: true when another one follows. */
function readComma(reader: Reader, close: string): boolean {
  skipSpace(reader);
  const character = reader.text[reader.at];
  if (character === close) {
    reader.at += 1;
    return false;
  }
  if (character !== ",") {
    fail(reader, `a comma or ${close} is expected`);
    return false;
  }
  reader.at += 1;
  skipSpace(reader);
  return true;
}

function closesAtOnce(reader: Reader, close: string): boolean {
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] !== close) return false;
  reader.at += 1;
  return true;
}

function readArray(reader: Reader, depth: number): Value {
  const items: Value[] = [];
  reader.work?.allocate?.(CONTAINER_BYTES);
  if (closesAtOnce(reader, "]")) return new ListValue(items);
  do {
    reader.work?.spend(1);
    if (items.length >= LIMITS.listItemsMax.value) throw new LimitPassed("listItemsMax");
    reader.work?.allocate?.(ITEM_BYTES);
    items.push(readValue(reader, depth));
  } while (reader.fault === undefined && readComma(reader, "]"));
  return new ListValue(items);
}

function readObject(reader: Reader, depth: number): Value {
  const entries = new Map<string, Value>();
  reader.work?.allocate?.(CONTAINER_BYTES);
  if (closesAtOnce(reader, "}")) return new MapValue(entries);
  do {
    reader.work?.spend(1);
    if (reader.text[reader.at] !== '"') return fail(reader, "a key in double quotes is expected");
    const key = readString(reader);
    skipSpace(reader);
    if (reader.fault !== undefined || reader.text[reader.at] !== ":")
      return fail(reader, "a colon is expected after the key");
    reader.at += 1;
    skipSpace(reader);
    reader.work?.allocate?.(ENTRY_BYTES + key.length);
    entries.set(key, readValue(reader, depth));
  } while (reader.fault === undefined && readComma(reader, "}"));
  return new MapValue(entries);
}
