// Order and sameness of list items: sorting by keys, grouping, telling items apart. Keys stand at the same places as their items.
// Items that come from an argument are marked as shared by `listOfShared`.
import { compareTotal } from "../../base/value/compare.ts";
import { compareInt } from "../../base/value/int.ts";
import { keyText } from "../../base/value/key.ts";
import { ListValue, Shape, StructValue, type Value } from "../../base/value/value.ts";
import type { Work } from "../../base/value/work.ts";
import type { IntrinsicContext } from "../intrinsic-context.ts";
import { chargeList, listOfShared, madeList, share, workOf } from "./arguments.ts";

const GROUP = new Shape("", ["key", "items"]);

/** A key in a Map or Set while items are told apart, besides its text. */
const KEY_BYTES = 64;

/** Stable in both directions: equal keys keep their order. */
export function sorted(
  context: IntrinsicContext,
  items: readonly Value[],
  keys: readonly Value[],
  descending: boolean,
): ListValue {
  const places = placesInOrder(context, keys, descending);
  return listOfShared(
    context,
    places.map((place) => items[place] ?? null),
  );
}

/** The places of keys in their order. Stable in both directions. */
export function placesInOrder(
  context: IntrinsicContext,
  keys: readonly Value[],
  descending: boolean,
): readonly number[] {
  const work = workOf(context);
  chargeList(context, keys.length * 2);
  const direction = descending ? -1 : 1;
  const order = orderOf(keys, work);
  return keys.map((_, index) => index).sort((left, right) => order(left, right) * direction || left - right);
}

/** How the keys at two places compare. Keys that are all finite JS numbers, the usual case, need no look at their kinds. */
function orderOf(keys: readonly Value[], work: Work): (left: number, right: number) => number {
  if (!keys.every((key) => typeof key === "number" && Number.isFinite(key))) {
    return (left, right) => compareTotal(keys[left] ?? null, keys[right] ?? null, work);
  }
  const numbers = Float64Array.from(keys as readonly number[]);
  work.spend(Math.ceil(keys.length * Math.log2(keys.length + 1)));
  return (left, right) => (numbers[left] ?? 0) - (numbers[right] ?? 0);
}

/** Groups of items with equal keys, in the order of first occurrence: structs of `key` and `items`. */
export function grouped(context: IntrinsicContext, items: readonly Value[], keys: readonly Value[]): ListValue {
  const work = workOf(context);
  const groups = new Map<string, { readonly key: Value; readonly members: Value[] }>();
  items.forEach((item, index) => {
    const key = keys[index] ?? null;
    const text = keyText(key, work);
    const group = groups.get(text);
    if (group !== undefined) {
      group.members.push(item);
      return;
    }
    context.chargeMemory(KEY_BYTES + text.length);
    groups.set(text, { key: share(key), members: [item] });
  });
  const structs = Array.from(
    groups.values(),
    ({ key, members }) => new StructValue(GROUP, [key, listOfShared(context, members)]),
  );
  return madeList(context, structs);
}

/** The first item of each key. */
export function distinctBy(context: IntrinsicContext, items: readonly Value[], keys: readonly Value[]): Value[] {
  const work = workOf(context);
  const seen = new Set<string>();
  return items.filter((_, index) => {
    const text = keyText(keys[index] ?? null, work);
    if (seen.has(text)) return false;
    context.chargeMemory(KEY_BYTES + text.length);
    seen.add(text);
    return true;
  });
}

/** Each different item of `left` that is in `right` (inside) or is not (outside). */
export function setOperation(
  context: IntrinsicContext,
  left: readonly Value[],
  right: readonly Value[],
  side: "inside" | "outside",
): Value[] {
  const work = workOf(context);
  const other = new Set(right.map((item) => keyText(item, work)));
  return distinctBy(context, left, left).filter((item) => other.has(keyText(item, work)) === (side === "inside"));
}

/** The most frequent item that is not null, the first one among equals. */
export function mode(context: IntrinsicContext, items: readonly Value[]): Value {
  const groups = grouped(
    context,
    items.filter((item) => item !== null),
    items.filter((item) => item !== null),
  );
  let best: Value = null;
  let most = 0;
  for (const group of groups.items) {
    if (!(group instanceof StructValue)) continue;
    const [key = null, members] = group.slots;
    const count = members instanceof ListValue ? members.items.length : 0;
    if (compareInt(count, most) > 0) [best, most] = [key, count];
  }
  return best;
}
