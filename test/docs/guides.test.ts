// Every program on the pages of docs/ runs and prints what the page says.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../architecture/sources.ts";
import { blocksOf, runPage } from "./examples.ts";

const PAGES = readdirSync(join(ROOT, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`)
  .filter((path) => blocksOf(path).some((block) => block.language === "grz"));

test.each(PAGES)("%s", (path) => {
  const { problems, printed } = runPage(path);
  expect(problems).toEqual([]);
  for (const { found, wanted } of printed) expect(found).toBe(wanted);
});

test("there are guides with programs", () => expect(PAGES.length).toBeGreaterThan(0));
