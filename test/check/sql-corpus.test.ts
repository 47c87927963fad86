// Every statement of the corpus that SQLite accepts: the checker has no error on it, and column counts and names are SQLite's own.
// The statements run in order against an in-memory database and, beside it, the catalog that the same DDL gives.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { applySql, checkSql, parseSql } from "./sql-harness.ts";

/** Statements end with `;` at the end of a line. */
function corpus(): readonly string[] {
  const text = readFileSync(new URL("../fixtures/corpora/sqllogictest.sql", import.meta.url), "utf8");
  return text
    .split(/;\s*\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

/** The name before it was made distinct. */
function plainName(name: string): string {
  return name.replace(/_\d+$/, "");
}

test("no error on what SQLite accepts, and the same columns", () => {
  const db = new Database(":memory:");
  db.pragma("foreign_keys = OFF");
  let catalog = makeCatalog();
  let accepted = 0;
  const failures: string[] = [];
  for (const text of corpus()) {
    const parsed = parseSql(text);
    let statement: Database.Statement;
    try {
      statement = db.prepare(text);
      if (statement.reader) statement.all();
      else statement.run();
    } catch {
      continue; // SQLite refuses it here (a table of another file of the suite): nothing to compare.
    }
    if (parsed === undefined) continue; // The parser's corpus test speaks of these.
    accepted += 1;
    const { info, findings } = checkSql(parsed, catalog);
    const errors = findings.filter(
      (finding) =>
        finding.severity === "error" ||
        (finding.name === "UnknownTable" && parsed.statement.kind !== "createView") ||
        finding.name === "UnknownSqlFunction",
    );
    if (errors.length > 0) failures.push(`${text}\n    ${errors.map((error) => error.message).join("\n    ")}`);
    if (statement.reader && !/^(pragma|explain)/i.test(text)) {
      const expected = statement.columns().map((column) => column.name);
      const found = info.columns?.map((column) => column.name) ?? [];
      const alike =
        expected.length === found.length &&
        expected.every((name, index) => found[index] === name || plainName(found[index] ?? "") === name);
      if (!alike) failures.push(`${text}\n    columns ${found.join(" | ")} instead of ${expected.join(" | ")}`);
    }
    catalog = applySql(parsed, catalog);
  }
  expect(failures.slice(0, 40)).toEqual([]);
  expect(accepted).toBeGreaterThan(1000);
});
