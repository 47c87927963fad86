// Implementations of the number intrinsics (bytecode/intrinsics/number.ts).
// The rows of one visible name share an implementation that looks at the kind of its argument: what is known statically only spares the caller a check.
import { LIMITS } from "../../base/limits.ts";
import { intOf } from "../../base/value/column.ts";
import { compareTotal } from "../../base/value/compare.ts";
import {
  cutDecimal,
  type DecimalCut,
  decimalFromFloat,
  decimalOfInt,
  floatOfDecimal,
  intFromDecimal,
  multiplyDecimal,
  negateDecimal,
  remainderDecimal,
  rescaleDecimal,
  trimDecimal,
} from "../../base/value/decimal.ts";
import { absoluteInt, checkedInt, divideInt, moduloInt, powerInt, remainderInt } from "../../base/value/int.ts";
import { valueOfJson } from "../../base/value/json.ts";
import { floatIn, isFloat, isInt } from "../../base/value/kind.ts";
import { boxFloat, Decimal, type Int, Json, type Value } from "../../base/value/value.ts";
import type { NUMBER_INTRINSICS } from "../../bytecode/intrinsics/number.ts";
import { trap, type Trap } from "../../bytecode/trap.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  countAt,
  floatAt,
  floatOf,
  intAt,
  itemsAt,
  madeText,
  orOverflow,
  outOfRange,
  share,
  textAt,
  valueAt,
  workOf,
  wrongKind,
} from "./arguments.ts";
import { digitsInBase, exactNumber, groupedNumber, hexOfInt, intInBase } from "./number-text.ts";

function float(compute: (number: number) => number): IntrinsicFunction {
  return (_context, args) => boxFloat(compute(floatAt(args, 0)));
}

/** As `float`, for functions that are not defined everywhere. */
function partial(
  name: string,
  defined: (number: number) => boolean,
  compute: (number: number) => number,
): IntrinsicFunction {
  return (_context, args) => {
    const number = floatAt(args, 0);
    if (!defined(number) && !Number.isNaN(number))
      throw outOfRange(`${name} is not defined for ${number}.`, valueAt(args, 0));
    return boxFloat(compute(number));
  };
}

const positive = (number: number): boolean => number > 0;
const unit = (number: number): boolean => number >= -1 && number <= 1;

const abs: IntrinsicFunction = (_context, args) => absolute(numberAt(args, 0));
const round: IntrinsicFunction = (_context, args) => rounded(numberAt(args, 0), countAt(args, 1));
const trunc: IntrinsicFunction = (_context, args) => cut(numberAt(args, 0), countAt(args, 1), "down");
const floor: IntrinsicFunction = (_context, args) => cut(numberAt(args, 0), 0, "floor");
const ceil: IntrinsicFunction = (_context, args) => cut(numberAt(args, 0), 0, "ceiling");

/** Implementations by key. */
export const NUMBER_FUNCTIONS: Readonly<Record<keyof typeof NUMBER_INTRINSICS, IntrinsicFunction>> = {
  abs_int: abs,
  abs_float: abs,
  abs_decimal: abs,
  abs_any: abs,
  sign: (_context, args) => signOf(numberAt(args, 0)),
  round_int: round,
  round_float: round,
  round_decimal: round,
  round_any: round,
  trunc_int: trunc,
  trunc_float: trunc,
  trunc_decimal: trunc,
  trunc_any: trunc,
  floor_int: floor,
  floor_float: floor,
  floor_decimal: floor,
  floor_any: floor,
  ceil_int: ceil,
  ceil_float: ceil,
  ceil_decimal: ceil,
  ceil_any: ceil,
  sqrt: partial("The square root", (number) => number >= 0, Math.sqrt),
  cbrt: float(Math.cbrt),
  pow_int: (_context, args) => {
    const exponent = intAt(args, 1);
    if (exponent < 0)
      throw outOfRange("A power of ints needs an exponent of 0 or more; write the base as a float.", exponent);
    return orOverflow(powerInt(intAt(args, 0), exponent), "The power");
  },
  pow_decimal: (context, args) => powerOfDecimal(context, valueAt(args, 0), countAt(args, 1)),
  pow_float: (_context, args) => {
    const [base, exponent] = [floatAt(args, 0), floatAt(args, 1)];
    const power = base ** exponent;
    if (Number.isNaN(power) && !Number.isNaN(base) && !Number.isNaN(exponent))
      throw outOfRange(`The power ${base} to ${exponent} is not a real number.`);
    return boxFloat(power);
  },
  exp: float(Math.exp),
  ln: partial("The logarithm", positive, Math.log),
  log10: partial("The logarithm", positive, Math.log10),
  log_base: (_context, args) => {
    const [base, number] = [floatAt(args, 0), floatAt(args, 1)];
    if (base <= 0 || base === 1 || number <= 0)
      throw outOfRange(`The logarithm of ${number} to base ${base} is not defined.`);
    const whole = base === 2 ? Math.log2(number) : base === 10 ? Math.log10(number) : Math.log(number) / Math.log(base);
    return boxFloat(whole);
  },
  log2: partial("The logarithm", positive, Math.log2),
  sin: float(Math.sin),
  cos: float(Math.cos),
  tan: float(Math.tan),
  asin: partial("The arc sine", unit, Math.asin),
  acos: partial("The arc cosine", unit, Math.acos),
  atan: float(Math.atan),
  atan2: (_context, args) => boxFloat(Math.atan2(floatAt(args, 0), floatAt(args, 1))),
  sinh: float(Math.sinh),
  cosh: float(Math.cosh),
  tanh: float(Math.tanh),
  degrees: float((number) => (number * 180) / Math.PI),
  radians: float((number) => (number * Math.PI) / 180),
  pi: () => Math.PI,
  mod_int: (_context, args) => remainderInt(intAt(args, 0), divisorAt(args)),
  mod_any: (_context, args) =>
    numberAt(args, 0) === null || numberAt(args, 1) === null ? null : remainder(numberAt(args, 0), numberAt(args, 1)),
  floor_mod: (_context, args) => moduloInt(intAt(args, 0), divisorAt(args)),
  div: (_context, args) => orOverflow(divideInt(intAt(args, 0), divisorAt(args)), "The quotient"),
  gcd: (_context, args) =>
    orOverflow(checkedInt(greatestDivisor(BigInt(intAt(args, 0)), BigInt(intAt(args, 1)))), "The divisor"),
  lcm: (_context, args) => {
    const [left, right] = [BigInt(intAt(args, 0)), BigInt(intAt(args, 1))];
    if (left === 0n || right === 0n) return 0;
    const multiple = (left / greatestDivisor(left, right)) * right;
    return orOverflow(checkedInt(multiple < 0n ? -multiple : multiple), "The multiple");
  },
  random: (context) => boxFloat(context.random()),
  random_int: (context, args) => randomInt(context, intAt(args, 0), intAt(args, 1)),
  greatest: (context, args) => share(extreme(context, itemsAt(args, 0), 1)),
  least: (context, args) => share(extreme(context, itemsAt(args, 0), -1)),
  min_two: (context, args) => strictExtreme(context, args, -1),
  max_two: (context, args) => strictExtreme(context, args, 1),
  clamp: (context, args) => {
    const [value, low, high] = [valueAt(args, 0), valueAt(args, 1), valueAt(args, 2)];
    if (value === null || low === null || high === null) return null;
    const work = workOf(context);
    if (compareTotal(value, low, work) < 0) return share(low);
    return share(compareTotal(value, high, work) > 0 ? high : value);
  },
  is_nan: (_context, args) => Number.isNaN(floatAt(args, 0)),
  is_finite: (_context, args) => Number.isFinite(floatAt(args, 0)),
  bit_and: bits((left, right) => left & right),
  bit_or: bits((left, right) => left | right),
  bit_xor: bits((left, right) => left ^ right),
  shift_left: (_context, args) => signed64(BigInt(intAt(args, 0)) << shiftAt(args)),
  shift_right: (_context, args) => signed64(BigInt(intAt(args, 0)) >> shiftAt(args)),
  bit_count: (_context, args) =>
    BigInt.asUintN(64, BigInt(intAt(args, 0)))
      .toString(2)
      .replaceAll("0", "").length,
  to_hex: (context, args) => madeText(context, hexOfInt(intAt(args, 0))),
  to_base: (context, args) => madeText(context, digitsInBase(intAt(args, 0), countAt(args, 1))),
  from_base: (_context, args) => intInBase(textAt(args, 0), countAt(args, 1)),
  format_number: (context, args) =>
    madeText(context, groupedNumber(numberAt(args, 0), countAt(args, 1), textAt(args, 2), textAt(args, 3))),
  scale: (_context, args) => decimalAt(args, 0).scale,
  trim_scale: (_context, args) => trimDecimal(decimalAt(args, 0)),
  width_bucket: (_context, args) => {
    const [number, low, high, count] = [floatAt(args, 0), floatAt(args, 1), floatAt(args, 2), countAt(args, 3)];
    if (count < 1 || !(low < high) || Number.isNaN(number))
      throw outOfRange("width_bucket needs a lower bound below the upper one and at least one bucket.");
    if (number < low) return 0;
    return number >= high ? count + 1 : Math.min(count, Math.floor(((number - low) / (high - low)) * count) + 1);
  },
};

/** A number of any kind, also one that stands in a JSON document; null stays. What is no number is found out by who computes with it. */
function numberAt(args: readonly Value[], index: number): Value {
  const value = valueAt(args, index);
  return value instanceof Json ? valueOfJson(value) : value;
}

function bits(combine: (left: bigint, right: bigint) => bigint): IntrinsicFunction {
  return (_context, args) => signed64(combine(BigInt(intAt(args, 0)), BigInt(intAt(args, 1))));
}

function signed64(value: bigint): Int {
  return intOf(BigInt.asIntN(64, value));
}

function shiftAt(args: readonly Value[]): bigint {
  const count = countAt(args, 1);
  if (count < 0 || count > 63) throw outOfRange(`An int can be shifted by 0 to 63 bits, not ${count}.`, count);
  return BigInt(count);
}

function decimalAt(args: readonly Value[], index: number): Decimal {
  const value = valueAt(args, index);
  if (!(value instanceof Decimal)) throw wrongKind(value, "A decimal");
  return value;
}

function divisionByZero(): Trap {
  return trap("DivisionByZero", "A number cannot be divided by zero.");
}

function divisorAt(args: readonly Value[]): Int {
  const divisor = intAt(args, 1);
  if (divisor === 0) throw divisionByZero();
  return divisor;
}

function absolute(value: Value): Value {
  if (value === null) return null;
  if (isInt(value)) return orOverflow(absoluteInt(value), "The number without its sign");
  if (value instanceof Decimal) return value.unscaled < 0n ? negateDecimal(value) : value;
  return boxFloat(Math.abs(floatOf(value)));
}

function signOf(value: Value): Value {
  if (value instanceof Decimal) return value.unscaled < 0n ? -1 : value.unscaled > 0n ? 1 : 0;
  if (isInt(value)) return value < 0 ? -1 : value > 0 ? 1 : 0;
  const float = floatOf(value);
  return float < 0 ? -1 : float > 0 ? 1 : 0;
}

function rounded(value: Value, digits: number): Value {
  if (value === null) return null;
  if (isInt(value))
    return digits >= 0
      ? value
      : orOverflow(
          intFromDecimal(orOverflow(rescaleDecimal(decimalOfInt(value), digits), "The number")),
          "The rounded number",
        );
  if (value instanceof Decimal) return orOverflow(rescaleDecimal(value, digits), "The rounded number");
  return throughDecimal(value, (exact) => (digits >= exact.scale ? exact : rescaleDecimal(exact, digits)));
}

function cut(value: Value, digits: number, how: DecimalCut): Value {
  if (value === null) return null;
  if (isInt(value)) return digits >= 0 ? value : (intFromDecimal(cutTo(decimalOfInt(value), digits, how)) ?? 0);
  if (value instanceof Decimal) return cutTo(value, digits, how);
  return throughDecimal(value, (exact) => cutTo(exact, digits, how));
}

function cutTo(value: Decimal, digits: number, how: DecimalCut): Decimal {
  if (digits >= 0) return cutDecimal(value, digits, how);
  const remainderValue = remainderDecimal(
    value,
    new Decimal(10n ** BigInt(Math.min(-digits, LIMITS.decimalDigitsMax.value)), 0),
  );
  return cutDecimal(new Decimal(value.unscaled - remainderValue.unscaled, value.scale), 0, how);
}

/** Rounds a float by its shortest decimal form, which is what people see: 2.345 is 2.35 to two digits although its binary value lies below. */
function throughDecimal(value: Value, change: (exact: Decimal) => Decimal | undefined): Value {
  if (!isFloat(value)) throw wrongKind(value, "A number");
  const float = floatIn(value);
  const exact = decimalFromFloat(float);
  const changed = exact === undefined ? undefined : change(exact);
  if (changed === undefined) return boxFloat(float);
  const result = floatOfDecimal(changed);
  return boxFloat(result === 0 && (float < 0 || Object.is(float, -0)) ? -0 : result);
}

function powerOfDecimal(context: IntrinsicContext, base: Value, exponent: number): Value {
  const decimal = exactNumber(base);
  if (decimal === undefined || exponent < 0)
    throw outOfRange("A power of a decimal needs an exponent of 0 or more; write the base as a float.", exponent);
  let result: Decimal | undefined = decimalOfInt(1);
  if (decimal.unscaled === 0n || decimal.unscaled === 1n || decimal.unscaled === -1n)
    return orOverflow(unitPower(decimal, exponent), "The power");
  for (let i = 0; i < exponent; i += 1) {
    context.chargeFuel(1);
    // Each factor adds a digit at least, so that a large exponent ends in Overflow soon.
    result = result === undefined ? undefined : multiplyDecimal(result, decimal);
    if (result === undefined) break;
  }
  return orOverflow(result, "The power");
}

function unitPower(decimal: Decimal, exponent: number): Decimal | undefined {
  const unscaled = exponent === 0 ? 1n : decimal.unscaled === -1n && exponent % 2 === 0 ? 1n : decimal.unscaled;
  return decimal.scale * exponent > LIMITS.decimalDigitsMax.value
    ? undefined
    : new Decimal(unscaled, decimal.scale * exponent);
}

function remainder(left: Value, right: Value): Value {
  if (isInt(left) && isInt(right)) {
    if (right === 0) throw divisionByZero();
    return remainderInt(left, right);
  }
  if (isFloat(left) || isFloat(right)) {
    if (floatOf(right) === 0) throw divisionByZero();
    return boxFloat(floatOf(left) % floatOf(right));
  }
  const [dividend, divisor] = [exactNumber(left), exactNumber(right)];
  if (dividend === undefined || divisor === undefined || divisor.unscaled === 0n) throw divisionByZero();
  return remainderDecimal(dividend, divisor);
}

function greatestDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function randomInt(context: IntrinsicContext, low: Int, high: Int): Int {
  if (low > high) throw outOfRange(`random_int needs a lower bound that is not above the upper one: ${low}, ${high}.`);
  const span = BigInt(high) - BigInt(low) + 1n;
  return intOf(BigInt(low) + (randomBits(context) % span));
}

/** 104 random bits, so that the remainder by any span of ints is even for all purposes. */
function randomBits(context: IntrinsicContext): bigint {
  const part = (): bigint => BigInt(Math.floor(context.random() * 2 ** 52));
  return (part() << 52n) | part();
}

/** The largest (direction 1) or smallest (-1) item that is not null. */
export function extreme(context: IntrinsicContext, items: readonly Value[], direction: 1 | -1): Value {
  const work = workOf(context);
  let best: Value = null;
  for (const item of items) {
    if (item === null) continue;
    if (best === null || compareTotal(item, best, work) * direction > 0) best = item;
  }
  return best;
}

function strictExtreme(context: IntrinsicContext, args: readonly Value[], direction: 1 | -1): Value {
  const items = [valueAt(args, 0), valueAt(args, 1), ...itemsAt(args, 2)];
  return items.includes(null) ? null : share(extreme(context, items, direction));
}
