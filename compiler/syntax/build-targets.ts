// Targets of assignments and INTO (names, fields, items), and the values of USING.
// FETCH and EXECUTE have the same ones as statements and as expressions.
import { kids, listOf, maybe, nameOf, one, rule, spanBetween, type View } from "./build-node.ts";
import type { Name } from "./tree/common.ts";
import type { ExecuteExpression, Expression, FetchExpression } from "./tree/expressions.ts";

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

/** The values of `using a, name = b`. */
export function buildUsing(view: View | undefined): ExecuteExpression["using"] {
  return listOf(view, "UsingArgument", "CommaUsingArgument").map((argument) => {
    const name = maybe(argument, "UsingName");
    return {
      name: name === undefined ? undefined : nameOf(one(name, "name")),
      value: argument.ctx.build.expression(one(argument, "Expr")),
    };
  });
}
