// Calls inside SQL: the engine's functions by their canonical name, functions of ours as `routine` parts, and functions that are one query inlined as a subquery.
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { TypeForm } from "../../bytecode/program.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import { isDeterministic } from "../effects/join.ts";
import type { CallArgument, CallResolution } from "../check/checked.ts";
import type { CallExpression, Expression, Select } from "../syntax/tree.ts";
import { nullable, withoutNull } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { constant, converted, hiddenLocal, nullValue, readLocal, stringValue, boolValue } from "./build.ts";
import { finalTypeOf, typeOf, type Lowering } from "./context.ts";
import type { CoreExpression, CoreRoutine } from "./core.ts";
import type { Local } from "./core-parts.ts";
import { joined, parameter, exactScaleOf, type SqlLowering } from "./sql-builder.ts";
import { wideMark, wideSide } from "./sql-decimals.ts";
import { inlinable, withInlined } from "./sql-inline.ts";
import { memoized, queries, refuseQuerying } from "./sql-memo.ts";
import { registerTypeOf, sqlTypeOf, typeFormOf } from "./types.ts";

/** A call in a clause. */
export function lowerSqlCall(sql: SqlLowering, e: CallExpression): SqlPart[] {
  const resolution = sql.ctx.checked.calls.get(e);
  switch (resolution?.kind) {
    case "sqlFunction":
      return engineCall(sql, e, resolution.canonical);
    case "routine":
      return routineCall(sql, e, resolution);
    case "intrinsic":
      return intrinsicCall(sql, e, resolution.intrinsic, resolution.args);
    case "late":
    case undefined:
      return engineCall(sql, e, nameOf(e));
    // A closure or an error is a value of code.
    case "closure":
    case "error":
      return [parameter(sql, e, "value")];
  }
}

function nameOf(e: CallExpression): string {
  return e.callee.kind === "name" ? e.callee.name.text : e.callee.kind === "member" ? e.callee.name.text : "";
}

function engineCall(sql: SqlLowering, e: CallExpression, name: string): SqlPart[] {
  const { rules } = sql;
  const wide = wideMark(sql, ...e.arguments.map((argument) => argument.value));
  const args: SqlParts[] = e.star
    ? [["*"]]
    : e.arguments.map(({ value }) => (wide.wide === true ? wideSide(sql, value) : rules.expression(sql, value)));
  const [first] = args;
  if (e.distinct && first !== undefined) args[0] = ["DISTINCT ", ...first];
  const last = args.at(-1);
  if (e.orderBy.length > 0 && last !== undefined)
    args[args.length - 1] = [...last, " ORDER BY ", ...rules.order(sql, e.orderBy)];
  const suffix: SqlPart[] = [];
  if (e.filter !== undefined) suffix.push(" FILTER (WHERE ", ...rules.expression(sql, e.filter), ")");
  if (e.over !== undefined) suffix.push(" OVER ", ...rules.window(sql, e.over));
  return [
    {
      p: "call",
      name,
      args,
      argTypes: e.star ? ["any"] : e.arguments.map((argument) => sqlTypeOf(finalTypeOf(sql.ctx, argument.value))),
      type: sqlTypeOf(typeOf(sql.ctx, e)),
      ...(suffix.length === 0 ? {} : { suffix }),
      ...(name === "avg" || name === "sum" ? exactScaleOf(typeOf(sql.ctx, e)) : {}),
      ...wide,
    },
  ];
}

// A pure function runs inside the engine; one that queries is inlined, asked for beforehand, or refused.
function routineCall(
  sql: SqlLowering,
  e: CallExpression,
  resolution: Extract<CallResolution, { readonly kind: "routine" }>,
): SqlPart[] {
  const { routine, args } = resolution;
  if (!queries(routine)) {
    const values = argumentParts(sql, args);
    if (routine.origin !== "catalog")
      register(
        sql.ctx,
        routine.name,
        sql.ctx.program.rules.routine(sql.ctx, routine),
        isDeterministic(routine.effects),
      );
    return [{ p: "routine", name: routine.name, args: values, type: sqlTypeOf(typeOf(sql.ctx, e)) }];
  }
  const query: Select | undefined = routine.origin === "module" ? inlinable(routine) : undefined;
  const before =
    query !== undefined && sql.scope?.writes === true && usesColumns(sql, e.arguments)
      ? memoized(sql, e, resolution)
      : undefined;
  if (before !== undefined) return before;
  if (query !== undefined) return ["(", ...withInlined(sql, routine, argumentParts(sql, args), query), ")"];
  if (!sql.fixed && !usesColumns(sql, e.arguments)) return [parameter(sql, e, "value")];
  return memoized(sql, e, resolution) ?? refuseQuerying(sql, e, routine);
}

// Whether anything in a node is a column of the statement.
function usesColumns(sql: SqlLowering, node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (sql.ctx.checked.names.get(node)?.kind === "column") return true;
  return Object.values(node).some((part) => usesColumns(sql, part));
}

function argumentParts(sql: SqlLowering, args: readonly CallArgument[]): SqlParts[] {
  return args.flatMap((argument): SqlParts[] => {
    if (argument.kind === "value") return [sql.rules.expression(sql, argument.value)];
    return argument.kind === "variadic" ? argument.values.map((value) => sql.rules.expression(sql, value)) : [["NULL"]];
  });
}

function register(ctx: Lowering, name: string, routine: CoreRoutine, deterministic: boolean): void {
  const { sqlFunctions } = ctx.program;
  if (!sqlFunctions.some((known) => known.name === name && known.routine === routine))
    sqlFunctions.push({ name, routine, deterministic });
}

// An intrinsic that the engine does not have: a small routine of the program that calls it, registered under the intrinsic's key and the types of its arguments.
// The types matter: the engine hands over its own storage form (a timestamp as text), which the machine casts to the parameter's type.
function intrinsicCall(sql: SqlLowering, e: CallExpression, key: string, args: readonly CallArgument[]): SqlPart[] {
  const row = intrinsicRow(key);
  if (row.sql === "native")
    return [
      {
        p: "call",
        name: row.name,
        args: argumentParts(sql, args),
        argTypes: args.map(() => "any"),
        type: sqlTypeOf(typeOf(sql.ctx, e)),
      },
    ];
  const { ctx } = sql;
  const given = args.filter((argument) => argument.kind !== "default");
  const name = `grz_${key}${args
    .map(
      (argument) =>
        argumentTypes(ctx, argument)
          .map((type) => `_${sqlTypeOf(type)}`)
          .join("") || "_",
    )
    .join("")}`;
  if (!ctx.program.sqlFunctions.some((known) => known.name === name))
    register(ctx, name, wrapper(ctx, e, key, args), row.effects.length === 0);
  return [{ p: "routine", name, args: argumentParts(sql, given), type: sqlTypeOf(typeOf(ctx, e)) }];
}

/** Types of what the engine passes for one argument: none for a default. */
function argumentTypes(ctx: Lowering, argument: CallArgument): readonly Type[] {
  if (argument.kind === "default") return [];
  const values = argument.kind === "value" ? [argument.value] : argument.values;
  return values.map((value): Type => {
    const type = withoutNull(finalTypeOf(ctx, value));
    return type.kind === "scalar" ? nullable(type) : { kind: "any" };
  });
}

function wrapper(ctx: Lowering, e: Expression, key: string, given: readonly CallArgument[]): CoreRoutine {
  const { span } = e;
  const row = intrinsicRow(key);
  const parameters: {
    readonly local: Local;
    readonly form: TypeForm;
    readonly mode: "in";
    readonly optional: false;
  }[] = [];
  const pass = (name: string, type: Type): CoreExpression => {
    const local = hiddenLocal(name, registerTypeOf(type));
    parameters.push({ local, form: typeFormOf(type), mode: "in", optional: false });
    return readLocal(span, local);
  };
  const args = row.parsed.parameters.map((parameter, at): CoreExpression => {
    const argument = given[at];
    const values = argument === undefined ? [] : argumentTypes(ctx, argument).map((type) => pass(parameter.name, type));
    if (parameter.variadic)
      return { kind: "list", span, rep: "list", items: values.map((value) => converted(value, "any")) };
    return values[0] ?? literal(span, parameter.default?.value ?? null);
  });
  const rep = registerTypeOf(nullable(typeOf(ctx, e)));
  const routine: CoreRoutine = {
    name: key,
    kind: "function",
    receiver: undefined,
    parameters,
    captures: [],
    resultRep: "any",
    item: ctx.item,
    span,
    body: [{ kind: "return", span, value: converted({ kind: "intrinsic", span, rep, name: key, args }, "any") }],
  };
  ctx.program.routines.push(routine);
  return routine;
}

function literal(span: Expression["span"], value: null | boolean | number | string): CoreExpression {
  if (value === null) return nullValue(span);
  if (typeof value === "boolean") return boolValue(span, value);
  return typeof value === "string"
    ? stringValue(span, value)
    : constant(span, Number.isInteger(value) ? { kind: "int", value: BigInt(value) } : { kind: "float", value });
}

/** Parts of a list of expressions with commas. */
export function sqlList(sql: SqlLowering, expressions: readonly Expression[]): SqlPart[] {
  return joined(
    expressions.map((e) => sql.rules.expression(sql, e)),
    ", ",
  );
}
