// What the features of the language server work on: types only. Features are pure: a workspace and a place in, plain data out.
// Offsets are indexes of UTF-16 units in the document's text; lsp/server/ alone knows the protocol's positions, encodings and types.
import type { Item, Module } from "../compiler/syntax/tree.ts";
import type { CatalogView } from "../compiler/catalog-view.ts";
import type { CheckedModule } from "../compiler/check/checked.ts";
import type { Seen } from "../compiler/check/seen.ts";
import type { Steps } from "../base/steps.ts";
import type { Problem } from "../base/problem.ts";
import type { Library } from "./workspace/ports.ts";
import type { Span } from "../base/source.ts";

/** One file as the workspace sees it: open in an editor or read from disk. A new version is a new object. */
export interface Document {
  /** Absolute path with `/`, or the URI of a document without one. */
  readonly path: string;
  readonly text: string;
  readonly version: number;
  /** Offsets at which lines start. */
  readonly lineStarts: readonly number[];
  readonly module: Module;
  /** Made when first asked for, then kept; against the catalog of that moment. A long file is made ready before (Workspace.ready). */
  readonly checked: () => CheckedModule;
  /** Whether `checked` answers at once. */
  readonly isChecked: () => boolean;
  /** The last check of the file: of this text, or of an earlier one while this has not been checked. For names that the last keystroke hardly changes. */
  readonly lately: () => CheckedModule;
  /** Problems of parsing and checking, absolute and in order. */
  readonly problems: () => readonly Problem[];
  /** Where the catalog of this document comes from: `/project/shop.gobi`, `gobi.schema.json`; undefined: only its own DDL. */
  readonly catalogSource: string | undefined;
  /** Why a nearer database or schema file is not used, as a sentence. */
  readonly catalogRefusal: () => string | undefined;
  /** That catalog with the document's own tables over it. */
  readonly catalog: CatalogView;
  /** That catalog alone. */
  readonly baseCatalog: CatalogView;
  /** The last check of the file, if it has been checked at all. Never checks. */
  readonly lastCheck: () => CheckedModule | undefined;
  /**
   * What is visible where `word` stands in another text of the document, which differs from this one in a few places. Nothing of it is kept.
   * "long": the answer would take longer than somebody who types may wait, or it was due (`isDue`) before it was there.
   */
  ask(text: string, word: string, isDue: () => boolean): Seen | "long" | undefined;
}

/** The files of the opened folders. */
export interface Workspace {
  document(path: string): Document | undefined;
  /** Paths of all `.grz` files, without reading them. */
  paths(): readonly string[];
  /** The document with what is needed of it, made in steps: nothing of that takes long afterwards, until the next edit. */
  ready(path: string, needs: Needs): Steps<Document | undefined>;
  /** Moves with everything that may change a document. */
  revision(): number;
  /** Files whose text holds the word, in any case: candidates of references and renames. */
  mentioning(word: string): Steps<readonly string[]>;
  /** The imported module as a document; undefined when there is none of that name. */
  imported(from: Document, name: string): Document | undefined;
  /** Routines of the standard library by name, and the module that declares one. */
  readonly library: Pick<Library, "standardNames" | "standardModule">;
  /** The workspace as it would be if these documents had these texts; imports see them too. What they do not reach is shared with this one. */
  supposing(texts: ReadonlyMap<string, string>): Workspace;
}

/** How much of a document is needed: its tree, or what its check found. */
export type Needs = "tree" | "check";

/** Whether the answer is still wanted. Long features look now and then and give what they have. */
export interface Token {
  cancelled(): boolean;
}

/** A range of a document. */
export interface Place {
  readonly path: string;
  readonly span: Span;
}

/** A node found under an offset: the item, and the nodes from the outermost to the innermost. Spans in nodes count from `item.offset`. */
export interface Spot {
  readonly item: Item;
  readonly nodes: readonly object[];
}

/** What a hover shows: Markdown for a range of the document. */
export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}
