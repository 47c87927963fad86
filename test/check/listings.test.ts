// The listings of the founding documents, verbatim: each must be accepted as it stands, with exactly the findings of its golden.
// `NAME.txt` holds one finding per line: place, severity, code, message. Where a schema changes the answer, `NAME.schema.txt` is the answer with it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lineStarts, positionAt } from "../../base/source.ts";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { catalogWithFile } from "../../compiler/catalog/file.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { checkText } from "./support.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "listings");

/** Tables that make the listings' names known. */
const SCHEMAS: Readonly<Record<string, string>> = {
  "03-000-create-trigger":
    "CREATE TABLE table_name (id INTEGER PRIMARY KEY, status TEXT NOT NULL, created_at TIMESTAMP)",
  "06-000-automation":
    "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE audit_log (table_name TEXT, operation TEXT, user_id INT, timestamp TIMESTAMP)",
  "14-001-procedure-customer-summary":
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, region TEXT, total_orders INT); CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INT)",
  "26-002-trigger-capabilities": "CREATE TABLE table_name (id INTEGER PRIMARY KEY, status TEXT)",
};

function findings(text: string, catalog?: CatalogView): string {
  const starts = lineStarts(text);
  const lines = checkText(text, catalog === undefined ? {} : { catalog }).problems.map((problem) => {
    const { line, column } = positionAt(starts, problem.span.start);
    return `${line}:${column} ${problem.severity} ${problem.code} ${problem.message}`;
  });
  return lines.length === 0 ? "nothing\n" : `${lines.join("\n")}\n`;
}

describe("listings", () => {
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith(".grz"))
    .sort()) {
    const name = file.replace(".grz", "");
    const text = readFileSync(join(FOLDER, file), "utf8");
    it(name, async () => {
      await expect(findings(text)).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
    });
    it(`${name} has no errors`, () => {
      expect(checkText(text).problems.filter((problem) => problem.severity === "error")).toEqual([]);
    });
    const schema = SCHEMAS[name];
    if (schema === undefined) continue;
    it(`${name} with its schema`, async () => {
      const catalog = catalogWithFile(makeCatalog(), parse({ name: "schema.sql", text: schema }).value);
      await expect(findings(text, catalog)).toMatchFileSnapshot(join(FOLDER, `${name}.schema.txt`));
    });
  }
});
