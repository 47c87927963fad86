// Arithmetic off the hot path: decimals, rare int operations, and the operators on values of any type (null in, null out).
import { timestampOf } from "../../../base/value/calendar.ts";
import * as decimals from "../../../base/value/decimal.ts";
import * as ints from "../../../base/value/int.ts";
import {
  addIntervals,
  addToDate,
  addToTime,
  addToTimestamp,
  makeInterval,
  negateInterval,
  scaleInterval,
  subtractTimestamps,
} from "../../../base/value/interval.ts";
import { floatIn, isFloat, isInt } from "../../../base/value/kind.ts";
import { printValue } from "../../../base/value/print.ts";
import {
  boxFloat,
  DateValue,
  Decimal,
  type Int,
  Interval,
  ListValue,
  MapValue,
  StructValue,
  TableValue,
  TimeValue,
  Timestamp,
  type Value,
} from "../../../base/value/value.ts";
import { trap, type Trap } from "../../../bytecode/trap.ts";
import { chargeMemory, checkItems, checkStringLength, RECORD_BYTES, SLOT_BYTES, STRING_BYTES } from "../memory.ts";
import { kindName, shortPrint } from "../register-kind.ts";
import { deliver, read } from "../registers.ts";
import { SPACE } from "../space.ts";
import { divisionByZero, share } from "../slow-paths.ts";
import type { MachineState } from "../state.ts";
import type { Handler, HandlerTable } from "./handler.ts";

type Names =
  | "LoadBig"
  | "BitNotInt"
  | "IntToDecimal"
  | "ModFloat"
  | "AddDecimal"
  | "SubDecimal"
  | "MulDecimal"
  | "DivDecimal"
  | "DecimalToFloat"
  | "AddAny"
  | "SubAny"
  | "MulAny"
  | "DivAny"
  | "ModAny"
  | "NegAny"
  | "ConcatAny";

export const ARITHMETIC_HANDLERS: HandlerTable<Names> = {
  LoadBig: (m, a, b) => m.setInt(m.base + a, SPACE.constants[b] as bigint),
  BitNotInt: (m, a, b) => m.setInt(m.base + a, ints.complementInt(m.intAt(m.base + b))),
  IntToDecimal: (m, a, b) => {
    m.values[m.base + a] = decimals.decimalOfInt(m.intAt(m.base + b));
  },
  ModFloat: (m, a, b, c) => {
    const divisor = m.numbers[m.base + c] ?? 0;
    if (divisor === 0) throw divisionByZero();
    m.numbers[m.base + a] = (m.numbers[m.base + b] ?? 0) % divisor;
  },
  AddDecimal: decimalOperation((left, right) => decimals.addDecimal(left, right)),
  SubDecimal: decimalOperation((left, right) => decimals.subtractDecimal(left, right)),
  MulDecimal: decimalOperation((left, right) => decimals.multiplyDecimal(left, right)),
  DivDecimal: decimalOperation((left, right) => decimals.divideDecimal(left, nonZero(right))),
  DecimalToFloat: (m, a, b) => {
    m.numbers[m.base + a] = decimals.floatOfDecimal(m.values[m.base + b] as Decimal);
  },
  AddAny: anyOperation(addValues),
  SubAny: anyOperation(subtractValues),
  MulAny: anyOperation(multiplyValues),
  DivAny: anyOperation(divideValues),
  ModAny: anyOperation(remainderValues),
  NegAny: (m, a, b) => deliver(m, a, negateValue(read(m, b))),
  ConcatAny: anyOperation(concatValues),
};

type DecimalOperation = (left: Decimal, right: Decimal) => Decimal | undefined;

function decimalOperation(operation: DecimalOperation): Handler {
  return (m, a, b, c) => {
    m.values[m.base + a] = fitted(
      operation(m.values[m.base + b] as Decimal, m.values[m.base + c] as Decimal),
      "decimal",
    );
    m.memory += RECORD_BYTES * 2;
  };
}

function nonZero(value: Decimal): Decimal {
  if (value.unscaled === 0n) throw divisionByZero();
  return value;
}

type AnyOperation = (left: Exclude<Value, null>, right: Exclude<Value, null>, m: MachineState) => Value;

function anyOperation(operation: AnyOperation): Handler {
  return (m, a, b, c) => {
    const left = read(m, b);
    const right = read(m, c);
    deliver(m, a, left === null || right === null ? null : operation(left, right, m));
  };
}

function fitted<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw trap("Overflow", `The ${what} does not fit its type.`);
  return value;
}

function noOperator(operator: string, left: Value, right: Value): Trap {
  return trap(
    "InvalidCast",
    `${operator} does not take ${kindName(left)} and ${kindName(right)}: ${shortPrint(left)} ${operator} ${shortPrint(right)}.`,
    left,
  );
}

interface NumberOperation {
  readonly int: (left: Int, right: Int) => number | bigint | undefined;
  readonly float: (left: number, right: number) => number;
  readonly decimal: DecimalOperation;
  readonly divides: boolean;
}

/** The result of an operator on two numbers: int, decimal, float widen in this order. Undefined when one is no number. */
function onNumbers(operation: NumberOperation, left: Value, right: Value): Value | undefined {
  if (isInt(left) && isInt(right)) {
    if (operation.divides && right === 0) throw divisionByZero();
    return fitted(operation.int(left, right), "int");
  }
  const number = (value: Value): boolean => isInt(value) || isFloat(value) || value instanceof Decimal;
  if (!number(left) || !number(right)) return undefined;
  if (isFloat(left) || isFloat(right)) {
    const divisor = asFloat(right);
    if (operation.divides && divisor === 0) throw divisionByZero();
    return boxFloat(operation.float(asFloat(left), divisor));
  }
  const divisor = asDecimal(right);
  if (operation.divides && divisor.unscaled === 0n) throw divisionByZero();
  return fitted(operation.decimal(asDecimal(left), divisor), "decimal");
}

function asFloat(value: Value): number {
  if (isFloat(value)) return floatIn(value);
  return value instanceof Decimal ? decimals.floatOfDecimal(value) : Number(value);
}

function asDecimal(value: Value): Decimal {
  return value instanceof Decimal ? value : decimals.decimalOfInt(value as number | bigint);
}

const ADD: NumberOperation = { int: ints.addInt, float: (x, y) => x + y, decimal: decimals.addDecimal, divides: false };
const SUBTRACT: NumberOperation = {
  int: ints.subtractInt,
  float: (x, y) => x - y,
  decimal: decimals.subtractDecimal,
  divides: false,
};
const MULTIPLY: NumberOperation = {
  int: ints.multiplyInt,
  float: (x, y) => x * y,
  decimal: decimals.multiplyDecimal,
  divides: false,
};
const DIVIDE: NumberOperation = {
  int: ints.divideInt,
  float: (x, y) => x / y,
  decimal: decimals.divideDecimal,
  divides: true,
};
const REMAINDER: NumberOperation = {
  int: ints.remainderInt,
  float: (x, y) => x % y,
  decimal: decimals.remainderDecimal,
  divides: true,
};

function addValues(left: Value, right: Value, m: MachineState): Value {
  const number = onNumbers(ADD, left, right);
  if (number !== undefined) return number;
  if (typeof left === "string" && typeof right === "string") return joinText(m, left, right);
  if (right instanceof Interval) return shift(left, right, "+");
  if (left instanceof Interval) return shift(right, left, "+");
  throw noOperator("+", left, right);
}

function shift(value: Value, interval: Interval, operator: string): Value {
  const by = operator === "-" ? negateInterval(interval) : interval;
  if (value instanceof Interval) return fitted(addIntervals(value, by), "interval");
  if (value instanceof DateValue) return fitted(addToDate(value, by), "date");
  if (value instanceof Timestamp) return fitted(addToTimestamp(value, by), "timestamp");
  if (value instanceof TimeValue) return addToTime(value, by);
  throw noOperator(operator, value, interval);
}

function subtractValues(left: Value, right: Value): Value {
  const number = onNumbers(SUBTRACT, left, right);
  if (number !== undefined) return number;
  if (right instanceof Interval) return shift(left, right, "-");
  if (left instanceof DateValue && right instanceof DateValue)
    return fitted(makeInterval(0, left.days - right.days, 0), "interval");
  if (left instanceof TimeValue && right instanceof TimeValue)
    return fitted(makeInterval(0, 0, left.micros - right.micros), "interval");
  const from = asInstant(left);
  const to = asInstant(right);
  if (from !== undefined && to !== undefined) return subtractTimestamps(from, to);
  throw noOperator("-", left, right);
}

function asInstant(value: Value): Timestamp | undefined {
  if (value instanceof Timestamp) return value;
  return value instanceof DateValue ? timestampOf(value.days, 0) : undefined;
}

function multiplyValues(left: Value, right: Value): Value {
  const number = onNumbers(MULTIPLY, left, right);
  if (number !== undefined) return number;
  if (left instanceof Interval && (isInt(right) || isFloat(right)))
    return fitted(scaleInterval(left, asFloat(right)), "interval");
  if (right instanceof Interval && (isInt(left) || isFloat(left)))
    return fitted(scaleInterval(right, asFloat(left)), "interval");
  throw noOperator("*", left, right);
}

function divideValues(left: Value, right: Value): Value {
  const number = onNumbers(DIVIDE, left, right);
  if (number !== undefined) return number;
  if (left instanceof Interval && (isInt(right) || isFloat(right))) {
    const divisor = asFloat(right);
    if (divisor === 0) throw divisionByZero();
    return fitted(scaleInterval(left, 1 / divisor), "interval");
  }
  throw noOperator("/", left, right);
}

function remainderValues(left: Value, right: Value): Value {
  const number = onNumbers(REMAINDER, left, right);
  if (number === undefined) throw noOperator("%", left, right);
  return number;
}

function negateValue(value: Value): Value {
  if (value === null) return null;
  if (isInt(value)) return fitted(ints.negateInt(value), "int");
  if (isFloat(value)) return boxFloat(-floatIn(value));
  if (value instanceof Decimal) return decimals.negateDecimal(value);
  if (value instanceof Interval) return negateInterval(value);
  throw trap("InvalidCast", `- does not take ${kindName(value)}.`, value);
}

function joinText(m: MachineState, left: string, right: string): string {
  const length = left.length + right.length;
  checkStringLength(length);
  chargeMemory(m, STRING_BYTES + length);
  return left + right;
}

function concatValues(left: Exclude<Value, null>, right: Exclude<Value, null>, m: MachineState): Value {
  if (typeof left === "string" && typeof right === "string") return joinText(m, left, right);
  if (left instanceof ListValue && right instanceof ListValue) return joinLists(m, left, right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return joinBytes(m, left, right);
  for (const value of [left, right]) {
    const scalar = !(
      value instanceof ListValue ||
      value instanceof MapValue ||
      value instanceof StructValue ||
      value instanceof TableValue ||
      value instanceof Uint8Array
    );
    if (!scalar || typeof value === "boolean") throw noOperator("||", left, right);
  }
  return joinText(m, printValue(left), printValue(right));
}

function joinLists(m: MachineState, left: ListValue, right: ListValue): ListValue {
  const count = left.items.length + right.items.length;
  checkItems(count);
  chargeMemory(m, RECORD_BYTES + count * SLOT_BYTES);
  m.fuel -= count >> 4;
  for (const item of left.items) if (typeof item === "object") share(item);
  for (const item of right.items) if (typeof item === "object") share(item);
  return new ListValue(left.items.concat(right.items));
}

function joinBytes(m: MachineState, left: Uint8Array, right: Uint8Array): Uint8Array {
  const length = left.length + right.length;
  checkStringLength(length);
  chargeMemory(m, RECORD_BYTES + length);
  m.fuel -= length >> 6;
  const joined = new Uint8Array(length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
