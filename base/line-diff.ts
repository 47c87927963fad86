// What changed between two texts, in runs of lines: the longest common lines stay.
// Algorithm: longest common subsequence by a table, after what both begin and end with alike was taken away.
import { finished, type Steps } from "./steps.ts";

/** Lines that were replaced. Line numbers are 0-based. */
export interface LineChange {
  readonly oldLine: number;
  readonly newLine: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Above this many pairs of lines a change is told as one run. */
const PAIRS_MAX = 4_000_000;

/** The lines of a text with their ends; the last one may have none. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The changed runs in order. Empty when the texts are the same. */
export function lineChanges(before: string, after: string): readonly LineChange[] {
  return finished(lineChangeSteps(before, after));
}

/** The same in steps. */
export function* lineChangeSteps(before: string, after: string): Steps<readonly LineChange[]> {
  if (before === after) return [];
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const removed = old.slice(head, old.length - tail);
  const added = now.slice(head, now.length - tail);
  if (removed.length * added.length > PAIRS_MAX) return [{ oldLine: head, newLine: head, removed, added }];
  return changesBetween(removed, added, head, yield* commonLengths(removed, added));
}

function changesBetween(
  a: readonly string[],
  b: readonly string[],
  first: number,
  common: Uint32Array,
): readonly LineChange[] {
  const width = b.length + 1;
  const changes: { oldLine: number; newLine: number; removed: string[]; added: string[] }[] = [];
  let current: (typeof changes)[number] | undefined;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      current = undefined;
      i += 1;
      j += 1;
      continue;
    }
    if (current === undefined) {
      current = { oldLine: first + i, newLine: first + j, removed: [], added: [] };
      changes.push(current);
    }
    const takesOld = right === undefined || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0);
    if (left !== undefined && takesOld) {
      current.removed.push(left);
      i += 1;
    } else if (right !== undefined) {
      current.added.push(right);
      j += 1;
    }
  }
  return changes;
}

/** How many lines the rests from `i` and `j` have in common, at `i * (b.length + 1) + j`. */
function* commonLengths(a: readonly string[], b: readonly string[]): Steps<Uint32Array> {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    yield;
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  }
  return common;
}
