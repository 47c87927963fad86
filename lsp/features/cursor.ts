// What stands before the cursor, as tokens: works on any text, however broken. Strings and comments are known, brackets are matched.
import { commentEnd, isSpace, isWordStart, lowerWordAt, wordEnd } from "../../grammar/characters.ts";
import { KEYWORDS } from "../../grammar/keywords.ts";
import { docStart } from "../../compiler/syntax/comments.ts";
import type { Item } from "../../compiler/syntax/tree.ts";
import type { Document } from "../types.ts";
import { itemAt } from "../workspace/documents.ts";

/** A word, a string, a number or one or two characters of punctuation. */
export interface CursorToken {
  readonly kind: "word" | "string" | "number" | "sign";
  /** Words in lower case. */
  readonly text: string;
  readonly written: string;
  readonly start: number;
  readonly end: number;
}

/** A bracket that is open at the cursor. */
export interface OpenBracket {
  readonly text: "(" | "[" | "{" | "<{";
  /** Index of its token. */
  readonly index: number;
}

/** What is known of a cursor. */
export interface Cursor {
  /** Of the statement or declaration around the cursor, up to the word that is being typed. */
  readonly tokens: readonly CursorToken[];
  /** Innermost last. */
  readonly open: readonly OpenBracket[];
  readonly inComment: boolean;
  /** The string around the cursor: where its content starts, and its quote. */
  readonly string: { readonly start: number; readonly quote: string } | undefined;
  /** The part of the word, or of the string, that is typed already. */
  readonly prefix: string;
  /** What a proposal replaces: the word around the cursor. */
  readonly start: number;
  readonly end: number;
  /** True when nothing but blanks stands before the word on its line. */
  readonly startsLine: boolean;
}

/** Pieces that cannot be read which are looked back over. */
const SKIPPED_MAX = 3;

/** Looks at the text before an offset, from the start of its declaration on. */
export function cursorAt(document: Document, offset: number): Cursor {
  const { text } = document;
  let item = itemAt(document.module, offset);
  // What cannot be read yet belongs to what stands before it: `procedure p as <{ ki` begins with `procedure p`.
  for (let back = 0; back < SKIPPED_MAX && item !== undefined && isRest(item); back += 1)
    item = itemAt(document.module, item.offset - 1) ?? item;
  return readCursor(text, item === undefined ? 0 : startOf(document, item), offset);
}

/** Where an item and the doc comment before it begin. Nothing before the end of the item before is looked at. */
function startOf({ text, module }: Document, item: Item): number {
  const before = itemAt(module, item.offset - 1);
  return docStart(text, item.offset, before === undefined ? 0 : before.offset + before.text.length);
}

/** True for a piece that cannot be read and begins with no word of a statement. */
function isRest(item: Item): boolean {
  if (item.statement.kind !== "skipped" || item.offset === 0) return false;
  const word = lowerWordAt(item.text, 0);
  const row: WordRow | undefined = Object.hasOwn(KEYWORDS, word) ? KEYWORDS[word as keyof typeof KEYWORDS] : undefined;
  return row?.starts !== true;
}

interface WordRow {
  readonly starts?: true;
  readonly doc?: string;
}

interface Scan {
  readonly tokens: CursorToken[];
  readonly open: OpenBracket[];
}

function readCursor(text: string, from: number, offset: number): Cursor {
  const scan: Scan = { tokens: [], open: [] };
  let at = from;
  let inComment = false;
  let string: Cursor["string"];
  while (at < offset) {
    if (isSpace(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const comment = commentEnd(text, at);
    if (comment > at) {
      inComment = comment > offset || (comment === offset && !text.startsWith("/*", at));
      at = comment;
      continue;
    }
    const end = tokenEnd(text, at);
    const quote = text[at] ?? "";
    if (quote === "'" || quote === '"' || quote === "`") {
      if (end > offset || (end === offset && (text[end - 1] !== quote || end - at < 2))) {
        string = { start: at + 1, quote };
        break;
      }
    }
    addToken(scan, text, at, Math.min(end, offset));
    at = end;
  }
  return finish(text, scan, offset, inComment, string);
}

/** A string ends at its quote or at its line's end: one that is being typed must not eat the rest. */
function tokenEnd(text: string, at: number): number {
  const first = text[at] ?? "";
  if (first === "'" || first === '"' || first === "`") {
    let end = at + 1;
    while (end < text.length && text[end] !== first && text[end] !== "\n")
      end += text[end] === "\\" && first === '"' ? 2 : 1;
    return text[end] === first ? end + 1 : Math.min(end, text.length);
  }
  if (isWordStart(text.charCodeAt(at))) return wordEnd(text, at);
  if (/\d/u.test(first)) return at + (/^[\w.]*/u.exec(text.slice(at, at + 40))?.[0].length ?? 1);
  const two = text.slice(at, at + 2);
  return (
    at + (["<{", "=>", "->", "::", "|>", "||", "<=", ">=", "!=", "<>", "}>", "&&", "??", ".."].includes(two) ? 2 : 1)
  );
}

function addToken(scan: Scan, text: string, start: number, end: number): void {
  const written = text.slice(start, end);
  const first = text[start] ?? "";
  const kind = isWordStart(text.charCodeAt(start))
    ? "word"
    : first === "'" || first === '"' || first === "`"
      ? "string"
      : /\d/u.test(first)
        ? "number"
        : "sign";
  scan.tokens.push({ kind, written, text: kind === "word" ? written.toLowerCase() : written, start, end });
  if (written === "(" || written === "[" || written === "{" || written === "<{")
    scan.open.push({ text: written, index: scan.tokens.length - 1 });
  else if (written === ")" || written === "]" || written === "}" || written === "}>") scan.open.pop();
}

function finish(
  text: string,
  { tokens, open }: Scan,
  offset: number,
  inComment: boolean,
  string: Cursor["string"],
): Cursor {
  if (string !== undefined) {
    const close = text.indexOf(string.quote, string.start);
    const line = text.indexOf("\n", offset);
    const end = close < 0 || (line >= 0 && close > line) ? offset : close;
    return {
      tokens,
      open,
      inComment,
      string,
      prefix: text.slice(string.start, offset),
      start: string.start,
      end,
      startsLine: false,
    };
  }
  const last = tokens.at(-1);
  const typing = last?.kind === "word" && last.end === offset ? last : undefined;
  const start = typing?.start ?? offset;
  const end = isWordStart(text.charCodeAt(start)) ? wordEnd(text, start) : offset;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return {
    tokens: typing === undefined ? tokens : tokens.slice(0, -1),
    open,
    inComment,
    string,
    prefix: text.slice(start, offset),
    start,
    end: Math.max(end, offset),
    startsLine: text.slice(lineStart, start).trim() === "",
  };
}
