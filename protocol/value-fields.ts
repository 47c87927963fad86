// The Arrow column that a value travels in: from the type's name where it is a scalar that the value fits, else from the value itself.
// Lists, maps and structs become Arrow's own when all their parts agree; what does not agree travels as text that describes itself (any-text.ts).
import { cell } from "../base/value/column.ts";
import type { ScalarName } from "../base/scalar.ts";
import { kindOf, type ValueKind } from "../base/value/kind.ts";
import {
  type Decimal,
  ErrorValue,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  TableValue,
  type Value,
} from "../base/value/value.ts";
import { NESTING_MAX } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";
import { anyField, fieldOf, scalarArrow, scalarField, typeName, type WireField } from "./wire-type.ts";

/** Scalar type of a kind of value; undefined: a container, or what cannot travel. */
const SCALAR_OF_KIND: Readonly<Partial<Record<ValueKind, ScalarName>>> = {
  bool: "bool",
  int: "int",
  float: "float",
  string: "string",
  bytes: "bytes",
  decimal: "decimal",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  interval: "interval",
  json: "json",
};

const NULL_FIELD_TYPE = { kind: "null" } as const;

/** The type's name without the mark of nullability. */
export function bareType(declared: string): string {
  return declared.endsWith("?") ? declared.slice(0, -1) : declared;
}

/** True when a column of a scalar type (`int`, `decimal(9, 2)`) takes the value; null always. */
export function scalarTakes(name: string, value: Value): boolean {
  const kind = kindOf(value);
  if (kind === "null") return true;
  if (name === "uuid") return kind === "string";
  if (name === "timestamptz") return kind === "timestamp";
  if (name === "float") return kind === "float" || kind === "int";
  if (!name.startsWith("decimal")) return kind === name;
  return kind === "decimal" && decimalFits(name, value as Decimal);
}

function decimalFits(name: string, value: Decimal): boolean {
  const arrow = scalarArrow(name);
  if (arrow?.kind !== "decimal") return true;
  if (value.scale > arrow.scale) return false;
  const magnitude = value.unscaled < 0n ? -value.unscaled : value.unscaled;
  return magnitude * 10n ** BigInt(arrow.scale - value.scale) < 10n ** BigInt(arrow.precision);
}

/**
 * The column for one value.
 * @param declared The type that the program gives it, as it is printed; left out: the value's own.
 * @throws WireFault `value` for functions, handles and cursors.
 */
export function fieldForValue(name: string, value: Value, declared?: string): WireField {
  if (declared !== undefined) {
    const bare = bareType(declared);
    const arrow = scalarArrow(bare);
    if (arrow !== undefined && scalarTakes(bare, value)) return fieldOf(name, arrow, true, bare);
    if (value === null) return fieldOf(name, NULL_FIELD_TYPE, true, bare);
    // A type with a name of its own whose values are strings: an enum.
    if (typeof value === "string" && arrow === undefined && bare !== "any")
      return { ...inferred(name, value, 0), meaning: bare };
  }
  return inferred(name, value, 0);
}

/** The column for values that are all there; nullable when one is null. @throws WireFault `value` */
export function fieldForValues(name: string, values: Iterable<Value>): WireField {
  return joined(name, values, 0);
}

function inferred(name: string, value: Value, depth: number): WireField {
  const kind = kindOf(value);
  if (kind === "null") return fieldOf(name, NULL_FIELD_TYPE, true, undefined);
  const scalar = SCALAR_OF_KIND[kind];
  if (scalar !== undefined) return scalarField(name, scalar, true);
  if (depth >= NESTING_MAX - 2) return anyField(name, true);
  if (value instanceof ListValue) return listField(name, joined("item", value.items, depth + 1), undefined);
  if (value instanceof TableValue) return tableField(name, value, depth);
  if (value instanceof StructValue) return structField(name, value, depth);
  if (value instanceof MapValue) return mapField(name, joined("value", value.entries.values(), depth + 2));
  if (value instanceof ErrorValue) return { ...structField(name, structOfError(value), depth), meaning: "error" };
  throw new WireFault("value", `A ${kind} cannot leave the program.`);
}

function listField(name: string, item: WireField, meaning: string | undefined): WireField {
  return fieldOf(name, { kind: "list", wide: false }, true, meaning, [item]);
}

function tableField(name: string, table: TableValue, depth: number): WireField {
  const columns = table.columns.map((column, index) =>
    joined(table.shape.fields[index] ?? "", cellsOf(column, table.length), depth + 2),
  );
  return listField(name, fieldOf("item", { kind: "struct" }, false, undefined, columns), "table");
}

function* cellsOf(column: TableValue["columns"][number], length: number): Iterable<Value> {
  for (let row = 0; row < length; row += 1) yield cell(column, row);
}

function structField(name: string, { shape, slots }: StructValue, depth: number): WireField {
  const children = shape.fields.map((field, slot) => inferred(field, slots[slot] ?? null, depth + 1));
  const meaning = shape.name === "" ? undefined : shape.name;
  return fieldOf(name, { kind: "struct" }, true, meaning, children);
}

function mapField(name: string, value: WireField): WireField {
  const entries = fieldOf("entries", { kind: "struct" }, false, undefined, [
    scalarField("key", "string", false),
    value,
  ]);
  return fieldOf(name, { kind: "map" }, true, undefined, [entries]);
}

const ERROR_SHAPE = new Shape("", ["code", "message", "detail"]);

/** The parts of an error that travel. */
export function structOfError(error: ErrorValue): StructValue {
  return new StructValue(ERROR_SHAPE, [error.code, error.message, error.detail]);
}

function joined(name: string, values: Iterable<Value>, depth: number): WireField {
  let field: WireField | undefined;
  for (const value of values) {
    // Most lists hold one kind of scalars: nothing new is made for those.
    if (field !== undefined && field.children.length === 0 && field.meaning === undefined) {
      const kind = kindOf(value);
      if (kind === "null" || kind === typeName(field)) continue;
    }
    const next = inferred(name, value, depth);
    field = field === undefined ? next : both(field, next);
  }
  return field ?? fieldOf(name, NULL_FIELD_TYPE, true, undefined);
}

/** A column for the values of both. */
function both(left: WireField, right: WireField): WireField {
  if (left.arrow.kind === "null") return right;
  if (right.arrow.kind === "null") return left;
  const alike =
    left.arrow.kind === right.arrow.kind &&
    left.meaning === right.meaning &&
    left.children.length === right.children.length &&
    left.children.every((child, index) => child.name === right.children[index]?.name);
  if (!alike) return anyField(left.name, true);
  const children = left.children.map((child, index) => both(child, right.children[index] ?? child));
  // An entry of a map and a row of a table are never null themselves.
  return {
    ...left,
    children: children.map((child, index) => ({ ...child, nullable: left.children[index]?.nullable ?? true })),
  };
}
