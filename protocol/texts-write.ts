// Columns of texts into Arrow buffers: offsets, then bytes. In one go where all is ASCII, else value by value.
import { printDecimal } from "../base/value/decimal.ts";
import { printValue } from "../base/value/print.ts";
import { Decimal, Json, type Value } from "../base/value/value.ts";
import { anyText } from "./any-text.ts";
import type { BodyWriter } from "./body-writer.ts";
import { WireFault } from "./wire-fault.ts";
import type { WireField } from "./wire-type.ts";

const PADDING_BYTES = 8;
/** Offsets are signed and of 32 bits. */
export const OFFSET_MAX = 2 ** 31 - 1;

/** How the values of a text column are spelt, by what they mean. */
function textOf(field: WireField): ((value: NonNullable<Value>) => string) | undefined {
  switch (field.meaning) {
    case "any":
      return anyText;
    case undefined:
    case "uuid":
      return undefined;
    default:
      return (value) =>
        value instanceof Json ? value.text : value instanceof Decimal ? printDecimal(value) : printValue(value);
  }
}

/** Writes the texts of a column. @throws WireFault `value` */
export function writeTextColumn(out: BodyWriter, field: WireField, values: readonly Value[]): void {
  writeTexts(out, values, textOf(field));
}

/** Without `spell` the values are strings, or are printed. */
function writeTexts(
  out: BodyWriter,
  values: readonly Value[],
  spell: ((value: NonNullable<Value>) => string) | undefined,
): void {
  if (spell === undefined && values.every((value) => value === null || typeof value === "string"))
    return writeTextBytes(out, values as readonly (string | null)[]);
  const spelt = spell ?? printValue;
  writeTextBytes(
    out,
    values.map((value) => (value === null ? null : spelt(value))),
  );
}

/** Reserves the offsets of `length` values. They are filled in, then their buffer is ended. */
export function beginOffsets(out: BodyWriter, length: number): number {
  const bytes = (length + 1) * 4;
  out.ensure(bytes + PADDING_BYTES);
  const start = out.at;
  out.at = start + bytes;
  return start;
}

/** Up to this length a loop over the characters is faster than a call into the engine. */
const SHORT_CHARACTERS = 24;

function writeTextBytes(out: BodyWriter, texts: readonly (string | null)[]): void {
  if (!out.compresses && writeAscii(out, texts)) return;
  const offsetsAt = beginOffsets(out, texts.length);
  // Offsets must be final before their buffer is ended (it may be compressed), so the bytes are counted first.
  let total = 0;
  out.view.setInt32(offsetsAt, 0, true);
  for (let row = 0; row < texts.length; row += 1) {
    total += byteLength(texts[row] ?? "");
    out.view.setInt32(offsetsAt + 4 * row + 4, total, true);
  }
  if (total > OFFSET_MAX) throw new WireFault("value", "A column of texts is larger than 2 GB.");
  out.endBuffer(offsetsAt);
  out.ensure(total + PADDING_BYTES);
  const start = out.at;
  for (const text of texts) if (text !== null) writeText(out, text);
  out.endBuffer(start);
}

/** Above this the copy that joining makes is not worth it. */
const JOINED_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Writes all texts in one go when all are ASCII: one call instead of one per value. False: nothing was written that counts. */
function writeAscii(out: BodyWriter, texts: readonly (string | null)[]): boolean {
  let joined = "";
  for (let row = 0; row < texts.length; row += 1) {
    joined += texts[row] ?? "";
    if (joined.length > JOINED_CHARACTERS_MAX) return false;
  }
  const { length } = joined;
  const offsetBytes = (texts.length + 1) * 4;
  out.ensure(offsetBytes + length + 3 * PADDING_BYTES);
  const offsets = out.at;
  const start = offsets + Math.ceil(offsetBytes / 8) * 8;
  // A character beyond ASCII takes more bytes than units: with room for one of them, more than `length` bytes are written.
  if (out.bytes.write(joined, start, length + 4, "utf8") !== length) return false;
  let total = 0;
  out.view.setInt32(offsets, 0, true);
  for (let row = 0; row < texts.length; row += 1) {
    total += texts[row]?.length ?? 0;
    out.view.setInt32(offsets + 4 * row + 4, total, true);
  }
  out.at = offsets + offsetBytes;
  out.endBuffer(offsets);
  out.at = start + length;
  out.endBuffer(start);
  return true;
}

function byteLength(text: string): number {
  if (text.length > SHORT_CHARACTERS) return Buffer.byteLength(text, "utf8");
  for (let index = 0; index < text.length; index += 1)
    if (text.charCodeAt(index) > 127) return Buffer.byteLength(text, "utf8");
  return text.length;
}

/** Writes a text at `at`, where there is room for it. */
export function writeText(out: BodyWriter, text: string): void {
  const { bytes, at } = out;
  const { length } = text;
  if (length <= SHORT_CHARACTERS) {
    let index = 0;
    for (; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) break;
      bytes[at + index] = code;
    }
    if (index === length) {
      out.at = at + length;
      return;
    }
  }
  out.at = at + bytes.write(text, at, "utf8");
}
