// Batches of one result, waiting to be read: in memory up to a limit, beyond it in a temporary file.
// The file holds whole batches one after the other, typed arrays as bytes and other values by v8.serialize. A temp table in a second database was the other way:
// writing and reading a row costs it about 1.5 µs, this 0.1 to 0.3 µs (bench/storage/deliver.ts). The file has no name once it is open, so that nothing stays behind a crash.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { InternalError } from "../../base/failure.ts";
import type { Column } from "../../base/value/column.ts";
import {
  DateValue,
  Decimal,
  FloatBox,
  Interval,
  Json,
  TimeValue,
  Timestamp,
  type Value,
} from "../../base/value/value.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import { EngineError, type RowBatch, type RowSource } from "../engine.ts";
import type { BatchStore } from "./deliver.ts";

/** A value of a result column as something that v8.serialize gives back: classes become tagged arrays. */
type Packed =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly [tag: number, ...fields: readonly (number | bigint | string)[]];

function packValue(value: Value): Packed {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (value instanceof FloatBox) return [0, value.value];
  if (value instanceof Decimal) return [1, value.unscaled, value.scale];
  if (value instanceof DateValue) return [2, value.days];
  if (value instanceof TimeValue) return [3, value.micros];
  if (value instanceof Timestamp) return [4, value.micros];
  if (value instanceof Interval) return [5, value.months, value.days, value.micros];
  if (value instanceof Json) return [6, value.text];
  throw new InternalError("packValue: a query gave a value that no engine column holds");
}

function unpackValue(packed: Packed): Value {
  if (packed === null || typeof packed !== "object") return packed;
  // Uint8Array arrives as a view of the whole message: copied, so that it does not keep the message alive.
  if (packed instanceof Uint8Array) return packed.slice();
  const [tag, first, second, third] = packed;
  switch (tag) {
    case 0:
      return new FloatBox(first as number);
    case 1:
      return new Decimal(first as bigint, second as number);
    case 2:
      return new DateValue(first as number);
    case 3:
      return new TimeValue(first as number);
    case 4:
      return new Timestamp(first as number | bigint);
    case 5:
      return new Interval(first as number, second as number, third as number);
    case 6:
      return new Json(first as string);
    default:
      throw new InternalError("unpackValue: unknown tag");
  }
}

type PackedColumn =
  | Exclude<Column, { kind: "values" }>
  | (Omit<Extract<Column, { kind: "values" }>, "data"> & { readonly data: readonly Packed[] });

function packColumn(column: Column, length: number): PackedColumn {
  const nulls = column.nulls?.subarray(0, length);
  switch (column.kind) {
    case "values":
      return { ...column, nulls, data: column.data.map(packValue) };
    case "bigs":
      return { ...column, nulls, data: column.data.subarray(0, length) };
    case "ints":
    case "floats":
      return { ...column, nulls, data: column.data.subarray(0, length) };
  }
}

function unpackColumn(packed: PackedColumn): Column {
  return packed.kind === "values" ? { ...packed, data: packed.data.map(unpackValue) } : packed;
}

/** Batches in a nameless temporary file, first in first out. */
class SpillFile {
  readonly #descriptor: number;
  readonly #directory: string;
  readonly #sizes: number[] = [];
  #written = 0;
  #read = 0;

  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), "gobi-rows-"));
    this.#descriptor = openSync(join(this.#directory, "rows"), "wx+", 0o600);
    // Windows refuses to remove an open file; there it goes at close().
    if (process.platform !== "win32") rmSync(this.#directory, { recursive: true });
  }

  add(batch: RowBatch): void {
    const bytes = serialize({
      length: batch.length,
      columns: batch.columns.map((column) => packColumn(column, batch.length)),
    });
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.#descriptor, bytes, at, bytes.length - at, this.#written + at);
    this.#written += bytes.length;
    this.#sizes.push(bytes.length);
  }

  next(): RowBatch | undefined {
    const size = this.#sizes.shift();
    if (size === undefined) return undefined;
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; ) {
      const count = readSync(this.#descriptor, bytes, at, size - at, this.#read + at);
      if (count === 0)
        throw new EngineError("The temporary file with the rest of the rows was cut short.", {
          kind: "other",
          code: "GOBI_SPILL",
        });
      at += count;
    }
    this.#read += size;
    const packed = deserialize(bytes) as { readonly length: number; readonly columns: readonly PackedColumn[] };
    return { length: packed.length, columns: packed.columns.map(unpackColumn) };
  }

  close(): void {
    closeSync(this.#descriptor);
    if (process.platform === "win32") rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The waiting batches of one result, which is what a program reads it by. */
export class Batches implements BatchStore, RowSource {
  readonly columns: readonly SqlColumn[];
  readonly #bytesMax: number;
  #first: RowBatch | undefined;
  #more: RowBatch[] | undefined;
  #bytes = 0;
  #file: SpillFile | undefined;

  constructor(columns: readonly SqlColumn[], bytesMax: number) {
    this.columns = columns;
    this.#bytesMax = bytesMax;
  }

  /** @throws EngineError `diskFull` when the temporary file cannot be written. */
  add(batch: RowBatch, bytes: number): void {
    if (this.#first === undefined) this.#first = batch;
    else if (this.#file === undefined && this.#bytes + bytes <= this.#bytesMax) {
      this.#more ??= [];
      this.#more.push(batch);
    } else return this.#spill(batch);
    this.#bytes += bytes;
  }

  #spill(batch: RowBatch): void {
    try {
      this.#file ??= new SpillFile();
      this.#file.add(batch);
    } catch (error) {
      throw new EngineError(
        "The rows of this query do not fit in memory, and the temporary file for the rest cannot be written.",
        {
          kind: "diskFull",
          code: "GOBI_SPILL",
          help: `Free some space in ${tmpdir()}, or set TMPDIR.`,
          cause: error,
        },
      );
    }
  }

  /** True when a part of the rows went to a file. */
  get spilled(): boolean {
    return this.#file !== undefined;
  }

  next(): RowBatch | undefined {
    const first = this.#first;
    if (first === undefined) return this.#more?.shift() ?? this.#file?.next();
    this.#first = this.#more?.shift();
    return first;
  }

  /** Forgets all batches. */
  close(): void {
    this.#first = undefined;
    this.#more = undefined;
    this.#bytes = 0;
    this.#file?.close();
    this.#file = undefined;
  }
}

/** Results of one connection that wait in temporary files: those must not outlive it, even when nobody reads the rows to their end. */
export class SpilledBatches {
  readonly #kept = new Set<Batches>();

  /** Takes note of a result; one in memory needs none. */
  keep(batches: Batches): void {
    if (batches.spilled) this.#kept.add(batches);
  }

  /** True while some have not been closed. */
  get any(): boolean {
    for (const batches of this.#kept) if (!batches.spilled) this.#kept.delete(batches);
    return this.#kept.size > 0;
  }

  close(): void {
    for (const batches of this.#kept) batches.close();
  }
}
