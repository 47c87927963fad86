// A value where one value is needed: the result of a job, the only column of a query (LANGUAGE.md 15.2).
import type { Expression } from "../syntax/tree.ts";
import { ANY, fieldsOf, nullable, prune } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { addCoercions } from "./expect.ts";
import { problem } from "./findings.ts";

/** The type as a single value: awaits handles and takes the value out of one-column tables, recording how; reports tables with more columns. */
export function scalarValue(ctx: CheckContext, expression: Expression, type: Type): Type {
  const pruned = prune(type);
  if (pruned.kind === "handle") {
    addCoercions(ctx.state, expression, [{ kind: "await", from: pruned, to: pruned.result }]);
    return scalarValue(ctx, expression, pruned.result);
  }
  if (pruned.kind !== "table") return type;
  const row = pruned.row === undefined ? undefined : prune(pruned.row);
  if (row === undefined || row.kind !== "struct") {
    addCoercions(ctx.state, expression, [{ kind: "scalar", from: pruned, to: ANY }]);
    return ANY;
  }
  const [only, ...others] = fieldsOf(row);
  if (only === undefined || others.length > 0) {
    problem(ctx, "TypeMismatch", expression.span, { expected: "one column", found: showType(row) });
    return ANY;
  }
  const query = innermost(expression);
  const info = query.kind === "query" ? ctx.state.sql.get(query.query) : undefined;
  const value = info?.cardinality === "one" ? prune(only.type) : nullable(only.type);
  addCoercions(ctx.state, expression, [{ kind: "scalar", from: pruned, to: value }]);
  return value;
}

/** The expression without parentheses around it. */
export function innermost(expression: Expression): Expression {
  return expression.kind === "parenthesized" ? innermost(expression.inner) : expression;
}
