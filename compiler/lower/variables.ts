// Variables at their uses: locals, script-level globals, rows of loops with their lazily loaded cells, and what the last statement left (row_count, FOUND).
import { InternalError } from "../../base/failure.ts";
import { isNullable } from "../../bytecode/register-type.ts";
import type { Variable } from "../check/checked.ts";
import type { Expression, Statement } from "../syntax/tree.ts";
import { converted, intValue, readLocal, readPlace } from "./build.ts";
import { cellOf, globalFor, typeOf, wholeOf, type Binding, type Lowering } from "./context.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import { compared } from "./operators.ts";
import { registerTypeOf } from "./types.ts";

/** The value of a variable at a use, where flow may know it better than its declaration. */
export function readVariable(ctx: Lowering, use: Expression, variable: Variable): CoreExpression {
  if (!ctx.variables.has(variable) && variable.kind === "column")
    return converted(readColumn(ctx, use, variable.name), registerTypeOf(typeOf(ctx, use)));
  const binding = bindingOf(ctx, variable);
  const value =
    binding.kind === "row"
      ? readLocal(use.span, wholeOf(binding.row))
      : { ...readPlace(use.span, binding), span: use.span };
  const rep = registerTypeOf(typeOf(ctx, use));
  return isNullable(value.rep) && !isNullable(rep) ? converted(value, rep) : value;
}

// `self`, NEW and OLD are declared by no name in the source, and stand for the same thing all through a routine.
function implicitBinding(ctx: Lowering, variable: Variable): Binding | undefined {
  if (variable.kind !== "self" && variable.kind !== "row") return undefined;
  const local = ctx.implicit.get(variable.name.toLowerCase());
  return local === undefined ? undefined : { kind: "local", local };
}

/** Where a variable is held. */
export function bindingOf(ctx: Lowering, variable: Variable): Binding {
  const known = ctx.variables.get(variable) ?? implicitBinding(ctx, variable);
  if (known !== undefined) return known;
  // Script-level variables of this file, and those that existed before it.
  if (variable.declaredAt === undefined || variable.item.statement.kind === "let")
    return { kind: "global", global: globalFor(ctx.program, variable) };
  throw new InternalError(`lower: ${variable.kind} ${variable.name} is not bound`);
}

/** A column of the row that a THEN block runs for. */
export function readColumn(ctx: Lowering, use: Expression, name: string): CoreExpression {
  for (const row of ctx.rowColumns.toReversed()) {
    const column = row.columns.findIndex((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (column >= 0) return readLocal(use.span, cellOf(row, column));
  }
  throw new InternalError(`lower: no row has a column ${name}`);
}

/** `row_count()`. */
export function lowerRowCount(ctx: Lowering, e: Expression): CoreExpression {
  return ctx.rowCount === undefined
    ? { kind: "rowCount", span: e.span, rep: "int" }
    : { kind: "global", span: e.span, rep: "int", global: ctx.rowCount };
}
/** FOUND: the last statement changed or read a row. */
export function lowerFound(ctx: Lowering, e: Expression): CoreExpression {
  return compared(e.span, ">", lowerRowCount(ctx, e), intValue(e.span, 0));
}

/** Keeps the count that a statement of the script left, for `row_count()` and FOUND in its later statements. Nothing where no statement asks. */
export function keptCount(ctx: Lowering, statement: Statement): CoreStatement[] {
  const { rowCount } = ctx;
  if (rowCount === undefined || !COUNTING.has(statement.kind)) return [];
  const { span } = statement;
  const value: CoreExpression = { kind: "rowCount", span, rep: "int" };
  return [{ kind: "set", span, place: { kind: "global", global: rowCount }, value }];
}

const COUNTING: ReadonlySet<Statement["kind"]> = new Set<Statement["kind"]>([
  "sql",
  "fetch",
  "execute",
  "let",
  "assign",
]);
