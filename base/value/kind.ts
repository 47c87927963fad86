// The run-time kind of a value: which of the representations of value.ts it has.
// Casts, comparison, printing and JSON switch over it; `any`-typed operators of the VM may too.
import { InternalError } from "../failure.ts";
import {
  ClosureValue,
  CursorValue,
  DateValue,
  Decimal,
  ErrorValue,
  FloatBox,
  HandleValue,
  Interval,
  Json,
  ListValue,
  MapValue,
  StructValue,
  TableValue,
  TimeValue,
  Timestamp,
  type Int,
  type Value,
} from "./value.ts";

/** Kind of a value. uuid and enum values are strings; timestamp and timestamptz are one. */
export type ValueKind =
  | "null"
  | "bool"
  | "int"
  | "float"
  | "string"
  | "bytes"
  | "decimal"
  | "date"
  | "time"
  | "timestamp"
  | "interval"
  | "json"
  | "list"
  | "map"
  | "struct"
  | "table"
  | "function"
  | "error"
  | "handle"
  | "cursor";

const BY_CLASS: ReadonlyMap<unknown, ValueKind> = new Map<unknown, ValueKind>([
  [FloatBox, "float"],
  [Decimal, "decimal"],
  [DateValue, "date"],
  [TimeValue, "time"],
  [Timestamp, "timestamp"],
  [Interval, "interval"],
  [Json, "json"],
  [ListValue, "list"],
  [MapValue, "map"],
  [StructValue, "struct"],
  [TableValue, "table"],
  [ClosureValue, "function"],
  [ErrorValue, "error"],
  [HandleValue, "handle"],
  [CursorValue, "cursor"],
]);

/** The kind of a value. @throws InternalError for something that is no value. */
export function kindOf(value: Value): ValueKind {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? "int" : "float";
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    default:
  }
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  const kind = BY_CLASS.get(value.constructor);
  if (kind === undefined) throw new InternalError("kindOf: not a value");
  return kind;
}

/** True for an int in either form. */
export function isInt(value: Value): value is Int {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

/** True for a float in either form. */
export function isFloat(value: Value): value is number | FloatBox {
  return value instanceof FloatBox || (typeof value === "number" && !Number.isInteger(value));
}

/** The float inside a float value. */
export function floatIn(value: number | FloatBox): number {
  return typeof value === "number" ? value : value.value;
}
