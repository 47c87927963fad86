// Parsing never throws, and spans stay inside their text: token soup, cut-off fixtures, fixtures with random changes, binary, and sources at the limits.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { KEYWORDS } from "../../grammar/keywords.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { spanProblems } from "./spans.ts";

const folder = join(import.meta.dirname, "../fixtures/parse");
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".grz"))
  .map((name) => readFileSync(join(folder, name), "utf8"));
const items = fixtures.flatMap((text) => parse({ name: "fixture", text }).value.items.map((item) => item.text));

/** Parses and checks what must hold for any text. */
function check(text: string): readonly string[] {
  const { value, problems } = parse({ name: "fuzz", text });
  expect(spanProblems(value)).toEqual([]);
  for (const problem of problems) {
    expect(problem.span.start).toBeGreaterThanOrEqual(0);
    expect(problem.span.end).toBeLessThanOrEqual(text.length);
  }
  let end = 0;
  for (const item of value.items) {
    expect(item.offset).toBeGreaterThanOrEqual(end);
    end = item.offset + item.text.length;
  }
  // What recovery has skipped has been reported.
  if (value.items.some((item) => item.statement.kind === "skipped")) expect(problems.length).toBeGreaterThan(0);
  return problems.map((problem) => problem.code);
}

const TOKENS = [
  ...Object.keys(KEYWORDS),
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ";",
  ",",
  ".",
  "..",
  "...",
  "=",
  "==",
  "=>",
  "->",
  "|>",
  "::",
  ":",
  "<",
  ">",
  "<{",
  "}>",
  "+",
  "-",
  "*",
  "/",
  "||",
  "??",
  "?",
  "@",
  "$",
  "!",
  "x",
  "y",
  "T",
  "1",
  "2.5",
  "'s'",
  '"d"',
  "'",
  '"',
  '"${',
  "`q`",
  "`",
  "-- c\n",
  "--- d\n",
  "/*",
  "*/",
  "\n",
  "\n\n",
  "\u00e9",
  "\0",
  "\ud800",
];

describe("fuzz", () => {
  it("survives token soup", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }), (tokens) => {
        check(tokens.join(" "));
      }),
      { numRuns: 800, seed: 1 },
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 30 }), (tokens) => {
        check(tokens.join(""));
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  it("survives every prefix of every fixture item", () => {
    for (const text of items)
      for (let length = 1; length < text.length; length += text.length > 200 ? 11 : 3) check(text.slice(0, length));
  });

  it("survives changed fixtures", () => {
    const change = fc.record({
      item: fc.nat(items.length - 1),
      at: fc.nat(2000),
      cut: fc.nat(6),
      token: fc.constantFrom(...TOKENS),
    });
    fc.assert(
      fc.property(change, ({ item, at, cut, token }) => {
        const text = items[item] ?? "";
        const place = at % (text.length + 1);
        check(text.slice(0, place) + token + text.slice(place + cut));
      }),
      { numRuns: 1500, seed: 3 },
    );
  });

  it("survives random text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        check(text);
      }),
      { numRuns: 500, seed: 4 },
    );
  });
});

describe("limits of sources", () => {
  it("answers deep nesting with one problem", () => {
    for (const [open, close] of [
      ["(", ")"],
      ["[", "]"],
      ["{", "}"],
      ["f(", ")"],
      ["BEGIN ", " END;"],
      ["if a { ", " }"],
      ["CASE WHEN ", " THEN 1 END"],
      ["(SELECT ", ")"],
    ] as const) {
      const codes = check(`print 1;\nlet x = ${open.repeat(10_000)}1${close.repeat(10_000)};\nprint 2;`);
      expect(new Set(codes)).toEqual(new Set(["E9003"]));
    }
  });

  it("reads nesting at the limit and refuses one level more", () => {
    const max = LIMITS.nestingMax.value;
    expect(check(`let x = ${"(".repeat(max)}1${")".repeat(max)}`)).toEqual([]);
    expect(check(`let x = ${"(".repeat(max + 1)}1${")".repeat(max + 1)}`)).toEqual(["E9003"]);
  });

  it("answers nesting without brackets", () => {
    expect(check(`let x = ${"not ".repeat(10_000)}a`).every((code) => code === "E9003")).toBe(true);
    expect(check(`let x = ${"x => ".repeat(10_000)}a`).every((code) => code === "E9003")).toBe(true);
    expect(check(`let x = 1${" + 1".repeat(50_000)}`)).toEqual(["E9003"]);
    expect(check(`SELECT 1${" || 'a'".repeat(900)}`)).toEqual([]);
  });

  it("refuses a source and a declaration that are too long", () => {
    expect(check(`print '${"x".repeat(LIMITS.sourceBytesMax.value)}'`)).toEqual(["E9001"]);
    const rows = "  x = 1;\n".repeat(Math.ceil(LIMITS.declarationBytesMax.value / 9));
    expect(check(`function f() {\n${rows}}\nprint 1\n`)).toEqual(["E9002"]);
  });

  it("reads an INSERT of any length row by row", () => {
    const rows = Array.from({ length: 25_000 }, (_, i) => `(${i}, 'name ${i}')`);
    const text = `INSERT INTO t (a, b) VALUES ${rows.join(",\n")} ON CONFLICT DO NOTHING RETURNING a;`;
    expect(check(text)).toEqual([]);
    const { value } = parse({ name: "rows", text });
    const statement = value.items[0]?.statement;
    if (statement?.kind !== "sql" || statement.statement.kind !== "insert") throw new TypeError("no insert");
    const body = statement.statement.source?.body;
    if (body?.kind !== "values") throw new TypeError("no rows");
    expect(body.rows.length).toBe(rows.length);
    const last = body.rows.at(-1)?.[1];
    expect(last === undefined ? "" : text.slice(last.span.start, last.span.end)).toBe("'name 24999'");
    expect(statement.statement.returning.length).toBe(1);
    expect(statement.statement.conflicts.length).toBe(1);
  });

  it("keeps the statements around a long INSERT without semicolons", () => {
    const rows = Array.from({ length: 15_000 }, (_, i) => `(${i}, 'name ${i}')`).join(",\n");
    const text = `CREATE TABLE t (a int, b text)\nINSERT INTO t (a, b) VALUES ${rows}\nprint 1\nDELETE FROM t\n`;
    const { value, problems } = parse({ name: "rows", text });
    expect(problems).toEqual([]);
    expect(value.items.map((item) => text.slice(item.offset, item.offset + 10))).toEqual([
      "CREATE TAB",
      "INSERT INT",
      "print 1\nDE",
      "DELETE FRO",
    ]);
    expect(value.items[1]?.text.endsWith("'name 14999')")).toBe(true);
  });

  it("ends on ten megabytes of anything", () => {
    const size = 10 * 1024 * 1024;
    check("\u0001\u0002(;{'".repeat(size / 6));
    check("a b ".repeat(size / 4));
    check("((((".repeat(size / 4));
    check("'x\n".repeat(size / 30));
    check("x = 1 +;\n".repeat(50_000));
  });
});
