// Decimals against rational arithmetic on BigInts: exact sums and products, rounding half away from zero, scales as the language says.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import {
  addDecimal,
  compareDecimal,
  cutDecimal,
  decimalFromFloat,
  divideDecimal,
  fitDecimal,
  floatOfDecimal,
  intFromDecimal,
  multiplyDecimal,
  parseDecimalText,
  printDecimal,
  remainderDecimal,
  rescaleDecimal,
  subtractDecimal,
  trimDecimal,
} from "../../base/value/decimal.ts";
import { Decimal } from "../../base/value/value.ts";

const decimals = fc
  .record({ unscaled: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.integer({ min: 0, max: 20 }) })
  .map(({ unscaled, scale }) => new Decimal(unscaled, scale));

function at(value: Decimal, scale: number): bigint {
  return value.unscaled * 10n ** BigInt(scale - value.scale);
}

function text(value: Decimal | undefined): string {
  return value === undefined ? "overflow" : printDecimal(value);
}

function decimal(digits: string): Decimal {
  return required(parseDecimalText(digits), digits);
}

/** Whether `found` is the nearest multiple of 10^-scale to dividend / divisor, halves away from zero. */
function isNearest(found: bigint, dividend: bigint, divisor: bigint): boolean {
  const error = 2n * (dividend - found * divisor) * (divisor < 0n ? -1n : 1n);
  const size = divisor < 0n ? -divisor : divisor;
  const half = error === size || error === -size;
  if (!half) return error < size && error > -size;
  return found < 0n || dividend < 0n !== divisor < 0n ? error === size : error === -size;
}

describe("decimal arithmetic is exact", () => {
  it("adds, subtracts, multiplies and compares", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        expect(addDecimal(a, b)).toEqual(new Decimal(at(a, scale) + at(b, scale), scale));
        expect(subtractDecimal(a, b)).toEqual(new Decimal(at(a, scale) - at(b, scale), scale));
        expect(multiplyDecimal(a, b)).toEqual(new Decimal(a.unscaled * b.unscaled, a.scale + b.scale));
        expect(compareDecimal(a, b)).toBe(at(a, scale) < at(b, scale) ? -1 : at(a, scale) > at(b, scale) ? 1 : 0);
      }),
    );
  });

  it("divides to the nearest value of scale max(6, scales), and leaves the exact remainder", () => {
    fc.assert(
      fc.property(
        decimals,
        decimals.filter((b) => b.unscaled !== 0n),
        (a, b) => {
          const scale = Math.max(6, a.scale, b.scale);
          const quotient = required(divideDecimal(a, b), "quotient");
          expect(quotient.scale).toBe(scale);
          expect(
            isNearest(
              quotient.unscaled,
              a.unscaled * 10n ** BigInt(scale + b.scale),
              b.unscaled * 10n ** BigInt(a.scale),
            ),
          ).toBe(true);
          const common = Math.max(a.scale, b.scale);
          expect(remainderDecimal(a, b)).toEqual(new Decimal(at(a, common) % at(b, common), common));
        },
      ),
    );
  });

  it("rounds half away from zero", () => {
    const rounded = (digits: string, scale: number): string => text(rescaleDecimal(decimal(digits), scale));
    expect(rounded("2.5", 0)).toBe("3");
    expect(rounded("-2.5", 0)).toBe("-3");
    expect(rounded("0.0049", 2)).toBe("0.00");
    expect(rounded("-0.005", 2)).toBe("-0.01");
    expect(rounded("1.5", 3)).toBe("1.500");
    expect(rounded("1250", -2)).toBe("1300");
    expect(rounded("49", -2)).toBe("0");
    expect(text(divideDecimal(decimal("1"), decimal("3")))).toBe("0.333333");
    expect(text(divideDecimal(decimal("-2"), decimal("3")))).toBe("-0.666667");
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 20 }), (a, scale) => {
        const result = required(rescaleDecimal(a, scale), "rounded");
        expect(isNearest(result.unscaled, a.unscaled * 10n ** BigInt(scale), 10n ** BigInt(a.scale))).toBe(true);
      }),
    );
  });

  it("cuts to the neighbour that is asked for", () => {
    const cuts = (["down", "floor", "ceiling"] as const).map((how) =>
      ["2.79", "-2.79", "2.00"].map((digits) => text(cutDecimal(decimal(digits), 1, how))),
    );
    expect(cuts).toEqual([
      ["2.7", "-2.7", "2.0"],
      ["2.7", "-2.8", "2.0"],
      ["2.8", "-2.7", "2.0"],
    ]);
  });
});

describe("decimals as text and other numbers", () => {
  it("keeps scale through print and parse", () => {
    fc.assert(
      fc.property(decimals, (a) => {
        expect(parseDecimalText(printDecimal(a))).toEqual(a);
      }),
    );
    expect(["12.50", "-.5", "5.", "1e3", "1.5e-3", "+0.0", "1_000.25"].map((digits) => text(decimal(digits)))).toEqual([
      "12.50",
      "-0.5",
      "5",
      "1000",
      "0.0015",
      "0.0",
      "1000.25",
    ]);
    expect(["", ".", "1.2.3", "abc", "1e99999", "--1", "NaN", "1e"].map((digits) => parseDecimalText(digits))).toEqual(
      Array(8).fill(undefined),
    );
    expect(text(trimDecimal(decimal("100.500")))).toBe("100.5");
  });

  it("takes floats by their shortest digits and goes back to the nearest float", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }), (float) => {
        const exact = decimalFromFloat(float);
        if (exact !== undefined) expect(floatOfDecimal(exact)).toBe(float + 0);
      }),
    );
    expect(text(decimalFromFloat(0.1))).toBe("0.1");
    expect(decimalFromFloat(Number.NaN)).toBeUndefined();
  });

  it("refuses what does not fit", () => {
    expect(text(fitDecimal(decimal("999.994"), 5, 2))).toBe("999.99");
    expect(text(fitDecimal(decimal("999.995"), 5, 2))).toBe("overflow");
    expect(intFromDecimal(decimal("9223372036854775807.4"))).toBe(9_223_372_036_854_775_807n);
    expect(intFromDecimal(decimal("9223372036854775807.5"))).toBeUndefined();
  });

  it("never grows beyond 1,000 digits", () => {
    let value: Decimal | undefined = decimal("1.5");
    for (let i = 0; i < 20 && value !== undefined; i += 1) value = multiplyDecimal(value, value);
    expect(value).toBeUndefined();
    expect(parseDecimalText("9".repeat(1000))).toBeDefined();
    expect(parseDecimalText("9".repeat(1001))).toBeUndefined();
    expect(parseDecimalText(`${" ".repeat(100_000)}x`)).toBeUndefined();
  });
});
