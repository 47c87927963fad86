// Implementations of the intrinsics on values of any kind (bytecode/intrinsics/convert.ts).
import { type CastTarget, castValue, CAST_FAILED } from "../../base/value/cast.ts";
import { equalValues } from "../../base/value/compare.ts";
import { rescaleDecimal } from "../../base/value/decimal.ts";
import { jsonDocument } from "../../base/value/json.ts";
import { kindOf } from "../../base/value/kind.ts";
import { printQuoted } from "../../base/value/print.ts";
import type { ScalarName } from "../../base/scalar.ts";
import { Decimal, type Value } from "../../base/value/value.ts";
import type { CONVERT_INTRINSICS } from "../../bytecode/intrinsics/convert.ts";
import { trap } from "../../bytecode/trap.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  chargeText,
  itemsAt,
  madeText,
  optionalCount,
  orOverflow,
  share,
  textAt,
  valueAt,
  workOf,
} from "./arguments.ts";
import { quoteIdentifier, quoteLiteral } from "./quoting.ts";

/** Implementations by key. */
export const CONVERT_FUNCTIONS: Readonly<Record<keyof typeof CONVERT_INTRINSICS, IntrinsicFunction>> = {
  coalesce: (_context, args) => share(itemsAt(args, 0).find((value) => value !== null) ?? null),
  nullif: (context, args) =>
    equalValues(valueAt(args, 0), valueAt(args, 1), workOf(context)) ? null : share(valueAt(args, 0)),
  ifnull: (_context, args) => share(valueAt(args, 0) ?? valueAt(args, 1)),
  iif: (_context, args) => share(valueAt(args, valueAt(args, 0) === true ? 1 : 2)),
  type_of: (_context, args) => kindOf(valueAt(args, 0)),
  string: (context, args) => {
    const text = cast(context, valueAt(args, 0), "string");
    return typeof text === "string" ? madeText(context, text) : text;
  },
  int: to("int"),
  float: to("float"),
  decimal: (context, args) => {
    const decimal = cast(context, valueAt(args, 0), "decimal");
    const scale = optionalCount(args, 1);
    return decimal instanceof Decimal && scale !== undefined
      ? orOverflow(rescaleDecimal(decimal, scale), "The decimal")
      : decimal;
  },
  bool: to("bool"),
  date: to("date"),
  timestamp: to("timestamp"),
  try_int: attempt("int"),
  try_float: attempt("float"),
  try_decimal: attempt("decimal"),
  try_date: attempt("date"),
  try_timestamp: attempt("timestamp"),
  try_json: (context, args) => {
    chargeText(context, textAt(args, 0).length);
    return jsonDocument(textAt(args, 0), workOf(context)).document ?? null;
  },
  ident: (context, args) => madeText(context, quoteIdentifier(textAt(args, 0))),
  literal: (context, args) => madeText(context, quoteLiteral(valueAt(args, 0), workOf(context))),
  to_text: (context, args) => madeText(context, printQuoted(valueAt(args, 0), workOf(context))),
  is_distinct: (context, args) => !equalValues(valueAt(args, 0), valueAt(args, 1), workOf(context)),
};

function to(type: ScalarName): IntrinsicFunction {
  return (context, args) => cast(context, valueAt(args, 0), type);
}

function cast(context: IntrinsicContext, value: Value, type: ScalarName): Value {
  const target: CastTarget = { type };
  const result = castValue(value, target, workOf(context));
  if (result === CAST_FAILED) throw castTrap(value, type);
  return result;
}

/** InvalidCast with the value in its detail and, shortened, in its message. */
export function castTrap(value: Value, type: string): Error {
  const scalar = !["list", "map", "struct", "table"].includes(kindOf(value));
  const shown = scalar
    ? printQuoted(typeof value === "string" ? value.slice(0, 60) : value).slice(0, 80)
    : `a ${kindOf(value)}`;
  return trap("InvalidCast", `${shown} cannot be cast to ${type}.`, value);
}

function attempt(type: ScalarName): IntrinsicFunction {
  return (context, args) => {
    const result = castValue(valueAt(args, 0), { type }, workOf(context));
    return result === CAST_FAILED ? null : result;
  };
}
