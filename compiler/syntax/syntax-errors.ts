// Says what is wrong where the grammar stopped, in the user's words: what was found, what could stand there, and how to mend the usual slips.
import { type Fix, type Problem, type ProblemExtras, report } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import { doubleStringEnd, isDigit, isSpace, singleStringEnd, skipSpace, wordEnd } from "../../grammar/characters.ts";
import { explainFailure, type Failure } from "../../grammar/engine.ts";
import { CLOSING_WORDS, KEYWORDS, RESERVED_WORDS } from "../../grammar/keywords.ts";

/** A region that no rule matched. */
export interface Broken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The rule that should have matched. */
  readonly rule: "EndedItem" | "EndedStatement" | "HeaderExpr" | "Expr" | "Type";
  /** Offset that gets 0 in spans. */
  readonly origin: number;
  /** Length of the user's own text. */
  readonly limit: number;
}

// A little of what follows is read along, so that messages can name the next token.
const LOOK_AHEAD = 200;

/** Reports why a region did not match. */
export function reportBroken(problems: Problem[], broken: Broken): void {
  const { text, start } = broken;
  const end = broken.rule === "HeaderExpr" ? broken.end : Math.min(text.length, broken.end + LOOK_AHEAD);
  const failure = explainSafely(text.slice(start, end), broken.rule);
  const farthest = Math.min(start + (failure?.position ?? 0), broken.end);
  const at = skipSpace(text, farthest);
  const span = foundSpan(text, at, broken);
  if (reportKnownSlip(problems, broken, at, span, failure)) return;
  const expected = describeExpected(failure?.expected ?? new Set());
  const found = describeFound(text, at, broken.limit);
  if (expected === "`;`") {
    const place = { start: previousEnd(text, farthest) - broken.origin, end: previousEnd(text, farthest) - broken.origin };
    report(problems, "MissingSemicolon", span, { found }, { fixes: [insertion("Insert `;`", place, ";")] });
    return;
  }
  report(problems, "SyntaxExpected", span, { expected, found }, extrasFor(broken, at, failure));
}

function explainSafely(text: string, rule: string): Failure | undefined {
  try {
    return explainFailure(text, rule);
  } catch (error) {
    // Too deep for the JavaScript stack: the caller's own limit has said so already.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function previousEnd(text: string, position: number): number {
  let at = position;
  while (at > 0 && isSpace(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** The token at `at`, within the user's text; where nothing stands, the last character before. */
function foundSpan(text: string, at: number, broken: Broken): Span {
  const { limit, origin } = broken;
  if (at >= limit) {
    const last = Math.max(previousEnd(text, Math.min(at, limit)), origin);
    return { start: Math.max(last - 1, origin) - origin, end: last - origin };
  }
  return { start: at - origin, end: Math.min(tokenEnd(text, at), limit) - origin };
}

function tokenEnd(text: string, at: number): number {
  const word = wordEnd(text, at);
  if (word > at) return word;
  const code = text.charCodeAt(at);
  if (isDigit(code)) {
    let end = at + 1;
    while (isDigit(text.charCodeAt(end)) || wordEnd(text, end) > end) end += 1;
    return end;
  }
  if (code === 39) return Math.max(singleStringEnd(text, at), at + 1);
  if (code === 34) return Math.max(doubleStringEnd(text, at), at + 1);
  return at + 1;
}

function describeFound(text: string, at: number, limit: number): string {
  if (at >= limit) return "the end of the text";
  const written = text.slice(at, tokenEnd(text, at));
  const first = written.charCodeAt(0);
  if (first === 39 || first === 34) return written.length > 22 ? "a string" : `the string ${written.replaceAll(/\s+/g, " ")}`;
  if (isDigit(first)) return `the number ${written}`;
  if (wordEnd(written, 0) > 0) return Object.hasOwn(KEYWORDS, written.toLowerCase()) && written === written.toUpperCase() ? written : `\`${written}\``;
  return first < 32 || first === 127 ? `the control character U+${first.toString(16).padStart(4, "0")}` : `\`${written}\``;
}

const OPENS_EXPRESSION = ["a number", "a string", "NULL", "TRUE"];
const CLOSERS = ["`)`", "`]`", "`}`", "THEN", "LOOP", "DO", "END", "`;`"];

/** A few words for many possibilities. */
export function describeExpected(expected: ReadonlySet<string>): string {
  const list = [...expected];
  if (OPENS_EXPRESSION.every((label) => expected.has(label)) && !expected.has("an operator")) {
    return expected.has("SELECT") && expected.has("LET") ? "a statement" : "an expression";
  }
  const afterOperand = expected.has("an operator");
  if (afterOperand) {
    const closers = CLOSERS.filter((label) => expected.has(label));
    const others = ["`,`", "FROM", "`=>`", "`->`", "AS"].filter((label) => expected.has(label));
    if (closers.length > 0) return either([...(expected.has("`,`") && !expected.has("`;`") ? ["`,`"] : []), ...closers].slice(0, 3));
    if (others.length > 0) return either(others.slice(0, 3));
    return "`;`";
  }
  if (expected.has("a type")) return "a type";
  if (expected.has("a name")) return list.length > 6 || list.every((label) => label === "a name" || label.startsWith("`")) ? "a name" : either(list.slice(0, 3));
  if (expected.has("`;`") && list.length > 3) return "`;`";
  if (list.length === 0) return "a statement";
  return list.length <= 4 ? either(list) : either(shortest(list));
}

function shortest(list: readonly string[]): readonly string[] {
  const marks = list.filter((label) => label.startsWith("`"));
  return (marks.length > 0 && marks.length <= 3 ? marks : list).slice(0, 3);
}

function either(labels: readonly string[]): string {
  if (labels.length <= 1) return labels[0] ?? "something else";
  return `${labels.slice(0, -1).join(", ")} or ${labels.at(-1) ?? ""}`;
}

function insertion(title: string, span: Span, text: string): Fix {
  return { title, edits: [{ span, text }] };
}

const QUERY_STARTS: ReadonlySet<string> = new Set(["select", "with", "values"]);

/** Slips with a message of their own. True when one was reported. */
function reportKnownSlip(problems: Problem[], broken: Broken, at: number, span: Span, failure: Failure | undefined): boolean {
  const { text, origin, limit } = broken;
  if (at >= limit) return false;
  const word = text.slice(at, wordEnd(text, at));
  const lower = word.toLowerCase();
  const expected = failure?.expected ?? new Set<string>();
  if (QUERY_STARTS.has(lower) && OPENS_EXPRESSION.every((label) => expected.has(label)) && !expected.has("LET")) {
    const end = previousEnd(text, Math.min(broken.end, limit));
    const edits = [{ span: { start: span.start, end: span.start }, text: "(" }, { span: { start: end - origin, end: end - origin }, text: ")" }];
    report(problems, "QueryNeedsParentheses", span, undefined, { fixes: [{ title: "Put the query in parentheses", edits }] });
    return true;
  }
  if (RESERVED_WORDS.has(lower) && !CLOSING_WORDS.has(lower) && expected.has("a name") && !expected.has("a number")) {
    const fix: Fix = { title: `Quote it as \`${word}\``, edits: [{ span, text: `\`${word}\`` }] };
    report(problems, "ReservedName", span, { word }, { help: "Names may be any word in backticks.", fixes: [fix] });
    return true;
  }
  const openNumber = /^(\d[\d_]*)\.(?![\d.])/.exec(text.slice(Math.max(at - 20, 0), at + 20).replace(/^[^\d]*/, ""));
  if (openNumber !== null && text.charAt(at) === "." && isDigit(text.charCodeAt(at - 1))) {
    return reportNumber(problems, broken, at);
  }
  return false;
}

function reportNumber(problems: Problem[], broken: Broken, at: number): boolean {
  const { text, origin } = broken;
  let start = at;
  while (start > 0 && (isDigit(text.charCodeAt(start - 1)) || text.charCodeAt(start - 1) === 95)) start -= 1;
  const written = text.slice(start, at + 1);
  const span = { start: start - origin, end: at + 1 - origin };
  report(problems, "NumberNeedsDigits", span, { text: written }, { fixes: [insertion(`Write ${written}0`, { start: span.end, end: span.end }, "0")] });
  return true;
}

/** Help for what often lies behind an error. */
function extrasFor(broken: Broken, at: number, failure: Failure | undefined): ProblemExtras {
  const before = broken.text.slice(broken.start, at);
  if (/[\w)\]]--[\w(]/.test(before)) return { help: "`--` starts a comment: write `a - -b` for a minus and a negative number." };
  const division = /[\w)\]]\s*\/\/\s*[\w(]/.exec(before);
  if (division !== null) return { help: "`//` starts a comment: int / int is whole division already." };
  if (failure?.expected.has("THEN") === true && failure.expected.has("`{`")) return { help: "A condition is followed by `{ … }` or by THEN … END IF." };
  return {};
}
