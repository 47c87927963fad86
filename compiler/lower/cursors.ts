// Rows that come one at a time or from a text: cursors, fetch, and dynamic statements with their targets.
import { InternalError } from "../../base/failure.ts";
import type { Variable } from "../check/checked.ts";
import type {
  CloseStatement,
  ExecuteExpression,
  ExecuteStatement,
  Expression,
  FetchExpression,
  FetchStatement,
  Name,
  OpenStatement,
} from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import { storeInto } from "./assign.ts";
import { block, converted, hiddenLocal, readLocal, setLocal } from "./build.ts";
import { lower, typeOf, type Lowering } from "./context.ts";
import { single } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { Local } from "./core-parts.ts";
import { withoutNull } from "./types.ts";
import { bindingOf } from "./variables.ts";

/** What a dynamic statement gives: its rows, or how many it changed. */
export function executedText(ctx: Lowering, e: ExecuteStatement | ExecuteExpression): CoreExpression {
  const text = converted(lower(ctx, e.text), "string");
  return {
    kind: "executeText",
    span: e.span,
    rep: "any",
    text,
    names: e.using.map((argument) => argument.name?.text),
    args: e.using.map((argument) => lower(ctx, argument.value)),
  };
}

/** `execute text using … into …`. */
export function lowerExecute(ctx: Lowering, e: ExecuteStatement): CoreStatement[] {
  const value = executedText(ctx, e);
  if (e.into.length === 0) return [{ kind: "evaluate", span: e.span, value }];
  const row = hiddenLocal("row", "any");
  const { span } = e;
  return [
    setLocal(span, row, single(converted(value, "table"), "row", { kind: "any" })),
    ...e.into.flatMap((target, at) =>
      storeInto(
        ctx,
        target,
        { kind: "field", span, rep: "any", object: readLocal(span, row), name: "", slot: at },
        { kind: "any" },
      ),
    ),
  ];
}

function cursorVariable(ctx: Lowering, name: Name): Variable {
  const resolution = ctx.checked.names.get(name);
  const variable = resolution?.kind === "variable" ? resolution.variable : ctx.checked.variables.get(name);
  if (variable === undefined) throw new InternalError(`lower: cursor ${name.text} is not resolved`);
  return variable;
}

function readCursor(ctx: Lowering, name: Name): CoreExpression {
  const binding = bindingOf(ctx, cursorVariable(ctx, name));
  if (binding.kind === "row") throw new InternalError("lower: a row is not a cursor");
  return converted(
    binding.kind === "local"
      ? readLocal(name.span, binding.local)
      : { kind: "global", span: name.span, rep: binding.global.rep, global: binding.global },
    "cursor",
  );
}

/** `DECLARE c CURSOR FOR …` has opened it already; OPEN is where the rows were meant to be taken, which is the same unless the cursor was moved. */
export function lowerOpen(ctx: Lowering, e: OpenStatement): CoreStatement[] {
  return [{ kind: "evaluate", span: e.span, value: readCursor(ctx, e.cursor) }];
}

/** `CLOSE c`. */
export function lowerClose(ctx: Lowering, e: CloseStatement): CoreStatement[] {
  return [{ kind: "closeCursor", span: e.span, cursor: readCursor(ctx, e.cursor) }];
}

/** `fetch c into a, b` as a statement. */
export function lowerFetch(ctx: Lowering, e: FetchStatement): CoreStatement[] {
  return [...fetchInto(ctx, e).statements];
}

/** The same as an expression: false at the end of the rows. */
export function lowerFetchNext(ctx: Lowering, e: FetchExpression): CoreExpression {
  const { statements, found } = fetchInto(ctx, e);
  return block(e.span, statements, readLocal(e.span, found));
}

function fetchInto(
  ctx: Lowering,
  e: FetchStatement | FetchExpression,
): { readonly statements: readonly CoreStatement[]; readonly found: Local } {
  const { span } = e;
  const found = hiddenLocal("found", "bool");
  const cursor = readCursor(ctx, e.cursor);
  const only = e.into.length === 1 ? e.into[0] : undefined;
  if (only !== undefined && takesRow(ctx, e.cursor, only)) {
    const row = hiddenLocal("row", "any");
    const type = withoutNull(typeOf(ctx, only));
    const stores = storeInto(ctx, only, readLocal(span, row), type.kind === "struct" ? type : { kind: "any" });
    return { statements: fetched({ kind: "fetch", span, cursor, cells: [], row, found }, stores), found };
  }
  const cells = e.into.map((_target, at) => hiddenLocal(`c${at}`, "any"));
  const stores = e.into.flatMap((target, at) =>
    storeInto(ctx, target, readLocal(span, cells[at] ?? found), { kind: "any" }),
  );
  return { statements: fetched({ kind: "fetch", span, cursor, cells, row: undefined, found }, stores), found };
}

// One target takes the whole row, unless the row has one column only.
function takesRow(ctx: Lowering, cursor: Name, target: Expression): boolean {
  if (withoutNull(typeOf(ctx, target)).kind === "struct") return true;
  const type = withoutNull(cursorVariable(ctx, cursor).type);
  const row = type.kind === "cursor" ? type.row : undefined;
  return row !== undefined && fieldsOf(row).length !== 1;
}

// At the end the targets keep their values.
function fetched(
  fetch: Extract<CoreStatement, { readonly kind: "fetch" }>,
  stores: readonly CoreStatement[],
): CoreStatement[] {
  return [
    fetch,
    { kind: "if", span: fetch.span, condition: readLocal(fetch.span, fetch.found), then: stores, otherwise: [] },
  ];
}
