// What the screen shows, as data, and the pure steps from one state to the next. Who loads and who draws is elsewhere (controller.ts, screen/).
import type { Answer, Failure, Listing } from "./types.ts";
import type { SectionName } from "./section-names.ts";
import { type ActionRow, type Deed, type RowFields, SECTIONS } from "./sections.ts";

/** One list of a section, as it was loaded last. */
export interface LoadedBlock {
  readonly listing: Listing | undefined;
  readonly failure: Failure | undefined;
}

/** Where the user is in a list. */
export interface ListPlace {
  readonly index: number;
  /** Value of the section's id column: the same row is chosen again after a reload. */
  readonly id: string | undefined;
  readonly filter: string;
  readonly sort: { readonly column: string; readonly reverse: boolean } | undefined;
  /** Columns that were moved out to the left. */
  readonly shift: number;
}

/** The pages about one row. */
export interface Details {
  readonly id: string;
  readonly at: number;
  readonly offset: number;
  /** By page; undefined: not loaded yet. */
  readonly pages: readonly (Answer | undefined)[];
}

/** What the user is asked in the last line. */
export type Prompt =
  | { readonly kind: "filter" | "command"; readonly text: string }
  | {
      readonly kind: "arguments";
      readonly text: string;
      readonly label: string;
      readonly action: ActionRow;
      readonly row: RowFields;
    }
  | { readonly kind: "confirm"; readonly text: string; readonly name: string; readonly deed: Deed };

/** One event that came while the interface is open. */
export interface FeedRow {
  readonly atMs: number;
  readonly topic: string;
  readonly text: string;
}

/** What the head line tells. */
export interface Head {
  readonly ready: boolean | undefined;
  readonly sessions: number | undefined;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly text: string }[];
}

/** Everything that is shown. */
export interface ScreenState {
  readonly section: SectionName;
  readonly blocks: Readonly<Partial<Record<SectionName, readonly LoadedBlock[]>>>;
  readonly places: Readonly<Partial<Record<SectionName, ListPlace>>>;
  readonly details: Details | undefined;
  /** What an action gave, when it is more than a line. */
  readonly result: { readonly title: string; readonly lines: readonly string[]; readonly offset: number } | undefined;
  readonly helpOffset: number | undefined;
  readonly prompt: Prompt | undefined;
  readonly note: { readonly kind: "info" | "error"; readonly text: string } | undefined;
  readonly lost: Failure | undefined;
  readonly head: Head;
  readonly feed: readonly FeedRow[];
  /** What is being done, while it lasts. */
  readonly busy: string | undefined;
}

/** Events that are kept for the feed. */
const FEED_MAX = 200;

/** A place at the beginning of a list. */
const START: ListPlace = { index: 0, id: undefined, filter: "", sort: undefined, shift: 0 };

/** The state before anything is loaded. */
export function firstState(section: SectionName): ScreenState {
  return {
    section,
    blocks: {},
    places: {},
    details: undefined,
    result: undefined,
    helpOffset: undefined,
    prompt: undefined,
    note: undefined,
    lost: undefined,
    head: { ready: undefined, sessions: undefined, checks: [] },
    feed: [],
    busy: undefined,
  };
}

/** Where the user is in the list of the section. */
export function placeOf(state: ScreenState): ListPlace {
  return state.places[state.section] ?? START;
}

/** With another place in the list of the section. */
export function atPlace(state: ScreenState, change: Partial<ListPlace>): ScreenState {
  return { ...state, places: { ...state.places, [state.section]: { ...placeOf(state), ...change } } };
}

/** With one event more. */
export function withEvent(state: ScreenState, row: FeedRow): ScreenState {
  return { ...state, feed: [row, ...state.feed].slice(0, FEED_MAX) };
}

/** The list that rows are chosen in; undefined while it is not loaded. */
function chosenListing(state: ScreenState): Listing | undefined {
  return state.blocks[state.section]?.[0]?.listing;
}

/** Columns in the order of their worth, and rows that the filter lets through, sorted. */
export function shownListing(state: ScreenState): Listing | undefined {
  const listing = chosenListing(state);
  if (listing === undefined) return undefined;
  const { filter, sort } = placeOf(state);
  const known = lastShown.get(listing);
  if (known !== undefined && known.filter === filter && known.sort === sort) return known.shown;
  const shown = sorted(filtered(arranged(listing, SECTIONS[state.section].columns), filter), sort);
  lastShown.set(listing, { filter, sort, shown });
  return shown;
}

/** What was made of a listing last: it is asked for several times per key. */
const lastShown = new WeakMap<
  Listing,
  { readonly filter: string; readonly sort: ListPlace["sort"]; readonly shown: Listing }
>();

/** Columns that are named first, in that order. */
export function arranged(listing: Listing, columns: readonly string[]): Listing {
  const named = columns.map((name) => listing.names.indexOf(name)).filter((index) => index >= 0);
  const others = listing.names.map((_, index) => index).filter((index) => !named.includes(index));
  const order = [...named, ...others];
  return {
    names: order.map((index) => listing.names[index] ?? ""),
    types: order.map((index) => listing.types[index] ?? "any"),
    rows: listing.rows.map((row) => order.map((index) => row[index] ?? null)),
  };
}

/** Rows in which a cell holds the text, whatever its case; `!text`: in which none does. */
function filtered(listing: Listing, filter: string): Listing {
  const isInverse = filter.startsWith("!");
  const wanted = (isInverse ? filter.slice(1) : filter).toLowerCase();
  if (wanted === "") return listing;
  const holds = (row: readonly (string | null)[]): boolean =>
    row.some((text) => text?.toLowerCase().includes(wanted) === true);
  return { ...listing, rows: listing.rows.filter((row) => holds(row) !== isInverse) };
}

function sorted(listing: Listing, sort: ListPlace["sort"]): Listing {
  const column = sort === undefined ? -1 : listing.names.indexOf(sort.column);
  if (column < 0) return listing;
  const numeric = /^(?:int|float|decimal)/u.test(listing.types[column] ?? "");
  const sign = sort?.reverse === true ? -1 : 1;
  const rows = listing.rows.toSorted((left, right) => sign * compared(left[column], right[column], numeric));
  return { ...listing, rows };
}

function compared(left: string | null | undefined, right: string | null | undefined, numeric: boolean): number {
  if (left === right) return 0;
  // What is not there comes last.
  if (left === null || left === undefined) return 1;
  if (right === null || right === undefined) return -1;
  if (numeric) return Number(left) - Number(right);
  return left < right ? -1 : 1;
}

/** Index of the chosen row among those shown: the row of the kept id, else the nearest to where it was. */
export function chosenIndex(state: ScreenState, shown: Listing): number {
  const { id, index } = placeOf(state);
  const column = shown.names.indexOf(SECTIONS[state.section].id ?? "");
  const found = id === undefined || column < 0 ? -1 : shown.rows.findIndex((row) => row[column] === id);
  // Several rows may have the id: the one where the user was wins.
  if (shown.rows[index]?.[column] === id && id !== undefined) return index;
  return found >= 0 ? found : Math.max(0, Math.min(index, shown.rows.length - 1));
}

/** The chosen row by its columns' names. */
export function chosenRow(state: ScreenState): RowFields | undefined {
  const shown = shownListing(state);
  const row = shown?.rows[chosenIndex(state, shown)];
  if (shown === undefined || row === undefined || SECTIONS[state.section].isReport === true) return undefined;
  return Object.fromEntries(shown.names.map((name, index) => [name, row[index] ?? null]));
}

/** With another row chosen. */
export function choose(state: ScreenState, index: number): ScreenState {
  const shown = shownListing(state);
  if (shown === undefined) return atPlace(state, { index: Math.max(0, index) });
  const at = Math.max(0, Math.min(index, shown.rows.length - 1));
  const column = shown.names.indexOf(SECTIONS[state.section].id ?? "");
  return atPlace(state, { index: at, id: shown.rows[at]?.[column] ?? undefined });
}

/** Sorted by the column after the one it is sorted by; after the last one as it came. */
export function sortedByNext(state: ScreenState): ScreenState {
  const names = shownListing(state)?.names ?? [];
  const { sort } = placeOf(state);
  const next = names[sort === undefined ? 0 : names.indexOf(sort.column) + 1];
  return atPlace(state, { sort: next === undefined ? undefined : { column: next, reverse: false } });
}
