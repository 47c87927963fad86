// Rows of features that show how a text is built: folding, growing selections, call hierarchy.
import {
  type CallHierarchyItem,
  CallHierarchyIncomingCallsRequest,
  CallHierarchyOutgoingCallsRequest,
  CallHierarchyPrepareRequest,
  FoldingRangeKind,
  FoldingRangeRequest,
  type SelectionRange,
  SelectionRangeRequest,
  SymbolKind,
} from "vscode-languageserver/node";
import type { Steps } from "../../../base/steps.ts";
import { callable, type Caller, calleesOf, callersOf } from "../../features/calls.ts";
import { folds, selections } from "../../features/folding.ts";
import type { Document } from "../../types.ts";
import { feature, type FeatureContext, type FeatureRow } from "../feature.ts";

const FOLD_KINDS = {
  region: FoldingRangeKind.Region,
  comment: FoldingRangeKind.Comment,
  imports: FoldingRangeKind.Imports,
} as const;

const CALLER_KINDS: Readonly<Record<Caller["kind"], SymbolKind>> = {
  routine: SymbolKind.Function,
  trigger: SymbolKind.Event,
  schedule: SymbolKind.Event,
  pipeline: SymbolKind.Namespace,
  test: SymbolKind.Method,
  script: SymbolKind.File,
};

function itemOf(context: FeatureContext, caller: Caller): readonly CallHierarchyItem[] {
  const document = context.workspace.document(caller.path);
  if (document === undefined) return [];
  return [
    {
      name: caller.name,
      kind: CALLER_KINDS[caller.kind],
      detail: caller.kind,
      uri: context.uriOf(caller.path),
      range: context.range(document, caller.span),
      selectionRange: context.range(document, caller.nameSpan),
    },
  ];
}

/** The caller that a client sends back: found again at its name. A script has none and calls by its place. */
function* callerAt(context: FeatureContext, item: CallHierarchyItem): Steps<Caller | undefined> {
  const document = context.documentAt(item.uri);
  if (document === undefined) return undefined;
  const offset = context.offset(document, item.selectionRange.start);
  const found = (yield* callable(context.workspace, document, offset)).find((each) => each.path === document.path);
  if (found !== undefined) return found;
  const span = { start: context.offset(document, item.range.start), end: context.offset(document, item.range.end) };
  return {
    name: item.name,
    kind: "script",
    path: document.path,
    span,
    nameSpan: { start: span.start, end: span.start },
  };
}

function selectionChain(context: FeatureContext, document: Document, offset: number): SelectionRange {
  const spans = selections(document, offset);
  let chain: SelectionRange | undefined;
  for (const span of spans.toReversed())
    chain = { range: context.range(document, span), ...(chain === undefined ? {} : { parent: chain }) };
  return chain ?? { range: context.range(document, { start: offset, end: offset }) };
}

/** Folding, selections, call hierarchy. */
export const STRUCTURE_ROWS: readonly FeatureRow[] = [
  feature(
    FoldingRangeRequest.type,
    () => ({ foldingRangeProvider: true }),
    (context, { textDocument }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const max = context.client.textDocument?.foldingRange?.rangeLimit ?? Number.POSITIVE_INFINITY;
      return folds(document)
        .slice(0, max)
        .map(({ startLine, endLine, kind }) => ({ startLine, endLine, kind: FOLD_KINDS[kind] }));
    },
    "tree",
  ),
  feature(
    SelectionRangeRequest.type,
    () => ({ selectionRangeProvider: true }),
    (context, { textDocument, positions }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      return positions.map((position) => selectionChain(context, document, context.offset(document, position)));
    },
    "tree",
  ),
  feature(
    CallHierarchyPrepareRequest.type,
    () => ({ callHierarchyProvider: true }),
    function* (context, { textDocument, position }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const found = yield* callable(context.workspace, document, context.offset(document, position));
      return found.flatMap((caller) => itemOf(context, caller));
    },
    "mentions",
  ),
  feature(
    CallHierarchyIncomingCallsRequest.type,
    () => ({}),
    function* (context, { item }, token) {
      const callee = yield* callerAt(context, item);
      if (callee === undefined) return null;
      return (yield* callersOf(context.workspace, callee, token)).flatMap(({ caller, places }) => {
        const document = context.workspace.document(caller.path);
        if (document === undefined) return [];
        const fromRanges = places.map((span) => context.range(document, span));
        return itemOf(context, caller).map((from) => ({ from, fromRanges }));
      });
    },
    "mentions",
  ),
  feature(
    CallHierarchyOutgoingCallsRequest.type,
    () => ({}),
    function* (context, { item }) {
      const caller = yield* callerAt(context, item);
      const document = caller === undefined ? undefined : context.workspace.document(caller.path);
      if (caller === undefined || document === undefined) return null;
      return (yield* calleesOf(context.workspace, caller)).flatMap(({ caller: callee, places }) => {
        const fromRanges = places.map((span) => context.range(document, span));
        return itemOf(context, callee).map((to) => ({ to, fromRanges }));
      });
    },
    "mentions",
  ),
];
