// Query templates in files, and the commands that load them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTemplates } from "../../server/gateway/template-file.ts";
import { runCommandLineWith, runGobi } from "../cli/run-command-line.ts";

const faultsOf = (source: string): readonly string[] =>
  readTemplates(source).faults.map(({ line, message }) => `${line}: ${message}`);

describe("a file of templates", () => {
  it("holds what its heads say", () => {
    const { templates, faults } = readTemplates(
      "-- a remark\n-- @query 7 top\r\n-- @doc One\n-- @doc line.\n-- @param N INTEGER\n-- @timeout 2m\n-- @lane slow\n-- @public\nSELECT ':M', \":M\" FROM t -- :M\nWHERE a = :N /* :M */\n-- @query 8 next\nSELECT 1",
    );
    expect(faults).toEqual([]);
    expect(templates).toEqual([
      {
        id: 7,
        name: "top",
        description: "One line.",
        queue: "slow",
        timeoutMs: 120_000,
        isPublic: true,
        dialect: "generic",
        params: { N: "INTEGER" },
        text: "SELECT ':M', \":M\" FROM t -- :M\nWHERE a = :N /* :M */",
      },
      expect.objectContaining({ id: 8, name: "next", text: "SELECT 1", isPublic: false, queue: "medium" }),
    ]);
  });

  it.each([
    ["SELECT 1", "1: A template begins with a line `-- @query <number> <name>`."],
    [
      "-- @query top\nSELECT 1",
      "1: Write `-- @query <number> <name>`: a whole number and a name that people know it by.",
    ],
    ["-- @query 1 a\n-- @lane quick\nSELECT 1", "2: There is no lane quick; lanes are slow, medium, fast, cache."],
    ["-- @query 1 a\n-- @timeout soon\nSELECT 1", "2: `soon` is no duration; write 5s or 2m."],
    [
      "-- @query 1 a\n-- @param N NUMBER\nSELECT :N",
      "2: N has the type `NUMBER`; types are INTEGER, STRING, BOOLEAN, FLOAT, TEXT, DATE, TIME, DATETIME, TIMESTAMP.",
    ],
    [
      "-- @query 1 a\n-- @color red\nSELECT 1",
      "2: @color is not known; heads have @query, @doc, @param, @lane, @timeout, @cache, @dialect, @public.",
    ],
    ["-- @query 1 a\nSELECT :N", "1: Declare `-- @param N TYPE`."],
    ["-- @query 1 a\n-- @param N INTEGER\nSELECT 1", "1: No `:N` stands in the SQL."],
    ["-- @query 1 a\n", "1: a has no SQL."],
    ["-- @query 1 a\nSELECT 1\n-- @query 1 b\nSELECT 2", "3: The number 1 is given to two templates."],
  ])("%j is told: %s", (source, message) => {
    expect(faultsOf(source)).toContain(message);
  });

  it("leaves out a template with a mistake in its head, in every dialect, and keeps the others", () => {
    const { templates, faults } = readTemplates(
      "-- @query 1 a\n-- @cache 60\nSELECT 1\n-- @query 1 a\n-- @dialect sqlite\nSELECT 2\n-- @query 2 b\nSELECT 3",
    );
    expect(faults).toEqual([{ line: 2, message: "`60` is no duration; write 5s or 2m." }]);
    expect(templates.map(({ id }) => id)).toEqual([2]);
  });
});

describe("gobi queries", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gobi-queries-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("loads, lists and removes; what the schema does not allow is refused and the rest is stored", async () => {
    const db = join(folder, "shop.db");
    writeFileSync(join(folder, "a.grz"), "CREATE TABLE t (a int)");
    writeFileSync(
      join(folder, "q.sql"),
      "-- @query 1 all\n-- @public\nSELECT a FROM t\n-- @query 2 wrong\nSELECT b FROM t",
    );
    expect((await runCommandLineWith({ cwd: folder }, "run", "a.grz", "--db", db)).code).toBe(0);
    const loaded = await runGobi({ cwd: folder }, "queries", "load", "q.sql", "--db", db);
    expect([loaded.code, loaded.out]).toEqual([1, "query 1 all: stored as version 1\n"]);
    expect(loaded.err).toContain("query 2 wrong");
    const again = await runGobi({ cwd: folder }, "queries", "load", "q.sql", "--db", db);
    expect(again.out).toBe("query 1 all: unchanged, still version 1\n");
    expect((await runGobi({ cwd: folder }, "queries", "list", "--db", db)).out).toContain("public");
    expect((await runGobi({ cwd: folder }, "queries", "remove", "1", "--db", db)).code).toBe(0);
    expect((await runGobi({ cwd: folder }, "queries", "remove", "1", "--db", db)).code).toBe(1);
    expect((await runGobi({ cwd: folder }, "queries", "load", "nowhere", "--db", db)).code).toBe(2);
  });

  it("does not remove what a pipeline uses, unless told to, and says what becomes of the pipeline (GR-97)", async () => {
    const db = join(folder, "piped.db");
    writeFileSync(join(folder, "one.sql"), "-- @query 1 one\n-- @param A INTEGER\nSELECT :A + 0 AS a");
    writeFileSync(
      join(folder, "p.grz"),
      "upsert PIPELINE as n ( steps: [ a(query: one, params: {a: 1}) ] )\nRUN PIPELINE n",
    );
    const gobi = async (...words: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
      await runGobi({ cwd: folder }, "queries", ...words, "--db", db);
    writeFileSync(join(folder, "c.grz"), "CREATE TABLE c (a int)");
    await runCommandLineWith({ cwd: folder }, "run", "c.grz", "--db", db);
    expect((await gobi("load", "one.sql")).code).toBe(0);
    expect((await runCommandLineWith({ cwd: folder }, "run", "p.grz", "--db", db)).err).toContain("has completed");
    writeFileSync(join(folder, "one.sql"), "-- @query 1 one\n-- @param B INTEGER\nSELECT :B + 0 AS a");
    const misfit = await gobi("load", "one.sql");
    expect([misfit.code, misfit.out]).toEqual([0, "query 1 one: stored as version 2\n"]);
    expect(misfit.err).toContain("note: Pipeline n does not fit the database: a needs a value for B.");
    const refused = await gobi("remove", "1");
    expect([refused.code, refused.err]).toEqual([
      1,
      "gobi queries remove: query 1 is used by pipeline n. Change it first, or add --cascade: steps with it cannot run then.\n",
    ]);
    const removed = await gobi("remove", "1", "--cascade");
    expect([removed.code, removed.out]).toEqual([0, "query 1 removed\n"]);
    expect(removed.err).toContain("note: Step a of pipeline n cannot run: There is no query template one;");
  });
});
