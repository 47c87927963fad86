// Folding and growing selections: both follow the syntax tree, with comments and imports besides.
import { comments } from "../../compiler/syntax/comments.ts";
import { positionAt } from "../../base/source.ts";
import { itemAt } from "../index/mentions.ts";
import type { Document, Place } from "../types.ts";

/** A part that can be folded: the lines are 0-based, the first stays visible, the last is hidden. */
export interface Fold {
  readonly startLine: number;
  readonly endLine: number;
  readonly kind: "region" | "comment" | "imports";
}

/** Statements, blocks, clauses and literals over several lines, runs of comments and imports, in order. */
export function folds(document: Document): readonly Fold[] {
  const byLine = new Map<number, Fold>();
  const add = (fold: Fold): void => {
    const known = byLine.get(fold.startLine);
    if (fold.endLine > fold.startLine && (known === undefined || known.endLine < fold.endLine))
      byLine.set(fold.startLine, fold);
  };
  const lineOf = (offset: number): number => positionAt(document.lineStarts, offset).line - 1;
  for (const item of document.module.items)
    forEachSpan(item.statement, (span) => {
      const lineEnd = item.text.indexOf("\n", span.start);
      if (lineEnd < 0 || lineEnd >= span.end) return false;
      const start = lineOf(item.offset + span.start);
      const end = lineOf(item.offset + span.end);
      add({ startLine: start, endLine: closesAt(document, end) ? end - 1 : end, kind: "region" });
      return true;
    });
  for (const run of commentRuns(document)) add({ ...run, kind: "comment" });
  for (const run of importRuns(document)) add({ ...run, kind: "imports" });
  return [...byLine.values()].sort((left, right) => left.startLine - right.startLine);
}

/** Whether a line begins with what closes a block, which stays visible. */
function closesAt(document: Document, line: number): boolean {
  const start = document.lineStarts[line] ?? 0;
  return /^\s*(?:[})\]]|end\b)/i.test(document.text.slice(start, document.lineStarts[line + 1]));
}

/** Visits the spans of nodes, outer ones first; a node for which the answer is false is not entered. */
function forEachSpan(root: unknown, visit: (span: Place["span"]) => boolean): void {
  const open: unknown[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { span } = node as { readonly span?: Place["span"] };
    if (span !== undefined && span.end > span.start && !("quote" in node) && !visit(span)) continue;
    for (const [key, part] of Object.entries(node) as [string, unknown][])
      if (key !== "span" && typeof part === "object" && part !== null) open.push(part);
  }
}

interface Run {
  readonly startLine: number;
  readonly endLine: number;
}

/** Block comments over lines, and line comments below each other that stand alone. */
function commentRuns(document: Document): readonly Run[] {
  const runs: { startLine: number; endLine: number }[] = [];
  let last: { startLine: number; endLine: number } | undefined;
  for (const { span } of comments(document.text)) {
    const startLine = positionAt(document.lineStarts, span.start).line - 1;
    const endLine = positionAt(document.lineStarts, span.end).line - 1;
    const alone = document.text.slice(document.lineStarts[startLine] ?? 0, span.start).trim() === "";
    if (!alone) {
      last = undefined;
      continue;
    }
    if (last?.endLine === startLine - 1) last.endLine = endLine;
    else {
      last = { startLine, endLine };
      runs.push(last);
    }
  }
  return runs;
}

function importRuns(document: Document): readonly Run[] {
  const runs: { startLine: number; endLine: number }[] = [];
  let last: { startLine: number; endLine: number } | undefined;
  for (const item of document.module.items) {
    if (item.statement.kind !== "import") {
      last = undefined;
      continue;
    }
    const line = positionAt(document.lineStarts, item.offset + item.statement.span.start).line - 1;
    if (last === undefined) {
      last = { startLine: line, endLine: line };
      runs.push(last);
    } else last.endLine = line;
  }
  return runs;
}

/** The parts around an offset, from the smallest to the whole file; each holds the one before. */
export function selections(document: Document, offset: number): readonly Place["span"][] {
  const item = itemAt(document, offset);
  const whole = { start: 0, end: document.text.length };
  if (item === undefined) return [whole];
  const around: Place["span"][] = [];
  forEachSpan(item.statement, (span) => {
    const placed = { start: item.offset + span.start, end: item.offset + span.end };
    const holds = placed.start <= offset && offset <= placed.end;
    if (holds) around.push(placed);
    return holds;
  });
  const word = wordAt(document.text, offset);
  if (word !== undefined) around.push(word);
  around.push({ start: item.offset, end: item.offset + item.text.length }, whole);
  around.sort((left, right) => left.end - left.start - (right.end - right.start));
  const chain: Place["span"][] = [];
  for (const span of around) {
    const last = chain.at(-1);
    const grows = last === undefined || (span.start <= last.start && span.end >= last.end);
    if (grows && (last === undefined || span.start !== last.start || span.end !== last.end)) chain.push(span);
  }
  return chain;
}

function wordAt(text: string, offset: number): Place["span"] | undefined {
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1] ?? "")) start -= 1;
  let end = offset;
  while (end < text.length && /\w/.test(text[end] ?? "")) end += 1;
  return end > start ? { start, end } : undefined;
}
