// What a routine gives: return, the row of a trigger, out parameters, rows that are yielded or emitted.
import { InternalError } from "../../base/failure.ts";
import type { ReturnStatement, Statement, YieldStatement } from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { converted, nullValue, readLocal, setLocal } from "./build.ts";
import { finalTypeOf, lower, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import { registerTypeOf, withoutNull } from "./types.ts";

/** `return`: in a function that yields, its rows; in a trigger, the row to write. */
export function lowerReturn(ctx: Lowering, e: ReturnStatement): CoreStatement[] {
  const { span } = e;
  if (ctx.kept.length > 0) return returnRow(ctx, e);
  if (ctx.yields !== undefined) {
    if (e.value === undefined || e.value.kind === "null") return [yielded(ctx, span)];
    return [...appendRows(ctx, e.value), yielded(ctx, span)];
  }
  const result = ctx.result;
  if (e.value === undefined) return [returnOf(ctx, span, result === undefined ? undefined : nullValue(span))];
  const value = lower(ctx, e.value);
  if (result === undefined) return [{ kind: "evaluate", span, value }, returnOf(ctx, span, undefined)];
  return [returnOf(ctx, span, stored(value, finalTypeOf(ctx, e.value), result))];
}

// A trigger gives the row that it returns; a value that is no row (the result of a called procedure) is not looked at.
function returnRow(ctx: Lowering, e: Extract<Statement, { readonly kind: "return" }>): CoreStatement[] {
  const { span } = e;
  if (e.value === undefined) return [{ kind: "return", span, value: keptRow(ctx, span) }];
  const value = lower(ctx, e.value);
  if (!["struct", "any", "null"].includes(withoutNull(finalTypeOf(ctx, e.value)).kind))
    return [
      { kind: "evaluate", span, value },
      { kind: "return", span, value: keptRow(ctx, span) },
    ];
  return [{ kind: "return", span, value: converted(value, "any") }];
}

/** The row that a trigger gives back when it does not say which: NEW, or OLD when there is no NEW. */
export function keptRow(ctx: Lowering, span: Statement["span"]): CoreExpression {
  return ctx.kept
    .map((local) => converted(readLocal(span, local), "any"))
    .reduce((left, right) => ({ kind: "coalesce", span, rep: "any", left, right }));
}

/** The return of a routine: with out parameters it gives a struct of the result and their last values. */
export function returnOf(ctx: Lowering, span: Statement["span"], value: CoreExpression | undefined): CoreStatement {
  if (ctx.outs.length === 0)
    return {
      kind: "return",
      span,
      value: value === undefined || ctx.result === undefined ? value : converted(value, registerTypeOf(ctx.result)),
    };
  const items = [...(value === undefined ? [] : [value]), ...ctx.outs.map((local) => readLocal(span, local))];
  const fields = [...(value === undefined ? [] : ["result"]), ...ctx.outs.map((local) => local.name)];
  return { kind: "return", span, value: { kind: "struct", span, rep: "struct", shape: { name: "", fields }, items } };
}

/** The table of what a function has yielded. */
export function yielded(ctx: Lowering, span: Statement["span"]): CoreStatement {
  if (ctx.yields === undefined) throw new InternalError("lower: no rows are yielded here");
  const { local, shape } = ctx.yields;
  return {
    kind: "return",
    span,
    value: {
      kind: "tableFromList",
      span,
      rep: "table",
      list: readLocal(span, local),
      shape: shape ?? { name: "", fields: ["value"] },
    },
  };
}

/** `yield row`, `yield SELECT …`. */
export function lowerYield(ctx: Lowering, e: YieldStatement): CoreStatement[] {
  if (ctx.yields === undefined) throw new InternalError("lower: yield outside a function that returns a table");
  const type = withoutNull(finalTypeOf(ctx, e.value)).kind;
  if (e.query || type === "table") return appendRows(ctx, e.value);
  const result = ctx.result === undefined ? undefined : withoutNull(ctx.result);
  const row: Type = result?.kind === "table" && result.row !== undefined ? result.row : { kind: "any" };
  const value = lower(ctx, e.value);
  const from = finalTypeOf(ctx, e.value);
  // `yield 1` in a function that returns table<{n: int}>: a scalar is the one column.
  const single = withoutNull(row).kind === "struct" && !["struct", "any", "map"].includes(withoutNull(from).kind);
  return [
    {
      kind: "push",
      span: e.span,
      place: { kind: "local", local: ctx.yields.local },
      value: single ? value : stored(value, from, row),
    },
  ];
}

function appendRows(ctx: Lowering, value: Parameters<typeof lower>[1]): CoreStatement[] {
  const local = ctx.yields?.local;
  if (local === undefined) throw new InternalError("lower: no rows are yielded here");
  const table = lower(ctx, value);
  const { span } = value;
  const list: CoreExpression =
    table.rep === "list" ? table : { kind: "tableToList", span, rep: "list", table: converted(table, "table") };
  return [setLocal(span, local, { kind: "concat", span, rep: "list", left: readLocal(span, local), right: list })];
}

/** Rows of a table or list, for `emit`. */
export function asTable(value: CoreExpression, type: Type): CoreExpression {
  const seen = withoutNull(type);
  if (seen.kind !== "list") return converted(value, "table");
  const element = withoutNull(seen.element);
  const fields = element.kind === "struct" ? fieldsOf(element).map((field) => field.name) : ["value"];
  return { kind: "tableFromList", span: value.span, rep: "table", list: value, shape: { name: "", fields } };
}
