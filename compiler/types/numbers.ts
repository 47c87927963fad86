// Numeric types: which of two is wider, and the decimal scale of results (LANGUAGE.md 15.8).
// In code a decimal value carries its scale; in SQL the engine may keep 12.50 as 12.5, so there the type of a result knows its scale (`computed`).
import type { ScalarType, Type } from "./type.ts";

const WIDTH: Readonly<Record<string, number>> = { int: 1, decimal: 2, float: 3 };

/** More digits than a REAL holds: engines that keep decimals as REAL keep these as text. */
const REAL_DIGITS_MAX = 15;
const DIVISION_SCALE_MIN = 6;

/** The wider of two numeric types (int → decimal → float), or undefined when one is not a number. Of two decimals the one without fixed scale. */
export function widerNumber(left: ScalarType, right: ScalarType): ScalarType | undefined {
  const leftWidth = WIDTH[left.name];
  const rightWidth = WIDTH[right.name];
  if (leftWidth === undefined || rightWidth === undefined) return undefined;
  if (leftWidth !== rightWidth) return leftWidth > rightWidth ? left : right;
  if (left.name !== "decimal" || left.scale === right.scale) return left;
  return left.scale === undefined ? left : right.scale === undefined ? right : left.scale > right.scale ? left : right;
}

/** Type of `left operator right` for two numbers. Results of arithmetic have no fixed precision, length or range; decimals carry their scale in the value. */
export function arithmeticResult(left: ScalarType, right: ScalarType): ScalarType | undefined {
  const wider = widerNumber(left, right);
  if (wider === undefined) return undefined;
  if (wider.name !== "decimal") return { kind: "scalar", name: wider.name };
  return { kind: "scalar", name: "decimal" };
}

/** Whether values of the type are decimals of more than 15 digits, which SQLite compares and computes by functions of ours. */
export function isWideNumber(type: ScalarType): boolean {
  return type.name === "decimal" && ((type.precision ?? 0) > REAL_DIGITS_MAX || type.computed?.wide === true);
}

/** Digits after the point that values of the type have at least. */
export function scaleOfNumber(type: ScalarType): number {
  return type.scale ?? type.computed?.scale ?? 0;
}

/** Whether values of the type may have more digits after the point than `scaleOfNumber` says: those of a decimal variable without declared digits. */
export function isOpenScale(type: ScalarType): boolean {
  return type.name === "decimal" && type.scale === undefined && type.computed?.open !== false;
}

/** The decimal that SQL computes from these numbers, with so many digits after the point. `open`: or more. */
export function computedDecimal(scale: number, from: readonly Type[], open: boolean): ScalarType {
  const wide = from.some((type) => type.kind === "scalar" && isWideNumber(type));
  return { kind: "scalar", name: "decimal", computed: { scale, wide, open } };
}

/** The decimal of `left operator right` in SQL: `+ - %` keep the larger scale, `*` adds them, `/` gives at least six digits. */
export function computedArithmetic(operator: string, left: ScalarType, right: ScalarType): ScalarType {
  const scales = [scaleOfNumber(left), scaleOfNumber(right)] as const;
  const scale =
    operator === "*" ? scales[0] + scales[1] : Math.max(operator === "/" ? DIVISION_SCALE_MIN : 0, ...scales);
  return computedDecimal(scale, [left, right], operator !== "/" && (isOpenScale(left) || isOpenScale(right)));
}

/** The decimal of `avg` over a number: at least six digits after the point, as a division has. */
export function computedAverage(of: ScalarType): ScalarType {
  return computedArithmetic("/", of, { kind: "scalar", name: "int" });
}
