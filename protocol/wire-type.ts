// Columns as they travel: Arrow's types as far as we read or write them, and the names of our types.
// A field's metadata `gobi:type` holds our name where Arrow's type does not tell it: json, uuid, decimal as text, an enum, a struct's name.
import { SCALARS, type ScalarName } from "../base/scalar.ts";

/** Ticks of a second, by Arrow's number of the unit: seconds, milliseconds, microseconds, nanoseconds. */
export type TimeUnit = 0 | 1 | 2 | 3;

/** A type of Arrow. `wide`: offsets of 64 bits, which others send and we only read. */
export type ArrowType =
  | { readonly kind: "null" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "bool" }
  | { readonly kind: "utf8"; readonly wide: boolean }
  | { readonly kind: "binary"; readonly wide: boolean }
  | { readonly kind: "fixedBinary"; readonly bytes: number }
  | {
      readonly kind: "decimal";
      readonly precision: number;
      readonly scale: number;
      readonly bits: 32 | 64 | 128 | 256;
    }
  | { readonly kind: "date"; readonly bits: 32 | 64 }
  | { readonly kind: "time"; readonly unit: TimeUnit; readonly bits: 32 | 64 }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly zone: string | undefined }
  | { readonly kind: "duration"; readonly unit: TimeUnit }
  | { readonly kind: "interval"; readonly unit: "months" | "dayTime" | "monthDayNano" }
  | { readonly kind: "list"; readonly wide: boolean }
  | { readonly kind: "struct" }
  | { readonly kind: "map" };

const INTERVAL_BYTES = { months: 4, dayTime: 8, monthDayNano: 16 } as const;

/** Bytes of one value in the column's buffer; an eighth for bool. Nothing for types whose values vary in length or have parts. */
export function valueBytes(arrow: ArrowType): number {
  switch (arrow.kind) {
    case "bool":
      return 1 / 8;
    case "int":
    case "float":
    case "decimal":
    case "date":
    case "time":
      return arrow.bits / 8;
    case "timestamp":
    case "duration":
      return 8;
    case "interval":
      return INTERVAL_BYTES[arrow.unit];
    case "fixedBinary":
      return arrow.bytes;
    default:
      return 0;
  }
}

/** One column, or a part of one. */
export interface WireField {
  readonly name: string;
  readonly arrow: ArrowType;
  readonly nullable: boolean;
  /** Our type's name, when Arrow's type alone would mean another. */
  readonly meaning: string | undefined;
  /** list: its item; map: one struct of key and value; struct: its fields. */
  readonly children: readonly WireField[];
}

/** Key of the metadata that holds `WireField.meaning`. */
export const MEANING_KEY = "gobi:type";

const NO_CHILDREN: readonly WireField[] = [];
const UTF8: ArrowType = { kind: "utf8", wide: false };
const MICROS: TimeUnit = 2;

/** What each scalar type travels as. */
const SCALAR_ARROW: Readonly<Record<ScalarName, ArrowType>> = {
  int: { kind: "int", bits: 64, signed: true },
  float: { kind: "float", bits: 64 },
  decimal: UTF8,
  bool: { kind: "bool" },
  string: UTF8,
  bytes: { kind: "binary", wide: false },
  date: { kind: "date", bits: 32 },
  time: { kind: "time", unit: MICROS, bits: 64 },
  timestamp: { kind: "timestamp", unit: MICROS, zone: "UTC" },
  timestamptz: { kind: "timestamp", unit: MICROS, zone: "UTC" },
  interval: { kind: "interval", unit: "monthDayNano" },
  json: UTF8,
  uuid: UTF8,
};

const DECIMAL_NAME = /^decimal\((\d+), ?(\d+)\)$/;
/** Digits that an Arrow decimal of 128 bits holds. */
const DECIMAL_128_DIGITS = 38;

/** What values of the type with this name travel as, or undefined when it is no scalar: then it depends on the values. `decimal(p, s)` has a fixed scale. */
export function scalarArrow(typeName: string): ArrowType | undefined {
  if (Object.hasOwn(SCALARS, typeName)) return SCALAR_ARROW[typeName as ScalarName];
  const decimal = DECIMAL_NAME.exec(typeName);
  if (decimal === null) return undefined;
  const precision = Number(decimal[1]);
  const scale = Number(decimal[2]);
  return precision >= 1 && precision <= DECIMAL_128_DIGITS && scale <= precision
    ? { kind: "decimal", precision, scale, bits: 128 }
    : UTF8;
}

/** A column of a scalar type. */
export function scalarField(name: string, typeName: ScalarName, nullable: boolean): WireField {
  return fieldOf(name, SCALAR_ARROW[typeName], nullable, typeName);
}

/** A column of values that describe themselves: the notation of `any-text.ts`. */
export function anyField(name: string, nullable: boolean): WireField {
  return { name, arrow: UTF8, nullable, meaning: "any", children: NO_CHILDREN };
}

/** A column; the meaning is left out when the Arrow type tells it. */
export function fieldOf(
  name: string,
  arrow: ArrowType,
  nullable: boolean,
  meaning: string | undefined,
  children: readonly WireField[] = NO_CHILDREN,
): WireField {
  const plain: WireField = { name, arrow, nullable, meaning: undefined, children };
  return meaning === undefined || meaning === typeName(plain) ? plain : { ...plain, meaning };
}

/** Our name of a column's type, without the mark of nullability. */
export function typeName(field: WireField): string {
  if (field.meaning !== undefined) return field.meaning;
  const { arrow, children } = field;
  switch (arrow.kind) {
    case "null":
      return "any";
    case "int":
      return "int";
    case "float":
      return "float";
    case "bool":
      return "bool";
    case "utf8":
      return "string";
    case "binary":
    case "fixedBinary":
      return "bytes";
    case "decimal":
      return `decimal(${arrow.precision}, ${arrow.scale})`;
    case "date":
    case "time":
    case "timestamp":
    case "interval":
      return arrow.kind;
    case "duration":
      return "interval";
    case "list":
      return `list<${childName(children[0])}>`;
    case "map":
      return `map<string, ${childName(children[0]?.children[1])}>`;
    case "struct":
      return `{${children.map((child) => `${child.name}: ${childName(child)}`).join(", ")}}`;
  }
}

function childName(child: WireField | undefined): string {
  return child === undefined ? "any" : `${typeName(child)}${child.nullable ? "?" : ""}`;
}

/** Name under which a message speaks of an Arrow type that it does not take. */
export function arrowName(arrow: ArrowType): string {
  switch (arrow.kind) {
    case "int":
      return `${arrow.signed ? "int" : "uint"}${arrow.bits}`;
    case "float":
      return `float${arrow.bits}`;
    default:
      return arrow.kind;
  }
}
