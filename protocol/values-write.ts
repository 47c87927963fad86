// Values into the buffers of a column: validity bits, offsets, data, in Arrow's order; nested columns part by part.
// For typed columns of results see columns-write.ts; this is for values that stand in an array.
import { cell } from "../base/value/column.ts";
import { powerOfTen, printDecimal } from "../base/value/decimal.ts";
import { required } from "../base/failure.ts";
import { floatIn } from "../base/value/kind.ts";
import {
  type DateValue,
  type Decimal,
  ErrorValue,
  type FloatBox,
  type Int,
  type Interval,
  type ListValue,
  type MapValue,
  Shape,
  StructValue,
  TableValue,
  type TimeValue,
  type Timestamp,
  type Value,
} from "../base/value/value.ts";
import type { BodyWriter } from "./body-writer.ts";
import { beginOffsets, OFFSET_MAX, writeTextColumn } from "./texts-write.ts";
import { structOfError } from "./value-fields.ts";
import { WireFault } from "./wire-fault.ts";
import { type ArrowType, arrowName, type WireField } from "./wire-type.ts";

type Values = readonly Value[];

const TWO_32 = 4_294_967_296;
const PADDING_BYTES = 8;

/** Writes a 64-bit integer. */
export function writeInt64(out: BodyWriter, at: number, value: Int): void {
  if (typeof value === "bigint") return out.view.setBigInt64(at, value, true);
  out.view.setInt32(at, value, true);
  out.view.setInt32(at + 4, Math.floor(value / TWO_32), true);
}

/** Writes the values of one column, its parts included. @throws WireFault `value` for what does not fit the column. */
export function writeValues(out: BodyWriter, field: WireField, values: Values): void {
  const { arrow } = field;
  const length = values.length;
  let nulls = 0;
  for (const value of values) if (value === null) nulls += 1;
  if (arrow.kind === "null") return out.node(length, length);
  out.node(length, nulls);
  writeValidity(out, values, nulls);
  switch (arrow.kind) {
    case "bool":
      return writeBools(out, values);
    case "utf8":
      return writeTextColumn(out, field, values);
    case "binary":
      return writeBinary(out, values as readonly (Uint8Array | null)[]);
    case "list":
      return writeLists(out, field, values);
    case "map":
      return writeMaps(out, field, values as readonly (MapValue | null)[]);
    case "struct":
      return writeStructs(out, field, values);
    default:
      return writeFixed(out, arrow, values);
  }
}

function writeValidity(out: BodyWriter, values: Values, nulls: number): void {
  if (nulls === 0) return out.emptyBuffer();
  const bytes = (values.length + 7) >> 3;
  out.ensure(bytes + PADDING_BYTES);
  const start = out.at;
  out.bytes.fill(0, start, start + bytes);
  for (let row = 0; row < values.length; row += 1) if (values[row] !== null) setBit(out, start, row);
  out.at = start + bytes;
  out.endBuffer(start);
}

function setBit(out: BodyWriter, start: number, row: number): void {
  const at = start + (row >> 3);
  out.bytes[at] = (out.bytes[at] ?? 0) | (1 << (row & 7));
}

function writeBools(out: BodyWriter, values: Values): void {
  const bytes = (values.length + 7) >> 3;
  out.ensure(bytes + PADDING_BYTES);
  const start = out.at;
  out.bytes.fill(0, start, start + bytes);
  for (let row = 0; row < values.length; row += 1) if (values[row] === true) setBit(out, start, row);
  out.at = start + bytes;
  out.endBuffer(start);
}

interface FixedWriter {
  readonly bytes: number;
  readonly write: (out: BodyWriter, at: number, value: NonNullable<Value>) => void;
}

/** Columns whose values have the same width: only the types that are written (base/scalar.ts and decimals of a fixed scale). */
function fixedWriter(arrow: ArrowType): FixedWriter {
  switch (arrow.kind) {
    case "int":
      return { bytes: 8, write: (out, at, value) => writeInt64(out, at, value as Int) };
    case "float":
      return {
        bytes: 8,
        write: (out, at, value) => out.view.setFloat64(at, floatIn(value as number | FloatBox), true),
      };
    case "date":
      return { bytes: 4, write: (out, at, value) => out.view.setInt32(at, (value as DateValue).days, true) };
    case "time":
      return { bytes: 8, write: (out, at, value) => writeInt64(out, at, (value as TimeValue).micros) };
    case "timestamp":
      return { bytes: 8, write: (out, at, value) => writeInt64(out, at, (value as Timestamp).micros) };
    case "interval":
      return { bytes: 16, write: (out, at, value) => writeInterval(out, at, value as Interval) };
    case "decimal":
      return { bytes: 16, write: (out, at, value) => writeDecimal(out, at, value as Decimal, arrow) };
    default:
      throw new WireFault("value", `Columns of Arrow's type ${arrowName(arrow)} are not written.`);
  }
}

function writeFixed(out: BodyWriter, arrow: ArrowType, values: Values): void {
  const { bytes, write } = fixedWriter(arrow);
  out.ensure(values.length * bytes + PADDING_BYTES);
  const start = out.at;
  let at = start;
  for (const value of values) {
    if (value === null) out.bytes.fill(0, at, at + bytes);
    else write(out, at, value);
    at += bytes;
  }
  out.at = at;
  out.endBuffer(start);
}

const NANOS_MAX = 2n ** 63n - 1n;

function writeInterval(out: BodyWriter, at: number, { months, days, micros }: Interval): void {
  const nanos = BigInt(micros) * 1000n;
  if (nanos > NANOS_MAX || nanos < -NANOS_MAX)
    throw new WireFault("value", "An interval has more microseconds than Arrow's intervals hold.");
  out.view.setInt32(at, months, true);
  out.view.setInt32(at + 4, days, true);
  out.view.setBigInt64(at + 8, nanos, true);
}

function writeDecimal(out: BodyWriter, at: number, value: Decimal, arrow: ArrowType & { kind: "decimal" }): void {
  const unscaled = value.scale > arrow.scale ? undefined : value.unscaled * powerOfTen(arrow.scale - value.scale);
  const most = powerOfTen(arrow.precision);
  if (unscaled === undefined || unscaled >= most || unscaled <= -most)
    throw new WireFault("value", `${printDecimal(value)} does not fit decimal(${arrow.precision}, ${arrow.scale}).`);
  out.view.setBigInt64(at, BigInt.asIntN(64, unscaled), true);
  out.view.setBigInt64(at + 8, unscaled >> 64n, true);
}

function writeBinary(out: BodyWriter, values: readonly (Uint8Array | null)[]): void {
  const offsets = beginOffsets(out, values.length);
  let total = 0;
  out.view.setInt32(offsets, 0, true);
  values.forEach((value, row) => {
    total += value?.length ?? 0;
    out.view.setInt32(offsets + 4 * row + 4, total, true);
  });
  if (total > OFFSET_MAX) throw new WireFault("value", "A column of bytes is larger than 2 GB.");
  out.endBuffer(offsets);
  out.ensure(total + PADDING_BYTES);
  const start = out.at;
  for (const value of values) {
    if (value === null) continue;
    out.bytes.set(value, out.at);
    out.at += value.length;
  }
  out.endBuffer(start);
}

function writeOffsets(out: BodyWriter, lengths: readonly number[]): void {
  const start = beginOffsets(out, lengths.length);
  let total = 0;
  out.view.setInt32(start, 0, true);
  lengths.forEach((length, row) => {
    total += length;
    out.view.setInt32(start + 4 * row + 4, total, true);
  });
  out.endBuffer(start);
}

function writeLists(out: BodyWriter, field: WireField, values: Values): void {
  const lists = values.map(itemsOf);
  writeOffsets(
    out,
    lists.map((items) => items.length),
  );
  writeValues(out, required(field.children[0], "the item of a list"), lists.flat());
}

function itemsOf(value: Value): Values {
  if (value === null) return [];
  return value instanceof TableValue ? rowsOf(value) : (value as ListValue).items;
}

const ROW_SHAPE = new Shape("", []);

/** Rows of a table as structs; only their slots are looked at. */
function rowsOf(table: TableValue): Values {
  return Array.from(
    { length: table.length },
    (_, row) =>
      new StructValue(
        ROW_SHAPE,
        table.columns.map((column) => cell(column, row)),
      ),
  );
}

function writeMaps(out: BodyWriter, field: WireField, values: readonly (MapValue | null)[]): void {
  const entries = values.map((map) => (map === null ? [] : [...map.entries]));
  writeOffsets(
    out,
    entries.map((list) => list.length),
  );
  const all = entries.flat();
  const [key, value] = required(field.children[0], "the entries of a map").children;
  out.node(all.length, 0);
  out.emptyBuffer();
  writeValues(
    out,
    required(key, "the key of a map"),
    all.map(([name]) => name),
  );
  writeValues(
    out,
    required(value, "the value of a map"),
    all.map(([, item]) => item),
  );
}

function writeStructs(out: BodyWriter, field: WireField, values: Values): void {
  field.children.forEach((child, slot) => {
    writeValues(
      out,
      child,
      values.map((value) => slotOf(value, slot)),
    );
  });
}

function slotOf(value: Value, slot: number): Value {
  if (value === null) return null;
  if (value instanceof ErrorValue) return structOfError(value).slots[slot] ?? null;
  return (value as StructValue).slots[slot] ?? null;
}
