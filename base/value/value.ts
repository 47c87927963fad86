// Run-time values of the language. Every value describes itself: containers, rows, parameters and `any` hold the same representation.
// Owner rules: int has one canonical form (number while safe, else bigint); an integral float outside a float register is a FloatBox, so that 1 and 1.0 stay apart.
// Lists, maps and structs are values with copy on write: whoever stores a second reference sets `shared`; whoever writes copies first when it is set.
import type { Column } from "./column.ts";

/** 64-bit signed integer: a JS number when `Number.isSafeInteger`, otherwise a bigint. Never the other way round. */
export type Int = number | bigint;

/** A value of any type. A non-integral, infinite or NaN JS number is a float; an integral one is an int. */
export type Value =
  | null
  | boolean
  | Int
  | string
  | Uint8Array
  | FloatBox
  | Decimal
  | DateValue
  | TimeValue
  | Timestamp
  | Interval
  | Json
  | ListValue
  | MapValue
  | StructValue
  | TableValue
  | ClosureValue
  | ErrorValue
  | HandleValue
  | CursorValue;

/** An integral float (including -0) in a place where the static type does not say float. */
export class FloatBox {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
/** A float in its self-describing form. */
export function boxFloat(value: number): number | FloatBox {
  return Number.isInteger(value) ? new FloatBox(value) : value;
}

/** Exact decimal: `unscaled * 10^-scale`; scale is 0 or more and is kept for printing. Arithmetic: base/value/decimal.ts. */
export class Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }
}
/** Calendar day: days since 1970-01-01. */
export class DateValue {
  readonly days: number;
  constructor(days: number) {
    this.days = days;
  }
}
/** Time of day in microseconds since midnight. */
export class TimeValue {
  readonly micros: number;
  constructor(micros: number) {
    this.micros = micros;
  }
}
/** UTC instant in microseconds since 1970; a bigint beyond the safe range (before 1684, after 2255). timestamp and timestamptz share it. */
export class Timestamp {
  readonly micros: Int;
  constructor(micros: Int) {
    this.micros = micros;
  }
}
/** Calendar interval; the three parts are kept apart. */
export class Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
  constructor(months: number, days: number, micros: number) {
    this.months = months;
    this.days = days;
    this.micros = micros;
  }
}
/** A JSON document as text; numbers keep their digits. Parsed by the JSON intrinsics on demand. */
export class Json {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
/** A list. */
export class ListValue {
  items: Value[];
  shared = false;
  constructor(items: Value[]) {
    this.items = items;
  }
}
/** A map with string keys, in insertion order. */
export class MapValue {
  entries: Map<string, Value>;
  shared = false;
  constructor(entries: Map<string, Value>) {
    this.entries = entries;
  }
}
/** Field names of structs and rows in slot order. Field lookup by a run-time name goes through `slotOf`, never through a property. */
export class Shape {
  /** Declared type name, or "" for a structural one. */
  readonly name: string;
  readonly fields: readonly string[];
  readonly #slots: Map<string, number>;
  constructor(name: string, fields: readonly string[]) {
    this.name = name;
    this.fields = fields;
    this.#slots = new Map(fields.map((field, slot) => [field.toLowerCase(), slot]));
  }
  /** Slot of a field (ASCII case-insensitive), or -1. */
  slotOf(field: string): number {
    return this.#slots.get(field.toLowerCase()) ?? -1;
  }
}
/** A struct or a row. */
export class StructValue {
  readonly shape: Shape;
  slots: Value[];
  shared = false;
  constructor(shape: Shape, slots: Value[]) {
    this.shape = shape;
    this.slots = slots;
  }
}
/** Rows as columns. Never changed after it is made. */
export class TableValue {
  readonly shape: Shape;
  readonly columns: readonly Column[];
  readonly length: number;
  constructor(shape: Shape, columns: readonly Column[], length: number) {
    this.shape = shape;
    this.columns = columns;
    this.length = length;
  }
}
/** A lambda: code of a loaded routine and what it captured. `code` is opaque outside vm/. */
export class ClosureValue {
  readonly code: object;
  readonly captures: readonly Value[];
  constructor(code: object, captures: readonly Value[]) {
    this.code = code;
    this.captures = captures;
  }
}
/** One frame of a stack trace; line and column are 1-based. */
export interface StackFrame {
  readonly routine: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
/** A raised error. `code` is its name (`Overflow`, `ETLError`); `detail` holds declared fields or what was given. */
export class ErrorValue {
  readonly code: string;
  readonly message: string;
  readonly detail: Value;
  /** Names of the error's ancestors, nearest first (`ConstraintViolation` for `UniqueViolation`); `Exception` is implied. */
  readonly parents: readonly string[];
  stack: readonly StackFrame[];
  constructor(
    code: string,
    message: string,
    detail: Value = null,
    parents: readonly string[] = [],
    stack: readonly StackFrame[] = [],
  ) {
    this.code = code;
    this.message = message;
    this.detail = detail;
    this.parents = parents;
    this.stack = stack;
  }
}
/** Handle of an asynchronous call; `run` is opaque outside the host. */
export class HandleValue {
  readonly run: object;
  constructor(run: object) {
    this.run = run;
  }
}
/** An open cursor; `source` is opaque outside the host. */
export class CursorValue {
  readonly source: object;
  constructor(source: object) {
    this.source = source;
  }
}
