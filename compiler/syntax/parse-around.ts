// A long text for who cannot wait until all of it is parsed: the declaration around a place, and how much of the text would have to be parsed.
import type { SourceFile } from "../../base/source.ts";
import { parseChunk, skippedItem } from "./parse.ts";
import { createParseCache, knownChunk, type ParseCache, placedItems } from "./parse-cache.ts";
import { scannedAgain } from "./parse-cache.ts";
import { scanAgain } from "./scan-again.ts";
import type { Item, Module } from "./tree.ts";

/**
 * The declaration around an offset and what is known of the others without parsing them: for who cannot wait for a long file. The cache stays as it is.
 * One with more than so many characters is not parsed either: an item that was skipped stands for it.
 */
export function parseAround(file: SourceFile, over: ParseCache, offset: number, charactersMax: number): Module {
  const cache = createParseCache({ over });
  const items: Item[] = [];
  const occurrences = new Map<string, number>();
  for (const { chunk } of scanAgain(file.text, over.scanned, { isPassing: true }).cuts) {
    const occurrence = occurrences.get(chunk.text) ?? 0;
    occurrences.set(chunk.text, occurrence + 1);
    const isAround = chunk.start <= offset && offset <= chunk.start + chunk.text.length;
    const known = knownChunk(cache, chunk.text, occurrence);
    if (known === undefined && !isAround) continue;
    const isLong = chunk.text.length > charactersMax;
    const parsed = known ?? { items: isLong ? [skippedItem(chunk, [])] : parseChunk(chunk, true), at: 0 };
    items.push(...placedItems(parsed, chunk.start, false));
  }
  return { file, items };
}

/** How much of a text would have to be parsed, in characters. The next parse of that text need not cut it again. */
export function unparsedCharacters(text: string, cache: ParseCache): number {
  const occurrences = new Map<string, number>();
  let unparsed = 0;
  cache.scanned = scannedAgain(text, cache);
  for (const { chunk } of cache.scanned.cuts) {
    const occurrence = occurrences.get(chunk.text) ?? 0;
    occurrences.set(chunk.text, occurrence + 1);
    if (!isKnown(cache, chunk.text, occurrence)) unparsed += chunk.text.length;
  }
  return unparsed;
}

function isKnown({ entries, over }: ParseCache, text: string, occurrence: number): boolean {
  return entries.get(text)?.[occurrence] !== undefined || over?.entries.get(text)?.[occurrence] !== undefined;
}
