// Which casts make sense at all (LANGUAGE.md 2). A cast that may fail for some values is allowed: it raises InvalidCast.
import type { ScalarName } from "../../base/scalar.ts";
import { couldAssign } from "./could-assign.ts";
import { fieldNamed, fieldsOf, prune, withoutNull } from "./make.ts";
import type { Type } from "./type.ts";

const NUMBERS: readonly ScalarName[] = ["int", "float", "decimal"];

/**
 * Targets per source besides itself, string and json; `string` casts to everything by parsing.
 * What base/value/cast.ts never does is not here: an int is no timestamp, a date no int (test/check/casts.test.ts compares the two).
 */
const SCALAR_CASTS: Readonly<Record<ScalarName, readonly ScalarName[]>> = {
  int: ["float", "decimal", "bool"],
  float: ["int", "decimal", "bool"],
  decimal: ["int", "float", "bool"],
  bool: NUMBERS,
  string: [],
  bytes: ["uuid"],
  date: ["timestamp", "timestamptz"],
  time: ["interval"],
  timestamp: ["date", "time", "timestamptz"],
  timestamptz: ["date", "time", "timestamp"],
  interval: [],
  json: [],
  uuid: ["bytes"],
};

/** Whether a value of one type can be cast to another. */
export function couldCast(fromType: Type, toType: Type): boolean {
  const from = withoutNull(fromType);
  const to = withoutNull(toType);
  if (couldAssign(from, to)) return true;
  if (to.kind === "scalar" && (to.name === "string" || to.name === "json"))
    return from.kind !== "function" && from.kind !== "handle" && from.kind !== "cursor" && from.kind !== "void";
  if (from.kind === "scalar" && (from.name === "json" || from.name === "string"))
    return (
      to.kind !== "function" &&
      to.kind !== "handle" &&
      to.kind !== "void" &&
      (from.name === "json" || to.kind === "scalar" || to.kind === "enum")
    );
  if (from.kind === "scalar" && to.kind === "scalar")
    return from.name === to.name || SCALAR_CASTS[from.name].includes(to.name);
  if (from.kind === "list" && to.kind === "list") return couldCast(from.element, to.element);
  if (from.kind === "table" && to.kind === "list") return from.row === undefined || couldCast(from.row, to.element);
  if (from.kind === "map" && to.kind === "map") return couldCast(from.value, to.value);
  if (from.kind === "struct" && to.kind === "struct")
    return fieldsOf(to).every((field) => {
      const other = fieldNamed(from, field.name);
      return other === undefined ? prune(field.type).kind === "nullable" : couldCast(other.type, field.type);
    });
  if (from.kind === "struct" && to.kind === "map")
    return fieldsOf(from).every((field) => couldCast(field.type, to.value));
  return from.kind === "enum" && to.kind === "enum";
}
