// The state of collecting the mentions of one item, and how mentions are added: spans are checked against the text, doubles are dropped.
import type { Span } from "../../base/source.ts";
import type { Item, Name } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import type { ModuleFacts } from "./facts.ts";
import type { LanguageSymbol, Mention, MentionRole } from "./symbols.ts";

/** One item being read. */
export interface Collector {
  readonly facts: ModuleFacts;
  readonly item: Item;
  readonly found: Mention[];
  /** Nodes around the one being visited, outermost first. */
  readonly parents: object[];
  /** Nodes that are assigned to rather than read. */
  readonly writes: Set<object>;
  /** Callee nodes of calls. */
  readonly callees: Set<object>;
  /** What names in FROM introduce, for qualifiers: an alias, a table, a common table. */
  readonly sources: Map<Name, LanguageSymbol>;
  /** What can be said only when the whole item was seen. */
  readonly later: (() => void)[];
}

/** Adds an mention of a name as written. */
export function addName(
  collector: Collector,
  name: Name,
  symbol: LanguageSymbol,
  role: MentionRole,
  shorthand?: Mention["shorthand"],
): void {
  addSpan(collector, name.span, symbol, role, false, shorthand);
}

/** Adds an mention at a span, if the text there is the name: nodes that the parser made up have no text of their own. */
export function addSpan(
  collector: Collector,
  span: Span,
  symbol: LanguageSymbol,
  role: MentionRole,
  quoted: boolean,
  shorthand?: Mention["shorthand"],
): void {
  const place = withinQuotes(collector.item.text, span);
  const written = collector.item.text.slice(place.span.start, place.span.end);
  if (foldName(unquoted(written)) !== foldName(symbol.name)) return;
  collector.found.push({
    symbol,
    span: place.span,
    role,
    quoted: quoted || place.quoted,
    ...(shorthand === undefined ? {} : { shorthand }),
  });
}

function withinQuotes(text: string, span: Span): { readonly span: Span; readonly quoted: boolean } {
  const first = text[span.start];
  const isQuoted = (first === "'" || first === '"') && text[span.end - 1] === first && span.end - span.start > 1;
  return isQuoted ? { span: { start: span.start + 1, end: span.end - 1 }, quoted: true } : { span, quoted: false };
}

function unquoted(text: string): string {
  const first = text[0];
  return first === "`" || first === "[" ? text.slice(1, -1) : text;
}

/** The nearest node around the visited one that satisfies the test. */
export function enclosing<T extends object>(
  collector: Collector,
  test: (node: object) => T | undefined,
): T | undefined {
  for (let index = collector.parents.length - 1; index >= 0; index -= 1) {
    const node = collector.parents[index];
    const found = node === undefined ? undefined : test(node);
    if (found !== undefined) return found;
  }
  return undefined;
}
