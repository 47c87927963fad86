// Cuts a text that differs from one that was cut before in one place: chunks that end well before the difference and those behind it are taken over.
// A chunk is decided by what stands from its start to some lines behind its end, and by nothing before it (scan.ts).
import { skipSpace } from "../../grammar/characters.ts";
import { type Chunk, type Cut, cutFrom } from "./scan.ts";

/** A text with its chunks. */
export interface ScannedText {
  readonly text: string;
  readonly cuts: readonly Cut[];
}

/** So many line ends behind the first token of the next chunk are looked at to see where a chunk ends: its line, and one more behind EXPORT. */
const LINES_AHEAD = 3;

/** How the chunks are used. */
export interface ScanOptions {
  /** True when they are gone before the text of `before` is: pieces of that text may be among them. */
  readonly isPassing: boolean;
}

/** Cuts a text. The same with and without `before`, only faster with a text that differs little. */
export function scanAgain(
  text: string,
  before: ScannedText | undefined,
  options: ScanOptions = { isPassing: false },
): ScannedText {
  if (text === before?.text) return before;
  const cuts: Cut[] = [];
  const same = before === undefined ? 0 : sameStart(before.text, text);
  for (const cut of before?.cuts ?? []) {
    const next = before?.cuts[cuts.length + 1];
    if (next === undefined || !isClean(cut.chunk) || linesBehind(text, next.token, LINES_AHEAD) >= same) break;
    cuts.push(options.isPassing ? cut : moved(cut, text, 0));
  }
  const by = text.length - (before?.text.length ?? 0);
  const sameFrom = before === undefined ? text.length : text.length - sameEnd(before.text, text, same) + 1;
  const rest = new Map<number, number>();
  if (before !== undefined) for (const [index, cut] of before.cuts.entries()) rest.set(cut.from + by, index);
  for (let at = cuts.at(-1)?.end ?? 0; at < text.length; ) {
    const index = at >= sameFrom ? rest.get(at) : undefined;
    if (before !== undefined && index !== undefined) {
      for (const cut of before.cuts.slice(index)) cuts.push(options.isPassing ? placed(cut, by) : moved(cut, text, by));
      break;
    }
    const cut = cutFrom(text, at);
    if (cut === undefined) break;
    cuts.push(cut);
    at = cut.end;
  }
  return { text, cuts };
}

/** An interpolation whose end may be sought far behind: one that holds braces or quotes, or is not closed on its line. */
const FAR_INTERPOLATION = /\$\{(?![^{}"'`\n]*\})/u;

/** Whether a chunk was closed by itself: then nothing far behind it was sought. */
function isClean({ problems, parseText, text }: Chunk): boolean {
  return problems.length === 0 && parseText === text && !FAR_INTERPOLATION.test(text);
}

/** The start of the line that stands so many lines behind a place, empty ones not counted. */
function linesBehind(text: string, from: number, lines: number): number {
  let at = from;
  for (let line = 0; line < lines; line += 1) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = skipSpace(text, end);
  }
  return at;
}

/** The cut at another place. */
function placed({ chunk, from, token, end }: Cut, by: number): Cut {
  return { chunk: { ...chunk, start: chunk.start + by }, from: from + by, token: token + by, end: end + by };
}

/** The cut in another text. Texts are cut anew, because a piece of a text keeps all of that text alive. */
function moved(cut: Cut, text: string, by: number): Cut {
  const there = placed(cut, by);
  const { start, text: old, parseText } = there.chunk;
  const own = text.slice(start, start + old.length);
  return { ...there, chunk: { ...there.chunk, text: own, parseText: parseText === old ? own : parseText } };
}

/** Characters that are compared at once, which is left to the engine. */
const BLOCK = 1024;

function sameStart(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at + BLOCK <= length && left.slice(at, at + BLOCK) === right.slice(at, at + BLOCK)) at += BLOCK;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  return at;
}

/** Equal characters at the ends, those of the equal start left out. */
function sameEnd(left: string, right: string, start: number): number {
  const length = Math.min(left.length, right.length) - start;
  let count = 0;
  while (count + BLOCK <= length && endBlock(left, count) === endBlock(right, count)) count += BLOCK;
  while (count < length && left.charCodeAt(left.length - 1 - count) === right.charCodeAt(right.length - 1 - count))
    count += 1;
  return count;
}

/** The block that ends so many characters before the end. */
function endBlock(text: string, behind: number): string {
  return text.slice(text.length - behind - BLOCK, text.length - behind);
}
