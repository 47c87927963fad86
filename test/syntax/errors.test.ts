// Syntax errors: each chunk of test/fixtures/syntax-errors (divided by `#---`) is parsed and its problems are compared with the golden file (`-u` writes it).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Problem } from "../../base/problem.ts";
import { lineStarts, positionAt } from "../../base/source.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { spanProblems } from "./spans.ts";

const folder = join(import.meta.dirname, "../fixtures/syntax-errors");
const files = readdirSync(folder).filter((name) => name.endsWith(".grz"));

function describeProblem(text: string, problem: Problem): string {
  const { line, column } = positionAt(lineStarts(text), problem.span.start);
  const fixes = (problem.fixes ?? []).map((fix) => `\n    fix: ${fix.title}`).join("");
  const help = problem.help === undefined ? "" : `\n    help: ${problem.help}`;
  return `  ${problem.code} ${line}:${column} ${JSON.stringify(text.slice(problem.span.start, problem.span.end))} ${problem.message}${help}${fixes}`;
}

function describeChunk(chunk: string): string {
  const { value, problems } = parse({ name: "chunk", text: chunk });
  expect(spanProblems(value)).toEqual([]);
  const kinds = value.items.map((item) => item.statement.kind).join(", ");
  return [chunk.trimEnd(), `=> ${kinds}`, ...problems.map((problem) => describeProblem(chunk, problem)), ""].join("\n");
}

describe("syntax errors", () => {
  it.each(files)("%s", async (name) => {
    const chunks = readFileSync(join(folder, name), "utf8").split("#---\n");
    await expect(`${chunks.map(describeChunk).join("\n")}`).toMatchFileSnapshot(
      join(folder, name.replace(".grz", ".expected")),
    );
  });

  it("keeps the statements around a broken one", () => {
    const text = "function f() {\n  let a = 1\n  let b = = 2\n  if a { print a b }\n  return a\n}\nprint 1\n";
    const { value, problems } = parse({ name: "x", text });
    expect(problems.map((problem) => problem.code)).toEqual(["E1001", "E1010"]);
    const [first] = value.items;
    if (first?.statement.kind !== "routine" || first.statement.body?.kind !== "block")
      throw new TypeError("no routine");
    expect(first.statement.body.statements.map((statement) => statement.kind)).toEqual([
      "let",
      "skipped",
      "ifStatement",
      "return",
    ]);
  });
});
