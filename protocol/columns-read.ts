// Columns of a record batch as columns of values: numbers stay typed arrays, over the payload itself where they can, other types become values.
import { isAscii, isUtf8 } from "node:buffer";
import { required } from "../base/failure.ts";
import type { ScalarName } from "../base/scalar.ts";
import { cell, type Column, type ColumnType } from "../base/value/column.ts";
import { parseDecimalText } from "../base/value/decimal.ts";
import { ErrorValue, Json, ListValue, MapValue, Shape, StructValue, type Value } from "../base/value/value.ts";
import { valueOfAnyText } from "./any-text.ts";
import type { BodyReader } from "./body-reader.ts";
import { readFixed, readFloats, readInts } from "./fixed-read.ts";
import { tableOfRows } from "./table-rows.ts";
import { WireFault } from "./wire-fault.ts";
import { typeName, type WireField } from "./wire-type.ts";

type Nulls = Uint8Array | undefined;

/**
 * Reads one column of `length` rows, its parts included.
 * @throws WireFault `payload` for what does not fit, `value` for what our types cannot hold.
 */
export function readColumn(from: BodyReader, field: WireField, length: number): Column {
  const { arrow } = field;
  from.node(length);
  if (arrow.kind === "null") {
    from.free(length);
    const nulls = new Uint8Array(length).fill(1);
    return { kind: "values", type: "any", data: new Array<Value>(length).fill(null), nulls };
  }
  const nulls = from.validity(length);
  switch (arrow.kind) {
    case "int":
      return readInts(from, arrow, length, nulls);
    case "float":
      return { kind: "floats", type: "float", data: readFloats(from, arrow.bits, length), nulls };
    case "bool":
      return { kind: "ints", type: "bool", data: readBools(from, length), nulls };
    case "utf8":
      return values(columnType(field), readTexts(from, arrow.wide, length, nulls, revivalOf(field)), nulls);
    case "binary":
      return values("bytes", readBinary(from, arrow.wide, length, nulls), nulls);
    case "list":
      return values("list", readLists(from, field, length, nulls), nulls);
    case "map":
      return values("map", readMaps(from, field, length, nulls), nulls);
    case "struct":
      return values("struct", readStructs(from, field, length, nulls), nulls);
    default:
      return values(columnType(field), readFixed(from, arrow, length, nulls), nulls);
  }
}

function values(type: ColumnType, data: readonly Value[], nulls: Nulls): Column {
  return { kind: "values", type, data, nulls };
}

const SCALARS_WITH_VALUES: ReadonlySet<string> = new Set<ScalarName>([
  "string",
  "bytes",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
  "json",
  "uuid",
]);

function columnType(field: WireField): ColumnType {
  const name = typeName(field);
  if (SCALARS_WITH_VALUES.has(name)) return name as ScalarName;
  if (name.startsWith("decimal")) return "decimal";
  // An enum is a string with a name.
  return field.arrow.kind === "utf8" && name !== "any" ? "string" : "any";
}

function readBools(from: BodyReader, length: number): Float64Array {
  from.buffer(Math.ceil(length / 8));
  const { view, start } = from;
  const data = new Float64Array(length);
  for (let row = 0; row < length; row += 1) data[row] = (view.getUint8(start + (row >> 3)) >> (row & 7)) & 1;
  return data;
}

/** What a text of the column means; undefined: the text itself. */
function revivalOf(field: WireField): ((text: string) => Value) | undefined {
  const name = typeName(field);
  if (name === "any") return valueOfAnyText;
  if (name === "json") return (text) => new Json(text);
  if (!name.startsWith("decimal")) return undefined;
  return (text) => {
    const decimal = parseDecimalText(text);
    if (decimal === undefined) throw new WireFault("payload", "A column of decimals holds a text that is no number.");
    return decimal;
  };
}

/** Offsets of texts, bytes and lists; each is checked to be not below the one before. The buffer that they count in is read by `next`. */
function readOffsets(from: BodyReader, wide: boolean, length: number): Float64Array | Int32Array {
  // No rows need no offsets, though most writers give one.
  if (length === 0) {
    from.buffer(0);
    return new Int32Array(1);
  }
  from.buffer((length + 1) * (wide ? 8 : 4));
  const { view, start } = from;
  const offsets = wide ? new Float64Array(length + 1) : new Int32Array(length + 1);
  let before = 0;
  for (let row = 0; row <= length; row += 1) {
    const offset = wide ? Number(view.getBigInt64(start + 8 * row, true)) : view.getInt32(start + 4 * row, true);
    if (offset < before) throw new WireFault("payload", "The offsets of a column go backwards.");
    offsets[row] = offset;
    before = offset;
  }
  return offsets;
}

function readTexts(
  from: BodyReader,
  wide: boolean,
  length: number,
  nulls: Nulls,
  revive: ((text: string) => Value) | undefined,
): readonly Value[] {
  const offsets = readOffsets(from, wide, length);
  from.buffer(offsets[length] ?? 0);
  const { bytes } = from;
  const end = offsets[length] ?? 0;
  // One string of the whole column, from which the values are cut, when all of it is ASCII.
  const ascii = isAscii(bytes.subarray(0, end)) ? bytes.toString("latin1", 0, end) : undefined;
  if (ascii === undefined && !isUtf8(bytes.subarray(0, end)))
    throw new WireFault("payload", "A column of texts holds bytes that are not UTF-8.");
  const data = new Array<Value>(length);
  for (let row = 0; row < length; row += 1) {
    if (nulls !== undefined && nulls[row] === 1) {
      data[row] = null;
      continue;
    }
    const first = offsets[row] ?? 0;
    const last = offsets[row + 1] ?? 0;
    const text = ascii === undefined ? bytes.toString("utf8", first, last) : ascii.slice(first, last);
    data[row] = revive === undefined ? text : revive(text);
  }
  return data;
}

function readBinary(from: BodyReader, wide: boolean, length: number, nulls: Nulls): readonly Value[] {
  const offsets = readOffsets(from, wide, length);
  from.buffer(offsets[length] ?? 0);
  const { view, start } = from;
  return Array.from({ length }, (_, row) =>
    nulls?.[row] === 1
      ? null
      : new Uint8Array(
          view.buffer,
          view.byteOffset + start + (offsets[row] ?? 0),
          (offsets[row + 1] ?? 0) - (offsets[row] ?? 0),
        ),
  );
}

/** Reads the parts of a list as one column, and cuts it at the offsets. */
function readLists(from: BodyReader, field: WireField, length: number, nulls: Nulls): readonly Value[] {
  const { arrow } = field;
  const offsets = readOffsets(from, arrow.kind === "list" && arrow.wide, length);
  const item = required(field.children[0], "the item of a list");
  const items = readPart(from, item, offsets[length] ?? 0);
  return Array.from({ length }, (_, row) => {
    if (nulls?.[row] === 1) return null;
    const cut = items.slice(offsets[row] ?? 0, offsets[row + 1] ?? 0);
    return field.meaning === "table" ? tableOf(item, cut) : new ListValue(cut);
  });
}

function tableOf(item: WireField, rows: readonly Value[]): Value {
  const shape = new Shape(
    "",
    item.children.map((child) => child.name),
  );
  return tableOfRows(
    shape,
    rows.map((row) => (row instanceof StructValue ? row.slots : [])),
  );
}

/** A part whose length is its own; it must have at least `lengthMin` values. */
function readPart(from: BodyReader, field: WireField, lengthMin: number): readonly Value[] {
  const length = from.peekLength();
  if (length < lengthMin) throw new WireFault("payload", "The offsets of a column end behind its parts.");
  const column = readColumn(from, field, length);
  return Array.from({ length }, (_, row) => cell(column, row));
}

function readMaps(from: BodyReader, field: WireField, length: number, nulls: Nulls): readonly Value[] {
  const offsets = readOffsets(from, false, length);
  const [key, value] = required(field.children[0], "the entries of a map").children;
  const count = from.node(undefined);
  if (count < (offsets[length] ?? 0)) throw new WireFault("payload", "The offsets of a column end behind its parts.");
  from.validity(count);
  const keys = readColumn(from, required(key, "the key of a map"), count);
  const items = readColumn(from, required(value, "the value of a map"), count);
  return Array.from({ length }, (_, row) => {
    if (nulls?.[row] === 1) return null;
    const entries = new Map<string, Value>();
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at += 1) {
      const name = cell(keys, at);
      if (typeof name !== "string") throw new WireFault("value", "The keys of a map must be strings.");
      entries.set(name, cell(items, at));
    }
    return new MapValue(entries);
  });
}

function readStructs(from: BodyReader, field: WireField, length: number, nulls: Nulls): readonly Value[] {
  if (field.children.length === 0) from.free(length);
  const columns = field.children.map((child) => readColumn(from, child, length));
  const isError = field.meaning === "error";
  const shape = new Shape(
    isError ? "" : (field.meaning ?? ""),
    field.children.map((child) => child.name),
  );
  return Array.from({ length }, (_, row) => {
    if (nulls?.[row] === 1) return null;
    const slots = columns.map((column) => cell(column, row));
    return isError ? errorOf(slots) : new StructValue(shape, slots);
  });
}

function errorOf([code, message, detail]: readonly Value[]): Value {
  if (typeof code !== "string" || typeof message !== "string")
    throw new WireFault("payload", "An error has no code and message.");
  return new ErrorValue(code, message, detail ?? null);
}
