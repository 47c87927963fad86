// Parses parts that stand alone: one expression, one type, the expressions in `${…}`.
// They nest as deep as they are written; who calls answers for the JavaScript stack.
import type { Checked, Problem } from "../../base/problem.ts";
import { matchRule } from "../../grammar/engine.ts";
import { BUILDERS } from "./build.ts";
import { type BuildContext, type View, viewOf } from "./build-node.ts";
import { reportBroken } from "./syntax-errors.ts";
import type { Expression } from "./tree/expressions.ts";
import type { TypeNode } from "./tree/type-nodes.ts";

/** The expression of `${…}`. */
export function embedded(ctx: BuildContext, start: number, end: number): Expression {
  const text = ctx.text.slice(start, end);
  const match = matchRule(text, "Expr");
  if (match === undefined) {
    reportBroken(ctx.problems, {
      text: ctx.text,
      start,
      end,
      rule: "Expr",
      origin: ctx.origin,
      limit: Math.min(end, ctx.end),
    });
    return { kind: "skipped", span: { start: start - ctx.origin, end: end - ctx.origin } };
  }
  const inner: BuildContext = { ...ctx, text, origin: ctx.origin - start, end: Math.min(text.length, ctx.end - start) };
  return BUILDERS.expression(viewOf(match, inner));
}

/** Parses `text` as one expression of code; undefined when it is none. Problems inside strings are returned. */
export function parseExpression(text: string): Checked<Expression | undefined> {
  return parseAs(text, "Expr", BUILDERS.expression);
}

/** Parses `text` as one type; undefined when it is none. */
export function parseType(text: string): Checked<TypeNode | undefined> {
  return parseAs(text, "Type", BUILDERS.type);
}

function parseAs<T>(text: string, ruleName: "Expr" | "Type", build: (view: View) => T): Checked<T | undefined> {
  const problems: Problem[] = [];
  const match = matchRule(text, ruleName);
  if (match === undefined) {
    reportBroken(problems, { text, start: 0, end: text.length, rule: ruleName, origin: 0, limit: text.length });
    return { value: undefined, problems };
  }
  const ctx: BuildContext = { text, origin: 0, end: text.length, problems, build: BUILDERS, embedded };
  return { value: build(viewOf(match, ctx)), problems };
}
