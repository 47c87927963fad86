// What can be said about a file before its check is there, for answers that nobody may wait for: its tree, its catalog, and the last check of an earlier text.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { noFindings } from "../../compiler/check/no-facts.ts";
import type { Item, Name, Statement } from "../../compiler/syntax/tree.ts";
import type { Span } from "../../base/source.ts";
import { foldName } from "../../compiler/types/make.ts";
import type { Document } from "../types.ts";
import { itemAt } from "../workspace/documents.ts";
import { type Proposal, variableProposal } from "./proposal.ts";

/** Files up to this length are checked when they are asked about. */
const SHORT_CHARACTERS = 2_000;

/** Whether asking the document for its check means to wait for one of a long file. */
export function hasToWait(document: Document): boolean {
  return document.lastCheck() === undefined && document.text.length > SHORT_CHARACTERS;
}

/** The document as if its check had found nothing. */
export function unchecked(document: Document): Document {
  const nothing = (): CheckedModule => noFindings(document.module);
  return Object.create(document, {
    checked: { value: nothing },
    lately: { value: nothing },
    problems: { value: () => [] },
  }) as Document;
}

/** Variables of the declaration around an offset: with their types as the last check has them, else names of its tree that stand before it. */
export function variablesAround(document: Document, offset: number): readonly Proposal[] {
  const item = itemAt(document.module, offset);
  const last = document.lastCheck();
  if (last !== undefined) {
    const around = [...last.variables.values()].filter((variable) => isAround(variable.item, item, offset));
    return around.map((variable) => variableProposal({ variable, type: variable.type }));
  }
  if (item === undefined) return [];
  const found = new Map<string, Proposal>();
  collectNames(item.statement, offset - item.offset, found);
  return [...found.values()];
}

/** Whether an item of an earlier text is the one around the offset now: the declaration of the same name, or what stood there. */
function isAround(earlier: Item, now: Item | undefined, offset: number): boolean {
  const name = nameOf(now);
  if (name !== undefined) return earlier.statement.kind === now?.statement.kind && nameOf(earlier) === name;
  return earlier.offset <= offset && offset <= earlier.offset + earlier.text.length;
}

function nameOf(item: Item | undefined): string | undefined {
  const statement = item?.statement;
  return statement !== undefined && "name" in statement ? foldName(statement.name.text) : undefined;
}

/** Names that parameters, `let` and loops declare before a place, by folded name. */
function collectNames(node: unknown, before: number, found: Map<string, Proposal>): void {
  if (typeof node !== "object" || node === null || startOf(node) > before) return;
  for (const name of declaredBy(node as Statement))
    if (name.span.start < before) found.set(foldName(name.text), { label: name.text, kind: "variable", rank: 5 });
  for (const [key, part] of Object.entries(node)) if (key !== "span") collectNames(part, before, found);
}

function startOf(node: object): number {
  return (node as { readonly span?: Span }).span?.start ?? 0;
}

function declaredBy(node: Statement): readonly Name[] {
  switch (node.kind) {
    case "routine":
      return (node.parameters ?? []).map(({ name }) => name);
    case "let":
      return namesIn(node.target);
    case "for":
      return node.names;
    case "forRange":
      return [node.name];
    default:
      return [];
  }
}

/** All names of a target. */
function namesIn(node: object): readonly Name[] {
  if ("text" in node && "quote" in node) return [node as Name];
  return Object.values(node).flatMap((part: unknown) =>
    typeof part === "object" && part !== null ? namesIn(part) : [],
  );
}
