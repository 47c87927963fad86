// What may stand on the left of an assignment or behind INTO: names, fields and items.
// FETCH has the same targets as a statement and as an expression.
import { kids, listOf, nameOf, one, rule, spanBetween, type View } from "./build-node.ts";
import type { Name } from "./tree/common.ts";
import type { Expression, FetchExpression } from "./tree/expressions.ts";

/** `x`, `x.f`, `x[i]`. */
export function buildTarget(view: View): Expression {
  const first = one(view, "name");
  const name: Name = nameOf(first);
  let target: Expression = { kind: "name", name, span: name.span };
  for (const inner of kids(view).filter((kid) => rule(kid) === "TargetMember" || rule(kid) === "TargetIndex")) {
    const span = spanBetween(view, view.start, inner.start + inner.node.matchLength);
    target =
      rule(inner) === "TargetMember"
        ? { kind: "member", object: target, name: nameOf(one(inner, "anyName")), span }
        : { kind: "index", object: target, index: view.ctx.build.expression(one(inner, "Expr")), span };
  }
  return target;
}

/** The targets of INTO. */
export function buildTargets(view: View | undefined): readonly Expression[] {
  return listOf(view, "AssignTarget", "CommaAssignTarget").map(buildTarget);
}

/** `fetch c into a, b`: its cursor and targets. */
export function buildFetched(view: View): Pick<FetchExpression, "cursor" | "into"> {
  return { cursor: nameOf(one(view, "name")), into: buildTargets(one(view, "IntoTargets")) };
}
