// The sqllogictest corpus through the engine: every statement gives what better-sqlite3 itself gives, in the same order, and fails where it fails.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { boxFloat, Decimal, type Value } from "../../base/value/value.ts";
import { printDecimal } from "../../base/value/decimal.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { rowsOf } from "./engines.ts";

const CORPUS = join(import.meta.dirname, "../fixtures/corpora/sqllogictest.sql");

/** One comparable text per row. Decimals of NUMERIC columns print as the numbers that SQLite holds. */
function rowText(row: readonly Value[]): string {
  return JSON.stringify(
    row.map((value) => {
      if (value instanceof Decimal) return `number ${Number(printDecimal(value))}`;
      if (typeof value === "bigint" || typeof value === "number") return `number ${Number(value)}`;
      if (typeof value === "object" && value !== null && "value" in value) return `number ${Number(value.value)}`;
      if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
      return value;
    }),
  );
}

test("every statement of the corpus", () => {
  const plain = new Database(":memory:");
  const connection = sqliteEngine.connect({ target: ":memory:" });
  const statements = readFileSync(CORPUS, "utf8")
    .split(/;[ \t]*\r?\n/)
    .map((text) => text.trim())
    .filter((text) => text !== "");
  let compared = 0;
  for (const text of statements) {
    const statement = ((): Database.Statement | string => {
      try {
        return plain.prepare(text);
      } catch (error) {
        return String(error);
      }
    })();
    if (typeof statement === "string") {
      expect(() => connection.runText(text, []), text).toThrow(EngineError);
      continue;
    }
    if (!statement.reader) {
      let failed = false;
      try {
        statement.run();
      } catch {
        failed = true;
      }
      if (failed) expect(() => connection.runText(text, []), text).toThrow(EngineError);
      else connection.runText(text, []);
      continue;
    }
    const expected = (statement.raw().safeIntegers().all() as unknown[][]).map((row) =>
      rowText(row.map((raw) => (typeof raw === "number" ? boxFloat(raw) : (raw as Value)))),
    );
    const found = rowsOf(connection.runText(text, []).source).map(rowText);
    expect(found, text).toEqual(expected);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(1000);
  connection.close();
});
