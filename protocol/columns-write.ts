// Typed columns of results into Arrow buffers: floats are copied as they stand, ints become 64-bit integers half by half, the rest goes value by value.
import type { Column } from "../base/value/column.ts";
import { cell } from "../base/value/column.ts";
import type { Value } from "../base/value/value.ts";
import type { BodyWriter } from "./body-writer.ts";
import { scalarTakes } from "./value-fields.ts";
import { writeValues } from "./values-write.ts";
import { WireFault } from "./wire-fault.ts";
import { scalarArrow, typeName, type WireField } from "./wire-type.ts";

/** Rows `from` up to before `to` of a batch. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

const PADDING_BYTES = 8;
const TWO_32 = 4_294_967_296;

/** Writes rows of a column. @throws WireFault `value` for values that the column's type does not hold. */
export function writeColumn(out: BodyWriter, field: WireField, column: Column, range: RowRange): void {
  const { kind } = field.arrow;
  if (column.kind === "floats" && kind === "float") return writeFloats(out, column, range);
  if (column.kind === "bigs" && kind === "int") return writeBigs(out, column, range);
  if (column.kind === "ints" && column.type === "int" && kind === "int") return writeInts(out, column, range);
  if (column.kind === "ints" && column.type === "bool" && kind === "bool") return writeBools(out, column, range);
  writeValues(out, field, checkedValues(field, column, range));
}

/** The values of the range, each of which the column takes. */
function checkedValues(field: WireField, column: Column, { from, to }: RowRange): readonly Value[] {
  const name = typeName(field);
  const scalar = scalarArrow(name) !== undefined;
  // Columns of this type were filled by an engine or a program that has checked them.
  const trusted = column.kind === "values" && column.type === name && column.nulls === undefined;
  if (trusted) return column.data.slice(from, to);
  const values = Array.from({ length: to - from }, (_, row) => cell(column, from + row));
  if (scalar && !values.every((value) => scalarTakes(name, value)))
    throw new WireFault("value", `A value of column ${field.name} is not of its type ${name}.`);
  return values;
}

function beginColumn(out: BodyWriter, nulls: Uint8Array | undefined, { from, to }: RowRange): void {
  const length = to - from;
  let count = 0;
  if (nulls !== undefined) for (let row = from; row < to; row += 1) if (nulls[row] === 1) count += 1;
  out.node(length, count);
  if (nulls === undefined || count === 0) return out.emptyBuffer();
  writeBits(out, length, (row) => nulls[from + row] !== 1);
}

function writeBits(out: BodyWriter, length: number, isSet: (row: number) => boolean): void {
  const bytes = (length + 7) >> 3;
  out.ensure(bytes + PADDING_BYTES);
  const start = out.at;
  for (let at = 0; at < bytes; at += 1) {
    const end = Math.min(length, at * 8 + 8);
    let bits = 0;
    for (let row = at * 8; row < end; row += 1) if (isSet(row)) bits |= 1 << (row & 7);
    out.bytes[start + at] = bits;
  }
  out.at = start + bytes;
  out.endBuffer(start);
}

function writeFloats(out: BodyWriter, { data, nulls }: Column & { readonly kind: "floats" }, range: RowRange): void {
  beginColumn(out, nulls, range);
  copyBytes(out, data, range);
}

function writeBigs(out: BodyWriter, { data, nulls }: Column & { readonly kind: "bigs" }, range: RowRange): void {
  beginColumn(out, nulls, range);
  copyBytes(out, data, range);
}

/** Copies rows of eight bytes each, as they stand in memory. */
function copyBytes(out: BodyWriter, data: Float64Array | BigInt64Array, { from, to }: RowRange): void {
  const bytes = (to - from) * 8;
  out.ensure(bytes + PADDING_BYTES);
  const start = out.at;
  out.bytes.set(new Uint8Array(data.buffer, data.byteOffset + from * 8, bytes), start);
  out.at = start + bytes;
  out.endBuffer(start);
}

function writeInts(out: BodyWriter, { data, nulls }: Column & { readonly kind: "ints" }, range: RowRange): void {
  beginColumn(out, nulls, range);
  out.ensure((range.to - range.from) * 8 + PADDING_BYTES);
  const { view, at: start } = out;
  let at = start;
  for (let row = range.from; row < range.to; row += 1) {
    const value = data[row] ?? 0;
    view.setInt32(at, value, true);
    view.setInt32(at + 4, Math.floor(value / TWO_32), true);
    at += 8;
  }
  out.at = at;
  out.endBuffer(start);
}

function writeBools(out: BodyWriter, { data, nulls }: Column & { readonly kind: "ints" }, range: RowRange): void {
  beginColumn(out, nulls, range);
  writeBits(out, range.to - range.from, (row) => data[range.from + row] === 1);
}
