// Column writers: take the raw values of one result column row by row and give them as a Column.
// Ints go to a Float64Array until the first unsafe one, then to a BigInt64Array; null bitmaps appear with the first null.
// The first arrays hold 8 rows: V8 keeps typed arrays of up to 64 bytes on its own heap, ten times cheaper than larger ones (24 against 250 ns).
import type { SqlType } from "../../base/sql-form.ts";
import type { Column, ColumnType } from "../../base/value/column.ts";
import type { Value } from "../../base/value/value.ts";
import type { RawValue } from "./bind.ts";
import { INEXACT, MISFIT, type Reader } from "./read.ts";

/** Rows for which writers have room at first. */
export const FIRST_CAPACITY = 8;

/** Takes one column of a result. `write` must be called with rising row numbers below the capacity. */
export interface ColumnWriter {
  /** Writers of one kind have one `write` in the source. */
  readonly kind: "int" | "double" | "value";
  readonly write: (raw: RawValue, row: number) => void;
  /** Makes room; the first `length` rows are kept. */
  grow(capacity: number, length: number): void;
  /** Gives what was written and starts over with FIRST_CAPACITY. */
  take(): Column;
}

/** What a writer asks when a value is not of the plain case. One per column. */
export interface WriterContext {
  /** Bytes of strings and other values held by all writers of this result, roughly. */
  readonly heap: { bytes: number };
  /** @throws EngineError `invalidCast` with table, column and row. Returns only when the row comes again with bigints. */
  misfit(raw: RawValue, row: number): void;
  /** A whole number beyond 2^53 that arrived as a JS number; undefined when the row comes again with bigints. @throws RereadExactly when the whole result must. */
  inexact(raw: number, row: number): Value | undefined;
}

function grownNulls(nulls: Uint8Array | undefined, capacity: number): Uint8Array | undefined {
  if (nulls === undefined) return undefined;
  const grown = new Uint8Array(capacity);
  grown.set(nulls);
  return grown;
}

/** Null marks of a column, made when first needed. */
class Nulls {
  marks: Uint8Array | undefined;
  capacity = FIRST_CAPACITY;
  set(row: number): void {
    this.marks ??= new Uint8Array(this.capacity);
    this.marks[row] = 1;
  }
  grow(capacity: number): void {
    this.capacity = capacity;
    this.marks = grownNulls(this.marks, capacity);
  }
  take(): Uint8Array | undefined {
    const { marks } = this;
    this.marks = undefined;
    this.capacity = FIRST_CAPACITY;
    return marks;
  }
}

/** Columns of int. */
export function intWriter(read: Reader, context: WriterContext): ColumnWriter {
  const nulls = new Nulls();
  let data = new Float64Array(FIRST_CAPACITY);
  let bigs: BigInt64Array | undefined;
  const writeSlow = (raw: RawValue, row: number): void => {
    if (raw === null) {
      nulls.set(row);
      return;
    }
    const found = read(raw);
    if (found === MISFIT) return context.misfit(raw, row);
    const value = found === INEXACT ? context.inexact(raw as number, row) : found;
    if (value === undefined) return;
    if (typeof value === "number" && bigs === undefined) data[row] = value;
    else {
      bigs ??= BigInt64Array.from(data, (number, i) => (i < row ? BigInt(number) : 0n));
      bigs[row] = BigInt(value as number | bigint);
    }
  };
  return {
    kind: "int",
    write: (raw, row) => {
      if (bigs === undefined) {
        const value = typeof raw === "bigint" ? Number(raw) : raw;
        if (Number.isSafeInteger(value)) {
          data[row] = (value as number) + 0; // -0 is no int
          return;
        }
      }
      writeSlow(raw, row);
    },
    grow: (capacity, length) => {
      nulls.grow(capacity);
      if (bigs === undefined) {
        const grown = new Float64Array(capacity);
        grown.set(data.subarray(0, length));
        data = grown;
      } else {
        const grown = new BigInt64Array(capacity);
        grown.set(bigs.subarray(0, length));
        bigs = grown;
        data = new Float64Array(0);
      }
    },
    take: () => {
      const column: Column =
        bigs === undefined
          ? { kind: "ints", type: "int", data, nulls: nulls.take() }
          : { kind: "bigs", type: "int", data: bigs, nulls: nulls.take() };
      data = new Float64Array(FIRST_CAPACITY);
      bigs = undefined;
      return column;
    },
  };
}

/** Columns of float and bool: one double per row. */
export function doubleWriter(type: "float" | "bool", context: WriterContext): ColumnWriter {
  const nulls = new Nulls();
  let data = new Float64Array(FIRST_CAPACITY);
  return {
    kind: "double",
    write: (raw, row) => {
      const value = typeof raw === "bigint" ? Number(raw) : raw;
      if (typeof value === "number" && (type === "float" || value === 0 || value === 1)) data[row] = value;
      else if (value === null) nulls.set(row);
      else context.misfit(raw, row);
    },
    grow: (capacity, length) => {
      nulls.grow(capacity);
      const grown = new Float64Array(capacity);
      grown.set(data.subarray(0, length));
      data = grown;
    },
    take: () => {
      const column: Column =
        type === "float"
          ? { kind: "floats", type, data, nulls: nulls.take() }
          : { kind: "ints", type, data, nulls: nulls.take() };
      data = new Float64Array(FIRST_CAPACITY);
      return column;
    },
  };
}

/** Rough cost of a value that is an object of ours, and of the header of a string. */
const OBJECT_BYTES = 40;
const STRING_HEADER_BYTES = 24;
/** Slot of an array of values. */
const SLOT_BYTES = 8;

function heapBytesOf(raw: Exclude<RawValue, null>): number {
  if (typeof raw === "string") return SLOT_BYTES + STRING_HEADER_BYTES + raw.length * 2;
  if (typeof raw === "object") return SLOT_BYTES + OBJECT_BYTES + raw.byteLength;
  return SLOT_BYTES + OBJECT_BYTES;
}

/** Columns of every other type. */
export function valueWriter(type: ColumnType, read: Reader, context: WriterContext): ColumnWriter {
  const nulls = new Nulls();
  const plainText = type === "string";
  const { heap } = context;
  let items = new Array<Value>(FIRST_CAPACITY);
  let count = 0;
  return {
    kind: "value",
    write: (raw, row) => {
      if (plainText && typeof raw === "string") {
        heap.bytes += SLOT_BYTES + STRING_HEADER_BYTES + raw.length * 2;
        items[row] = raw;
        count = row + 1;
        return;
      }
      if (raw === null) {
        nulls.set(row);
        items[row] = null;
        count = row + 1;
        return;
      }
      heap.bytes += heapBytesOf(raw);
      const found = read(raw);
      if (found === MISFIT) return context.misfit(raw, row);
      const value = found === INEXACT ? context.inexact(raw as number, row) : found;
      if (value === undefined) return;
      items[row] = value;
      count = row + 1;
    },
    grow: (capacity, length) => {
      nulls.grow(capacity);
      const grown = new Array<Value>(capacity);
      for (let row = 0; row < length; row += 1) grown[row] = items[row] as Value;
      items = grown;
    },
    take: () => {
      items.length = count;
      const column: Column = { kind: "values", type, data: items, nulls: nulls.take() };
      items = new Array<Value>(FIRST_CAPACITY);
      count = 0;
      return column;
    },
  };
}

/** The writer for a column of the type. */
export function writerOf(type: SqlType, read: Reader, context: WriterContext): ColumnWriter {
  if (type === "int") return intWriter(read, context);
  if (type === "float" || type === "bool") return doubleWriter(type, context);
  return valueWriter(type, read, context);
}
