// Every statement of the SQL corpus and every listing parses.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../compiler/syntax/parse.ts";
import { spanProblems } from "./spans.ts";

const fixtures = join(import.meta.dirname, "../fixtures");

/** Statements that do not parse since our language reserves their first word. Empty for this corpus; each entry needs its word. */
const RESERVED_HERE: ReadonlyMap<string, string> = new Map();

describe("corpora", () => {
  it("parses every statement of sqllogictest", () => {
    const text = readFileSync(join(fixtures, "corpora/sqllogictest.sql"), "utf8");
    const failures: string[] = [];
    for (const statement of text.split(/;\n/)) {
      if (statement.trim() === "") continue;
      const { value, problems } = parse({ name: "corpus", text: statement });
      const whole = value.items.length === 1 && value.items[0]?.statement.kind !== "skipped";
      if ((problems.length > 0 || !whole) && !RESERVED_HERE.has(statement))
        failures.push(`${statement}: ${problems[0]?.message ?? `${value.items.length} items`}`);
    }
    expect(failures).toEqual([]);
  });

  const listings = readdirSync(join(fixtures, "listings")).filter((name) => name.endsWith(".grz"));
  it.each(listings)("parses listing %s", (name) => {
    const { value, problems } = parse({ name, text: readFileSync(join(fixtures, "listings", name), "utf8") });
    expect(problems).toEqual([]);
    expect(spanProblems(value)).toEqual([]);
    expect(value.items.length).toBeGreaterThan(0);
  });
});
