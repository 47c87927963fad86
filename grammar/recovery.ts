// How far recovery skips: from what no rule matches to the next place where a statement may begin or a block may follow.
// Both functions take at least one character and step over whole brackets and strings, so that a statement inside them is not taken for the next.
import {
  backtickEnd,
  commentEnd,
  doubleStringEnd,
  isLineBreak,
  lowerWordAt,
  singleStringEnd,
  skipInline,
  skipSpace,
  startsStatement,
  wordEnd,
} from "./characters.ts";
import { CLOSING_WORDS } from "./keywords.ts";

const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** The end of the bracket group that opens at `position`, behind its closing bracket; -1 when it is not closed. Iterative: depth costs no stack. */
function groupEnd(text: string, position: number): number {
  const stack: string[] = [];
  let at = position;
  while (at < text.length) {
    at = skipSpace(text, at);
    if (at >= text.length) break;
    const character = text.charAt(at);
    const closer = CLOSERS[character];
    if (closer !== undefined) stack.push(closer);
    else if (character === ")" || character === "]" || character === "}") {
      if (stack.pop() !== character) return -1;
      if (stack.length === 0) return at + 1;
    }
    at = closer === undefined ? tokenEnd(text, at) : at + 1;
  }
  return -1;
}

/** The end of `BEGIN … END` or `CASE … END` at `position`, or -1. */
function wordGroupEnd(text: string, position: number): number {
  let depth = 0;
  let at = position;
  while (at < text.length) {
    at = skipSpace(text, at);
    const word = lowerWordAt(text, at);
    const character = text.charAt(at);
    if (word === "begin" || word === "case") depth += 1;
    else if (word === "end") {
      depth -= 1;
      if (depth === 0) return endTail(text, at + 3);
    } else if (character === ")" || character === "]" || character === "}") return -1;
    const group = CLOSERS[character] === undefined ? -1 : groupEnd(text, at);
    at = group > 0 ? group : tokenEnd(text, at);
  }
  return -1;
}

function endTail(text: string, position: number): number {
  const next = skipSpace(text, position);
  return lowerWordAt(text, next) === "case" ? next + 4 : position;
}

/** The end of the word, string or single character at `position`. */
export function tokenEnd(text: string, position: number): number {
  const word = wordEnd(text, position);
  if (word > position) return word;
  const code = text.charCodeAt(position);
  let end = -1;
  if (code === 39) end = singleStringEnd(text, position);
  else if (code === 34) end = doubleStringEnd(text, position);
  else if (code === 96) end = backtickEnd(text, position);
  if (end > 0) return end;
  const comment = commentEnd(text, position);
  return comment > position ? comment : position + 1;
}

function partEnd(text: string, position: number): number {
  const character = text.charAt(position);
  if (CLOSERS[character] !== undefined) {
    const group = groupEnd(text, position);
    if (group > 0) return group;
  }
  const word = lowerWordAt(text, position);
  if (word === "begin" || word === "case") {
    const group = wordGroupEnd(text, position);
    if (group > 0) return group;
  }
  return tokenEnd(text, position);
}

function isCloser(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return (
    position >= text.length ||
    code === 59 ||
    code === 125 ||
    code === 41 ||
    code === 93 ||
    CLOSING_WORDS.has(lowerWordAt(text, position))
  );
}

/** Where the text that no statement matches ends: before `;`, a closing bracket or word, or a line that starts a statement. -1 at such a place. */
export function skippedTextEnd(text: string, position: number): number {
  if (isCloser(text, position)) return -1;
  let end = partEnd(text, position);
  for (;;) {
    const next = skipSpace(text, end);
    if (isCloser(text, next)) return end;
    if (isLineBreak(text, skipInline(text, end)) && startsStatement(text, next)) return end;
    end = partEnd(text, next);
  }
}

const HEADER_STOPS: ReadonlySet<string> = new Set(["then", "loop", "do", "end", "else"]);

/** Where a condition that does not parse ends: before THEN, LOOP, DO or a brace. -1 when nothing stands there. */
export function skippedHeaderEnd(text: string, position: number): number {
  let end = -1;
  let at = position;
  for (;;) {
    const next = skipSpace(text, at);
    const character = text.charAt(next);
    if (next >= text.length || ";{})]".includes(character) || HEADER_STOPS.has(lowerWordAt(text, next))) return end;
    const group = character === "(" || character === "[" ? groupEnd(text, next) : -1;
    end = group > 0 ? group : tokenEnd(text, next);
    at = end;
  }
}
