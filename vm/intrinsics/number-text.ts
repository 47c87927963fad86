// Digits of ints in other bases, and numbers with grouped thousands.
import { LIMITS } from "../../base/limits.ts";
import { decimalFromFloat, decimalOfInt, printDecimal, rescaleDecimal } from "../../base/value/decimal.ts";
import { checkedInt } from "../../base/value/int.ts";
import { floatIn, isFloat, isInt } from "../../base/value/kind.ts";
import { printFloat } from "../../base/value/print.ts";
import { Decimal, type Int, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { orOverflow, outOfRange, wrongKind } from "./arguments.ts";

/** Hexadecimal digits; of a negative int those of its 64 bits. */
export function hexOfInt(value: Int): string {
  return BigInt.asUintN(64, BigInt(value)).toString(16);
}

function checkBase(base: number): void {
  if (base < 2 || base > 36) throw outOfRange(`Digits exist for bases from 2 to 36, not ${base}.`, base);
}

/** Digits in a base from 2 to 36. @throws Trap OutOfRange for another base. */
export function digitsInBase(value: Int, base: number): string {
  checkBase(base);
  return value.toString(base);
}

/** The int that digits spell. @throws Trap OutOfRange for a base outside 2 to 36, InvalidCast for other characters or more than 64 bits. */
export function intInBase(text: string, base: number): Int {
  checkBase(base);
  const digits = text.trim().toLowerCase().replace(/^[+-]/, "");
  let value = 0n;
  for (const digit of digits.slice(0, 80)) {
    const number = Number.parseInt(digit, 36);
    if (Number.isNaN(number) || number >= base) throw notDigits(text, base);
    value = value * BigInt(base) + BigInt(number);
  }
  const int = checkedInt(text.trim().startsWith("-") ? -value : value);
  if (digits === "" || digits.length > 80 || int === undefined) throw notDigits(text, base);
  return int;
}

function notDigits(text: string, base: number): Error {
  return trap("InvalidCast", `'${text.slice(0, 40)}' is not an int in base ${base}.`, text);
}

/** A number with `digits` after the point and thousands grouped. @throws Trap OutOfRange for more digits than a decimal has, InvalidCast for what is no number. */
export function groupedNumber(value: Value, digits: number, group: string, point: string): string {
  if (digits < 0 || digits > LIMITS.decimalDigitsMax.value)
    throw outOfRange(`A number cannot have ${digits} digits after the point.`, digits);
  const exact = exactNumber(value);
  if (exact === undefined) return printFloat(floatIn(value as number));
  const [whole = "", fraction] = printDecimal(orOverflow(rescaleDecimal(exact, digits), "The number")).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, () => group);
  return fraction === undefined ? grouped : grouped + point + fraction;
}

/** A number of any kind as a decimal; undefined for NaN and the infinities. @throws Trap InvalidCast for what is no number. */
export function exactNumber(value: Value): Decimal | undefined {
  if (value instanceof Decimal) return value;
  if (isInt(value)) return decimalOfInt(value);
  if (isFloat(value)) return decimalFromFloat(floatIn(value));
  throw wrongKind(value, "A number");
}
