// The syntax tree: a file is a list of top-level items, each parsed on its own from its own text.
// The node types live in tree/, one file per area; this is their door.
import type { Problem } from "../../base/problem.ts";
import type { SourceFile } from "../../base/source.ts";
import type { Statement } from "./tree/statements.ts";

export type * from "./tree/common.ts";
export type * from "./tree/declarations.ts";
export { isDeclaration } from "./tree/declarations.ts";
export type * from "./tree/expressions.ts";
export type * from "./tree/management.ts";
export type * from "./tree/security.ts";
export type * from "./tree/sql.ts";
export type * from "./tree/statements.ts";
export type * from "./tree/type-nodes.ts";

/**
 * One top-level declaration or statement.
 * All spans below it are relative to `text`; add `offset` for the file. Items are cached by their text, so an item's tree must not depend on where it stands.
 */
export interface Item {
  readonly offset: number;
  readonly text: string;
  readonly statement: Statement;
  /** Syntax problems of this item, relative to `text`. */
  readonly problems: readonly Problem[];
  /** True when `...` stands anywhere in it, also where no node shows it (parameters, columns, fields): it is checked but not stored. */
  readonly hasHole?: true;
}

/** A parsed file. */
export interface Module {
  readonly file: SourceFile;
  readonly items: readonly Item[];
}
