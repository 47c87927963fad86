// 64-bit checked integer arithmetic on the two forms of Int: a JS number while safe, else a bigint.
// Every function takes and gives canonical ints; a result that does not fit 64 bits is `undefined`, which the VM turns into Overflow.
// The number path is first everywhere: when the exact result is a safe integer, the float result is exact, and an unsafe exact result never rounds to a safe one.
import { intOf } from "./column.ts";
import type { Int } from "./value.ts";

/** Smallest int. */
export const INT_MIN = -9_223_372_036_854_775_808n;
/** Largest int. */
export const INT_MAX = 9_223_372_036_854_775_807n;

/** The canonical int of a bigint of any size, or undefined when it needs more than 64 bits. */
export function checkedInt(value: bigint): Int | undefined {
  return value < INT_MIN || value > INT_MAX ? undefined : intOf(value);
}

/** Sum, or undefined on overflow. */
export function addInt(left: Int, right: Int): Int | undefined {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checkedInt(BigInt(left) + BigInt(right));
}

/** Difference, or undefined on overflow. */
export function subtractInt(left: Int, right: Int): Int | undefined {
  if (typeof left === "number" && typeof right === "number") {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return checkedInt(BigInt(left) - BigInt(right));
}

/** Product, or undefined on overflow. */
export function multiplyInt(left: Int, right: Int): Int | undefined {
  if (typeof left === "number" && typeof right === "number") {
    const product = left * right;
    // `+ 0` turns -0 (from 0 * -5) into 0: an int has no negative zero.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return checkedInt(BigInt(left) * BigInt(right));
}

/** Quotient truncated toward zero, or undefined on overflow (the smallest int by -1). `right` must not be 0: the caller raises DivisionByZero. */
export function divideInt(left: Int, right: Int): Int | undefined {
  // The remainder is exact, so the division that is left has an exact result; the plain float quotient may round up to the next integer.
  if (typeof left === "number" && typeof right === "number") return (left - (left % right)) / right + 0;
  return checkedInt(BigInt(left) / BigInt(right));
}

/** Remainder with the sign of `left`. `right` must not be 0. Never overflows. */
export function remainderInt(left: Int, right: Int): Int {
  if (typeof left === "number" && typeof right === "number") return (left % right) + 0;
  return intOf(BigInt(left) % BigInt(right));
}

/** Remainder with the sign of `right` (floored division). `right` must not be 0. Never overflows. */
export function moduloInt(left: Int, right: Int): Int {
  const remainder = BigInt(left) % BigInt(right);
  const divisor = BigInt(right);
  return intOf(remainder !== 0n && remainder < 0n !== divisor < 0n ? remainder + divisor : remainder);
}

/** Negation, or undefined on overflow (the smallest int). */
export function negateInt(value: Int): Int | undefined {
  return typeof value === "number" ? 0 - value : checkedInt(-value);
}

/** Absolute value, or undefined on overflow (the smallest int). */
export function absoluteInt(value: Int): Int | undefined {
  return value < 0 ? negateInt(value) : value;
}

/** Power with an exponent of 0 or more, or undefined on overflow. A negative exponent is the caller's business. */
export function powerInt(base: Int, exponent: Int): Int | undefined {
  const wide = BigInt(base);
  if (wide === 0n || wide === 1n) return exponent === 0 ? 1 : intOf(wide);
  if (wide === -1n) return BigInt(exponent) % 2n === 0n ? 1 : -1;
  // Any other base passes 64 bits at exponent 64: checked before the power is made, so that no giant bigint arises.
  return exponent > 64 ? undefined : checkedInt(wide ** BigInt(exponent));
}

/** -1, 0 or 1. Mixed forms compare exactly. */
export function compareInt(left: Int, right: Int): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Bitwise complement. Never overflows. */
export function complementInt(value: Int): Int {
  return intOf(~BigInt(value));
}

const INT_TEXT = /^[ \t\r\n]*([+-]?)(\d(?:_?\d)*)[ \t\r\n]*$/;

/** The int that a text spells in decimal digits (sign, surrounding spaces and `_` between digits allowed), or undefined. */
export function parseIntText(text: string): Int | undefined {
  const match = INT_TEXT.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? "").replaceAll("_", "").replace(/^0+(?=\d)/, "");
  if (digits.length > 19) return undefined;
  return checkedInt(BigInt((match[1] === "-" ? "-" : "") + digits));
}

/** The int nearest to a float, halves away from zero; undefined when it does not fit or is not finite. */
export function intFromFloat(value: number): Int | undefined {
  if (!Number.isFinite(value)) return undefined;
  const rounded = roundHalfAway(value);
  return Number.isSafeInteger(rounded) ? rounded + 0 : checkedInt(BigInt(rounded));
}

/** The integral float nearest to `value`, halves away from zero (Math.round sends -2.5 to -2). */
export function roundHalfAway(value: number): number {
  const magnitude = Math.abs(value);
  const floor = Math.floor(magnitude);
  const rounded = magnitude - floor >= 0.5 ? floor + 1 : floor;
  return value < 0 ? -rounded : rounded;
}
