// How function calls, operators and casts of the neutral form are spelt on SQLite.
// A function that is in no table here is printed under its own name: SQLite has it, the user registered it, or SQLite says that it does not exist.
// `gobi_*` functions are registered by functions.ts, those of HOST_FUNCTIONS by whoever owns their meaning (server), through `defineFunction`.
import { InternalError } from "../../base/failure.ts";
import type { SqlPart, SqlType } from "../../base/sql-form.ts";
import { TIME_VALUES } from "./clock-functions.ts";
import { printInstants } from "./instants.ts";
import { fillTemplate, type Fragment, joinFragments, sql } from "./fragment.ts";

/** Functions whose SQLite spelling differs from their canonical name. `#1` … are arguments, `#*` all of them; by number of arguments where that matters. */
const CALLS: Readonly<Record<string, string | Readonly<Record<number, string>>>> = {
  now: "gobi_now()",
  today: "substr(gobi_now(), 1, 10)",
  localtimestamp: "gobi_now()",
  // Native, so that a DEFAULT works for other programs too; the same text form as a bound timestamp.
  current_timestamp: "strftime('%Y-%m-%dT%H:%M:%f000Z', julianday())",
  current_date: "CURRENT_DATE",
  current_time: "strftime('%H:%M:%f000', julianday())",
  len: "length(#1)",
  char_length: "length(#1)",
  character_length: "length(#1)",
  substring: "substr(#*)",
  strpos: "instr(#1, #2)",
  position: "instr(#2, #1)",
  locate: "instr(#2, #1)",
  left: "substr(#1, 1, max(#2, 0))",
  right: "CASE WHEN #2 > 0 THEN substr(#1, -(#2)) ELSE '' END",
  starts_with: "(substr(#1, 1, length(#2)) = #2)",
  ends_with: "(#2 = '' OR substr(#1, -length(#2)) = #2)",
  contains: "(instr(#1, #2) > 0)",
  lpad: "gobi_lpad(#*)",
  rpad: "gobi_rpad(#*)",
  repeat: "gobi_repeat(#*)",
  reverse: "gobi_reverse(#1)",
  initcap: "gobi_initcap(#1)",
  split_part: "gobi_split_part(#*)",
  btrim: "trim(#*)",
  chr: "char(#1)",
  ascii: "unicode(#1)",
  nvl: "coalesce(#*)",
  if: "iif(#*)",
  greatest: { 1: "#1", 0: "max(#*)" },
  least: { 1: "#1", 0: "min(#*)" },
  bool_and: "min(#1)",
  bool_or: "max(#1)",
  every: "min(#1)",
  count_if: "count(CASE WHEN #1 THEN 1 END)",
  array_agg: "json_group_array(#1)",
  json_agg: "json_group_array(#1)",
  json_object_agg: "json_group_object(#*)",
  to_json: "json_quote(#1)",
  parse_json: "json(#1)",
  regexp_like: "(#1 REGEXP #2)",
  regex_match: "(#1 REGEXP #2)",
  regexp_replace: "gobi_regex_replace(#*)",
  regex_replace: "gobi_regex_replace(#*)",
  date_trunc: "gobi_date_trunc(#*)",
  date_part: "gobi_date_part(#*)",
  extract: "gobi_date_part(#*)",
  year: "gobi_date_part('year', #1)",
  quarter: "gobi_date_part('quarter', #1)",
  month: "gobi_date_part('month', #1)",
  week: "gobi_date_part('week', #1)",
  day: "gobi_date_part('day', #1)",
  hour: "gobi_date_part('hour', #1)",
  minute: "gobi_date_part('minute', #1)",
  second: "gobi_date_part('second', #1)",
  datediff: "CAST(julianday(substr(#1, 1, 10)) - julianday(substr(#2, 1, 10)) AS INTEGER)",
  unix_timestamp: { 0: "unixepoch(gobi_now())", 1: "unixepoch(#1)" },
};

/** Functions that SQLite lacks and whose meaning belongs to the VM's intrinsics: printed as `gobi_<name>`, registered by the server on each connection. */
export const HOST_FUNCTIONS = [
  "date_format",
  "date_add",
  "date_diff",
  "hash",
  "uuid",
  "gen_random_uuid",
  "translate",
  "md5",
  "sha1",
  "sha256",
] as const;
const HOST_NAMES: ReadonlySet<string> = new Set(HOST_FUNCTIONS);

/** Aggregates and functions over decimals of more than 15 digits, spelt as in CALLS; `#s` is where FILTER and OVER stand when not at the end. */
const WIDE_CALLS: Readonly<Record<string, string | Readonly<Record<number, string>>>> = {
  sum: "gobi_decimal_sum(#1)",
  avg: "gobi_decimal_avg(#1)",
  min: { 1: "gobi_decimal_of_key(min(gobi_decimal_key(#1))#s)", 0: "gobi_decimal_least(#*)" },
  max: { 1: "gobi_decimal_of_key(max(gobi_decimal_key(#1))#s)", 0: "gobi_decimal_greatest(#*)" },
  least: "gobi_decimal_least(#*)",
  greatest: "gobi_decimal_greatest(#*)",
  abs: "gobi_decimal_abs(#1)",
  round: "gobi_decimal_round(#*)",
  ceil: "gobi_decimal_ceil(#1)",
  floor: "gobi_decimal_floor(#1)",
  trunc: "gobi_decimal_trunc(#1)",
  sign: "gobi_decimal_compare(#1, 0)",
  mod: "gobi_decimal_remainder(#1, #2)",
  nullif: "CASE WHEN gobi_decimal_compare(#1, #2) = 0 THEN NULL ELSE #1 END",
};

type CallPart = Extract<SqlPart, { p: "call" }>;
type OperatorPart = Extract<SqlPart, { p: "operator" }>;
type CastPart = Extract<SqlPart, { p: "cast" }>;

/** Clock functions inside stored objects (views, triggers, defaults): SQLite's own, so that other programs can use these too; the same text forms. */
const STORED_CALLS: Readonly<Record<string, string>> = {
  now: "current_timestamp",
  localtimestamp: "current_timestamp",
  today: "current_date",
};

/** A call with its printed arguments and suffix (FILTER, OVER). `stored`: the text stays in the schema. */
export function printCall(call: CallPart, args: readonly Fragment[], suffix: Fragment, stored: boolean): Fragment {
  const written = call.name.toLowerCase();
  const name = (stored ? STORED_CALLS[written] : undefined) ?? written;
  const wide = call.wide === true && !stored && Object.hasOwn(WIDE_CALLS, name) ? WIDE_CALLS[name] : undefined;
  const row = wide ?? (Object.hasOwn(CALLS, name) ? CALLS[name] : undefined);
  if (call.type === "decimal" && call.scale !== undefined && wide === undefined && (name === "avg" || name === "sum"))
    return sql(`round(${name}(`, joinFragments(args, ", "), ")", suffix, `, ${call.scale})`);
  const times = TIME_VALUES[name];
  if (times !== undefined) return sql(name, "(", joinFragments(timeArguments(times, args, stored), ", "), ")", suffix);
  if (name === "mod" && call.type === "int") return sql("(", args[0] ?? [], " % ", args[1] ?? [], ")");
  if (row === undefined)
    return sql(HOST_NAMES.has(name) ? `gobi_${name}` : call.name, "(", joinFragments(args, ", "), ")", suffix);
  const template = typeof row === "string" ? row : (row[args.length] ?? row[0] ?? "");
  const [before = "", after] = template.split("#s");
  return after === undefined
    ? sql(fillTemplate(template, args), suffix)
    : sql(fillTemplate(before, args), suffix, fillTemplate(after, args));
}

/** Arguments of a time function, with the session's clock where they mean now (clock-functions.ts). */
function timeArguments(times: readonly number[], args: readonly Fragment[], stored: boolean): readonly Fragment[] {
  // A query of its own is asked once per statement, not once per row; a default or a check may hold none.
  const now = stored ? "julianday()" : "(SELECT julianday())";
  const given = args.map((arg, at): Fragment => {
    const [only] = arg;
    if (!times.includes(at) || arg.length !== 1 || only === undefined) return arg;
    if (typeof only === "string") return only.toLowerCase() === "'now'" ? [now] : arg;
    return only.kind === "value" && (only.type === "string" || only.type === "any")
      ? sql("gobi_moment(", arg, ")")
      : arg;
  });
  // `strftime('%Y')` is that of now; SQLite's other time functions say so by having no argument.
  return times[0] === 1 && given.length === 1 ? [...given, [now]] : given;
}

/** Spellings of operators that are not their own. */
const OPERATORS: Readonly<Record<string, string>> = {
  "!=": "<>",
  "==": "=",
  ilike: "LIKE",
  "not ilike": "NOT LIKE",
  and: "AND",
  or: "OR",
};
const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<>", "<", "<=", ">", ">=", "is", "is not"]);
const DECIMAL_OPERATORS: ReadonlySet<string> = new Set(["+", "-", "*"]);
const WIDE_OPERATORS: Readonly<Record<string, string>> = {
  "+": "gobi_decimal_add",
  "-": "gobi_decimal_subtract",
  "*": "gobi_decimal_multiply",
  "/": "gobi_decimal_divide",
  "%": "gobi_decimal_remainder",
};

function isTemporal(type: SqlType): boolean {
  return type === "date" || type === "timestamp" || type === "timestamptz";
}

/** An operator with its printed sides. `stored`: the text stays in the schema, where it must do without our functions. */
export function printOperator(part: OperatorPart, left: Fragment, right: Fragment, stored: boolean): Fragment {
  const operator = part.operator.toLowerCase();
  if (part.wide === true && stored && COMPARISONS.has(operator))
    return sql(
      "(CAST(",
      left,
      ` AS NUMERIC) ${(OPERATORS[operator] ?? operator).toUpperCase()} CAST(`,
      right,
      " AS NUMERIC))",
    );
  if (part.wide === true && !stored) {
    const name = WIDE_OPERATORS[operator];
    if (name !== undefined) return sql(`${name}(`, left, ", ", right, ")");
    if (operator === "is" || operator === "is not")
      return sql("(gobi_decimal_key(", left, `) ${operator.toUpperCase()} gobi_decimal_key(`, right, "))");
    if (COMPARISONS.has(operator))
      return sql("(gobi_decimal_compare(", left, ", ", right, `) ${OPERATORS[operator] ?? operator} 0)`);
  }
  const rightType = part.rightType ?? part.operandType;
  if (
    (operator === "+" || operator === "-") &&
    (isTemporal(part.operandType) ||
      isTemporal(rightType) ||
      part.operandType === "time" ||
      part.operandType === "interval")
  ) {
    return printTemporalArithmetic(operator, part.operandType, rightType, left, right);
  }
  if (!stored && (part.operandType === "timestamp" || part.operandType === "timestamptz") && COMPARISONS.has(operator))
    return printInstants(
      operator,
      (OPERATORS[operator] ?? operator).toUpperCase(),
      { parts: part.left, printed: left },
      { parts: part.right, printed: right },
    );
  if (part.operandType === "decimal" && operator === "/") return printDecimalQuotient(part, left, right);
  // SQLite's own cuts both sides to integers.
  if (part.operandType === "decimal" && operator === "%" && !stored)
    return sql("CAST(gobi_decimal_remainder(", left, ", ", right, ") AS NUMERIC)");
  // 4764.90 - 4265.3 of floats is 499.5999999999995.
  if (part.operandType === "decimal" && part.scale !== undefined && DECIMAL_OPERATORS.has(operator))
    return sql("round(", left, ` ${operator} `, right, `, ${part.scale})`);
  if (operator === "??") return sql("coalesce(", left, ", ", right, ")");
  if (operator === "contains") return sql("(instr(", left, ", ", right, ") > 0)");
  return sql("(", left, ` ${OPERATORS[operator] ?? operator.toUpperCase()} `, right, ")");
}

/** A decimal may be kept as an integer, whose division would cut: 100.00 / 3. */
function printDecimalQuotient({ scale }: OperatorPart, left: Fragment, right: Fragment): Fragment {
  const quotient = sql("(CAST(", left, " AS REAL) / ", right, ")");
  return scale === undefined ? quotient : sql("round(", quotient, `, ${scale})`);
}

function printTemporalArithmetic(
  operator: "+" | "-",
  leftType: SqlType,
  rightType: SqlType,
  left: Fragment,
  right: Fragment,
): Fragment {
  if (rightType === "interval" && leftType !== "interval")
    return sql(`${operator === "+" ? "gobi_add_interval" : "gobi_subtract_interval"}(`, left, ", ", right, ")");
  if (leftType === "interval" && rightType !== "interval" && operator === "+")
    return sql("gobi_add_interval(", right, ", ", left, ")");
  if (leftType === "interval" && rightType === "interval")
    return sql(`gobi_interval_${operator === "+" ? "sum" : "difference"}(`, left, ", ", right, ")");
  if (operator === "-")
    return sql(
      leftType === "date" && rightType === "date" ? "gobi_days_between(" : "gobi_time_between(",
      left,
      ", ",
      right,
      ")",
    );
  throw new InternalError("printOperator: two points in time cannot be added");
}

/** A cast with its printed value. */
export function printCast(part: CastPart, value: Fragment): Fragment {
  switch (part.type) {
    case "int":
      return sql("CAST(", value, " AS INTEGER)");
    case "float":
      return sql("CAST(", value, " AS REAL)");
    case "decimal":
      return printDecimalCast(part, value);
    case "bool":
      return part.from === "bool"
        ? value
        : part.from === "string"
          ? sql("gobi_bool(", value, ")")
          : sql("(", value, " <> 0)");
    case "string":
      if (part.from === "bool") return sql("CASE ", value, " WHEN 1 THEN 'true' WHEN 0 THEN 'false' END");
      return sql("CAST(", value, " AS TEXT)");
    case "bytes":
      return sql("CAST(", value, " AS BLOB)");
    case "date":
      return sql("gobi_date(", value, ")");
    case "time":
      return sql("gobi_time(", value, ")");
    case "timestamp":
    case "timestamptz":
      return sql("gobi_timestamp(", value, ")");
    case "interval":
      return sql("gobi_interval(", value, ")");
    case "uuid":
      return sql("gobi_uuid_text(", value, ")");
    case "json":
      return part.from === "json"
        ? value
        : part.from === "string"
          ? sql("json(", value, ")")
          : sql("json_quote(", value, ")");
    case "any":
      return value;
  }
}

const NUMERIC_DIGITS_MAX = 15;

function printDecimalCast(part: CastPart, value: Fragment): Fragment {
  if ((part.precision ?? 0) > NUMERIC_DIGITS_MAX)
    return sql("gobi_decimal_cast(", value, `, ${part.precision}, ${part.scale ?? 0})`);
  const numeric = sql("CAST(", value, " AS NUMERIC)");
  return part.scale === undefined ? numeric : sql("round(", numeric, `, ${part.scale})`);
}
