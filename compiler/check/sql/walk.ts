// Walks over expressions of SQL clauses without entering subqueries: which aggregates, which names stand in them.
import type { Expression, Name } from "../../syntax/tree.ts";
import { isAggregateCall } from "./functions.ts";

/** The expressions directly inside an expression. Subqueries, lambdas and blocks are not entered. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "between":
      return [expression.value, expression.low, expression.high];
    case "in":
      return [expression.value, expression.set];
    case "like":
      return expression.escape === undefined
        ? [expression.value, expression.pattern]
        : [expression.value, expression.pattern, expression.escape];
    case "is":
      return [expression.value, expression.right];
    case "collate":
    case "cast":
      return [expression.value];
    case "case":
      return [
        ...(expression.subject === undefined ? [] : [expression.subject]),
        ...expression.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(expression.otherwise === undefined ? [] : [expression.otherwise]),
      ];
    case "call":
      return [
        ...(expression.callee.kind === "member" ? [expression.callee.object] : []),
        ...expression.arguments.map((argument) => argument.value),
        ...expression.orderBy.map((term) => term.value),
        ...(expression.filter === undefined ? [] : [expression.filter]),
      ];
    case "row":
      return expression.items;
    case "list":
      return expression.elements;
    case "object":
      return expression.fields.map((field) => field.value);
    case "parenthesized":
      return [expression.inner];
    case "member":
      return [expression.object];
    case "index":
      return [expression.object, expression.index];
    case "slice":
      return [
        expression.object,
        ...(expression.from === undefined ? [] : [expression.from]),
        ...(expression.to === undefined ? [] : [expression.to]),
      ];
    case "template":
      return expression.values;
    case "range":
      return [expression.from, expression.to];
    case "if":
      return [expression.condition, expression.then, expression.otherwise];
    case "pipe":
      return [expression.left, expression.right];
    default:
      return [];
  }
}

/** Name of a called function when it is a plain name. */
export function calledName(expression: Expression): string | undefined {
  return expression.kind === "call" && expression.callee.kind === "name" ? expression.callee.name.text : undefined;
}

/** True when an aggregate of this query stands in the expression (not one with OVER, not one of a subquery). Long operator chains cost no stack. */
export function hasAggregate(expression: Expression): boolean {
  const open: Expression[] = [expression];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const name = calledName(current);
    if (
      current.kind === "call" &&
      name !== undefined &&
      current.over === undefined &&
      isAggregateCall(name, current.arguments.length, current.star)
    )
      return true;
    open.push(...childrenOf(current));
  }
  return false;
}

/** The expression without parentheses around it. */
export function unparenthesized(expression: Expression): Expression {
  let current = expression;
  while (current.kind === "parenthesized" || (current.kind === "row" && current.items.length === 1)) {
    const inner: Expression | undefined = current.kind === "parenthesized" ? current.inner : current.items[0];
    if (inner === undefined) break;
    current = inner;
  }
  return current;
}

/** The conjuncts of a condition. */
export function conjunctsOf(condition: Expression | undefined): readonly Expression[] {
  const conjuncts: Expression[] = [];
  const open: Expression[] = condition === undefined ? [] : [condition];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const inner = unparenthesized(current);
    if (inner.kind === "binary" && inner.operator === "and") open.push(inner.right, inner.left);
    else conjuncts.push(inner);
  }
  return conjuncts;
}

/** The parts of `a.b.c` when it is made of names only. */
export function namePath(expression: Expression): readonly Name[] | undefined {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind !== "member") return undefined;
  const object = namePath(expression.object);
  return object === undefined ? undefined : [...object, expression.name];
}
