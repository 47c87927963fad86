// A unified diff of two texts, as `diff -u` and `patch` know it.
import { type LineChange, lineChanges, linesOf } from "../../base/line-diff.ts";

/** Lines shown around a change. */
const CONTEXT = 3;

/** The diff with its two header lines; empty when nothing changed. */
export function unifiedDiff(name: string, before: string, after: string): string {
  const changes = lineChanges(before, after);
  if (changes.length === 0) return "";
  const old = linesOf(before);
  const parts = groups(changes).map((group) => hunk(old, group));
  return `--- ${name}\n+++ ${name}\n${parts.join("")}`;
}

/** Changes whose context would meet stand in one part. */
function groups(changes: readonly LineChange[]): readonly (readonly LineChange[])[] {
  const found: LineChange[][] = [];
  for (const change of changes) {
    const last = found.at(-1)?.at(-1);
    if (last !== undefined && change.oldLine - (last.oldLine + last.removed.length) <= 2 * CONTEXT)
      found.at(-1)?.push(change);
    else found.push([change]);
  }
  return found;
}

function hunk(old: readonly string[], changes: readonly LineChange[]): string {
  const [first] = changes;
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return "";
  const start = Math.max(0, first.oldLine - CONTEXT);
  const end = Math.min(old.length, last.oldLine + last.removed.length + CONTEXT);
  const lines: string[] = [];
  let at = start;
  for (const change of changes) {
    for (const line of old.slice(at, change.oldLine)) lines.push(marked(" ", line));
    for (const line of change.removed) lines.push(marked("-", line));
    for (const line of change.added) lines.push(marked("+", line));
    at = change.oldLine + change.removed.length;
  }
  for (const line of old.slice(at, end)) lines.push(marked(" ", line));
  const grown = changes.reduce((sum, change) => sum + change.added.length - change.removed.length, 0);
  const newStart = first.newLine - (first.oldLine - start);
  return `@@ -${range(start, end - start)} +${range(newStart, end - start + grown)} @@\n${lines.join("")}`;
}

/** An empty range is named by the line before it. */
function range(start: number, length: number): string {
  return length === 1 ? String(start + 1) : `${length === 0 ? start : start + 1},${length}`;
}

function marked(mark: string, line: string): string {
  return line.endsWith("\n") ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
}
