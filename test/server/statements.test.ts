// Statements of the session: typed statements that keep variables, transactions of scripts, EXPLAIN, ATTACH, PRAGMA, maintenance, autonomous blocks, table functions.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { printValue } from "../../base/value/print.ts";
import { open, tableLines, type TestSession } from "./support.ts";

// Whatever this machine's user has mounted is none of these tests' business.
beforeAll(() => void vi.stubEnv("GOBI_RUNTIME_DIR", join(tmpdir(), "grizzly-nothing-is-mounted-here")));
afterAll(() => void vi.unstubAllEnvs());

/** Types a statement; gives its results as lines, or the error. */
function typed(db: TestSession, text: string): readonly string[] {
  const lines: string[] = [];
  const outcome = db.session.executeStatement(text, {
    onResult: ({ result }) => {
      if (result.kind === "table") lines.push(...tableLines(result.table));
      else if (result.kind === "value") lines.push(`${printValue(result.value)}: ${result.type}`);
      else lines.push(result.kind === "changes" ? `${result.changes} changed` : result.text);
    },
  });
  if (outcome.kind === "failed") lines.push(`${outcome.error.code}: ${outcome.error.message}`);
  if (outcome.kind === "rejected") lines.push(...outcome.problems.map((problem) => problem.code));
  return lines;
}

describe("typed statements", () => {
  it("keep variables with their types", () => {
    const db = open();
    expect(typed(db, "let x = 20")).toEqual([]);
    expect(typed(db, "let xs = [1, 2]")).toEqual([]);
    expect(typed(db, "x + 1")).toEqual(["21: int"]);
    expect(typed(db, "x = x * 2")).toEqual([]);
    expect(typed(db, "xs = xs || [x]")).toEqual([]);
    expect(typed(db, "print xs")).toEqual([]);
    expect(db.printed).toEqual(["[1, 2, 40]"]);
    expect(typed(db, "let x = 'text'")).toEqual([]);
    expect(typed(db, "x || '!'")).toEqual(["text!: string"]);
    expect(typed(db, "SELECT :x AS a")).toEqual(["text"]);
  });

  it("keep cursors until they are closed", () => {
    const db = open();
    typed(db, "CREATE TABLE t (a int NOT NULL); INSERT INTO t VALUES (1), (2), (3)");
    typed(db, "let c = cursor SELECT a FROM t ORDER BY a");
    typed(db, "let n = 0");
    typed(db, "BEGIN");
    typed(db, "DELETE FROM t");
    expect(typed(db, "fetch c into n")).toEqual([]);
    typed(db, "ROLLBACK");
    expect(typed(db, "fetch c into n")).toEqual([]);
    expect(typed(db, "n")).toEqual(["2: int"]);
    typed(db, "close c");
    expect(typed(db, "fetch c into n")).toEqual(["InvalidCast: The cursor is closed."]);
  });

  it("say what management statements did", () => {
    const db = open();
    typed(db, "procedure p() { print 1 }");
    expect(typed(db, "DROP PROCEDURE p")).toEqual(["procedure p dropped"]);
    expect(typed(db, "DROP PROCEDURE p")).toEqual([expect.stringMatching(/^NoSuchRoutine: /)]);
    expect(typed(db, "ATTACH Gobi")).toEqual([expect.stringMatching(/^ServiceUnavailable: .*gobi mount/)]);
    expect(typed(db, "SELECT * FROM system.nothing")).toEqual(["NoSuchTable: There is no system table named nothing."]);
  });

  it("show what dynamic SQL gives", () => {
    const db = open();
    expect(typed(db, "execute 'SELECT ? + 1 AS a' using 1")).toEqual(["2"]);
    const types: (readonly string[])[] = [];
    db.session.executeStatement("execute 'SELECT 1 AS a, ''x'' AS b, null AS c'", {
      onResult: ({ result }) => void (result.kind === "table" && types.push(result.types)),
    });
    expect(types).toEqual([["int", "string", "any"]]);
  });

  it("report errors and go on", () => {
    const db = open();
    expect(typed(db, "nothing + 1")).toEqual(["E2001"]);
    expect(typed(db, "let a = 1 / 0")).toEqual([expect.stringMatching(/^DivisionByZero: /)]);
    expect(typed(db, "1 + 1")).toEqual(["2: int"]);
  });

  it("know the transaction state", () => {
    const db = open();
    typed(db, "CREATE TABLE t (a int)");
    expect(db.session.inTransaction).toBe(false);
    typed(db, "BEGIN");
    expect(db.session.inTransaction).toBe(true);
    expect(typed(db, "INSERT INTO t VALUES (1)")).toEqual(["1 changed"]);
    typed(db, "INSERT INTO nowhere VALUES (1)");
    expect(db.session.inTransaction).toBe(true);
    typed(db, "ROLLBACK");
    expect(db.session.inTransaction).toBe(false);
    expect(typed(db, "SELECT count(*) FROM t")).toEqual(["0"]);
    expect(typed(db, "COMMIT")).toEqual(["TransactionState: There is no transaction to commit."]);
  });
});

describe("scripts", () => {
  it("run each statement in its own transaction and stop at the first error", () => {
    const db = open();
    expect(
      db.fail(
        "CREATE TABLE t (a int PRIMARY KEY)\nINSERT INTO t VALUES (1)\nINSERT INTO t VALUES (2), (1)\nINSERT INTO t VALUES (3)",
      ),
    ).toMatch(/^UniqueViolation: /);
    expect(db.run("SELECT a FROM t")).toEqual(["1"]);
  });

  it("undo a transaction that they began when they fail", () => {
    const db = open();
    db.run("CREATE TABLE t (a int)");
    db.fail('BEGIN;\nINSERT INTO t VALUES (1)\nraise Stop("x")');
    expect(db.session.inTransaction).toBe(false);
    expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
  });

  it("with an error are not run at all", () => {
    const db = open();
    expect(db.reject("CREATE TABLE t (a int)\nlet x = unknown_name")).toEqual(["E2001"]);
    expect(db.run("LIST TABLES")).toEqual([]);
  });

  it("take arguments by name", () => {
    const db = open();
    const lines: string[] = [];
    const outcome = db.session.execute(
      { name: "t", text: "print a + 1\nSELECT :b AS b" },
      {
        args: { a: 41, b: "x" },
        onResult: ({ result }) => {
          if (result.kind === "table") lines.push(...tableLines(result.table));
        },
      },
    );
    expect(outcome.kind).toBe("completed");
    expect(db.printed).toEqual(["42"]);
    expect(lines).toEqual(["x"]);
  });
});

describe("autonomous blocks", () => {
  it("keep the log of a call that fails", () => {
    const db = open();
    db.run(`CREATE TABLE log (msg text)
CREATE TABLE t (a int)
procedure p() {
  INSERT INTO t VALUES (1)
  autonomous { INSERT INTO log VALUES ('tried') }
  raise Nope("x")
}`);
    expect(db.failCall("p")).toBe("Nope: x");
    expect(db.run("SELECT msg FROM log")).toEqual(["tried"]);
    expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
  });
});

describe("functions that return tables", () => {
  it("stand in FROM", () => {
    const db = open();
    db.run("function evens(n int) returns table<{x: int}> { for i in 1..n { if i % 2 == 0 { yield {x: i} } } }");
    expect(db.run("SELECT x FROM evens(6) WHERE x > 2")).toEqual(["4", "6"]);
  });
});

describe("EXPLAIN", () => {
  it("shows plans, effects and bytecode", () => {
    const db = open();
    db.run(
      "CREATE TABLE t (a int PRIMARY KEY, b int)\nprocedure p(n int) returns int { UPDATE t SET b = 1 WHERE a = n; return 1 }",
    );
    expect(db.run("EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 1").join("\n")).toMatch(/SEARCH t/);
    expect(db.run("EXPLAIN EFFECTS CALL p(1)").join("\n")).toMatch(/writes +t \(b\)/);
    expect(db.run("EXPLAIN BYTECODE CALL p(1)").join("\n")).toMatch(/Execute/);
    expect(db.run("EXPLAIN PLAN CALL p(1)").join("\n")).toMatch(/SEARCH t/);
  });
});

describe("databases", () => {
  it("are attached and detached", () => {
    const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
    const other = open({ database: join(folder, "other.db") });
    other.run("CREATE TABLE far (a int)\nINSERT INTO far VALUES (7)");
    other.session.close();
    const db = open({ directory: folder });
    db.run("ATTACH 'other.db' AS o");
    expect(db.run("SELECT a FROM o.far")).toEqual(["7"]);
    expect(db.run("SELECT a FROM far")).toEqual(["7"]);
    db.run("DETACH o");
    expect(db.session.execute({ name: "t", text: "SELECT a FROM o.far" }).kind).not.toBe("completed");
    db.session.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("of the daemon need the daemon", () => {
    expect(open().fail("ATTACH Gobi")).toMatch(/^ServiceUnavailable: .*gobi mount/);
  });

  it("are asked and set by PRAGMA at the top level only", () => {
    const db = open();
    expect(db.run("PRAGMA user_version = 7\nPRAGMA user_version")).toEqual(["7"]);
    expect(db.fail("PRAGMA writable_schema = 1")).toMatch(/^PermissionDenied: /);
  });

  it("are maintained", () => {
    const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
    const db = open({ directory: folder });
    db.run("CREATE TABLE t (a int)\nANALYZE;\nREINDEX;\nVACUUM");
    db.run("VACUUM INTO 'copy.db'");
    expect(existsSync(join(folder, "copy.db"))).toBe(true);
    expect(db.fail("BEGIN;\nVACUUM")).toMatch(/^TransactionState: /);
    rmSync(folder, { recursive: true, force: true });
  });

  it("have no users before one is created", () => {
    expect(open().fail("GRANT EXECUTE ON PROCEDURE p TO somebody")).toBe(
      "NoSuchObject: There is no user or role named somebody.",
    );
  });
});

it("notices built-in tables that a script creates (listings 02 and 13)", () => {
  const db = open();
  db.run("CREATE TABLE system.procedures (name TEXT PRIMARY KEY, body TEXT)");
  expect(db.notices).toEqual(["system.procedures is a built-in table; nothing was changed."]);
});

it("checks without writing", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const file = join(folder, "a.db");
  const db = open({ database: file });
  expect(db.session.check({ name: "t", text: "procedure p() returns int { return 1 }" })).toEqual([]);
  expect(db.run("SELECT name FROM sqlite_schema")).toEqual([]);
  db.session.close();
  rmSync(folder, { recursive: true, force: true });
});
