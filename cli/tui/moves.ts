// Moving about: the chosen row of a list, the first line of reports, pages, help and results.
import { SECTIONS } from "./sections.ts";
import { atPlace, choose, chosenIndex, placeOf, type ScreenState, shownListing } from "./state.ts";

/** Ways to move. */
export type Move = "up" | "down" | "pageUp" | "pageDown" | "top" | "bottom" | "left" | "right";

/** What is shown: lines that fit, and lines that there are. */
export interface Room {
  readonly rows: number;
  readonly lines: number;
}

function target(at: number, move: Exclude<Move, "left" | "right">, last: number, pageRows: number): number {
  const wanted = {
    up: at - 1,
    down: at + 1,
    pageUp: at - pageRows,
    pageDown: at + pageRows,
    top: 0,
    bottom: last,
  }[move];
  return Math.max(0, Math.min(last, wanted));
}

/** The state after a move. */
export function moved(state: ScreenState, move: Move, { rows, lines }: Room): ScreenState {
  if (move === "left" || move === "right") {
    const { shift } = placeOf(state);
    const most = Math.max(0, (shownListing(state)?.names.length ?? 0) - 2);
    return atPlace(state, { shift: Math.max(0, Math.min(most, shift + (move === "left" ? -1 : 1))) });
  }
  const { helpOffset, result, details, section } = state;
  const scrolled = (offset: number): number => target(offset, move, Math.max(0, lines - rows), rows);
  if (helpOffset !== undefined) return { ...state, helpOffset: scrolled(helpOffset) };
  if (result !== undefined) return { ...state, result: { ...result, offset: scrolled(result.offset) } };
  if (details !== undefined) return { ...state, details: { ...details, offset: scrolled(details.offset) } };
  if (SECTIONS[section].isReport === true) return atPlace(state, { index: scrolled(placeOf(state).index) });
  const shown = shownListing(state);
  if (shown === undefined) return state;
  return choose(state, target(chosenIndex(state, shown), move, shown.rows.length - 1, rows));
}
