// The type that holds values of two types: of the branches of an if, the elements of a list, the arms of a match.
import { assignType } from "./assign.ts";
import { ANY, fieldNamed, fieldsOf, listOf, nullable, prune, withoutNull } from "./make.ts";
import type { StructType, Type } from "./type.ts";
import { widerNumber } from "./numbers.ts";

/** The smallest type for both, or undefined when there is none. Binds type variables. */
export function joinTypes(leftType: Type, rightType: Type): Type | undefined {
  const left = prune(leftType);
  const right = prune(rightType);
  if (left === right || right.kind === "never") return left;
  if (left.kind === "never") return right;
  if (left.kind === "any" || right.kind === "any") return ANY;
  if (left.kind === "null") return nullable(right);
  if (right.kind === "null") return nullable(left);
  if (left.kind === "nullable" || right.kind === "nullable") {
    const inner = joinTypes(withoutNull(left), withoutNull(right));
    return inner === undefined ? undefined : nullable(inner);
  }
  if (left.kind === "scalar" && right.kind === "scalar") return joinScalars(left, right);
  if (left.kind === "list" && right.kind === "list") {
    const element = joinTypes(left.element, right.element);
    return element === undefined ? undefined : listOf(element);
  }
  if (left.kind === "struct" && right.kind === "struct" && left.name === undefined && right.name === undefined)
    return joinStructs(left, right);
  if (left.kind === "error" && right.kind === "error")
    return left.name === right.name ? left : { kind: "error", name: undefined, fields: [] };
  if (assignType(right, left) === undefined) return left;
  return assignType(left, right) === undefined ? right : undefined;
}

function joinScalars(left: Type & { kind: "scalar" }, right: Type & { kind: "scalar" }): Type | undefined {
  if (left.name === right.name) {
    const same =
      left.precision === right.precision &&
      left.scale === right.scale &&
      left.length === right.length &&
      left.range === right.range;
    return same ? left : { kind: "scalar", name: left.name };
  }
  const wider = widerNumber(left, right);
  if (wider !== undefined) return { kind: "scalar", name: wider.name };
  return left.name.startsWith("timestamp") && right.name.startsWith("timestamp") ? left : undefined;
}

/** Structural structs join field by field; they must have the same fields. */
function joinStructs(left: StructType, right: StructType): Type | undefined {
  if (left.rest !== undefined || right.rest !== undefined)
    return assignType(right, left) === undefined ? left : undefined;
  const leftFields = fieldsOf(left);
  if (leftFields.length !== fieldsOf(right).length) return undefined;
  const fields = [];
  for (const field of leftFields) {
    const other = fieldNamed(right, field.name);
    const type = other === undefined ? undefined : joinTypes(field.type, other.type);
    if (type === undefined) return undefined;
    fields.push({ name: field.name, type });
  }
  return { kind: "struct", name: undefined, fields, rest: undefined };
}
