// Every program in the repository that checks without errors compiles, and its bytecode survives encoder, decoder and verifier: fixtures, listings, examples,
// the standard library, and the examples of the documentation, compiled for coverage and without it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decode } from "../../bytecode/decode.ts";
import { encode } from "../../bytecode/encode.ts";
import { verify } from "../../bytecode/verify.ts";
import { compile } from "../../compiler/compile.ts";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHUNK = /^#---$/mu;

interface Program {
  readonly name: string;
  readonly text: string;
}

/** Files below a folder with an ending, as paths from the root. */
function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file}`);
}

function programs(): readonly Program[] {
  const files = ["test/fixtures", "examples", "stdlib", "bench/programs"]
    .flatMap((folder) => filesBelow(folder, ".grz"))
    .sort();
  const sources = files.flatMap((file) =>
    readFileSync(join(ROOT, file), "utf8")
      .split(CHUNK)
      .map((text, chunk): Program => ({ name: `${file} ${chunk}`, text })),
  );
  const pages = [...filesBelow("docs", ".md"), "README.md"].sort();
  const blocks = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/^```grz[^\n]*\n([\s\S]*?)^```$/gmu)].map(
      (match, block): Program => ({ name: `${page} ${block}`, text: match[1] ?? "" }),
    ),
  );
  return [...sources, ...blocks];
}

describe("all programs of the repository", () => {
  test("compile to bytecode that the verifier accepts", () => {
    const failures: string[] = [];
    let compiled = 0;
    for (const { name, text } of programs()) {
      const session = openSession({
        engine: sqliteEngine,
        database: ":memory:",
        directory: join(ROOT, "examples/flights"),
        output: { print: () => undefined, log: () => undefined, notice: () => undefined },
      });
      try {
        const checked = session.analyze({ name, text });
        if (checked.problems.some((problem) => problem.severity === "error")) continue;
        for (const coverage of [false, true]) {
          const { program } = compile(checked, session.catalogView(), { coverage });
          if (program === undefined) continue;
          compiled += 1;
          const decoded = decode(encode(program));
          const problems = decoded.value === undefined ? decoded.problems : verify(decoded.value).problems;
          if (problems.length > 0) failures.push(`${name}: ${problems.map((problem) => problem.message).join(" ")}`);
        }
      } catch (error) {
        failures.push(
          `${name}: ${error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" ") : String(error)}`,
        );
      } finally {
        session.close();
      }
    }
    expect(failures.slice(0, 30)).toEqual([]);
    expect(compiled).toBeGreaterThan(200);
  });
});
