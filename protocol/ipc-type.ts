// Arrow's type tables in metadata: how each ArrowType is written and read. Numbers are those of Arrow's Schema.fbs.
import { LIMITS } from "../base/limits.ts";
import type { FlatReader, FlatTable } from "./flat-read.ts";
import { OFFSET, type Slot } from "./flat-write.ts";
import { WireFault } from "./wire-fault.ts";
import type { ArrowType, TimeUnit } from "./wire-type.ts";

/** Numbers of the union `Type`. Those that are read only (sent by others) or not at all stand here too, so that a refusal can name them. */
const TYPE_NAMES: readonly string[] = [
  "none",
  "null",
  "int",
  "float",
  "binary",
  "utf8",
  "bool",
  "decimal",
  "date",
  "time",
  "timestamp",
  "interval",
  "list",
  "struct",
  "union",
  "fixed-size binary",
  "fixed-size list",
  "map",
  "duration",
  "large binary",
  "large utf8",
  "large list",
  "run-end encoded",
  "binary view",
  "utf8 view",
  "list view",
  "large list view",
];

const NUMBERS = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  fixedBinary: 15,
  map: 17,
  duration: 18,
} as const satisfies Readonly<Record<ArrowType["kind"], number>>;

const WIDE_BINARY = 19;
const WIDE_UTF8 = 20;
const WIDE_LIST = 21;
const INTERVALS = ["months", "dayTime", "monthDayNano"] as const;
/** Digits of Arrow's widest decimal. */
const DECIMAL_DIGITS_MAX = 76;
const FLOAT_SINGLE = 1;
const FLOAT_DOUBLE = 2;

/** Number of a type in the union. */
export function typeNumber(type: ArrowType): number {
  if ("wide" in type && type.wide) {
    if (type.kind === "binary") return WIDE_BINARY;
    return type.kind === "utf8" ? WIDE_UTF8 : WIDE_LIST;
  }
  return NUMBERS[type.kind];
}

const small = (value: number): Slot => ({ bytes: 2, value });
const word = (value: number): Slot => ({ bytes: 4, value });

/** Slots of the type's own table. A timestamp's zone is an offset in slot 1. */
export function typeSlots(type: ArrowType): readonly (Slot | undefined)[] {
  switch (type.kind) {
    case "int":
      return [word(type.bits), { bytes: 1, value: type.signed ? 1 : 0 }];
    case "float":
      return [small(type.bits === 32 ? FLOAT_SINGLE : FLOAT_DOUBLE)];
    case "decimal":
      return [word(type.precision), word(type.scale), word(type.bits)];
    case "date":
      return [small(type.bits === 32 ? 0 : 1)];
    case "time":
      return [small(type.unit), word(type.bits)];
    case "timestamp":
      return [small(type.unit), type.zone === undefined ? undefined : OFFSET];
    case "duration":
      return [small(type.unit)];
    case "interval":
      return [small(INTERVALS.indexOf(type.unit))];
    case "fixedBinary":
      return [word(type.bytes)];
    case "null":
    case "bool":
    case "utf8":
    case "binary":
    case "list":
    case "struct":
    case "map":
      return [];
  }
}

/**
 * The type in a Field's union.
 * @throws WireFault `unsupported` for types that are not taken, `payload` for numbers that Arrow does not know.
 */
export function readType(flat: FlatReader, number: number, table: FlatTable): ArrowType {
  const i32 = (slot: number, missing: number): number => numberAt(flat, table, slot, missing, 4);
  const i16 = (slot: number, missing: number): number => numberAt(flat, table, slot, missing, 2);
  switch (number) {
    case NUMBERS.null:
      return { kind: "null" };
    case NUMBERS.int: {
      const signed = flat.slot(table, 1);
      return {
        kind: "int",
        bits: oneOf(i32(0, 0), [8, 16, 32, 64]),
        signed: signed !== undefined && flat.u8(signed) !== 0,
      };
    }
    case NUMBERS.float: {
      const precision = i16(0, 0);
      if (precision === 0) return refused("16-bit float");
      return {
        kind: "float",
        bits: precision === FLOAT_SINGLE ? 32 : oneOf(precision === FLOAT_DOUBLE ? 64 : 0, [64]),
      };
    }
    case NUMBERS.bool:
      return { kind: "bool" };
    case NUMBERS.utf8:
    case WIDE_UTF8:
      return { kind: "utf8", wide: number === WIDE_UTF8 };
    case NUMBERS.binary:
    case WIDE_BINARY:
      return { kind: "binary", wide: number === WIDE_BINARY };
    case NUMBERS.fixedBinary:
      return { kind: "fixedBinary", bytes: within(i32(0, 0), 1, LIMITS.framePayloadBytesMax.value) };
    case NUMBERS.decimal:
      return {
        kind: "decimal",
        precision: within(i32(0, 0), 1, DECIMAL_DIGITS_MAX),
        scale: within(i32(1, 0), -DECIMAL_DIGITS_MAX, DECIMAL_DIGITS_MAX),
        bits: oneOf(i32(2, 128), [32, 64, 128, 256]),
      };
    case NUMBERS.date:
      return { kind: "date", bits: i16(0, 1) === 0 ? 32 : 64 };
    case NUMBERS.time:
      return { kind: "time", unit: unitOf(i16(0, 1)), bits: oneOf(i32(1, 32), [32, 64]) };
    case NUMBERS.timestamp:
      return { kind: "timestamp", unit: unitOf(i16(0, 0)), zone: flat.text(table, 1) };
    case NUMBERS.duration:
      return { kind: "duration", unit: unitOf(i16(0, 1)) };
    case NUMBERS.interval:
      return { kind: "interval", unit: INTERVALS[i16(0, 0)] ?? refused("interval of an unknown unit") };
    case NUMBERS.list:
    case WIDE_LIST:
      return { kind: "list", wide: number === WIDE_LIST };
    case NUMBERS.struct:
      return { kind: "struct" };
    case NUMBERS.map:
      return { kind: "map" };
    default:
      return refused(TYPE_NAMES[number] ?? `type ${number}`);
  }
}

function numberAt(flat: FlatReader, table: FlatTable, slot: number, missing: number, bytes: 2 | 4): number {
  const at = flat.slot(table, slot);
  if (at === undefined) return missing;
  return bytes === 2 ? flat.i16(at) : flat.i32(at);
}

function refused(name: string): never {
  throw new WireFault("unsupported", `Columns of Arrow's type ${name} are not taken.`);
}

function wrong(): never {
  throw new WireFault("payload", "The Arrow schema has a type with numbers that Arrow does not know.");
}

function oneOf<N extends number>(value: number, known: readonly N[]): N {
  return known.find((one) => one === value) ?? wrong();
}

function within(value: number, least: number, most: number): number {
  return value >= least && value <= most ? value : wrong();
}

const UNITS: readonly TimeUnit[] = [0, 1, 2, 3];
function unitOf(value: number): TimeUnit {
  return oneOf(value, UNITS);
}
