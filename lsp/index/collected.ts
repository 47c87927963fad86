// What is kept of the mentions of a file: as long as the tables of its check, so that files whose checks are let go take little.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Item } from "../../compiler/syntax/tree.ts";
import type { Mention } from "./symbols.ts";

/** What was collected for an item, and how to see that it still holds: items keep their identity while others are edited. */
export interface Collected {
  /** Weak: the tables of a check live longer than what it found. */
  checked: WeakRef<CheckedModule>;
  readonly signature: string;
  readonly witness: Witness | undefined;
  readonly found: readonly Mention[];
}

/** A fact about a node of the item. A new check of the item makes a new object of it. */
export interface Witness {
  readonly node: object;
  readonly fact: object;
}

/** By the tables of the file's check, which later checks of the file go on with: where they are let go, what was collected goes with them. */
const COLLECTED = new WeakMap<CheckedModule["names"], WeakMap<Item, Collected>>();

/** What was collected from a check, by item. */
export function collectedOf({ names }: CheckedModule): WeakMap<Item, Collected> {
  const known = COLLECTED.get(names) ?? new WeakMap<Item, Collected>();
  COLLECTED.set(names, known);
  return known;
}
