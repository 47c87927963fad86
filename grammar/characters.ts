// Reads words, space, comments and strings straight from text: what the scanner and the native matchers share.
// Every function takes an offset and returns the offset behind what it read; lexical.ohm says the same in grammar form.
import { LIMITS } from "../base/limits.ts";
import { STATEMENT_WORDS } from "./keywords.ts";

const WORD_START = new Uint8Array(128);
const WORD_PART = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const letter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
  WORD_START[code] = letter ? 1 : 0;
  WORD_PART[code] = letter || (code >= 48 && code <= 57) || code === 36 ? 1 : 0;
}

const isOther = (code: number): boolean => code >= 128 && code !== 0xa0 && code !== 0xfeff;

/** True for a character that may begin a word: ASCII letters, `_`, and all beyond ASCII that is no space. */
export function isWordStart(code: number): boolean {
  return code < 128 ? WORD_START[code] === 1 : isOther(code);
}

/** True for a character within a word: also digits and `$`. */
export function isWordPart(code: number): boolean {
  return code < 128 ? WORD_PART[code] === 1 : isOther(code);
}

/** True for `0` to `9`. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Where the word at `position` ends; `position` itself when there is none. */
export function wordEnd(text: string, position: number): number {
  if (position >= text.length || !isWordStart(text.charCodeAt(position))) return position;
  let end = position + 1;
  while (end < text.length && isWordPart(text.charCodeAt(end))) end += 1;
  return end;
}

/** The word at `position` in lower case, "" when there is none. */
export function lowerWordAt(text: string, position: number): string {
  const end = wordEnd(text, position);
  return end === position ? "" : text.slice(position, end).toLowerCase();
}

/** True for blanks and control characters, line ends included. */
export function isSpace(code: number): boolean {
  return code <= 32 || code === 0xa0 || code === 0xfeff;
}

/** The end of the comment that starts at `position`, or `position` when none does. A line comment ends before its line end; an open block comment at the end of the text. */
export function commentEnd(text: string, position: number): number {
  const code = text.charCodeAt(position);
  const next = text.charCodeAt(position + 1);
  if (code === 35 || (code === 45 && next === 45) || (code === 47 && next === 47)) {
    let end = position + 1;
    while (end < text.length) {
      const at = text.charCodeAt(end);
      if (at === 10 || at === 13) break;
      end += 1;
    }
    return end;
  }
  if (code === 47 && next === 42) {
    const close = text.indexOf("*/", position + 2);
    return close < 0 ? text.length : close + 2;
  }
  return position;
}

/** Skips blanks, line ends and comments. */
export function skipSpace(text: string, position: number): number {
  let at = position;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code <= 32) {
      at += 1;
      continue;
    }
    if (code === 45 || code === 47 || code === 35) {
      const end = commentEnd(text, at);
      if (end === at) return at;
      at = end;
      continue;
    }
    if (code === 0xa0 || code === 0xfeff) at += 1;
    else return at;
  }
  return at;
}

/** Skips blanks and block comments of this line; stops at a line end, at a line comment and at anything else. */
export function skipInline(text: string, position: number): number {
  let at = position;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
    if (isSpace(code)) at += 1;
    else if (code === 47 && text.charCodeAt(at + 1) === 42) at = commentEnd(text, at);
    else return at;
  }
  return at;
}

/** True when a line end or line comment stands at `position`. */
export function isLineBreak(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code === 10 || code === 13 || (commentEnd(text, position) > position && text.charCodeAt(position + 1) !== 42);
}

/** The end of a `'…'` string at `position` (quotes doubled inside), or -1 when it is not closed. */
export function singleStringEnd(text: string, position: number): number {
  let at = position + 1;
  for (;;) {
    const close = text.indexOf("'", at);
    if (close < 0) return -1;
    if (text.charCodeAt(close + 1) !== 39) return close + 1;
    at = close + 2;
  }
}

/** The end of a `"…"` string at `position` (doubled quotes, backslash escapes and `${…}` inside), or -1 when it is not closed or holds strings in strings beyond nestingMax. */
export function doubleStringEnd(text: string, position: number): number {
  return Math.max(stringEnd(text, position, { depth: 0, ends: undefined }), -1);
}

/** Strings in `${…}` of strings. */
interface Nested {
  depth: number;
  /** Ends of inner strings by their start: what does not close would else be read again by every string around it, in a time without bound. */
  ends: Map<number, number> | undefined;
}

/** More strings in each other than nestingMax: all of them end at once. */
const TOO_DEEP = -2;

function stringEnd(text: string, position: number, nested: Nested): number {
  let at = position + 1;
  let closes = true;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 2;
    else if (code === 34) {
      if (text.charCodeAt(at + 1) !== 34) return at + 1;
      at += 2;
    } else if (code === 36 && text.charCodeAt(at + 1) === 123) {
      // One that does not close says that later ones would be searched in vain: texts of quotes and braces only must not take quadratic time.
      const end: number = closes ? expressionEnd(text, at + 2, nested) : -1;
      if (end === TOO_DEEP) return TOO_DEEP;
      closes = end >= 0;
      at = end < 0 ? at + 2 : end;
    } else at += 1;
  }
  return -1;
}

function innerStringEnd(text: string, position: number, nested: Nested): number {
  if (nested.depth >= LIMITS.nestingMax.value) return TOO_DEEP;
  nested.ends ??= new Map();
  const known = nested.ends.get(position);
  if (known !== undefined) return known;
  nested.depth += 1;
  const end = stringEnd(text, position, nested);
  nested.depth -= 1;
  nested.ends.set(position, end);
  return end;
}

/** An expression in `${…}` is looked for within this many characters. */
const INTERPOLATION_CHARACTERS_MAX = 16_384;

/** The end of the expression in `${…}` whose text starts at `position`, behind its `}`; negative when it is not closed. */
export function interpolationEnd(text: string, position: number): number {
  return expressionEnd(text, position, { depth: 0, ends: undefined });
}

function expressionEnd(text: string, position: number, nested: Nested): number {
  let depth = 1;
  let at = position;
  const last = Math.min(text.length, position + INTERPOLATION_CHARACTERS_MAX);
  while (at < last) {
    const code = text.charCodeAt(at);
    if (code === 34 || code === 39) {
      const end = code === 34 ? innerStringEnd(text, at, nested) : singleStringEnd(text, at);
      if (end < 0) return end;
      at = end;
      continue;
    }
    if (code === 123) depth += 1;
    else if (code === 125) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return -1;
}

/** The end of a name in backticks at `position`, or -1 when it is empty or not closed on its line. */
export function backtickEnd(text: string, position: number): number {
  let at = position + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 96) return at > position + 1 ? at + 1 : -1;
    if (code === 10 || code === 13) return -1;
    at += 1;
  }
  return -1;
}

const ASSIGNS = ["||=", "??=", "+=", "-=", "*=", "/=", "%="];

/** The end of `=`, `+=`, … at `position`, or -1. `==` and `=>` do not assign. */
export function assignOperatorEnd(text: string, position: number): number {
  if (text.charCodeAt(position) === 61) {
    const next = text.charCodeAt(position + 1);
    return next === 61 || next === 62 ? -1 : position + 1;
  }
  for (const operator of ASSIGNS) if (text.startsWith(operator, position)) return position + operator.length;
  return -1;
}

/** True when a statement may begin at `position` on a new line: a statement word, `name =`, `name +=`, `name(`, `name.`, `name[`, `name@`, a label or a hole. */
export function startsStatement(text: string, position: number): boolean {
  const end = wordEnd(text, position);
  if (end === position) return text.startsWith("...", position);
  if (STATEMENT_WORDS.has(text.slice(position, end).toLowerCase())) return true;
  const code = text.charCodeAt(end);
  if (code === 40 || code === 46 || code === 91 || code === 64) return true;
  const next = skipInline(text, end);
  if (text.charCodeAt(next) === 58) return text.charCodeAt(next + 1) !== 58;
  return assignOperatorEnd(text, next) >= 0;
}
