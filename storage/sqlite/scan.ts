// A scanner for SQL text as SQLite reads it: words, quoted names, strings, numbers, parameters, punctuation, with their places.
// For texts that we only look at (CREATE statements of a schema, `execute`, failed statements); the language's own SQL is parsed by the grammar.

/** One token. `text` is as written; `name` is the unquoted identifier of words and quoted names. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "blob" | "parameter" | "punctuation";
  readonly text: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s/;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD_PART = /[A-Za-z0-9_$\u0080-\uffff]/;
const DIGIT = /[0-9]/;

function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    const character = text[at] ?? "";
    if (character !== "" && SPACE.test(character)) at += 1;
    else if (character === "-" && text[at + 1] === "-") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end + 1;
    } else if (character === "/" && text[at + 1] === "*") {
      const end = text.indexOf("*/", at + 2);
      at = end < 0 ? text.length : end + 2;
    } else return at;
  }
}

/** Place after a quoted run that starts at `from`; a doubled closing quote stands for itself. An unclosed one ends with the text. */
function endOfQuoted(text: string, from: number, close: string): number {
  let at = from + 1;
  while (at < text.length) {
    if (text[at] !== close) at += 1;
    else if (close !== "]" && text[at + 1] === close) at += 2;
    else return at + 1;
  }
  return text.length;
}

function endOfWhile(text: string, from: number, pattern: RegExp): number {
  let at = from;
  while (at < text.length && pattern.test(text[at] ?? "")) at += 1;
  return at;
}

function endOfNumber(text: string, from: number): number {
  if (/^0x/i.test(text.slice(from, from + 2))) return endOfWhile(text, from + 2, /[0-9a-f_]/i);
  let at = endOfWhile(text, from, /[0-9_.]/);
  if (/^e[+-]?[0-9]/i.test(text.slice(at, at + 3))) at = endOfWhile(text, at + 2, /[0-9]/);
  return at;
}

function tokenAt(text: string, start: number): Token {
  const first = text[start] ?? "";
  const make = (kind: Token["kind"], end: number, name = ""): Token => ({
    kind,
    text: text.slice(start, end),
    name,
    start,
    end,
  });
  if (first === "'") return make("string", endOfQuoted(text, start, "'"));
  if ((first === "x" || first === "X") && text[start + 1] === "'")
    return make("blob", endOfQuoted(text, start + 1, "'"));
  if (first === '"' || first === "`" || first === "[") {
    const close = first === "[" ? "]" : first;
    const end = endOfQuoted(text, start, close);
    return make("quoted", end, text.slice(start + 1, end - 1).replaceAll(close + close, close));
  }
  if (WORD_START.test(first)) {
    const end = endOfWhile(text, start, WORD_PART);
    return make("word", end, text.slice(start, end));
  }
  if (DIGIT.test(first) || (first === "." && DIGIT.test(text[start + 1] ?? "")))
    return make("number", endOfNumber(text, start));
  if (first === "?" || ((first === ":" || first === "@" || first === "$") && WORD_PART.test(text[start + 1] ?? "")))
    return make("parameter", endOfWhile(text, start + 1, WORD_PART));
  return make("punctuation", start + 1);
}

/** All tokens of a text; comments and space are left out. Never fails: what is broken becomes punctuation. */
export function scanSql(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlank(text, 0); at < text.length; ) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at = skipBlank(text, token.end);
  }
  return tokens;
}

/** The first token of a text. */
export function firstToken(text: string): Token | undefined {
  const start = skipBlank(text, 0);
  return start < text.length ? tokenAt(text, start) : undefined;
}

/** True when the token is this keyword (given in capitals), unquoted. */
export function isWord(token: Token | undefined, keyword: string): boolean {
  return token?.kind === "word" && token.text.toUpperCase() === keyword;
}

/** Index after the parenthesis that closes the one at `open`; the number of tokens when it is not closed. */
export function afterParenthesis(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i += 1) {
    if (tokens[i]?.text === "(") depth += 1;
    else if (tokens[i]?.text === ")") {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return tokens.length;
}

/** The statement without trailing semicolons and comments. */
export function trimStatement(text: string): string {
  const tokens = scanSql(text);
  let last = tokens.length - 1;
  while (last >= 0 && tokens[last]?.text === ";") last -= 1;
  return text.slice(tokens[0]?.start ?? 0, tokens[last]?.end ?? 0);
}
