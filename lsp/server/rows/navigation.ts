// Rows of features that lead from one place to others: definition, references, highlights, rename, symbols.
import {
  DefinitionRequest,
  DocumentHighlightKind,
  DocumentHighlightRequest,
  type DocumentSymbol,
  DocumentSymbolRequest,
  LSPErrorCodes,
  type Location,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  ResponseError,
  type SymbolInformation,
  SymbolKind,
  TypeDefinitionRequest,
  WorkspaceSymbolRequest,
} from "vscode-languageserver/node";
import type { Steps } from "../../../base/steps.ts";
import { definition, highlights, references, typeDefinition } from "../../features/navigation.ts";
import { prepareRename, rename } from "../../features/rename.ts";
import { documentSymbols, type OutlineKind, type OutlineSymbol, workspaceSymbols } from "../../features/symbols.ts";
import type { Document, Place } from "../../types.ts";
import { feature, type FeatureContext, type FeatureRow } from "../feature.ts";

/** Kinds of the outline as the protocol calls them. */
const SYMBOL_KINDS: Readonly<Record<OutlineKind, SymbolKind>> = {
  function: SymbolKind.Function,
  procedure: SymbolKind.Function,
  method: SymbolKind.Method,
  struct: SymbolKind.Struct,
  enum: SymbolKind.Enum,
  enumValue: SymbolKind.EnumMember,
  error: SymbolKind.Class,
  field: SymbolKind.Field,
  table: SymbolKind.Class,
  view: SymbolKind.Interface,
  index: SymbolKind.Key,
  column: SymbolKind.Field,
  trigger: SymbolKind.Event,
  schedule: SymbolKind.Event,
  pipeline: SymbolKind.Namespace,
  test: SymbolKind.Method,
  variable: SymbolKind.Variable,
  constant: SymbolKind.Constant,
  module: SymbolKind.Module,
};

/** There may be thousands, each in a file of its own. */
function* locations(context: FeatureContext, places: readonly Place[]): Steps<Location[]> {
  const found: Location[] = [];
  for (const place of places) {
    const location = context.location(place);
    if (location !== undefined) found.push(location);
    yield;
  }
  return found;
}

function outline(context: FeatureContext, document: Document, symbol: OutlineSymbol): DocumentSymbol {
  return {
    name: symbol.name,
    ...(symbol.detail === undefined ? {} : { detail: symbol.detail }),
    kind: SYMBOL_KINDS[symbol.kind],
    range: context.range(document, symbol.span),
    selectionRange: context.range(document, symbol.nameSpan),
    children: symbol.children.map((child) => outline(context, document, child)),
  };
}

/** A rename that cannot be done is an answer with a reason, which editors show. */
function refuse(reason: string): never {
  throw new ResponseError(LSPErrorCodes.RequestFailed, reason);
}

/** Navigation, rename and symbols. */
export const NAVIGATION_ROWS: readonly FeatureRow[] = [
  feature(
    DefinitionRequest.type,
    () => ({ definitionProvider: true }),
    function* (context, { textDocument, position }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return yield* locations(
        context,
        yield* definition(context.workspace, document, context.offset(document, position)),
      );
    },
    "mentions",
  ),
  feature(
    TypeDefinitionRequest.type,
    () => ({ typeDefinitionProvider: true }),
    function* (context, { textDocument, position }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return yield* locations(
        context,
        yield* typeDefinition(context.workspace, document, context.offset(document, position)),
      );
    },
    "mentions",
  ),
  feature(
    ReferencesRequest.type,
    () => ({ referencesProvider: true }),
    function* (context, { textDocument, position, context: { includeDeclaration } }, token) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const offset = context.offset(document, position);
      return yield* locations(
        context,
        yield* references(context.workspace, document, offset, includeDeclaration, token),
      );
    },
    "mentions",
  ),
  feature(
    DocumentHighlightRequest.type,
    () => ({ documentHighlightProvider: true }),
    (context, { textDocument, position }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return highlights(document, context.offset(document, position)).map(({ span, writes }) => ({
        range: context.range(document, span),
        kind: writes ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      }));
    },
    "mentions",
  ),
  feature(
    PrepareRenameRequest.type,
    () => ({}),
    function* (context, { textDocument, position }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const found = yield* prepareRename(context.workspace, document, context.offset(document, position));
      if (found.kind === "refused") return refuse(found.reason);
      return { range: context.range(document, found.place.span), placeholder: found.name };
    },
    "mentions",
  ),
  feature(
    RenameRequest.type,
    (client) => ({
      renameProvider: client.textDocument?.rename?.prepareSupport === true ? { prepareProvider: true } : true,
    }),
    function* (context, { textDocument, position, newName }, token) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const renamed = yield* rename(context.workspace, document, context.offset(document, position), newName, token);
      return renamed.kind === "refused" ? refuse(renamed.reason) : context.edit(renamed.edits);
    },
    "mentions",
  ),
  feature(
    DocumentSymbolRequest.type,
    () => ({ documentSymbolProvider: true }),
    (context, { textDocument }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return documentSymbols(document).map((symbol) => outline(context, document, symbol));
    },
    "tree",
  ),
  feature(
    WorkspaceSymbolRequest.type,
    () => ({ workspaceSymbolProvider: true }),
    function* (context, { query }, token): Steps<SymbolInformation[]> {
      const found: SymbolInformation[] = [];
      for (const { symbol, path, container } of yield* workspaceSymbols(context.workspace, query, token)) {
        const location = context.location({ path, span: symbol.nameSpan });
        if (location !== undefined)
          found.push({
            name: symbol.name,
            kind: SYMBOL_KINDS[symbol.kind],
            location,
            ...(container === undefined ? {} : { containerName: container }),
          });
        yield;
      }
      return found;
    },
  ),
];
