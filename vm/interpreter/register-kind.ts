// Register types as numbers, for code that meets them at run time, and the check of a value against one.
import { required } from "../../base/failure.ts";
import { printQuoted } from "../../base/value/print.ts";
import { timestampOf } from "../../base/value/calendar.ts";
import { decimalOfInt } from "../../base/value/decimal.ts";
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
  type Value,
} from "../../base/value/value.ts";
import {
  baseOf,
  isNullable,
  REGISTER_BASES,
  type RegisterBase,
  type RegisterType,
} from "../../bytecode/register-type.ts";
import { trap, type Trap } from "../../bytecode/trap.ts";

/** A register type as a number: twice the place of its base in REGISTER_BASES, plus 1 when nullable. */
export type RegisterKind = number;

/** `any`. */
export const ANY_KIND: RegisterKind = 1;
/** `int`. */
export const INT_KIND: RegisterKind = 2;
/** `float`. */
export const FLOAT_KIND: RegisterKind = 4;

/** The number of a register type. */
export function kindOfRegister(type: RegisterType): RegisterKind {
  return REGISTER_BASES.indexOf(baseOf(type)) * 2 + (isNullable(type) ? 1 : 0);
}

/** The name of a register type's number, for messages. */
export function registerKindName(kind: RegisterKind): string {
  return `${REGISTER_BASES[kind >> 1] ?? "any"}${(kind & 1) === 1 && kind !== ANY_KIND ? "?" : ""}`;
}

/** Whether a self-describing value belongs into a register of the kind. Null belongs into nullable ones. Cases are places in REGISTER_BASES. */
export function valueFits(value: Value, kind: RegisterKind): boolean {
  if (value === null) return (kind & 1) === 1;
  switch (kind >> 1) {
    case 0:
      return true;
    case 1:
      return typeof value === "number" ? Number.isInteger(value) : typeof value === "bigint";
    case 2:
      return typeof value === "number" ? !Number.isInteger(value) : value instanceof FloatBox;
    case 3:
      return typeof value === "boolean";
    case 4:
      return typeof value === "string";
    case 6:
      return value instanceof Uint8Array;
    default: {
      const base = CLASSES[kind >> 1];
      return base !== undefined && value instanceof base;
    }
  }
}

const CLASS_BY_BASE: Readonly<Partial<Record<RegisterBase, Function>>> = {
  decimal: Decimal,
  date: DateValue,
  time: TimeValue,
  timestamp: Timestamp,
  interval: Interval,
  json: Json,
  list: ListValue,
  map: MapValue,
  struct: StructValue,
  table: TableValue,
  closure: ClosureValue,
  error: ErrorValue,
  cursor: CursorValue,
  handle: HandleValue,
};
const CLASSES: readonly (Function | undefined)[] = REGISTER_BASES.map((base) => CLASS_BY_BASE[base]);

/** A value in the form that a register kind wants: an int widens to float or decimal, a date to timestamp. Undefined when the value does not fit. */
export function widened(value: Value, kind: RegisterKind): Value | undefined {
  if (valueFits(value, kind)) return value;
  const base = REGISTER_BASES[kind >> 1];
  if (value instanceof DateValue) return base === "timestamp" ? timestampOf(value.days, 0) : undefined;
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) return undefined;
  switch (base) {
    case "float":
      return new FloatBox(Number(value));
    case "decimal":
      return decimalOfInt(value);
    default:
      return undefined;
  }
}

/** What a failing delivery or narrowing raises. The value travels in the error's detail. */
export function doesNotFit(value: Value, kind: RegisterKind): Trap {
  const wanted = registerKindName(kind);
  return trap(
    "InvalidCast",
    value === null ? `null where ${wanted} is needed.` : `${shortPrint(value)} is not ${wanted}.`,
    value,
  );
}

const PRINT_MAX = 80;

/** The printed form of a value, cut for a message. */
export function shortPrint(value: Value): string {
  if (value instanceof ListValue || value instanceof MapValue || value instanceof TableValue)
    return `a ${kindName(value)}`;
  const text = printQuoted(value);
  return text.length > PRINT_MAX ? `${text.slice(0, PRINT_MAX)}…` : text;
}

/** The base of a value's type, for messages. */
export function kindName(value: Value): string {
  if (value === null) return "null";
  const base = REGISTER_BASES.find((_candidate, index) => index > 0 && valueFits(value, index * 2));
  return required(base, "the kind of a value");
}
