// Statements with several blocks: if, for, try.
// Both styles, braces and keywords, give the same nodes.
import {
  all,
  chainFits,
  has,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  plainCall,
  rule,
  spanOf,
  type View,
} from "./build-node.ts";
import type { Span } from "../../base/source.ts";
import type { Name } from "./tree/common.ts";
import type { Expression } from "./tree/expressions.ts";
import type {
  Block,
  CatchClause,
  ForRangeStatement,
  ForStatement,
  IfStatement,
  TryStatement,
} from "./tree/statements.ts";

/** `If`: `kIF Condition IfRest`. */
export function buildBranches(view: View): IfStatement {
  const { build } = view.ctx;
  const rest = only(one(view, "IfRest"));
  const keyword = rule(rest) !== "BraceIf";
  const elsifRule = rule(rest) === "LooseIf" ? "LooseElsif" : "KeywordElsif";
  const bodyRule = keyword ? "KeywordBody" : "BraceBlock";
  const branch = (condition: View, body: View) => ({ condition: build.expression(condition), body: build.block(body) });
  const branches = [branch(one(view, "Condition"), one(rest, bodyRule))];
  const others = all(rest, keyword ? elsifRule : "ElseIf");
  // A longer chain is reported; its first branches are kept, so that the tree never nests deeper than later phases can follow.
  for (const other of chainFits(view, others.length) ? others : others.slice(0, 1))
    branches.push(branch(one(other, "Condition"), one(other, bodyRule)));
  const otherwise = maybe(rest, keyword ? "KeywordElse" : "Else");
  return {
    kind: "ifStatement",
    branches,
    otherwise: otherwise === undefined ? undefined : build.block(one(otherwise, bodyRule)),
    span: spanOf(view),
  };
}

/** The names of `for x`, `for k, v`, `for (k, v)`. */
export function forNames(view: View): readonly Name[] {
  return listOf(only(view), "name", "CommaForName").map(nameOf);
}

/** `For`. A source that is literally `a..b` becomes a counting loop. */
export function buildFor(view: View): ForStatement | ForRangeStatement {
  const { build } = view.ctx;
  const span = spanOf(view);
  const names = forNames(one(view, "ForNames"));
  const body = build.block(one(view, "LoopBody"));
  const source = only(one(view, "ForSource"));
  if (rule(source) !== "ForRange")
    return { kind: "for", label: undefined, names, source: build.expression(only(source)), body, span };
  const range: Expression = build.expression(one(source, "HeaderExpr"));
  const step = maybe(source, "ForStep");
  const [name] = names;
  if (range.kind === "range" && names.length === 1 && name !== undefined) {
    return {
      kind: "forRange",
      label: undefined,
      name,
      reverse: has(source, "kREVERSE"),
      from: range.from,
      to: range.to,
      step: step === undefined ? undefined : build.expression(one(step, "HeaderExpr")),
      body,
      span,
    };
  }
  return { kind: "for", label: undefined, names, source: range, body, span };
}

/** `Try`, both styles. */
export function buildTry(view: View): TryStatement {
  const rest = only(one(view, "TryRest"));
  const keyword = rule(rest) === "KeywordTry";
  const body = keyword ? blockOf(one(rest, "Statements")) : view.ctx.build.block(one(rest, "BraceBlock"));
  const last = maybe(rest, keyword ? "KeywordFinally" : "Finally");
  return {
    kind: "tryStatement",
    body,
    catches: all(rest, keyword ? "KeywordCatch" : "BraceCatch").map(buildCatch),
    finally:
      last === undefined
        ? undefined
        : keyword
          ? blockOf(one(last, "Statements"))
          : view.ctx.build.block(one(last, "BraceBlock")),
    span: spanOf(view),
  };
}

function blockOf(view: View): Block {
  return view.ctx.build.block(view);
}

function buildCatch(view: View): CatchClause {
  const braces = maybe(view, "CatchBinding");
  const binding =
    braces === undefined ? (maybe(view, "CatchParentheses") ?? maybe(view, "CatchOwnLine")) : only(braces);
  const names = binding === undefined ? undefined : catchNames(binding);
  const body = maybe(view, "BraceBlock") ?? one(view, "Statements");
  return {
    ...(names ?? { error: undefined, binding: undefined }),
    body: view.ctx.build.block(body),
    span: spanOf(view),
  };
}

/** `(E as e)`, `(e)`, `E as e`, `e`: one name alone binds, two are error and binding. */
function catchNames(view: View): { error: Name | undefined; binding: Name | undefined } {
  const names = rule(view) === "CatchNames" ? view : one(view, "CatchNames");
  const first = nameOf(one(names, "name"));
  const second = maybe(names, "CatchAs");
  if (second !== undefined) return { error: first, binding: nameOf(one(second, "name")) };
  // A capital letter names an error type: `catch (NotFound) { }`.
  const isError = /^[A-Z]/.test(first.text) && first.text.length > 1;
  return isError ? { error: first, binding: undefined } : { error: undefined, binding: first };
}

/** `expect raises A, B { … }`: a try whose body must not reach its end. */
export function buildExpectRaises(view: View): TryStatement {
  const span = spanOf(view);
  const errors = listOf(view, "name", "CommaRaise").map(nameOf);
  const body = view.ctx.build.block(one(view, "Block"));
  const text = `Expected ${errors.map((error) => error.text).join(" or ")}, but nothing was raised.`;
  // What the parser adds stands at the closing brace.
  const added: Span = { start: Math.max(body.span.end - 1, body.span.start), end: body.span.end };
  const assertionFailed: Expression = {
    kind: "name",
    name: { text: "AssertionFailed", span: added, quote: "none" },
    span: added,
  };
  const message: Expression = { kind: "string", value: text, quote: "double", span: added };
  const value = plainCall(assertionFailed, [{ name: undefined, value: message, span: added }], added);
  const empty = (error: Name): Block => ({ kind: "block", style: "braces", statements: [], span: error.span });
  return {
    kind: "tryStatement",
    body: { ...body, statements: [...body.statements, { kind: "raise", value, span: added }] },
    catches: errors.map((error) => ({ error, binding: undefined, body: empty(error), span: error.span })),
    finally: undefined,
    expectRaises: true,
    span,
  };
}
