// The words of an item: what it may name. Cheap and generous; the checker alone knows what a word means.
import type { Item, Statement } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";

const WORDS = new WeakMap<Statement, ReadonlySet<string>>();

/** The words of a text, folded. */
export function wordsIn(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu), ([word]) => foldName(word)));
}

/** The words of an item, folded; those of texts too, because configuration names things in quotes. */
function wordsOf(item: Item): ReadonlySet<string> {
  let words = WORDS.get(item.statement);
  if (words === undefined) {
    words = wordsIn(item.text);
    WORDS.set(item.statement, words);
  }
  return words;
}

/** Whether one of the folded names stands in the item, in whatever meaning. */
export function mentions(item: Item, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  const words = wordsOf(item);
  if (names.size < words.size) {
    for (const name of names) if (words.has(name)) return true;
    return false;
  }
  for (const word of words) if (names.has(word)) return true;
  return false;
}
