// The words of syntax messages: what was expected, what was found, and which keyword was probably meant.
// Turns sets of tokens into a few words a person would use.
import { type Fix, type ProblemExtras } from "../../base/problem.ts";
import {
  doubleStringEnd,
  isDigit,
  isSpace,
  isWordPart,
  singleStringEnd,
  skipSpace,
  wordEnd,
} from "../../grammar/characters.ts";
import { KEYWORDS, STATEMENT_WORDS } from "../../grammar/keywords.ts";

const CLAUSE_WORDS = [
  "from",
  "where",
  "group",
  "order",
  "having",
  "limit",
  "join",
  "union",
  "values",
  "returning",
  "into",
  "then",
  "else",
  "loop",
  "return",
  "function",
  "procedure",
];

/** Words of other languages, and what is written here. */
const FOREIGN_WORDS: Readonly<Record<string, string>> = {
  var: "Variables are declared with `let`.",
  dim: "Variables are declared with `let`.",
  def: "Functions are declared with `function`.",
  func: "Functions are declared with `function`.",
  proc: "Procedures are declared with `procedure`.",
  switch: "Choose by patterns with `match`.",
  elif: "Write `else if` or `elsif`.",
  fn: "Functions are declared with `function`.",
  class: "Records are declared with `type struct as Name (field type)`.",
  val: "Values are declared with `const`.",
};

/** Help when the word before `at` is a slip of a keyword or one of another language. */
export function misspelled(
  broken: { readonly text: string; readonly start: number; readonly origin: number },
  at: number,
  expected: ReadonlySet<string>,
): ProblemExtras | undefined {
  const { text, start, origin } = broken;
  const end = previousEnd(text, at);
  let from = end;
  while (from > start && isWordPart(text.charCodeAt(from - 1))) from -= 1;
  const word = text.slice(from, end).toLowerCase();
  const foreign = FOREIGN_WORDS[word];
  if (foreign !== undefined) return { help: foreign };
  const begins = from === skipSpace(text, start) && !STATEMENT_WORDS.has(word);
  const near = clauseNear(word) ?? (begins ? wordNear(word, STATEMENT_WORDS) : undefined);
  if (near === undefined) {
    const stop = wordEnd(text, at);
    const found = clauseNear(text.slice(at, stop).toLowerCase());
    return found !== undefined && expected.has(found.toUpperCase())
      ? misspelled({ ...broken, start: at }, stop, expected)
      : undefined;
  }
  // As it is written where it begins a statement: `let` and SELECT are both at home there.
  const written = begins && text.slice(from, end) === word ? near : near.toUpperCase();
  const fix: Fix = {
    title: `Write ${written}`,
    edits: [{ span: { start: from - origin, end: end - origin }, text: written }],
  };
  return { help: `Did you mean ${written}?`, fixes: [fix] };
}

function clauseNear(word: string): string | undefined {
  return wordNear(word, CLAUSE_WORDS);
}

function wordNear(word: string, candidates: Iterable<string>): string | undefined {
  return word.length < 3 ? undefined : [...candidates].find((candidate) => isSlip(word, candidate));
}

/** True when one letter was dropped, added, changed or swapped with its neighbour. */
function isSlip(word: string, candidate: string): boolean {
  if (word === candidate || Math.abs(word.length - candidate.length) > 1) return false;
  let head = 0;
  while (head < word.length && word[head] === candidate[head]) head += 1;
  let tail = 0;
  while (
    tail < word.length - head &&
    tail < candidate.length - head &&
    word[word.length - 1 - tail] === candidate[candidate.length - 1 - tail]
  )
    tail += 1;
  const left = word.length - head - tail;
  const right = candidate.length - head - tail;
  if (left <= 1 && right <= 1) return true;
  return left === 2 && right === 2 && word[head] === candidate[head + 1] && word[head + 1] === candidate[head];
}

/** Where the text before `position` ends, blanks left out. */
export function previousEnd(text: string, position: number): number {
  let at = position;
  while (at > 0 && isSpace(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** Where the token at `at` ends. */
export function tokenEnd(text: string, at: number): number {
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

/** What stands at `at`, for "found …". */
export function describeFound(text: string, at: number, limit: number): string {
  if (at >= limit) return "the end of the statement";
  const written = text.slice(at, tokenEnd(text, at));
  const first = written.charCodeAt(0);
  if (first === 39 || first === 34)
    return written.length > 22 ? "a string" : `the string ${written.replaceAll(/\s+/g, " ")}`;
  if (isDigit(first)) return `the number ${written}`;
  if (wordEnd(written, 0) > 0)
    return Object.hasOwn(KEYWORDS, written.toLowerCase()) && written === written.toUpperCase()
      ? written
      : `\`${written}\``;
  return first < 32 || first === 127
    ? `the control character U+${first.toString(16).padStart(4, "0")}`
    : `\`${written}\``;
}

/** Labels that together mean: an expression may begin here. */
export const OPENS_EXPRESSION = ["a number", "a string", "NULL", "TRUE"];

/** What closes or goes on after a whole part, best first. */
const STRONG = [
  "`)`",
  "`]`",
  "`}`",
  "THEN",
  "`{`",
  "LOOP",
  "DO",
  "END",
  "ELSE",
  "WHEN",
  "IN",
  "`=`",
  "`:`",
  "`=>`",
  "`->`",
  "`,`",
  "`;`",
  "FROM",
  "INTO",
  "AS",
  "BY",
  "TO",
  "SET",
  "VALUES",
];

/** What could always follow: it says nothing about the mistake. */
const WEAK: ReadonlySet<string> = new Set([
  "`.`",
  "`(`",
  "`[`",
  "`?`",
  "`::`",
  "`@`",
  "`<`",
  "`|`",
  "`|>`",
  "an operator",
  "IS",
  "NOT",
  "IN",
  "BETWEEN",
  "LIKE",
  "ILIKE",
  "AS",
  "ESCAPE",
  "MATCH",
]);

/** A few words for many possibilities. */
export function describeExpected(expected: ReadonlySet<string>): string {
  if (expected.has("LATERAL")) return "a table";
  if (OPENS_EXPRESSION.every((label) => expected.has(label)))
    return expected.has("SELECT") && expected.has("LET") ? "a statement" : "an expression";
  // At the end of a statement much could go on; what is missing is its end.
  if (expected.has("`;`") && expected.has("an operator"))
    return expected.has("FROM") && expected.has("`,`") ? "`,` or FROM" : "`;`";
  const strong = STRONG.filter((label) => expected.has(label) && !(WEAK.has(label) && expected.has("an operator")));
  if (expected.has("a type") && !strong.includes("`)`")) return "a type";
  if (
    expected.has("a name") &&
    !expected.has("an operator") &&
    !strong.some((label) => label === "`)`" || label === "`}`")
  )
    return "a name";
  if (strong[0] === "`;`" || (strong.length === 0 && expected.has("an operator"))) return "`;`";
  if (strong.length > 0) return either(inReadingOrder(mostTelling(strong)));
  const rest = [...expected].filter((label) => !WEAK.has(label));
  if (rest.length === 0) return expected.size === 0 ? "a statement" : either([...expected].slice(0, 3));
  return either(rest.slice(0, 3));
}

/** Between elements only the comma and the closing bracket matter; an alias is rarely what is missing. */
function mostTelling(strong: readonly string[]): readonly string[] {
  const [first] = strong;
  if (first === "`)`") return strong.includes("`,`") ? [first, "`,`"] : [first];
  if (first !== undefined && /^`[\]}]`$/.test(first) && strong.includes("`,`") && !strong.includes("`:`"))
    return [first, "`,`"];
  const others = strong.filter((label) => label !== "AS");
  return (others.length > 0 ? others : strong).slice(0, 3);
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
