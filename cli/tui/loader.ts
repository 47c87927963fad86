// Loads what the screen shows: blocks of sections, pages about rows, the head line. Asks the source and gives data; keeps nothing.
import { noDaemon } from "./listing.ts";
import type { SectionName } from "./section-names.ts";
import { type BlockRow, SECTIONS } from "./sections.ts";
import type { FeedRow, Head, LoadedBlock } from "./state.ts";
import type { Listing, Source } from "./types.ts";

const TEXT = "string";

/** The blocks of a section. */
export async function loadBlocks(source: Source, section: SectionName): Promise<readonly LoadedBlock[]> {
  const loaded: LoadedBlock[] = [];
  for (const block of SECTIONS[section].blocks) loaded.push(await loadBlock(source, block));
  return loaded;
}

async function loadBlock(source: Source, { from, inFile }: BlockRow): Promise<LoadedBlock> {
  // What the screen itself knows is put in when it is drawn.
  if ("own" in from) return { listing: undefined, failure: undefined };
  if (source.kind === "file" && inFile !== true) return { listing: undefined, failure: noDaemon() };
  const answer = await source.run(from.statement);
  return answer.ok ? { listing: answer.listing, failure: undefined } : { listing: undefined, failure: answer.failure };
}

/** What the head line tells. What cannot be asked for is left out. */
export async function loadHead(source: Source): Promise<Head> {
  const unknown: Head = { ready: undefined, sessions: undefined, checks: [] };
  if (source.kind === "file") return unknown;
  const answer = await source.control("status");
  if (!answer.ok) return unknown;
  const status = answer.data as {
    readonly sessions?: number;
    readonly health?: { readonly ready?: boolean; readonly checks?: Head["checks"] };
  } | null;
  return { ready: status?.health?.ready, sessions: status?.sessions, checks: status?.health?.checks ?? [] };
}

/** The health of the daemon as a list: what is not well first. */
export function healthListing({ checks }: Head): Listing {
  const rows = checks.toSorted((left, right) => Number(left.ok) - Number(right.ok));
  return {
    names: ["check", "state", "text"],
    types: [TEXT, TEXT, TEXT],
    rows: rows.map(({ name, ok, text }) => [name, ok ? "ok" : "failed", text]),
  };
}

/** Events that came, as a list. */
export function feedListing(feed: readonly FeedRow[]): Listing {
  return {
    names: ["at", "topic", "event"],
    types: ["timestamp", TEXT, TEXT],
    rows: feed.map(({ atMs, topic, text }) => [new Date(atMs).toISOString(), topic, text]),
  };
}
