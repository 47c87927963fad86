// Expressions of SQL clauses as parts: names, sets after IN, casts; what depends on no column and is not SQL is computed by code and bound.
// Operators stand in sql-operators.ts, calls in sql-calls.ts.
import { InternalError } from "../../base/failure.ts";
import { scalarByName } from "../../base/scalar.ts";
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { CastExpression, Expression, InExpression } from "../syntax/tree.ts";
import { finalTypeOf, lower, typeOf } from "./context.ts";
import { argument, identifier, joined, parameter, type ParameterPlace, type SqlLowering } from "./sql-builder.ts";
import { lowerSqlCall } from "./sql-calls.ts";
import { wideKey, wideKeysOf, wideMark, wideSide } from "./sql-decimals.ts";
import { scalarRowColumns } from "./sql-rows.ts";
import { isWideDecimal, sqlTypeOf, withoutNull } from "./types.ts";
import { placeOf, comparedSide, operandType, sqlUnary, sqlBinary, instantBetween } from "./sql-operators.ts";

/** One expression. `place` says where it stands, for the binding of parameters. */
export function sqlExpression(sql: SqlLowering, e: Expression, place: ParameterPlace = "value"): SqlPart[] {
  const inner = (part: Expression): SqlPart[] => sqlExpression(sql, part);
  switch (e.kind) {
    case "number":
      return [(e.form === "decimal" ? e.text.replace(/d$/i, "") : e.text).replaceAll("_", "")];
    case "string":
      return sqlString(sql, e);
    case "bytes":
      return [{ p: "bytes", hex: e.hex }];
    case "boolean":
      return [{ p: "bool", value: e.value }];
    case "null":
      return ["NULL"];
    case "temporal":
      return [
        e.text === undefined
          ? {
              date: "CURRENT_DATE",
              time: "CURRENT_TIME",
              timestamp: "CURRENT_TIMESTAMP",
              timestamptz: "CURRENT_TIMESTAMP",
              interval: "CURRENT_TIMESTAMP",
            }[e.type]
          : { p: "temporal", type: e.type, value: e.text },
      ];
    case "name":
    case "member":
      return sqlName(sql, e, place);
    case "parameter":
      return sqlParameter(sql, e, place);
    case "parenthesized":
      return ["(", ...sqlExpression(sql, e.inner, place), ")"];
    case "unary":
      return sqlUnary(sql, e, place);
    case "binary":
      return sqlBinary(sql, e);
    case "between": {
      const instants = instantBetween(sql, e);
      if (instants !== undefined) return instants;
      if (wideMark(sql, e.value, e.low, e.high).wide === true) {
        const key = (part: Expression): SqlPart => wideKey(wideSide(sql, part));
        return [key(e.value), e.not ? " NOT BETWEEN " : " BETWEEN ", key(e.low), " AND ", key(e.high)];
      }
      const side = placeOf(sql, e.value);
      return [
        ...inner(e.value),
        e.not ? " NOT BETWEEN " : " BETWEEN ",
        ...sqlExpression(sql, e.low, side),
        " AND ",
        ...sqlExpression(sql, e.high, side),
      ];
    }
    case "in":
      return sqlIn(sql, e);
    case "like": {
      const not = e.not ? "NOT " : "";
      if (e.operator === "ilike")
        return [
          {
            p: "operator",
            operator: e.not ? "not ilike" : "ilike",
            left: inner(e.value),
            right: inner(e.pattern),
            type: "bool",
            operandType: "string",
          },
        ];
      return [
        ...inner(e.value),
        ` ${not}${e.operator.toUpperCase()} `,
        ...inner(e.pattern),
        ...(e.escape === undefined ? [] : [" ESCAPE ", ...inner(e.escape)]),
      ];
    }
    case "is": {
      if (e.right.kind === "null") return [...inner(e.value), e.not ? " IS NOT NULL" : " IS NULL"];
      const wide = wideMark(sql, e.value, e.right);
      return [
        {
          p: "operator",
          operator: e.not ? "is not" : "is",
          left: comparedSide(sql, e.value, e.right, wide),
          right: comparedSide(sql, e.right, e.value, wide),
          type: "bool",
          operandType: operandType(sql, e.value, e.right),
          ...wide,
        },
      ];
    }
    case "collate":
      return [...inner(e.value), " COLLATE ", identifier(e.collation)];
    case "cast":
      return sqlCast(sql, e, inner);
    case "case": {
      const { subject: tested } = e;
      const isWide = tested !== undefined && wideMark(sql, tested, ...e.branches.map(({ when }) => when)).wide === true;
      const side = tested === undefined ? "value" : placeOf(sql, tested);
      const compared = (part: Expression): SqlPart[] =>
        isWide ? [wideKey(wideSide(sql, part))] : sqlExpression(sql, part, part === tested ? "value" : side);
      const subject = tested === undefined ? [] : [" ", ...compared(tested)];
      const branches = e.branches.flatMap((branch) => [
        " WHEN ",
        ...compared(branch.when),
        " THEN ",
        ...inner(branch.then),
      ]);
      return [
        "CASE",
        ...subject,
        ...branches,
        ...(e.otherwise === undefined ? [] : [" ELSE ", ...inner(e.otherwise)]),
        " END",
      ];
    }
    case "exists":
      return ["EXISTS (", ...sql.rules.select(sql, e.query), ")"];
    case "query":
      return e.query.kind === "select" ? ["(", ...sql.rules.select(sql, e.query), ")"] : fail(e);
    case "row":
      return ["(", ...joined(e.items.map(inner), ", "), ")"];
    case "call":
      return lowerSqlCall(sql, e);
    case "raiseFunction":
      return e.message === undefined
        ? [`RAISE(${e.action.toUpperCase()})`]
        : [`RAISE(${e.action.toUpperCase()}, `, ...inner(e.message), ")"];
    case "if":
      return ["CASE WHEN ", ...inner(e.condition), " THEN ", ...inner(e.then), " ELSE ", ...inner(e.otherwise), " END"];
    // The rest is code: it is computed before the statement and bound.
    default:
      return [parameter(sql, e, place)];
  }
}

function fail(e: Expression): never {
  throw new InternalError(`lower: ${e.kind} inside SQL at ${e.span.start}`);
}

function sqlString(sql: SqlLowering, e: Extract<Expression, { readonly kind: "string" }>): SqlPart[] {
  const resolution = sql.ctx.checked.names.get(e);
  return [resolution?.kind === "column" ? identifier(e.value) : { p: "text", value: e.value }];
}

/** A name or `a.b.c` as identifiers, or undefined when it is something else. */
function chain(e: Expression): SqlPart[] | undefined {
  if (e.kind === "name") return [identifier(e.name)];
  if (e.kind === "string" && e.quote === "double") return [identifier(e.value)];
  if (e.kind !== "member") return undefined;
  const object = chain(e.object);
  return object === undefined ? undefined : [...object, ".", identifier(e.name)];
}

// Whether a name or member is a value of code: its first name is a variable.
function isCode(sql: SqlLowering, e: Expression): boolean {
  const resolution = sql.ctx.checked.names.get(e);
  if (resolution !== undefined) return resolution.kind === "variable";
  return e.kind === "member" && isCode(sql, e.object);
}

function sqlName(
  sql: SqlLowering,
  e: Extract<Expression, { readonly kind: "name" | "member" }>,
  place: ParameterPlace,
): SqlPart[] {
  const resolution = sql.ctx.checked.names.get(e);
  const inlined = resolution?.kind === "variable" ? sql.inlined.get(resolution.variable) : undefined;
  if (inlined !== undefined) return [...inlined];
  if (resolution?.kind === "enumValue") return [{ p: "text", value: resolution.value }];
  if (resolution?.kind === "engine" && e.kind === "name" && e.name.quote === "none") return [identifier(e.name)];
  if (isCode(sql, e)) {
    if (sql.fixed) return chain(e) ?? fail(e);
    return [parameter(sql, e, place)];
  }
  if (resolution?.kind === "engine" && e.kind === "name" && e.name.quote === "double")
    return [{ p: "text", value: e.name.text }];
  return chain(e) ?? [parameter(sql, e, place)];
}

function sqlParameter(
  sql: SqlLowering,
  e: Extract<Expression, { readonly kind: "parameter" }>,
  place: ParameterPlace,
): SqlPart[] {
  const resolution = sql.ctx.checked.names.get(e);
  const inlined = resolution?.kind === "variable" ? sql.inlined.get(resolution.variable) : undefined;
  return inlined === undefined ? [parameter(sql, e, place)] : [...inlined];
}

// `x IN (1, 2)`, `x IN (SELECT …)`, `x IN t`, `x IN ids` of a list or table variable, `x IN f(1)`.
function sqlIn(sql: SqlLowering, e: InExpression): SqlPart[] {
  const word = e.not ? " NOT IN " : " IN ";
  const isWide = isWideDecimal(finalTypeOf(sql.ctx, e.value));
  const value = isWide ? [wideKey(sqlExpression(sql, e.value))] : sqlExpression(sql, e.value);
  const place = placeOf(sql, e.value);
  const keys = (query: SqlParts): SqlParts => (isWide ? wideKeysOf(query) : query);
  const set = e.set.kind === "parenthesized" && e.set.inner.kind === "query" ? e.set.inner : e.set;
  if (set.kind === "row")
    return [
      ...value,
      word,
      "(",
      ...joined(
        set.items.map((item) => (isWide ? [wideKey(wideSide(sql, item))] : sqlExpression(sql, item, place))),
        ", ",
      ),
      ")",
    ];
  if (set.kind === "query" && set.query.kind === "select")
    return [...value, word, "(", ...keys(sql.rules.select(sql, set.query, { named: false, searched: true })), ")"];
  const table = tableInSet(sql, set);
  if (table !== undefined)
    return isWide ? [...value, word, "(", ...keys(["SELECT * FROM ", ...table]), ")"] : [...value, word, ...table];
  const type = withoutNull(finalTypeOf(sql.ctx, set));
  if (type.kind === "list" || type.kind === "table" || set.kind === "list" || set.kind === "range") {
    const columns = scalarRowColumns(type);
    const rows: SqlPart = { p: "rows", index: argument(sql, lower(sql.ctx, set)), columns };
    return [...value, word, "(", ...keys(["SELECT ", identifier(columns[0]?.name ?? "value"), " FROM ", rows]), ")"];
  }
  return [...value, word, "(", ...(isWide ? [wideKey(wideSide(sql, set))] : sqlExpression(sql, set, place)), ")"];
}

// What `x IN name` means when the name is a table of the query, the catalog or the program; undefined when it is a value.
function tableInSet(sql: SqlLowering, set: Expression): SqlPart[] | undefined {
  const table = sql.ctx.checked.tables.get(set);
  if (
    table === undefined ||
    (set.kind !== "name" && set.kind !== "member" && set.kind !== "call" && set.kind !== "parameter")
  )
    return undefined;
  switch (table.kind) {
    case "catalog":
    case "cte":
    case "unknown":
      return chain(set);
    case "tableVariable":
    case "listVariable": {
      const columns = scalarRowColumns(table.variable.type);
      const rows: SqlPart = { p: "rows", index: argument(sql, lower(sql.ctx, set), table.variable), columns };
      return ["(SELECT ", identifier(columns[0]?.name ?? "value"), " FROM ", rows, ")"];
    }
    case "nameVariable":
      return [{ p: "tableName", index: argument(sql, lower(sql.ctx, set), table.variable) }];
    case "engineFunction":
      return set.kind === "call" ? lowerSqlCall(sql, set) : chain(set);
    case "value":
    case "routine":
      return undefined;
  }
}

const ENGINE_CASTS: ReadonlySet<string> = new Set([
  "int",
  "integer",
  "bigint",
  "text",
  "string",
  "real",
  "float",
  "double",
  "blob",
  "bytes",
]);

// `CAST(x AS T)` in a clause is the engine's cast; `x :: T` is ours.
function sqlCast(sql: SqlLowering, e: CastExpression, inner: (part: Expression) => SqlPart[]): SqlPart[] {
  const { type } = e;
  if (e.form === "function" && type.kind === "namedType") {
    const name = type.name.parts.map((part) => part.text).join(".");
    if (!ENGINE_CASTS.has(name.toLowerCase())) {
      const args = type.args.length === 0 ? "" : `(${type.args.join(", ")})`;
      return ["CAST(", ...inner(e.value), ` AS ${name}${args})`];
    }
    return [{ p: "cast", value: inner(e.value), type: scalarByName(name) ?? "any" }];
  }
  const seen = withoutNull(typeOf(sql.ctx, e));
  const target = seen.kind === "scalar" ? seen : undefined;
  return [
    {
      p: "cast",
      value: inner(e.value),
      type: target?.name ?? sqlTypeOf(seen),
      from: sqlTypeOf(finalTypeOf(sql.ctx, e.value)),
      ...(target?.precision === undefined ? {} : { precision: target.precision }),
      ...(target?.scale === undefined ? {} : { scale: target.scale }),
    },
  ];
}
