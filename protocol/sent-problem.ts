// A problem of a text as JSON, as ERROR and NOTICE carry it. Places count UTF-16 units from the text's beginning.
import type { Severity } from "../base/problem.ts";

/** A place. */
export interface SentSpan {
  readonly start: number;
  readonly end: number;
}

/** A problem. */
export interface SentProblem extends SentSpan {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly help?: string;
  readonly related?: readonly (SentSpan & { readonly label: string })[];
  readonly fixes?: readonly {
    readonly title: string;
    readonly edits: readonly (SentSpan & { readonly text: string })[];
  }[];
}
