// Reporting problems while checking: like base/problem.ts, with places inside items instead of absolute spans.
// Also the severity switch of --strict and the nearest-name suggestions.
import { DIAGNOSTICS, type DiagnosticData, type DiagnosticName } from "../../base/diagnostics/diagnostics.ts";
import type { Fix, Severity } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import type { CheckContext, Finding, ModuleState, Place } from "./context.ts";

/** What may accompany a finding. Spans of `related` without an item, and of `fixes`, are relative to the finding's own item. */
export interface FindingExtras {
  readonly help?: string | undefined;
  readonly related?: readonly {
    readonly span: Span;
    readonly label: string;
    readonly item?: Place["item"] | undefined;
  }[];
  readonly fixes?: readonly Fix[];
  /** Overrides the table's severity, for --strict and late binding only. */
  readonly severity?: Severity;
}

/** Reports a problem at a span of the current item. */
export function problem<N extends DiagnosticName>(
  ctx: CheckContext,
  name: N,
  span: Span,
  data: DiagnosticData<N>,
  extras: FindingExtras = {},
): void {
  problemAt(ctx.state, { span, item: ctx.item }, name, data, extras);
}

/** Reports a problem at a place that need not be in the current item. The same finding at the same place is reported once. */
export function problemAt<N extends DiagnosticName>(
  state: ModuleState,
  place: Place,
  name: N,
  data: DiagnosticData<N>,
  extras: FindingExtras = {},
): void {
  const row = DIAGNOSTICS[name];
  const message = (row.message as (data: DiagnosticData<N>) => string)(data);
  const key = `${name} ${place.span.start} ${message}`;
  const reported = state.reported.get(place.item) ?? new Set();
  if (reported.has(key)) return;
  state.reported.set(place.item, reported.add(key));
  const finding: Finding = {
    name,
    severity: extras.severity ?? row.severity,
    message,
    place,
    help: extras.help,
    related: (extras.related ?? []).map((other) => ({
      place: { span: other.span, item: other.item ?? place.item },
      label: other.label,
    })),
    fixes: extras.fixes ?? [],
  };
  state.findings.push(finding);
}

/** A fix that replaces the text of a span. */
export function replaceFix(title: string, span: Span, text: string): Fix {
  return { title, edits: [{ span, text }] };
}

/** The severity of what may still appear later: a warning in stored bodies, an error in --strict (LANGUAGE.md 15.12). */
export function lateSeverity(ctx: CheckContext): Severity {
  return ctx.state.environment.strict ? "error" : "warning";
}

/**
 * The candidate nearest to `name`, or undefined when none is near enough to be meant.
 * Near: at most a third of the letters differ (at least one); swapped neighbours count as one change.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  const letters = letterSet(wanted);
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    if (bitCount(letters & ~letterSet(candidate)) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/** The letters and digits of a word as bits: each that the other word lacks costs at least one change, so most candidates need no closer look. */
function letterSet(word: string): number {
  let set = 0;
  for (let index = 0; index < word.length; index += 1) set |= 1 << (word.charCodeAt(index) & 31);
  return set;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Damerau-Levenshtein distance (adjacent swaps), given up once it must reach `limit`. */
function editDistance(left: string, right: string, limit: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      let value = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        value = Math.min(value, (beforePrevious[j - 2] ?? 0) + 1);
      current.push(value);
    }
    if (Math.min(...current) >= limit) return limit;
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? limit;
}
