// A file that is checked again after each edit has the same problems, types, meanings and effects as one that is checked from scratch.
// Random edits of the checker's fixtures: words put in and taken out, the file put back. CHECK_RUNS and CHECK_SEED make it longer.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { check, type Environment } from "../../compiler/check/check.ts";
import { createChecker } from "../../compiler/check/recheck.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { createParseCache } from "../../compiler/syntax/parse-cache.ts";
import { LIBRARY, LIBRARY_EDITS, SHOP, SHOP_EDITS, USER } from "./recheck-sources.ts";
import { summary } from "./summary.ts";
import { environmentOf } from "./support.ts";

const FOLDERS = ["check", "listings", "triggers"].map((name) => join(import.meta.dirname, "..", "fixtures", name));
const SOURCES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".grz"))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8")),
).filter((text) => text.length < 6000);
const WORDS = [
  "x",
  "1",
  " ",
  "name",
  "return ",
  "if ",
  "{",
  "}",
  "(",
  ")",
  "let a = 1\n",
  "'",
  "raise Foo\n",
  "foo",
  ";",
  "\n",
  "a.",
  "SELECT id FROM t",
];
const EDITS_PER_SOURCE = 12;

/** Numbers below a bound, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

function edited(text: string, source: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const kind = random(10);
  if (kind < 6) return text.slice(0, at) + (WORDS[random(WORDS.length)] ?? "") + text.slice(at);
  return kind < 9 ? text.slice(0, at) + text.slice(at + 1 + random(6)) : source;
}

test("checking after an edit finds what checking from scratch finds", () => {
  const random = numbers(Number(process.env["CHECK_SEED"] ?? 7));
  const environment: Environment = environmentOf();
  for (let run = 0; run < Number(process.env["CHECK_RUNS"] ?? 25); run += 1) {
    const source = SOURCES[random(SOURCES.length)] ?? "";
    const cache = createParseCache({ movesItems: true });
    const checker = createChecker();
    let text = source;
    for (let edit = 0; edit < EDITS_PER_SOURCE; edit += 1) {
      const again = checker.check(parse({ name: "edited.grz", text }, cache).value, environment);
      const scratch = check(parse({ name: "edited.grz", text }).value, environment);
      expect(summary(again), text).toEqual(summary(scratch));
      text = edited(text, source, random);
    }
  }
});

/** The text with one of the edits in one of the places where it can be made; now and then the first text. */
function replaced(
  text: string,
  source: string,
  edits: readonly (readonly [string, string])[],
  random: (below: number) => number,
): string {
  if (random(5) === 0) return source;
  const [from, to] = edits[random(edits.length)] ?? ["", ""];
  const places = [...text.matchAll(new RegExp(from.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`), "gu"))];
  const place = places[random(Math.max(1, places.length))];
  return place === undefined ? text : text.slice(0, place.index) + to + text.slice(place.index + from.length);
}

test("also when tables, types and triggers change under code", () => {
  const random = numbers(Number(process.env["CHECK_SEED"] ?? 7));
  const environment: Environment = environmentOf();
  for (let run = 0; run < Number(process.env["CHECK_RUNS"] ?? 25) / 5; run += 1) {
    const cache = createParseCache({ movesItems: true });
    const checker = createChecker();
    let text = SHOP;
    for (let edit = 0; edit < EDITS_PER_SOURCE; edit += 1) {
      const again = checker.check(parse({ name: "edited.grz", text }, cache).value, environment);
      const scratch = check(parse({ name: "edited.grz", text }).value, environment);
      expect(summary(again), text).toEqual(summary(scratch));
      text = replaced(text, SHOP, SHOP_EDITS, random);
    }
  }
});

test("also when an imported file changes", () => {
  const random = numbers(Number(process.env["CHECK_SEED"] ?? 7));
  const base = environmentOf();
  for (let run = 0; run < Number(process.env["CHECK_RUNS"] ?? 25) / 5; run += 1) {
    const caches = [createParseCache({ movesItems: true }), createParseCache({ movesItems: true })] as const;
    const [libraryChecker, checker] = [createChecker(), createChecker()];
    let [library, text] = [LIBRARY, USER];
    for (let edit = 0; edit < EDITS_PER_SOURCE; edit += 1) {
      const module = parse({ name: "library.grz", text: library }, caches[0]).value;
      const imported = libraryChecker.check(module, base);
      const environment: Environment = {
        ...base,
        importModule: () => module,
        checkedModule: (asked) => (asked === module ? imported : undefined),
      };
      const again = checker.check(parse({ name: "edited.grz", text }, caches[1]).value, environment);
      const fresh = parse({ name: "library.grz", text: library }).value;
      const scratch = check(parse({ name: "edited.grz", text }).value, { ...base, importModule: () => fresh });
      expect(summary(again), `${library}\n${text}`).toEqual(summary(scratch));
      expect(again.uses.filter(({ module: used }) => used.file.name === "library.grz")).toEqual(
        text.startsWith("import") ? [imported] : [],
      );
      if (random(4) > 0) library = replaced(library, LIBRARY, LIBRARY_EDITS, random);
      else
        text = replaced(
          text,
          USER,
          [
            ["import library\n", ""],
            ["moved(3)", "moved('x')"],
            ["own1(a)", "own(a)"],
          ],
          random,
        );
    }
  }
});

test.each([
  ["a column", "total REAL", "amount REAL"],
  ["a field of a struct", "two string", "three string"],
  ["a value of an enum", "'sad')", "'sad', 'calm')"],
  ["a field of an error", "(extra string)", "(other string)"],
  ["a trigger", "NEW.total + 1", "NEW.total + 2"],
])("%s: what does not use it is not checked again", (_, from, to) => {
  const cache = createParseCache({ movesItems: true });
  const checker = createChecker();
  const environment: Environment = environmentOf();
  const before = checker.check(parse({ name: "edited.grz", text: SHOP }, cache).value, environment);
  const item = before.module.items.find(({ text }) => text.includes("other12"));
  const kept = item === undefined ? undefined : before.routines.get(item.statement as never);
  const parameter = kept?.parameters[0]?.variable;
  const again = checker.check(parse({ name: "edited.grz", text: SHOP.replace(from, to) }, cache).value, environment);
  expect(parameter).toBeDefined();
  expect([...again.variables.values()]).toContain(parameter);
});
