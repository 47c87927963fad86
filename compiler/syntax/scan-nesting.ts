// Nesting of brackets and keyword blocks while a chunk is scanned: BEGIN … END, CASE … END, IF … THEN … END IF, LOOP … END LOOP, TRY … END.
// A word counts only where it can open or close a block, since the same words may be names.
import { LIMITS } from "../../base/limits.ts";
import { type Problem, report } from "../../base/problem.ts";
import { lowerWordAt, skipInline, skipSpace, wordEnd } from "../../grammar/characters.ts";

/** What is open. */
export interface Opening {
  readonly kind: "(" | "[" | "{" | "begin" | "case" | "if" | "loop" | "try";
  readonly at: number;
  /** True for ELSE IF: it may share the END IF of the IF around it. */
  readonly shared: boolean;
}

/** The state of scanning one chunk. */
export interface Scan {
  readonly text: string;
  readonly start: number;
  at: number;
  readonly stack: Opening[];
  readonly problems: Problem[];
  /** Replacements of equal length in the text that the parser reads. */
  readonly patches: { readonly at: number; readonly text: string }[];
  /** The mark before this token, "" when it was a word. */
  previous: string;
  previousWord: string;
  lineStart: boolean;
  readonly first: number;
  readonly firstWord: string;
  secondWord: string;
  /** Depths at which an IF statement waits for its THEN. */
  readonly pendingIf: { readonly depth: number; readonly at: number; readonly shared: boolean }[];
  /** True in the head of FOR and WHILE, where LOOP or DO opens the body. */
  loopHead: boolean;
  /** True when a word of SQL was met: its clauses begin with words that also begin statements. */
  usesSql: boolean;
  tooDeepAt: number;
}

const CLOSE: Readonly<Record<Opening["kind"], string>> = {
  "(": ")",
  "[": "]",
  "{": "}",
  begin: "END",
  case: "END",
  if: "END IF",
  loop: "END LOOP",
  try: "END",
};
const OPEN: Readonly<Record<string, Opening["kind"]>> = { ")": "(", "]": "[", "}": "{" };

const FOLLOWED_MAX = 20_000;

function push(s: Scan, kind: Opening["kind"], at: number, shared = false): void {
  // Far beyond the limit nothing is gained by counting on; the chunk then ends at the next declaration.
  if (s.stack.length < FOLLOWED_MAX) s.stack.push({ kind, at, shared });
  if (s.stack.length > LIMITS.nestingMax.value && s.tooDeepAt < 0) s.tooDeepAt = at;
}

/** A `(`, `[` or `{`. */
export function openBracket(s: Scan, character: "(" | "[" | "{", at: number): void {
  if (character === "{") {
    if (s.pendingIf.at(-1)?.depth === s.stack.length) s.pendingIf.pop();
    s.loopHead = false;
  }
  push(s, character, at);
}

/** A `)`, `]` or `}`. What it leaves open inside is reported; one that closes nothing is left to the parser. */
export function closeBracket(s: Scan, character: ")" | "]" | "}", _at: number): void {
  const opener = OPEN[character];
  const depth = s.stack.findLastIndex((opening) => opening.kind === opener);
  if (depth < 0) return;
  // A round or square bracket never closes across a brace or block: then it is the stray one.
  if (character !== "}" && s.stack.slice(depth + 1).some((opening) => opening.kind === "{" || opening.kind === "begin"))
    return;
  for (const opening of s.stack.slice(depth + 1)) reportUnclosed(s, opening);
  s.stack.length = depth;
  while ((s.pendingIf.at(-1)?.depth ?? -1) > depth) s.pendingIf.pop();
}

/** Reports what is still open at the end and returns the closers that make the chunk whole. */
export function unclosed(s: Scan): string {
  // What nests too deep is not parsed.
  if (s.stack.length === 0 || s.tooDeepAt >= 0) return "";
  let closers = "";
  for (const opening of [...s.stack].reverse()) {
    reportUnclosed(s, opening);
    const closer = CLOSE[opening.kind];
    closers += closer.length === 1 ? closer : `\n${closer}`;
  }
  return `\n${closers}`;
}

function reportUnclosed(s: Scan, opening: Opening): void {
  if (s.tooDeepAt >= 0) return;
  const start = opening.at - s.start;
  const close = CLOSE[opening.kind];
  if (opening.kind.length === 1)
    report(
      s.problems,
      "UnclosedBracket",
      { start, end: start + 1 },
      { open: `\`${opening.kind}\``, close: `\`${close}\`` },
    );
  else
    report(
      s.problems,
      "UnclosedBlock",
      { start, end: start + opening.kind.length },
      { word: opening.kind.toUpperCase(), close },
    );
}

const BEFORE_STATEMENT: ReadonlySet<string> = new Set(["then", "else", "loop", "do", "begin", "try", "finally"]);
/** Words of headers behind which BEGIN opens the body. */
const BEFORE_BODY: ReadonlySet<string> = new Set([
  "as",
  "row",
  "statement",
  "transaction",
  "autonomous",
  "sync",
  "async",
]);
/** First words of chunks with a header before their body. */
export const DECLARING: ReadonlySet<string> = new Set([
  "create",
  "upsert",
  "export",
  "function",
  "procedure",
  "trigger",
  "schedule",
  "pipeline",
  "transaction",
  "autonomous",
  "test",
]);
/** Words that an expression or clause must follow: a line after them continues the statement. */
export const WANTS_MORE: ReadonlySet<string> = new Set([
  "async",
  "await",
  "detached",
  "try",
  "catch",
  "cursor",
  "call",
  "throw",
  "assert",
  "execute",
  "using",
  "into",
  "if",
  "while",
  "for",
  "reverse",
  "contains",
  "escape",
  "let",
  "const",
  "declare",
  "expect",
  "raises",
  "transaction",
  "autonomous",
  "import",
  "load",
  "error",
  "extends",
  "all",
  "any",
  "return",
  "print",
  "in",
  "and",
  "or",
  "not",
  "when",
  "is",
  "like",
  "between",
  "select",
  "from",
  "where",
  "as",
  "by",
  "set",
  "on",
  "join",
  "case",
  "emit",
  "yield",
  "raise",
  "else",
  "then",
]);
const TRANSACTION: ReadonlySet<string> = new Set(["transaction", "deferred", "immediate", "exclusive"]);

/** What makes BEGIN a transaction rather than a block. */
function namesTransaction(text: string, at: number): boolean {
  const word = lowerWordAt(text, at);
  return (
    TRANSACTION.has(word) || (word === "isolation" && lowerWordAt(text, skipSpace(text, at + word.length)) === "level")
  );
}

/** True when a statement may begin at this token. */
function atStatementStart(s: Scan): boolean {
  if (s.at === s.first) return true;
  const top = s.stack.at(-1)?.kind;
  if (top === "(" || top === "[") return false;
  if (s.previousWord !== "")
    return BEFORE_STATEMENT.has(s.previousWord) || (s.lineStart && !WANTS_MORE.has(s.previousWord));
  if (s.previous === ";" || s.previous === "{" || s.previous === "}" || s.previous === ":") return true;
  return s.lineStart && (s.previous === ")" || s.previous === "]" || s.previous === "'");
}

const SQL_WORDS: ReadonlySet<string> = new Set([
  "select",
  "from",
  "insert",
  "update",
  "delete",
  "with",
  "values",
  "merge",
  "replace",
  "explain",
  "alter",
  "drop",
  "grant",
  "revoke",
  "profile",
  "attach",
]);

/** A word. Opens and closes keyword blocks. */
export function noteWord(s: Scan, word: string, end: number): void {
  const next = skipSpace(s.text, end);
  const isName = s.previous === "." || s.text.charAt(next) === ":" || s.text.charAt(next) === ".";
  const wordBefore = s.previousWord;
  if (s.at > s.first && s.secondWord === "") s.secondWord = word;
  if (SQL_WORDS.has(word)) s.usesSql = true;
  if (!isName) openOrClose(s, word, next, wordBefore);
  s.previous = "";
  s.previousWord = isName ? "a" : word;
}

function openOrClose(s: Scan, word: string, next: number, wordBefore: string): void {
  const following = s.text.charAt(next);
  // END IF closes; END and IF on the next line does not.
  const afterEnd = wordBefore === "end" && !s.lineStart;
  switch (word) {
    case "begin":
      if (opensBegin(s) && following !== ";" && following !== "" && !namesTransaction(s.text, next))
        push(s, "begin", s.at);
      return;
    case "case":
      if (!afterEnd) push(s, "case", s.at);
      return;
    case "if":
      if (!afterEnd && atStatementStart(s))
        s.pendingIf.push({ depth: s.stack.length, at: s.at, shared: wordBefore === "else" && !s.lineStart });
      return;
    case "then": {
      const pending = s.pendingIf.at(-1);
      if (pending?.depth === s.stack.length) {
        s.pendingIf.pop();
        push(s, "if", pending.at, pending.shared);
      }
      return;
    }
    case "for":
    case "while":
      if (!afterEnd && atStatementStart(s)) s.loopHead = true;
      return;
    case "loop":
    case "do":
      if (!afterEnd && following !== "{" && (s.loopHead || (word === "loop" && atStatementStart(s))))
        push(s, "loop", s.at);
      s.loopHead = false;
      return;
    case "try":
      if (!afterEnd && following !== "{" && atStatementStart(s)) push(s, "try", s.at);
      return;
    case "end":
      closeWord(s, next);
      return;
    default:
  }
}

function opensBegin(s: Scan): boolean {
  const top = s.stack.at(-1)?.kind;
  if (top === "(" || top === "[") return false;
  if (atStatementStart(s)) return true;
  if (s.stack.length > 0)
    return s.previousWord === "transaction" || s.previousWord === "autonomous" || s.previous === ")";
  if (!DECLARING.has(s.firstWord)) return false;
  if (BEFORE_BODY.has(s.previousWord) || s.previous === ")" || s.firstWord === "test") return true;
  return (
    s.firstWord === "create" &&
    !WANTS_MORE.has(s.previousWord) &&
    !",(=<>+-*/.".includes(s.previous === "" ? " " : s.previous)
  );
}

const END_WORDS: Readonly<Record<string, readonly string[]>> = {
  if: ["if"],
  loop: ["loop", "while", "for"],
  case: ["case"],
  try: ["try"],
  begin: [],
};

function closeWord(s: Scan, next: number): void {
  const top = s.stack.at(-1);
  if (top === undefined || top.kind.length === 1) return;
  s.stack.pop();
  if (top.kind === "if") closeShared(s, next, top);
  const allowed = END_WORDS[top.kind] ?? [];
  const after = wordEnd(s.text, next);
  const sameLine = skipInline(s.text, s.at + 3) === next;
  if (sameLine && allowed.includes(s.text.slice(next, after).toLowerCase())) s.previousWord = "end";
}

/** One END IF ends a chain of ELSE IF, unless another END IF follows. */
function closeShared(s: Scan, next: number, closed: Opening): void {
  let opening: Opening | undefined = closed;
  let at = skipSpace(s.text, wordEnd(s.text, next));
  if (s.text.charAt(at) === ";") at = skipSpace(s.text, at + 1);
  const another = lowerWordAt(s.text, at) === "end" && lowerWordAt(s.text, skipSpace(s.text, at + 3)) === "if";
  while (!another && opening?.shared === true && s.stack.at(-1)?.kind === "if") opening = s.stack.pop();
}
