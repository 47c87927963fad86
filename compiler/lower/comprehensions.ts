// Comprehensions over lists and tables: nested loops that push into a result list; an `order by` clause sorts what came so far by its keys.
// Over a table, the engine delivers the columns that are used; conditions are the language's own, not the engine's.
import type { ComprehensionExpression, Expression } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import { block, boolValue, call, converted, hiddenLocal, label, readLocal, setLocal } from "./build.ts";
import { bindLocal, declaredVariable, finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { shapeOf, stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement, Local } from "./core.ts";
import { eachSource } from "./iterate.ts";
import { asCondition } from "./operators.ts";
import { registerTypeOf, withoutNull } from "./types.ts";

/** `FROM x IN xs WHERE c LET y = e ORDER BY k SELECT r`. */
export function lowerComprehension(ctx: Lowering, e: ComprehensionExpression): CoreExpression {
  const { span } = e;
  const result = hiddenLocal("result", "list");
  const orders = e.clauses.flatMap((clause) => (clause.kind === "orderClause" ? clause.terms : []));
  const keys = orders.map((term, at) => ({ term, list: hiddenLocal(`keys${at}`, "list") }));
  const type = withoutNull(typeOf(ctx, e));
  const element: Type =
    type.kind === "list" ? type.element : type.kind === "table" ? (type.row ?? { kind: "any" }) : { kind: "any" };
  const innermost = (): CoreStatement[] => [
    ...keys.map(
      ({ term, list }): CoreStatement => ({
        kind: "push",
        span,
        place: { kind: "local", local: list },
        value: lower(ctx, term.value),
      }),
    ),
    {
      kind: "push",
      span,
      place: { kind: "local", local: result },
      value: stored(lower(ctx, e.result), finalTypeOf(ctx, e.result), element),
    },
  ];
  const statements: CoreStatement[] = [result, ...keys.map((key) => key.list)].map((local) =>
    setLocal(span, local, { kind: "list", span, rep: "list", items: [] }),
  );
  statements.push(...lowerClauses(ctx, e, 0, innermost), ...sortBy(span, result, keys));
  const list = readLocal(span, result);
  const value: CoreExpression =
    type.kind === "table" && element.kind === "struct"
      ? { kind: "tableFromList", span, rep: "table", list, shape: shapeOf(element) }
      : list;
  return block(span, statements, converted(value, registerTypeOf(typeOf(ctx, e))));
}

function lowerClauses(
  ctx: Lowering,
  e: ComprehensionExpression,
  at: number,
  innermost: () => CoreStatement[],
): CoreStatement[] {
  const clause = e.clauses[at];
  if (clause === undefined) return innermost();
  const rest = (): CoreStatement[] => lowerClauses(ctx, e, at + 1, innermost);
  switch (clause.kind) {
    case "fromClause": {
      const exit = label("from");
      const next = label("from next");
      return eachSource(ctx, { span: clause.span, names: [clause.name], exit, next, body: rest }, clause.source);
    }
    case "whereClause":
      return [
        {
          kind: "if",
          span: clause.span,
          condition: asCondition(lower(ctx, clause.condition)),
          then: rest(),
          otherwise: [],
        },
      ];
    case "letClause": {
      const value = lower(ctx, clause.value);
      const variable = declaredVariable(ctx, clause.name);
      return [
        setLocal(clause.span, bindLocal(ctx, variable), stored(value, finalTypeOf(ctx, clause.value), variable.type)),
        ...rest(),
      ];
    }
    case "orderClause":
      return rest();
  }
}

// Sorting is stable, so sorting by the last key first gives the order by all keys. The other key lists move along.
function sortBy(
  span: Expression["span"],
  result: Local,
  keys: readonly { readonly term: { readonly direction: "asc" | "desc" | undefined }; readonly list: Local }[],
): CoreStatement[] {
  return keys.toReversed().flatMap(({ term, list }, position) => {
    const others = keys.slice(0, keys.length - 1 - position).map((key) => key.list);
    return [...others, result].map((local) =>
      setLocal(
        span,
        local,
        call(span, "list", "sort_by_keys", [
          readLocal(span, local),
          readLocal(span, list),
          boolValue(span, term.direction === "desc"),
        ]),
      ),
    );
  });
}
