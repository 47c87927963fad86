// Small makers of Core nodes, so that lowering reads as what it means.
import type { Span } from "../../base/source.ts";
import { isAssignable, type RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { Constant, Label, Local, Place, Rep } from "./core-parts.ts";

const CONSTANT_REPS = {
  null: "any",
  bool: "bool",
  int: "int",
  float: "float",
  decimal: "decimal",
  string: "string",
  bytes: "bytes",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  interval: "interval",
} as const;

/** A constant. */
export function constant(span: Span, value: Constant): CoreExpression {
  return {
    kind: "constant",
    span,
    rep: CONSTANT_REPS[value.kind === "temporal" ? value.constant.kind : value.kind],
    value,
  };
}
export function nullValue(span: Span): CoreExpression {
  return constant(span, { kind: "null" });
}
export function intValue(span: Span, value: number): CoreExpression {
  return constant(span, { kind: "int", value: BigInt(value) });
}
export function boolValue(span: Span, value: boolean): CoreExpression {
  return constant(span, { kind: "bool", value });
}
export function stringValue(span: Span, value: string): CoreExpression {
  return constant(span, { kind: "string", value });
}

/** A variable that only lowering knows. */
export function hiddenLocal(name: string, rep: Rep): Local {
  return { name, rep, hidden: true };
}
export function readLocal(span: Span, local: Local): CoreExpression {
  return { kind: "local", span, rep: local.rep, local };
}
export function readPlace(span: Span, place: Place): CoreExpression {
  return place.kind === "local"
    ? readLocal(span, place.local)
    : { kind: "global", span, rep: place.global.rep, global: place.global };
}
export function placeRep(place: Place): Rep {
  return place.kind === "local" ? place.local.rep : place.global.rep;
}
/** `local = value`, converted when the registers differ. */
export function setLocal(span: Span, local: Local, value: CoreExpression): CoreStatement {
  return setPlace(span, { kind: "local", local }, value);
}
export function setPlace(span: Span, place: Place, value: CoreExpression): CoreStatement {
  return { kind: "set", span, place, value: converted(value, placeRep(place)) };
}
export function label(name: string): Label {
  return { name };
}
export function call(span: Span, rep: Rep, name: string, args: readonly CoreExpression[]): CoreExpression {
  return { kind: "intrinsic", span, rep, name, args };
}
/** Statements and then a value. */
export function block(span: Span, statements: readonly CoreStatement[], result: CoreExpression): CoreExpression {
  return statements.length === 0 ? result : { kind: "block", span, rep: result.rep, statements, result };
}

/** The value in a register of kind `rep`. To `any` it only changes its form; from `any` it is checked; int widens to float and decimal. */
export function converted(value: CoreExpression, rep: RegisterType): CoreExpression {
  if (value.rep === rep) return value;
  if (value.kind === "constant" && value.value.kind === "int") {
    if (rep === "float") return constant(value.span, { kind: "float", value: Number(value.value.value) });
    if (rep === "decimal") return constant(value.span, { kind: "decimal", unscaled: value.value.value, scale: 0 });
  }
  if (value.kind === "convert" && isAssignable(value.value.rep, value.rep) && value.value.rep === rep)
    return value.value;
  return { kind: "convert", span: value.span, rep, value };
}

/** What a variable without a value holds: null; the checker's type says so, except where it proved that it is set before it is read. */
export function emptyValue(span: Span, rep: Rep): CoreExpression {
  switch (rep) {
    case "int":
      return { kind: "constant", span, rep: "int", value: { kind: "int", value: 0n } };
    case "float":
      return { kind: "constant", span, rep: "float", value: { kind: "float", value: 0 } };
    case "bool":
      return { kind: "constant", span, rep: "bool", value: { kind: "bool", value: false } };
    case "string":
      return stringValue(span, "");
    case "decimal":
      return { kind: "constant", span, rep: "decimal", value: { kind: "decimal", unscaled: 0n, scale: 0 } };
    case "list":
      return { kind: "list", span, rep: "list", items: [] };
    case "map":
      return { kind: "map", span, rep: "map", entries: [] };
    default:
      return nullValue(span);
  }
}
