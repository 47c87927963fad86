// Says what is wrong where the grammar stopped, in the user's words: what was found, what could stand there, and how to mend the usual slips.
// Matches the broken region once more with the strict rule and reads off where that got farthest.
import { type Fix, type Problem, type ProblemExtras, report } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import { isDigit, isWordPart, skipSpace, wordEnd } from "../../grammar/characters.ts";
import { explainFailure, type Failure } from "../../grammar/engine.ts";
import { CLOSING_WORDS, RESERVED_WORDS, STATEMENT_WORDS } from "../../grammar/keywords.ts";
import {
  describeExpected,
  describeFound,
  misspelled,
  OPENS_EXPRESSION,
  previousEnd,
  tokenEnd,
} from "./syntax-words.ts";

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
  const failure = explainFailure(text.slice(start, end), ruleFor(broken));
  const farthest = start + (failure?.position ?? 0);
  const at = skipSpace(text, farthest);
  const span = foundSpan(text, at, broken);
  if (reportKnownSlip(problems, broken, at, span, failure)) return;
  const described = describeExpected(failure?.expected ?? new Set());
  // A whole condition stands there, and then something that is neither an operator nor the start of the block.
  const expected = broken.rule === "HeaderExpr" && described === "`;`" ? "`{`, THEN or LOOP" : described;
  const found = describeFound(text, at, broken.limit);
  // A statement might have ended here, and the word begins another one.
  const isNext =
    failure?.expected.has("`;`") === true && STATEMENT_WORDS.has(text.slice(at, wordEnd(text, at)).toLowerCase());
  if (expected === "`;`" || (isNext && at < broken.limit)) {
    if (reportMissingOperand(problems, broken, at)) return;
    const place = {
      start: previousEnd(text, farthest) - broken.origin,
      end: previousEnd(text, farthest) - broken.origin,
    };
    report(
      problems,
      "MissingSemicolon",
      span,
      { found },
      {
        ...extrasFor(broken, at, failure),
        ...(misspelled(broken, at, failure?.expected ?? new Set()) ?? { fixes: [insertion("Insert `;`", place, ";")] }),
      },
    );
    return;
  }
  report(
    problems,
    "SyntaxExpected",
    span,
    { expected, found },
    misspelled(broken, at, failure?.expected ?? new Set()) ?? extrasFor(broken, at, failure),
  );
}

/** Statements that begin with a word of their own are explained by their own rule, so that nothing of expressions gets into the message. */
const RULES: Readonly<Record<string, string>> = {
  function: "RoutineDeclaration",
  procedure: "RoutineDeclaration",
  select: "Query",
  insert: "Insert",
  update: "Update",
  delete: "Delete",
  let: "Let",
  const: "Let",
  while: "While",
  for: "For",
};

function ruleFor(broken: Broken): string {
  if (broken.rule !== "EndedItem" && broken.rule !== "EndedStatement") return broken.rule;
  const word = broken.text.slice(broken.start, wordEnd(broken.text, broken.start)).toLowerCase();
  const next = broken.text.charAt(skipSpace(broken.text, broken.start + word.length));
  const own = RULES[word];
  return own !== undefined && (own !== "Let" || next !== ".") && !CONTINUES_NAME.has(next)
    ? `Ended${own}`
    : broken.rule;
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
  report(
    problems,
    "SyntaxExpected",
    { start: from - origin, end: wordEndsAt - origin },
    { expected, found: `\`${word}\`` },
  );
  return true;
}

/** Where what stands before a place ends, lines of comments not counted. */
function endBeforeComments(text: string, position: number): number {
  let end = previousEnd(text, position);
  for (;;) {
    const lineStart = text.lastIndexOf("\n", end - 1) + 1;
    if (!/^\s*(?:--|\/\/|#)/u.test(text.slice(lineStart, end))) return end;
    end = previousEnd(text, lineStart);
  }
}

/** The token at `at`, within the user's text; the last character before, where nothing stands or a blank line says that something else begins. */
function foundSpan(text: string, at: number, broken: Broken): Span {
  const { limit, origin } = broken;
  const before = endBeforeComments(text, Math.min(at, limit));
  if (at >= limit || (before > origin && /\n[ \t\r]*\n/u.test(text.slice(before, at)))) {
    const last = Math.max(before, origin);
    return { start: Math.max(last - 1, origin) - origin, end: last - origin };
  }
  return { start: at - origin, end: Math.min(tokenEnd(text, at), limit) - origin };
}

function insertion(title: string, span: Span, text: string): Fix {
  return { title, edits: [{ span, text }] };
}

const QUERY_STARTS: ReadonlySet<string> = new Set(["select", "with", "values"]);

/** Slips with a message of their own. True when one was reported. */
function reportKnownSlip(
  problems: Problem[],
  broken: Broken,
  at: number,
  span: Span,
  failure: Failure | undefined,
): boolean {
  const { text, origin, limit } = broken;
  if (at >= limit) return false;
  const word = text.slice(at, wordEnd(text, at));
  const lower = word.toLowerCase();
  const expected = failure?.expected ?? new Set<string>();
  if (QUERY_STARTS.has(lower) && OPENS_EXPRESSION.every((label) => expected.has(label)) && !expected.has("LET")) {
    const end = previousEnd(text, Math.min(broken.end, limit));
    const edits = [
      { span: { start: span.start, end: span.start }, text: "(" },
      { span: { start: end - origin, end: end - origin }, text: ")" },
    ];
    report(problems, "QueryNeedsParentheses", span, undefined, {
      fixes: [{ title: "Put the query in parentheses", edits }],
    });
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
  report(
    problems,
    "NumberNeedsDigits",
    span,
    { text: written },
    { fixes: [insertion(`Write ${written}0`, { start: span.end, end: span.end }, "0")] },
  );
  return true;
}

/** Reports a closing bracket or word that nothing before it opened. */
export function reportStray(problems: Problem[], span: Span, closer: string): void {
  const help = "`else` is followed by `{ … }` or by `if`, in keyword style by statements up to END IF.";
  report(problems, "StrayCloser", span, { closer }, closer.toLowerCase() === "else" ? { help } : {});
}

/** Spellings of other languages: what stands before the error, what stands at it, and how it is written here. */
const HABITS: readonly { readonly before: RegExp; readonly at: RegExp; readonly help: string }[] = [
  {
    before: /^\s*(?:let|const)\s+\w+\s*$/i,
    at: /^\w/,
    help: "The type of a variable stands behind a colon: `let x: int = 1`.",
  },
  { before: /^\s*for\s+\w+\s*$/i, at: /^=/, help: "Count with a range: `for i in 1..10 { }`." },
  {
    before: /^\s*for\s*\(\s*\w+\s*$/i,
    at: /^in\b/i,
    help: "The head of a loop has no parentheses: `for x in xs { }`.",
  },
  { before: /^\s*-\s*$/, at: /^>/, help: "The type of a result is written `returns int`." },
  { before: /\)\s*$/, at: /^->/, help: "A lambda is written with `=>`: `(a, b) => a + b`." },
  { before: /\w\s*$/, at: /^\?/, help: "A choice of values is written `if a then b else c`." },
  { before: /\w\s*\+\+\s*$/, at: /^(?:;|\s*$)/, help: "Add one with `x += 1`." },
  { before: /^\s*match\b[\s\S]*=>/i, at: /^;/, help: "The arms of match are divided by commas." },
  { before: /^\s*$/, at: /^:/, help: "The type of a result is written `returns int`." },
  { before: /\(/, at: /^separator\b/i, help: "The separator is the second argument: `group_concat(x, ',')`." },
  { before: /^\s*select\s+top\s*$/i, at: /^[\d(]/, help: "Fewer rows are asked for by LIMIT at the end of the query." },
  { before: /\bfetch\s*$/i, at: /^(?:first|next)\b/i, help: "Fewer rows are asked for by LIMIT." },
  { before: /^\s*truncate\s*$/i, at: /^\w/, help: "All rows are removed by DELETE FROM." },
  { before: /^\s*delete\s*$/i, at: /^\w/, help: "Write DELETE FROM; other tables stand in a subquery of WHERE." },
  { before: /\binterval\s*$/i, at: /^\d/, help: "An interval is written as a text: `INTERVAL '1 day'`." },
  { before: /\bat\s*$/i, at: /^time\b/i, help: "Instants are UTC; date_format(t, mask, zone) shows them in a zone." },
];

function habitOf(broken: Broken, at: number, before: string): ProblemExtras {
  const rest = broken.text.slice(at, Math.min(broken.limit, at + 20));
  const habit = HABITS.find((candidate) => candidate.before.test(before) && candidate.at.test(rest));
  return habit === undefined ? {} : { help: habit.help };
}

/** Help for what often lies behind an error. */
function extrasFor(broken: Broken, at: number, failure: Failure | undefined): ProblemExtras {
  const before = broken.text.slice(broken.start, at);
  if (/[\w)\]]--[\w(]/.test(before))
    return { help: "`--` starts a comment: write `a - -b` for a minus and a negative number." };
  const division = /[\w)\]]\s*\/\/\s*[\w(]/.exec(before);
  if (division !== null) return { help: "`//` starts a comment: int / int is whole division already." };
  if (failure?.expected.has("THEN") === true && failure.expected.has("`{`"))
    return { help: "A condition is followed by `{ … }` or by THEN … END IF." };
  if (broken.rule === "HeaderExpr" && broken.text.charAt(at) === "{")
    return { help: "Before a block, a struct stands in parentheses: `if (p == {a: 1}) { }`." };
  return habitOf(broken, at, before);
}
