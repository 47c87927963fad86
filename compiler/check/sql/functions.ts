// The functions of SQL: SQLite's scalar, aggregate, window, date and JSON functions with arity, types, nullability and effects.
// Data only; calls.ts reads it. `canonical` names are what other dialects translate (SqlPart "call").
// Nullability was compared with SQLite 3.53 by test/check/sql-nullability.test.ts.
import type { ScalarName } from "../../../base/scalar.ts";

/**
 * Result type: a scalar; `any`; `first`: that of the first argument; `common`: joins all arguments; `iif`: joins the branches; `lag`: joins the first and the third; `number`: of a number the same, else any; `whole`: as `number`, a decimal without digits after the point;
 * `rounded` and `average`: float, of a decimal a decimal.
 */
export type ResultRule =
  | ScalarName
  | "any"
  | "first"
  | "common"
  | "iif"
  | "lag"
  | "number"
  | "whole"
  | "rounded"
  | "average";

/**
 * When the result may be null. `strict`: when an argument may be; `first`: when the first may be; `all`: only when all may be (coalesce);
 * `iif`: when a branch may be or ELSE is missing; `aggregate`: over no rows, or when the argument may be; `now`: unless the only time value is 'now';
 * `numeric`: strict for number arguments, always for others; `frame`: depends on the window frame; `lag`: unless a default covers it.
 */
export type NullRule =
  | "never"
  | "always"
  | "strict"
  | "first"
  | "all"
  | "iif"
  | "aggregate"
  | "now"
  | "numeric"
  | "frame"
  | "lag";

/** Types that arguments should have: evidence for unknowns, never an error. */
export type ParameterRule = ScalarName | "any" | "number" | "same";

export interface SqlFunctionRow {
  readonly kind: "scalar" | "aggregate" | "window";
  /** Fewest and most arguments; undefined: no upper bound. */
  readonly arity: readonly [number, number | undefined];
  readonly result: ResultRule;
  readonly nulls: NullRule;
  /** By position; the last repeats. */
  readonly parameters: readonly ParameterRule[];
  readonly canonical?: string;
  /** Differs between calls with the same arguments. */
  readonly unstable?: "clock" | "random" | "session";
  /** An aggregate of this name with one argument is something else (min, max). */
  readonly aggregateWithOne?: true;
}

const scalar = (
  arity: readonly [number, number | undefined],
  result: ResultRule,
  nulls: NullRule,
  parameters: readonly ParameterRule[],
  more: Partial<SqlFunctionRow> = {},
): SqlFunctionRow => ({
  kind: "scalar",
  arity,
  result,
  nulls,
  parameters,
  ...more,
});
const aggregate = (
  arity: readonly [number, number | undefined],
  result: ResultRule,
  nulls: NullRule,
  parameters: readonly ParameterRule[] = ["any"],
): SqlFunctionRow => ({
  kind: "aggregate",
  arity,
  result,
  nulls,
  parameters,
});
const windowOnly = (
  arity: readonly [number, number | undefined],
  result: ResultRule,
  nulls: NullRule,
  parameters: readonly ParameterRule[] = ["any"],
): SqlFunctionRow => ({
  kind: "window",
  arity,
  result,
  nulls,
  parameters,
});
const dateTime = (result: ResultRule): SqlFunctionRow => scalar([0, undefined], result, "now", ["any"]);
const math = (nulls: NullRule): SqlFunctionRow => scalar([1, 1], "float", nulls, ["number"]);

/** Every function by its lower-case name. */
export const SQL_FUNCTIONS: Readonly<Record<string, SqlFunctionRow>> = {
  // Text
  char: scalar([0, undefined], "string", "never", ["int"]),
  concat: scalar([1, undefined], "string", "never", ["any"]),
  concat_ws: scalar([2, undefined], "string", "first", ["string", "any"]),
  format: scalar([1, undefined], "string", "always", ["string", "any"], { canonical: "printf" }),
  printf: scalar([1, undefined], "string", "always", ["string", "any"]),
  glob: scalar([2, 2], "bool", "strict", ["string"]),
  like: scalar([2, 3], "bool", "strict", ["string"]),
  hex: scalar([1, 1], "string", "never", ["any"]),
  unhex: scalar([1, 2], "bytes", "always", ["string"]),
  instr: scalar([2, 2], "int", "strict", ["same"]),
  length: scalar([1, 1], "int", "strict", ["any"]),
  octet_length: scalar([1, 1], "int", "strict", ["any"]),
  lower: scalar([1, 1], "string", "strict", ["string"]),
  upper: scalar([1, 1], "string", "strict", ["string"]),
  ltrim: scalar([1, 2], "string", "strict", ["string"]),
  rtrim: scalar([1, 2], "string", "strict", ["string"]),
  trim: scalar([1, 2], "string", "strict", ["string"]),
  quote: scalar([1, 1], "string", "never", ["any"]),
  replace: scalar([3, 3], "string", "strict", ["string"]),
  soundex: scalar([1, 1], "string", "never", ["string"]),
  substr: scalar([2, 3], "first", "strict", ["string", "int"]),
  substring: scalar([2, 3], "first", "strict", ["string", "int"], { canonical: "substr" }),
  unicode: scalar([1, 1], "int", "always", ["string"]),
  unistr: scalar([1, 1], "string", "strict", ["string"]),
  unistr_quote: scalar([1, 1], "string", "never", ["any"]),
  // Choice
  coalesce: scalar([2, undefined], "common", "all", ["same"]),
  ifnull: scalar([2, 2], "common", "all", ["same"], { canonical: "coalesce" }),
  iif: scalar([2, undefined], "iif", "iif", ["any"]),
  if: scalar([2, undefined], "iif", "iif", ["any"], { canonical: "iif" }),
  nullif: scalar([2, 2], "first", "always", ["same"]),
  likelihood: scalar([2, 2], "first", "first", ["any"]),
  likely: scalar([1, 1], "first", "first", ["any"]),
  unlikely: scalar([1, 1], "first", "first", ["any"]),
  typeof: scalar([1, 1], "string", "never", ["any"]),
  subtype: scalar([1, 1], "int", "never", ["any"]),
  // Numbers
  abs: scalar([1, 1], "number", "strict", ["number"]),
  round: scalar([1, 2], "rounded", "strict", ["number", "int"]),
  sign: scalar([1, 1], "int", "numeric", ["number"]),
  max: scalar([1, undefined], "common", "strict", ["same"], { aggregateWithOne: true }),
  min: scalar([1, undefined], "common", "strict", ["same"], { aggregateWithOne: true }),
  random: scalar([0, 0], "int", "never", [], { unstable: "random" }),
  randomblob: scalar([1, 1], "bytes", "never", ["int"], { unstable: "random" }),
  zeroblob: scalar([1, 1], "bytes", "never", ["int"]),
  acos: math("always"),
  acosh: math("always"),
  asin: math("always"),
  asinh: math("numeric"),
  atan: math("numeric"),
  atan2: scalar([2, 2], "float", "numeric", ["number"]),
  atanh: math("always"),
  ceil: scalar([1, 1], "whole", "numeric", ["number"]),
  ceiling: scalar([1, 1], "whole", "numeric", ["number"], { canonical: "ceil" }),
  cos: math("always"),
  cosh: math("numeric"),
  degrees: math("numeric"),
  exp: math("numeric"),
  floor: scalar([1, 1], "whole", "numeric", ["number"]),
  ln: math("always"),
  log: scalar([1, 2], "float", "always", ["number"]),
  log10: math("always"),
  log2: math("always"),
  mod: scalar([2, 2], "float", "always", ["number"]),
  pi: scalar([0, 0], "float", "never", []),
  pow: scalar([2, 2], "float", "always", ["number"], { canonical: "power" }),
  power: scalar([2, 2], "float", "always", ["number"]),
  radians: math("numeric"),
  sin: math("always"),
  sinh: math("numeric"),
  sqrt: math("always"),
  tan: math("always"),
  tanh: math("numeric"),
  trunc: scalar([1, 1], "whole", "numeric", ["number"]),
  // Date and time
  date: dateTime("date"),
  time: dateTime("time"),
  datetime: dateTime("timestamp"),
  julianday: dateTime("float"),
  unixepoch: dateTime("int"),
  strftime: scalar([1, undefined], "string", "now", ["string", "any"]),
  timediff: scalar([2, 2], "string", "always", ["any"]),
  now: scalar([0, 0], "timestamp", "never", [], { canonical: "now", unstable: "clock" }),
  // JSON
  json: scalar([1, 1], "json", "strict", ["any"]),
  jsonb: scalar([1, 1], "bytes", "strict", ["any"]),
  json_array: scalar([0, undefined], "json", "never", ["any"]),
  jsonb_array: scalar([0, undefined], "bytes", "never", ["any"]),
  json_array_insert: scalar([1, undefined], "json", "always", ["any"]),
  jsonb_array_insert: scalar([1, undefined], "bytes", "always", ["any"]),
  json_array_length: scalar([1, 2], "int", "always", ["any", "string"]),
  json_error_position: scalar([1, 1], "int", "strict", ["any"]),
  json_extract: scalar([1, undefined], "any", "always", ["any", "string"]),
  jsonb_extract: scalar([1, undefined], "any", "always", ["any", "string"]),
  json_insert: scalar([1, undefined], "json", "always", ["any"]),
  jsonb_insert: scalar([1, undefined], "bytes", "always", ["any"]),
  json_object: scalar([0, undefined], "json", "never", ["any"]),
  jsonb_object: scalar([0, undefined], "bytes", "never", ["any"]),
  json_patch: scalar([2, 2], "json", "strict", ["any"]),
  jsonb_patch: scalar([2, 2], "bytes", "strict", ["any"]),
  json_pretty: scalar([1, 2], "string", "first", ["any", "string"]),
  json_quote: scalar([1, 1], "json", "never", ["any"]),
  json_remove: scalar([1, undefined], "json", "always", ["any", "string"]),
  jsonb_remove: scalar([1, undefined], "bytes", "always", ["any", "string"]),
  json_replace: scalar([1, undefined], "json", "always", ["any"]),
  jsonb_replace: scalar([1, undefined], "bytes", "always", ["any"]),
  json_set: scalar([1, undefined], "json", "always", ["any"]),
  jsonb_set: scalar([1, undefined], "bytes", "always", ["any"]),
  json_type: scalar([1, 2], "string", "always", ["any", "string"]),
  json_valid: scalar([1, 2], "bool", "first", ["any", "int"]),
  // The connection
  changes: scalar([0, 0], "int", "never", [], { unstable: "session" }),
  total_changes: scalar([0, 0], "int", "never", [], { unstable: "session" }),
  last_insert_rowid: scalar([0, 0], "int", "never", [], { unstable: "session" }),
  sqlite_version: scalar([0, 0], "string", "never", []),
  sqlite_source_id: scalar([0, 0], "string", "never", []),
  sqlite_compileoption_get: scalar([1, 1], "string", "always", ["int"]),
  sqlite_compileoption_used: scalar([1, 1], "bool", "always", ["string"]),
  // Full text and R-tree
  bm25: scalar([1, undefined], "float", "always", ["any"]),
  highlight: scalar([4, 4], "string", "always", ["any"]),
  snippet: scalar([1, 6], "string", "always", ["any"]),
  offsets: scalar([1, 1], "string", "always", ["any"]),
  matchinfo: scalar([1, 2], "bytes", "always", ["any"]),
  // Aggregates (also with OVER)
  avg: aggregate([1, 1], "average", "aggregate", ["number"]),
  count: aggregate([0, 1], "int", "never"),
  group_concat: aggregate([1, 2], "string", "aggregate", ["any", "string"]),
  string_agg: aggregate([2, 2], "string", "aggregate", ["any", "string"]),
  sum: aggregate([1, 1], "number", "aggregate", ["number"]),
  total: aggregate([1, 1], "float", "never", ["number"]),
  median: aggregate([1, 1], "float", "aggregate", ["number"]),
  percentile: aggregate([2, 2], "float", "aggregate", ["number"]),
  percentile_cont: aggregate([2, 2], "float", "aggregate", ["number"]),
  percentile_disc: aggregate([2, 2], "float", "aggregate", ["number"]),
  json_group_array: aggregate([1, 1], "json", "never"),
  jsonb_group_array: aggregate([1, 1], "bytes", "never"),
  json_group_object: aggregate([2, 2], "json", "never", ["string", "any"]),
  jsonb_group_object: aggregate([2, 2], "bytes", "never", ["string", "any"]),
  // Window functions
  row_number: windowOnly([0, 0], "int", "never", []),
  rank: windowOnly([0, 0], "int", "never", []),
  dense_rank: windowOnly([0, 0], "int", "never", []),
  percent_rank: windowOnly([0, 0], "float", "never", []),
  cume_dist: windowOnly([0, 0], "float", "never", []),
  ntile: windowOnly([1, 1], "int", "never", ["int"]),
  lag: windowOnly([1, 3], "lag", "lag", ["any", "int", "any"]),
  lead: windowOnly([1, 3], "lag", "lag", ["any", "int", "any"]),
  first_value: windowOnly([1, 1], "first", "frame"),
  last_value: windowOnly([1, 1], "first", "frame"),
  nth_value: windowOnly([2, 2], "first", "always", ["any", "int"]),
};

/** The row of a SQL function, or undefined. Any case. */
export function sqlFunction(name: string): SqlFunctionRow | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(SQL_FUNCTIONS, key) ? SQL_FUNCTIONS[key] : undefined;
}

/** True when a call of that name with so many arguments aggregates rows (unless it has OVER). */
export function isAggregateCall(name: string, argumentCount: number, star: boolean): boolean {
  const row = sqlFunction(name);
  if (row === undefined) return false;
  return row.kind === "aggregate" || (row.aggregateWithOne === true && argumentCount === 1 && !star);
}
