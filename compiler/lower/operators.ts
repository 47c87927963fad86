// Operators on Core values: picks the typed form when both sides have one, the null-propagating `any` form otherwise.
// Widening int → decimal → float of mixed operands is written out here.
import type { Span } from "../../base/source.ts";
import { isNullable } from "../../bytecode/register-type.ts";
import { boolValue, converted, hiddenLocal, readLocal, setLocal } from "./build.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { ArithmeticOperator, CompareOperator, Rep } from "./core-parts.ts";

/** The rep in which two numbers meet, or undefined when the typed forms do not apply. */
function commonNumber(left: Rep, right: Rep): "int" | "float" | "decimal" | undefined {
  if (left === right) return left === "int" || left === "float" || left === "decimal" ? left : undefined;
  const pair = new Set([left, right]);
  if (pair.has("int") && pair.has("float")) return "float";
  if (pair.has("int") && pair.has("decimal")) return "decimal";
  return pair.has("decimal") && pair.has("float") ? "float" : undefined;
}

/** `left operator right`; `rep` is what the checker expects of the result when the operands do not tell. */
export function arithmetic(
  span: Span,
  operator: ArithmeticOperator,
  left: CoreExpression,
  right: CoreExpression,
  rep: Rep,
): CoreExpression {
  if (operator === "+" && left.rep === "string" && right.rep === "string")
    return concatenated(span, left, right, "string");
  const common = commonNumber(left.rep, right.rep);
  if (common !== undefined)
    return {
      kind: "arithmetic",
      span,
      rep: common,
      operator,
      left: converted(left, common),
      right: converted(right, common),
    };
  return { kind: "arithmetic", span, rep, operator, left, right };
}

/** `left || right`. */
export function concatenated(span: Span, left: CoreExpression, right: CoreExpression, rep: Rep): CoreExpression {
  const both = left.rep === "string" && right.rep === "string";
  return { kind: "concat", span, rep: both ? "string" : rep, left, right };
}

/** `left operator right` as bool, or bool? when an operand may be null. */
export function compared(
  span: Span,
  operator: CompareOperator,
  left: CoreExpression,
  right: CoreExpression,
): CoreExpression {
  const common = commonNumber(left.rep, right.rep);
  if (common !== undefined)
    return {
      kind: "compare",
      span,
      rep: "bool",
      operator,
      left: converted(left, common),
      right: converted(right, common),
    };
  return {
    kind: "compare",
    span,
    rep: isNullable(left.rep) || isNullable(right.rep) ? "bool?" : "bool",
    operator,
    left,
    right,
  };
}

/** A bool or bool? of a value that is one. */
export function asCondition(value: CoreExpression): CoreExpression {
  return value.rep === "bool" || value.rep === "bool?" ? value : converted(value, "bool?");
}

/** `left and right`, `left or right`: short-circuit, three-valued when an operand may be null. */
export function connected(span: Span, kind: "and" | "or", left: CoreExpression, right: CoreExpression): CoreExpression {
  const first = asCondition(left);
  const second = asCondition(right);
  return {
    kind,
    span,
    rep: first.rep === "bool" && second.rep === "bool" ? "bool" : "bool?",
    left: first,
    right: second,
  };
}

/** Not, two- or three-valued. */
export function inverted(span: Span, value: CoreExpression): CoreExpression {
  const operand = asCondition(value);
  if (operand.kind === "isNull" || operand.kind === "identical") return { ...operand, not: !operand.not };
  return { kind: "not", span, rep: operand.rep, value: operand };
}

/** `value is null`. */
export function nullTest(span: Span, value: CoreExpression, not = false): CoreExpression {
  if (!isNullable(value.rep) && (value.kind === "local" || value.kind === "constant")) return boolValue(span, not);
  return { kind: "isNull", span, rep: "bool", value, not };
}

/** Evaluates a value once and hands out reads of it. Values that are cheap and cannot change in between are not copied. */
export function once(
  value: CoreExpression,
  name: string,
  use: (read: CoreExpression) => CoreExpression,
): CoreExpression {
  if (value.kind === "constant" || (value.kind === "local" && value.local.hidden)) return use(value);
  const local = hiddenLocal(name, value.rep);
  const result = use(readLocal(value.span, local));
  return { kind: "block", span: value.span, rep: result.rep, statements: [setLocal(value.span, local, value)], result };
}

/** `low <= value <= high`. */
export function between(span: Span, value: CoreExpression, low: CoreExpression, high: CoreExpression): CoreExpression {
  return once(value, "between", (read) =>
    connected(span, "and", compared(span, ">=", read, low), compared(span, "<=", read, high)),
  );
}

/** A whole-statement choice. */
export function when(
  span: Span,
  condition: CoreExpression,
  then: readonly CoreStatement[],
  otherwise: readonly CoreStatement[] = [],
): CoreStatement {
  return { kind: "if", span, condition: asCondition(condition), then, otherwise };
}
