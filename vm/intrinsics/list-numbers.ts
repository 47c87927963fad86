// Arithmetic over lists of numbers: sum, avg, median, percentile, variance. Nulls are left out, as SQL's aggregates do.
// Ints and decimals are added exactly; floats by Neumaier's compensated sum, so that the order of the items hardly matters.
import { compareTotal } from "../../base/value/compare.ts";
import { addDecimal, decimalOfInt, divideDecimal } from "../../base/value/decimal.ts";
import { checkedInt } from "../../base/value/int.ts";
import { floatIn, isFloat, isInt } from "../../base/value/kind.ts";
import { boxFloat, Decimal, type Value } from "../../base/value/value.ts";
import type { IntrinsicContext } from "../intrinsic-context.ts";
import { chargeList, floatOf, orOverflow, outOfRange, workOf, wrongKind } from "./arguments.ts";

interface Totals {
  ints: bigint;
  decimals: Decimal | undefined;
  float: number;
  compensation: number;
  hasFloat: boolean;
  count: number;
}

function totalsOf(context: IntrinsicContext, items: readonly Value[]): Totals {
  context.chargeFuel(items.length);
  const totals: Totals = { ints: 0n, decimals: undefined, float: 0, compensation: 0, hasFloat: false, count: 0 };
  for (const item of items) {
    if (item === null) continue;
    totals.count += 1;
    if (isInt(item)) totals.ints += BigInt(item);
    else if (item instanceof Decimal)
      totals.decimals = totals.decimals === undefined ? item : orOverflow(addDecimal(totals.decimals, item), "The sum");
    else if (isFloat(item)) addFloat(totals, floatIn(item));
    else throw wrongKind(item, "A number");
  }
  return totals;
}

function addFloat(totals: Totals, value: number): void {
  totals.hasFloat = true;
  const sum = totals.float + value;
  // The lost low part of the smaller number; NaN and the infinities pass through.
  if (Number.isFinite(sum))
    totals.compensation +=
      Math.abs(totals.float) >= Math.abs(value) ? totals.float - sum + value : value - sum + totals.float;
  totals.float = sum;
}

/** Sum of the widest kind among the numbers; `whenEmpty` 0 gives the int 0, anything else the float 0.0. */
export function sumOf(context: IntrinsicContext, items: readonly Value[], whenEmpty: number): Value {
  const totals = totalsOf(context, items);
  if (totals.hasFloat || (totals.count === 0 && whenEmpty !== 0)) return boxFloat(floatTotal(totals));
  if (totals.decimals !== undefined)
    return orOverflow(addDecimal(totals.decimals, new Decimal(totals.ints, 0)), "The sum");
  return orOverflow(checkedInt(totals.ints), "The sum");
}

function floatTotal(totals: Totals): number {
  const rest = Number(totals.ints) + (totals.decimals === undefined ? 0 : floatOf(totals.decimals));
  return totals.float + totals.compensation + rest;
}

/** Mean: a decimal when one of the numbers is a decimal and none a float, else a float; null without numbers. */
export function average(context: IntrinsicContext, items: readonly Value[]): Value {
  const totals = totalsOf(context, items);
  if (totals.count === 0) return null;
  if (totals.hasFloat || totals.decimals === undefined) return boxFloat(floatTotal(totals) / totals.count);
  const sum = orOverflow(addDecimal(totals.decimals, new Decimal(totals.ints, 0)), "The sum");
  return orOverflow(divideDecimal(sum, decimalOfInt(totals.count)), "The mean");
}

function sortedFloats(context: IntrinsicContext, items: readonly Value[]): number[] {
  const work = workOf(context);
  chargeList(context, items.length);
  const numbers = items.filter((item) => item !== null);
  return numbers.toSorted((left, right) => compareTotal(left, right, work)).map(floatOf);
}

function interpolated(numbers: readonly number[], fraction: number): Value {
  if (numbers.length === 0) return null;
  const place = fraction * (numbers.length - 1);
  const low = Math.floor(place);
  const lower = numbers[low] ?? 0;
  const upper = numbers[Math.min(low + 1, numbers.length - 1)] ?? 0;
  return boxFloat(lower + (upper - lower) * (place - low));
}

/** Median, null without numbers. */
export function median(context: IntrinsicContext, items: readonly Value[]): Value {
  return interpolated(sortedFloats(context, items), 0.5);
}

/** SQL's percentile_cont. @throws Trap OutOfRange for a fraction outside 0 to 1. */
export function percentile(context: IntrinsicContext, items: readonly Value[], fraction: Value): Value {
  const share = floatOf(fraction);
  if (!(share >= 0 && share <= 1)) throw outOfRange(`percentile takes a fraction from 0 to 1, not ${share}.`, fraction);
  return interpolated(sortedFloats(context, items), share);
}

/** Sample variance in two passes, finished by `finish`; null for fewer than two numbers. */
export function variance(
  context: IntrinsicContext,
  items: readonly Value[],
  finish: (variance: number) => number,
): Value {
  const numbers = items.filter((item) => item !== null).map(floatOf);
  context.chargeFuel(items.length * 2);
  if (numbers.length < 2) return null;
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const squares = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0);
  return boxFloat(finish(squares / (numbers.length - 1)));
}
