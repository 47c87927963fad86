// Sends rows: batch by batch, no more than the client's window under way, and not faster than the socket takes them.
import { assertNever } from "../../base/failure.ts";
import type { Column } from "../../base/value/column.ts";
import type { TableValue } from "../../base/value/value.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";
import type { RowBatch } from "../../storage/engine.ts";
import type { Answer } from "./answer.ts";

/** Rows of a table that are encoded at a time. */
const SLICE_ROWS = 8192;

/** Where rows come from. */
export interface Rows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  next(): RowBatch | undefined;
  close(): void;
}

/** What holds a reader of rows back. */
export interface Flow {
  readonly compression: "lz4" | "zstd" | undefined;
  /** Counts bytes as under way. */
  sent(bytes: number): void;
  /** True while no more may be sent. */
  readonly full: boolean;
  /** Resolves when more may be sent; rejects when the request is cancelled, late, or nobody is there any more. */
  room(): Promise<void>;
}

const EMPTY: RowBatch = { columns: [], length: 0 };

/** Sends a result; closes its source. */
export async function sendRows(answer: Answer, flow: Flow, rows: Rows, last: boolean): Promise<void> {
  try {
    const encoder = new RowsEncoder({ columns: rows.columns, compression: flow.compression });
    let batch = rows.next() ?? EMPTY;
    for (;;) {
      // The next batch is made before this one is sent, so that the last one says that it is the last.
      const following = rows.next();
      const ends = following === undefined;
      const frames = encoder.batch(batch, { last: ends }, answer.options(last && ends));
      for (const [index, frame] of frames.entries()) {
        if (flow.full) await flow.room();
        flow.sent(frame.length);
        answer.put(frame, last && ends && index === frames.length - 1);
      }
      if (ends) return;
      batch = following;
      if (flow.full) await flow.room();
      else await turn();
    }
  } finally {
    rows.close();
  }
}

/** A turn of the event loop, so that other sessions come to their right. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The rows of a table in slices. */
export function rowsOfTable(table: TableValue, types?: readonly string[]): Rows {
  let at = 0;
  return {
    columns: table.shape.fields.map((name, index) => ({
      name,
      type: types?.[index] ?? table.columns[index]?.type ?? "any",
    })),
    next: () => {
      if (at >= table.length) return undefined;
      const from = at;
      at = Math.min(table.length, at + SLICE_ROWS);
      return { columns: table.columns.map((column) => slice(column, from, at)), length: at - from };
    },
    close: () => undefined,
  };
}

function slice(column: Column, from: number, to: number): Column {
  const nulls = column.nulls?.subarray(from, to);
  switch (column.kind) {
    case "ints":
    case "floats":
      return { ...column, data: column.data.subarray(from, to), nulls };
    case "bigs":
      return { ...column, data: column.data.subarray(from, to), nulls };
    case "values":
      return { ...column, data: column.data.slice(from, to), nulls };
    default:
      return assertNever(column, "slice");
  }
}
