// 64-bit integers against BigInt arithmetic: the same result, in canonical form, or undefined exactly where 64 bits do not hold it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  absoluteInt,
  addInt,
  checkedInt,
  compareInt,
  complementInt,
  divideInt,
  INT_MAX,
  INT_MIN,
  intFromFloat,
  moduloInt,
  multiplyInt,
  negateInt,
  parseIntText,
  powerInt,
  remainderInt,
  roundHalfAway,
  subtractInt,
} from "../../base/value/int.ts";
import type { Int } from "../../base/value/value.ts";

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const EDGES = [
  0n,
  1n,
  -1n,
  2n,
  SAFE,
  -SAFE,
  SAFE + 1n,
  -SAFE - 1n,
  INT_MAX,
  INT_MIN,
  INT_MAX - 1n,
  INT_MIN + 1n,
  3_037_000_499n,
  3_037_000_500n,
  4_294_967_296n,
];
const wide = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.bigInt({ min: INT_MIN, max: INT_MAX }),
  fc.bigInt({ min: -1000n, max: 1000n }),
);

function canonical(value: bigint): Int {
  return value >= -SAFE && value <= SAFE ? Number(value) : value;
}

function reference(value: bigint): Int | undefined {
  return value < INT_MIN || value > INT_MAX ? undefined : canonical(value);
}

/** Object.is, so that -0 counts as wrong. */
function same(found: Int | undefined, wanted: Int | undefined): void {
  expect(Object.is(found, wanted), `${String(found)} instead of ${String(wanted)}`).toBe(true);
}

describe("int arithmetic equals BigInt arithmetic", () => {
  const binary: readonly (readonly [string, (a: Int, b: Int) => Int | undefined, (a: bigint, b: bigint) => bigint])[] =
    [
      ["add", addInt, (a, b) => a + b],
      ["subtract", subtractInt, (a, b) => a - b],
      ["multiply", multiplyInt, (a, b) => a * b],
    ];
  it.each(binary)("%s", (_name, compute, exact) => {
    fc.assert(
      fc.property(wide, wide, (a, b) => same(compute(canonical(a), canonical(b)), reference(exact(a, b)))),
      { numRuns: 2000 },
    );
  });

  it("divide, remainder, modulo", () => {
    fc.assert(
      fc.property(
        wide,
        wide.filter((b) => b !== 0n),
        (a, b) => {
          same(divideInt(canonical(a), canonical(b)), reference(a / b));
          same(remainderInt(canonical(a), canonical(b)), reference(a % b));
          same(moduloInt(canonical(a), canonical(b)), reference(((a % b) + b) % b));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("negate, absolute, complement, compare", () => {
    fc.assert(
      fc.property(wide, wide, (a, b) => {
        same(negateInt(canonical(a)), reference(-a));
        same(absoluteInt(canonical(a)), reference(a < 0n ? -a : a));
        same(complementInt(canonical(a)), canonical(~a));
        expect(compareInt(canonical(a), canonical(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it("power", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -40n, max: 40n }), fc.integer({ min: 0, max: 70 }), (base, exponent) =>
        same(powerInt(canonical(base), exponent), reference(base ** BigInt(exponent))),
      ),
    );
    same(powerInt(1, INT_MAX), 1);
    same(powerInt(-1, INT_MAX), -1);
    same(powerInt(10, Number.MAX_SAFE_INTEGER), undefined);
  });
});

describe("the edges of int", () => {
  it("overflows at the smallest int", () => {
    same(divideInt(INT_MIN, -1), undefined);
    same(remainderInt(INT_MIN, -1), 0);
    same(negateInt(INT_MIN), undefined);
    same(absoluteInt(INT_MIN), undefined);
    same(checkedInt(INT_MAX + 1n), undefined);
  });

  it("has no negative zero", () => {
    same(multiplyInt(0, -5), 0);
    same(divideInt(0, -5), 0);
    same(divideInt(-1, 5), 0);
    same(remainderInt(-6, 3), 0);
    same(negateInt(0), 0);
    same(intFromFloat(-0.2), 0);
  });

  it("reads texts", () => {
    expect([" 42 ", "-007", "+5", "1_000", "9223372036854775807", "-9223372036854775808"].map(parseIntText)).toEqual([
      42,
      -7,
      5,
      1000,
      INT_MAX,
      INT_MIN,
    ]);
    expect(["", "-", "1.0", "0x10", "1__0", "_1", "9223372036854775808", "1e3", "12a"].map(parseIntText)).toEqual(
      Array(9).fill(undefined),
    );
    fc.assert(fc.property(wide, (a) => same(parseIntText(String(a)), canonical(a))));
  });

  it("rounds floats half away from zero", () => {
    expect([2.5, -2.5, 0.49999999999999994, -1.4999, 1e15 + 0.5].map(roundHalfAway)).toEqual([3, -3, 0, -1, 1e15 + 1]);
    expect([2.5, -2.5, 9.3e18, Number.NaN, Number.POSITIVE_INFINITY].map(intFromFloat)).toEqual([
      3,
      -3,
      undefined,
      undefined,
      undefined,
    ]);
    expect(intFromFloat(2 ** 62)).toBe(2n ** 62n);
  });
});
