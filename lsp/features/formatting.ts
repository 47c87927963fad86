// Formatting: what the formatter of the compiler prints, as small edits of lines, so that cursors and marks of the editor stay where they are.
// A part of a file gets the edits of its lines. While typing, the statement that was just closed is formatted, and a new line gets its indentation.
import type { TextEdit } from "../../base/problem.ts";
import { format } from "../../compiler/format/format.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Document, Place } from "../types.ts";

/** Edits that make the document what the formatter prints. Broken declarations stay as they are. */
export function formatDocument(document: Document): readonly TextEdit[] {
  return lineEdits(document.text, withLineEnds(document.text, format(document.module)));
}

/** Edits of lines that the range touches; declarations beside it stay as they are. */
export function formatRange(document: Document, range: Place["span"]): readonly TextEdit[] {
  const formatted = format(
    document.module,
    (item) => item.offset > range.end || item.offset + item.text.length < range.start,
  );
  return lineEdits(document.text, withLineEnds(document.text, formatted)).filter(
    ({ span }) => span.start <= range.end && range.start <= span.end,
  );
}

/** Characters after which something is formatted. */
export const FORMAT_CHARACTERS = ["}", ";", "\n"] as const;

/** After `}` and `;` the lines of the statement that ends there; after a line end the indentation of the new line. */
export function formatTyped(document: Document, offset: number, character: string): readonly TextEdit[] {
  if (character === "\n") return indentLine(document, offset);
  const item = document.module.items.find(
    (each) => each.offset <= offset && offset <= each.offset + each.text.length + 1,
  );
  if (item === undefined || item.problems.some((problem) => problem.severity === "error")) return [];
  const start = startOfClosed(document, item.offset, offset);
  return formatRange(document, { start, end: offset }).filter(
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

/** Above this many pairs of lines a change is told as one. */
const PAIRS_MAX = 4_000_000;

/** The changed runs of lines between two texts. */
export function lineEdits(before: string, after: string): readonly TextEdit[] {
  if (before === after || before.length > LIMITS.sourceBytesMax.value) return [];
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail += 1;
  const a = old.slice(head, old.length - tail);
  const b = now.slice(head, now.length - tail);
  let at = 0;
  for (const line of old.slice(0, head)) at += line.length;
  const edits: TextEdit[] = [];
  for (const hunk of a.length * b.length > PAIRS_MAX ? [{ removed: a, added: b, kept: [] }] : hunksOf(a, b)) {
    const removed = hunk.removed.join("");
    edits.push(...editsOf(hunk, at));
    at += removed.length + hunk.kept.join("").length;
  }
  return edits;
}

/** Lines that change one by one are edits of their own, so that a part of them can be taken. */
function editsOf({ removed, added }: Hunk, start: number): readonly TextEdit[] {
  if (removed.length === 0 && added.length === 0) return [];
  const whole = removed.join("");
  if (removed.length !== added.length) return [{ span: { start, end: start + whole.length }, text: added.join("") }];
  let at = start;
  return removed.map((line, index) => {
    const span = { start: at, end: at + line.length };
    at = span.end;
    return { span, text: added[index] ?? "" };
  });
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

interface Hunk {
  readonly removed: string[];
  readonly added: string[];
  /** Lines that stay, behind the changed ones. */
  readonly kept: string[];
}

/** The longest common lines stay; what stands between them changes. */
function hunksOf(a: readonly string[], b: readonly string[]): readonly Hunk[] {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const hunks: Hunk[] = [];
  let current: Hunk = { removed: [], added: [], kept: [] };
  const change = (): Hunk => {
    if (current.kept.length > 0) {
      hunks.push(current);
      current = { removed: [], added: [], kept: [] };
    }
    return current;
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      current.kept.push(left);
      i += 1;
      j += 1;
    } else if (
      right === undefined ||
      (left !== undefined && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      if (left !== undefined) change().removed.push(left);
      i += 1;
    } else {
      change().added.push(right);
      j += 1;
    }
  }
  hunks.push(current);
  return hunks;
}
