// Formatting: what the formatter of the compiler prints, as small edits of lines, so that cursors and marks of the editor stay where they are.
// A part of a file gets the edits of its lines. While typing, the statement that was just closed is formatted, and a new line gets its indentation.
import { lineChangeSteps, linesOf } from "../../base/line-diff.ts";
import type { TextEdit } from "../../base/problem.ts";
import type { Steps } from "../../base/steps.ts";
import { formatSteps } from "../../compiler/format/format.ts";
import type { Document, Place } from "../types.ts";

/** Edits that make the document what the formatter prints. Broken declarations stay as they are. */
export function* formatDocument(document: Document): Steps<readonly TextEdit[]> {
  return yield* lineEdits(document.text, withLineEnds(document.text, yield* formatSteps(document.module)));
}

/** Edits of lines that the range touches; declarations beside it stay as they are. */
export function* formatRange(document: Document, range: Place["span"]): Steps<readonly TextEdit[]> {
  const formatted = yield* formatSteps(
    document.module,
    (item) => item.offset > range.end || item.offset + item.text.length < range.start,
  );
  const edits = yield* lineEdits(document.text, withLineEnds(document.text, formatted));
  return edits.filter(({ span }) => span.start <= range.end && range.start <= span.end);
}

/** Characters after which something is formatted. */
export const FORMAT_CHARACTERS = ["}", ";", "\n"] as const;

/** After `}` and `;` the lines of the statement that ends there; after a line end the indentation of the new line. */
export function* formatTyped(document: Document, offset: number, character: string): Steps<readonly TextEdit[]> {
  if (character === "\n") return indentLine(document, offset);
  const item = document.module.items.find(
    (each) => each.offset <= offset && offset <= each.offset + each.text.length + 1,
  );
  if (item === undefined || item.problems.some((problem) => problem.severity === "error")) return [];
  const start = startOfClosed(document, item.offset, offset);
  return (yield* formatRange(document, { start, end: offset })).filter(
    ({ span }) => span.start >= lineStart(document.text, start) && span.end <= offset + 1,
  );
}

/** The smallest statement that ends at the offset. */
function startOfClosed(document: Document, itemStart: number, offset: number): number {
  const item = document.module.items.find((each) => each.offset === itemStart);
  let best = lineStart(document.text, offset - 1);
  const open: unknown[] = item === undefined ? [] : [item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { span } = node as { readonly span?: Place["span"] };
    if (span !== undefined && "kind" in node && Math.abs(span.end + itemStart - offset) <= 1)
      best = Math.min(best, span.start + itemStart);
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return best;
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
}

const INDENT = "    ";

/** Indents an empty new line as deep as the brackets and blocks before it are open. */
function indentLine(document: Document, offset: number): readonly TextEdit[] {
  const { text } = document;
  const start = lineStart(text, offset);
  const blanks = /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
  const rest = text.slice(start + blanks.length).split(/[\r\n]/, 1)[0] ?? "";
  let before = start;
  let line = "";
  while (before > 0 && line.trim() === "") {
    const from = lineStart(text, before - 1);
    line = text.slice(from, before);
    before = from;
  }
  const base = /^[ \t]*/.exec(line)?.[0] ?? "";
  const opens = /(?:[{([]|\b(?:then|loop|begin|else|try))\s*(?:(?:--|\/\/).*)?$/i.test(line.trimEnd());
  const closes = /^(?:[})\]]|end\b|else\b|elsif\b|catch\b)/i.test(rest);
  const wanted = opens && !closes ? base + INDENT : !opens && closes ? base.replace(/^(?: {4}|\t)/, "") : base;
  return wanted === blanks ? [] : [{ span: { start, end: start + blanks.length }, text: wanted }];
}

/** The formatter prints `\n`; a file with another line end keeps it. */
function withLineEnds(before: string, formatted: string): string {
  return /\r\n/.test(before) ? formatted.replaceAll("\n", "\r\n") : formatted;
}

/** The changed runs of lines between two texts. Lines that change one by one are edits of their own, so that a part of them can be taken. */
export function* lineEdits(before: string, after: string): Steps<readonly TextEdit[]> {
  const starts: number[] = [];
  let at = 0;
  for (const line of linesOf(before)) {
    starts.push(at);
    at += line.length;
  }
  return (yield* lineChangeSteps(before, after)).flatMap(({ oldLine, removed, added }): readonly TextEdit[] => {
    const start = starts[oldLine] ?? before.length;
    if (removed.length !== added.length)
      return [{ span: { start, end: start + removed.join("").length }, text: added.join("") }];
    let from = start;
    return removed.map((line, index) => {
      const span = { start: from, end: from + line.length };
      from = span.end;
      return { span, text: added[index] ?? "" };
    });
  });
}
