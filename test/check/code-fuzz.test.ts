// The checker never throws, whatever the program: fixtures and listings with tokens dropped, doubled, swapped or taken from elsewhere.
// Every finding lies inside the file, and checking twice finds the same.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkText } from "./support.ts";

const FOLDERS = ["check", "check-sql", "listings"].map((name) => join(import.meta.dirname, "..", "fixtures", name));
const SOURCES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".grz"))
    .sort()
    .map((name) =>
      readFileSync(join(folder, name), "utf8")
        .split("\n")
        .filter((line) => !/^\s*#/u.test(line))
        .join("\n"),
    ),
);
const TOKEN = /\s+|[A-Za-z_]+|\d+|'[^']*'|"[^"]*"|[^\sA-Za-z_\d]/gu;
const WORDS = SOURCES.flatMap((source) => (source.match(TOKEN) ?? []).filter((token) => token.trim() !== ""));

const mutated = fc
  .tuple(
    fc.nat(SOURCES.length - 1),
    fc.array(fc.tuple(fc.nat(10_000), fc.nat(3), fc.nat(WORDS.length - 1)), { minLength: 1, maxLength: 4 }),
  )
  .map(([source, changes]) => {
    const tokens = (SOURCES[source] ?? "").match(TOKEN) ?? [];
    for (const [place, kind, word] of changes) {
      const at = place % Math.max(1, tokens.length);
      if (kind === 0) tokens.splice(at, 1);
      else if (kind === 1) tokens.splice(at, 0, tokens[at] ?? "");
      else if (kind === 2) tokens.splice(at, 1, WORDS[word] ?? "");
      else tokens.splice(at, 0, ` ${WORDS[word] ?? ""} `);
    }
    return tokens.join("");
  });

test("mutated programs are checked without a throw", () => {
  fc.assert(
    fc.property(mutated, (text) => {
      const { problems } = checkText(text);
      for (const { span } of problems) {
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeGreaterThanOrEqual(span.start);
        expect(span.end).toBeLessThanOrEqual(text.length);
      }
      expect(checkText(text).problems).toEqual(problems);
    }),
    { numRuns: Number(process.env["CHECK_RUNS"] ?? 250), seed: Number(process.env["CHECK_SEED"] ?? 5) },
  );
});
