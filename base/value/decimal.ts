// Exact decimal arithmetic: `unscaled * 10^-scale`.
// Rules (LANGUAGE.md 15.8): + and - keep the larger scale, * adds scales, / gives max(6, scales), rounding is half away from zero (SQL's half up).
// A result with more than DECIMAL_DIGITS_MAX digits is `undefined`, which the VM turns into Overflow; no operation can grow without bound.
import { LIMITS } from "../limits.ts";
import { checkedInt } from "./int.ts";
import { Decimal, type Int } from "./value.ts";

const DIGITS_MAX = LIMITS.decimalDigitsMax.value;
const DIVISION_SCALE_MIN = 6;

const POWERS: bigint[] = [1n];

/** 10 to the power of `exponent`, which is 0 or more. */
export function powerOfTen(exponent: number): bigint {
  if (exponent > DIGITS_MAX) return 10n ** BigInt(exponent);
  for (let i = POWERS.length; i <= exponent; i += 1) POWERS.push((POWERS[i - 1] ?? 1n) * 10n);
  return POWERS[exponent] ?? 1n;
}

const LARGEST = 10n ** BigInt(DIGITS_MAX);

function bounded(unscaled: bigint, scale: number): Decimal | undefined {
  return scale > DIGITS_MAX || unscaled >= LARGEST || unscaled <= -LARGEST ? undefined : new Decimal(unscaled, scale);
}

function unscaledAt(value: Decimal, scale: number): bigint {
  return scale === value.scale ? value.unscaled : value.unscaled * powerOfTen(scale - value.scale);
}

/** Quotient of bigints rounded half away from zero. */
function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  const twice = remainder < 0n ? -remainder * 2n : remainder * 2n;
  if (twice < (divisor < 0n ? -divisor : divisor)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** The decimal of an int, scale 0. */
export function decimalOfInt(value: Int): Decimal {
  return new Decimal(BigInt(value), 0);
}

/** Sum with the larger scale. */
export function addDecimal(left: Decimal, right: Decimal): Decimal | undefined {
  const scale = Math.max(left.scale, right.scale);
  return bounded(unscaledAt(left, scale) + unscaledAt(right, scale), scale);
}

/** Difference with the larger scale. */
export function subtractDecimal(left: Decimal, right: Decimal): Decimal | undefined {
  const scale = Math.max(left.scale, right.scale);
  return bounded(unscaledAt(left, scale) - unscaledAt(right, scale), scale);
}

/** Product; scales add. */
export function multiplyDecimal(left: Decimal, right: Decimal): Decimal | undefined {
  return bounded(left.unscaled * right.unscaled, left.scale + right.scale);
}

/** Quotient of scale max(6, scales), rounded half away from zero. `right` must not be zero: the caller raises DivisionByZero. */
export function divideDecimal(left: Decimal, right: Decimal): Decimal | undefined {
  const scale = Math.max(DIVISION_SCALE_MIN, left.scale, right.scale);
  return bounded(divideRounded(left.unscaled * powerOfTen(scale - left.scale + right.scale), right.unscaled), scale);
}

/** Remainder with the sign of `left` and the larger scale. `right` must not be zero. */
export function remainderDecimal(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  return new Decimal(unscaledAt(left, scale) % unscaledAt(right, scale), scale);
}

/** Negation. */
export function negateDecimal(value: Decimal): Decimal {
  return new Decimal(-value.unscaled, value.scale);
}

/** -1, 0 or 1 by value; 1.0 equals 1.00. */
export function compareDecimal(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const a = unscaledAt(left, scale);
  const b = unscaledAt(right, scale);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The decimal with exactly `scale` digits after the point, halves away from zero; zeros are added when the scale grows. A negative scale rounds to tens, hundreds … and gives scale 0. */
export function rescaleDecimal(value: Decimal, scale: number): Decimal | undefined {
  if (scale >= value.scale) return bounded(scale > DIGITS_MAX ? LARGEST : unscaledAt(value, scale), scale);
  if (value.scale - scale > 2 * DIGITS_MAX) return new Decimal(0n, Math.max(0, scale));
  const rounded = divideRounded(value.unscaled, powerOfTen(value.scale - scale));
  return scale >= 0 ? bounded(rounded, scale) : bounded(rounded * powerOfTen(-scale), 0);
}

/** How a decimal is cut to fewer digits. */
export type DecimalCut = "down" | "floor" | "ceiling";

/** The decimal cut to `scale` (0 or more) digits: toward zero, to the lower or to the higher neighbour. A larger scale leaves it as it is. */
export function cutDecimal(value: Decimal, scale: number, cut: DecimalCut): Decimal {
  if (scale >= value.scale) return value;
  const divisor = powerOfTen(value.scale - scale);
  const quotient = value.unscaled / divisor;
  const remainder = value.unscaled % divisor;
  if (cut === "floor" && remainder < 0n) return new Decimal(quotient - 1n, scale);
  if (cut === "ceiling" && remainder > 0n) return new Decimal(quotient + 1n, scale);
  return new Decimal(quotient, scale);
}

/**
 * The decimal as a `decimal(precision, scale)`: rounded to the scale.
 * Undefined when more than `precision` digits are needed.
 */
export function fitDecimal(value: Decimal, precision: number, scale: number): Decimal | undefined {
  const rounded = rescaleDecimal(value, scale);
  if (rounded === undefined) return undefined;
  const limit = powerOfTen(precision);
  return rounded.unscaled >= limit || rounded.unscaled <= -limit ? undefined : rounded;
}

/** The same value with the fewest digits after the point. */
export function trimDecimal(value: Decimal): Decimal {
  let { unscaled, scale } = value;
  while (scale > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale -= 1;
  }
  return new Decimal(unscaled, scale);
}

/** The int nearest to a decimal, halves away from zero; undefined when it does not fit 64 bits. */
export function intFromDecimal(value: Decimal): Int | undefined {
  const rounded = rescaleDecimal(value, 0);
  return rounded === undefined ? undefined : checkedInt(rounded.unscaled);
}

/** The nearest float. */
export function floatOfDecimal(value: Decimal): number {
  return Number(printDecimal(value));
}

/** The decimal of the shortest digits that spell a float; undefined when it is not finite. 0.1 gives 0.1, not its binary expansion. */
export function decimalFromFloat(value: number): Decimal | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) ? bounded(BigInt(value), 0) : parseDecimalText(String(value));
}

const DECIMAL_TEXT = /^([+-]?)(\d[\d_]*)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/;

/** The decimal that a text spells (`12.50`, `-.5`, `1e3`; digits after the point become the scale), or undefined. */
export function parseDecimalText(text: string): Decimal | undefined {
  const match = DECIMAL_TEXT.exec(text.trim());
  if (match === null) return undefined;
  const whole = (match[2] ?? "").replaceAll("_", "");
  const fraction = match[3] ?? "";
  if (whole === "" && fraction === "") return undefined;
  const digits = whole + fraction;
  const exponent = Number(match[4] ?? "0");
  const scale = fraction.length - exponent;
  if (digits.length > 2 * DIGITS_MAX || scale > DIGITS_MAX || scale < -DIGITS_MAX) return undefined;
  const magnitude = BigInt(digits);
  const unscaled = match[1] === "-" ? -magnitude : magnitude;
  return scale >= 0 ? bounded(unscaled, scale) : bounded(unscaled * powerOfTen(-scale), 0);
}

/** Digits with exactly `scale` of them after the point: `12.50`, `-0.05`, `7`. */
export function printDecimal(value: Decimal): string {
  const text = value.unscaled.toString();
  if (value.scale === 0) return text;
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(value.scale + 1, "0");
  const point = digits.length - value.scale;
  return `${negative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}
