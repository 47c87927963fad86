// From the checker's types to what runs: register types, type forms for casts and checks, SQL types.
// A nullable or unknown type lives in an `any` register, except that of conditions: a nullable bool is `bool?`.
import type { ScalarName } from "../../base/scalar.ts";
import type { SqlType } from "../../base/sql-form.ts";
import type { TypeForm } from "../../bytecode/program.ts";
import type { RegisterType } from "../../bytecode/register-type.ts";
import { fieldsOf } from "../types/make.ts";
import { isWideNumber } from "../types/numbers.ts";
import type { StructType, Type } from "../types/type.ts";

const STRUCT_DEPTH_MAX = 8;

/** The type behind bound variables. A variable that stayed open is any. */
export function actual(type: Type): Exclude<Type, { readonly kind: "variable" }> {
  let current = type;
  while (current.kind === "variable") {
    if (current.binding === undefined) return { kind: "any" };
    if (current.nullable && current.binding.kind !== "variable" && current.binding.kind !== "nullable")
      return withNull(current.binding);
    current = current.binding;
  }
  return current;
}

function withNull(
  type: Exclude<Type, { readonly kind: "variable" | "nullable" }>,
): Exclude<Type, { readonly kind: "variable" }> {
  return type.kind === "any" || type.kind === "void" || type.kind === "null" || type.kind === "never"
    ? type
    : { kind: "nullable", inner: type };
}

/** The type without null. */
export function withoutNull(type: Type): Exclude<Type, { readonly kind: "variable" | "nullable" }> {
  const seen = actual(type);
  if (seen.kind !== "nullable") return seen;
  const inner = actual(seen.inner);
  return inner.kind === "nullable" ? withoutNull(inner.inner) : inner;
}

/** Whether a value of the type may be null. */
export function mayBeNull(type: Type): boolean {
  const { kind } = actual(type);
  return kind === "nullable" || kind === "any" || kind === "null" || kind === "void";
}

/** Whether values of the type are decimals of more than 15 digits, which SQLite compares and computes by functions of ours. */
export function isWideDecimal(type: Type): boolean {
  const seen = withoutNull(type);
  return seen.kind === "scalar" && isWideNumber(seen);
}

const SCALAR_REGISTERS: Readonly<Record<ScalarName, RegisterType>> = {
  int: "int",
  float: "float",
  decimal: "decimal",
  bool: "bool",
  string: "string",
  bytes: "bytes",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  timestamptz: "timestamp",
  interval: "interval",
  json: "json",
  uuid: "string",
};

/** The register type of a value. */
export function registerTypeOf(type: Type): RegisterType {
  const seen = actual(type);
  switch (seen.kind) {
    case "scalar":
      return SCALAR_REGISTERS[seen.name];
    case "enum":
      return "string";
    case "list":
      return "list";
    case "map":
      return "map";
    case "struct":
      return "struct";
    case "table":
      return "table";
    case "function":
      return "closure";
    case "handle":
      return "handle";
    case "cursor":
      return "cursor";
    case "error":
      return "error";
    case "nullable":
      return registerTypeOf(seen.inner) === "bool" ? "bool?" : "any";
    case "any":
    case "void":
    case "null":
    case "never":
      return "any";
  }
}

/** The type as data, for casts and checks at run time. */
export function typeFormOf(type: Type, depth = 0): TypeForm {
  const seen = actual(type);
  if (seen.kind === "nullable") return { ...typeFormOf(seen.inner, depth), nullable: true };
  if (depth > STRUCT_DEPTH_MAX) return { name: "any", nullable: true };
  switch (seen.kind) {
    case "scalar":
      return {
        name: seen.name,
        ...(seen.precision === undefined ? {} : { precision: seen.precision }),
        ...(seen.scale === undefined ? {} : { scale: seen.scale }),
        ...(seen.length === undefined ? {} : { length: seen.length }),
        ...(seen.range === undefined ? {} : { range: seen.range }),
      };
    case "enum":
      return { name: "enum", typeName: seen.name, values: seen.values };
    case "list":
      return { name: "list", element: typeFormOf(seen.element, depth + 1) };
    case "map":
      return { name: "map", element: typeFormOf(seen.value, depth + 1) };
    case "struct":
      return { name: "struct", ...fieldsForm(seen, depth) };
    case "table": {
      const row = seen.row === undefined ? undefined : actual(seen.row);
      return row?.kind === "struct" ? { name: "table", ...fieldsForm(row, depth) } : { name: "table" };
    }
    case "function":
      return { name: "closure" };
    case "handle":
      return { name: "handle" };
    case "cursor":
      return { name: "cursor" };
    case "error":
      return seen.name === undefined ? { name: "error" } : { name: "error", typeName: seen.name };
    case "any":
    case "void":
    case "null":
    case "never":
      return { name: "any", nullable: true };
  }
}

function fieldsForm(type: StructType, depth: number): Pick<TypeForm, "typeName" | "fields"> {
  const fields = fieldsOf(type).map((field) => ({ name: field.name, type: typeFormOf(field.type, depth + 1) }));
  return { ...(type.name === undefined ? {} : { typeName: type.name }), fields };
}

/** Whether a struct type's field order is final: nothing may still be added by inference. */
export function isClosed(type: StructType): boolean {
  let rest = type.rest;
  while (rest?.binding !== undefined) rest = rest.binding.rest;
  return rest === undefined;
}

/** The SQL type of an expression, null aside. */
export function sqlTypeOf(type: Type): SqlType {
  const seen = withoutNull(type);
  if (seen.kind === "scalar") return seen.name;
  return seen.kind === "enum" ? "string" : "any";
}

/** Whether storing into the type may change or refuse a value of its base type: declared precision, length, range or values. */
export function hasDeclaredBounds(type: Type): boolean {
  const seen = withoutNull(type);
  return (
    seen.kind === "scalar" &&
    (seen.scale !== undefined || seen.precision !== undefined || seen.length !== undefined || seen.range !== undefined)
  );
}
