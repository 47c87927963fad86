// Decimals of more than 15 digits inside SQL: engines without such a type keep them as text, so that values are stored in one form and are compared,
// grouped and sorted by a key (SqlPart "sortKey"). Digits written in the statement stay text there: as a number of the engine they would lose some.
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { Expression, OrderTerm, QueryBody, Select } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import { finalTypeOf } from "./context.ts";
import { identifier, joined, type SqlLowering } from "./sql-builder.ts";
import { isWideDecimal, withoutNull } from "./types.ts";

/** A number of more than 15 digits, or one that may be. */
const LONG_NUMBER = /^[\d._]{16,}(?:e[+-]?\d+)?d?$/i;

/** The mark of a part that has a wide decimal among its sides. */
export function wideMark(sql: SqlLowering, ...sides: readonly Expression[]): { readonly wide?: true } {
  return sides.some((side) => isWideDecimal(finalTypeOf(sql.ctx, side))) ? { wide: true } : {};
}

/** An expression that meets a wide decimal. */
export function wideSide(sql: SqlLowering, e: Expression): SqlPart[] {
  if (e.kind === "parenthesized") return wideSide(sql, e.inner);
  const negative = e.kind === "unary" && e.operator === "-";
  const number = negative ? e.operand : e;
  if (number.kind !== "number" || !LONG_NUMBER.test(number.text)) return sql.rules.expression(sql, e);
  return [{ p: "text", value: `${negative ? "-" : ""}${number.text.replace(/_|d$/gi, "")}` }];
}

/** What a wide decimal is compared, grouped and sorted by. */
export function wideKey(value: SqlParts): SqlPart {
  return { p: "sortKey", value, type: "decimal", wide: true };
}

/** An expression as a key of grouping or sorting: itself, unless it is a wide decimal. */
export function groupingKey(sql: SqlLowering, e: Expression): SqlPart[] {
  const value = sql.rules.expression(sql, e);
  return isWideDecimal(finalTypeOf(sql.ctx, e)) ? [wideKey(value)] : value;
}

/** Several expressions as keys of grouping, with commas. */
export function groupingKeys(sql: SqlLowering, expressions: readonly Expression[]): SqlPart[] {
  return joined(
    expressions.map((e) => groupingKey(sql, e)),
    ", ",
  );
}

/** `SELECT …` of one column as `SELECT` of its keys. */
export function wideKeysOf(query: SqlParts): SqlPart[] {
  return ["WITH grz_wide(v) AS (", ...query, ") SELECT ", wideKey(["v"]), " FROM grz_wide"];
}

/** A value as it is stored into a column of the type. */
export function storedValue(value: SqlParts, type: Type | undefined): SqlPart[] {
  const target = type === undefined ? undefined : withoutNull(type);
  if (target?.kind !== "scalar" || !isWideDecimal(target) || target.precision === undefined) return [...value];
  return [{ p: "cast", value, type: "decimal", precision: target.precision, scale: target.scale ?? 0 }];
}

/** A value as it is stored into a decimal column that the engine keeps as a number: with the column's scale, unless it cannot have more digits. */
export function rounded(sql: SqlLowering, e: Expression, value: SqlPart[], type: Type | undefined): SqlPart[] {
  const target = type === undefined ? undefined : withoutNull(type);
  if (target?.kind !== "scalar" || target.name !== "decimal" || target.scale === undefined) return value;
  if (!mayHaveMoreDigits(e, withoutNull(finalTypeOf(sql.ctx, e)), target.scale)) return value;
  const args = [value, [String(target.scale)]];
  return [{ p: "call", name: "round", args, argTypes: ["decimal", "int"], type: "decimal", wide: true }];
}

function mayHaveMoreDigits(e: Expression, type: Type, scale: number): boolean {
  if (e.kind === "parenthesized") return mayHaveMoreDigits(e.inner, type, scale);
  if (e.kind === "unary" && e.operator === "-") return mayHaveMoreDigits(e.operand, type, scale);
  if (e.kind === "number") {
    const [, fraction = ""] = e.text.replace(/d$/i, "").split(".");
    return fraction.length > scale || /e/i.test(e.text);
  }
  if (type.kind !== "scalar") return false;
  return type.name === "float" || (type.name === "decimal" && (type.scale === undefined || type.scale > scale));
}

/** The rows of a query as they are stored into columns of these types; undefined when they are stored as they are. */
export function storedRows(query: SqlParts, types: readonly (Type | undefined)[]): SqlPart[] | undefined {
  if (!types.some((type) => type !== undefined && isWideDecimal(type))) return undefined;
  const names = types.map((_, at) => identifier(`c${at + 1}`));
  const list = (parts: readonly SqlParts[]): SqlPart[] => joined(parts, ", ");
  return [
    "WITH grz_stored(",
    ...list(names.map((name) => [name])),
    ") AS (",
    ...query,
    ") SELECT ",
    ...list(names.map((name, at) => storedValue([name], types[at]))),
    // WHERE: what follows may begin with ON, which SQLite would take for a join's.
    " FROM grz_stored WHERE true",
  ];
}

/** The first query of a set operation, which names its columns. */
function firstCore(body: QueryBody): QueryBody {
  return body.kind === "compound" ? firstCore(body.left) : body;
}

function columnAt(body: QueryBody, value: Expression): Expression | undefined {
  const first = firstCore(body);
  if (first.kind !== "core" || first.columns.some((column) => column.kind === "star")) return undefined;
  const column = value.kind === "number" ? first.columns[Number(value.text) - 1] : undefined;
  return column?.kind === "column" ? column.value : undefined;
}

/** Whether the term of a query sorts by a wide decimal. */
export function hasWideKey(sql: SqlLowering, body: QueryBody, { value }: OrderTerm): boolean {
  return isWideDecimal(finalTypeOf(sql.ctx, columnAt(body, value) ?? value));
}

/** ORDER BY terms in which the number of a column that is a wide decimal is that column. */
export function orderTerms(sql: SqlLowering, query: Select): readonly OrderTerm[] {
  return query.orderBy.map((term) => {
    const column = columnAt(query.body, term.value);
    return column !== undefined && isWideDecimal(finalTypeOf(sql.ctx, column)) ? { ...term, value: column } : term;
  });
}
