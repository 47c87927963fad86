// Comments as the text has them: for the formatter, for doc comments and for `gobic: allow` lines.
// The grammar skips comments; whoever needs them reads them from the text.
import type { Span } from "../../base/source.ts";
import { backtickEnd, commentEnd, doubleStringEnd, isSpace, singleStringEnd } from "../../grammar/characters.ts";

/** One comment. `text` includes its marks; a line comment ends before its line end. */
export interface Comment {
  readonly kind: "line" | "block" | "doc";
  readonly text: string;
  readonly span: Span;
}

/** All comments of a text in order. Marks inside strings and quoted names are none. */
export function comments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  let at = 0;
  while (at < text.length) {
    const end = commentEnd(text, at);
    if (end > at) {
      const written = text.slice(at, end);
      found.push({ kind: kindOf(written), text: written, span: { start: at, end } });
      at = end;
    } else at = afterToken(text, at);
  }
  return found;
}

function afterToken(text: string, position: number): number {
  const code = text.charCodeAt(position);
  let end = -1;
  if (code === 39) end = singleStringEnd(text, position);
  else if (code === 34) end = doubleStringEnd(text, position);
  else if (code === 96) end = backtickEnd(text, position);
  return end > 0 ? end : position + 1;
}

/** True when a comment that begins like this is a doc comment: `--- text` (not `----`) or `/** text *\/`. */
export function docKind(written: string): boolean {
  return /^---(?:[\s]|$)/.test(written) || /^\/\*\*(?!\/)/.test(written);
}

function kindOf(written: string): Comment["kind"] {
  if (docKind(written)) return "doc";
  return written.startsWith("/*") ? "block" : "line";
}

interface DocRun {
  readonly start: number;
  readonly lines: readonly string[];
}

/** The doc comments that stand directly before `position`. */
function docRun(text: string, position: number, from: number): DocRun {
  const start = spaceBefore(text, position, from);
  const lines: string[] = [];
  let next = position;
  for (const comment of [...comments(text.slice(start, position))].reverse()) {
    const gap = text.slice(comment.span.end + start, next);
    if (comment.kind !== "doc" || (gap.match(/\r\n|\n|\r/g) ?? []).length > 1) break;
    const block = comment.text.startsWith("/*");
    if (block && lines.length > 0) break;
    lines.unshift(withoutMarks(comment.text));
    next = comment.span.start + start;
    if (block) break;
  }
  return { start: next, lines };
}

/**
 * The doc comment that stands directly before `position`, without its marks; undefined when none does.
 * Lines of `---` that follow each other are one comment. A blank line in between cuts it off. The search begins at `from`.
 */
export function docBefore(text: string, position: number, from = 0): string | undefined {
  const { lines } = docRun(text, position, from);
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** Where the doc comment directly before `position` begins; `position` when there is none. The search begins at `from`. */
export function docStart(text: string, position: number, from = 0): number {
  return docRun(text, position, from).start;
}

/** Where the blanks and comments before `position` begin: after the last token that is neither. */
function spaceBefore(text: string, position: number, from: number): number {
  let start = from;
  let at = from;
  while (at < position) {
    const end = commentEnd(text, at);
    if (end > at) at = end;
    else if (isSpace(text.charCodeAt(at))) at += 1;
    else {
      at = afterToken(text, at);
      start = at;
    }
  }
  return Math.min(start, position);
}

function withoutMarks(written: string): string {
  if (!written.startsWith("/*")) return written.slice(3).trim();
  return written
    .slice(3, -2)
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim();
}
