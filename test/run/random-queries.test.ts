// Random queries and writes through parser, checker, lowering, machine and engine give what better-sqlite3 gives for the same text.
// Rows are compared as multisets; queries with LIMIT by their number only, because few have a total order.
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cell } from "../../base/value/column.ts";
import { printQuoted } from "../../base/value/print.ts";
import { Decimal, FloatBox, type TableValue, type Value } from "../../base/value/value.ts";
import type { Session } from "../../server/session-types.ts";
import { QUERY_SCHEMA, queryText, rowStatements, writeText } from "../check/sql-queries.ts";
import { testSession } from "../session.ts";

function plain(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value === true || value === false) return value ? "1" : "0";
  if (value instanceof FloatBox) return String(value.value);
  if (value instanceof Decimal) return String(Number(printQuoted(value)));
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" ? value : printQuoted(value as Value).replace(/^["']|["']$/g, "");
}

function rowsOf(table: TableValue): readonly string[] {
  return Array.from({ length: table.length }, (_value, row) =>
    table.columns.map((column) => plain(cell(column, row))).join(" | "),
  ).sort();
}

/** Rows of a statement run by a session; what went wrong otherwise. */
function answer(session: Session, text: string): readonly string[] | string {
  let table: TableValue | undefined;
  const outcome = session.executeStatement(text, {
    onResult: ({ result }) => {
      if (result.kind === "table") table = result.table;
    },
  });
  if (outcome.kind === "completed") return table === undefined ? [] : rowsOf(table);
  return outcome.kind === "failed"
    ? `failed: ${outcome.error.message}`
    : `rejected: ${outcome.problems.map((problem) => problem.message).join(" ")}`;
}

/** Both databases with the same rows. */
function prepared(rows: readonly string[]): { readonly db: Database.Database; readonly session: Session } {
  const db = new Database(":memory:");
  db.pragma("foreign_keys = OFF");
  for (const text of [...QUERY_SCHEMA, ...rows]) db.exec(text);
  const { session } = testSession();
  expect(
    session.execute({
      name: "schema.grz",
      text: `PRAGMA foreign_keys = OFF;\n${[...QUERY_SCHEMA, ...rows].join(";\n")};`,
    }).kind,
  ).toBe("completed");
  return { db, session };
}

/** Dates before year 0, which `date()` makes of small numbers, are no values of the language's date. */
const NOT_COMPARED = /\bdate\(/;

test("queries", () => {
  let compared = 0;
  fc.assert(
    fc.property(rowStatements, fc.array(queryText, { minLength: 6, maxLength: 6 }), (rows, queries) => {
      const { db, session } = prepared(rows);
      for (const text of queries) {
        if (NOT_COMPARED.test(text)) continue;
        let expected: readonly string[];
        try {
          expected = (db.prepare(text).raw().all() as unknown[][]).map((row) => row.map(plain).join(" | ")).sort();
        } catch {
          continue; // Not a query for SQLite.
        }
        const found = answer(session, text);
        if (/\bLIMIT\b/.test(text) && Array.isArray(found)) expect(found.length, text).toBe(expected.length);
        else expect(found, text).toEqual(expected);
        compared += 1;
      }
      session.close();
      db.close();
    }),
    { numRuns: Number(process.env["SQL_RUNS"] ?? 60), seed: Number(process.env["SQL_SEED"] ?? 5) },
  );
  expect(compared).toBeGreaterThan(200);
});

/** Script variables that stand for literals of the queries. */
const VARIABLES = ["let v0 = 0", "let v1 = 1", "let v2 = 2", "let v3 = 3", "let half = 2.5", "let vx = 'x'"];

/** The query with every other literal replaced by a variable. `CASE :v` inside a call is left alone. */
function withVariables(text: string): string {
  let count = 0;
  const numbers = text.replace(/(?<![\w.'])([0-3])(?![\w.'])/g, (literal) => {
    count += 1;
    return count % 2 === 1 ? `:v${literal}` : literal;
  });
  return numbers
    .replace(/(?<![\w.])2\.5(?!\w)/g, ":half")
    .replace(/'x'/g, ":vx")
    .replace(/CASE :(v\d|half)/g, "CASE (:$1)");
}

test("queries with variables in place of literals", () => {
  let compared = 0;
  fc.assert(
    fc.property(rowStatements, fc.array(queryText, { minLength: 6, maxLength: 6 }), (rows, queries) => {
      const { db, session } = prepared(rows);
      for (const text of VARIABLES) expect(answer(session, text)).toEqual([]);
      for (const text of queries) {
        if (NOT_COMPARED.test(text)) continue;
        let expected: readonly string[];
        try {
          expected = (db.prepare(text).raw().all() as unknown[][]).map((row) => row.map(plain).join(" | ")).sort();
        } catch {
          continue; // Not a query for SQLite.
        }
        const bound = withVariables(text);
        const found = answer(session, bound);
        if (/\bLIMIT\b/.test(text) && Array.isArray(found)) expect(found.length, bound).toBe(expected.length);
        else expect(found, bound).toEqual(expected);
        compared += 1;
      }
      session.close();
      db.close();
    }),
    { numRuns: Number(process.env["SQL_RUNS"] ?? 40), seed: Number(process.env["SQL_SEED"] ?? 7) },
  );
  expect(compared).toBeGreaterThan(120);
});

test("writes", () => {
  let compared = 0;
  fc.assert(
    fc.property(rowStatements, fc.array(writeText, { minLength: 6, maxLength: 6 }), (rows, writes) => {
      const { db, session } = prepared(rows);
      for (const text of writes) {
        let expected: readonly string[] | "failed";
        try {
          const statement = db.prepare(text);
          expected = statement.reader
            ? (statement.raw().all() as unknown[][]).map((row) => row.map(plain).join(" | ")).sort()
            : (statement.run(), []);
        } catch (error) {
          if (!(error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_CONSTRAINT")))
            continue;
          expected = "failed";
        }
        const found = answer(session, text);
        if (expected === "failed") expect(typeof found, text).toBe("string");
        else expect(found, text).toEqual(expected);
        for (const table of ["a", "b", "c"]) {
          const content = `SELECT * FROM ${table}`;
          expect(answer(session, content), `${text}\nleaves ${table}`).toEqual(
            (db.prepare(content).raw().all() as unknown[][]).map((row) => row.map(plain).join(" | ")).sort(),
          );
        }
        compared += 1;
      }
      session.close();
      db.close();
    }),
    { numRuns: Number(process.env["SQL_RUNS"] ?? 60), seed: Number(process.env["SQL_SEED"] ?? 6) },
  );
  expect(compared).toBeGreaterThan(150);
});
