// Parsed chunks of one file by their text, so that an edit costs one declaration.
// Who follows a file through its edits lets items keep their identity; who only looks at another text once reads over a cache without changing it.
import { scanAgain, type ScannedText } from "./scan-again.ts";
import type { Item } from "./tree.ts";

/** Parsed chunks by their text. Keep one per file or workspace and hand it to each parse; entries that a parse did not use are dropped. */
export interface ParseCache {
  /** For each text, the items of its first, second … occurrence in the file. */
  entries: Map<string, ParsedChunk[]>;
  /** The last text with its chunks. */
  scanned: ScannedText | undefined;
  /** Items that stay keep their identity and are moved; the module of the parse before is void then. For who follows one file through its edits. */
  readonly movesItems: boolean;
  /** Chunks are taken from this cache too, which stays as it is: for a text that differs from a known one and is looked at once. */
  readonly over: ParseCache | undefined;
}

/** The items of one chunk. With `movesItems` their offsets are those in the file where the chunk starts at `at`, else relative to the chunk, and `at` is 0. */
export interface ParsedChunk {
  readonly items: readonly Item[];
  at: number;
}

/** An empty cache. */
export function createParseCache(
  options: { readonly movesItems?: boolean; readonly over?: ParseCache } = {},
): ParseCache {
  return { entries: new Map(), scanned: undefined, movesItems: options.movesItems ?? false, over: options.over };
}

/** The chunks of a text, taken over from the cache as far as they are the same. Who only looks at a text once does not keep it. */
export function scannedAgain(text: string, { scanned, over }: ParseCache): ScannedText {
  return scanAgain(text, scanned ?? over?.scanned, { isPassing: over !== undefined });
}

/** What a cache knows of a chunk; items of the cache beneath are copied. */
export function knownChunk(cache: ParseCache, text: string, occurrence: number): ParsedChunk | undefined {
  const own = cache.entries.get(text)?.[occurrence];
  if (own !== undefined || cache.over === undefined) return own;
  const beneath = cache.over.entries.get(text)?.[occurrence];
  if (beneath === undefined) return undefined;
  return { items: beneath.items.map((item) => ({ ...item, offset: item.offset - beneath.at })), at: 0 };
}

/** Keeps what a parse that was not brought to its end has parsed, besides what was known. */
export function addChunks(cache: ParseCache, used: ReadonlyMap<string, ParsedChunk[]>): void {
  for (const [text, chunks] of used)
    if (chunks.length > (cache.entries.get(text)?.length ?? 0)) cache.entries.set(text, chunks);
}

/** The items of a chunk at its place in the file. */
export function placedItems(parsed: ParsedChunk, start: number, movesItems: boolean): readonly Item[] {
  if (!movesItems) return parsed.items.map((item) => ({ ...item, offset: item.offset + start }));
  const by = start - parsed.at;
  parsed.at = start;
  if (by !== 0) for (const item of parsed.items as readonly { offset: number }[]) item.offset += by;
  return parsed.items;
}
