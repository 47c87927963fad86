// What a condition says about null: the columns that cannot be null when it is true, or when it is false.
// A comparison is never true of null, so its plain columns are not null where it holds (LANGUAGE.md section 2).
import type { Expression } from "../../syntax/tree.ts";
import type { NotNullFact } from "./scope.ts";
import { sqlFunction } from "./functions.ts";
import type { SqlCheck } from "./state.ts";
import { calledName, unparenthesized } from "./walk.ts";

type Columns = ReadonlySet<NotNullFact>;
const NONE: Columns = new Set();

/** Columns that are not null in rows for which the condition is `truth`. Inference must have seen the condition. */
export function notNullWhen(sq: SqlCheck, condition: Expression, truth: boolean): Columns {
  const expression = unparenthesized(condition);
  switch (expression.kind) {
    case "binary":
      return expression.operator === "and" || expression.operator === "or"
        ? notNullByChain(sq, expression, expression.operator, truth)
        : needed(sq, expression);
    case "unary":
      return expression.operator === "not" ? notNullWhen(sq, expression.operand, !truth) : needed(sq, expression);
    case "is":
      return notNullByIs(sq, expression.value, expression.right, expression.not === truth);
    case "between":
      // v BETWEEN a AND b needs all three; its negation is true when one side is, so only v is sure.
      return expression.not === truth
        ? needed(sq, expression.value)
        : union(needed(sq, expression.value), union(needed(sq, expression.low), needed(sq, expression.high)));
    case "in": {
      // An empty set makes NOT IN true even of null.
      const mustMatch = expression.not !== truth;
      return mustMatch || isNonEmptyList(expression.set) ? needed(sq, expression.value) : NONE;
    }
    case "exists":
      return NONE;
    default:
      return needed(sq, expression);
  }
}

/** A chain of one of AND and OR: all sides speak when AND is true or OR is false, else only what they agree on. */
function notNullByChain(sq: SqlCheck, chain: Expression, operator: "and" | "or", truth: boolean): Columns {
  const sides: Expression[] = [];
  const open: Expression[] = [chain];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const inner = unparenthesized(current);
    if (inner.kind === "binary" && inner.operator === operator) open.push(inner.right, inner.left);
    else sides.push(inner);
  }
  const [first, ...others] = sides.map((side) => notNullWhen(sq, side, truth));
  const combine = (operator === "and") === truth ? union : intersection;
  return others.reduce((all, columns) => combine(all, columns), first ?? NONE);
}

function isNonEmptyList(set: Expression): boolean {
  return set.kind === "row" && set.items.length > 0;
}

/** `value IS [NOT] right`; `different` when the condition at hand says that they differ. */
function notNullByIs(sq: SqlCheck, value: Expression, right: Expression, different: boolean): Columns {
  const isNull = (side: Expression): boolean => unparenthesized(side).kind === "null";
  if (different) return isNull(right) ? needed(sq, value) : isNull(value) ? needed(sq, right) : NONE;
  const neverNull = (side: Expression): boolean => sq.values.get(side)?.nullable === false;
  return union(neverNull(right) ? needed(sq, value) : NONE, neverNull(value) ? needed(sq, right) : NONE);
}

/** Columns that must not be null for the expression to have a value at all. Long operator chains cost no stack. */
export function needed(sq: SqlCheck, from: Expression): Columns {
  const columns = new Set<NotNullFact>();
  const open: Expression[] = [from];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const expression = unparenthesized(current);
    const column = sq.columns.get(expression);
    if (column !== undefined) {
      columns.add(column);
      // Kept on their own, so that `a.x > 1 OR a.y > 1` still says that a has a row.
      for (const extension of column.extensions) columns.add(extension);
    }
    open.push(...strictParts(expression));
  }
  return columns;
}

/** The parts of an expression without which it is null. */
function strictParts(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "unary":
      return [expression.operand];
    case "binary":
      // AND and OR may have a value although one side has none.
      return expression.operator === "and" || expression.operator === "or" || expression.operator === "??"
        ? []
        : [expression.left, expression.right];
    case "collate":
    case "cast":
      return [expression.value];
    case "like":
      return [expression.value, expression.pattern];
    case "call": {
      const row = sqlFunction(calledName(expression) ?? "");
      const strict =
        row?.kind === "scalar" && expression.over === undefined && (row.nulls === "strict" || row.nulls === "numeric");
      return strict ? expression.arguments.map((argument) => argument.value) : [];
    }
    default:
      return [];
  }
}

function union(left: Columns, right: Columns): Columns {
  if (left.size === 0) return right;
  if (right.size === 0) return left;
  return new Set([...left, ...right]);
}

function intersection(left: Columns, right: Columns): Columns {
  return new Set([...left].filter((column) => right.has(column)));
}
