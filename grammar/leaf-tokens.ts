// Native matchers of single tokens: names, strings, numbers, operators. leaves.ts puts them into the table of lexical rules.
// Each says in code what its rule in lexical.ohm says; test/grammar compares the two.
import {
  backtickEnd,
  doubleStringEnd,
  isDigit,
  isWordPart,
  isWordStart,
  lowerWordAt,
  singleStringEnd,
  wordEnd,
} from "./characters.ts";

/** Matches at an offset: the end of the match, or -1. */
export type Leaf = (text: string, position: number) => number;

/** A name in backticks. */
export const quoted = (text: string, position: number): number =>
  text.charCodeAt(position) === 96 ? backtickEnd(text, position) : -1;

/** A word that `accept` takes, given in lower case. */
export function wordOf(accept: (lower: string) => boolean): Leaf {
  return (text, position) => {
    const end = wordEnd(text, position);
    return end > position && accept(text.slice(position, end).toLowerCase()) ? end : -1;
  };
}

/** Any word, reserved or not. */
export const anyWord = wordOf(() => true);

/** `'…'`. */
export const single: Leaf = (text, position) =>
  text.charCodeAt(position) === 39 ? singleStringEnd(text, position) : -1;

/** `"…"`. */
export const double: Leaf = (text, position) =>
  text.charCodeAt(position) === 34 ? doubleStringEnd(text, position) : -1;

const BRACKET_NAME = /\[[A-Za-z_\u0080-\uFFFF][\w $#\u0080-\uFFFF-]*\]/y;

/** `[name]`, as SQLite and SQL Server quote. */
export function bracketName(text: string, position: number): number {
  if (text.charCodeAt(position) !== 91) return -1;
  BRACKET_NAME.lastIndex = position;
  return BRACKET_NAME.test(text) ? BRACKET_NAME.lastIndex : -1;
}

/** The first of some leaves that matches. */
export function firstOf(...leaves: readonly Leaf[]): Leaf {
  return (text, position) => {
    for (const leaf of leaves) {
      const end = leaf(text, position);
      if (end >= 0) return end;
    }
    return -1;
  };
}

function digitsEnd(text: string, position: number): number {
  if (!isDigit(text.charCodeAt(position))) return -1;
  let at = position + 1;
  while (isDigit(text.charCodeAt(at)) || text.charCodeAt(at) === 95) at += 1;
  return at;
}

function exponentEnd(text: string, position: number): number {
  const code = text.charCodeAt(position);
  if (code !== 69 && code !== 101) return position;
  let at = position + 1;
  const sign = text.charCodeAt(at);
  if (sign === 43 || sign === 45) at += 1;
  if (!isDigit(text.charCodeAt(at))) return position;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

const HEX = /0[xX][0-9a-fA-F_]+/y;

/** `end`, or -1 when a word goes on there. */
export const unlessWord = (text: string, end: number): number => (isWordPart(text.charCodeAt(end)) ? -1 : end);

/** A number of code: digits on both sides of a point. */
export function number(text: string, position: number): number {
  if (!isDigit(text.charCodeAt(position))) return -1;
  HEX.lastIndex = position;
  if (HEX.test(text) && !isWordPart(text.charCodeAt(HEX.lastIndex))) return HEX.lastIndex;
  let at = digitsEnd(text, position);
  if (text.charCodeAt(at) === 46 && isDigit(text.charCodeAt(at + 1))) at = digitsEnd(text, at + 1);
  at = exponentEnd(text, at);
  const suffix = text.charCodeAt(at);
  if (suffix === 100 || suffix === 68) at += 1;
  return unlessWord(text, at);
}

/** A number of SQL: also `1.` and `.5`. */
export function sqlNumber(text: string, position: number): number {
  if (text.charCodeAt(position) === 46) {
    const digits = digitsEnd(text, position + 1);
    return digits < 0 ? -1 : unlessWord(text, exponentEnd(text, digits));
  }
  const digits = digitsEnd(text, position);
  if (digits < 0) return -1;
  const next = text.charCodeAt(digits + 1);
  if (text.charCodeAt(digits) === 46 && next !== 46 && !isDigit(next))
    return unlessWord(text, exponentEnd(text, digits + 1));
  return number(text, position);
}

/** The longest of some operators that stands here. */
export function operatorLeaf(words: readonly string[], symbols: readonly string[]): Leaf {
  const wordSet: ReadonlySet<string> = new Set(words);
  const byFirst = new Map<number, readonly string[]>();
  for (const symbol of symbols) {
    const code = symbol.charCodeAt(0);
    byFirst.set(
      code,
      [...(byFirst.get(code) ?? []), symbol].sort((a, b) => b.length - a.length),
    );
  }
  return (text, position) => {
    const code = text.charCodeAt(position);
    if (isWordStart(code)) {
      const end = wordEnd(text, position);
      return wordSet.has(text.slice(position, end).toLowerCase()) ? end : -1;
    }
    for (const symbol of byFirst.get(code) ?? []) {
      if (!text.startsWith(symbol, position)) continue;
      const end = position + symbol.length;
      const next = text.charCodeAt(end);
      if (symbol === "=" && next === 62) return -1;
      if (symbol === ".." && next === 46) return -1;
      return end;
    }
    return -1;
  };
}

/** Operators that are words, in code and SQL. */
export const OPERATOR_WORDS = ["or", "and", "contains"];

const CODE_SYMBOLS = [
  "|>",
  "||",
  "&&",
  "==",
  "=",
  "!=",
  "<>",
  "<=",
  ">=",
  "<",
  ">",
  "??",
  "..",
  "+",
  "-",
  "*",
  "/",
  "%",
];

/** Operators of SQL that are marks. */
export const SQL_SYMBOLS = [
  "->>",
  "->",
  "||",
  "&&",
  "==",
  "=",
  "!=",
  "<>",
  "<<",
  "<=",
  "<",
  ">>",
  ">=",
  ">",
  "??",
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
];

const plainCode = operatorLeaf(OPERATOR_WORDS, CODE_SYMBOLS);

/** An operator of code outside parentheses. */
export const codeOperator: Leaf = (text, position) => {
  // `<{` opens metadata; `->` is an arrow of match unless in parentheses.
  const code = text.charCodeAt(position);
  const next = text.charCodeAt(position + 1);
  if (code === 60 && next === 123) return -1;
  return code === 45 && next === 62 ? -1 : plainCode(text, position);
};

/** An operator of code in parentheses: also the JSON operators. */
export const innerOperator = operatorLeaf(OPERATOR_WORDS, [...CODE_SYMBOLS, "->>", "->"]);

/** A mark directly before a leaf. */
export function prefixed(mark: number, rest: Leaf): Leaf {
  return (text, position) => (text.charCodeAt(position) === mark ? rest(text, position + 1) : -1);
}

/** Any number of digits, none included. */
export const questionRest: Leaf = (text, position) => {
  let at = position;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
};

/** A prefix operator of code. */
export const codePrefix: Leaf = (text, position) => {
  const code = text.charCodeAt(position);
  if (code === 43 || code === 45 || code === 126) return position + 1;
  if (code === 33) return text.charCodeAt(position + 1) === 61 ? -1 : position + 1;
  return lowerWordAt(text, position) === "not" ? position + 3 : -1;
};

/** A prefix operator of SQL. */
export const sqlPrefix: Leaf = (text, position) => (text.charCodeAt(position) === 33 ? -1 : codePrefix(text, position));

/** `x'00ff'`. */
export function blob(text: string, position: number): number {
  const code = text.charCodeAt(position);
  if ((code !== 120 && code !== 88) || text.charCodeAt(position + 1) !== 39) return -1;
  const end = singleStringEnd(text, position + 1);
  return end >= 0 && /^[0-9a-fA-F]*$/.test(text.slice(position + 2, end - 1)) ? end : -1;
}

/** `=` that is neither `==` nor `=>`. */
export const plainAssign: Leaf = (text, position) => {
  const next = text.charCodeAt(position + 1);
  return text.charCodeAt(position) === 61 && next !== 61 && next !== 62 ? position + 1 : -1;
};

/** The first of some marks that stands here. */
export function markOf(...marks: readonly string[]): Leaf {
  return (text, position) => {
    const mark = marks.find((candidate) => text.startsWith(candidate, position));
    return mark === undefined ? -1 : position + mark.length;
  };
}

/** A matcher for any of some words, given in lower case. */
export function wordLeaf(words: readonly string[]): Leaf {
  const set: ReadonlySet<string> = new Set(words);
  return wordOf((word) => set.has(word));
}

/** A matcher for one keyword. */
export function keywordLeaf(word: string): Leaf {
  const upper = word.toUpperCase();
  const length = word.length;
  const firstLower = word.charCodeAt(0);
  const firstUpper = upper.charCodeAt(0);
  return (text, position) => {
    const code = text.charCodeAt(position);
    if (code !== firstLower && code !== firstUpper) return -1;
    const end = position + length;
    if (isWordPart(text.charCodeAt(end))) return -1;
    for (let i = 1; i < length; i += 1) {
      const at = text.charCodeAt(position + i);
      if (at !== word.charCodeAt(i) && at !== upper.charCodeAt(i)) return -1;
    }
    return end;
  };
}
