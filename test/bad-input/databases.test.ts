// Databases that cannot be used, through the command line: the error's name and a sentence on stderr, exit code 1, and not a byte of the file changed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLineWith } from "../cli/run-command-line.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  writeFileSync(join(folder, "read.grz"), "SELECT count(*) AS n FROM t;\n");
  writeFileSync(join(folder, "write.grz"), "INSERT INTO t (a) VALUES (7);\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A database of some pages; gives its path. */
function filled(name: string): string {
  const path = join(folder, name);
  const db = new Database(path);
  db.exec("CREATE TABLE t (a INTEGER, b TEXT); CREATE INDEX i ON t (b);");
  const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
  for (let i = 0; i < 500; i += 1) insert.run(i, `text ${i}`.repeat(20));
  db.close();
  return path;
}

/** Bytes of a file; undefined for what is none. */
function bytesOf(path: string): Buffer | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? readFileSync(path) : undefined;
}

interface Case {
  readonly what: string;
  /** Makes the file; gives its path, and what frees it again. */
  readonly make: () => { readonly path: string; readonly free?: () => void };
  readonly code: string;
}

const UNUSABLE: readonly Case[] = [
  {
    what: "a text",
    make: () => {
      const path = join(folder, "letter.db");
      writeFileSync(path, "Dear reader, this is a letter and not a database at all. ".repeat(100));
      return { path };
    },
    code: "NotADatabase",
  },
  {
    what: "a file that is damaged behind its head",
    make: () => {
      const path = filled("damaged.db");
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 100, bytes.length);
      writeFileSync(path, bytes);
      return { path };
    },
    code: "CorruptDatabase",
  },
  {
    what: "a file that was cut short",
    make: () => {
      const path = filled("short.db");
      writeFileSync(path, readFileSync(path).subarray(0, 6000));
      return { path };
    },
    code: "CorruptDatabase",
  },
  {
    what: "a folder",
    make: () => {
      const path = join(folder, "folder.db");
      mkdirSync(path);
      return { path };
    },
    code: "CannotOpen",
  },
  {
    what: "a file in a folder that is missing",
    make: () => ({ path: join(folder, "none", "x.db") }),
    code: "CannotOpen",
  },
];

const COMMANDS: readonly (readonly [name: string, argv: (db: string) => readonly string[]])[] = [
  ["run, reading", (db) => ["run", "read.grz", "--db", db]],
  ["run, writing", (db) => ["run", "write.grz", "--db", db]],
  ["call", (db) => ["call", "p", "--db", db]],
  ["check", (db) => ["check", "read.grz", "--db", db]],
  ["schema pull", (db) => ["schema", "pull", "--db", db]],
];

describe.each(UNUSABLE)("$what", ({ make, code }) => {
  it.each(COMMANDS)("%s", async (_, argv) => {
    const { path } = make();
    const before = bytesOf(path);
    const { code: exit, err } = await runCommandLineWith({ cwd: folder }, ...argv(path));
    expect(err).toContain(`${code}: `);
    expect(err).not.toMatch(/ at .*\.ts:\d/u);
    expect(exit).toBe(1);
    expect(bytesOf(path)).toEqual(before);
  });
});

describe("a file that is missing", () => {
  it.each(COMMANDS.filter(([name]) => !name.startsWith("run")))("%s does not make it", async (_, argv) => {
    const path = join(folder, "missing.db");
    const { code, err } = await runCommandLineWith({ cwd: folder }, ...argv(path));
    expect(err).toMatch(/CannotOpen: .*missing\.db/u);
    expect(code).toBe(1);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("a database that another program", () => {
  it("has locked for itself", async () => {
    const path = filled("locked.db");
    const holder = new Database(path);
    holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO t VALUES (1, 'x');");
    const { code, err } = await runCommandLineWith({ cwd: folder }, "run", "write.grz", "--db", path);
    expect(err).toMatch(/DatabaseLocked: .*The database is locked by another program\./u);
    expect(code).toBe(1);
    holder.exec("ROLLBACK");
    expect(holder.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 500 });
    holder.close();
  });

  it("is writing to can still be read", async () => {
    const path = filled("busy.db");
    const holder = new Database(path);
    holder.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; INSERT INTO t VALUES (1, 'x');");
    const argv = ["run", "read.grz", "--db", path, "--format", "csv", "--read-only"];
    const { code, out } = await runCommandLineWith({ cwd: folder }, ...argv);
    expect([code, out]).toEqual([0, "n\n500\n"]);
    holder.close();
  });
});

it("is not written to when it is opened for reading", async () => {
  const path = filled("kept.db");
  const before = bytesOf(path);
  const { code, err } = await runCommandLineWith({ cwd: folder }, "run", "write.grz", "--db", path, "--read-only");
  expect(err).toContain("ReadOnlyDatabase: ");
  expect(code).toBe(1);
  expect(bytesOf(path)).toEqual(before);
});
