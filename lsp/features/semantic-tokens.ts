// Semantic tokens: names by what they mean. Keywords, strings and comments are left to the grammar of the editor.
import type { Steps } from "../../base/steps.ts";
import type {
  CallExpression,
  Item,
  MemberExpression,
  Name,
  ObjectLiteral,
  StructTypeNode,
  TypeNode,
} from "../../compiler/syntax/tree.ts";
import { mentionsIn } from "../index/mentions.ts";
import type { Mention, SymbolKind } from "../index/symbols.ts";
import type { Document, Place } from "../types.ts";

/** Types in the order of the legend. */
export const TOKEN_TYPES = [
  "variable",
  "parameter",
  "property",
  "function",
  "method",
  "type",
  "struct",
  "enum",
  "enumMember",
  "class",
  "event",
  "namespace",
  "label",
] as const;

/** Modifiers in the order of the legend: the first is bit 0. */
export const TOKEN_MODIFIERS = ["declaration", "readonly", "modification", "defaultLibrary"] as const;

type TokenType = (typeof TOKEN_TYPES)[number];

/** A name with its meaning; spans lie on one line and do not meet. */
export interface SemanticToken {
  readonly span: Place["span"];
  readonly type: TokenType;
  readonly modifiers: readonly (typeof TOKEN_MODIFIERS)[number][];
}

const TYPES: Readonly<Record<SymbolKind, TokenType>> = {
  variable: "variable",
  parameter: "parameter",
  routine: "function",
  builtin: "function",
  struct: "struct",
  enum: "enum",
  enumValue: "enumMember",
  error: "class",
  field: "property",
  table: "class",
  view: "class",
  column: "property",
  index: "property",
  alias: "variable",
  commonTable: "class",
  resultColumn: "property",
  window: "variable",
  label: "label",
  trigger: "event",
  schedule: "event",
  pipeline: "event",
  step: "event",
  test: "event",
  module: "namespace",
};

/** Tokens of an item by its mentions, which stay the same array while nothing of the item changes. */
const TOKENS = new WeakMap<readonly Mention[], readonly SemanticToken[]>();

/** The tokens of a document, or of the items that a range touches, in order; an item in each step. */
export function* semanticTokens(document: Document, range?: Place["span"]): Steps<readonly SemanticToken[]> {
  const found: SemanticToken[] = [];
  for (const item of document.module.items) {
    if (range !== undefined && (item.offset > range.end || item.offset + item.text.length < range.start)) continue;
    const mentions = mentionsIn(document, item);
    let tokens = TOKENS.get(mentions);
    if (tokens === undefined) {
      tokens = tokensOf(document, item, mentions);
      TOKENS.set(mentions, tokens);
    }
    for (const token of tokens)
      found.push({
        ...token,
        span: { start: token.span.start + item.offset, end: token.span.end + item.offset },
      });
    yield;
  }
  return found;
}

function tokensOf(document: Document, item: Item, mentions: readonly Mention[]): readonly SemanticToken[] {
  const found = mentions.map(
    (mention): SemanticToken => ({
      span: mention.span,
      type:
        mention.symbol.kind === "routine" && mention.symbol.owner !== undefined ? "method" : TYPES[mention.symbol.kind],
      modifiers: modifiersOf(document, mention),
    }),
  );
  // What has a meaning goes first where two start together.
  const all = [...found, ...ofSyntax(item)].sort((left, right) => left.span.start - right.span.start);
  const kept: SemanticToken[] = [];
  for (const token of all) {
    const last = kept.at(-1);
    const isPlain =
      token.span.end > token.span.start && !item.text.slice(token.span.start, token.span.end).includes("\n");
    if (isPlain && (last === undefined || token.span.start >= last.span.end)) kept.push(token);
  }
  return kept;
}

function modifiersOf(document: Document, { symbol, role }: Mention): SemanticToken["modifiers"] {
  const modifiers: SemanticToken["modifiers"][number][] = [];
  if (role === "declaration") modifiers.push("declaration");
  const variable = typeof symbol.key === "object" ? document.checked().variables.get(symbol.key as never) : undefined;
  if (variable?.kind === "const") modifiers.push("readonly");
  if (role === "write") modifiers.push("modification");
  if (symbol.kind === "builtin") modifiers.push("defaultLibrary");
  return modifiers;
}

/** What the tree alone tells: types of the language, and fields of structs without a name, which are nobody's symbols. */
function ofSyntax(item: Item): readonly SemanticToken[] {
  const found: SemanticToken[] = [];
  const open: unknown[] = [item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { kind } = node as { readonly kind?: string };
    if (kind === "namedType") found.push(...builtinType(node as TypeNode));
    else if (kind === "object") found.push(...fieldTokens((node as ObjectLiteral).fields));
    else if (kind === "structType") found.push(...fieldTokens((node as StructTypeNode).fields));
    else if (kind === "member") found.push(...fieldTokens([node as MemberExpression]));
    const callee = kind === "call" ? (node as CallExpression).callee : undefined;
    for (const part of Object.values(node) as unknown[]) {
      // What is called by its name is no field.
      const isCalled = callee?.kind === "member" && part === callee;
      if (typeof part === "object" && part !== null) open.push(isCalled ? callee.object : part);
    }
  }
  return found;
}

function builtinType(type: TypeNode): readonly SemanticToken[] {
  const [only, ...others] = type.kind === "namedType" ? type.name.parts : [];
  return only === undefined || others.length > 0
    ? []
    : [{ span: only.span, type: "type", modifiers: ["defaultLibrary"] }];
}

function fieldTokens(fields: readonly { readonly name: Name }[]): readonly SemanticToken[] {
  return fields.map(({ name }) => ({ span: name.span, type: "property", modifiers: [] }));
}

/** What changed between two answers, as one run of numbers; undefined when nothing did. */
export function tokenChange(
  before: readonly number[],
  after: readonly number[],
): { readonly start: number; readonly deleted: number; readonly data: readonly number[] } | undefined {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  if (head === before.length && head === after.length) return undefined;
  return { start: head, deleted: before.length - head - tail, data: after.slice(head, after.length - tail) };
}
