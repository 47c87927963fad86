// Decimals inside SQL against the exact arithmetic of the language, over generated values: columns of more than 15 digits, and narrow ones within what a REAL holds.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  addDecimal,
  compareDecimal,
  multiplyDecimal,
  printDecimal,
  rescaleDecimal,
  subtractDecimal,
} from "../../base/value/decimal.ts";
import { Decimal } from "../../base/value/value.ts";
import { open } from "../server/support.ts";

function decimals(digits: number, scale: number): fc.Arbitrary<Decimal> {
  const limit = 10n ** BigInt(digits);
  return fc
    .oneof(fc.bigInt(-limit + 1n, limit - 1n), fc.bigInt(-30n, 30n))
    .map((unscaled) => new Decimal(unscaled, scale));
}

function printed(value: Decimal | undefined): string {
  return value === undefined ? "too long" : printDecimal(value);
}

function sorted(values: readonly Decimal[]): readonly Decimal[] {
  return values.toSorted(compareDecimal);
}

const WIDE = fc.array(fc.tuple(decimals(26, 4), decimals(18, 2)), { minLength: 1, maxLength: 8 });
const NARROW = fc.array(fc.tuple(decimals(7, 2), decimals(5, 1)), { minLength: 1, maxLength: 8 });

it.each([
  ["wide", "DECIMAL(30, 4)", "DECIMAL(20, 2)", WIDE],
  ["narrow", "DECIMAL(9, 2)", "DECIMAL(6, 1)", NARROW],
] as const)("%s decimals are computed, compared, sorted and summed exactly", (_name, left, right, rows) => {
  const db = open();
  db.run(`CREATE TABLE d (id INTEGER PRIMARY KEY, a ${left} NOT NULL, b ${right} NOT NULL)`);
  fc.assert(
    fc.property(rows, (pairs) => {
      const values = pairs.map(([a, b], at) => `(${at}, ${printDecimal(a)}, ${printDecimal(b)})`).join(", ");
      db.run(`DELETE FROM d; INSERT INTO d VALUES ${values}`);
      expect(
        db.run("SELECT a + b, a - b, a * b, a < b, a = b, -a, abs(a) FROM d ORDER BY id").slice(-pairs.length),
      ).toEqual(
        pairs.map(([a, b]) =>
          [
            printed(addDecimal(a, b)),
            printed(subtractDecimal(a, b)),
            printed(multiplyDecimal(a, b)),
            String(compareDecimal(a, b) < 0),
            String(compareDecimal(a, b) === 0),
            printed(subtractDecimal(new Decimal(0n, 0), a)),
            printed(a.unscaled < 0n ? subtractDecimal(new Decimal(0n, 0), a) : a),
          ].join("|"),
        ),
      );
      const order = sorted(pairs.map(([a]) => a));
      expect(db.run("SELECT a FROM d ORDER BY a")).toEqual(order.map(printed));
      const sum = order.reduce((total, value) => addDecimal(total, value) ?? total, new Decimal(0n, 0));
      expect(db.run("SELECT sum(a), min(a), max(a), count(DISTINCT a) FROM d")).toEqual([
        [
          printed(rescaleDecimal(sum, order[0]?.scale ?? 0)),
          printed(order[0]),
          printed(order.at(-1)),
          new Set(order.map(printed)).size,
        ].join("|"),
      ]);
      expect(db.run("SELECT a, count(*) FROM d GROUP BY a ORDER BY a")).toEqual(
        [...new Set(order.map(printed))].map(
          (text) => `${text}|${order.filter((value) => printed(value) === text).length}`,
        ),
      );
    }),
    { numRuns: 60 },
  );
});
