// The function that SQLite hands the rows of one result to: each value goes to the writer of its column, then the row is counted.
// Its text is made for the number of columns, so that no array is made per row. A result of many rows gets a text for its kinds of columns: V8 keeps what it has seen
// of a function by its text, and puts the writers into it only where these are always of one kind (1M rows of five columns: 253 ms, 281 else, 317 without texts).
import type { RawValue } from "./bind.ts";
import type { ColumnWriter } from "./columns.ts";

/** Takes a row; gives 1 when a batch is full with it, else 0. */
export type RowSink = (...row: RawValue[]) => number;

/** Where rows go; a sink may be replaced between two rows. */
export interface RowTarget {
  readonly sink: RowSink;
}

/** What a sink works with. */
export interface SinkParts {
  readonly writers: readonly ColumnWriter[];
  /** `row`: rows of the batch so far. With `stop` of them there is something to look at. */
  readonly count: { row: number; stop: number };
  /** What the writers hold; above `bytesMax` there is something to look at. */
  readonly heap: { bytes: number; bytesMax: number };
  /** Called when the row that was just counted makes something to look at; gives what the sink gives. */
  readonly look: () => number;
}

type Make = (
  writes: readonly ColumnWriter["write"][],
  count: SinkParts["count"],
  heap: SinkParts["heap"],
  look: SinkParts["look"],
) => RowSink;

/** Above this width rows come as arrays: what a text gains is little of what such a row costs. */
const WIDTH_MAX = 64;
/** Makers by what they are for: a number of columns, or their kinds. */
const makers = new Map<string, Make>();
const MAKERS_MAX = 1000;

/** @param forKinds With a text for these kinds of columns: V8 takes 0.2 ms for a new one. */
export function makeRowSink({ writers, count, heap, look }: SinkParts, forKinds: boolean): RowSink {
  const writes = writers.map(({ write }) => write);
  const width = writes.length;
  if (width > WIDTH_MAX)
    return (...row) => {
      for (let place = 0; place < width; place += 1) writes[place]?.(row[place] as RawValue, count.row);
      count.row += 1;
      return count.row >= count.stop || heap.bytes > heap.bytesMax ? look() : 0;
    };
  const key = forKinds ? writers.map(({ kind }) => kind).join(" ") : String(width);
  let make = makers.get(key);
  if (make === undefined) {
    if (makers.size >= MAKERS_MAX) makers.clear();
    make = makerOf(width, key);
    makers.set(key, make);
  }
  return make(writes, count, heap, look);
}

/** @param key Makes the text another one than that of all others. */
function makerOf(width: number, key: string): Make {
  const places = Array.from({ length: width }, (_, place) => place);
  const writers = places.map((place) => `write${place}`).join(", ");
  const values = places.map((place) => `value${place}`).join(", ");
  const calls = places.map((place) => `write${place}(value${place}, row);`).join(" ");
  const text = `"use strict"; /* ${key} */ const [${writers}] = writes;
return (${values}) => {
  const { row } = count;
  ${calls}
  count.row = row + 1;
  return row + 1 >= count.stop || heap.bytes > heap.bytesMax ? look() : 0;
};`;
  // oxlint-disable-next-line no-implied-eval, no-new-func -- the text holds our own words and numbers, nothing of a program
  return new Function("writes", "count", "heap", "look", text) as Make;
}
