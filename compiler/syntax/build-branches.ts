// Expressions with branches and clauses: if, try, comprehensions.
// Arms of match and catch stand in build-match.ts.
import { InternalError } from "../../base/failure.ts";
import { buildCatchArms } from "./build-match.ts";
import { all, kids, listOf, nameOf, one, only, rule, spanBetween, spanOf, type View } from "./build-node.ts";
import { buildOrderTerm } from "./build-windows.ts";
import type { ComprehensionClause, ComprehensionExpression, Expression } from "./tree/expressions.ts";

const expressionOf = (view: View): Expression => view.ctx.build.expression(view);

/** `if c then a else b`, `if c { a } else { b }`. */
export function buildIf(view: View): Expression {
  const span = spanOf(view);
  const rest = only(one(view, "IfExprRest"));
  if (rule(rest) === "IfThenElse") {
    const [condition, then, otherwise] = all(rest, "Expr").map(expressionOf);
    if (condition === undefined || then === undefined || otherwise === undefined)
      throw new InternalError("build: if-then-else");
    return { kind: "if", condition, then, otherwise, span };
  }
  const last = only(one(rest, "IfBracesElse"));
  const otherwise = rule(last) === "IfBracesElseIf" ? buildIf(one(last, "IfExpr")) : expressionOf(one(last, "Value"));
  return {
    kind: "if",
    condition: expressionOf(one(rest, "HeaderExpr")),
    then: expressionOf(one(rest, "Value")),
    otherwise,
    span,
  };
}

/** `try e catch …`. */
export function buildTry(view: View): Expression {
  const span = spanOf(view);
  const value = expressionOf(one(view, "Expr"));
  const fallback = only(one(view, "TryFallback"));
  if (rule(fallback) !== "TryArms") return { kind: "try", value, fallback: expressionOf(fallback), arms: [], span };
  return { kind: "try", value, fallback: undefined, arms: buildCatchArms(fallback), span };
}

/** `FROM x IN xs … SELECT e`. */
export function buildComprehension(view: View): ComprehensionExpression {
  const parts = kids(view);
  const from: ComprehensionClause = {
    kind: "fromClause",
    name: nameOf(one(view, "name")),
    source: expressionOf(one(view, "Expr")),
    span: spanBetween(view, view.start, one(view, "Expr").start + one(view, "Expr").node.matchLength),
  };
  const clauses = all(view, "ComprehensionClause").map((clause) => buildComprehensionClause(only(clause)));
  const result = parts.filter((part) => rule(part) === "Expr").at(-1);
  if (result === undefined) throw new InternalError("build: a comprehension without result");
  return { kind: "comprehension", clauses: [from, ...clauses], result: expressionOf(result), span: spanOf(view) };
}

function buildComprehensionClause(view: View): ComprehensionClause {
  const span = spanOf(view);
  switch (rule(view)) {
    case "WhereClause":
      return { kind: "whereClause", condition: expressionOf(one(view, "Expr")), span };
    case "LetClause":
      return { kind: "letClause", name: nameOf(one(view, "name")), value: expressionOf(one(view, "Expr")), span };
    case "FromNext":
      return { kind: "fromClause", name: nameOf(one(view, "name")), source: expressionOf(one(view, "Expr")), span };
    default:
      return {
        kind: "orderClause",
        terms: listOf(view, "ComprehensionTerm", "CommaComprehensionTerm").map(buildOrderTerm),
        span,
      };
  }
}
