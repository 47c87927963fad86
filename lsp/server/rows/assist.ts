// The rows of what helps while writing: hover, completion with what a chosen proposal means, signature help.
import {
  type CompletionItem,
  CompletionItemKind,
  CompletionRequest,
  CompletionResolveRequest,
  HoverRequest,
  InsertTextFormat,
  MarkupKind,
  type SignatureInformation,
  SignatureHelpRequest,
} from "vscode-languageserver/node";
import { callablesNamed } from "../../features/callables.ts";
import { completion } from "../../features/completion.ts";
import { codeBlock, tableText } from "../../features/describe.ts";
import { hover } from "../../features/hover.ts";
import type { Proposal, ProposalKind } from "../../features/proposal.ts";
import { signatureHelp } from "../../features/signature-help.ts";
import { feature, type FeatureContext, type FeatureRow } from "../feature.ts";

/** Completion asks the checker in one more way only until so much time has gone. */
const ANOTHER_WAY_MS = 12;
/** After so much time it answers with what is known. */
const DUE_MS = 25;

const KINDS: Readonly<Record<ProposalKind, CompletionItemKind>> = {
  variable: CompletionItemKind.Variable,
  column: CompletionItemKind.Field,
  table: CompletionItemKind.Struct,
  alias: CompletionItemKind.Reference,
  field: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  method: CompletionItemKind.Method,
  type: CompletionItemKind.Class,
  enumValue: CompletionItemKind.EnumMember,
  error: CompletionItemKind.Event,
  keyword: CompletionItemKind.Keyword,
  key: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  module: CompletionItemKind.Module,
  snippet: CompletionItemKind.Snippet,
  argument: CompletionItemKind.Property,
};

/** What a proposal needs to be described later. */
interface ProposalPayload {
  readonly path: string;
  readonly name: string;
  readonly kind: ProposalKind;
}

/** Hover, completion and signature help. */
export const ASSIST_ROWS: readonly FeatureRow[] = [
  feature(
    HoverRequest.type,
    () => ({ hoverProvider: true }),
    function* (context, { textDocument, position }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const found = yield* hover(context.workspace, document, context.offset(document, position), context.cron);
      if (found === undefined) return null;
      return {
        contents: { kind: MarkupKind.Markdown, value: found.markdown },
        range: context.range(document, found.span),
      };
    },
  ),
  feature(
    CompletionRequest.type,
    () => ({ completionProvider: { triggerCharacters: [".", ":", "@", "'", '"', "("], resolveProvider: true } }),
    (context, { textDocument, position }, token) => {
      const start = context.waitsSince();
      const document = context.atHand(textDocument.uri, position);
      if (document === undefined) return null;
      const found = completion(context.workspace, document, context.offset(document, position), {
        max: context.settings["completion.maxItems"],
        mayGoOn: () => !token.cancelled() && performance.now() < start + ANOTHER_WAY_MS,
        isDue: () => performance.now() > start + DUE_MS,
      });
      if (found === undefined) return null;
      const range = context.range(document, found);
      const path = document.path;
      return {
        isIncomplete: found.isIncomplete,
        items: found.items.map((proposal, index) => ({
          ...itemOf(context, proposal),
          textEdit: { range, newText: newText(context, proposal) },
          sortText: String(index).padStart(4, "0"),
          data: { path, name: proposal.label, kind: proposal.kind } satisfies ProposalPayload,
        })),
      };
    },
    "nothing",
  ),
  feature(
    CompletionResolveRequest.type,
    () => ({}),
    (context, item) => {
      const about = item.documentation === undefined ? describe(context, item.data) : undefined;
      if (about === undefined) return item;
      return {
        ...item,
        ...(about.detail === undefined || item.detail !== undefined ? {} : { detail: about.detail }),
        documentation: { kind: MarkupKind.Markdown, value: about.markdown },
      };
    },
    "nothing",
  ),
  feature(
    SignatureHelpRequest.type,
    () => ({ signatureHelpProvider: { triggerCharacters: ["(", ","], retriggerCharacters: [":", ")"] } }),
    (context, { textDocument, position }) => {
      const document = context.documentAt(textDocument.uri);
      const found =
        document === undefined
          ? undefined
          : signatureHelp(context.workspace, document, context.offset(document, position));
      if (found === undefined) return null;
      return {
        signatures: found.signatures.map((signature, index): SignatureInformation => {
          const active = found.parameters[index];
          return {
            label: signature.label,
            documentation: { kind: MarkupKind.Markdown, value: signature.about() },
            parameters: parametersOf(
              signature.label,
              signature.parameters.map(({ text }) => text),
            ),
            ...(active === undefined ? {} : { activeParameter: active }),
          };
        }),
        activeSignature: found.active,
        activeParameter: found.parameters[found.active] ?? null,
      };
    },
  ),
];

/** Parameters as places in the label: their texts may occur in it more than once. */
function parametersOf(label: string, texts: readonly string[]): { label: [number, number] }[] {
  let from = label.indexOf("(");
  return texts.flatMap((text) => {
    const at = label.indexOf(text, from);
    if (at < 0) return [];
    from = at + text.length;
    return [{ label: [at, from] as [number, number] }];
  });
}

function snippetsOf(context: FeatureContext): boolean {
  return context.client.textDocument?.completion?.completionItem?.snippetSupport === true;
}

/** Whether the client shows details of every proposal, not only of the one that is chosen. */
function shownBeside(context: FeatureContext): boolean {
  return context.client.textDocument?.completion?.completionItem?.labelDetailsSupport === true;
}

function newText(context: FeatureContext, proposal: Proposal): string {
  if (proposal.snippet !== undefined && snippetsOf(context)) return proposal.snippet;
  return proposal.insert ?? proposal.label;
}

function itemOf(context: FeatureContext, proposal: Proposal): CompletionItem {
  const { detail, about } = proposal;
  return {
    label: proposal.label,
    kind: KINDS[proposal.kind],
    ...(proposal.snippet !== undefined && snippetsOf(context) ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(detail === undefined
      ? {}
      : shownBeside(context)
        ? { detail, labelDetails: { description: detail } }
        : { detail }),
    ...(about === undefined || about === "" ? {} : { documentation: { kind: MarkupKind.Markdown, value: about } }),
  };
}

function isPayload(data: unknown): data is ProposalPayload {
  return typeof data === "object" && data !== null && "path" in data && "name" in data && "kind" in data;
}

/** What a proposal means: signature and doc comment of a routine, columns of a table. */
function describe(
  context: FeatureContext,
  data: unknown,
): { readonly detail: string | undefined; readonly markdown: string } | undefined {
  if (!isPayload(data)) return undefined;
  const document = context.atHand(context.uriOf(data.path), { line: 0, character: 0 });
  if (document === undefined) return undefined;
  if (data.kind === "function" || data.kind === "method") {
    const [callable] = callablesNamed(context.workspace, document, data.name);
    return callable === undefined
      ? undefined
      : { detail: callable.label, markdown: [codeBlock(callable.label), callable.about()].join("\n\n") };
  }
  if (data.kind !== "table" && data.kind !== "alias") return undefined;
  const parts = data.name.split(".");
  const table = document.catalog.table(parts.length > 1 ? parts[0] : undefined, parts.at(-1) ?? "");
  return table === undefined ? undefined : { detail: undefined, markdown: codeBlock(tableText(table, undefined)) };
}
