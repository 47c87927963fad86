// Equality and order of values: a total order that agrees with equality and with the keys of distinct and group_by; SQL's nulls; exact numbers.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { compareSql, compareText, compareTotal, equalSql, equalValues } from "../../base/value/compare.ts";
import { keyText } from "../../base/value/key.ts";
import { parseDecimalText } from "../../base/value/decimal.ts";
import {
  boxFloat,
  DateValue,
  FloatBox,
  Interval,
  Json,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  TableValue,
  Timestamp,
  TimeValue,
  type Value,
} from "../../base/value/value.ts";
import { LimitPassed } from "../../base/value/work.ts";

function decimal(text: string): Value {
  return required(parseDecimalText(text), text);
}

function list(...items: Value[]): ListValue {
  return new ListValue(items);
}

function map(entries: readonly (readonly [string, Value])[]): MapValue {
  return new MapValue(new Map(entries));
}

const SCALARS: readonly Value[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  9_007_199_254_740_993n,
  -9_223_372_036_854_775_808n,
  0.5,
  -2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  new FloatBox(1),
  new FloatBox(-0),
  new FloatBox(2 ** 60),
  decimal("1.00"),
  decimal("0.5"),
  decimal("12345678901234567890.5"),
  "",
  "a",
  "A",
  "ä",
  "\u{1f600}",
  "\ue000",
  Uint8Array.of(),
  Uint8Array.of(1, 2),
  new DateValue(0),
  new Timestamp(0),
  new Timestamp(1),
  new TimeValue(5),
  new Interval(1, 0, 0),
  new Interval(0, 30, 0),
  new Json('{"a":1}'),
  new Json("[1, 2]"),
];

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...SCALARS),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => new ListValue(items)),
    fc
      .dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 })
      .map((entries) => map(Object.entries(entries))),
    fc.tuple(tie("value"), tie("value")).map((slots) => new StructValue(new Shape("", ["x", "y"]), slots)),
  ),
})).value;

describe("the total order", () => {
  it("is antisymmetric, transitive, and agrees with equality and keys", () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const sign = Math.sign(compareTotal(a, b));
        expect(Math.sign(compareTotal(b, a)) + 0).toBe(0 - sign + 0);
        expect(equalValues(a, b)).toBe(sign === 0);
        expect(keyText(a) === keyText(b), `${keyText(a)} / ${keyText(b)}`).toBe(sign === 0);
        const [low, middle, high] = [a, b, c].sort(compareTotal);
        expect(compareTotal(low ?? null, middle ?? null)).toBeLessThanOrEqual(0);
        expect(compareTotal(low ?? null, high ?? null)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });

  it("compares numbers of all kinds by value", () => {
    expect(equalValues(1, new FloatBox(1))).toBe(true);
    expect(equalValues(0.1, decimal("0.10"))).toBe(true);
    expect(equalValues(9_007_199_254_740_993n, new FloatBox(9_007_199_254_740_992))).toBe(false);
    expect(compareTotal(Number.NaN, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
    expect(equalValues(Number.NaN, Number.NaN)).toBe(true);
    expect(equalValues(0, new FloatBox(-0))).toBe(true);
    expect(compareTotal(decimal("1e300"), boxFloat(Number.POSITIVE_INFINITY))).toBeLessThan(0);
  });

  it("compares texts by code points, not by UTF-16 units", () => {
    expect(compareText("\ue000", "\u{1f600}")).toBeLessThan(0);
    expect(compareText("a", "ab")).toBeLessThan(0);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        const points = (text: string): Value => list(...Array.from(text, (point) => point.codePointAt(0) ?? 0));
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(compareTotal(points(a), points(b))));
      }),
    );
  });
});

describe("SQL's comparison", () => {
  it("gives null for null and nothing for kinds without a common order", () => {
    expect([equalSql(null, 1), equalSql(1, null), equalSql(null, null), equalSql(1, 1), equalSql(1, "1")]).toEqual([
      null,
      null,
      null,
      true,
      false,
    ]);
    expect([
      compareSql(null, 1),
      compareSql(1, "a"),
      compareSql(map([]), map([])),
      compareSql(new DateValue(0), new Timestamp(1)),
    ]).toEqual([null, undefined, undefined, -1]);
  });

  it("has null equal null inside containers", () => {
    expect(equalSql(list(null, 1), list(null, 1))).toBe(true);
    expect(equalSql(list(null), list(1))).toBe(false);
  });
});

describe("containers", () => {
  it("ignores the order of map keys and of struct fields", () => {
    expect(
      equalValues(
        map([
          ["a", 1],
          ["b", 2],
        ]),
        map([
          ["b", 2],
          ["a", 1],
        ]),
      ),
    ).toBe(true);
    const left = new StructValue(new Shape("P", ["a", "b"]), [1, 2]);
    const right = new StructValue(new Shape("", ["B", "a"]), [2, 1]);
    expect(equalValues(left, right)).toBe(true);
    expect(keyText(left)).toBe(keyText(right));
  });

  it("compares JSON by content and tables by rows", () => {
    expect(equalValues(new Json('{"a": 1, "b": 2.50}'), new Json('{"b":2.5,"a":1}'))).toBe(true);
    const table = (cells: number[]): TableValue =>
      new TableValue(
        new Shape("", ["n"]),
        [{ kind: "ints", type: "int", data: Float64Array.from(cells), nulls: undefined }],
        cells.length,
      );
    expect(equalValues(table([1, 2]), table([1, 2]))).toBe(true);
    expect(compareTotal(table([1]), table([1, 2]))).toBeLessThan(0);
  });

  it("stops at a nesting of 1,000 and charges its work", () => {
    const nested = (depth: number): Value => {
      let value: Value = 1;
      for (let i = 0; i < depth; i += 1) value = list(value);
      return value;
    };
    expect(equalValues(nested(1000), nested(1000))).toBe(true);
    expect(() => equalValues(nested(1001), nested(1001))).toThrow(LimitPassed);
    expect(() => keyText(nested(1001))).toThrow(LimitPassed);
    const doubled = (): Value => {
      let value: Value = list(1);
      for (let i = 0; i < 50; i += 1) value = list(value, value);
      return value;
    };
    const meter = {
      spent: 0,
      spend(units: number): void {
        this.spent += units;
        if (this.spent > 10_000) throw new RangeError("out of fuel");
      },
    };
    expect(() => equalValues(doubled(), doubled(), meter)).toThrow(RangeError);
  });
});
