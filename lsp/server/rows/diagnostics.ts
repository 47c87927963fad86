// Diagnostics by request: of one document, and of all sources of the workspace.
// An answer has a name; a client that still has the answer of that name is told that nothing changed.
import {
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  DocumentDiagnosticRequest,
  type WorkspaceDocumentDiagnosticReport,
  WorkspaceDiagnosticRequest,
} from "vscode-languageserver/node";
import type { EditedWorkspace } from "../../workspace/workspace.ts";
import { feature, type FeatureRow } from "../feature.ts";
import type { Publisher } from "../publisher.ts";

/** The rows for one connection. */
export function diagnosticRows(publisher: Publisher, workspace: EditedWorkspace): readonly FeatureRow[] {
  const ofDocument = feature(
    DocumentDiagnosticRequest.type,
    () => ({
      diagnosticProvider: { identifier: "grizzly", interFileDependencies: true, workspaceDiagnostics: true },
    }),
    (context, { textDocument, previousResultId }): DocumentDiagnosticReport => {
      const document = context.documentAt(textDocument.uri);
      const resultId = document === undefined ? undefined : publisher.resultId(document.path);
      if (document === undefined || resultId === undefined)
        return { kind: DocumentDiagnosticReportKind.Full, items: [] };
      if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
      return { kind: DocumentDiagnosticReportKind.Full, resultId, items: [...publisher.diagnosticsOf(document)] };
    },
  );
  const ofWorkspace = feature(
    WorkspaceDiagnosticRequest.type,
    () => ({}),
    function* (context, { previousResultIds }) {
      const known = new Map(previousResultIds.map(({ uri, value }) => [context.pathOf(uri), value]));
      const items: WorkspaceDocumentDiagnosticReport[] = [];
      for (const path of workspace.paths()) {
        yield* workspace.ready(path, "tree");
        const name = publisher.resultId(path);
        if (name === undefined) continue;
        const uri = context.uriOf(path);
        if (known.get(path) === name) {
          items.push({ uri, version: null, resultId: name, kind: DocumentDiagnosticReportKind.Unchanged });
          continue;
        }
        const document = yield* workspace.ready(path, "check");
        // Named anew: it may have changed while it was checked.
        const resultId = publisher.resultId(path);
        if (document === undefined || resultId === undefined) continue;
        const version = workspace.isOpen(path) ? document.version : null;
        const found = [...publisher.diagnosticsOf(document)];
        items.push({ uri, version, resultId, kind: DocumentDiagnosticReportKind.Full, items: found });
      }
      return { items };
    },
  );
  return [ofDocument, ofWorkspace];
}
