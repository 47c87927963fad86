// Expected types: makes a found type fit an expected one, records the coercion it takes, or reports why it does not fit.
// When inferred types take part, the coercion is only known at the end; such flows are kept and settled by `settleFlows`.
import type { Fix } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import type { Expression } from "../syntax/tree.ts";
import { assignType, type Mismatch } from "../types/assign.ts";
import { couldCast } from "../types/cast.ts";
import { lastVariable, prune, withoutNull } from "../types/make.ts";
import { resolveType } from "../types/bind.ts";
import { showType } from "../types/show.ts";
import type { Reason, Type, TypeVariable } from "../types/type.ts";
import { adaptText } from "./adapt-text.ts";
import type { Coercion } from "./checked.ts";
import type { CheckContext, ModuleState } from "./context.ts";
import { type FindingExtras, problem, replaceFix } from "./findings.ts";

/** A reason at a span of the current item: `because(ctx, span, "it is compared with users.email")`. */
export function because(ctx: CheckContext, span: Span, text: string): Reason {
  return { text, span, item: ctx.item };
}

/**
 * Checks that the expression's value, of type `found`, fits `expected`; binds unknowns, records coercions, and reports a mismatch.
 * `reason` says why an unknown gets its type from here.
 * @returns true when it fits.
 */
export function expectType(
  ctx: CheckContext,
  expression: Expression,
  found: Type,
  expected: Type,
  reason?: Reason,
): boolean {
  if (isText(found) && adaptText(ctx, expression, expected)) return true;
  if (reportRange(ctx, expression, expected)) return true;
  const coercions: Coercion[] = [];
  const foundUnknown = unboundVariable(found);
  const expectedUnknown = unboundVariable(expected);
  const mismatch = assignType(found, expected, coercions);
  if (mismatch !== undefined) {
    reportMismatch(ctx, expression.span, mismatch, found, expected);
    return false;
  }
  remember(foundUnknown, reason);
  remember(expectedUnknown, reason);
  if (involvesUnknown(found) || involvesUnknown(expected))
    ctx.state.flows.push({ expression, found, expected, place: { span: expression.span, item: ctx.item } });
  else if (coercions.length > 0) addCoercions(ctx.state, expression, coercions);
  return true;
}

/**
 * Makes two types agree without a value that flows, as in `users.email = :x`: binds unknowns on either side and gives them the reason.
 * @returns false when they cannot agree; the caller reports.
 */
export function unifyTypes(left: Type, right: Type, reason?: Reason): boolean {
  const leftUnknown = unboundVariable(left);
  const rightUnknown = unboundVariable(right);
  if (assignType(left, right) !== undefined && assignType(right, left) !== undefined) return false;
  remember(leftUnknown, reason);
  remember(rightUnknown, reason);
  return true;
}

/** Reports a literal that a narrow integer type cannot hold. */
function reportRange(ctx: CheckContext, expression: Expression, expected: Type): boolean {
  const wanted = prune(expected.kind === "nullable" ? expected.inner : expected);
  if (wanted.kind !== "scalar" || wanted.range === undefined) return false;
  const value = constantInt(expression);
  if (value === undefined || (value >= wanted.range[0] && value <= wanted.range[1])) return false;
  problem(ctx, "NumberTooLarge", expression.span, {
    text: String(value),
    type: `a number from ${wanted.range[0]} to ${wanted.range[1]}`,
  });
  return true;
}

function constantInt(node: Expression): bigint | undefined {
  if (node.kind === "parenthesized") return constantInt(node.inner);
  if (node.kind === "number" && node.form === "int") return BigInt(node.text.replaceAll("_", ""));
  const value = node.kind === "unary" && node.operator === "-" ? constantInt(node.operand) : undefined;
  return value === undefined ? undefined : -value;
}

function isText(type: Type): boolean {
  const pruned = prune(type);
  return pruned.kind === "scalar" && pruned.name === "string";
}

/** Notes why an unknown has its type. What decided it comes first; what only linked it to another unknown comes after. */
function remember(unknown: TypeVariable | undefined, reason: Reason | undefined): void {
  if (unknown === undefined || reason === undefined) return;
  const last = lastVariable(unknown) ?? unknown;
  if (last.binding === undefined) last.reasons.push(reason);
  else last.reasons.unshift(reason);
}

/** The unknown that a type is, through nullability, or undefined. */
export function unboundVariable(type: Type): TypeVariable | undefined {
  const pruned = prune(type);
  const inner = pruned.kind === "nullable" ? prune(pruned.inner) : pruned;
  return inner.kind === "variable" ? inner : undefined;
}

function involvesUnknown(type: Type): boolean {
  return (
    type.kind === "variable" ||
    type.kind === "list" ||
    type.kind === "function" ||
    (type.kind === "nullable" && type.inner.kind === "variable")
  );
}

/** Appends coercions to those an expression has. */
export function addCoercions(state: ModuleState, expression: Expression, coercions: readonly Coercion[]): void {
  if (coercions.length === 0) return;
  state.coercions.set(expression, [...(state.coercions.get(expression) ?? []), ...coercions]);
}

/** Decides the coercions of values that flowed into inferred types, now that these are known. */
export function settleFlows(state: ModuleState): void {
  for (const { expression, found, expected } of state.flows) {
    const coercions: Coercion[] = [];
    if (assignType(resolveType(found), resolveType(expected), coercions) === undefined)
      addCoercions(state, expression, coercions);
  }
  state.flows.length = 0;
}

const DEMANDS: Readonly<Record<TypeVariable["demand"], string>> = {
  none: "another type",
  numeric: "a number",
  additive: "a number, a string or a time",
  ordered: "something with an order",
  tableName: "a table's name",
};

/** Reports a mismatch at a span, with the places that made an inferred type what it is. */
export function reportMismatch(ctx: CheckContext, span: Span, mismatch: Mismatch, found: Type, expected: Type): void {
  const extras = { related: relatedReasons(found, expected) } satisfies FindingExtras;
  const foundText = showType(found);
  const expectedText = showType(expected);
  if (mismatch.kind === "null") {
    const only = prune(found).kind === "null";
    problem(
      ctx,
      only ? "NullNotAllowed" : "MayBeNull",
      span,
      { found: foundText, expected: expectedText },
      {
        ...extras,
        help: "Test it with 'is not null', or give a default with '??'.",
        fixes: only ? [] : defaultFix(ctx, span, expected),
      },
    );
    return;
  }
  if (mismatch.kind === "demand") {
    const unknown = unboundVariable(mismatch.found) ?? unboundVariable(mismatch.expected);
    const given = unboundVariable(mismatch.found) === undefined ? mismatch.found : mismatch.expected;
    problem(
      ctx,
      "TypeMismatch",
      span,
      { expected: DEMANDS[unknown?.demand ?? "none"], found: showType(given) },
      extras,
    );
    return;
  }
  if (mismatch.kind === "recursive") {
    problem(ctx, "RecursiveType", span, {}, extras);
    return;
  }
  if (mismatch.kind === "fields") {
    const wanted = showType(mismatch.expected);
    if (mismatch.missing.length > 0)
      problem(ctx, "MissingFields", span, { fields: mismatch.missing.join(", "), type: wanted }, extras);
    if (mismatch.extra.length > 0)
      problem(ctx, "ExtraFields", span, { fields: mismatch.extra.join(", "), type: wanted }, extras);
    return;
  }
  if (prune(found).kind === "void") {
    problem(ctx, "NoValue", span, { expected: expectedText });
    return;
  }
  const reasons = [...reasonsOf(found), ...reasonsOf(expected)];
  const first = reasons[0];
  if (first !== undefined)
    problem(ctx, "ConflictingTypes", span, { expected: expectedText, found: foundText, reason: first.text }, extras);
  else {
    const cast = castExtras(ctx, span, found, expected);
    problem(ctx, "TypeMismatch", span, { expected: expectedText, found: foundText }, { ...extras, ...cast });
  }
}

/** Offers the cast where one value can be converted into the other type. */
function castExtras(ctx: CheckContext, span: Span, found: Type, expected: Type): FindingExtras {
  const from = withoutNull(found);
  const to = withoutNull(expected);
  if (from.kind !== "scalar" || to.kind !== "scalar" || !couldCast(from, to)) return {};
  const type = showType(to);
  const text = `${simpleText(ctx, span)} :: ${type}`;
  return { help: `Convert it with ':: ${type}'.`, fixes: [replaceFix(`Convert it to ${type}`, span, text)] };
}

const DEFAULTS: Readonly<Record<string, string>> = {
  string: "''",
  int: "0",
  float: "0.0",
  decimal: "0",
  bool: "false",
};

/** Offers a default where the type has an obvious one. */
function defaultFix(ctx: CheckContext, span: Span, expected: Type): readonly Fix[] {
  const wanted = prune(expected);
  const value = wanted.kind === "scalar" ? DEFAULTS[wanted.name] : undefined;
  if (value === undefined) return [];
  return [replaceFix(`Use ${value} instead of null`, span, `(${simpleText(ctx, span)} ?? ${value})`)];
}

/** The expression as an operand: in parentheses unless it is a name or path. */
function simpleText(ctx: CheckContext, span: Span): string {
  const text = ctx.item.text.slice(span.start, span.end);
  return /^[\w.]+$/.test(text) ? text : `(${text})`;
}

/** Why an inferred type is what it is; empty for written types. */
export function reasonsOf(type: Type): readonly Reason[] {
  return lastVariable(type)?.reasons ?? (type.kind === "nullable" ? (lastVariable(type.inner)?.reasons ?? []) : []);
}

function relatedReasons(found: Type, expected: Type): NonNullable<FindingExtras["related"]> {
  return [found, expected].flatMap((type) =>
    reasonsOf(type)
      .slice(0, 3)
      .map((reason) => ({
        span: reason.span,
        label: `${showType(type)}, because ${reason.text}`,
        item: reason.item as CheckContext["item"] | undefined,
      })),
  );
}
