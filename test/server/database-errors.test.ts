// Databases that are missing, read-only, no databases, damaged or locked: clear errors, nothing changed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EngineError } from "../../storage/engine.ts";
import { open } from "./support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function refusal(work: () => unknown): EngineError {
  try {
    work();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new TypeError("it was accepted");
}

const filled = (name: string): string => {
  const file = join(folder, name);
  const db = open({ database: file });
  db.run("CREATE TABLE t (a int)\nINSERT INTO t VALUES (1)");
  db.session.close();
  return file;
};

it("names a missing file and a missing directory", () => {
  expect(refusal(() => open({ database: join(folder, "none.db"), create: false }))).toMatchObject({
    kind: "cannotOpen",
    message: expect.stringContaining("none.db"),
  });
  expect(refusal(() => open({ database: join(folder, "none", "x.db") })).message).toContain("directory does not exist");
});

it("says that a file is no database", () => {
  const file = join(folder, "text.db");
  writeFileSync(file, "This is a letter, not a database, and it is long enough to be looked at.".repeat(20));
  expect(refusal(() => open({ database: file })).kind).toBe("notADatabase");
  expect(readFileSync(file, "utf8")).toContain("This is a letter");
});

it("refuses writes in a read-only session and still reads", () => {
  const db = open({ database: filled("a.db"), readOnly: true });
  expect(db.run("SELECT a FROM t")).toEqual(["1"]);
  expect(db.run("SELECT name FROM system.procedures")).toEqual([]);
  expect(db.fail("INSERT INTO t VALUES (2)")).toMatch(/^ReadOnlyDatabase: /);
  expect(db.fail("procedure p() { }")).toMatch(/^ReadOnlyDatabase: /);
  db.session.close();
});

it("says that the database is locked, and works when it is free again", () => {
  const file = filled("b.db");
  const holder = open({ database: file });
  holder.run("BEGIN IMMEDIATE\nINSERT INTO t VALUES (5)");
  expect(holder.session.inTransaction).toBe(true);
  const waiter = open({ database: file, busyTimeoutMs: 20 });
  expect(waiter.fail("INSERT INTO t VALUES (6)")).toMatch(/^DatabaseLocked: /);
  expect(waiter.run("SELECT count(*) FROM t")).toEqual(["1"]);
  holder.run("COMMIT");
  waiter.run("INSERT INTO t VALUES (6)");
  expect(waiter.run("SELECT count(*) FROM t")).toEqual(["3"]);
  holder.session.close();
  waiter.session.close();
});

it("says that a file is damaged", () => {
  const file = filled("c.db");
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 100);
  writeFileSync(file, bytes);
  let code: string;
  try {
    const db = open({ database: file });
    const outcome = db.session.execute({ name: "t", text: "SELECT a FROM t" });
    code = outcome.kind === "failed" ? outcome.error.code : outcome.kind;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    code = error.kind;
  }
  expect(["CorruptDatabase", "corrupt", "notADatabase"]).toContain(code);
});

it("sees what another session stores and changes", () => {
  const file = filled("d.db");
  const one = open({ database: file });
  const two = open({ database: file });
  one.run("procedure p() returns int { return 1 }");
  expect(two.call("p")).toBe("1");
  one.run("upsert procedure p() returns int { return (SELECT count(*) FROM t) }");
  expect(two.call("p")).toBe("1");
  one.run("INSERT INTO t VALUES (9)\nALTER TABLE t ADD COLUMN b int");
  expect(two.call("p")).toBe("2");
  expect(two.run("SELECT b FROM t WHERE a = 9")).toEqual(["null"]);
  one.session.close();
  two.session.close();
});
