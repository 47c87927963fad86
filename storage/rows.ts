// Rows of any engine: joining the batches of a result into one, and giving batches as a source.
import type { SqlColumn } from "../base/sql-form.ts";
import type { Column } from "../base/value/column.ts";
import type { Value } from "../base/value/value.ts";
import type { RowBatch, RowSource } from "./engine.ts";

function joinNulls(parts: readonly Column[], lengths: readonly number[], total: number): Uint8Array | undefined {
  if (parts.every((part) => part.nulls === undefined)) return undefined;
  const nulls = new Uint8Array(total);
  let at = 0;
  parts.forEach((part, i) => {
    if (part.nulls !== undefined) nulls.set(part.nulls.subarray(0, lengths[i]), at);
    at += lengths[i] ?? 0;
  });
  return nulls;
}

function joinInto<A extends Float64Array | BigInt64Array>(
  target: A,
  parts: readonly Column[],
  lengths: readonly number[],
  copy: (part: Column, length: number, at: number) => void,
): A {
  let at = 0;
  parts.forEach((part, i) => {
    const length = lengths[i] ?? 0;
    copy(part, length, at);
    at += length;
  });
  return target;
}

function joinColumn(parts: readonly Column[], lengths: readonly number[], total: number): Column {
  const [first] = parts as readonly [Column, ...Column[]];
  const nulls = joinNulls(parts, lengths, total);
  if (first.kind === "values") {
    const data: Value[] = [];
    parts.forEach((part, i) => {
      if (part.kind === "values")
        for (let row = 0; row < (lengths[i] ?? 0); row += 1) data.push(part.data[row] ?? null);
    });
    return { kind: "values", type: first.type, data, nulls };
  }
  if (parts.some((part) => part.kind === "bigs")) {
    const data = new BigInt64Array(total);
    joinInto(data, parts, lengths, (part, length, at) => {
      if (part.kind === "bigs") data.set(part.data.subarray(0, length), at);
      else if (part.kind === "ints")
        for (let row = 0; row < length; row += 1) data[at + row] = BigInt(part.data[row] ?? 0);
    });
    return { kind: "bigs", type: "int", data, nulls };
  }
  const data = new Float64Array(total);
  joinInto(data, parts, lengths, (part, length, at) => {
    if (part.kind === "ints" || part.kind === "floats") data.set(part.data.subarray(0, length), at);
  });
  return first.kind === "floats"
    ? { kind: "floats", type: "float", data, nulls }
    : { kind: "ints", type: first.kind === "ints" ? first.type : "int", data, nulls };
}

/** All rows of a source as one batch, or undefined when there are none. The source is closed. */
export function joinBatches(source: RowSource): RowBatch | undefined {
  try {
    const first = source.next();
    if (first === undefined) return undefined;
    const batches = [first];
    for (let batch = source.next(); batch !== undefined; batch = source.next()) batches.push(batch);
    if (batches.length === 1) return first;
    const lengths = batches.map((batch) => batch.length);
    const length = lengths.reduce((sum, count) => sum + count, 0);
    const columns = first.columns.map((_, i) =>
      joinColumn(
        batches.map((batch) => batch.columns[i] as Column),
        lengths,
        length,
      ),
    );
    return { columns, length };
  } finally {
    source.close();
  }
}

/** A source over batches that are there already. */
export function sourceOf(columns: readonly SqlColumn[], batches: readonly RowBatch[]): RowSource {
  const left = [...batches];
  return { columns, next: () => left.shift(), close: () => void left.splice(0) };
}
