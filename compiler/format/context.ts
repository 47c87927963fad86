// What the printers share: the item's text, its comments, and the printers of the other areas.
// Text as written is always reached through here, so that quotes and digits stay the author's.
import type { Span } from "../../base/source.ts";
import type { Comment } from "../syntax/comments.ts";
import type { ConfigBlock } from "../syntax/tree/declarations.ts";
import type { Expression, MatchArm } from "../syntax/tree/expressions.ts";
import type { Name, QualifiedName } from "../syntax/tree/common.ts";
import type { SqlStatement } from "../syntax/tree/sql.ts";
import type { Block, Statement } from "../syntax/tree/statements.ts";
import type { TypeNode } from "../syntax/tree/type-nodes.ts";
import type { Doc } from "./doc.ts";

/** Printers of each area; handed in, so that the files need not import each other in circles. */
export interface Printers {
  readonly expression: (ctx: FormatContext, node: Expression) => Doc;
  readonly sql: (ctx: FormatContext, node: SqlStatement) => Doc;
  readonly block: (ctx: FormatContext, node: Block) => Doc;
  readonly statement: (ctx: FormatContext, node: Statement) => Doc;
  readonly type: (ctx: FormatContext, node: TypeNode) => Doc;
  readonly config: (ctx: FormatContext, node: ConfigBlock, open: string, close: string) => Doc;
  readonly arm: (ctx: FormatContext, node: MatchArm) => Doc;
}

/** The state of formatting one file. Spans of nodes count from `base`. */
export interface FormatContext {
  readonly text: string;
  readonly base: number;
  readonly comments: readonly Comment[];
  /** Comments that have been printed. What a printer leaves out makes its statement stay as written. */
  readonly printed: Set<Comment>;
  readonly print: Printers;
  /** True inside a SQL statement, whose words are printed in capitals. */
  readonly sql: boolean;
}

/** The source of a node, as written. */
export function rawText(ctx: FormatContext, span: Span): string {
  return ctx.text.slice(ctx.base + span.start, ctx.base + span.end);
}

/** The source of a node on one line: outside strings, blanks and line ends become one blank. */
export function rawLine(ctx: FormatContext, span: Span): string {
  return rawText(ctx, span).replaceAll(
    /('(?:[^']|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`)|\s+/g,
    (_, quoted: string | undefined) => quoted ?? " ",
  );
}

/** A name as written, with its quotes. */
export function nameText(ctx: FormatContext, name: Name): string {
  return rawText(ctx, name.span);
}

/** A dotted name as written. */
export function qualifiedText(ctx: FormatContext, name: QualifiedName): string {
  return name.parts.map((part) => nameText(ctx, part)).join(".");
}

/** True when the author broke the line within these offsets, which keeps lists and chains broken. */
export function brokenIn(ctx: FormatContext, start: number, end: number): boolean {
  return ctx.text.slice(ctx.base + start, ctx.base + end).includes("\n");
}

/** True when a line end follows the opening bracket at `start`. */
export function brokenAfterOpen(ctx: FormatContext, start: number): boolean {
  return /^[[({]\s*\n/.test(ctx.text.slice(ctx.base + start, ctx.base + start + 200));
}
