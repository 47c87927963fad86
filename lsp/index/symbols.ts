// What names mean across a workspace: a symbol with a key. Two mentions are of one thing when their keys are the same and their homes agree.
// Local symbols (variables, aliases, common tables …) have the declaring node as key; others have a text made of what owns them and their folded name.
import { foldName } from "../../compiler/types/make.ts";

/** Kinds of things that have names. */
export type SymbolKind =
  | "variable"
  | "parameter"
  | "routine"
  | "builtin"
  | "struct"
  | "enum"
  | "enumValue"
  | "error"
  | "field"
  | "table"
  | "view"
  | "column"
  | "index"
  | "alias"
  | "commonTable"
  | "resultColumn"
  | "window"
  | "label"
  | "trigger"
  | "schedule"
  | "pipeline"
  | "step"
  | "test"
  | "module";

/** Something that has a name. */
export interface LanguageSymbol {
  readonly kind: SymbolKind;
  readonly name: string;
  /** An object: the node that declares it, which stands in the document of the mention. A text: known beyond its document. */
  readonly key: object | string;
  /** The document that declares it. Undefined: not known from here (another file of the workspace, the database, or nothing). */
  readonly home: string | undefined;
  /** What it belongs to: the table of a column, the struct of a field, the receiver of a method. */
  readonly owner?: string;
}

/** What an mention does with the symbol. */
export type MentionRole = "declaration" | "read" | "write" | "call";

/** One place where a symbol stands. */
export interface Mention {
  readonly symbol: LanguageSymbol;
  /** The name as written, relative to the item; quotes of texts are outside, backticks inside. */
  readonly span: { readonly start: number; readonly end: number };
  readonly role: MentionRole;
  /** Inside quotes: a text that names something. */
  readonly quoted: boolean;
  /** Set where one word is a field and a variable at once (`{x}`): which of the two this mention is. */
  readonly shorthand?: "field" | "variable";
}

/** A symbol whose declaring node is known. */
export function localSymbol(kind: SymbolKind, name: string, key: object): LanguageSymbol {
  return { kind, name, key, home: undefined };
}

/** A symbol that is known beyond its document. */
export function sharedSymbol(kind: SymbolKind, name: string, home: string | undefined, owner?: string): LanguageSymbol {
  const group = kind === "view" ? "table" : kind;
  const key = `${group}:${owner === undefined ? "" : `${foldName(owner)}.`}${foldName(name)}`;
  return { kind, name, key, home, ...(owner === undefined ? {} : { owner }) };
}

/** Whether a symbol exists in one document only. */
export function isLocal(symbol: LanguageSymbol): boolean {
  return typeof symbol.key === "object";
}
