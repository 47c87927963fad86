// Building blocks of types: the simple ones as constants, constructors, and `prune`, which follows bound variables.
// Everything that looks at a type's kind prunes it first.
import type { ScalarName } from "../../base/scalar.ts";
import type {
  ListType,
  MapType,
  NullableType,
  RowVariable,
  ScalarType,
  SimpleType,
  StructField,
  StructType,
  TableType,
  Type,
  TypeVariable,
} from "./type.ts";

export const INT: ScalarType = { kind: "scalar", name: "int" };
export const FLOAT: ScalarType = { kind: "scalar", name: "float" };
export const DECIMAL: ScalarType = { kind: "scalar", name: "decimal" };
export const BOOL: ScalarType = { kind: "scalar", name: "bool" };
export const STRING: ScalarType = { kind: "scalar", name: "string" };
export const BYTES: ScalarType = { kind: "scalar", name: "bytes" };
export const DATE: ScalarType = { kind: "scalar", name: "date" };
export const TIME: ScalarType = { kind: "scalar", name: "time" };
export const TIMESTAMP: ScalarType = { kind: "scalar", name: "timestamp" };
export const INTERVAL: ScalarType = { kind: "scalar", name: "interval" };
export const JSON_TYPE: ScalarType = { kind: "scalar", name: "json" };
export const UUID: ScalarType = { kind: "scalar", name: "uuid" };
export const ANY: SimpleType = { kind: "any" };
export const VOID: SimpleType = { kind: "void" };
export const NULL: SimpleType = { kind: "null" };
export const NEVER: SimpleType = { kind: "never" };

const PLAIN: Readonly<Record<ScalarName, ScalarType>> = {
  int: INT,
  float: FLOAT,
  decimal: DECIMAL,
  bool: BOOL,
  string: STRING,
  bytes: BYTES,
  date: DATE,
  time: TIME,
  timestamp: TIMESTAMP,
  timestamptz: { kind: "scalar", name: "timestamptz" },
  interval: INTERVAL,
  json: JSON_TYPE,
  uuid: UUID,
};

/** The scalar type of that name without precision, length or range. */
export function scalar(name: ScalarName): ScalarType {
  return PLAIN[name];
}

export function listOf(element: Type): ListType {
  return { kind: "list", element };
}
export function mapOf(value: Type): MapType {
  return { kind: "map", value };
}
export function tableOf(row: TableType["row"]): TableType {
  return { kind: "table", row };
}
/** A structural struct or row, closed. */
export function structOf(fields: readonly StructField[], name?: string): StructType {
  return { kind: "struct", name, fields, rest: undefined };
}

/** Hands out type and row variables; one per checked module, so that results do not depend on what was checked before. */
export interface TypeSupply {
  next: number;
}

/** A new unknown type at a generalisation level (0: never generalised). */
export function freshVariable(
  supply: TypeSupply,
  level: number,
  demand: TypeVariable["demand"] = "none",
): TypeVariable {
  supply.next += 1;
  return {
    kind: "variable",
    id: supply.next,
    level,
    binding: undefined,
    generic: false,
    demand,
    nullable: false,
    reasons: [],
  };
}

/** A new unknown rest of a record. */
export function freshRow(supply: TypeSupply): RowVariable {
  supply.next += 1;
  return { id: supply.next, binding: undefined };
}

/** The type behind bound variables, one level deep. An unbound variable into which null flowed counts as nullable once it is bound. */
export function prune(type: Type): Type {
  let current = type;
  while (current.kind === "variable" && current.binding !== undefined) current = current.binding;
  if (current.kind !== "nullable") return current;
  const inner = prune(current.inner);
  if (inner === current.inner && inner.kind !== "any") return current;
  return nullable(inner);
}

/** `T?`, never doubled. */
export function nullable(type: Type): Type {
  const pruned = prune(type);
  switch (pruned.kind) {
    case "nullable":
    case "any":
    case "void":
    case "null":
      return pruned;
    case "never":
      return NULL;
    default:
      return { kind: "nullable", inner: pruned } satisfies NullableType;
  }
}

/** The type without its null. `null` itself becomes never. */
export function withoutNull(type: Type): Type {
  const pruned = prune(type);
  if (pruned.kind === "nullable") return prune(pruned.inner);
  return pruned.kind === "null" ? NEVER : pruned;
}

/** Whether null is among the values; `any` counts. */
export function mayBeNull(type: Type): boolean {
  const pruned = prune(type);
  return (
    pruned.kind === "nullable" ||
    pruned.kind === "null" ||
    pruned.kind === "any" ||
    (pruned.kind === "variable" && pruned.nullable)
  );
}

/** The variable that holds the binding of `type`, when it was inferred rather than written. */
export function lastVariable(type: Type): TypeVariable | undefined {
  let found: TypeVariable | undefined;
  let current = type;
  while (current.kind === "variable") {
    found = current;
    if (current.binding === undefined) return found;
    current = current.binding;
  }
  return found;
}

/** All fields of a struct, those of bound row variables included. */
export function fieldsOf(type: StructType): readonly StructField[] {
  if (type.rest?.binding === undefined) return type.fields;
  const fields = [...type.fields];
  let rest: RowVariable | undefined = type.rest;
  while (rest?.binding !== undefined) {
    fields.push(...rest.binding.fields);
    rest = rest.binding.rest;
  }
  return fields;
}

/** The unbound row variable at the end of a struct, if it is open. */
export function restOf(type: StructType): RowVariable | undefined {
  let rest = type.rest;
  while (rest?.binding !== undefined) rest = rest.binding.rest;
  return rest;
}

/** The field of that name, ASCII case-insensitively. */
export function fieldNamed(type: StructType, name: string): StructField | undefined {
  const wanted = foldName(name);
  const fields = fieldsOf(type);
  if (fields !== type.fields || fields.length < INDEXED_FIELDS_MIN)
    return fields.find((field) => foldName(field.name) === wanted);
  let index = FIELD_INDEXES.get(fields);
  if (index === undefined) {
    index = new Map();
    // The first of equal names is found, as without an index.
    for (const field of fields.toReversed()) index.set(foldName(field.name), field);
    FIELD_INDEXES.set(fields, index);
  }
  return index.get(wanted);
}

/** Wide structs are the rows of wide tables and queries: each of their columns is looked up by name. */
const INDEXED_FIELDS_MIN = 32;
const FIELD_INDEXES = new WeakMap<readonly StructField[], Map<string, StructField>>();

/** Names match by this form (LANGUAGE.md 15.21: ASCII only). */
export function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** True for int, float, decimal, also nullable ones. */
export function isNumeric(type: Type): boolean {
  const pruned = withoutNull(type);
  return pruned.kind === "scalar" && (pruned.name === "int" || pruned.name === "float" || pruned.name === "decimal");
}

/** True when the type, without null, is that scalar. */
export function isScalar(type: Type, name: ScalarName): boolean {
  const pruned = withoutNull(type);
  return pruned.kind === "scalar" && pruned.name === name;
}
