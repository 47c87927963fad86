// Cuts a file into chunks that are parsed on their own: at `;` outside brackets and blocks, and before lines that surely begin a declaration.
// Knows only words, strings, comments and nesting. A chunk may hold several statements; the grammar divides them.
import { LIMITS } from "../../base/limits.ts";
import { type Problem, report } from "../../base/problem.ts";
import {
  commentEnd,
  isLineBreak,
  isSpace,
  lowerWordAt,
  skipInline,
  skipSpace,
  startsStatement,
  wordEnd,
} from "../../grammar/characters.ts";
import { docKind, docStart } from "./comments.ts";
import { closeBracket, DECLARING, noteWord, openBracket, type Scan, unclosed, WANTS_MORE } from "./scan-nesting.ts";
import { createsAt, declarationStartsAt, endsBracketAt, readQuoted } from "./scan-strings.ts";

/** A piece of a file. */
export interface Chunk {
  /** Offset of `text` in the file. A doc comment directly before the first token belongs to the chunk. */
  readonly start: number;
  readonly text: string;
  /** What the parser reads: `text` with unclosed strings and blocks closed. Equal offsets, maybe longer. */
  readonly parseText: string;
  /** Relative to `text`. */
  readonly problems: readonly Problem[];
  /** False when a limit is passed: the chunk is not parsed. */
  readonly parseable: boolean;
}

/** A chunk with where it was cut. */
export interface Cut {
  readonly chunk: Chunk;
  /** Where reading for it began: the end of the chunk before. Nothing before that decides about it. */
  readonly from: number;
  /** Its first token. */
  readonly token: number;
  /** Where the next one is read from. */
  readonly end: number;
}

/** The chunk that is read from a place where the one before ended; undefined when nothing follows. */
export function cutFrom(text: string, from: number): Cut | undefined {
  const start = chunkStart(text, from);
  if (start.token >= text.length) {
    const chunk = openCommentChunk(text, from);
    return chunk === undefined ? undefined : { chunk, from, token: start.token, end: text.length };
  }
  const scanned = scanChunk(text, start.chunk, start.token);
  return { chunk: finish(text, scanned), from, token: start.token, end: scanned.at };
}

/** The first token behind `position`, and the doc comment that belongs to it. */
function chunkStart(text: string, position: number): { chunk: number; token: number } {
  let at = position;
  let doc = -1;
  let lineEnds = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const end = commentEnd(text, at);
    if (end > at) {
      if (!docKind(text.slice(at, Math.min(end, at + 5)))) doc = -1;
      else if (doc < 0 || text.charCodeAt(at) === 47) doc = at;
      lineEnds = 0;
      at = end;
    } else if (isSpace(code)) {
      if (code === 10) {
        lineEnds += 1;
        if (lineEnds > 1) doc = -1;
      }
      at += 1;
    } else break;
  }
  return { chunk: doc < 0 || at >= text.length ? at : doc, token: at };
}

function openCommentChunk(text: string, position: number): Chunk | undefined {
  const open = openComment(text, position);
  if (open < 0) return undefined;
  const problems: Problem[] = [];
  report(problems, "UnclosedComment", { start: 0, end: 2 }, undefined);
  return { start: open, text: text.slice(open), parseText: "", problems, parseable: true };
}

/** Where a block comment opens that the text does not close; only blanks and comments may stand before it. */
function openComment(text: string, position: number): number {
  let at = position;
  while (at < text.length) {
    const end = commentEnd(text, at);
    if (end === at) at += 1;
    else {
      if (end === text.length && text.startsWith("/*", at) && (end - at < 4 || !text.endsWith("*/"))) return at;
      at = end;
    }
  }
  return -1;
}

function scanChunk(text: string, start: number, token: number): Scan {
  const s: Scan = {
    text,
    start,
    at: token,
    stack: [],
    problems: [],
    patches: [],
    previous: "",
    previousWord: "",
    lineStart: true,
    first: token,
    firstWord: lowerWordAt(text, token),
    secondWord: "",
    pendingIf: [],
    loopHead: false,
    usesSql: false,
    tooDeepAt: -1,
  };
  while (s.at < text.length) {
    const next = skipSpace(text, s.at);
    s.lineStart = next > s.at && isLineBreak(text, skipInline(text, s.at));
    if (next >= text.length) {
      noteOpenComment(s);
      s.at = next;
      break;
    }
    if (next > s.first && endsBefore(s, next)) {
      // A doc comment before it belongs to what begins there.
      s.at = docStart(s.text, next, s.at);
      break;
    }
    s.at = next;
    if (step(s)) break;
  }
  return s;
}

function noteOpenComment(s: Scan): void {
  const open = openComment(s.text, s.at);
  if (open >= 0) report(s.problems, "UnclosedComment", { start: open - s.start, end: open + 2 - s.start }, undefined);
}

const HEAD_WORDS: ReadonlySet<string> = new Set([
  "create",
  "replace",
  "upsert",
  "export",
  "drop",
  "show",
  "describe",
  "profile",
]);

/** True when the chunk ends before the token at `next` although no `;` was met. */
function endsBefore(s: Scan, next: number): boolean {
  if (!s.lineStart) return false;
  if (beginsAnew(s, next)) return true;
  if (HEAD_WORDS.has(s.previousWord)) return false;
  if (s.stack.length === 0 && (endsPlainLine(s, next) || endsBeforeRows(s, next))) return true;
  const code = s.text.charCodeAt(next - 1);
  const atLineStart = code === 10 || code === 13;
  if (s.stack.length > 0 && !atLineStart) return false;
  return declarationStartsAt(s.text, next);
}

/** What is being typed does not take the next declaration with it: `CREATE`, or a list of columns without its end, above another CREATE or a blank line. */
function beginsAnew(s: Scan, next: number): boolean {
  const top = s.stack.at(-1)?.kind;
  const code = s.text.charCodeAt(next - 1);
  if (code !== 10 && code !== 13) return false;
  if (top === "(" || top === "[") return endsBracketAt(s.text, next);
  if (top !== undefined || s.previousWord === "export" || s.previousWord === "explain") return false;
  if (createsAt(s.text, next)) return true;
  return /\n\s*\n/u.test(s.text.slice(s.at, next)) && declarationStartsAt(s.text, next);
}

/**
 * Without SQL and headers, whose clauses begin with words that also begin statements, a whole line is a statement.
 * The grammar divides what is not cut here; cutting only makes an edit cheaper.
 */
function endsPlainLine(s: Scan, next: number): boolean {
  if (s.usesSql || DECLARING.has(s.firstWord)) return false;
  const whole = s.previousWord === "" ? /[\w)\]}'`]/.test(s.previous) : !WANTS_MORE.has(s.previousWord);
  return whole && startsStatement(s.text, next);
}

const BEFORE_ROWS: ReadonlySet<string> = new Set(["create", "insert", "update", "delete", "drop", "alter", "replace"]);
const INSERTS = /(?:insert|replace|upsert)\s+into\b/iy;

/** Rows to insert are a chunk of their own also behind SQL without `;`, because only such a chunk may be of any length (long-insert.ts). */
function endsBeforeRows(s: Scan, next: number): boolean {
  if (!BEFORE_ROWS.has(s.firstWord) || s.previousWord !== "" || !/[\w)'`]/.test(s.previous)) return false;
  INSERTS.lastIndex = next;
  return INSERTS.test(s.text);
}

const BLOCK_STARTS: ReadonlySet<string> = new Set([
  "export",
  "function",
  "procedure",
  "upsert",
  "create",
  "if",
  "while",
  "for",
  "loop",
  "try",
  "test",
  "type",
]);

/** Reads one token. True when the chunk ends behind it. */
function step(s: Scan): boolean {
  const { text, at } = s;
  const character = text.charAt(at);
  const end = wordEnd(text, at);
  if (end > at) {
    noteWord(s, text.slice(at, end).toLowerCase(), end);
    s.at = end;
    return false;
  }
  if (character === "'" || character === '"' || character === "`") {
    s.at = readQuoted(s, character);
    setPrevious(s, "'");
    return false;
  }
  s.at = at + 1;
  if (character === "(" || character === "[" || character === "{") openBracket(s, character, at);
  else if (character === ")" || character === "]" || character === "}") {
    closeBracket(s, character, at);
    setPrevious(s, character);
    return character === "}" && s.stack.length === 0 && endsAfterBrace(s);
  }
  setPrevious(s, character);
  if (character !== ";") return false;
  s.pendingIf.length = 0;
  s.loopHead = false;
  return s.stack.length === 0;
}

function setPrevious(s: Scan, mark: string): void {
  s.previous = mark;
  s.previousWord = "";
}

/** After the `}` that closes a declaration or block, a new line with a statement word is the next chunk. */
function endsAfterBrace(s: Scan): boolean {
  if (!BLOCK_STARTS.has(s.firstWord) || s.secondWord === "into" || s.secondWord === "table" || s.secondWord === "view")
    return false;
  const next = skipSpace(s.text, s.at);
  if (!isLineBreak(s.text, skipInline(s.text, s.at))) return false;
  return NEXT_WORDS.has(lowerWordAt(s.text, next));
}

const NEXT_WORDS: ReadonlySet<string> = new Set([
  "export",
  "function",
  "procedure",
  "upsert",
  "create",
  "if",
  "while",
  "for",
  "try",
  "test",
  "type",
  "let",
  "const",
  "print",
  "call",
  "insert",
  "update",
  "delete",
  "drop",
  "error",
  "import",
  "return",
  "declare",
]);

function finish(text: string, s: Scan): Chunk {
  const end = s.at;
  let last = end;
  while (last > s.start && isSpace(text.charCodeAt(last - 1))) last -= 1;
  const own = text.slice(s.start, last);
  const closers = unclosed(s);
  const problems = s.problems;
  let parseable = true;
  if (s.tooDeepAt >= 0) {
    parseable = false;
    report(
      problems,
      "NestingTooDeep",
      { start: s.tooDeepAt - s.start, end: s.tooDeepAt - s.start + 1 },
      { max: LIMITS.nestingMax.value },
    );
  }
  return { start: s.start, text: own, parseText: patched(own, s) + closers, problems, parseable };
}

function patched(own: string, s: Scan): string {
  if (s.patches.length === 0) return own;
  const parts: string[] = [];
  let from = 0;
  for (const patch of s.patches) {
    const at = patch.at - s.start;
    parts.push(own.slice(from, at), patch.text);
    from = at + patch.text.length;
  }
  parts.push(own.slice(from));
  return parts.join("");
}
