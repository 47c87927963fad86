// Values of the language as JavaScript values for the library, and back.
// int = number when safe, else bigint (or always bigint); decimal = string; timestamp = Date (or microseconds as bigint); date, time, interval = ISO text;
// bytes = Uint8Array; json = parsed; list = array; map = Map; struct and row = object; table = array of objects.
import type { Column } from "../value/column.ts";
import { cell, intOf } from "../value/column.ts";
import { printDecimal } from "../value/decimal.ts";
import { kindOf } from "../value/kind.ts";
import { printValue } from "../value/print.ts";
import {
  boxFloat,
  Decimal,
  ErrorValue,
  FloatBox,
  Json,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  TableValue,
  Timestamp,
  type Value,
} from "../value/value.ts";
import { INT_MAX, INT_MIN } from "../value/int.ts";
import { GrizzlyError, type JsObject, type JsValue } from "./grizzly-error.ts";

/** How values are given to JavaScript. */
export interface ValueOptions {
  /** `auto`: number when safe, else bigint. */
  readonly int: "auto" | "bigint";
  /** `date` loses microseconds; `micros` is a bigint. */
  readonly timestamp: "date" | "micros";
}

/** One value for JavaScript. @throws GrizzlyError InvalidCast for functions, handles and cursors. */
export function toJs(value: Value, options: ValueOptions): JsValue {
  switch (typeof value) {
    case "number":
      return options.int === "bigint" && Number.isInteger(value) ? BigInt(value) : value;
    case "bigint":
    case "string":
    case "boolean":
      return value;
    default:
  }
  if (value === null || value instanceof Uint8Array) return value;
  if (value instanceof FloatBox) return value.value;
  if (value instanceof Decimal) return printDecimal(value);
  if (value instanceof Timestamp) return timestampToJs(value, options);
  if (value instanceof Json) return JSON.parse(value.text) as JsValue;
  if (value instanceof ListValue) return value.items.map((item) => toJs(item, options));
  if (value instanceof MapValue) return new Map([...value.entries].map(([key, item]) => [key, toJs(item, options)]));
  if (value instanceof StructValue) return structToJs(value, options);
  if (value instanceof TableValue) return tableToJs(value, options);
  if (value instanceof ErrorValue)
    return { code: value.code, message: value.message, detail: toJs(value.detail, options) };
  const kind = kindOf(value);
  if (kind === "function" || kind === "handle" || kind === "cursor")
    throw new GrizzlyError("InvalidCast", `A ${kind} cannot leave the program.`);
  return printValue(value);
}

function timestampToJs(value: Timestamp, options: ValueOptions): JsValue {
  return options.timestamp === "micros" ? BigInt(value.micros) : new Date(Math.floor(Number(value.micros) / 1000));
}

function structToJs(value: StructValue, options: ValueOptions): JsObject {
  return Object.fromEntries(value.shape.fields.map((field, slot) => [field, toJs(value.slots[slot] ?? null, options)]));
}

/** Rows as objects. */
export function tableToJs(table: TableValue, options: ValueOptions): readonly JsObject[] {
  const readers = table.columns.map((column) => columnReader(column, options));
  const names = table.shape.fields;
  const rows: JsObject[] = [];
  for (let row = 0; row < table.length; row += 1) {
    const object: Record<string, JsValue> = {};
    for (let column = 0; column < readers.length; column += 1) {
      const name = names[column] ?? "";
      const value = readers[column]?.(row) ?? null;
      // A column may be named __proto__; as a plain assignment it would change the object's prototype.
      if (name === "__proto__")
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      else object[name] = value;
    }
    rows.push(object);
  }
  return rows;
}

function columnReader(column: Column, options: ValueOptions): (row: number) => JsValue {
  if (column.nulls === undefined && column.kind === "ints" && column.type === "int" && options.int === "auto")
    return (row) => column.data[row] ?? null;
  if (column.nulls === undefined && column.kind === "floats") return (row) => column.data[row] ?? null;
  if (column.kind === "floats") return (row) => (column.nulls?.[row] === 1 ? null : (column.data[row] ?? null));
  return (row) => toJs(cell(column, row), options);
}

/** A JavaScript value for a program. An integral number is an int, another a float. @throws GrizzlyError InvalidCast for what has no counterpart. */
export function fromJs(value: unknown): Value {
  switch (typeof value) {
    case "undefined":
      return null;
    case "boolean":
    case "string":
      return value;
    case "number":
      return Number.isSafeInteger(value) ? (Object.is(value, -0) ? new FloatBox(value) : value) : boxFloat(value);
    case "bigint":
      if (value < INT_MIN || value > INT_MAX) throw new GrizzlyError("InvalidCast", `${value} does not fit an int.`);
      return intOf(value);
    case "object":
      return value === null ? null : objectFromJs(value);
    default:
      throw new GrizzlyError("InvalidCast", `A JavaScript ${typeof value} cannot be passed to a program.`);
  }
}

function objectFromJs(value: object): Value {
  // An integral float, from callers of ours that know its type.
  if (value instanceof Uint8Array || value instanceof FloatBox) return value;
  if (value instanceof Date) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw new GrizzlyError("InvalidCast", "The Date is not a moment in time.");
    return new Timestamp(intOf(BigInt(ms) * 1000n));
  }
  if (Array.isArray(value)) return new ListValue(value.map(fromJs));
  if (value instanceof Map) return new MapValue(new Map([...value].map(([key, item]) => [String(key), fromJs(item)])));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new GrizzlyError("InvalidCast", `A JavaScript ${value.constructor.name} cannot be passed to a program.`);
  const fields = Object.entries(value);
  return new StructValue(
    new Shape(
      "",
      fields.map(([name]) => name),
    ),
    fields.map(([, item]) => fromJs(item)),
  );
}
