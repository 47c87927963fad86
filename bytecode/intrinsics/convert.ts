// Intrinsics on values of any kind: nulls, conversions that do not raise, types at run time, and the quoting of SQL text for `execute`.
// Conversions that may raise are casts (`x :: int`); the functions int(x), string(x) … are their spelling as a call.
import type { IntrinsicDefinition } from "../intrinsic-row.ts";

/** Ids 700 to 799. */
export const CONVERT_INTRINSICS = {
  coalesce: { id: 700, signature: "fn coalesce(values: T?...) -> T?", aliases: ["first_non_null"], sql: "native", doc: "The first value that is not null, null when all are. All arguments are computed: `a ?? b` computes b only when it is needed.", example: "coalesce(null, 2, 3)  -- 2" },
  nullif: { id: 701, signature: "fn nullif(value: T, other: T) -> T?", sql: "native", doc: "Null when the two are equal, else the value.", example: "nullif('', '')  -- null" },
  ifnull: { id: 702, signature: "fn ifnull(value: T?, otherwise: T) -> T", aliases: ["nvl"], sql: "native", doc: "The value, or the other one when it is null.", example: "ifnull(null, 0)  -- 0" },
  iif: { id: 703, signature: "fn iif(condition: bool?, value: T, otherwise: T) -> T", sql: "native", doc: "One of two values by a condition; null counts as false. Both are computed: `if c then a else b` computes one.", example: "iif(1 > 2, 'a', 'b')  -- b" },
  type_of: { id: 704, signature: "fn type_of(value: any) -> string", aliases: ["typeof", "pg_typeof"], doc: "Kind of a value at run time: null, bool, int, float, decimal, string, bytes, date, time, timestamp, interval, json, list, map, struct, table, function, error, handle or cursor.", example: "type_of(1.5)  -- float" },
  string: { id: 705, signature: "fn string(value: any) -> string?", aliases: ["str", "to_string"], raises: ["InvalidCast"], sql: "udf", doc: "The value as text, as the cast does it; bytes are read as UTF-8.", example: "string([1, 2])  -- [1, 2]" },
  int: { id: 706, signature: "fn int(value: any) -> int?", aliases: ["to_int", "parse_int"], raises: ["InvalidCast"], sql: "udf", doc: "The value as an int, as the cast does it: fractions are rounded half away from zero.", example: "int(' 42 ')  -- 42" },
  float: { id: 707, signature: "fn float(value: any) -> float?", aliases: ["to_float", "parse_float"], raises: ["InvalidCast"], sql: "udf", doc: "The value as a float, as the cast does it.", example: "float('1e3')  -- 1000.0" },
  decimal: { id: 708, signature: "fn decimal(value: any, scale: int? = null) -> decimal?", aliases: ["to_decimal", "parse_decimal"], raises: ["InvalidCast"], sql: "udf", doc: "The value as a decimal, rounded to a scale when one is given.", example: "decimal('1.255', 2)  -- 1.26" },
  bool: { id: 709, signature: "fn bool(value: any) -> bool?", aliases: ["to_bool"], raises: ["InvalidCast"], doc: "The value as a bool: 0 is false; true, yes, on, 1 and their opposites are read from text.", example: "bool('yes')  -- true" },
  date: { id: 710, signature: "fn date(value: any) -> date?", raises: ["InvalidCast"], doc: "The value as a date: a timestamp's UTC day, or a text in ISO 8601.", example: "date('2026-01-31')  -- 2026-01-31" },
  timestamp: { id: 711, signature: "fn timestamp(value: any) -> timestamp?", aliases: ["datetime"], raises: ["InvalidCast"], doc: "The value as a timestamp: a date's midnight, or a text in ISO 8601.", example: "timestamp('2026-01-31 08:30')  -- 2026-01-31T08:30:00Z" },
  try_int: { id: 712, signature: "fn try_int(value: any) -> int?", sql: "udf", doc: "The value as an int, null when it cannot be one.", example: "try_int('x')  -- null" },
  try_float: { id: 713, signature: "fn try_float(value: any) -> float?", sql: "udf", doc: "The value as a float, null when it cannot be one.", example: "try_float('1.5')  -- 1.5" },
  try_decimal: { id: 714, signature: "fn try_decimal(value: any) -> decimal?", sql: "udf", doc: "The value as a decimal, null when it cannot be one.", example: "try_decimal('1.50')  -- 1.50" },
  try_date: { id: 715, signature: "fn try_date(value: any) -> date?", sql: "udf", doc: "The value as a date, null when it cannot be one.", example: "try_date('2026-02-30')  -- null" },
  try_timestamp: { id: 716, signature: "fn try_timestamp(value: any) -> timestamp?", sql: "udf", doc: "The value as a timestamp, null when it cannot be one.", example: "try_timestamp('soon')  -- null" },
  try_json: { id: 717, signature: "fn try_json(text: string) -> json?", doc: "The text as a JSON document, null when it is none.", example: "try_json('{')  -- null" },
  ident: { id: 718, signature: "fn ident(name: string) -> string", aliases: ["quote_ident"], raises: ["OutOfRange"], doc: "A name quoted for SQL text, for execute.", example: "ident('order \"x\"')  -- \"order \"\"x\"\"\"" },
  literal: { id: 719, signature: "fn literal(value: any) -> string", aliases: ["quote_literal", "quote_nullable"], raises: ["InvalidCast", "OutOfRange"], doc: "A value as a literal of SQL text, for execute; null is NULL.", example: "literal('it''s')  -- 'it''s'" },
  to_text: { id: 720, signature: "fn inspect(value: any) -> string", doc: "The value as it prints inside a list: strings in double quotes.", example: "inspect('a')  -- \"a\"" },
  is_distinct: { id: 721, signature: "fn is_distinct(left: any, right: any) -> bool", doc: "True when the two differ; null equals null.", example: "is_distinct(null, 1)  -- true" },
} as const satisfies Record<string, IntrinsicDefinition>;
