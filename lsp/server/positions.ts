// Positions of the protocol and offsets of ours. A position is a line and a character counted in the encoding that was agreed on:
// bytes of UTF-8, units of UTF-16 or code points. What lies beyond a line or the text is clamped, as the protocol asks.
import type { Position } from "vscode-languageserver/node";

/** Encodings that the server speaks; UTF-16 is what every client knows. */
export const POSITION_ENCODINGS = ["utf-8", "utf-16", "utf-32"] as const;
export type PositionEncoding = (typeof POSITION_ENCODINGS)[number];

/** The first of the client's encodings that the server speaks. */
export function chooseEncoding(offered: readonly string[] | undefined): PositionEncoding {
  for (const each of offered ?? []) {
    const known = POSITION_ENCODINGS.find((encoding) => encoding === each);
    if (known !== undefined) return known;
  }
  return "utf-16";
}

/** A text with the offsets of its lines. */
interface Lines {
  readonly text: string;
  readonly lineStarts: readonly number[];
}

/** The offset of a position. */
export function offsetOf({ text, lineStarts }: Lines, position: Position, encoding: PositionEncoding): number {
  if (position.line < 0) return 0;
  const start = lineStarts[position.line];
  if (start === undefined) return text.length;
  const end = lineEnd(text, start, lineStarts[position.line + 1] ?? text.length);
  if (encoding === "utf-16") return Math.min(start + Math.max(position.character, 0), end);
  let at = start;
  let left = position.character;
  while (at < end && left > 0) {
    const code = text.codePointAt(at) ?? 0;
    left -= encoding === "utf-8" ? bytesOf(code) : 1;
    at += code > 0xffff ? 2 : 1;
  }
  return at;
}

/** The position of an offset. */
export function positionOf({ text, lineStarts }: Lines, offset: number, encoding: PositionEncoding): Position {
  const clamped = Math.min(Math.max(offset, 0), text.length);
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= clamped) low = middle;
    else high = middle - 1;
  }
  const start = lineStarts[low] ?? 0;
  if (encoding === "utf-16") return { line: low, character: clamped - start };
  let character = 0;
  for (let at = start; at < clamped; ) {
    const code = text.codePointAt(at) ?? 0;
    character += encoding === "utf-8" ? bytesOf(code) : 1;
    at += code > 0xffff ? 2 : 1;
  }
  return { line: low, character };
}

/** Where a line ends, its line break not counted. */
function lineEnd(text: string, start: number, next: number): number {
  let end = next;
  while (end > start && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end -= 1;
  return end;
}

function bytesOf(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
