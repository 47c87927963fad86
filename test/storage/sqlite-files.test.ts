// SQLite database files: what is said when they cannot be used, that they survive a killed process, backup and restore.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { ConnectOptions } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { engineError, select, withDirectory } from "./engines.ts";

function make(file: string, rows = 3): void {
  const connection = sqliteEngine.connect({ target: file });
  connection.runText("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)", []);
  connection.begin("immediate");
  for (let n = 1; n <= rows; n += 1)
    connection.runText("INSERT INTO t VALUES (?, ?)", [n, `row ${n} ${"x".repeat(50)}`]);
  connection.commit();
  connection.close();
}

function openError(options: ConnectOptions): readonly [string, string, string | undefined] {
  const error = engineError(() => sqliteEngine.connect(options));
  return [error.kind, error.message.replaceAll(options.target, "FILE"), error.help];
}

describe("files that cannot be used", () => {
  test("a missing file, directory, or a directory instead of a file", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      expect(openError({ target: file, create: false })).toEqual([
        "cannotOpen",
        "The database FILE cannot be opened: the file does not exist.",
        "Check the path.",
      ]);
      expect(openError({ target: file, readOnly: true })[0]).toBe("cannotOpen");
      expect(existsSync(file)).toBe(false);
      expect(openError({ target: join(directory, "none", "a.db") })[1]).toContain("its directory does not exist");
      mkdirSync(join(directory, "sub"));
      expect(openError({ target: join(directory, "sub") })[1]).toContain("it is a directory");
    });
  });

  test("a file that is no database, and a damaged one", () => {
    withDirectory((directory) => {
      const text = join(directory, "text.db");
      writeFileSync(
        text,
        "this is a text of more than one hundred bytes, so that SQLite reads it as the header of a database ".repeat(
          20,
        ),
      );
      expect(openError({ target: text }).slice(0, 2)).toEqual([
        "notADatabase",
        "The database FILE cannot be used: The file is not an SQLite database.",
      ]);
      const damaged = join(directory, "damaged.db");
      make(damaged, 2000);
      const bytes = readFileSync(damaged);
      bytes.fill(0xa5, 100, 4096);
      writeFileSync(damaged, bytes);
      expect(openError({ target: damaged })[0]).toBe("corrupt");
    });
  });

  test("a damaged page is reported by the statement that reads it", () => {
    withDirectory((directory) => {
      const damaged = join(directory, "damaged.db");
      make(damaged, 2000);
      const bytes = readFileSync(damaged);
      bytes.fill(0xa5, 4096 * 3, 4096 * 20);
      writeFileSync(damaged, bytes);
      const connection = sqliteEngine.connect({ target: damaged });
      expect(engineError(() => connection.runText("SELECT sum(length(text)) FROM t", [])).kind).toBe("corrupt");
      connection.close();
    });
  });

  test("a database that is locked, and one that can only be read", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      make(file);
      const first = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
      const second = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
      first.begin("immediate");
      const error = engineError(() => second.begin("immediate"));
      expect([error.kind, error.retryable, error.message]).toEqual([
        "busy",
        true,
        "The database is locked by another program.",
      ]);
      // Readers go on meanwhile, and see what was committed.
      first.runText("DELETE FROM t", []);
      expect(select(second, "SELECT count(*) FROM t")).toEqual([[3]]);
      first.rollback();
      const reader = sqliteEngine.connect({ target: file, readOnly: true });
      expect(engineError(() => reader.runText("DELETE FROM t", [])).kind).toBe("readOnly");
      expect(select(reader, "SELECT count(*) FROM t")).toEqual([[3]]);
      for (const connection of [first, second, reader]) connection.close();
      const memory = sqliteEngine.connect({ target: ":memory:", readOnly: true });
      expect(engineError(() => memory.runText("CREATE TABLE x (a)", [])).kind).toBe("readOnly");
      memory.close();
    });
  });

  test("a deferred reader that writes after another writer is told to try again", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      make(file);
      const first = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
      const second = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
      first.begin("deferred");
      expect(select(first, "SELECT count(*) FROM t")).toEqual([[3]]);
      second.runText("DELETE FROM t WHERE n = 1", []);
      const error = engineError(() => first.runText("DELETE FROM t WHERE n = 2", []));
      expect([error.kind, error.code, error.retryable]).toEqual(["deadlock", "SQLITE_BUSY_SNAPSHOT", true]);
      first.close();
      second.close();
    });
  });

  test("reading does not change the file; the first write turns on write-ahead logging", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      const plain = new Database(file);
      plain.exec("CREATE TABLE t (n)");
      plain.close();
      const before = readFileSync(file);
      const connection = sqliteEngine.connect({ target: file });
      select(connection, "SELECT * FROM t");
      connection.introspect();
      expect([readFileSync(file).equals(before), readdirSync(directory)]).toEqual([true, ["a.db"]]);
      connection.runText("INSERT INTO t VALUES (1)", []);
      expect(select(connection, "PRAGMA journal_mode")).toEqual([["wal"]]);
      expect(
        select(
          connection,
          "SELECT foreign_keys, recursive_triggers FROM pragma_foreign_keys, pragma_recursive_triggers",
        ),
      ).toEqual([[1, 1]]);
      connection.close();
    });
  });

  test("a disk that is full", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      make(file);
      const connection = sqliteEngine.connect({ target: file });
      connection.runText("PRAGMA max_page_count = 5", []);
      connection.begin("immediate");
      const error = engineError(() =>
        connection.runText(
          "WITH RECURSIVE c (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM c WHERE i < 10000) INSERT INTO t SELECT i, 'xxxxxxxxxxxxxxxxxxxx' FROM c",
          [],
        ),
      );
      expect(error.kind).toBe("diskFull");
      if (connection.inTransaction) connection.rollback();
      expect(select(connection, "SELECT count(*) FROM t")).toEqual([[3]]);
      connection.close();
    });
  });
});

describe("a killed process", () => {
  test("SIGKILL in the middle of a transaction leaves the committed state", async () => {
    const program = (file: string): string => `
      import { sqliteEngine } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../storage/sqlite/engine.ts")).href)};
      const connection = sqliteEngine.connect({ target: ${JSON.stringify(file)} });
      connection.runText("INSERT INTO t VALUES (100, 'committed')", []);
      connection.begin("immediate");
      connection.runText("PRAGMA cache_size = 2", []);
      connection.runText("DELETE FROM t WHERE n < 50", []);
      for (let n = 1000; ; n += 1) {
        connection.runText("INSERT INTO t VALUES (?, ?)", [n, "never committed ".repeat(100)]);
        if (n === 5000) process.stdout.write("deep in it\\n");
      }
    `;
    const { mkdtempSync, rmSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const directory = mkdtempSync(join(tmpdir(), "gobi-kill-"));
    try {
      const file = join(directory, "a.db");
      make(file);
      const script = join(directory, "writer.ts");
      writeFileSync(script, program(file));
      const child = spawn(process.execPath, ["--import", "tsx", script], {
        stdio: ["ignore", "pipe", "inherit"],
        cwd: join(import.meta.dirname, "../.."),
      });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      const [, signal] = (await once(child, "exit")) as [number | null, string | null];
      expect(signal).toBe("SIGKILL");
      const connection = sqliteEngine.connect({ target: file, create: false });
      expect(select(connection, "PRAGMA integrity_check")).toEqual([["ok"]]);
      expect(select(connection, "SELECT n FROM t ORDER BY n")).toEqual([[1], [2], [3], [100]]);
      connection.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("backup and restore", () => {
  test("a backup holds the last committed state, also inside a transaction", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      const copy = join(directory, "copy.db");
      make(file);
      const connection = sqliteEngine.connect({ target: file });
      connection.begin("immediate");
      connection.runText("DELETE FROM t", []);
      connection.backup(copy);
      connection.commit();
      const restored = sqliteEngine.connect({ target: copy, create: false });
      expect(select(restored, "SELECT count(*) FROM t")).toEqual([[3]]);
      restored.close();
      expect(engineError(() => connection.backup(copy)).kind).toBe("alreadyExists");
      expect(engineError(() => connection.backup(join(directory, "none", "x.db"))).kind).toBe("cannotOpen");
      expect(readdirSync(directory).filter((name) => name.startsWith(".gobi"))).toEqual([]);
      connection.close();
    });
  });

  test("restore replaces the content; other connections see it", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      const copy = join(directory, "copy.db");
      make(file);
      const connection = sqliteEngine.connect({ target: file });
      const other = sqliteEngine.connect({ target: file });
      connection.backup(copy);
      connection.runText("DROP TABLE t", []);
      connection.runText("CREATE TABLE later (a)", []);
      connection.defineFunction({
        name: "one",
        parameterCount: 0,
        deterministic: true,
        result: "int",
        parameters: [],
        call: () => 1,
      });
      connection.begin("deferred");
      expect(engineError(() => connection.restore(copy)).message).toBe(
        "A database cannot be restored inside a transaction.",
      );
      connection.rollback();
      connection.restore(copy);
      expect(select(connection, "SELECT count(*), one() FROM t")).toEqual([[3, 1]]);
      expect(select(other, "SELECT count(*) FROM t")).toEqual([[3]]);
      expect(engineError(() => other.runText("SELECT * FROM later", [])).kind).toBe("noSuchTable");
      expect(select(connection, "PRAGMA integrity_check")).toEqual([["ok"]]);
      connection.close();
      other.close();
    });
  });

  test("restore while another program writes changes nothing", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      const copy = join(directory, "copy.db");
      make(file);
      const connection = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
      connection.backup(copy);
      connection.runText("DELETE FROM t", []);
      const other = sqliteEngine.connect({ target: file });
      other.begin("immediate");
      const error = engineError(() => connection.restore(copy));
      expect([error.kind, error.retryable]).toEqual(["busy", true]);
      other.rollback();
      expect(select(connection, "SELECT count(*) FROM t")).toEqual([[0]]);
      connection.close();
      other.close();
    });
  });

  test("an in-memory database", () => {
    withDirectory((directory) => {
      const copy = join(directory, "copy.db");
      const connection = sqliteEngine.connect({ target: ":memory:" });
      connection.runText("CREATE TABLE t (n INTEGER)", []);
      connection.runText("INSERT INTO t VALUES (1)", []);
      connection.defineFunction({
        name: "one",
        parameterCount: 0,
        deterministic: true,
        result: "int",
        parameters: [],
        call: () => 1,
      });
      connection.backup(copy);
      connection.runText("DELETE FROM t", []);
      connection.restore(copy);
      expect(select(connection, "SELECT n, one() FROM t")).toEqual([[1, 1]]);
      connection.begin("immediate");
      expect(engineError(() => connection.backup(join(directory, "b.db"))).message).toBe(
        "An in-memory database cannot be backed up inside a transaction.",
      );
      connection.close();
      const file = join(directory, "file.db");
      make(file);
      const second = sqliteEngine.connect({ target: ":memory:" });
      second.restore(file);
      expect(select(second, "SELECT count(*) FROM t")).toEqual([[3]]);
      second.close();
    });
  });

  test("what is no good backup is refused, and the database stays", () => {
    withDirectory((directory) => {
      const file = join(directory, "a.db");
      make(file);
      const connection = sqliteEngine.connect({ target: file });
      const text = join(directory, "text.db");
      writeFileSync(
        text,
        "no database at all, but long enough to be taken for the header of one, and then some more of it ".repeat(9),
      );
      expect(engineError(() => connection.restore(text)).kind).toBe("notADatabase");
      expect(engineError(() => connection.restore(join(directory, "none.db"))).kind).toBe("cannotOpen");
      expect(engineError(() => connection.restore(file)).message).toBe("A database cannot be restored from itself.");
      expect(select(connection, "SELECT count(*) FROM t")).toEqual([[3]]);
      connection.close();
    });
  });
});

describe("attached databases", () => {
  test("attach, use, introspect, detach", () => {
    withDirectory((directory) => {
      const file = join(directory, "other.db");
      make(file);
      const connection = sqliteEngine.connect({ target: ":memory:" });
      const before = connection.schemaVersion();
      connection.attach(file, "my other");
      expect(connection.schemaVersion()).not.toBe(before);
      expect(select(connection, 'SELECT count(*) FROM "my other".t')).toEqual([[3]]);
      expect(connection.introspect().tables.map((table) => [table.schema, table.name])).toEqual([["my other", "t"]]);
      const attached = connection.schemaVersion();
      connection.runText('CREATE TABLE "my other".more (a)', []);
      expect(connection.schemaVersion()).not.toBe(attached);
      connection.detach("my other");
      expect(engineError(() => connection.runText('SELECT * FROM "my other".t', [])).kind).toBe("noSuchTable");
      expect(engineError(() => connection.detach("my other")).kind).toBe("other");
      connection.close();
    });
  });
});
