// The nodes around an offset, from the statement down to the innermost: found by their spans, whatever their kinds are.
import type { Item } from "../../compiler/syntax/tree.ts";
import type { Document, Spot } from "../types.ts";
import { itemAt } from "../workspace/documents.ts";

/** The nodes around an offset; a cursor directly behind a word is on it. Undefined where no item is. */
export function spotAt(document: Document, offset: number): Spot | undefined {
  const item = itemAt(document.module, offset);
  if (item === undefined || offset > item.offset + item.text.length) return undefined;
  return { item, nodes: nodesAt(item, offset - item.offset) };
}

/** The nodes of an item around an offset that counts from its start. */
function nodesAt(item: Item, at: number): readonly object[] {
  const nodes: object[] = [];
  descend(item.statement, at, nodes);
  return nodes;
}

interface Spanned {
  readonly span?: { readonly start: number; readonly end: number };
}

function descend(value: unknown, at: number, into: object[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    // The narrower of two neighbours that touch at the offset is the one that begins there.
    for (let index = value.length - 1; index >= 0; index -= 1) if (descend(value[index], at, into)) return true;
    return false;
  }
  const { span } = value as Spanned;
  if (span !== undefined) {
    if (at < span.start || at > span.end) return false;
    into.push(value);
  }
  const parts = Object.entries(value as Readonly<Record<string, unknown>>).filter(([key]) => key !== "span");
  for (const [, part] of parts.reverse()) if (descend(part, at, into)) return true;
  return span !== undefined;
}
