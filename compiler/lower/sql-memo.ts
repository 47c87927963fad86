// Functions that query, used inside SQL: the statement is split. First the engine delivers the distinct arguments, then the machine calls the function for each,
// then the statement looks the results up by the arguments. (A function cannot query while SQLite runs a statement.)
// The argument query reads what the statement reads, without the conditions that call such functions themselves.
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { CallArgument, CallResolution, RoutineInfo } from "../check/checked.ts";
import type { CallExpression, Expression } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import { block, converted, hiddenLocal, label, readLocal, setLocal } from "./build.ts";
import { calleeOf } from "./calls.ts";
import { complain, finalTypeOf, typeOf } from "./context.ts";
import { cast } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { CoreShape } from "./core-parts.ts";
import { argument, finished, joined, newSql, type SqlLowering, type SqlScope } from "./sql-builder.ts";
import { sqlTypeOf, withoutNull } from "./types.ts";

/** Whether a routine reads tables when it runs. */
export function queries(routine: RoutineInfo): boolean {
  return routine.effects.reads.length > 0 || routine.effects.dynamic;
}

/** The call as a lookup in a table of its results, or undefined when its arguments come from outside of the statement's own tables. */
export function memoized(
  sql: SqlLowering,
  e: CallExpression,
  resolution: Extract<CallResolution, { readonly kind: "routine" }>,
): SqlPart[] | undefined {
  const { scope } = sql;
  if (scope === undefined || sql.fixed || sql.inlined.size > 0) return undefined;
  const args = resolution.args.flatMap((given: CallArgument) => (given.kind === "value" ? [given.value] : []));
  if (args.length !== resolution.args.length || args.some((arg) => !isOwn(sql, scope, arg))) return undefined;
  return [
    {
      p: "lookup",
      index: argument(sql, results(sql, e, resolution, scope, args)),
      args: args.map((arg) => sql.rules.expression(sql, arg)),
      type: sqlTypeOf(typeOf(sql.ctx, e)),
    },
  ];
}

// Whether all columns of an argument belong to the tables of this very query, and nothing in it has to be memoized itself.
function isOwn(sql: SqlLowering, scope: SqlScope, node: unknown): boolean {
  if (typeof node !== "object" || node === null) return true;
  const { names, calls } = sql.ctx.checked;
  const resolution = names.get(node);
  if (resolution?.kind === "column")
    return resolution.qualifier === undefined || scope.names.includes(resolution.qualifier.toLowerCase());
  const call = calls.get(node as Expression);
  if (call?.kind === "routine" && queries(call.routine)) return false;
  if (call?.kind === "sqlFunction" && (call.aggregate || call.window)) return false;
  return Object.values(node).every((part) => isOwn(sql, scope, part));
}

// A list of {a0, a1, …, r}.
function results(
  sql: SqlLowering,
  e: CallExpression,
  resolution: Extract<CallResolution, { readonly kind: "routine" }>,
  scope: SqlScope,
  args: readonly Expression[],
): CoreExpression {
  const { ctx } = sql;
  const { span } = e;
  const { routine } = resolution;
  const inner = newSql(ctx, sql.rules);
  const selected = args.map(
    (arg, at): SqlParts => [...sql.rules.expression(inner, arg), " AS ", { p: "name", name: `a${at}` }],
  );
  const parts: SqlPart[] =
    args.length === 0
      ? ["SELECT 1 AS a0"]
      : [
          ...scope.withs.flatMap((clause) => sql.rules.with(inner, clause)),
          "SELECT DISTINCT ",
          ...joined(selected, ", "),
          " FROM ",
          ...scope.from(inner),
          ...condition(inner, scope),
        ];
  // The arguments are kept as the engine delivers them, because that is how the statement will look for them; the call converts its own copy.
  const form = {
    ...finished(inner, parts, "query", true, undefined),
    columns: args.map((_arg, at) => ({ name: `a${at}`, type: "any" as const, nullable: true })),
  };
  const callee = calleeOf(ctx, routine, resolution.version);
  const argTypes = args.map((arg) => withoutNull(finalTypeOf(ctx, arg)));
  const cells = args.map((_arg, at) => ({ column: at, local: hiddenLocal(`a${at}`, "any") }));
  const values = cells.map(({ local }, at): CoreExpression => {
    const expected: Type = routine.parameters[at]?.type ?? { kind: "any" };
    const given = argTypes[at];
    const raw = readLocal(span, local);
    // A decimal column has its digits from its declared scale, which the engine does not keep.
    const value = cast(
      given?.kind === "scalar" && given.scale !== undefined ? cast(raw, { kind: "nullable", inner: given }) : raw,
      expected,
    );
    const own = callee.kind === "own" ? callee.routine.parameters[at]?.local.rep : undefined;
    return own === undefined ? value : converted(value, own);
  });
  const result = callee.kind === "own" && callee.routine.resultRep !== "void" ? callee.routine.resultRep : "any";
  const shape: CoreShape = { name: "", fields: [...cells.map(({ local }) => local.name), "r"] };
  const list = hiddenLocal("results", "list");
  const found: CoreExpression = { kind: "call", span, rep: result, callee, args: values };
  const push: CoreStatement = {
    kind: "push",
    span,
    place: { kind: "local", local: list },
    value: {
      kind: "struct",
      span,
      rep: "struct",
      shape,
      items: [...cells.map(({ local }) => readLocal(span, local)), found],
    },
  };
  const loop: CoreStatement = {
    kind: "eachRow",
    span,
    source: { kind: "query", span, form, args: inner.args },
    cells,
    row: undefined,
    exit: label("results"),
    next: label("result"),
    body: [push],
  };
  return block(
    span,
    [setLocal(span, list, { kind: "list", span, rep: "list", items: [] }), loop],
    readLocal(span, list),
  );
}

// The parts of the condition that can be asked without the functions' results.
function condition(inner: SqlLowering, scope: SqlScope): SqlPart[] {
  const askable = conjuncts(scope.where).filter((part) => isOwnCondition(inner, part));
  return askable.length === 0
    ? []
    : [
        " WHERE ",
        ...joined(
          askable.map((part): SqlParts => ["(", ...inner.rules.expression(inner, part), ")"]),
          " AND ",
        ),
      ];
}

function conjuncts(e: Expression | undefined): readonly Expression[] {
  if (e === undefined) return [];
  if (e.kind === "parenthesized") return conjuncts(e.inner);
  return e.kind === "binary" && e.operator === "and" ? [...conjuncts(e.left), ...conjuncts(e.right)] : [e];
}

function isOwnCondition(sql: SqlLowering, node: unknown): boolean {
  if (typeof node !== "object" || node === null) return true;
  const call = sql.ctx.checked.calls.get(node as Expression);
  if (call?.kind === "routine" && queries(call.routine)) return false;
  return Object.values(node).every((part) => isOwnCondition(sql, part));
}

/** Says that a function that queries cannot be called where it stands. */
export function refuseQuerying(sql: SqlLowering, e: CallExpression, routine: RoutineInfo): SqlPart[] {
  complain(
    sql.ctx,
    "QueryingFunctionInSql",
    e.span,
    { name: routine.name },
    { help: `Compute ${routine.name}(…) in a let or a for loop first and use the variable here.` },
  );
  return ["NULL"];
}
