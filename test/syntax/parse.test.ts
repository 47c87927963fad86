// Parse fixtures: each file of test/fixtures/parse becomes a tree that is compared with its golden file (`-u` writes it), without a syntax problem.
// The grammar as written and the fast one must give the same tree.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { matchRule } from "../../grammar/engine.ts";
import { BUILDERS } from "../../compiler/syntax/build.ts";
import { all, type BuildContext, only, rule, viewOf } from "../../compiler/syntax/build-node.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { dumpModule } from "./dump.ts";
import { spanProblems } from "./spans.ts";

const folder = join(import.meta.dirname, "../fixtures/parse");
const files = readdirSync(folder).filter((name) => name.endsWith(".grz"));

/** Where the statements of a file begin when it is parsed in one piece. */
function statementStarts(text: string): readonly number[] {
  const match = matchRule(text, "Items");
  if (match === undefined) return [];
  const ctx: BuildContext = {
    text,
    origin: 0,
    end: text.length,
    problems: [],
    build: BUILDERS,
    embedded: () => ({ kind: "hole", span: { start: 0, end: 0 } }),
  };
  const entries = all(viewOf(match, ctx), "Item")
    .map(only)
    .filter((entry) => rule(entry) !== "EmptyStatement");
  return entries.map((entry) => (rule(entry) === "EndTransaction" ? entry.start : only(only(entry)).start));
}

describe("parse fixtures", () => {
  it.each(files)("%s", async (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const { value, problems } = parse({ name, text });
    expect(
      problems.map(
        (problem) => `${problem.code} ${problem.message} ${text.slice(problem.span.start, problem.span.end)}`,
      ),
    ).toEqual([]);
    expect(spanProblems(value)).toEqual([]);
    // The scanner's cuts change nothing: the grammar alone finds the same statements in the whole file.
    expect(value.items.map((item) => item.offset + item.statement.span.start)).toEqual(statementStarts(text));
    await expect(dumpModule(value)).toMatchFileSnapshot(join(folder, name.replace(".grz", ".tree")));
  });
});
