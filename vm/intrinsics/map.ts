// Implementations of the map intrinsics (bytecode/intrinsics/map.ts).
import { kindOf } from "../../base/value/kind.ts";
import { Shape, StructValue, type Value } from "../../base/value/value.ts";
import type { MAP_INTRINSICS } from "../../bytecode/intrinsics/map.ts";
import type { IntrinsicFunction } from "../intrinsic-context.ts";
import {
  chargeList,
  chargeMap,
  entriesAt,
  itemsAt,
  listOfShared,
  madeList,
  madeTexts,
  mapOfShared,
  outOfRange,
  share,
  textAt,
  valueAt,
  wrongKind,
} from "./arguments.ts";

const ENTRY = new Shape("", ["key", "value"]);

const values: IntrinsicFunction = (context, args) => listOfShared(context, [...entriesAt(args, 0).values()]);

/** Implementations by key. */
export const MAP_FUNCTIONS: Readonly<Record<keyof typeof MAP_INTRINSICS, IntrinsicFunction>> = {
  len_map: (_context, args) => entriesAt(args, 0).size,
  keys: (context, args) => madeTexts(context, [...entriesAt(args, 0).keys()]),
  map_values: values,
  values,
  has: (_context, args) => entriesAt(args, 0).has(textAt(args, 1)),
  get: (_context, args) => {
    const found = entriesAt(args, 0).get(textAt(args, 1));
    return share(found === undefined ? valueAt(args, 2) : found);
  },
  put: (context, args) => {
    chargeMap(context, entriesAt(args, 0).size + 1);
    return mapOfShared(context, new Map(entriesAt(args, 0)).set(textAt(args, 1), valueAt(args, 2)));
  },
  remove_map: (context, args) => {
    chargeMap(context, entriesAt(args, 0).size);
    const entries = new Map(entriesAt(args, 0));
    entries.delete(textAt(args, 1));
    return mapOfShared(context, entries);
  },
  merge: (context, args) => {
    chargeMap(context, entriesAt(args, 0).size + entriesAt(args, 1).size);
    return mapOfShared(context, new Map([...entriesAt(args, 0), ...entriesAt(args, 1)]));
  },
  entries: (context, args) => {
    const entries = entriesAt(args, 0);
    chargeList(context, entries.size * 4);
    return madeList(
      context,
      Array.from(entries, ([key, value]) => new StructValue(ENTRY, [key, share(value)])),
    );
  },
  from_entries: (context, args) => {
    chargeMap(context, itemsAt(args, 0).length);
    return mapOfShared(context, new Map(itemsAt(args, 0).map(entryOf)));
  },
  map_of: (context, args) => {
    const [keys, items] = [itemsAt(args, 0), itemsAt(args, 1)];
    if (keys.length !== items.length)
      throw outOfRange(`map_of was given ${keys.length} keys and ${items.length} values.`);
    chargeMap(context, keys.length);
    return mapOfShared(context, new Map(keys.map((key, index) => [keyOf(key), items[index] ?? null])));
  },
};

function keyOf(value: Value): string {
  if (typeof value !== "string") throw wrongKind(value, "A string as key");
  return value;
}

function entryOf(value: Value): readonly [string, Value] {
  if (kindOf(value) !== "struct") throw wrongKind(value, "A struct with key and value");
  const { shape, slots } = value as StructValue;
  return [keyOf(slots[shape.slotOf("key")] ?? null), slots[shape.slotOf("value")] ?? null];
}
