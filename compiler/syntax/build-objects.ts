// Object literals and lambdas.
// `{x}` is short for `{x: x}`.
import { listOf, maybe, nameOf, one, only, qualifiedNameOf, rule, spanOf, type View } from "./build-node.ts";
import type { LambdaExpression, ObjectField, ObjectLiteral } from "./tree/expressions.ts";

/** `{…}`, with the type name before it when there is one; `whole` gives the span. */
export function buildObject(view: View, typeName: View | undefined, whole: View = view): ObjectLiteral {
  if (rule(view) !== "ObjectLiteral") return buildObject(one(view, "ObjectLiteral"), typeName);
  const fields: ObjectField[] = [];
  let hasHole = false;
  for (const entry of listOf(maybe(view, "ObjectEntries"), "ObjectEntry", "CommaObjectEntry")) {
    const inner = only(entry);
    if (rule(inner) === "hole") hasHole = true;
    else if (rule(inner) === "ShortField") {
      const name = nameOf(one(inner, "name"));
      fields.push({ name, value: { kind: "name", name, span: name.span }, span: spanOf(inner) });
    } else
      fields.push({
        name: nameOf(only(one(inner, "ObjectKey"))),
        value: view.ctx.build.expression(one(inner, "Expr")),
        span: spanOf(inner),
      });
  }
  return {
    kind: "object",
    typeName: typeName === undefined ? undefined : qualifiedNameOf(typeName),
    fields,
    hasHole,
    span: spanOf(whole),
  };
}

/** `x => e`, `(a, b) => { … }`. */
export function buildLambda(view: View): LambdaExpression {
  const head = only(one(view, "LambdaParameters"));
  const parameters =
    rule(head) === "LambdaSingle"
      ? [{ name: nameOf(one(head, "name")), type: undefined, span: spanOf(head) }]
      : listOf(maybe(head, "LambdaList"), "LambdaParameter", "CommaLambdaParameter").map((parameter) => {
          const type = maybe(parameter, "LambdaType");
          return {
            name: nameOf(one(parameter, "name")),
            type: type === undefined ? undefined : view.ctx.build.type(one(type, "Type")),
            span: spanOf(parameter),
          };
        });
  const body = maybe(view, "LambdaBody");
  const inner = body === undefined ? one(view, "SqlExpr") : only(body);
  const built = rule(inner) === "BraceBlock" ? view.ctx.build.block(inner) : view.ctx.build.expression(inner);
  return { kind: "lambda", parameters, body: built, span: spanOf(view) };
}
