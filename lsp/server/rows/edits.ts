// Rows of features that change texts: code actions, formatting, links and imports that follow renamed files.
import {
  CodeActionRequest,
  type CodeAction as ProtocolAction,
  DocumentFormattingRequest,
  DocumentLinkRequest,
  DocumentOnTypeFormattingRequest,
  DocumentRangeFormattingRequest,
  type TextEdit as ProtocolEdit,
  WillRenameFilesRequest,
} from "vscode-languageserver/node";
import type { TextEdit } from "../../../base/problem.ts";
import { type CodeAction, codeActions } from "../../features/code-actions.ts";
import { FORMAT_CHARACTERS, formatDocument, formatRange, formatTyped } from "../../features/formatting.ts";
import { links, renamedFiles } from "../../features/links.ts";
import type { Document } from "../../types.ts";
import { EXPLAIN_COMMAND } from "../commands.ts";
import { feature, type FeatureContext, type FeatureRow } from "../feature.ts";

function textEdits(context: FeatureContext, document: Document, edits: readonly TextEdit[]): ProtocolEdit[] {
  return edits.map((edit) => ({ range: context.range(document, edit.span), newText: edit.text }));
}

function protocolAction(context: FeatureContext, document: Document, action: CodeAction): ProtocolAction {
  const { problem, refused } = action;
  return {
    // Editors show what is disabled without its reason.
    title: refused === undefined ? action.title : `${action.title}: ${refused}`,
    kind: action.kind,
    ...(problem === undefined
      ? {}
      : {
          diagnostics: [
            {
              range: context.range(document, problem.span),
              message: problem.message,
              code: problem.code,
              source: "grizzly",
            },
          ],
        }),
    ...(action.preferred === true ? { isPreferred: true } : {}),
    ...whatItDoes(context, document, action),
  };
}

function whatItDoes(context: FeatureContext, document: Document, action: CodeAction): Partial<ProtocolAction> {
  if (action.refused !== undefined) return { disabled: { reason: action.refused } };
  if (action.explains !== undefined)
    return { command: { title: action.title, command: EXPLAIN_COMMAND, arguments: [action.explains] } };
  return { edit: context.edit(new Map([[document.path, action.edits]])) };
}

/** Code actions, formatting, links, renamed files. */
export const EDIT_ROWS: readonly FeatureRow[] = [
  feature(
    CodeActionRequest.type,
    () => ({
      codeActionProvider: { codeActionKinds: ["quickfix", "refactor.extract", "refactor.rewrite", "source.fixAll"] },
    }),
    (context, { textDocument, range, context: { only } }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const span = { start: context.offset(document, range.start), end: context.offset(document, range.end) };
      const showsRefused = context.client.textDocument?.codeAction?.disabledSupport === true;
      return codeActions(document, span, only, showsRefused ? "shown" : "left out").map((action) =>
        protocolAction(context, document, action),
      );
    },
  ),
  feature(
    DocumentFormattingRequest.type,
    () => ({ documentFormattingProvider: true }),
    function* (context, { textDocument }) {
      const document = context.documentAt(textDocument.uri);
      return document === undefined ? null : textEdits(context, document, yield* formatDocument(document));
    },
    "tree",
  ),
  feature(
    DocumentRangeFormattingRequest.type,
    () => ({ documentRangeFormattingProvider: true }),
    function* (context, { textDocument, range }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const span = { start: context.offset(document, range.start), end: context.offset(document, range.end) };
      return textEdits(context, document, yield* formatRange(document, span));
    },
    "tree",
  ),
  feature(
    DocumentOnTypeFormattingRequest.type,
    () => {
      const [firstTriggerCharacter, ...moreTriggerCharacter] = FORMAT_CHARACTERS;
      return { documentOnTypeFormattingProvider: { firstTriggerCharacter, moreTriggerCharacter } };
    },
    function* (context, { textDocument, position, ch }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return textEdits(context, document, yield* formatTyped(document, context.offset(document, position), ch));
    },
    "tree",
  ),
  feature(
    DocumentLinkRequest.type,
    () => ({ documentLinkProvider: { resolveProvider: false } }),
    (context, { textDocument }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return links(context.workspace, document).map(({ span, path }) => ({
        range: context.range(document, span),
        target: context.uriOf(path),
      }));
    },
    "tree",
  ),
  feature(
    WillRenameFilesRequest.type,
    () => ({ workspace: { fileOperations: { willRename: { filters: [{ pattern: { glob: "**/*.grz" } }] } } } }),
    function* (context, { files }) {
      const renames = files.map(({ oldUri, newUri }) => ({ from: context.pathOf(oldUri), to: context.pathOf(newUri) }));
      return context.edit(yield* renamedFiles(context.workspace, renames));
    },
  ),
];
