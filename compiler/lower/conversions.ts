// Conversions between types: the checker's coercions, and what storing a value into a place of a declared type does.
import type { Span } from "../../base/source.ts";
import { assertNever } from "../../base/failure.ts";
import type { Coercion } from "../check/checked.ts";
import { fieldsOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { block, converted, hiddenLocal, intValue, nullValue, readLocal, setLocal, stringValue } from "./build.ts";
import type { CoreExpression } from "./core.ts";
import type { CoreShape } from "./core-parts.ts";
import { compared, when } from "./operators.ts";
import { hasDeclaredBounds, isClosed, registerTypeOf, typeFormOf, withoutNull } from "./types.ts";

/** Carries out one coercion. */
export function coerced(value: CoreExpression, coercion: Coercion): CoreExpression {
  switch (coercion.kind) {
    case "widen":
      return widened(value, coercion.from, coercion.to);
    case "scalar":
      return value.rep === "table"
        ? single(value, "scalar", coercion.to)
        : converted(value, registerTypeOf(coercion.to));
    case "row":
      return value.rep === "table" ? single(value, "row", coercion.to) : converted(value, registerTypeOf(coercion.to));
    case "await":
      return { kind: "await", span: value.span, rep: registerTypeOf(coercion.to), handle: converted(value, "handle") };
    case "check":
    case "list":
      return cast(value, coercion.to);
    default:
      return assertNever(coercion, "coerced");
  }
}

/** A cast to a type: `x :: T`, or a checked assignment. */
export function cast(value: CoreExpression, to: Type): CoreExpression {
  const rep = registerTypeOf(to);
  if (value.rep === rep && !hasDeclaredBounds(to) && isPlainRegister(rep)) return value;
  if (!hasDeclaredBounds(to) && value.rep === "int" && (rep === "float" || rep === "decimal"))
    return converted(value, rep);
  const form = typeFormOf(to);
  return form.name === "any" ? converted(value, rep) : { kind: "cast", span: value.span, rep, value, type: form };
}

function isPlainRegister(rep: string): boolean {
  return (
    rep === "int" ||
    rep === "float" ||
    rep === "bool" ||
    rep === "decimal" ||
    rep === "closure" ||
    rep === "handle" ||
    rep === "cursor"
  );
}

function widened(value: CoreExpression, from: Type, to: Type): CoreExpression {
  const rep = registerTypeOf(to);
  if (value.rep === rep && rep !== "any") return value;
  if (value.rep === "int" && (rep === "float" || rep === "decimal")) return converted(value, rep);
  const inner = withoutNull(to);
  // A nullable number stays an `any` register, but its value must change its kind: 1 becomes 1.0.
  if (value.rep === "int" && inner.kind === "scalar" && (inner.name === "float" || inner.name === "decimal"))
    return converted(converted(value, inner.name), rep);
  const sameKind = withoutNull(from);
  if (inner.kind === "scalar" && sameKind.kind === "scalar" && inner.name === sameKind.name)
    return converted(value, rep);
  return cast(value, to);
}

/** A table value as its one cell or its one row; null when it is empty, TooManyRows when there are several. */
export function single(table: CoreExpression, result: "scalar" | "row", to: Type): CoreExpression {
  const { span } = table;
  const rows = hiddenLocal("rows", "table");
  const count = hiddenLocal("count", "int");
  const row = hiddenLocal("row", "int");
  const rep = registerTypeOf(to);
  const tooMany: CoreExpression = {
    kind: "error",
    span,
    rep: "error",
    code: "TooManyRows",
    parents: [],
    message: stringValue(span, "A query that should give one row gave several."),
    detail: nullValue(span),
  };
  const found: CoreExpression =
    result === "scalar"
      ? { kind: "tableCell", span, rep: "any", table: rows, row, column: 0 }
      : { kind: "tableRow", span, rep: "struct", table: readLocal(span, rows), row: readLocal(span, row) };
  return block(
    span,
    [
      setLocal(span, rows, table),
      setLocal(span, count, { kind: "length", span, rep: "int", value: readLocal(span, rows) }),
      setLocal(span, row, intValue(span, 0)),
      when(span, compared(span, ">", readLocal(span, count), intValue(span, 1)), [
        { kind: "raise", span, error: tooMany, again: false },
      ]),
    ],
    converted(
      {
        kind: "choose",
        span,
        rep: "any",
        condition: compared(span, "=", readLocal(span, count), intValue(span, 0)),
        then: nullValue(span),
        otherwise: converted(found, "any"),
      },
      rep,
    ),
  );
}

/** The value as it must be to be stored where the type is `to`: right register, declared bounds checked, fields in the declared order. */
export function stored(value: CoreExpression, from: Type, to: Type): CoreExpression {
  const rep = registerTypeOf(to);
  if (value.kind === "cast" && value.rep === rep) return value;
  if (hasDeclaredBounds(to) && !sameBounds(from, to)) return cast(value, to);
  const target = withoutNull(to);
  const source = withoutNull(from);
  if (target.kind === "struct" && isClosed(target)) {
    if (source.kind === "struct" && isClosed(source))
      return sameLayout(source, target) ? converted(value, rep) : cast(value, to);
    return source.kind === "null" || source.kind === "never" ? converted(value, rep) : cast(value, to);
  }
  if (target.kind === "list" && source.kind === "list" && !sameElements(source.element, target.element))
    return cast(value, to);
  if (target.kind === "map" && source.kind === "map" && !sameElements(source.value, target.value))
    return cast(value, to);
  return converted(widenedNumber(value, source, target), rep);
}

// A number stored where another kind of number is expected changes its kind, also inside `any` registers.
function widenedNumber(value: CoreExpression, source: Type, target: Type): CoreExpression {
  if (target.kind !== "scalar" || source.kind !== "scalar" || source.name === target.name) return value;
  const widens =
    (source.name === "int" && (target.name === "float" || target.name === "decimal")) ||
    (source.name === "decimal" && target.name === "float");
  if (!widens) return value;
  return value.rep === source.name ? converted(value, target.name) : cast(value, { kind: "nullable", inner: target });
}

function sameBounds(from: Type, to: Type): boolean {
  const a = withoutNull(from);
  const b = withoutNull(to);
  return (
    a.kind === "scalar" &&
    b.kind === "scalar" &&
    a.name === b.name &&
    a.precision === b.precision &&
    a.scale === b.scale &&
    a.length === b.length &&
    a.range?.[0] === b.range?.[0] &&
    a.range?.[1] === b.range?.[1]
  );
}

function sameElements(from: Type, to: Type): boolean {
  const a = withoutNull(from);
  const b = withoutNull(to);
  if (b.kind === "any" || a.kind === "never" || a.kind === "any") return b.kind === "any" || a.kind === "never";
  if (a.kind === "scalar" && b.kind === "scalar")
    return a.name === b.name && (!hasDeclaredBounds(b) || sameBounds(a, b));
  if (a.kind === "struct" && b.kind === "struct") return !isClosed(b) || (isClosed(a) && sameLayout(a, b));
  if (a.kind === "list" && b.kind === "list") return sameElements(a.element, b.element);
  if (a.kind === "map" && b.kind === "map") return sameElements(a.value, b.value);
  return true;
}

/** Whether two closed structs have the same fields in the same order, of types that are stored alike. */
export function sameLayout(from: StructType, to: StructType): boolean {
  const a = fieldsOf(from);
  const b = fieldsOf(to);
  return (
    (to.name === undefined || from.name === to.name || a === b) &&
    a.length === b.length &&
    a.every(
      (field, slot) =>
        field.name.toLowerCase() === b[slot]?.name.toLowerCase() && sameElements(field.type, b[slot].type),
    )
  );
}

/** Field names of a struct type in slot order. */
export function shapeOf(type: StructType): CoreShape {
  return { name: type.name ?? "", fields: fieldsOf(type).map((field) => field.name) };
}

/** Raises a standard error in the place of a value. */
export function raising(span: Span, code: string, message: string): CoreExpression {
  return block(
    span,
    [
      {
        kind: "raise",
        span,
        again: false,
        error: {
          kind: "error",
          span,
          rep: "error",
          code,
          parents: [],
          message: stringValue(span, message),
          detail: nullValue(span),
        },
      },
    ],
    nullValue(span),
  );
}
