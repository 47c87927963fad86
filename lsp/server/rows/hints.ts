// Rows of features that add to what is seen: semantic tokens, inlay hints, code lenses.
import {
  type CodeLens as ProtocolLens,
  CodeLensRequest,
  CodeLensResolveRequest,
  InlayHintKind,
  InlayHintRequest,
  type InlayHint as ProtocolHint,
  SemanticTokensDeltaRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
} from "vscode-languageserver/node";
import { callersLens, type CodeLens, codeLenses, triggerLens } from "../../features/code-lenses.ts";
import { type InlayHint, inlayHints } from "../../features/inlay-hints.ts";
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES, tokenChange } from "../../features/semantic-tokens.ts";
import type { Steps } from "../../../base/steps.ts";
import type { Document, Place, Workspace } from "../../types.ts";
import { CLIENT_COMMANDS } from "../commands.ts";
import { feature, type FeatureContext, type FeatureRow } from "../feature.ts";

/** So many tokens are put into numbers in a step. */
const TOKENS_PER_STEP = 200;

/** The tokens of a document, or of a range of it, as five numbers each: lines and characters count from the token before. */
function* encoded(context: FeatureContext, document: Document, span?: Place["span"]): Steps<number[]> {
  const tokens = yield* semanticTokens(document, span);
  const data: number[] = [];
  let line = 0;
  let character = 0;
  for (const [index, token] of tokens.entries()) {
    if (index % TOKENS_PER_STEP === 0) yield;
    const { start, end } = context.range(document, token.span);
    const sameLine = start.line === line && data.length > 0;
    const bits = token.modifiers.reduce((sum, modifier) => sum | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0);
    data.push(
      start.line - line,
      sameLine ? start.character - character : start.character,
      end.character - start.character,
      TOKEN_TYPES.indexOf(token.type),
      bits,
    );
    line = start.line;
    character = start.character;
  }
  return data;
}

interface Answer {
  readonly id: string;
  readonly data: readonly number[];
}

/** The last answer per document, so that the next can be told as a change. */
const ANSWERS = new WeakMap<Workspace, Map<string, Answer>>();
/** Documents whose last answer is kept. */
const ANSWERS_MAX = 64;

function remember(context: FeatureContext, document: Document, data: readonly number[]): string {
  const answers = ANSWERS.get(context.workspace) ?? new Map<string, Answer>();
  ANSWERS.set(context.workspace, answers);
  const before = answers.get(document.path);
  const id = String(Number(before?.id ?? 0) + 1);
  answers.delete(document.path);
  answers.set(document.path, { id, data });
  const [oldest] = answers.keys();
  if (answers.size > ANSWERS_MAX && oldest !== undefined) answers.delete(oldest);
  return id;
}

const HINT_KINDS: Readonly<Record<InlayHint["kind"], InlayHintKind>> = {
  type: InlayHintKind.Type,
  parameter: InlayHintKind.Parameter,
  null: InlayHintKind.Type,
};

function protocolHint(context: FeatureContext, document: Document, hint: InlayHint): ProtocolHint {
  const position = context.position(document, hint.offset);
  return {
    position,
    label: hint.label,
    kind: HINT_KINDS[hint.kind],
    ...(hint.kind === "parameter" ? { paddingRight: true } : {}),
    ...(hint.tooltip === undefined ? {} : { tooltip: hint.tooltip }),
    ...(hint.text === undefined
      ? {}
      : { textEdits: [{ range: { start: position, end: position }, newText: hint.text }] }),
  };
}

/** Whether the client carries out commands of lenses (lsp/server/commands.ts). */
function hasCommands(context: FeatureContext): boolean {
  const experimental = context.client.experimental as { readonly grizzlyCommands?: unknown } | undefined;
  return experimental?.grizzlyCommands === true;
}

function protocolLens(context: FeatureContext, document: Document, uri: string, lens: CodeLens): ProtocolLens {
  const range = context.range(document, lens.span);
  if (lens.kind === "callers" || lens.kind === "trigger")
    return { range, data: { uri, kind: lens.kind, at: range.start } satisfies LensData };
  if (lens.kind === "text") return { range, command: { title: lens.title, command: "" } };
  const title = lens.kind === "runTest" ? "Run test" : "Run";
  const { command } = CLIENT_COMMANDS[lens.kind];
  return {
    range,
    command: hasCommands(context) ? { title, command, arguments: [uri, lens.name] } : { title, command: "" },
  };
}

function countText(places: readonly Place[]): string {
  return places.length === 1 ? "1 caller" : `${places.length === 0 ? "no" : places.length} callers`;
}

/** What a lens needs to be completed when it is seen. */
interface LensData {
  readonly uri: string;
  readonly kind: "callers" | "trigger";
  readonly at: ProtocolLens["range"]["start"];
}

/** Semantic tokens, inlay hints, code lenses. */
export const HINT_ROWS: readonly FeatureRow[] = [
  feature(
    SemanticTokensRequest.type,
    () => ({
      semanticTokensProvider: {
        legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
        full: { delta: true },
        range: true,
      },
    }),
    function* (context, { textDocument }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const data = yield* encoded(context, document);
      return { resultId: remember(context, document, data), data };
    },
    "mentions",
  ),
  feature(
    SemanticTokensDeltaRequest.type,
    () => ({}),
    function* (context, { textDocument, previousResultId }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const before = ANSWERS.get(context.workspace)?.get(document.path);
      const data = yield* encoded(context, document);
      const resultId = remember(context, document, data);
      if (before?.id !== previousResultId) return { resultId, data };
      const change = tokenChange(before.data, data);
      if (change === undefined) return { resultId, edits: [] };
      return { resultId, edits: [{ start: change.start, deleteCount: change.deleted, data: [...change.data] }] };
    },
    "mentions",
  ),
  feature(
    SemanticTokensRangeRequest.type,
    () => ({}),
    function* (context, { textDocument, range }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const span = { start: context.offset(document, range.start), end: context.offset(document, range.end) };
      return { data: yield* encoded(context, document, span) };
    },
  ),
  feature(
    InlayHintRequest.type,
    () => ({ inlayHintProvider: true }),
    function* (context, { textDocument, range }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const span = { start: context.offset(document, range.start), end: context.offset(document, range.end) };
      const { settings } = context;
      const choice = {
        types: settings["inlayHints.types"],
        parameters: settings["inlayHints.parameters"],
        nulls: settings["inlayHints.nulls"],
      };
      return (yield* inlayHints(document, span, choice)).map((hint) => protocolHint(context, document, hint));
    },
  ),
  feature(
    CodeLensRequest.type,
    () => ({ codeLensProvider: { resolveProvider: true } }),
    function* (context, { textDocument }) {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const lenses = yield* codeLenses(document, context.cron);
      return lenses.map((lens) => protocolLens(context, document, textDocument.uri, lens));
    },
    "tree",
  ),
  feature(
    CodeLensResolveRequest.type,
    () => ({}),
    function* (context, lens, token) {
      const data = lens.data as LensData | undefined;
      const document = data === undefined ? undefined : context.documentAt(data.uri);
      if (data === undefined || document === undefined) return lens;
      const offset = context.offset(document, data.at);
      if (data.kind === "trigger")
        return {
          ...lens,
          command: { title: (yield* triggerLens(context.workspace, document, offset)) ?? "not known", command: "" },
        };
      const places = yield* callersLens(context.workspace, document, offset, token);
      const title = countText(places);
      const { command } = CLIENT_COMMANDS.showReferences;
      if (places.length === 0 || !hasCommands(context)) return { ...lens, command: { title, command: "" } };
      const locations = places.flatMap((place) => context.location(place) ?? []);
      return { ...lens, command: { title, command, arguments: [data.uri, data.at, locations] } };
    },
    "mentions",
  ),
];
