// Problems: what is wrong with the user's program, as values. Analysis collects them and never throws.
// The diagnostics table (base/diagnostics/) holds code, severity and wording; `report` is the only way to make one.
import { DIAGNOSTICS, type DiagnosticData, type DiagnosticName } from "./diagnostics/diagnostics.ts";
import type { Span } from "./source.ts";

/** How much a problem matters. Only errors stop a program from being run or stored. */
export type Severity = "error" | "warning" | "info" | "hint";

/** One replacement of text, in the same coordinates as the problem's span. */
export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** A change that mends the problem, offered under a title in the imperative. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** Another place that matters for the problem, with its own label. */
export interface Related {
  readonly span: Span;
  readonly label: string;
}

/** One finding. Spans are absolute in the file once it has left the compiler. */
export interface Problem {
  readonly name: DiagnosticName;
  readonly code: string;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly help?: string;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
}

/** What may accompany a problem. */
export interface ProblemExtras {
  readonly help?: string;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
}

/** A value with what was found on the way to it. */
export interface Checked<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** Appends a problem. `data` has the fields that the diagnostic's message needs; missing or wrong ones do not compile. */
export function report<N extends DiagnosticName>(
  problems: Problem[],
  name: N,
  span: Span,
  data: DiagnosticData<N>,
  extras: ProblemExtras = {},
): void {
  const row = DIAGNOSTICS[name];
  const message = (row.message as (data: DiagnosticData<N>) => string)(data);
  problems.push({ name, code: row.code, severity: row.severity, span, message, ...extras });
}
