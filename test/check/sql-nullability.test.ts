// Nullability is never wrong: random queries run on random data, and no column that the checker types as not null holds a null;
// a query that it calls one row has exactly one, at most one has none or one. What SQLite runs has no error from the checker.
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { mayBeNull } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import { required } from "../../base/failure.ts";
import { applySql, checkSql, parseSql } from "./sql-harness.ts";
import { QUERY_SCHEMA, queryText, rowStatements } from "./sql-queries.ts";

function catalogOfSchema(): CatalogView {
  return QUERY_SCHEMA.reduce<CatalogView>(
    (catalog, text) => applySql(required(parseSql(text), text), catalog),
    makeCatalog(),
  );
}

/** Which JavaScript values a scalar type may have. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  int: ["number"],
  float: ["number"],
  bool: ["number"],
  string: ["string"],
  json: ["string"],
  date: ["string"],
  bytes: ["object"],
};

test("no null where the checker says not null, no error where SQLite runs", () => {
  const catalog = catalogOfSchema();
  let ran = 0;
  let notNull = 0;
  fc.assert(
    fc.property(rowStatements, fc.array(queryText, { minLength: 8, maxLength: 8 }), (rows, queries) => {
      const db = new Database(":memory:");
      db.pragma("foreign_keys = OFF");
      for (const text of [...QUERY_SCHEMA, ...rows]) db.exec(text);
      for (const text of queries) {
        let result: unknown[][];
        try {
          result = db.prepare(text).raw().all() as unknown[][];
        } catch {
          continue; // Not a query for SQLite (a scalar of two columns, a misplaced aggregate): nothing to compare.
        }
        const { info, findings } = checkSql(required(parseSql(text), text), catalog);
        ran += 1;
        expect(
          findings.filter((finding) => finding.severity === "error").map((finding) => finding.message),
          text,
        ).toEqual([]);
        const columns = required(info.columns, `columns of ${text}`);
        for (const row of result) {
          expect(row.length, text).toBe(columns.length);
          columns.forEach((column, index) => {
            const value = row[index];
            if (value === null)
              expect(mayBeNull(column.type), `${text}\n${column.name}: ${showType(column.type)}`).toBe(true);
            else if (column.type.kind === "scalar" && VALUES[column.type.name] !== undefined)
              expect(
                VALUES[column.type.name],
                `${text}\n${column.name}: ${showType(column.type)} holds ${String(value)}`,
              ).toContain(typeof value);
          });
        }
        notNull += columns.filter((column) => !mayBeNull(column.type)).length;
        if (info.cardinality === "one") expect(result.length, text).toBe(1);
        if (info.cardinality === "atMostOne") expect(result.length, text).toBeLessThanOrEqual(1);
      }
      db.close();
    }),
    {
      numRuns: Number(process.env["SQL_RUNS"] ?? 200),
      seed: process.env["SQL_SEED"] === undefined ? 1 : Number(process.env["SQL_SEED"]),
    },
  );
  // The test must say something: many queries ran, and many columns were typed as not null.
  expect(ran).toBeGreaterThan(500);
  expect(notNull).toBeGreaterThan(400);
});
