// Table values as Arrow IPC streams. Typed columns are wrapped, not copied row by row; other types become Arrow's nearest:
// bool Bool, decimal Utf8 (its scale varies by row), date Date32, time Time64µs, timestamp Timestamp(µs, UTC), bytes Binary, the rest Utf8.
import {
  Binary,
  Bool,
  DateDay,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
  type Data,
  type DataType,
} from "apache-arrow";
import type { Column } from "../base/value/column.ts";
import { printValue } from "../base/value/print.ts";
import { DateValue, type TableValue, TimeValue, Timestamp, type Value } from "../base/value/value.ts";

/** Arrow's validity bitmap: bit set where the row has a value. */
function validity(
  nulls: Uint8Array | undefined,
  length: number,
): { readonly nullBitmap?: Uint8Array; readonly nullCount: number } {
  if (nulls === undefined) return { nullCount: 0 };
  const bitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < length; row += 1) {
    if (nulls[row] === 1) nullCount += 1;
    else bitmap[row >> 3] = (bitmap[row >> 3] ?? 0) | (1 << (row & 7));
  }
  return { nullBitmap: bitmap, nullCount };
}

function intData(column: Extract<Column, { kind: "ints" }>, length: number): Data<Int64> {
  const data = new BigInt64Array(length);
  for (let row = 0; row < length; row += 1) data[row] = BigInt(column.data[row] ?? 0);
  return makeData({ type: new Int64(), length, data, ...validity(column.nulls, length) });
}

function boolData(column: Extract<Column, { kind: "ints" }>, length: number): Data<Bool> {
  const data = new Uint8Array((length + 7) >> 3);
  for (let row = 0; row < length; row += 1)
    if (column.data[row] === 1) data[row >> 3] = (data[row >> 3] ?? 0) | (1 << (row & 7));
  return makeData({ type: new Bool(), length, data, ...validity(column.nulls, length) });
}

/** Values as Arrow's builders take them, by the first value that is not null. */
function builtData(values: readonly Value[], length: number): Data<DataType> {
  const first = values.find((value) => value !== null && value !== undefined);
  const all = <T>(kind: abstract new (...args: never[]) => T): boolean =>
    values.every((value) => value === null || value instanceof kind);
  const rows = Array.from({ length }, (_, row) => values[row] ?? null);
  const pick = <T extends DataType>(type: T, map: (value: NonNullable<Value>) => unknown): Data<DataType> => {
    const vector = vectorFromArray(
      rows.map((value) => (value === null ? null : map(value))),
      type,
    );
    const data = vector.data[0];
    return data ?? makeData({ type: new Utf8(), length: 0 });
  };
  if (first instanceof Uint8Array && all(Uint8Array)) return pick(new Binary(), (value) => value);
  if (first instanceof DateValue && all(DateValue))
    return pick(new DateDay(), (value) => new Date((value as DateValue).days * 86_400_000));
  if (first instanceof TimeValue && all(TimeValue))
    return pick(new TimeMicrosecond(), (value) => BigInt((value as TimeValue).micros));
  if (first instanceof Timestamp && all(Timestamp)) return timestampData(rows, length);
  return pick(new Utf8(), (value) => printValue(value));
}

/** Built by hand: the builder takes milliseconds as a double and would lose the microseconds. */
function timestampData(rows: readonly Value[], length: number): Data<TimestampMicrosecond> {
  const data = new BigInt64Array(length);
  const nulls = new Uint8Array(length);
  rows.forEach((value, row) => {
    if (value instanceof Timestamp) data[row] = BigInt(value.micros);
    else nulls[row] = 1;
  });
  return makeData({ type: new TimestampMicrosecond("UTC"), length, data, ...validity(nulls, length) });
}

function columnData(column: Column, length: number): Data<DataType> {
  switch (column.kind) {
    case "ints":
      return column.type === "bool" ? boolData(column, length) : intData(column, length);
    case "bigs":
      return makeData({
        type: new Int64(),
        length,
        data: column.data.subarray(0, length),
        ...validity(column.nulls, length),
      });
    case "floats":
      return makeData({
        type: new Float64(),
        length,
        data: column.data.subarray(0, length),
        ...validity(column.nulls, length),
      });
    case "values":
      return builtData(
        column.data.map((value, row) => (column.nulls?.[row] === 1 ? null : value)),
        length,
      );
  }
}

/** One table as a complete Arrow IPC stream (schema, one record batch, end). */
export function encodeArrowStream(table: TableValue): Uint8Array {
  const children = table.columns.map((column) => columnData(column, table.length));
  const fields = children.map(
    (data, index) => new Field(table.shape.fields[index] ?? `column${index + 1}`, data.type, true),
  );
  const schema = new Schema(fields);
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(fields), length: table.length, nullCount: 0, children }),
  );
  const writer = new RecordBatchStreamWriter();
  writer.write(batch);
  writer.finish();
  return writer.toUint8Array(true);
}
