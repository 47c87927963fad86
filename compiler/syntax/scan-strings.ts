// Strings while a chunk is scanned: where they end, and what happens to one that is not closed.
// A quote that is not closed before a line that starts a declaration ends at its own line; otherwise it would eat the rest of the file.
import { LIMITS } from "../../base/limits.ts";
import { report } from "../../base/problem.ts";
import { backtickEnd, doubleStringEnd, isWordPart, singleStringEnd } from "../../grammar/characters.ts";
import type { Scan } from "./scan-nesting.ts";

const DECLARATION =
  /(?:export\s+)?(?:(?:create(?:[ \t]+or[ \t]+replace)?|upsert)[ \t]+(?:function|procedure|trigger|schedule|pipeline)\b(?![ \t]*[,;)=])|(?:function|procedure)[ \t]+[\w<>`]+[ \t\w<>`,]*[({]|type[ \t]+(?:struct|enum)[ \t]+(?:as|::)|test[ \t]+["'][^"'\n]*["'][^\n]*\{)/iy;

const CREATES =
  /create[ \t]+(?:(?:temp|temporary|unique|virtual|or[ \t]+replace)[ \t]+)*(?:table|view|index|trigger|function|procedure|schedule|pipeline)[ \t]+[\w"`[]/iy;

/** True when CREATE, an object's kind and its name stand at `position`: nothing but BEGIN, a brace, EXPLAIN or EXPORT can come before. */
export function createsAt(text: string, position: number): boolean {
  CREATES.lastIndex = position;
  return CREATES.test(text);
}

const IN_BRACKET =
  /(?:error[ \t]+\w+[ \t]*\(|type[ \t]+(?:struct|enum)[ \t]+as[ \t]+\w+[ \t]*\(|upsert[ \t]+(?:function|procedure|trigger|schedule|pipeline)\b)/iy;

/** True when what stands at `position` cannot be part of a list in brackets: these were not closed then. */
export function endsBracketAt(text: string, position: number): boolean {
  IN_BRACKET.lastIndex = position;
  return createsAt(text, position) || IN_BRACKET.test(text);
}

/** True when the text at `position` surely begins a declaration. */
export function declarationStartsAt(text: string, position: number): boolean {
  DECLARATION.lastIndex = position;
  return DECLARATION.test(text);
}

/** The first line behind `from` and before `to` that begins a declaration at its very start, or -1. */
function declarationLine(text: string, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    if (text.charCodeAt(at) === 10 && declarationStartsAt(text, at + 1)) return at + 1;
  }
  return -1;
}

/** Reads the string or quoted name at `s.at` and returns its end. Reports and patches one that is not closed. */
export function readQuoted(s: Scan, quote: "'" | '"' | "`"): number {
  const { text, at } = s;
  if (s.problems.length >= LIMITS.syntaxErrorsMax.value) return restOfFile(s, quote);
  if (quote === "`") {
    const end = backtickEnd(text, at);
    return end > 0 ? end : unclosedAt(s, "`");
  }
  const end = quote === "'" ? singleStringEnd(text, at) : doubleStringEnd(text, at);
  if (end > 0 && (end - at < 2 || declarationLine(text, at, end) < 0)) return end;
  return unclosedAt(s, quote);
}

/** Each quote that is not closed is sought to the end of the file: among garbage that would take time by the square of its length, so the rest is taken as one text. */
function restOfFile(s: Scan, quote: string): number {
  const end = s.text.length;
  patch(s, quote, s.at, end);
  return end;
}

function unclosedAt(s: Scan, quote: string): number {
  const { text, at } = s;
  let lineEnd = at;
  while (lineEnd < text.length && text.charCodeAt(lineEnd) !== 10 && text.charCodeAt(lineEnd) !== 13) lineEnd += 1;
  // Closing brackets and the semicolon at the end of the line were hardly meant as text.
  let end = lineEnd;
  while (end > at + 1 && " \t);]},".includes(text.charAt(end - 1))) end -= 1;
  if (end === at + 1) end = lineEnd > at + 1 ? at + 2 : at + 1;
  const span = { start: at - s.start, end: end - s.start };
  const insertion = { start: span.end, end: span.end };
  report(
    s.problems,
    "UnclosedString",
    span,
    { quote },
    { fixes: [{ title: `Close with ${quote}`, edits: [{ span: insertion, text: quote }] }] },
  );
  patch(s, quote, at, end);
  return end;
}

/** Makes the parser read a whole token of the same length. */
function patch(s: Scan, quote: string, at: number, end: number): void {
  const length = end - at;
  if (length < 2 || (quote === "`" && length < 3)) {
    const before = at > s.start && isWordPart(s.text.charCodeAt(at - 1));
    s.patches.push({ at, text: before ? " ".repeat(length) : "0".repeat(length) });
    return;
  }
  // A quote inside would end the token early; the value of a broken string does not matter.
  const inner = s.text
    .slice(at + 1, end - 1)
    .replaceAll(quote, "_")
    .replaceAll("\\", "_")
    .replaceAll("${", "__");
  s.patches.push({ at, text: quote + inner + quote });
}
