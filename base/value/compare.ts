// Equality and order of values.
// Two levels: SQL comparison, where null gives null; and the total order of sort, distinct, group_by and map keys, where null equals null and comes first.
// Inside containers null equals null in both. Numbers of all three kinds compare by value (a float counts as its shortest digits, so 0.1 equals 0.1d);
// NaN equals itself and is the largest number. Strings compare by code points. Values of different kinds that have no common order are unequal and ordered by kind.
import { DAY_MICROS } from "./calendar.ts";
import { cell } from "./column.ts";
import { compareDecimal, decimalFromFloat, decimalOfInt } from "./decimal.ts";
import { intervalSpan } from "./interval.ts";
import { valueOfJson } from "./json.ts";
import { identityOf } from "./identity.ts";
import { floatIn, isInt, kindOf, type ValueKind } from "./kind.ts";
import {
  type DateValue,
  Decimal,
  type ErrorValue,
  FloatBox,
  type Interval,
  type Json,
  type ListValue,
  type MapValue,
  type StructValue,
  type TableValue,
  type TimeValue,
  type Timestamp,
  type Value,
} from "./value.ts";
import { deeper, type Work } from "./work.ts";

/** Kinds in the total order; kinds of one rank compare with each other. */
const RANKS: Readonly<Record<ValueKind, number>> = {
  null: 0,
  bool: 1,
  int: 2,
  float: 2,
  decimal: 2,
  string: 3,
  bytes: 4,
  date: 5,
  timestamp: 5,
  time: 6,
  interval: 7,
  json: 8,
  list: 9,
  map: 10,
  struct: 11,
  table: 12,
  error: 13,
  function: 14,
  handle: 15,
  cursor: 16,
};

/**
 * Total order: negative, 0 or positive. null first; values of different rank by kind.
 * @throws LimitPassed valueDepthMax.
 */
export function compareTotal(left: Value, right: Value, work?: Work): number {
  return order(left, right, work, 0);
}

/** Equality as distinct, group_by, lists and structs have it: null equals null. @throws LimitPassed valueDepthMax. */
export function equalValues(left: Value, right: Value, work?: Work): boolean {
  return order(left, right, work, 0) === 0;
}

/** SQL's `=`: null when a side is null. @throws LimitPassed valueDepthMax. */
export function equalSql(left: Value, right: Value, work?: Work): boolean | null {
  return left === null || right === null ? null : order(left, right, work, 0) === 0;
}

/** SQL's order: null when a side is null; undefined when the two kinds have no common order (`1 < 'a'`, maps, functions). @throws LimitPassed valueDepthMax. */
export function compareSql(left: Value, right: Value, work?: Work): number | null | undefined {
  if (left === null || right === null) return null;
  const leftRank = RANKS[kindOf(left)];
  if (leftRank !== RANKS[kindOf(right)] || leftRank === RANKS.map || leftRank >= RANKS.table) return undefined;
  return order(left, right, work, 0);
}

/** Order of two strings by code points. UTF-16 order differs above U+D7FF, where surrogates stand below U+E000. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return pointOrder(a) - pointOrder(b);
  }
  return left.length - right.length;
}

function pointOrder(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** Order of two numbers of any kind by value. */
export function compareNumbers(left: Value, right: Value): number {
  if (isInt(left) && isInt(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (!(left instanceof Decimal) && !(right instanceof Decimal))
    return compareWithFloat(rawNumber(left), rawNumber(right));
  return compareWithDecimal(left, right);
}

function rawNumber(value: Value): number | bigint {
  if (value instanceof FloatBox) return value.value;
  return value as number | bigint;
}

/** JS compares a bigint with a number exactly. NaN is largest and equals itself. */
function compareWithFloat(left: number | bigint, right: number | bigint): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

function compareWithDecimal(left: Value, right: Value): number {
  const a = exactOf(left);
  const b = exactOf(right);
  if (a instanceof Decimal && b instanceof Decimal) return compareDecimal(a, b);
  // A float that is not finite: the decimal on the other side counts as 0 among infinities.
  return compareWithFloat(a instanceof Decimal ? 0 : a, b instanceof Decimal ? 0 : b);
}

function exactOf(value: Value): Decimal | number {
  if (value instanceof Decimal) return value;
  if (isInt(value)) return decimalOfInt(value);
  const float = floatIn(value as number | FloatBox);
  return decimalFromFloat(float) ?? float;
}

function order(left: Value, right: Value, work: Work | undefined, depth: number): number {
  if (left === right) return 0;
  work?.spend(1);
  if (typeof left === "string" && typeof right === "string") {
    work?.spend(Math.min(left.length, right.length) >> 6);
    return compareText(left, right);
  }
  const kind = kindOf(left);
  const rank = RANKS[kind];
  const rightRank = RANKS[kindOf(right)];
  return rank === rightRank ? orderInRank(kind, left, right, work, depth) : rank - rightRank;
}

function orderInRank(kind: ValueKind, left: Value, right: Value, work: Work | undefined, depth: number): number {
  switch (kind) {
    case "bool":
      return Number(left) - Number(right);
    case "int":
    case "float":
    case "decimal":
      return compareNumbers(left, right);
    case "bytes":
      return compareBytes(left as Uint8Array, right as Uint8Array, work);
    case "date":
    case "timestamp":
      return compareInstants(left as DateValue | Timestamp, right as DateValue | Timestamp);
    case "time":
      return (left as TimeValue).micros - (right as TimeValue).micros;
    case "interval":
      return compareWithFloat(intervalSpan(left as Interval), intervalSpan(right as Interval));
    case "json":
      return (left as Json).text === (right as Json).text
        ? 0
        : order(valueOfJson(left as Json, work), valueOfJson(right as Json, work), work, deeper(depth));
    case "list":
      return orderItems((left as ListValue).items, (right as ListValue).items, work, deeper(depth));
    case "map":
      return orderMaps((left as MapValue).entries, (right as MapValue).entries, work, deeper(depth));
    case "struct":
      return orderStructs(left as StructValue, right as StructValue, work, deeper(depth));
    case "table":
      return orderTables(left as TableValue, right as TableValue, work, deeper(depth));
    case "error":
      return (
        compareText((left as ErrorValue).code, (right as ErrorValue).code) ||
        compareText((left as ErrorValue).message, (right as ErrorValue).message)
      );
    default:
      return identityOf(left) - identityOf(right);
  }
}

function compareInstants(left: DateValue | Timestamp, right: DateValue | Timestamp): number {
  const a = "days" in left ? BigInt(left.days) * BigInt(DAY_MICROS) : left.micros;
  const b = "days" in right ? BigInt(right.days) * BigInt(DAY_MICROS) : right.micros;
  return compareWithFloat(a, b);
}

function compareBytes(left: Uint8Array, right: Uint8Array, work: Work | undefined): number {
  const length = Math.min(left.length, right.length);
  work?.spend(length >> 6);
  for (let i = 0; i < length; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function orderItems(left: readonly Value[], right: readonly Value[], work: Work | undefined, depth: number): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const difference = order(left[i] ?? null, right[i] ?? null, work, depth);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Maps are equal when they hold equal entries in any order; the order of unequal maps is that of their sorted entries. */
function orderMaps(
  left: ReadonlyMap<string, Value>,
  right: ReadonlyMap<string, Value>,
  work: Work | undefined,
  depth: number,
): number {
  work?.spend(left.size + right.size);
  const leftKeys = [...left.keys()].sort(compareText);
  const rightKeys = [...right.keys()].sort(compareText);
  return (
    orderItems(leftKeys, rightKeys, work, depth) ||
    orderItems(
      leftKeys.map((key) => left.get(key) ?? null),
      rightKeys.map((key) => right.get(key) ?? null),
      work,
      depth,
    )
  );
}

/** Structs are equal when they have the same fields, in any order, with equal values; the order goes by the left one's fields. */
function orderStructs(left: StructValue, right: StructValue, work: Work | undefined, depth: number): number {
  if (left.shape === right.shape) return orderItems(left.slots, right.slots, work, depth);
  const slots = left.shape.fields.map((field) => right.shape.slotOf(field));
  if (left.slots.length !== right.slots.length || slots.includes(-1))
    return compareText(left.shape.fields.join(), right.shape.fields.join()) || left.slots.length - right.slots.length;
  return orderItems(
    left.slots,
    slots.map((slot) => right.slots[slot] ?? null),
    work,
    depth,
  );
}

function orderTables(left: TableValue, right: TableValue, work: Work | undefined, depth: number): number {
  const names = compareText(left.shape.fields.join().toLowerCase(), right.shape.fields.join().toLowerCase());
  if (names !== 0) return names;
  const length = Math.min(left.length, right.length);
  for (let row = 0; row < length; row += 1) {
    const difference = orderItems(
      left.columns.map((column) => cell(column, row)),
      right.columns.map((column) => cell(column, row)),
      work,
      depth,
    );
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
