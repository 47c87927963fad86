// The body of the screen as lines: the list with its chosen row, reports, pages about a row, help, results. Pure.
import { feedListing, healthListing } from "./loader.ts";
import { KEYS } from "./keys.ts";
import { answerLines, columnsFor, headLine, type Line, plain, rowLine, tableLines, textLines } from "./lines.ts";
import { SECTION_NAMES } from "./section-names.ts";
import { SECTIONS } from "./sections.ts";
import { arranged, chosenIndex, placeOf, type ScreenState, shownListing } from "./state.ts";
import type { Failure, Listing } from "./types.ts";

/** What the body shows. */
export interface Body {
  /** For the line above it. */
  readonly title: string;
  /** At most as many as there is room for. */
  readonly lines: readonly Line[];
  /** Index of the chosen line; undefined: none is. */
  readonly chosen: number | undefined;
  /** The first lines that do not move. */
  readonly head: readonly Line[];
  /** Lines that there are in all. */
  readonly total: number;
}

/** Room for marks left of rows. */
const MARK_WIDTH = 2;

/** The body for a room. */
export function bodyOf(state: ScreenState, width: number, height: number, nowMs: number): Body {
  if (state.helpOffset !== undefined) return scrolled("help", helpLines(state, width), state.helpOffset, height);
  if (state.result !== undefined) {
    const lines = state.result.lines.flatMap((line) => textLines(line, width));
    return scrolled(state.result.title, lines, state.result.offset, height);
  }
  const { details, section } = state;
  if (details !== undefined) {
    const pages = SECTIONS[section].details;
    const tabs = pages.map((page, at) => (at === details.at ? `[${page.name}]` : page.name)).join("  ");
    const head = [plain(tabs, "title"), plain("")];
    const lines = answerLines(details.pages[details.at], width, nowMs);
    return { ...scrolled(details.id, lines, details.offset, height - head.length), head };
  }
  return SECTIONS[section].isReport === true
    ? scrolled(section, reportLines(state, width, nowMs), placeOf(state).index, height)
    : listBody(state, width, height, nowMs);
}

function scrolled(title: string, lines: readonly Line[], offset: number, height: number): Body {
  const from = Math.max(0, Math.min(offset, lines.length - height));
  return {
    title,
    lines: lines.slice(from, from + Math.max(0, height)),
    chosen: undefined,
    head: [],
    total: lines.length,
  };
}

function listBody(state: ScreenState, width: number, height: number, nowMs: number): Body {
  const { section } = state;
  const block = state.blocks[section]?.[0];
  const shown = shownListing(state);
  if (shown === undefined) {
    const lines = block?.failure === undefined ? [plain("loading …", "dim")] : failureLines(block.failure, width);
    return scrolled(section, lines, 0, height);
  }
  const place = placeOf(state);
  const all = block?.listing?.rows.length ?? 0;
  const counted = place.filter === "" ? String(all) : `${shown.rows.length} of ${all} with ${place.filter}`;
  const columns = columnsFor(shown, width - MARK_WIDTH, place.shift, nowMs);
  const index = chosenIndex(state, shown);
  const rows = Math.max(1, height - 1);
  const from = Math.max(0, Math.min(index - Math.floor(rows / 2), shown.rows.length - rows));
  const lines = shown.rows.slice(from, from + rows).map((row) => rowLine(row, columns, nowMs));
  const more = columns.more ? [{ text: " →", tone: "dim" as const }] : [];
  return {
    title: `${section} ${counted}`,
    lines: lines.length === 0 ? [plain(place.filter === "" ? "none" : "none with this filter", "dim")] : lines,
    chosen: lines.length === 0 ? undefined : index - from,
    head: [[{ text: " ".repeat(MARK_WIDTH), tone: "plain" }, ...headLine(shown, columns, place.sort), ...more]],
    total: shown.rows.length,
  };
}

/** Blocks of a report, one below the other. */
function reportLines(state: ScreenState, width: number, nowMs: number): readonly Line[] {
  const { blocks, columns } = SECTIONS[state.section];
  const loaded = state.blocks[state.section];
  if (loaded === undefined) return [plain("loading …", "dim")];
  return blocks.flatMap((block, at): readonly Line[] => {
    const { listing, failure } =
      "own" in block.from ? { listing: ownListing(state, block.from.own), failure: undefined } : (loaded[at] ?? {});
    const head = [plain(block.title.toUpperCase(), "title")];
    if (failure !== undefined) return [...head, ...failureLines(failure, width), plain("")];
    if (listing === undefined || ("own" in block.from && block.from.own === "health" && listing.rows.length === 0))
      return [];
    return [...head, ...tableLines(arranged(listing, columns), width, nowMs), plain("")];
  });
}

function ownListing(state: ScreenState, own: "health" | "feed"): Listing {
  return own === "health" ? healthListing(state.head) : feedListing(state.feed);
}

function failureLines({ message, help }: Failure, width: number): readonly Line[] {
  return [...textLines(message, width), ...(help === undefined ? [] : textLines(help, width))];
}

/** Keys that hold everywhere, sections, and the actions of the section that is shown. */
function helpLines(state: ScreenState, width: number): readonly Line[] {
  const row = (shown: string, doc: string): Line => [
    { text: `  ${shown.padEnd(16)}`, tone: "busy" },
    { text: doc, tone: "plain" },
  ];
  const { actions } = SECTIONS[state.section];
  return [
    plain(`ACTIONS IN ${state.section.toUpperCase()}`, "title"),
    ...(actions.length === 0 ? [plain("  none", "dim")] : actions.map(({ key, doc }) => row(key, doc))),
    plain(""),
    plain("SECTIONS", "title"),
    ...SECTION_NAMES.map((name) => row(`${SECTIONS[name].key}  ${name}`, SECTIONS[name].doc)),
    plain(""),
    plain("KEYS", "title"),
    ...Object.values(KEYS).map(({ shown, doc }) => row(shown, doc)),
    plain(""),
    ...textLines(
      "What an action sends is shown before it is sent; gobi's commands do the same without a screen.",
      width,
    ),
  ];
}
