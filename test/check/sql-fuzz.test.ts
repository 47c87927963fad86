// The checker never throws: fixtures with tokens dropped, doubled, swapped or taken from elsewhere are checked, and each problem lies inside the file.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { check } from "../../compiler/check/check.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { TEST_CRON } from "../cron/port.ts";

const DIRECTORY = new URL("../fixtures/check-sql/", import.meta.url);
const SOURCES = readdirSync(DIRECTORY).map((name) =>
  readFileSync(new URL(name, DIRECTORY), "utf8")
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n"),
);
const WORDS = SOURCES.flatMap((source) => source.match(/[A-Za-z_]+|\d+|'[^']*'|[^\sA-Za-z_\d]/g) ?? []);

/** Changes some tokens of a source. */
const mutated = fc
  .tuple(
    fc.nat(SOURCES.length - 1),
    fc.array(fc.tuple(fc.nat(10_000), fc.nat(3), fc.nat(WORDS.length - 1)), { minLength: 1, maxLength: 4 }),
  )
  .map(([source, changes]) => {
    const tokens = (SOURCES[source] ?? "").match(/\s+|[A-Za-z_]+|\d+|'[^']*'|[^\sA-Za-z_\d]/g) ?? [];
    for (const [place, kind, word] of changes) {
      const at = place % Math.max(1, tokens.length);
      if (kind === 0) tokens.splice(at, 1);
      else if (kind === 1) tokens.splice(at, 0, tokens[at] ?? "");
      else if (kind === 2) tokens.splice(at, 1, WORDS[word] ?? "");
      else tokens.splice(at, 0, ` ${WORDS[word] ?? ""} `);
    }
    return tokens.join("");
  });

test("mutated sources are checked without a throw", () => {
  fc.assert(
    fc.property(mutated, (text) => {
      const { value: module } = parse({ name: "fuzz.grz", text });
      const checked = check(module, {
        catalog: makeCatalog(),
        strict: false,
        standardModule: () => undefined,
        standardNames: () => [],
        importModule: () => undefined,
        cron: TEST_CRON,
      });
      for (const problem of checked.problems) {
        expect(problem.span.start, text).toBeGreaterThanOrEqual(0);
        expect(problem.span.end, text).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: Number(process.env["SQL_RUNS"] ?? 400), seed: Number(process.env["SQL_SEED"] ?? 3) },
  );
});
