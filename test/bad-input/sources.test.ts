// Sources that are cut off, nested beyond reason or no text at all: problems and never an exception, in every phase that looks at a source.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHAINS, NESTS } from "../support/deep-sources.ts";
import { errorCodes, surveyed } from "./support.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");

function textsOf(folder: string): readonly (readonly [name: string, text: string])[] {
  return readdirSync(join(FIXTURES, folder))
    .filter((name) => name.endsWith(".grz"))
    .map((name) => [name, readFileSync(join(FIXTURES, folder, name), "utf8")] as const);
}

describe("every prefix", () => {
  it.each(textsOf("listings"))("of %s", (_, text) => {
    for (let length = 0; length <= text.length; length += 1) surveyed(text.slice(0, length));
  });

  it.each(textsOf("run"))("of programs of %s", (_, text) => {
    for (const program of text.split(/^#---.*\n/mu)) {
      // Cut behind each of its words and marks, up to a few dozen of them spread over the text.
      const ends = [...program.matchAll(/\w+|[^\s\w]/gu)].map((token) => token.index + token[0].length);
      const step = Math.max(1, Math.floor(ends.length / 24));
      for (let at = 0; at < ends.length; at += step) surveyed(program.slice(0, ends[at]));
    }
  });
});

describe("ten thousand levels", () => {
  it.each(Object.entries(NESTS))("of %s", (_, source) => {
    expect(errorCodes(source(10_000))).toEqual(["E9003"]);
  });

  it.each(Object.entries(NESTS))("of %s that nobody closes", (_, source) => {
    const text = source(10_000);
    expect(errorCodes(text.slice(0, text.length / 2)).length).toBeGreaterThan(0);
  });

  it.each(Object.entries(CHAINS))("of a chain of %s", (_, source) => {
    expect(errorCodes(source(10_000)).every((code) => code === "E9003" || code === "E9002")).toBe(true);
  });

  it("of constructs that need no brackets", () => {
    const texts = [
      `let x = ${"x => ".repeat(10_000)}1`,
      `let x: int${"[]".repeat(10_000)}? = null`,
      `let x: ${"list<".repeat(10_000)}int${">".repeat(10_000)}? = null`,
      `print ${"await ".repeat(10_000)}1`,
      `print ${"try ".repeat(10_000)}1`,
      `print ${"if true then 1 else ".repeat(10_000)}2`,
      `print ${'"${'.repeat(10_000)}1${'}"'.repeat(10_000)}`,
      `print ${'"${'.repeat(150)}`,
      `print ${'"${'.repeat(50_000)}`,
      `print 1${" match { _ => 1 }".repeat(10_000)}`,
      `print 'a'${".upper()".repeat(10_000)}`,
      `print 'a'${" |> upper()".repeat(10_000)}`,
      `SELECT a${".b".repeat(10_000)} FROM t`,
      `${"EXPLAIN ".repeat(10_000)}SELECT 1`,
      `${"EXPLAIN QUERY PLAN ".repeat(3)}SELECT 1`,
    ];
    for (const text of texts) expect(errorCodes(text).length).toBeGreaterThan(0);
  });
});

describe("no text", () => {
  /** Numbers that look random and are the same in every run. */
  function* noise(): Generator<number> {
    for (let state = 7; ; ) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      yield state >>> 24;
    }
  }
  const bytes = (count: number): Buffer => {
    const source = noise();
    return Buffer.from(Array.from({ length: count }, () => source.next().value ?? 0));
  };

  it.each([
    ["random bytes read as UTF-8", bytes(20_000).toString("utf8")],
    ["random bytes read as Latin 1", bytes(20_000).toString("latin1")],
    ["random UTF-16 with halves of pairs", bytes(20_000).toString("utf16le")],
    ["zeros behind a word", `x${"\0".repeat(50_000)}`],
    ["an executable's head", `\x7fELF\x02\x01\x01${"\0".repeat(9)}${bytes(4_000).toString("latin1")}`],
    ["a database's head", `SQLite format 3\0${bytes(4_000).toString("latin1")}`],
    ["a source in UTF-16", Buffer.from("let x = 1\nprint x\n".repeat(50), "utf16le").toString("utf8")],
  ])("%s", (_, text) => {
    expect(errorCodes(text).length).toBeGreaterThan(0);
  });

  it.each([
    ["nothing", ""],
    ["blanks", " \t\r\n\u00a0\ufeff".repeat(1_000)],
    ["only comments", "-- a\n/* b */\n// c\n# d\n".repeat(1_000)],
    ["lines that end as on Windows", 'let x = 1\r\nif x = 1 {\r\n  print "a"\r\n}\r\n'],
    ["lines that end as on old Macintoshes", "let x = 1\rprint x\r"],
  ])("is not what %s is", (_, text) => {
    expect(errorCodes(text)).toEqual([]);
  });
});
