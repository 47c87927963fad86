// Source text and places in it: spans, files, and the translation of offsets into lines and columns.
// Spans in a syntax tree are relative to the text of their declaration; a `Place` says which declaration that is.
import type { LostByte } from "./text-bytes.ts";

/** Half-open range of UTF-16 code units, relative to the text it was parsed from. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The empty span at the start of a text. */
export const NO_SPAN: Span = { start: 0, end: 0 };

/** The smallest span that covers both. */
export function joinSpans(left: Span, right: Span): Span {
  return { start: Math.min(left.start, right.start), end: Math.max(left.end, right.end) };
}

/** Moves a span by `offset` code units, for example from a declaration into its file. */
export function shiftSpan(span: Span, offset: number): Span {
  return { start: span.start + offset, end: span.end + offset };
}

/** A source file. `name` is what messages show: a path, `<input>`, `<repl>`. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  /** Where the text stops being what the file holds, which then is not read. */
  readonly lost?: LostByte | undefined;
}

/** A line and a column, both 1-based; columns count UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Offsets at which the lines of a text start. `\n`, `\r\n` and a lone `\r` end a line. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  if (!text.includes("\r")) {
    // The usual case is left to the engine's search: editors ask this of long texts at every keystroke.
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    return starts;
  }
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

/** The position of an offset, found by bisection over `starts` (see `lineStarts`). */
export function positionAt(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

const STARTS = new WeakMap<SourceFile, readonly number[]>();

/** The 1-based line of an offset in a file. The file's line starts are found once, so that asking for each statement stays linear. */
export function lineInFile(file: SourceFile, offset: number): number {
  let starts = STARTS.get(file);
  if (starts === undefined) {
    starts = lineStarts(file.text);
    STARTS.set(file, starts);
  }
  return positionAt(starts, offset).line;
}
