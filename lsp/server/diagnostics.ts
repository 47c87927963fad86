// Problems as diagnostics of the protocol: severity, tags, related places, a link to the page that explains the code, and what code actions need.
import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from "vscode-languageserver/node";
import type { DiagnosticName } from "../../base/diagnostics/diagnostics.ts";
import type { Problem, Severity } from "../../base/problem.ts";
import type { Document } from "../types.ts";
import type { FeatureContext } from "./feature.ts";

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Findings about text that does nothing: editors show it faded. */
const UNNECESSARY: ReadonlySet<DiagnosticName> = new Set<DiagnosticName>([
  "UnusedVariable",
  "UnusedParameter",
  "UnusedLabel",
  "UnusedCommonTable",
  "UnusedValue",
  "UnusedAllow",
  "UnreachableCode",
  "UnreachableCase",
  "UnreachableCatch",
]);

/** What a diagnostic carries for code actions. */
export interface DiagnosticPayload {
  readonly name: DiagnosticName;
  readonly fixes: readonly string[];
}

/** A problem of a document for the client. `pageOf` gives the URI of the page that explains a code. */
export function diagnosticOf(
  context: FeatureContext,
  document: Document,
  problem: Problem,
  pageOf: (code: string) => string | undefined,
): Diagnostic {
  const abilities = context.client.textDocument?.publishDiagnostics ?? context.client.textDocument?.diagnostic;
  const page = abilities?.codeDescriptionSupport === true ? pageOf(problem.code) : undefined;
  const data: DiagnosticPayload = { name: problem.name, fixes: (problem.fixes ?? []).map((fix) => fix.title) };
  return {
    range: context.range(document, problem.span),
    severity: SEVERITIES[problem.severity],
    code: problem.code,
    source: "grizzly",
    message: problem.help === undefined ? problem.message : `${problem.message}\n${problem.help}`,
    ...(page === undefined ? {} : { codeDescription: { href: page } }),
    ...(UNNECESSARY.has(problem.name) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(problem.related === undefined || problem.related.length === 0 || abilities?.relatedInformation === false
      ? {}
      : {
          relatedInformation: problem.related.map((related) => ({
            location: { uri: context.uriOf(document.path), range: context.range(document, related.span) },
            message: related.label,
          })),
        }),
    data,
  };
}
