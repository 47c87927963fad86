// HY-40b, HY-40c: folders of migrations. Files and their faults, the three states and their log lines, failures, several processes, up-down-up on a copy.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "../../server/migrations/migrate.ts";
import { readMigrations } from "../../server/migrations/read-folder.ts";
import { listMigrations } from "../../server/migrations/records.ts";
import type { Session } from "../../server/session-types.ts";
import { readRows } from "../../server/sql/rows.ts";
import { runGobi } from "../cli/run-command-line.ts";
import { testSession } from "../session.ts";

let folder: string;
let session: Session;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gobi-migrations-"));
  mkdirSync(join(folder, "migrations"));
  session = testSession({ database: join(folder, "x.gobi") }).session;
});
afterEach(() => {
  session.close();
  rmSync(folder, { recursive: true, force: true });
});

function put(name: string, text: string | Buffer): void {
  writeFileSync(join(folder, "migrations", name), text);
}

/** Lines of the log, and what went wrong. */
function run(): readonly string[] {
  const lines: string[] = [];
  try {
    migrate(session, readMigrations(join(folder, "migrations")), (_, text) => void lines.push(text));
  } catch (error) {
    lines.push(String(error));
  }
  return lines;
}

const tables = (): readonly unknown[] =>
  readRows(
    session.connection,
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'gobi%' AND name NOT LIKE 'sqlite%' ORDER BY name",
  ).map(([name]) => name);

describe("HY-40b: the state of the migrations", () => {
  it("AVAIL, LOAD and APPLY are told at every step; equal states do nothing", () => {
    put(
      "001_orders.sql",
      "-- up\nCREATE TABLE orders (id INTEGER PRIMARY KEY, total int);\n-- down\nDROP TABLE orders;",
    );
    put("007_add.sql", "procedure add (total int) { INSERT INTO orders (total) VALUES (total) }\nCALL add(3);");
    put("notes.txt", "not a migration");
    expect(run()).toEqual([
      "Migration Loading: AVAIL=7, LOAD=0, APPLY=0",
      "Migration Updating: AVAIL=7, LOAD=7, APPLY=0",
      "Migration Updating: AVAIL=7, LOAD=7, APPLY=1",
      "Migration Current: AVAIL=7, LOAD=7, APPLY=7",
    ]);
    expect(readRows(session.connection, "SELECT total FROM orders")).toEqual([[3]]);
    const before = session.connection.dataVersion();
    expect(run()).toEqual(["Migration Current: AVAIL=7, LOAD=7, APPLY=7"]);
    expect(session.connection.dataVersion()).toBe(before);
    put("008_more.sql", "CREATE TABLE more (a int)");
    expect(run().at(-1)).toBe("Migration Current: AVAIL=8, LOAD=8, APPLY=8");
    expect(
      listMigrations(session.connection, []).map(({ version, state, hasDown }) => [version, state, hasDown]),
    ).toEqual([
      [1, "applied", true],
      [7, "applied", false],
      [8, "applied", false],
    ]);
  });

  it("a failure keeps what was applied before it, undoes itself, and goes on when the file is mended", () => {
    put("1_a.sql", "CREATE TABLE a (n int);");
    put(
      "2_b.sql",
      "CREATE TABLE b (n int);\nINSERT INTO b VALUES (1);\nINSERT INTO a SELECT n FROM b;\nINSERT INTO b SELECT 1/0;\nraise 'no'",
    );
    put("3_c.sql", "CREATE TABLE c (n int);");
    expect(run().at(-1)).toMatch(/MigrationFailed|Migration 2 \(b\) failed/u);
    expect(tables()).toEqual(["a"]);
    put("2_b.sql", "CREATE TABLE b (n int);");
    put("3_c.sql", "SELEC 1");
    expect(run().at(-1)).toContain("Migration 3 (c) failed: E");
    expect(tables()).toEqual(["a", "b"]);
    // One that was recorded and never applied goes with its file.
    rmSync(join(folder, "migrations", "3_c.sql"));
    expect(run()).toEqual(["Migration Current: AVAIL=2, LOAD=2, APPLY=2"]);
  });

  it("a migration that does not count as applied afterwards stalls the loop", () => {
    put("1_a.sql", "CREATE TABLE a (n int);");
    const files = readMigrations(join(folder, "migrations"));
    let tries = 0;
    expect(() =>
      migrate(
        session,
        files,
        () => undefined,
        () => {
          tries += 1;
        },
      ),
    ).toThrow("APPLY stays at 0 although migration 1 was carried out.");
    expect(tries).toBe(1);
  });

  it.each([
    ["orders.sql", "SELECT 1", "orders.sql is not named <number>_<name>.sql"],
    ["000_zero.sql", "SELECT 1", "000_zero.sql is not named"],
    ["2_empty.sql", "-- down\nDROP TABLE t", "2_empty.sql has nothing that goes up."],
    ["01_again.sql", "SELECT 1", "have the same number 1."],
    [
      "4_latin.sql",
      Buffer.from("-- up\nSELECT '\u00e9'", "latin1"),
      "4_latin.sql cannot be read: byte 15, 0xE9 in line 2, is not",
    ],
    ["3_twice.sql", "-- up\nSELECT 1\n-- up\nSELECT 2", "3_twice.sql has two parts `-- up`."],
  ])("the file %s is refused with what is wrong", (name, text, message) => {
    put("1_first.sql", "CREATE TABLE first (n int)");
    put(name, text);
    expect(run().join()).toContain(message);
    expect(tables()).toEqual([]);
  });

  it("files that do not go with what was applied are refused", () => {
    put("2_b.sql", "CREATE TABLE b (n int)");
    put("4_d.sql", "CREATE TABLE d (n int)");
    run();
    put("3_c.sql", "CREATE TABLE c (n int)");
    expect(run()).toEqual([expect.stringContaining("Migration 3 (c) came in behind 4 (d), which is applied.")]);
    rmSync(join(folder, "migrations", "3_c.sql"));
    put("2_b.sql", "CREATE TABLE b (n text)");
    expect(run()).toEqual([expect.stringContaining("2_b.sql was changed after it was applied")]);
    put("2_b.sql", "CREATE TABLE b (n int)");
    rmSync(join(folder, "migrations", "4_d.sql"));
    expect(run()).toEqual([expect.stringContaining("The database has migration 4 (d); the folder ends at 2.")]);
  });

  it("COMMIT in a migration is refused; a file may say that it is no transaction", () => {
    put("1_a.sql", "CREATE TABLE a (n int);\nCOMMIT;\nCREATE TABLE b (n int);");
    expect(run().at(-1)).toContain("Migration 1 (a) holds BEGIN or COMMIT");
    expect(tables()).toEqual([]);
    put("1_a.sql", "-- notransaction\nCREATE TABLE a (n int);\nVACUUM;\nBEGIN;\nINSERT INTO a VALUES (1);\nCOMMIT;");
    expect(run().at(-1)).toBe("Migration Current: AVAIL=1, LOAD=1, APPLY=1");
  });

  it("two processes at once apply each version once", async () => {
    put("1_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1);");
    put("2_b.sql", "INSERT INTO a VALUES (2);");
    const entry = join(import.meta.dirname, "../../cli/gobi.ts");
    const codes = await Promise.all(
      [1, 2].map(
        () =>
          new Promise((resolve) => {
            const child = spawn(
              process.execPath,
              [
                "--import",
                "tsx",
                entry,
                "migrate",
                "--db",
                join(folder, "x.gobi"),
                "--from",
                join(folder, "migrations"),
              ],
              {
                cwd: join(import.meta.dirname, "../.."),
                stdio: "ignore",
              },
            );
            child.on("close", resolve);
          }),
      ),
    );
    expect(codes).toEqual([0, 0]);
    expect(readRows(session.connection, "SELECT n FROM a ORDER BY n")).toEqual([[1], [2]]);
  }, 30_000);
});

describe("HY-40c: gobi migrate --verify", () => {
  const gobi = (...args: string[]): ReturnType<typeof runGobi> =>
    runGobi({ cwd: folder }, ...args, "--db", "x.gobi", "--from", "migrations");

  it("goes up, down and up on a copy; files without a way down are listed", async () => {
    put("1_a.sql", "CREATE TABLE a (n int);\n-- down\nDROP TABLE a;");
    put("2_b.sql", "INSERT INTO a VALUES (1);");
    put(
      "3_c.sql",
      "ALTER TABLE a ADD COLUMN t text;\nCREATE INDEX ai ON a (t);\nfunction f (x int) returns int { return x }\n-- down\nDROP FUNCTION f;\nDROP INDEX ai;\nALTER TABLE a DROP COLUMN t;",
    );
    const tried = await gobi("migrate", "--verify");
    expect([tried.code, tried.out, tried.err]).toEqual([
      0,
      "2 migrations give the same schema when going up, down and up again.\nNot tried, because there is no way down: 2 (b).\n",
      "",
    ]);
    expect(tables()).toEqual([]);
    expect((await gobi("migrate", "status")).code).toBe(1);
    expect((await gobi("migrate")).code).toBe(0);
    expect((await gobi("migrate", "status")).code).toBe(0);
    // What is applied goes down and up on the copy too.
    const again = await gobi("migrate", "--verify");
    expect(again.out).toBe(
      "1 migration gives the same schema when going up, down and up again.\nNot tried, because there is no way down: 1 (a), 2 (b).\n",
    );
  });

  it.each([
    [
      "leaves something behind",
      "CREATE TABLE a (n int);\n-- down\nDROP TABLE a; CREATE TABLE left_over (n int);",
      "after `table left_over",
    ],
    ["does not work", "CREATE TABLE a (n int);\n-- down\nDROP TABLE b;", "The way down of migration 1 (x) failed"],
    ["does nothing", "CREATE TABLE a (n int);\n-- down\nSELECT 1;", "Migration 1 (x) failed"],
  ])("a way down that %s is found", async (_, text, message) => {
    put("1_x.sql", text);
    const { code, err } = await gobi("migrate", "--verify");
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
    expect(tables()).toEqual([]);
  });
});
