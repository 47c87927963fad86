// Comprehensions over lists and tables: nested loops that push into a result list; an `order by` clause sorts what came so far by its keys.
// Over a table, the engine delivers the columns that are used, and takes the conditions that it can (row-filter.ts).
import type { ComprehensionClause, ComprehensionExpression, Expression } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import { block, boolValue, call, converted, hiddenLocal, label, readLocal, setLocal } from "./build.ts";
import { bindLocal, declaredVariable, finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { shapeOf, stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { Local } from "./core-parts.ts";
import { eachSource } from "./iterate.ts";
import { asCondition } from "./operators.ts";
import { conjuncts, rowFilter, type RowFilter } from "./row-filter.ts";
import { registerTypeOf, withoutNull } from "./types.ts";

type FromClause = Extract<ComprehensionClause, { readonly kind: "fromClause" }>;
type WhereClause = Extract<ComprehensionClause, { readonly kind: "whereClause" }>;

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
  statements.push(...lowerClauses(ctx, e, 0, innermost, new Set()), ...sortBy(span, result, keys));
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
  taken: ReadonlySet<Expression>,
): CoreStatement[] {
  const clause = e.clauses[at];
  if (clause === undefined) return innermost();
  const rest = (more = taken): CoreStatement[] => lowerClauses(ctx, e, at + 1, innermost, more);
  switch (clause.kind) {
    case "fromClause": {
      const exit = label("from");
      const next = label("from next");
      const filter = filterOf(ctx, e, at, clause);
      return eachSource(
        ctx,
        { span: clause.span, names: [clause.name], exit, next, body: () => rest(filter?.taken) },
        clause.source,
        filter?.parts,
      );
    }
    case "whereClause":
      return whereClause(ctx, clause, taken, rest);
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

// The conditions that follow a FROM over a table of the catalog, as far as the engine takes them.
function filterOf(ctx: Lowering, e: ComprehensionExpression, at: number, clause: FromClause): RowFilter | undefined {
  const resolution = ctx.checked.tables.get(clause.source);
  if (resolution?.kind !== "catalog") return undefined;
  const conditions: Expression[] = [];
  for (const next of e.clauses.slice(at + 1)) {
    if (next.kind !== "whereClause") break;
    conditions.push(next.condition);
  }
  return rowFilter(ctx, clause.name.text, resolution.table, conditions);
}

function whereClause(
  ctx: Lowering,
  clause: WhereClause,
  taken: ReadonlySet<Expression>,
  rest: () => CoreStatement[],
): CoreStatement[] {
  const all = conjuncts(clause.condition);
  const left = all.filter((condition) => !taken.has(condition));
  const conditions = left.length === all.length ? [clause.condition] : left;
  return conditions.reduceRight<CoreStatement[]>(
    (then, condition) => [
      { kind: "if", span: clause.span, condition: asCondition(lower(ctx, condition)), then, otherwise: [] },
    ],
    rest(),
  );
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
