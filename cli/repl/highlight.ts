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
import type { Style, StyleName } from "../output/style.ts";

const WORDS: ReadonlySet<string> = new Set(Object.keys(KEYWORDS));
const NUMBER = /(?:0x[0-9a-f_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[+-]?\d+)?d?)/iuy;

/** A part of a text with its colour; undefined: none. */
export interface ColouredPart {
  readonly text: string;
  readonly style: StyleName | undefined;
}

/** One coloured piece: where it ends and how it is shown. */
function piece(text: string, position: number): { readonly end: number; readonly style: StyleName | undefined } {
  const code = text.charCodeAt(position);
  /** A quote that is not closed runs to the end of what was typed. */
  const until = (end: number): number => (end < 0 ? text.length : end);
  const comment = commentEnd(text, position);
  if (comment > position) return { end: comment, style: "gray" };
  if (code === 0x27) return { end: until(singleStringEnd(text, position)), style: "green" };
  if (code === 0x22) return { end: until(doubleStringEnd(text, position)), style: "green" };
  if (code === 0x60) return { end: until(backtickEnd(text, position)), style: undefined };
  if (isDigit(code)) {
    NUMBER.lastIndex = position;
    const match = NUMBER.exec(text);
    return { end: match === null ? position + 1 : NUMBER.lastIndex, style: "yellow" };
  }
  if (!isWordStart(code)) return { end: position + 1, style: undefined };
  const end = Math.max(position + 1, wordEnd(text, position));
  const isKeyword = WORDS.has(text.slice(position, end).toLowerCase()) && text[position - 1] !== ".";
  return { end, style: isKeyword ? "blue" : undefined };
}

/** The text in parts of one colour each. */
export function colouredParts(text: string): readonly ColouredPart[] {
  const parts: ColouredPart[] = [];
  let position = 0;
  while (position < text.length) {
    const { end, style } = piece(text, position);
    parts.push({ text: text.slice(position, end), style });
    position = end;
  }
  return parts;
}

/** The text with colours; without colours in the style it is returned as it is. */
export function highlight(style: Style, text: string): string {
  return colouredParts(text)
    .map((part) => (part.style === undefined ? part.text : style[part.style](part.text)))
    .join("");
}
