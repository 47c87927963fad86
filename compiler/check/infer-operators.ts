// Unary and binary operators of code: operand types, null, and operators on unknowns that are decided later.
// Conditions (and, or, not, is, comparisons as tests) are in truth.ts, which narrows; this file types the operands.
import type { BinaryExpression, Expression, UnaryExpression } from "../syntax/tree.ts";
import { ANY, BOOL, DATE, INT, STRING, freshVariable, isNumeric, nullable, prune, withoutNull } from "../types/make.ts";
import { bindVariable } from "../types/bind.ts";
import { joinTypes } from "../types/join.ts";
import { operatorResult, type OperatorResult } from "../types/operators.ts";
import type { DeferredOperator } from "../types/deferred.ts";
import { showType } from "../types/show.ts";
import type { Type, TypeVariable } from "../types/type.ts";
import { adaptText } from "./adapt-text.ts";
import type { CheckContext } from "./context.ts";
import { because, expectType, reasonsOf, unboundVariable, unifyTypes } from "./expect.ts";
import { type FindingExtras, problem, replaceFix } from "./findings.ts";
import { scalarValue } from "./scalar-value.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);
const SYMMETRIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "&", "|", "<<", ">>"]);

/** Infers an operand: a job is awaited, a one-column query gives its value. */
export function inferOperand(ctx: CheckContext, expression: Expression, expected?: Type): Type {
  return scalarValue(ctx, expression, ctx.rules.infer(ctx, expression, expected));
}

/** `-x`, `+x`, `~x`. (`not` is a test: truth.ts.) */
export function inferUnary(ctx: CheckContext, node: UnaryExpression): Type {
  if (node.operator === "-" && isSmallestInt(node.operand)) {
    ctx.state.types.set(node.operand, INT);
    return INT;
  }
  const type = inferOperand(ctx, node.operand);
  if (node.operator === "not") return BOOL;
  const inner = withoutNull(type);
  if (inner.kind === "any") return ANY;
  if (inner.kind === "variable") {
    unifyTypes(inner, INT, because(ctx, node.span, `the operator ${node.operator} is used on it`));
    return type;
  }
  const works =
    node.operator === "~"
      ? inner.kind === "scalar" && inner.name === "int"
      : isNumeric(inner) || (inner.kind === "scalar" && inner.name === "interval");
  if (!works) {
    problem(ctx, "UnaryOperatorType", node.span, { operator: node.operator, type: showType(type) });
    return ANY;
  }
  return type;
}

/** 2^63: an int only behind a minus. */
function isSmallestInt(operand: Expression): boolean {
  return (
    operand.kind === "number" && operand.form === "int" && operand.text.replaceAll("_", "") === "9223372036854775808"
  );
}

/** `a + b` and the other operators that are not tests. */
export function inferBinary(ctx: CheckContext, node: BinaryExpression): Type {
  if (node.operator === "??") return inferDefault(ctx, node);
  const left = inferOperand(ctx, node.left);
  const right = inferOperand(ctx, node.right);
  if (node.operator === "/" || node.operator === "%") reportZeroDivisor(ctx, node);
  if (node.operator === "->" || node.operator === "->>") return inferArrow(ctx, node, left);
  return binaryType(ctx, node, left, right);
}

function reportZeroDivisor(ctx: CheckContext, node: BinaryExpression): void {
  const right = node.right.kind === "parenthesized" ? node.right.inner : node.right;
  if (right.kind === "number" && Number(right.text.replace(/[_d]/g, "")) === 0)
    problem(ctx, "DivisionByConstantZero", node.right.span, {});
}

function inferArrow(ctx: CheckContext, node: BinaryExpression, left: Type): Type {
  const result = operatorResult(node.operator, withoutNull(left), STRING);
  if (result !== undefined) return nullable(result.result);
  problem(ctx, "OperatorTypes", node.operatorSpan, { operator: node.operator, left: showType(left), right: "a key" });
  return ANY;
}

/** Types an operator whose operands are inferred; also used for `x += e`. */
export function binaryType(ctx: CheckContext, node: BinaryExpression, left: Type, right: Type): Type {
  const { operator } = node;
  const optional = isOptional(left) || isOptional(right);
  const withNull = (type: Type): Type => (optional ? nullable(type) : type);
  if (COMPARISONS.has(operator) && (adaptText(ctx, node.right, left) || adaptText(ctx, node.left, right)))
    return withNull(BOOL);
  const leftInner = withoutNull(left);
  const rightInner = withoutNull(right);
  if (leftInner.kind === "never" || rightInner.kind === "never")
    return COMPARISONS.has(operator) ? nullable(BOOL) : nullable(leftInner.kind === "never" ? rightInner : leftInner);
  const unknown = unknownOperand(ctx, node, left, right);
  if (unknown !== undefined) return withNull(unknown);
  const result = operatorResult(operator, leftInner, rightInner);
  if (result === undefined) {
    reportOperator(ctx, node, left, right);
    return COMPARISONS.has(operator) || operator === "contains" ? BOOL : ANY;
  }
  convertOperands(ctx, node, left, right, result);
  return withNull(preciseResult(node, leftInner, result.result));
}

/** A date plus or minus whole days is a date (LANGUAGE.md 15.10). */
function preciseResult(node: BinaryExpression, left: Type, result: Type): Type {
  const literal = node.right.kind === "parenthesized" ? node.right.inner : node.right;
  if (left.kind !== "scalar" || left.name !== "date" || literal.kind !== "temporal" || literal.type !== "interval")
    return result;
  return /hour|min|sec|:|\dT|T\d/i.test(literal.text ?? "") ? result : DATE;
}

function isOptional(type: Type): boolean {
  const pruned = prune(type);
  return pruned.kind === "nullable" || pruned.kind === "null";
}

function convertOperands(
  ctx: CheckContext,
  node: BinaryExpression,
  left: Type,
  right: Type,
  result: OperatorResult,
): void {
  if (result.left !== undefined) convert(ctx, node.left, left, result.left);
  if (result.right !== undefined) convert(ctx, node.right, right, result.right);
}

function convert(ctx: CheckContext, node: Expression, type: Type, wanted: Type): void {
  const from = withoutNull(type);
  const same = from === wanted || (from.kind === "scalar" && wanted.kind === "scalar" && from.name === wanted.name);
  if (same) return;
  expectType(ctx, node, type, isOptional(type) ? nullable(wanted) : wanted);
}

function reportOperator(ctx: CheckContext, node: BinaryExpression, left: Type, right: Type): void {
  const data = { operator: node.operator, left: showType(left), right: showType(right) };
  const related = [...reasonsOf(left), ...reasonsOf(right)].slice(0, 3).map((reason) => ({
    span: reason.span,
    label: reason.text,
    item: reason.item as CheckContext["item"] | undefined,
  }));
  const bothBool = [left, right].every((type) => {
    const inner = withoutNull(type);
    return inner.kind === "scalar" && inner.name === "bool";
  });
  if (node.operator === "||" && bothBool) {
    problem(
      ctx,
      "BooleanConcatenation",
      node.operatorSpan,
      {},
      { fixes: [replaceFix("Use or", node.operatorSpan, "or")] },
    );
    return;
  }
  const oneText = [left, right].some((type) => {
    const inner = withoutNull(type);
    return inner.kind === "scalar" && inner.name === "string";
  });
  if (node.operator === "+" && oneText) {
    problem(ctx, "MixedConcatenation", node.operatorSpan, data, { help: 'Use || to join texts, or "${…}".', related });
    return;
  }
  problem(ctx, "OperatorTypes", node.operatorSpan, data, { related, ...jsonHelp(left, right) });
}

/** A part of a JSON document has no type before it is cast. */
function jsonHelp(left: Type, right: Type): FindingExtras {
  const isJson = (type: Type): boolean => {
    const inner = withoutNull(type);
    return inner.kind === "scalar" && inner.name === "json";
  };
  return isJson(left) !== isJson(right) ? { help: "Give the JSON value a type with a cast: 'x :: string'." } : {};
}

/**
 * Decides an operator on unknowns as far as the other side tells: comparisons and arithmetic make them equal, `||` gives text.
 * Two unknowns are kept for later. Undefined when both sides are known.
 */
function unknownOperand(ctx: CheckContext, node: BinaryExpression, left: Type, right: Type): Type | undefined {
  const leftUnknown = unboundVariable(left);
  const rightUnknown = unboundVariable(right);
  if (leftUnknown === undefined && rightUnknown === undefined) return undefined;
  const { operator } = node;
  if (COMPARISONS.has(operator)) return compareUnknown(ctx, node, left, right);
  if (operator === "contains") return BOOL;
  if (leftUnknown !== undefined && rightUnknown !== undefined)
    return deferOperator(ctx, node, left, right, leftUnknown, rightUnknown);
  const unknown = leftUnknown ?? rightUnknown;
  const known = withoutNull(leftUnknown === undefined ? left : right);
  if (unknown === undefined || known.kind === "any") return ANY;
  if (operator === "||") return concatenateUnknown(ctx, node, unknown, known);
  if (!SYMMETRIC.has(operator) || known.kind !== "scalar") return undefined;
  const temporal = !isNumeric(known) && known.name !== "string";
  if (temporal)
    return operator === "-" || operator === "+" ? deferOperator(ctx, node, left, right, unknown, unknown) : undefined;
  const plain: Type = { kind: "scalar", name: known.name };
  const verb = known.name === "string" ? "joined with a string" : `combined with ${showType(known)} by ${operator}`;
  unifyTypes(unknown, plain, because(ctx, node.span, `it is ${verb}`));
  const result = operatorResult(operator, withoutNull(left), withoutNull(right));
  return result?.result;
}

function compareUnknown(ctx: CheckContext, node: BinaryExpression, left: Type, right: Type): Type {
  const known = unboundVariable(left) === undefined ? node.left : node.right;
  const fits = unifyTypes(
    withoutNull(left),
    plainType(withoutNull(right)),
    because(ctx, node.span, `it is compared with ${describe(ctx, known)}`),
  );
  if (!fits) reportOperator(ctx, node, left, right);
  return BOOL;
}

/** Without length, range or precision: comparing with a varchar(20) does not make something one. */
function plainType(type: Type): Type {
  return type.kind === "scalar" ? { kind: "scalar", name: type.name } : type;
}

/** An expression in few words, for reasons. */
export function describe(ctx: CheckContext, expression: Expression): string {
  const text = ctx.item.text.slice(expression.span.start, expression.span.end).replace(/\s+/g, " ").trim();
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

function concatenateUnknown(ctx: CheckContext, node: BinaryExpression, unknown: TypeVariable, known: Type): Type {
  if (known.kind !== "list") return STRING;
  unifyTypes(unknown, known, because(ctx, node.span, "it is joined with a list"));
  return known;
}

function deferOperator(
  ctx: CheckContext,
  node: BinaryExpression,
  left: Type,
  right: Type,
  leftUnknown: TypeVariable,
  rightUnknown: TypeVariable,
): Type {
  const demand =
    node.operator === "+" || node.operator === "-" ? "additive" : node.operator === "||" ? "none" : "numeric";
  for (const unknown of [leftUnknown, rightUnknown]) if (unknown.demand === "none") unknown.demand = demand;
  const result = freshVariable(ctx.state.supply, ctx.level);
  ctx.owner.deferred.push({
    operator: node.operator,
    left,
    right,
    result,
    leftNode: node.left,
    rightNode: node.right,
    span: node.span,
    item: ctx.item,
    done: false,
  });
  return result;
}

/**
 * Decides what can be decided by now. With `last`, one known side decides for the other, as between `int` and an unknown.
 * Copies of a generic function's operators (without nodes) report at the call.
 */
export function solveDeferred(ctx: CheckContext, operators: readonly DeferredOperator[], last: boolean): void {
  for (const deferred of operators) {
    if (deferred.done) continue;
    const left = withoutNull(deferred.left);
    const right = withoutNull(deferred.right);
    if (left.kind === "variable" && right.kind === "variable") continue;
    if ((left.kind === "variable" || right.kind === "variable") && !last) {
      const known = left.kind === "variable" ? right : left;
      if (!isNumeric(known) && !(known.kind === "scalar" && known.name === "string")) continue;
    }
    deferred.done = true;
    decide(ctx, deferred, left, right);
  }
}

function decide(ctx: CheckContext, deferred: DeferredOperator, leftType: Type, rightType: Type): void {
  let left = leftType;
  let right = rightType;
  const text = `the operator ${deferred.operator} is used on it`;
  if (left.kind === "variable" || right.kind === "variable") {
    unifyTypes(left, right, { text, span: deferred.span, item: deferred.item });
    left = prune(left);
    right = prune(right);
  }
  const found = operatorResult(deferred.operator, left, right);
  if (found === undefined) {
    problem({ ...ctx, item: deferred.item }, "OperatorTypes", deferred.span, {
      operator: deferred.operator,
      left: showType(left),
      right: showType(right),
    });
    unifyTypes(deferred.result, ANY);
    return;
  }
  const optional = isOptional(deferred.left) || isOptional(deferred.right);
  unifyTypes(deferred.result, optional ? nullable(found.result) : found.result);
  const inItem = { ...ctx, item: deferred.item };
  if (found.left !== undefined && deferred.leftNode !== undefined)
    convert(inItem, deferred.leftNode, deferred.left, found.left);
  if (found.right !== undefined && deferred.rightNode !== undefined)
    convert(inItem, deferred.rightNode, deferred.right, found.right);
}

/** `a ?? b`: a without null, or b. */
function inferDefault(ctx: CheckContext, node: BinaryExpression): Type {
  const left = inferOperand(ctx, node.left);
  const unknown = unboundVariable(left);
  // A value of unknown type that has a default may be null; what is left of it then may not.
  if (unknown !== undefined && prune(left) === unknown)
    bindVariable(unknown, { kind: "nullable", inner: freshVariable(ctx.state.supply, unknown.level) });
  const inner = withoutNull(left);
  const right = inferOperand(ctx, node.right, inner.kind === "never" ? undefined : inner);
  const pruned = prune(left);
  const never =
    pruned.kind !== "nullable" &&
    pruned.kind !== "null" &&
    pruned.kind !== "any" &&
    pruned.kind !== "variable" &&
    pruned.kind !== "never";
  if (never) problem(ctx, "UselessDefault", node.operatorSpan, { type: showType(left) });
  if (adaptText(ctx, node.right, inner)) return inner;
  const joined = joinTypes(inner, right);
  if (joined === undefined) {
    const data = { operator: "??", left: showType(left), right: showType(right) };
    problem(ctx, "OperatorTypes", node.operatorSpan, data, jsonHelp(left, right));
    return right;
  }
  if (unknown !== undefined)
    unknown.reasons.push(because(ctx, node.span, `its default is ${describe(ctx, node.right)}`));
  convert(ctx, node.left, left, withoutNull(joined));
  convert(ctx, node.right, right, withoutNull(joined));
  return joined;
}
