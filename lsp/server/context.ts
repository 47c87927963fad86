// The context of features over one connection: documents by URI, places in the client's encoding.
import type { ClientCapabilities, TextEdit as ProtocolEdit, WorkspaceEdit } from "vscode-languageserver/node";
import type { CronPort } from "../../base/cron/fields.ts";
import type { TextEdit } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import { lineStarts } from "../../base/source.ts";
import type { Document } from "../types.ts";
import type { EditedWorkspace } from "../workspace/workspace.ts";
import type { FeatureContext } from "./feature.ts";
import { offsetOf, positionOf, type PositionEncoding } from "./positions.ts";
import type { Settings } from "./settings.ts";
import type { Uris } from "./uris.ts";

/** What a context is made of. */
export interface ContextParts {
  readonly workspace: EditedWorkspace;
  readonly uris: Uris;
  readonly client: ClientCapabilities;
  readonly encoding: PositionEncoding;
  readonly settings: () => Settings;
  readonly cron: CronPort;
  readonly waitsSince: () => number;
}

/** Makes it. */
export function makeContext({
  workspace,
  uris,
  client,
  encoding,
  settings,
  cron,
  waitsSince,
}: ContextParts): FeatureContext {
  const range = (document: Document, span: Span): ProtocolEdit["range"] => ({
    start: positionOf(document, span.start, encoding),
    end: positionOf(document, span.end, encoding),
  });
  const protocolEdits = (document: Document, edits: readonly TextEdit[]): ProtocolEdit[] =>
    edits.map((edit) => ({ range: range(document, edit.span), newText: edit.text }));
  const edit = (changes: ReadonlyMap<string, readonly TextEdit[]>): WorkspaceEdit => {
    const known = [...changes].flatMap(([path, edits]) => {
      const document = workspace.document(path);
      return document === undefined ? [] : [{ document, edits: protocolEdits(document, edits) }];
    });
    if (client.workspace?.workspaceEdit?.documentChanges !== true)
      return { changes: Object.fromEntries(known.map(({ document, edits }) => [uris.uriOf(document.path), edits])) };
    return {
      documentChanges: known.map(({ document, edits }) => ({
        // Version 0: a file that no editor has.
        textDocument: { uri: uris.uriOf(document.path), version: document.version === 0 ? null : document.version },
        edits,
      })),
    };
  };
  return {
    workspace,
    client,
    get settings() {
      return settings();
    },
    cron,
    waitsSince,
    documentAt: (uri) => workspace.document(uris.pathOf(uri)),
    atHand: (uri, position) =>
      workspace.atHand(uris.pathOf(uri), (text) =>
        offsetOf({ text, lineStarts: lineStarts(text) }, position, encoding),
      ),
    pathOf: (uri) => uris.pathOf(uri),
    uriOf: (path) => uris.uriOf(path),
    offset: (document, position) => offsetOf(document, position, encoding),
    position: (document, offset) => positionOf(document, offset, encoding),
    range,
    location: (place) => {
      const document = workspace.document(place.path);
      return document === undefined ? undefined : { uri: uris.uriOf(place.path), range: range(document, place.span) };
    },
    edit,
  };
}
