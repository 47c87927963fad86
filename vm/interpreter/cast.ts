// Casts to and tests of full types: scalars with precision, length and range through base/value/cast.ts, containers by their elements and fields.
import { LIMITS } from "../../base/limits.ts";
import { cell } from "../../base/value/column.ts";
import { CAST_FAILED, castValue, fitsLength } from "../../base/value/cast.ts";
import { valueOfJson } from "../../base/value/json.ts";
import { kindOf } from "../../base/value/kind.ts";
import {
  ClosureValue,
  CursorValue,
  type Decimal,
  ErrorValue,
  HandleValue,
  Json,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  TableValue,
  type Value,
} from "../../base/value/value.ts";
import type { TypeForm } from "../../bytecode/program.ts";
import { limitTrap, trap, type Trap } from "../../bytecode/trap.ts";
import { chargeMemory, ENTRY_BYTES, RECORD_BYTES, SLOT_BYTES, STRING_BYTES } from "./memory.ts";
import { shortPrint } from "./register-kind.ts";
import { share } from "./slow-paths.ts";
import type { MachineState } from "./state.ts";

/** Casts a value; null stays null. Containers are copied only when something in them changes type. @throws Trap InvalidCast with the value. */
export function castTo(m: MachineState, value: Value, type: TypeForm, depth = 0): Value {
  if (value === null || type.name === "any") return value;
  if (depth > LIMITS.valueDepthMax.value) throw limitTrap("LimitExceeded", "A value is nested too deeply.");
  if (depth > 0) m.work.spend(1);
  switch (type.name) {
    case "enum":
      return castToEnum(value, type);
    case "list":
      return castToList(m, value, type, depth);
    case "map":
      return castToMap(m, value, type, depth);
    case "struct":
      return castToStruct(m, value, type, depth);
    case "table":
    case "closure":
    case "error":
    case "cursor":
    case "handle":
      if (!isOpaque(value, type.name)) throw cannotCast(value, type);
      return value;
    default:
      return castToScalar(m, value, type);
  }
}

function isOpaque(value: Value, name: "table" | "closure" | "error" | "cursor" | "handle"): boolean {
  const classes = {
    table: TableValue,
    closure: ClosureValue,
    error: ErrorValue,
    cursor: CursorValue,
    handle: HandleValue,
  };
  return value instanceof classes[name];
}

function castToScalar(m: MachineState, value: Value, type: TypeForm & { readonly name: TypeForm["name"] }): Value {
  const { name, precision, scale, length, range } = type;
  const target = {
    type: name as Parameters<typeof castValue>[1]["type"],
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(length === undefined ? {} : { length }),
    ...(range === undefined ? {} : { range }),
  };
  const result = castValue(value, target, m.work);
  if (result === CAST_FAILED) throw cannotCast(value, type);
  if (typeof result === "string" && result !== value) chargeMemory(m, STRING_BYTES + result.length);
  if (type.padded === true && typeof result === "string" && length !== undefined) return padded(result, length);
  return result;
}

function padded(text: string, length: number): string {
  const missing = length - Array.from(text).length;
  return missing > 0 ? text + " ".repeat(missing) : text;
}

function castToEnum(value: Value, type: TypeForm): Value {
  if (typeof value !== "string" || !(type.values ?? []).includes(value)) throw cannotCast(value, type);
  return value;
}

/** The inside of a JSON document when a container is wanted, else the value itself. */
function opened(m: MachineState, value: Value): Value {
  return value instanceof Json ? valueOfJson(value, m.work) : value;
}

function castToList(m: MachineState, value: Value, type: TypeForm, depth: number): Value {
  const source = opened(m, value);
  const { element } = type;
  if (source instanceof TableValue) return castToList(m, tableToList(m, source), type, depth);
  if (!(source instanceof ListValue)) throw cannotCast(value, type);
  if (element === undefined || element.name === "any") return source;
  const items = source.items.map((item) => castElement(m, item, element, depth));
  if (items.every((item, index) => item === source.items[index])) return source;
  chargeMemory(m, RECORD_BYTES + items.length * SLOT_BYTES);
  items.forEach(share);
  return new ListValue(items);
}

function castElement(m: MachineState, value: Value, type: TypeForm, depth: number): Value {
  if (value === null && type.nullable !== true && type.name !== "any") throw cannotCast(value, type);
  return castTo(m, value, type, depth + 1);
}

/** Rows of a table as structs. */
export function tableToList(m: MachineState, table: TableValue): ListValue {
  const width = table.columns.length;
  chargeMemory(m, RECORD_BYTES + table.length * (SLOT_BYTES + RECORD_BYTES + width * SLOT_BYTES));
  m.fuel -= table.length;
  const items: Value[] = [];
  for (let row = 0; row < table.length; row += 1)
    items.push(
      new StructValue(
        table.shape,
        table.columns.map((column) => cell(column, row)),
      ),
    );
  return new ListValue(items);
}

function castToMap(m: MachineState, value: Value, type: TypeForm, depth: number): Value {
  const source = opened(m, value);
  const { element } = type;
  if (source instanceof StructValue) {
    return castToMap(
      m,
      new MapValue(new Map(source.shape.fields.map((field, slot) => [field, source.slots[slot] ?? null] as const))),
      type,
      depth,
    );
  }
  if (!(source instanceof MapValue)) throw cannotCast(value, type);
  if (element === undefined || element.name === "any") return source;
  const entries = new Map<string, Value>();
  let changed = false;
  for (const [key, item] of source.entries) {
    const cast = castElement(m, item, element, depth);
    changed ||= cast !== item;
    share(cast);
    entries.set(key, cast);
  }
  if (!changed) return source;
  chargeMemory(m, RECORD_BYTES + entries.size * ENTRY_BYTES);
  return new MapValue(entries);
}

const SHAPES = new WeakMap<TypeForm, Shape>();

function shapeOf(type: TypeForm): Shape {
  const known = SHAPES.get(type);
  if (known !== undefined) return known;
  const shape = new Shape(
    type.typeName ?? "",
    (type.fields ?? []).map((field) => field.name),
  );
  SHAPES.set(type, shape);
  return shape;
}

function castToStruct(m: MachineState, value: Value, type: TypeForm, depth: number): Value {
  const source = opened(m, value);
  const { fields } = type;
  if (fields === undefined) {
    if (source instanceof StructValue) return source;
    throw cannotCast(value, type);
  }
  const shape = shapeOf(type);
  const slots: Value[] = [];
  for (const field of fields) {
    const found = fieldOf(source, field.name);
    if (found === undefined && !(source instanceof MapValue && field.type.nullable === true))
      throw cannotCast(value, type);
    if ((found ?? null) === null && field.type.nullable !== true && field.type.name !== "any")
      throw cannotCast(value, type);
    slots.push(castTo(m, found ?? null, field.type, depth + 1));
  }
  if (
    source instanceof StructValue &&
    sameShape(source.shape, shape) &&
    slots.every((slot, index) => slot === source.slots[index])
  )
    return source;
  chargeMemory(m, RECORD_BYTES + slots.length * SLOT_BYTES);
  slots.forEach(share);
  return new StructValue(shape, slots);
}

function sameShape(left: Shape, right: Shape): boolean {
  return (
    left === right ||
    (left.name === right.name &&
      left.fields.length === right.fields.length &&
      left.fields.every((field, slot) => field === right.fields[slot]))
  );
}

function fieldOf(source: Value, name: string): Value | undefined {
  if (source instanceof MapValue) return source.entries.get(name);
  if (!(source instanceof StructValue)) return undefined;
  const slot = source.shape.slotOf(name);
  return slot < 0 ? undefined : (source.slots[slot] ?? null);
}

/** What a failing cast raises; the value is its detail. */
export function cannotCast(value: Value, type: TypeForm): Trap {
  return trap(
    "InvalidCast",
    `${value === null ? "null" : shortPrint(value)} cannot be cast to ${typeFormText(type)}.`,
    value,
  );
}

/** A type as programs write it. */
export function typeFormText(type: TypeForm): string {
  const optional = type.nullable === true && type.name !== "any" ? "?" : "";
  if (type.typeName !== undefined && type.typeName !== "") return type.typeName + optional;
  switch (type.name) {
    case "list":
      return `list<${type.element === undefined ? "any" : typeFormText(type.element)}>${optional}`;
    case "map":
      return `map<string, ${type.element === undefined ? "any" : typeFormText(type.element)}>${optional}`;
    case "struct":
    case "table": {
      const fields = (type.fields ?? []).map((field) => `${field.name}: ${typeFormText(field.type)}`).join(", ");
      return type.name === "table" ? `table<{${fields}}>${optional}` : `{${fields}}${optional}`;
    }
    case "decimal":
      return type.precision === undefined
        ? `decimal${optional}`
        : `decimal(${type.precision}, ${type.scale ?? 0})${optional}`;
    case "string":
      return type.length === undefined
        ? `string${optional}`
        : `${type.padded === true ? "char" : "varchar"}(${type.length})${optional}`;
    case "closure":
      return `fn${optional}`;
    default:
      return type.name + optional;
  }
}

/** Whether a value is of a type, without converting. */
export function typeIs(m: MachineState, value: Value, type: TypeForm, depth = 0): boolean {
  if (type.name === "any") return true;
  if (value === null) return type.nullable === true;
  if (depth > LIMITS.valueDepthMax.value) throw limitTrap("LimitExceeded", "A value is nested too deeply.");
  if (depth > 0) m.work.spend(1);
  const inside = (item: Value, element: TypeForm): boolean => typeIs(m, item, element, depth + 1);
  switch (type.name) {
    case "enum":
      return typeof value === "string" && (type.values ?? []).includes(value);
    case "list":
      return value instanceof ListValue && value.items.every((item) => inside(item, type.element ?? { name: "any" }));
    case "map":
      return (
        value instanceof MapValue &&
        [...value.entries.values()].every((item) => inside(item, type.element ?? { name: "any" }))
      );
    case "struct":
      return value instanceof StructValue && structIs(value, type, inside);
    case "error":
      return (
        value instanceof ErrorValue &&
        (type.typeName === undefined ||
          type.typeName === "Exception" ||
          value.code === type.typeName ||
          value.parents.includes(type.typeName))
      );
    case "table":
    case "closure":
    case "cursor":
    case "handle":
      return isOpaque(value, type.name);
    default:
      return scalarIs(value, type);
  }
}

function structIs(value: StructValue, type: TypeForm, inside: (item: Value, type: TypeForm) => boolean): boolean {
  const name = type.typeName ?? "";
  // A named type is only matched by structs that were made as one, or by structural ones with its fields.
  if (name !== "" && value.shape.name !== "" && value.shape.name !== name) return false;
  const fields = type.fields ?? [];
  return fields.every((field) => {
    const slot = value.shape.slotOf(field.name);
    return slot >= 0 && inside(value.slots[slot] ?? null, field.type);
  });
}

function scalarIs(value: Exclude<Value, null>, type: TypeForm): boolean {
  const kind = kindOf(value);
  switch (type.name) {
    case "timestamptz":
      return kind === "timestamp";
    case "uuid":
      return kind === "string";
    case "int":
      return (
        kind === "int" &&
        (type.range === undefined || ((value as number) >= type.range[0] && (value as number) <= type.range[1]))
      );
    case "string":
      return kind === "string" && (type.length === undefined || fitsLength(value as string, type.length));
    case "decimal":
      return kind === "decimal" && (type.scale === undefined || (value as Decimal).scale <= type.scale);
    default:
      return kind === type.name;
  }
}
