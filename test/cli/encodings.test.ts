// Sources in other encodings are refused before anything is made of them: their strings would be stored with replacement characters, and formatting would lose bytes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLineWith, runGobi } from "./run-command-line.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LATIN = Buffer.from("let   x = 1\nprint 'caf\u00e9'\n", "latin1");

describe("a source that is not in UTF-8", () => {
  it.each([["check"], ["run"], ["fmt"], ["test"]])("is refused by %s, and stays as it was", async (command) => {
    const path = join(folder, "a.grz");
    writeFileSync(path, LATIN);
    const { code, err } = await runCommandLineWith({ cwd: folder }, command, "a.grz");
    expect(err).toContain("cannot read a.grz: byte 23, 0xE9 in line 2, is not UTF-8; save the file in UTF-8.");
    expect(code).toBe(2);
    expect(readFileSync(path)).toEqual(LATIN);
  });

  it("may hold the replacement character as itself before the byte that is wrong", async () => {
    writeFileSync(join(folder, "a.grz"), Buffer.concat([Buffer.from("print '\uFFFD'"), Buffer.of(0xff)]));
    const { err } = await runCommandLineWith({ cwd: folder }, "check", "a.grz");
    expect(err).toContain("byte 12, 0xFF in line 1");
    writeFileSync(join(folder, "b.grz"), "\uFEFFprint '\uFFFD'\n");
    const { code, out } = await runCommandLineWith({ cwd: folder }, "run", "b.grz");
    expect([code, out]).toEqual([0, "\uFFFD\n"]);
  });

  it("is no text at all with zero bytes, which the check says", async () => {
    writeFileSync(join(folder, "a.grz"), Buffer.of(0x89, 0x50, 0));
    const { out } = await runCommandLineWith({ cwd: folder }, "check", "a.grz");
    expect(out).toContain("E1013");
  });
});

describe("what a source that is in UTF-8 needs", () => {
  it("is refused where it is imported, with its byte", async () => {
    writeFileSync(join(folder, "a.grz"), 'import "./b.grz"\nprint hi()\n');
    writeFileSync(
      join(folder, "b.grz"),
      Buffer.from('export function hi() returns string { return "caf\u00e9" }\n', "latin1"),
    );
    for (const command of ["check", "run"]) {
      const { code, out, err } = await runCommandLineWith({ cwd: folder }, command, "a.grz");
      expect(out + err).toContain("E2029: b.grz has an error");
      expect(out + err).toContain("line 1: This is the byte 0xE9, which is not UTF-8: save the file in UTF-8.");
      expect(code).toBe(1);
    }
  });

  it("is refused as a file of query templates", async () => {
    const sql = Buffer.from("-- query: orders/caf\nSELECT 'caf\u00e9' AS v\n", "latin1");
    writeFileSync(join(folder, "q.sql"), sql);
    const queries = await runGobi({ cwd: folder }, "queries", "load", "q.sql", "--db", "x.db");
    expect([queries.code, queries.err]).toEqual([
      2,
      expect.stringContaining("q.sql: byte 33, 0xE9 in line 2, is not UTF-8"),
    ]);
  });
});
