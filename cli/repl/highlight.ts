// Colours one text of the language for the terminal: keywords, strings, numbers, comments. By tokens only, so half a statement is fine.
import {
  backtickEnd,
  commentEnd,
  doubleStringEnd,
  isDigit,
  isWordStart,
  singleStringEnd,
  wordEnd,
} from "../../grammar/characters.ts";
import { KEYWORDS } from "../../grammar/keywords.ts";
import type { Style } from "../output/style.ts";

const WORDS: ReadonlySet<string> = new Set(Object.keys(KEYWORDS));
const NUMBER = /(?:0x[0-9a-f_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[+-]?\d+)?d?)/iuy;

/** One coloured piece: where it ends and how it is shown. */
function piece(
  style: Style,
  text: string,
  position: number,
): { readonly end: number; readonly paint: (part: string) => string } {
  const code = text.charCodeAt(position);
  const plain = (part: string): string => part;
  /** A quote that is not closed runs to the end of what was typed. */
  const until = (end: number): number => (end < 0 ? text.length : end);
  const comment = commentEnd(text, position);
  if (comment > position) return { end: comment, paint: style.gray };
  if (code === 0x27) return { end: until(singleStringEnd(text, position)), paint: style.green };
  if (code === 0x22) return { end: until(doubleStringEnd(text, position)), paint: style.green };
  if (code === 0x60) return { end: until(backtickEnd(text, position)), paint: plain };
  if (isDigit(code)) {
    NUMBER.lastIndex = position;
    const match = NUMBER.exec(text);
    return { end: match === null ? position + 1 : NUMBER.lastIndex, paint: style.yellow };
  }
  if (isWordStart(code)) {
    const end = Math.max(position + 1, wordEnd(text, position));
    return {
      end,
      paint: WORDS.has(text.slice(position, end).toLowerCase()) && text[position - 1] !== "." ? style.blue : plain,
    };
  }
  return { end: position + 1, paint: plain };
}

/** The text with colours; without colours in the style it is returned as it is. */
export function highlight(style: Style, text: string): string {
  let out = "";
  let position = 0;
  while (position < text.length) {
    const { end, paint } = piece(style, text, position);
    out += paint(text.slice(position, end));
    position = end;
  }
  return out;
}
