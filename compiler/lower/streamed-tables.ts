// `let rows = SELECT …` of which the next statement, a loop, is the only use: the loop goes over the query itself, so that the rows are never a value.
// Nobody can tell the difference: a loop over a query sees the rows as of its start too. Programs that ask for row_count() or FOUND could, and are left as they are.
import type { ForStatement, LetStatement, Statement } from "../syntax/tree.ts";
import type { Variable } from "../check/checked.ts";
import { declaredVariable, type Lowering } from "./context.ts";

/** The loop that stands for the statement at a place and the one behind it; undefined when they are two. */
export function streamedLoop(ctx: Lowering, statements: readonly Statement[], at: number): ForStatement | undefined {
  const declaration = statements[at];
  const loop = statements[at + 1];
  if (declaration?.kind !== "let" || loop?.kind !== "for" || loop.source.kind !== "name") return undefined;
  const query = wholeQuery(ctx, declaration);
  if (query === undefined || declaration.target.kind !== "single") return undefined;
  const variable = declaredVariable(ctx, declaration.target.name);
  if (variable.assigned || /\b(?:row_count|found)\b/i.test(ctx.item.text)) return undefined;
  // The source of the loop is one use.
  return means(ctx, loop.source, variable) && uses(ctx, statements.slice(at + 1), variable) === 1
    ? { ...loop, source: query }
    : undefined;
}

/** The query of a declaration without a type whose value stays a table. */
function wholeQuery(ctx: Lowering, { type, value }: LetStatement): LetStatement["value"] {
  if (type !== undefined || value?.kind !== "query" || value.query.kind !== "select") return undefined;
  const { into, thenBlock } = value.query;
  return into.length === 0 && thenBlock === undefined && ctx.checked.coercions.get(value) === undefined
    ? value
    : undefined;
}

function means(ctx: Lowering, node: object, variable: Variable): boolean {
  const name = ctx.checked.names.get(node);
  if (name?.kind === "variable" && name.variable === variable) return true;
  const table = ctx.checked.tables.get(node);
  return table !== undefined && "variable" in table && table.variable === variable;
}

function uses(ctx: Lowering, node: object, variable: Variable): number {
  let count = means(ctx, node, variable) ? 1 : 0;
  for (const part of Object.values(node) as readonly unknown[])
    if (typeof part === "object" && part !== null) count += uses(ctx, part, variable);
  return count;
}
