// Reads the concrete syntax tree of Ohm: children by rule name instead of by index, so that a change of a rule does not shift its builder.
// A view is one node with its place; spans count from the start of the item (`origin`), not of the text that was parsed.
import { LIMITS } from "../../base/limits.ts";
import type { Span } from "../../base/source.ts";
import { type Problem, report } from "../../base/problem.ts";
import { required } from "../../base/failure.ts";
import type { CstNode, Match } from "../../grammar/engine.ts";
import type { Name, QualifiedName } from "./tree/common.ts";
import type { Argument, CallExpression, Expression } from "./tree/expressions.ts";
import type { QueryExpression } from "./tree/expressions.ts";
import type { Select, SqlStatement } from "./tree/sql.ts";
import type { Block, Statement } from "./tree/statements.ts";
import type { TypeNode } from "./tree/type-nodes.ts";

/** The builders of the other areas, handed in so that the files need not import each other in circles. */
export interface Builders {
  readonly expression: (view: View) => Expression;
  readonly value: (view: View) => Expression;
  readonly query: (view: View) => Select;
  readonly sqlStatement: (view: View) => SqlStatement;
  readonly queryStatement: (view: View) => QueryExpression;
  readonly block: (view: View) => Block;
  readonly statement: (view: View) => Statement;
  readonly type: (view: View) => TypeNode;
}

/** What holds for one parse: the text, where spans count from and where problems go. */
export interface BuildContext {
  readonly text: string;
  /** Offset in `text` that gets offset 0 in spans. */
  readonly origin: number;
  /** Length of the text that the user wrote; closers which recovery has added stand behind it. */
  readonly end: number;
  readonly problems: Problem[];
  readonly build: Builders;
  /** Parses the expression of `${…}` that stands between two offsets of `text`. */
  readonly embedded: (ctx: BuildContext, start: number, end: number) => Expression;
}

/** A node of the concrete tree at its place in the text. */
export interface View {
  readonly node: CstNode;
  readonly start: number;
  readonly ctx: BuildContext;
}

/** The view of a whole match. */
export function viewOf(match: Match, ctx: BuildContext): View {
  return { node: match.node, start: match.start, ctx };
}

function collect(node: CstNode, start: number, ctx: BuildContext, into: View[]): void {
  const children = node.children;
  const offsets = node.childOffsets;
  if (children === undefined || offsets === undefined) return;
  for (let i = 0; i < children.length; i += 1) {
    const child = children[i];
    if (child === undefined) continue;
    // Offsets in a repetition count from the node around it, as if it were not there.
    if (child.ctorName === "_iter") collect(child, start, ctx, into);
    else into.push({ node: child, start: start + (offsets[i] ?? 0), ctx });
  }
}

/** The children in source order; repetitions are flattened. */
export function kids(view: View): readonly View[] {
  const found: View[] = [];
  collect(view.node, view.start, view.ctx, found);
  // Repetitions of several columns come column by column.
  for (let i = 1; i < found.length; i += 1) {
    if ((found[i]?.start ?? 0) < (found[i - 1]?.start ?? 0)) return found.sort((a, b) => a.start - b.start);
  }
  return found;
}

/** Name of the rule that made this node. */
export function rule(view: View): string {
  return view.node.ctorName;
}

/** The first child made by `ruleName`. */
export function maybe(view: View, ruleName: string): View | undefined {
  return kids(view).find((kid) => kid.node.ctorName === ruleName);
}

/**
 * The first child made by `ruleName`.
 * @throws InternalError when there is none: the grammar and its builder disagree.
 */
export function one(view: View, ruleName: string): View {
  return required(maybe(view, ruleName), `${ruleName} in ${rule(view)}`);
}

/** True when a child was made by `ruleName`, for example `kDISTINCT`. */
export function has(view: View, ruleName: string): boolean {
  return maybe(view, ruleName) !== undefined;
}

/** All children made by `ruleName`. */
export function all(view: View, ruleName: string): readonly View[] {
  return kids(view).filter((kid) => kid.node.ctorName === ruleName);
}

/** The child of a rule that only chooses. */
export function only(view: View): View {
  return required(kids(view)[0], `child of ${rule(view)}`);
}

/** Items of a list rule `Head = X CommaX*`, where `CommaX = "," X`. */
export function listOf(view: View | undefined, item: string, comma: string): readonly View[] {
  if (view === undefined) return [];
  const found: View[] = [];
  for (const kid of kids(view)) {
    if (kid.node.ctorName === item) found.push(kid);
    else if (kid.node.ctorName === comma) found.push(one(kid, item));
  }
  return found;
}

/** The text of a node as written. */
export function textOf(view: View): string {
  return view.ctx.text.slice(view.start, view.start + view.node.matchLength);
}

/** The text in lower case with single blanks between words. */
export function words(view: View): string {
  return textOf(view).toLowerCase().replace(/\s+/g, " ");
}

/** The span of a node, relative to its item. */
export function spanOf(view: View): Span {
  return spanBetween(view, view.start, view.start + view.node.matchLength);
}

/** A span from offsets of the parsed text. What stands behind the user's text is cut off. */
export function spanBetween(view: View, start: number, end: number): Span {
  const { origin, end: limit } = view.ctx;
  return { start: Math.min(start, limit) - origin, end: Math.min(end, limit) - origin };
}

const QUOTES: Readonly<Record<string, Name["quote"]>> = {
  "`": "backtick",
  '"': "double",
  "'": "double",
  "[": "bracket",
};

/** A name from any rule that reads one; quotes are taken off. */
export function nameOf(view: View): Name {
  const written = textOf(view);
  const span = spanOf(view);
  const quote = QUOTES[written.charAt(0)];
  if (quote === undefined) return { text: written, span, quote: "none" };
  const inner = written.slice(1, -1);
  const mark = written.charAt(0);
  return { text: quote === "bracket" ? inner : inner.replaceAll(mark + mark, mark), span, quote };
}

/** A dotted name from a rule whose children are a name and parts `"." name`. */
export function qualifiedNameOf(view: View): QualifiedName {
  const parts: Name[] = [];
  for (const kid of kids(view)) {
    if (NAME_RULES.has(rule(kid))) parts.push(nameOf(kid));
    else if (kid.node.matchLength > 0 && textOf(kid) !== ".") {
      const inner = kids(kid).find((part) => NAME_RULES.has(rule(part)) || rule(part) === "DotName");
      if (inner !== undefined) parts.push(nameOf(inner));
    }
  }
  return { parts, span: spanOf(view) };
}

const NAME_RULES: ReadonlySet<string> = new Set([
  "name",
  "anyName",
  "sqlName",
  "sqlOperandName",
  "bareName",
  "word",
  "DotName",
  "typeWord",
]);

/** True when a chain of so many operators, members, joins or branches may be built; else a problem is reported at it. Longer ones would nest the tree deeper than later phases can follow. */
export function chainFits(view: View, links: number): boolean {
  return fits(view, links, LIMITS.chainMax.value);
}

const MARKERS: ReadonlySet<string> = new Set(["sameLine", "anywhere"]);

/** How many of the parts follow the first; the marks that say where a part may stand do not count. */
export function linksOf(parts: readonly View[]): number {
  return parts.filter((part) => !MARKERS.has(rule(part))).length - 1;
}

/** True when so many operators may stand before one operand (`- - 1`); else a problem is reported at them. */
export function prefixesFit(view: View, prefixes: number): boolean {
  return fits(view, prefixes, LIMITS.nestingMax.value);
}

function fits(view: View, count: number, max: number): boolean {
  if (count <= max) return true;
  const { start } = spanOf(view);
  report(view.ctx.problems, "NestingTooDeep", { start, end: start + 1 }, { max });
  return false;
}

/** A call with nothing of aggregates or windows. */
export function plainCall(callee: Expression, args: readonly Argument[], span: Span): CallExpression {
  return {
    kind: "call",
    callee,
    version: undefined,
    arguments: args,
    star: false,
    distinct: false,
    orderBy: [],
    filter: undefined,
    over: undefined,
    standard: false,
    span,
  };
}

/** A number from an `integer` or `sqlNumber` node. */
export function integerOf(view: View): number {
  return Number(textOf(view).replaceAll("_", ""));
}
