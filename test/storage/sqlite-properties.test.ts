// Properties of the SQLite engine over generated values: quoting, scanning, the sort key of decimals, comparison of timestamps, round trips.
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareDecimal } from "../../base/value/decimal.ts";
import { printTimestamp } from "../../base/value/temporal.ts";
import { boxFloat, Decimal, ListValue, Timestamp, type Value } from "../../base/value/value.ts";
import { intOf } from "../../base/value/column.ts";
import { checksOf, indexWhere } from "../../storage/sqlite/create-text.ts";
import { decimalKey, decimalOfKey } from "../../storage/sqlite/decimal-functions.ts";
import { quoteName, quoteText } from "../../storage/sqlite/identifiers.ts";
import { scanSql, trimStatement } from "../../storage/sqlite/scan.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { parameter, queryForm, rowsOf, select } from "./engines.ts";

const connection = sqliteEngine.connect({ target: ":memory:" });
const SQL_PIECES = fc
  .array(
    fc.constantFrom(
      "SELECT",
      "CHECK",
      "(",
      ")",
      "'",
      '"',
      "`",
      "[",
      "]",
      "--",
      "/*",
      "*/",
      "\n",
      " ",
      "?",
      ":a",
      "x'",
      "1e",
      "0x",
      ".",
      ";",
      "CONSTRAINT",
      "WHERE",
      "é",
      "😀",
      "\0",
      "$",
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

test("a quoted text is that text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => !/[\ud800-\udfff]/u.test(text)),
      (text) => {
        expect(select(connection, `SELECT ${quoteText(text)}`)).toEqual([[text]]);
      },
    ),
  );
});

test("a quoted name is that name", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => !name.includes("\0")),
      (name) => {
        expect(connection.runText(`SELECT 1 AS ${quoteName(name)}`, []).source?.columns[0]?.name).toBe(name);
      },
    ),
  );
});

test("scanning covers any text and never fails", () => {
  fc.assert(
    fc.property(SQL_PIECES, (text) => {
      const tokens = scanSql(text);
      let end = 0;
      for (const token of tokens) {
        expect(token.start).toBeGreaterThanOrEqual(end);
        expect(token.end).toBeGreaterThan(token.start);
        expect(text.slice(token.start, token.end)).toBe(token.text);
        end = token.end;
      }
      checksOf(text);
      indexWhere(text);
      expect(text).toContain(trimStatement(text));
    }),
  );
});

const DECIMALS = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 30 }))
  .map(([unscaled, scale]) => new Decimal(unscaled, scale));

test("the key of a decimal sorts as the decimal does", () => {
  fc.assert(
    fc.property(DECIMALS, DECIMALS, (left, right) => {
      const [a, b] = [decimalKey(left), decimalKey(right)];
      expect(a < b ? -1 : a > b ? 1 : 0).toBe(compareDecimal(left, right));
    }),
    { numRuns: 1000 },
  );
});

test("a key gives its decimal back", () => {
  fc.assert(
    fc.property(DECIMALS, (decimal) => {
      const back = decimalOfKey(decimalKey(decimal));
      expect(back === undefined ? "nothing" : compareDecimal(back, decimal)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

/** An instant near 2026-01-05, so that equal days and equal instants happen, in one of the forms that databases hold. */
const STORED_INSTANTS = fc
  .tuple(fc.integer({ min: -200, max: 200 }), fc.constantFrom("canonical", "space", "short", "offset", "minutes"))
  .map(([quarters, form]) => {
    const micros = Date.UTC(2026, 0, 5) * 1000 + quarters * 900_000_000;
    const canonical = printTimestamp(new Timestamp(micros), "fixed");
    const text =
      form === "space"
        ? canonical.slice(0, 19).replace("T", " ")
        : form === "short"
          ? `${canonical.slice(0, 19)}Z`
          : form === "minutes"
            ? canonical.slice(0, 16)
            : form === "offset"
              ? `${printTimestamp(new Timestamp(micros + 7_200_000_000), "fixed").slice(0, 19)}+02:00`
              : canonical;
    return { micros, text };
  });

test.each(["=", "!=", "<", "<=", ">", ">="] as const)("stored timestamps compare as instants: %s", (operator) => {
  const compare: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    "=": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  };
  connection.runText("CREATE TABLE IF NOT EXISTS seen (at TIMESTAMP)", []);
  const form = (isMirrored: boolean) =>
    queryForm(
      [
        "SELECT count(*) AS n FROM seen WHERE ",
        {
          p: "operator",
          operator,
          left: isMirrored ? [parameter(0, "timestamp")] : ["at"],
          right: isMirrored ? ["at"] : [parameter(0, "timestamp")],
          type: "bool",
          operandType: "timestamp",
        },
      ],
      [["n", "int"]],
      1,
    );
  const [plain, mirrored] = [form(false), form(true)];
  fc.assert(
    fc.property(STORED_INSTANTS, STORED_INSTANTS, (stored, given) => {
      connection.runText("DELETE FROM seen", []);
      connection.runText("INSERT INTO seen VALUES (?)", [stored.text]);
      const value = new Timestamp(given.micros);
      expect(rowsOf(connection.query(plain, [value]))).toEqual([
        [compare[operator]?.(stored.micros, given.micros) === true ? 1 : 0],
      ]);
      expect(rowsOf(connection.query(mirrored, [value]))).toEqual([
        [compare[operator]?.(given.micros, stored.micros) === true ? 1 : 0],
      ]);
    }),
    { numRuns: 300 },
  );
});

const ANY_VALUES: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(intOf),
  fc.integer(),
  fc
    .double({ noNaN: true })
    .filter((value) => !Object.is(value, -0))
    .map(boxFloat),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
);

test("any value comes back, bound, stored and in lists", () => {
  connection.runText("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, value)", []);
  const bound = queryForm(["SELECT ", parameter(0, "any"), " AS value"], [["value", "any"]], 1);
  const list = queryForm(
    ["SELECT value FROM ", { p: "rows", index: 0, columns: [{ name: "value", type: "any" }] }],
    [["value", "any"]],
    1,
  );
  fc.assert(
    fc.property(fc.array(ANY_VALUES, { maxLength: 20 }), (values) => {
      connection.runText("DELETE FROM kept", []);
      for (const value of values) {
        expect(rowsOf(connection.query(bound, [value]))).toEqual([[value]]);
        connection.runText("INSERT INTO kept (value) VALUES (?)", [value]);
      }
      expect(select(connection, "SELECT value FROM kept ORDER BY id")).toEqual(values.map((value) => [value]));
      const withoutBytes = values.filter((value) => !(value instanceof Uint8Array));
      expect(rowsOf(connection.query(list, [new ListValue(withoutBytes)]))).toEqual(
        withoutBytes.map((value) => [value]),
      );
    }),
  );
});
