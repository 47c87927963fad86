// Whether a value of one type could stand where another is expected, without binding anything: for choosing among overloads and methods.
// Unknowns fit everything, so a yes may still fail in assignType.
import { fieldNamed, fieldsOf, prune, restOf, withoutNull } from "./make.ts";
import { widerNumber } from "./numbers.ts";
import type { Type } from "./type.ts";

/** True when it could fit. Null is ignored on both sides. */
export function couldAssign(foundType: Type, expectedType: Type): boolean {
  const found = withoutNull(foundType);
  const expected = withoutNull(expectedType);
  if (found === expected) return true;
  if (
    found.kind === "any" ||
    found.kind === "variable" ||
    found.kind === "never" ||
    expected.kind === "any" ||
    expected.kind === "variable"
  )
    return true;
  switch (expected.kind) {
    case "scalar":
      if (found.kind === "scalar")
        return (
          found.name === expected.name ||
          widerNumber(found, expected)?.name === expected.name ||
          (found.name.startsWith("timestamp") && expected.name.startsWith("timestamp"))
        );
      if (found.kind === "enum") return expected.name === "string";
      return found.kind === "handle" && couldAssign(found.result, expected);
    case "list":
      if (found.kind === "list") return couldAssign(found.element, expected.element);
      return found.kind === "table" && (found.row === undefined || couldAssign(found.row, expected.element));
    case "map":
      return found.kind === "map" && couldAssign(found.value, expected.value);
    case "struct": {
      if (found.kind !== "struct") return false;
      if (found.name !== undefined && expected.name !== undefined && found.name !== expected.name) return false;
      const open = restOf(expected) !== undefined;
      const all = fieldsOf(expected).every((field) => {
        const other = fieldNamed(found, field.name);
        return other === undefined ? restOf(found) !== undefined : couldAssign(other.type, field.type);
      });
      return all && (open || fieldsOf(found).length <= fieldsOf(expected).length);
    }
    case "enum":
      return found.kind === "enum" && found.name === expected.name;
    case "table":
      return (
        found.kind === "table" &&
        (found.row === undefined || expected.row === undefined || couldAssign(found.row, expected.row))
      );
    case "function":
      return found.kind === "function" && found.parameters.length <= expected.parameters.length;
    case "handle":
      return found.kind === "handle" && couldAssign(found.result, expected.result);
    case "cursor":
      return found.kind === "cursor";
    case "error":
      return found.kind === "error" && (expected.name === undefined || expected.name === found.name);
    default:
      return prune(found).kind === expected.kind;
  }
}
