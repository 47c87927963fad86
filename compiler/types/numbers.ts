// Numeric types: which of two is wider, and the decimal scale of results (LANGUAGE.md 15.8).
import type { ScalarType } from "./type.ts";

const WIDTH: Readonly<Record<string, number>> = { int: 1, decimal: 2, float: 3 };

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
