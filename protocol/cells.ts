// One value of a one-row batch: the short way for the scalars of calls, the general way of columns for the rest.
import { isUtf8 } from "node:buffer";
import { cell, intOf } from "../base/value/column.ts";
import { boxFloat, type Value } from "../base/value/value.ts";
import type { BodyReader } from "./body-reader.ts";
import type { BodyWriter } from "./body-writer.ts";
import { readColumn } from "./columns-read.ts";
import type { Id } from "./frame.ts";
import { writeText } from "./texts-write.ts";
import { writeInt64, writeValues } from "./values-write.ts";
import { WireFault } from "./wire-fault.ts";
import type { WireField } from "./wire-type.ts";

/** Room that every scalar below fits in, its padding included. */
const SCALAR_BYTES = 16;

/** Writes the value of a column in a batch of one row. @throws WireFault `value` */
export function writeCell(out: BodyWriter, field: WireField, value: Value): void {
  switch (typeof value) {
    case "number":
    case "bigint":
      if (field.arrow.kind !== "int") break;
      beginScalar(out);
      writeInt64(out, out.at, value);
      return endScalar(out, 8);
    case "boolean":
      if (field.arrow.kind !== "bool") break;
      beginScalar(out);
      out.bytes[out.at] = value ? 1 : 0;
      return endScalar(out, 1);
    case "string":
      if (field.arrow.kind !== "utf8" || field.meaning !== undefined) break;
      return writeString(out, value);
    default:
  }
  writeValues(out, field, [value]);
}

function beginScalar(out: BodyWriter): void {
  out.node(1, 0);
  out.emptyBuffer();
  out.ensure(SCALAR_BYTES);
}

function endScalar(out: BodyWriter, bytes: number): void {
  const start = out.at;
  out.at = start + bytes;
  out.endBuffer(start);
}

function writeString(out: BodyWriter, text: string): void {
  out.node(1, 0);
  out.emptyBuffer();
  // Three bytes a code unit are enough for any text.
  out.ensure(SCALAR_BYTES + 8 + text.length * 3);
  const offsets = out.at;
  out.at = offsets + 8;
  out.endBuffer(offsets);
  const start = out.at;
  writeText(out, text);
  out.view.setInt32(offsets, 0, true);
  out.view.setInt32(offsets + 4, out.at - start, true);
  out.endBuffer(start);
}

/** Reads the value of the next column of a batch of one row. @throws WireFault */
export function readCell(from: BodyReader, field: WireField): Value {
  const { arrow } = field;
  if (arrow.kind === "utf8" && field.meaning === undefined && !arrow.wide) return readString(from);
  if (arrow.kind === "int" && arrow.bits === 64 && arrow.signed) return beginCell(from, 8) ? readInt(from) : null;
  if (arrow.kind === "float" && arrow.bits === 64)
    return beginCell(from, 8) ? boxFloat(from.view.getFloat64(from.start, true)) : null;
  if (arrow.kind === "bool") return beginCell(from, 1) ? (from.view.getUint8(from.start) & 1) === 1 : null;
  return cell(readColumn(from, field, 1), 0);
}

/** Takes node, validity and data of a column; false when the value is null. */
function beginCell(from: BodyReader, bytes: number): boolean {
  from.node(1);
  const nulls = from.validity(1);
  from.buffer(bytes);
  return nulls === undefined || nulls[0] === 0;
}

/** Reads an id: a 64-bit integer without sign, which no type of ours holds. @throws WireFault */
export function readId(from: BodyReader): Id | null {
  if (!beginCell(from, 8)) return null;
  const id = from.view.getBigUint64(from.start, true);
  return id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
}

function readInt(from: BodyReader): Value {
  return intOf(from.view.getBigInt64(from.start, true));
}

/** Up to this length a loop over the bytes is faster than a call into the engine. */
const SHORT_BYTES = 16;

function readString(from: BodyReader): Value {
  if (!beginCell(from, 8)) {
    from.buffer(0);
    return null;
  }
  const first = from.view.getInt32(from.start, true);
  const last = from.view.getInt32(from.start + 4, true);
  if (first < 0 || last < first) throw new WireFault("payload", "The offsets of a column go backwards.");
  from.buffer(last);
  const { view, start } = from;
  const length = last - first;
  if (length <= SHORT_BYTES) {
    let text = "";
    let at = start + first;
    const end = start + last;
    for (; at < end; at += 1) {
      const code = view.getUint8(at);
      if (code > 127) break;
      text += String.fromCharCode(code);
    }
    if (at === end) return text;
  }
  const bytes = Buffer.from(view.buffer, view.byteOffset + start + first, length);
  if (!isUtf8(bytes)) throw new WireFault("payload", "A text is not UTF-8.");
  return bytes.toString("utf8");
}
