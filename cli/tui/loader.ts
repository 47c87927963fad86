// Loads what the screen shows: blocks of sections, pages about rows, the head line. Asks the source and gives data; keeps nothing.
import { NO_DAEMON } from "./listing.ts";
import type { SectionName } from "./section-names.ts";
import { type BlockRow, SECTIONS } from "./sections.ts";
import type { FeedRow, Head, LoadedBlock } from "./state.ts";
import type { Listing, Source } from "./types.ts";

const TEXT = "string";
const NOTHING: LoadedBlock = { listing: undefined, failure: undefined };

/** The blocks of a section. */
export async function loadBlocks(source: Source, section: SectionName): Promise<readonly LoadedBlock[]> {
  const loaded: LoadedBlock[] = [];
  const { blocks, isReport } = SECTIONS[section];
  for (const block of blocks) {
    const given = await loadBlock(source, block);
    // A report leaves out what there can be nothing of; a list says why there is none.
    loaded.push(given.failure === NO_DAEMON && isReport === true ? NOTHING : given);
  }
  return loaded;
}

async function loadBlock(source: Source, { from, inFile }: BlockRow): Promise<LoadedBlock> {
  // What the screen itself knows is put in when it is drawn.
  if ("own" in from) return NOTHING;
  if (source.kind === "file" && inFile !== true) return { listing: undefined, failure: NO_DAEMON };
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

/** What is not well; when all is, a line that says so. */
export function healthListing({ checks }: Head): Listing {
  const unwell = checks.filter(({ ok }) => !ok).map(({ name, text }) => [name, "failed", text]);
  const well = checks.length === 0 ? [] : [["health", "ok", `All ${checks.length} checks hold.`]];
  return {
    names: ["check", "state", "text"],
    types: [TEXT, TEXT, TEXT],
    rows: unwell.length === 0 ? well : unwell,
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
