// A check in steps: it finds what a check at once finds, rests at every declaration, and one that is dropped before its end leaves nothing behind.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Problem } from "../../base/problem.ts";
import { check, checkWhole } from "../../compiler/check/check.ts";
import { createChecker } from "../../compiler/check/recheck.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { createParseCache } from "../../compiler/syntax/parse-cache.ts";
import { environmentOf } from "./support.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "check");
const SOURCES = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".grz"))
  .sort()
  .map((name) => readFileSync(join(FIXTURES, name), "utf8"));
const environment = environmentOf();

function problemsOf(text: string): readonly Problem[] {
  return check(parse({ name: "edited.grz", text }).value, environment).problems;
}

test("checks that are dropped in the middle leave what was known as it was", () => {
  for (const [index, source] of SOURCES.entries()) {
    if (index % 3 > 0) continue;
    const cache = createParseCache({ movesItems: true });
    const checker = createChecker();
    const texts = [source, `${source}\nprint nobody\n`, `print nothing\n${source}`, source];
    for (const [version, text] of texts.entries()) {
      const module = parse({ name: "edited.grz", text }, cache).value;
      const dropped = checker.steps(module, environment);
      for (let step = 0; step < (index * 3 + version * 5) % 11; step += 1) dropped.next();
      dropped.return(undefined as never);
      expect(checker.check(module, environment).problems, text).toEqual(problemsOf(text));
    }
  }
});

/** What bodies ask for, step by step: each asks for routines of its own, so that this tells what was checked in a step. */
function askedInSteps(text: string): readonly number[] {
  let asked = new Set<string>();
  const watched = {
    ...environment,
    standardModule: (routine: string) => {
      asked.add(routine);
      return environment.standardModule(routine);
    },
  };
  const inSteps: number[] = [];
  for (const _ of checkWhole(parse({ name: "long.grz", text }).value, watched)) {
    inSteps.push(asked.size);
    asked = new Set();
  }
  return inSteps;
}

const calls = Array.from({ length: 50 }, (_, number) => `unheard_${number}()`);

test("no step checks more than one declaration", () => {
  const inSteps = askedInSteps(calls.map((call, number) => `procedure p_${number} () { ${call} }\n`).join("\n"));
  expect(inSteps.filter((count) => count > 0)).toHaveLength(50);
  expect(Math.max(...inSteps)).toBe(1);
});

test("no step checks more than one statement of a long body", () => {
  const inSteps = askedInSteps(`procedure p () {\n${calls.join("\n")}\n}\n`);
  expect(inSteps.filter((count) => count > 0)).toHaveLength(50);
  expect(Math.max(...inSteps)).toBe(1);
});
