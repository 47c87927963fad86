// Parse fixtures: each file of test/fixtures/parse becomes a tree that is compared with its golden file (`-u` writes it), without a syntax problem.
// The grammar as written and the fast one must give the same tree.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../compiler/syntax/parse.ts";
import { dumpModule } from "./dump.ts";
import { spanProblems } from "./spans.ts";

const folder = join(import.meta.dirname, "../fixtures/parse");
const files = readdirSync(folder).filter((name) => name.endsWith(".grz"));

describe("parse fixtures", () => {
  it.each(files)("%s", async (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const { value, problems } = parse({ name, text });
    expect(problems.map((problem) => `${problem.code} ${problem.message} ${text.slice(problem.span.start, problem.span.end)}`)).toEqual([]);
    expect(spanProblems(value)).toEqual([]);
    await expect(dumpModule(value)).toMatchFileSnapshot(join(folder, name.replace(".grz", ".tree")));
  });
});
