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

export { nearest } from "../../base/nearest.ts";
