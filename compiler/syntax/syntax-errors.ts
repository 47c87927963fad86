// Says what is wrong where the grammar stopped, in the user's words: what was found, what could stand there, and how to mend the usual slips.
import { type Fix, type Problem, type ProblemExtras, report } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import { doubleStringEnd, isDigit, isSpace, isWordPart, singleStringEnd, skipSpace, wordEnd } from "../../grammar/characters.ts";
import { explainFailure, type Failure } from "../../grammar/engine.ts";
import { CLOSING_WORDS, KEYWORDS, RESERVED_WORDS, STATEMENT_WORDS } from "../../grammar/keywords.ts";

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
  const failure = explainSafely(text.slice(start, end), ruleFor(broken));
  const farthest = start + (failure?.position ?? 0);
  const at = skipSpace(text, farthest);
  const span = foundSpan(text, at, broken);
  if (reportKnownSlip(problems, broken, at, span, failure)) return;
  const described = describeExpected(failure?.expected ?? new Set());
  // A whole condition stands there, and then something that is neither an operator nor the start of the block.
  const expected = broken.rule === "HeaderExpr" && described === "`;`" ? "`{`, THEN or LOOP" : described;
  const found = describeFound(text, at, broken.limit);
  if (expected === "`;`") {
    if (reportMissingOperand(problems, broken, at)) return;
    const place = { start: previousEnd(text, farthest) - broken.origin, end: previousEnd(text, farthest) - broken.origin };
    report(problems, "MissingSemicolon", span, { found }, {
      ...extrasFor(broken, at, failure), ...(misspelled(broken, at) ?? { fixes: [insertion("Insert `;`", place, ";")] }),
    });
    return;
  }
  report(problems, "SyntaxExpected", span, { expected, found }, misspelled(broken, at) ?? extrasFor(broken, at, failure));
}

/** Statements that begin with a word of their own are explained by their own rule, so that nothing of expressions gets into the message. */
const RULES: Readonly<Record<string, string>> = {
  function: "RoutineDeclaration", procedure: "RoutineDeclaration", select: "Query", insert: "Insert", update: "Update", delete: "Delete", let: "Let", const: "Let",
  while: "While", for: "For",
};

function ruleFor(broken: Broken): string {
  if (broken.rule !== "EndedItem" && broken.rule !== "EndedStatement") return broken.rule;
  const word = broken.text.slice(broken.start, wordEnd(broken.text, broken.start)).toLowerCase();
  const next = broken.text.charAt(skipSpace(broken.text, broken.start + word.length));
  const own = RULES[word];
  return own !== undefined && (own !== "Let" || next !== ".") && !CONTINUES_NAME.has(next) ? `Ended${own}` : broken.rule;
}

const CONTINUES_NAME: ReadonlySet<string> = new Set([".", "=", ","]);

/**
 * A line that ends in an operator takes the next line's first word for its operand: `x =` and `print 1` below it.
 * The message belongs to that word then.
 */
function reportMissingOperand(problems: Problem[], broken: Broken, at: number): boolean {
  const { text, start, origin } = broken;
  const wordEndsAt = previousEnd(text, at);
  let from = wordEndsAt;
  while (from > start && isWordPart(text.charCodeAt(from - 1))) from -= 1;
  const word = text.slice(from, wordEndsAt);
  if (!STATEMENT_WORDS.has(word.toLowerCase())) return false;
  const before = previousEnd(text, from);
  if (!text.slice(before, from).includes("\n") || !"=+-*/%.<>|&,(".includes(text.charAt(before - 1))) return false;
  const afterPoint = text.charAt(before - 1) === ".";
  if (afterPoint && isDigit(text.charCodeAt(before - 2))) return reportNumber(problems, broken, before - 1);
  const expected = afterPoint ? "a name" : "an expression";
  report(problems, "SyntaxExpected", { start: from - origin, end: wordEndsAt - origin }, { expected, found: `\`${word}\`` });
  return true;
}

const CLAUSE_WORDS = ["from", "where", "group", "order", "having", "limit", "join", "union", "values", "returning", "into", "then", "else", "loop", "return", "function", "procedure"];

/** Words of other languages, and what is written here. */
const FOREIGN_WORDS: Readonly<Record<string, string>> = {
  var: "Variables are declared with `let`.", dim: "Variables are declared with `let`.", def: "Functions are declared with `function`.",
  func: "Functions are declared with `function`.", proc: "Procedures are declared with `procedure`.", switch: "Choose by patterns with `match`.", elif: "Write `else if` or `elsif`.",
};

/** Help when the word before `at` is a slip of a keyword or one of another language. */
function misspelled(broken: Broken, at: number): ProblemExtras | undefined {
  const { text, start, origin } = broken;
  const end = previousEnd(text, at);
  let from = end;
  while (from > start && isWordPart(text.charCodeAt(from - 1))) from -= 1;
  const word = text.slice(from, end).toLowerCase();
  const foreign = FOREIGN_WORDS[word];
  if (foreign !== undefined) return { help: foreign };
  const near = word.length < 3 ? undefined : CLAUSE_WORDS.find((candidate) => isSlip(word, candidate));
  if (near === undefined) return undefined;
  const written = near.toUpperCase();
  const fix: Fix = { title: `Write ${written}`, edits: [{ span: { start: from - origin, end: end - origin }, text: written }] };
  return { help: `Did you mean ${written}?`, fixes: [fix] };
}

/** True when one letter was dropped, added, changed or swapped with its neighbour. */
function isSlip(word: string, candidate: string): boolean {
  if (word === candidate || Math.abs(word.length - candidate.length) > 1) return false;
  let head = 0;
  while (head < word.length && word[head] === candidate[head]) head += 1;
  let tail = 0;
  while (tail < word.length - head && tail < candidate.length - head && word[word.length - 1 - tail] === candidate[candidate.length - 1 - tail]) tail += 1;
  const left = word.length - head - tail;
  const right = candidate.length - head - tail;
  if (left <= 1 && right <= 1) return true;
  return left === 2 && right === 2 && word[head] === candidate[head + 1] && word[head + 1] === candidate[head];
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
  if (at >= limit) return "the end of the statement";
  const written = text.slice(at, tokenEnd(text, at));
  const first = written.charCodeAt(0);
  if (first === 39 || first === 34) return written.length > 22 ? "a string" : `the string ${written.replaceAll(/\s+/g, " ")}`;
  if (isDigit(first)) return `the number ${written}`;
  if (wordEnd(written, 0) > 0) return Object.hasOwn(KEYWORDS, written.toLowerCase()) && written === written.toUpperCase() ? written : `\`${written}\``;
  return first < 32 || first === 127 ? `the control character U+${first.toString(16).padStart(4, "0")}` : `\`${written}\``;
}

const OPENS_EXPRESSION = ["a number", "a string", "NULL", "TRUE"];
/** What closes or goes on after a whole part, best first. */
const STRONG = ["`)`", "`]`", "`}`", "THEN", "`{`", "LOOP", "DO", "END", "ELSE", "WHEN", "IN", "`=`", "`:`", "`=>`", "`->`", "`,`", "`;`", "FROM", "INTO", "AS", "BY", "TO", "SET", "VALUES"];
/** What could always follow: it says nothing about the mistake. */
const WEAK: ReadonlySet<string> = new Set(["`.`", "`(`", "`[`", "`?`", "`::`", "`@`", "`<`", "`|`", "`|>`", "an operator", "IS", "NOT", "IN", "BETWEEN", "LIKE", "ILIKE", "AS", "ESCAPE", "MATCH"]);

/** A few words for many possibilities. */
export function describeExpected(expected: ReadonlySet<string>): string {
  if (expected.has("LATERAL")) return "a table";
  if (OPENS_EXPRESSION.every((label) => expected.has(label))) return expected.has("SELECT") && expected.has("LET") ? "a statement" : "an expression";
  // At the end of a statement much could go on; what is missing is its end.
  if (expected.has("`;`") && expected.has("an operator")) return expected.has("FROM") && expected.has("`,`") ? "`,` or FROM" : "`;`";
  const strong = STRONG.filter((label) => expected.has(label) && !(WEAK.has(label) && expected.has("an operator")));
  if (expected.has("a type") && !strong.includes("`)`")) return "a type";
  if (expected.has("a name") && !expected.has("an operator") && !strong.some((label) => label === "`)`" || label === "`}`")) return "a name";
  if (strong[0] === "`;`" || (strong.length === 0 && expected.has("an operator"))) return "`;`";
  if (strong.length > 0) return either(inReadingOrder(strong.slice(0, 3)));
  const rest = [...expected].filter((label) => !WEAK.has(label));
  if (rest.length === 0) return expected.size === 0 ? "a statement" : either([...expected].slice(0, 3));
  return either(rest.slice(0, 3));
}

/** "`,` or `)`" reads better than the other way round. */
function inReadingOrder(labels: readonly string[]): readonly string[] {
  const comma = labels.includes("`,`") ? ["`,`"] : [];
  return [...comma, ...labels.filter((label) => label !== "`,`" && (comma.length === 0 || label !== "`;`"))];
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
  const point = text.charAt(at) === "." ? at : previousEnd(text, at) - 1;
  if (text.charAt(point) === "." && isDigit(text.charCodeAt(point - 1))) return reportNumber(problems, broken, point);
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
