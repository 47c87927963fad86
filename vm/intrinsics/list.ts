// Implementations of the list and table intrinsics (bytecode/intrinsics/list.ts); the arithmetic of sum, avg and the statistics is in list-numbers.ts.
// Results are new lists; items that come from an argument are marked as shared.
import { clipBounds, pointLength, slicePoints } from "../../base/value/code-points.ts";
import { cell } from "../../base/value/column.ts";
import { equalValues } from "../../base/value/compare.ts";
import { addInt } from "../../base/value/int.ts";
import { kindOf } from "../../base/value/kind.ts";
import { valueOfJson } from "../../base/value/json.ts";
import {
  type Int,
  type Json,
  ListValue,
  type MapValue,
  Shape,
  StructValue,
  type TableValue,
  type Value,
} from "../../base/value/value.ts";
import type { Work } from "../../base/value/work.ts";
import type { LIST_INTRINSICS } from "../../bytecode/intrinsics/list.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  boolAt,
  chargeList,
  countAt,
  intAt,
  itemsAt,
  listOfShared,
  madeList,
  madeText,
  madeTexts,
  optionalCount,
  outOfRange,
  share,
  tableAt,
  textAt,
  valueAt,
  workOf,
  wrongKind,
} from "./arguments.ts";
import { distinctBy, grouped, mode, setOperation, sorted } from "./list-order.ts";
import { average, median, percentile, sumOf, variance } from "./list-numbers.ts";
import { checkNotEmpty, placeIn } from "./list-updates.ts";
import { extreme } from "./number.ts";

const sum: IntrinsicFunction = (context, args) => sumOf(context, itemsAt(args, 0), 0);
const avg: IntrinsicFunction = (context, args) => average(context, itemsAt(args, 0));

const PAIR = new Shape("", ["left", "right"]);
const INDEXED = new Shape("", ["index", "value"]);

/** Implementations by key. */
export const LIST_FUNCTIONS: Readonly<Record<keyof typeof LIST_INTRINSICS, IntrinsicFunction>> = {
  len_list: (_context, args) => itemsAt(args, 0).length,
  len_table: (_context, args) => tableAt(args, 0).length,
  table_to_list: (context, args) => rowsOf(context, tableAt(args, 0)),
  sort: (context, args) => {
    const items = itemsAt(args, 0);
    return sorted(context, items, items, boolAt(args, 1));
  },
  sort_by_keys: (context, args) => sorted(context, itemsAt(args, 0), sameLength(args), boolAt(args, 2)),
  group_by_keys: (context, args) => grouped(context, itemsAt(args, 0), sameLength(args)),
  distinct_by_keys: (context, args) => listOfShared(context, distinctBy(context, itemsAt(args, 0), sameLength(args))),
  reverse_list: (context, args) => listOfShared(context, itemsAt(args, 0).toReversed()),
  distinct: (context, args) => listOfShared(context, distinctBy(context, itemsAt(args, 0), itemsAt(args, 0))),
  zip: (context, args) => {
    const [left, right] = [itemsAt(args, 0), itemsAt(args, 1)];
    const length = Math.min(left.length, right.length);
    chargeList(context, length * 4);
    return madeList(
      context,
      Array.from(
        { length },
        (_, index) => new StructValue(PAIR, [share(left[index] ?? null), share(right[index] ?? null)]),
      ),
    );
  },
  enumerate: (context, args) => {
    const items = itemsAt(args, 0);
    chargeList(context, items.length * 4);
    return madeList(
      context,
      items.map((item, index) => new StructValue(INDEXED, [index, share(item)])),
    );
  },
  range_to: (context, args) => series(context, 0, intAt(args, 0), 1, "open"),
  range_steps: (context, args) => series(context, intAt(args, 0), intAt(args, 1), intAt(args, 2), "open"),
  series_int: (context, args) => series(context, intAt(args, 0), intAt(args, 1), intAt(args, 2), "closed"),
  push: (context, args) => listOfShared(context, [...itemsAt(args, 0), valueAt(args, 1)]),
  pop: (context, args) => {
    checkNotEmpty(itemsAt(args, 0));
    return listOfShared(context, itemsAt(args, 0).slice(0, -1));
  },
  insert_at: insertAt,
  insert: insertAt,
  remove_list: (context, args) => {
    const items = itemsAt(args, 0);
    const index = placeIn(items, countAt(args, 1), items.length - 1);
    return listOfShared(context, items.toSpliced(index, 1));
  },
  without: (context, args) => {
    const work = workOf(context);
    return listOfShared(
      context,
      itemsAt(args, 0).filter((item) => !equalValues(item, valueAt(args, 1), work)),
    );
  },
  take: (context, args) => listOfShared(context, itemsAt(args, 0).slice(0, Math.max(0, countAt(args, 1)))),
  drop: (context, args) => listOfShared(context, itemsAt(args, 0).slice(Math.max(0, countAt(args, 1)))),
  first: (_context, args) => share(itemsAt(args, 0)[0] ?? null),
  last: (_context, args) => share(itemsAt(args, 0).at(-1) ?? null),
  slice_list: (context, args) => {
    const items = itemsAt(args, 0);
    const [from, to] = clipBounds(items.length, countAt(args, 1), optionalCount(args, 2));
    return listOfShared(context, items.slice(from, to));
  },
  slice_string: (context, args) =>
    madeText(context, slicePoints(textAt(args, 0), countAt(args, 1), optionalCount(args, 2))),
  contains_list: (context, args) => indexOf(context, itemsAt(args, 0), valueAt(args, 1), 0) !== null,
  index_of_list: (context, args) => {
    const items = itemsAt(args, 0);
    return indexOf(context, items, valueAt(args, 1), clipBounds(items.length, countAt(args, 2), undefined)[0]);
  },
  flatten: (context, args) => {
    const flat: Value[] = [];
    for (const inner of itemsAt(args, 0)) {
      if (!(inner instanceof ListValue)) throw wrongKind(inner, "A list inside the list");
      chargeList(context, inner.items.length);
      for (const item of inner.items) flat.push(item);
    }
    return listOfShared(context, flat);
  },
  chunk: (context, args) => {
    const [items, count] = [itemsAt(args, 0), countAt(args, 1)];
    if (count < 1) throw outOfRange(`A list cannot be cut into lists of ${count} items.`, count);
    const chunks: Value[] = [];
    for (let at = 0; at < items.length; at += count) chunks.push(listOfShared(context, items.slice(at, at + count)));
    return madeList(context, chunks);
  },
  concat_lists: (context, args) => listOfShared(context, itemsAt(args, 0).concat(itemsAt(args, 1))),
  sum_int: sum,
  sum_float: (context, args) => sumOf(context, itemsAt(args, 0), 0.5),
  sum_decimal: sum,
  sum_any: sum,
  avg_decimal: avg,
  avg_int: avg,
  avg_float: avg,
  avg_any: avg,
  min_list: (context, args) => share(extreme(context, itemsAt(args, 0), -1)),
  max_list: (context, args) => share(extreme(context, itemsAt(args, 0), 1)),
  median: (context, args) => median(context, itemsAt(args, 0)),
  percentile: (context, args) => percentile(context, itemsAt(args, 0), valueAt(args, 1)),
  variance: (context, args) => variance(context, itemsAt(args, 0), (number) => number),
  stddev: (context, args) => variance(context, itemsAt(args, 0), Math.sqrt),
  mode: (context, args) => mode(context, itemsAt(args, 0)),
  intersection: (context, args) =>
    listOfShared(context, setOperation(context, itemsAt(args, 0), itemsAt(args, 1), "inside")),
  difference: (context, args) =>
    listOfShared(context, setOperation(context, itemsAt(args, 0), itemsAt(args, 1), "outside")),
  union_lists: (context, args) => {
    const both = itemsAt(args, 0).concat(itemsAt(args, 1));
    return listOfShared(context, distinctBy(context, both, both));
  },
  shuffle: (context, args) => {
    const items = [...itemsAt(args, 0)];
    for (let i = items.length - 1; i > 0; i -= 1) {
      const other = Math.floor(context.random() * (i + 1));
      [items[i], items[other]] = [items[other] ?? null, items[i] ?? null];
    }
    return listOfShared(context, items);
  },
  repeat_list: (context, args) => {
    const [items, times] = [itemsAt(args, 0), Math.max(0, countAt(args, 1))];
    chargeList(context, items.length * times);
    return listOfShared(
      context,
      items.length === 0
        ? []
        : Array.from({ length: items.length * times }, (_, index) => items[index % items.length] ?? null),
    );
  },
  columns: (context, args) => madeTexts(context, [...tableAt(args, 0).shape.fields]),
  len_any: (context, args) => lengthOf(valueAt(args, 0), workOf(context)),
};

function insertAt(context: IntrinsicContext, args: readonly Value[]): Value {
  const items = itemsAt(args, 0);
  return listOfShared(context, items.toSpliced(placeIn(items, countAt(args, 1), items.length), 0, valueAt(args, 2)));
}

function sameLength(args: readonly Value[]): readonly Value[] {
  const keys = itemsAt(args, 1);
  if (keys.length !== itemsAt(args, 0).length)
    throw outOfRange(`The list has ${itemsAt(args, 0).length} items but ${keys.length} keys.`);
  return keys;
}

function rowsOf(context: IntrinsicContext, table: TableValue): ListValue {
  chargeList(context, table.length * (2 + table.columns.length));
  return madeList(
    context,
    Array.from(
      { length: table.length },
      (_, row) =>
        new StructValue(
          table.shape,
          table.columns.map((column) => share(cell(column, row))),
        ),
    ),
  );
}

function series(context: IntrinsicContext, start: Int, end: Int, step: Int, bound: "open" | "closed"): ListValue {
  if (step === 0) throw outOfRange("A series with step 0 never ends.");
  const distance = BigInt(end) - BigInt(start);
  const wide = BigInt(step);
  const steps = distance === 0n || distance < 0n === wide < 0n ? distance / wide : -1n;
  const exact = steps >= 0n && steps * wide === distance;
  const count = steps < 0n ? 0n : steps + (bound === "open" && exact ? 0n : 1n);
  const length = Number(count);
  chargeList(context, length);
  const items: Value[] = [];
  let at: Int = start;
  for (let i = 0; i < length; i += 1) {
    items.push(at);
    at = addInt(at, step) ?? at;
  }
  return new ListValue(items);
}

function indexOf(context: IntrinsicContext, items: readonly Value[], wanted: Value, from: number): Value {
  const work = workOf(context);
  for (let index = from; index < items.length; index += 1) {
    if (equalValues(items[index] ?? null, wanted, work)) return index;
  }
  return null;
}

function lengthOf(value: Value, work: Work): Value {
  switch (kindOf(value)) {
    case "string":
      return pointLength(value as string);
    case "bytes":
      return (value as Uint8Array).length;
    case "list":
      return (value as ListValue).items.length;
    case "map":
      return (value as MapValue).entries.size;
    case "table":
      return (value as TableValue).length;
    case "json": {
      const content = valueOfJson(value as Json, work);
      return content === null ? null : lengthOf(content, work);
    }
    default:
      throw wrongKind(value, "A string, list, map, table or bytes value");
  }
}
