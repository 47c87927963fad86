// List functions done to the list itself, for the instruction ListUpdate: what `xs.pop()`, `xs.insert(0, v)` or `xs = sort(xs)` becomes when nothing else refers to the list.
// Same results and errors as the functions of list.ts. An error leaves the list as it was.
import type { Value } from "../../base/value/value.ts";
import { INTRINSIC_ROWS } from "../../bytecode/intrinsics/intrinsics.ts";
import type { LIST_INTRINSICS } from "../../bytecode/intrinsics/list.ts";
import type { IntrinsicContext } from "../intrinsic-context.ts";
import { boolAt, chargeItem, countAt, outOfRange, valueAt } from "./arguments.ts";
import { placesInOrder } from "./list-order.ts";

/** Changes the items of a list that nothing else refers to; `args` are those behind the list, already marked as shared. @throws Trap. */
export type ListUpdate = (context: IntrinsicContext, items: Value[], args: readonly Value[]) => void;

type InPlaceKey = {
  [Key in keyof typeof LIST_INTRINSICS]: (typeof LIST_INTRINSICS)[Key] extends { readonly inPlace: true } ? Key : never;
}[keyof typeof LIST_INTRINSICS];

const UPDATES: Readonly<Record<InPlaceKey, ListUpdate>> = {
  pop: (_context, items) => {
    checkNotEmpty(items);
    items.pop();
  },
  insert_at: insert,
  insert,
  remove_list: (context, items, args) => {
    const place = placeIn(items, countAt(args, 0), items.length - 1);
    context.chargeFuel((items.length - place) >> 4);
    items.splice(place, 1);
  },
  sort: (context, items, args) => {
    const places = placesInOrder(context, items, boolAt(args, 0));
    const before = items.slice();
    for (const [index, place] of places.entries()) items[index] = before[place] ?? null;
  },
  reverse_list: (context, items) => {
    context.chargeFuel(items.length >> 4);
    items.reverse();
  },
};

const BY_ID: ReadonlyMap<number, ListUpdate> = new Map(
  INTRINSIC_ROWS.flatMap((row) => (row.inPlace === true ? [[row.id, UPDATES[row.key as InPlaceKey]] as const] : [])),
);

/** The update of an intrinsic's number, undefined when it has none. */
export function listUpdate(id: number): ListUpdate | undefined {
  return BY_ID.get(id);
}

function insert(context: IntrinsicContext, items: Value[], args: readonly Value[]): void {
  const place = placeIn(items, countAt(args, 0), items.length);
  chargeItem(context, items.length);
  context.chargeFuel((items.length - place) >> 4);
  items.splice(place, 0, valueAt(args, 1));
}

/** @throws Trap OutOfRange of an empty list. */
export function checkNotEmpty(items: readonly Value[]): void {
  if (items.length === 0) throw outOfRange("An empty list has no last item to take away.");
}

/** A place of a list, negative from the end. @throws Trap OutOfRange. */
export function placeIn(items: readonly Value[], index: number, last: number): number {
  const place = index < 0 ? index + items.length : index;
  if (place < 0 || place > last)
    throw outOfRange(`The list has ${items.length} items, so there is no place ${index}.`, index);
  return place;
}
