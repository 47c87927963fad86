// What makes a session another than a new one would be, so that no pool gives it to somebody else and no lane gives it to another one (GR-115).
import { expect, it } from "vitest";
import { open } from "./support.ts";

const SCRIPT = "CREATE TABLE t (id INTEGER PRIMARY KEY); upsert procedure p () { INSERT INTO t VALUES (1) }";

it.each([
  "SELECT 1",
  "INSERT INTO t VALUES (7)",
  "CALL p()",
  "BEGIN; INSERT INTO t VALUES (8); COMMIT",
  "PRAGMA cache_size",
  "print 'x'",
])("%s leaves nothing", (text) => {
  const db = open();
  db.run(SCRIPT);
  db.session.executeStatement(text);
  expect(db.session.holdsState).toBe(false);
});

it.each([
  "let a = 1",
  "CREATE TEMP TABLE mine (a INT)",
  "ATTACH ':memory:' AS other",
  "PRAGMA cache_size = 77",
  "PRAGMA query_only(1)",
  "DISABLE TRIGGERS FOR SESSION",
  "CREATE TEMP TRIGGER spy AFTER INSERT ON t BEGIN DELETE FROM t; END",
])("%s does", (text) => {
  const db = open();
  db.run(SCRIPT);
  db.session.executeStatement(text);
  expect(db.session.holdsState).toBe(true);
});

it.each([
  "SELECT 1",
  "SELECT count(*) FROM system.routines",
  "CREATE TABLE other (a INT)",
  "UPDATE t SET id = 5 WHERE false",
  "BEGIN; COMMIT",
  "SELECT missing FROM t",
])("after %s somebody else may go on", (text) => {
  const db = open();
  db.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  db.session.executeStatement(text);
  expect(db.session.pristine).toBe(true);
});

it.each([
  "INSERT INTO t VALUES (1)",
  "INSERT INTO t VALUES (1) RETURNING id",
  "BEGIN; INSERT INTO t VALUES (1); ROLLBACK",
  "CREATE TEMP TABLE mine (a INT); INSERT INTO mine VALUES (1); DROP TABLE mine",
  "INSERT INTO t VALUES (1), (1)",
  "BEGIN",
  "let a = 1",
])("after %s nobody else may", (text) => {
  const db = open();
  db.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  db.session.executeStatement(text);
  expect(db.session.pristine).toBe(false);
});

it("a text that declares variables does from its first statement on, whatever becomes of it", () => {
  const { session } = open();
  const run = session.begin("let a = 1; SELECT a; let b = 1 / 0", undefined);
  expect(session.holdsState).toBe(true);
  run.step(() => undefined);
  run.step(() => undefined);
  expect(run.step(() => undefined)?.error.code).toBe("DivisionByZero");
  expect(session.holdsState).toBe(true);
  run.end();
  expect(session.holdsState).toBe(true);
});

it.each([
  "EXPLAIN PRAGMA query_only = 1",
  "EXPLAIN QUERY PLAN BEGIN",
  "EXPLAIN CREATE TABLE other (a INT)",
  "EXPLAIN VACUUM",
])("%s is refused, and nothing of it is done", (text) => {
  const db = open();
  db.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  const outcome = db.session.executeStatement(text);
  expect(outcome).toMatchObject({ kind: "failed", error: { code: "NotImplemented" } });
  expect(db.session.pristine).toBe(true);
  expect(db.session.executeStatement("INSERT INTO t VALUES (1)").kind).toBe("completed");
});
