// The standard functions that every program may expect (LANGUAGE.md 15.14) exist, as built-in functions or in stdlib/*.grz, and no name means two things.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../compiler/syntax/parse.ts";
import { INTRINSIC_ROWS, intrinsicNames } from "../../bytecode/intrinsics/intrinsics.ts";

const FOLDER = join(import.meta.dirname, "../../stdlib");
const FILES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".grz"))
  .map((file) => ({ file, text: readFileSync(join(FOLDER, file), "utf8") }));
const STANDARD = FILES.flatMap(({ text }) =>
  Array.from(text.matchAll(/^(?:export )?function (\w+)/gm), (match) => match[1] ?? ""),
);

const EXPECTED =
  "len upper lower trim replace split join substring starts_with ends_with contains lpad rpad reverse repeat abs min max sum avg round floor ceil sqrt pow sign mod coalesce sort sort_by reduce map filter flat_map any all find group_by distinct zip range keys values has push pop insert remove take drop first last sum_by max_by min_by to_json parse_json now today date_trunc date_part date_add date_diff date_format uuid hash regex_match regex_replace";

describe("standard names", () => {
  it("cover what every program may expect", () => {
    const known = new Set([...intrinsicNames(), ...STANDARD]);
    expect(EXPECTED.split(" ").filter((name) => !known.has(name))).toEqual([]);
  });

  it("mean one thing each", () => {
    const builtIn = new Set(intrinsicNames());
    expect(STANDARD.filter((name) => builtIn.has(name))).toEqual([]);
    expect(new Set(STANDARD).size).toBe(STANDARD.length);
    const hidden = INTRINSIC_ROWS.filter((row) => row.hidden).map((row) => row.name);
    expect(hidden.filter((name) => builtIn.has(name) || STANDARD.includes(name))).toEqual([]);
  });

  it("have an example above each function of the library", () => {
    const missing = FILES.flatMap(({ text }) =>
      Array.from(text.matchAll(/((?:^---.*\n)*)^(export )?function (\w+)/gm))
        .filter(([, , exported]) => exported !== undefined || !/^export /m.test(text))
        .filter(([, doc]) => !/^--- Example: .+ {2}-- .+$/m.test(doc ?? ""))
        .map((match) => match[3]),
    );
    expect(missing).toEqual([]);
  });

  it.each(FILES.map(({ file, text }) => [file, text] as const))("%s parses without problems", (file, text) => {
    expect(parse({ name: file, text }).problems).toEqual([]);
  });

  it("may be reserved words, directly before their arguments only", () => {
    const problems = (text: string): number => parse({ name: "reserved", text }).problems.length;
    expect(problems("let x = join([1], '-');")).toBe(0);
    expect(problems("let y = [1, 2] |> drop(1) |> join(',')\ndrop table t")).toBe(0);
    expect(problems("print drop (xs, 1);")).toBe(0);
    expect(problems("SELECT * FROM a JOIN (SELECT 1 AS x) b ON a.x = b.x;")).toBe(0);
    expect(problems("let join = 1;")).toBeGreaterThan(0);
  });

  it("are all written in examples that parse", () => {
    const broken = INTRINSIC_ROWS.flatMap((row) => {
      const expression = row.example.slice(0, row.example.lastIndexOf("  -- "));
      return parse({ name: row.key, text: `let x = ${expression};` }).problems.map(
        (problem) => `${row.key}: ${problem.message}`,
      );
    });
    expect(broken).toEqual([]);
  });
});
