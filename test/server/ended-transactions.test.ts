// Transactions that the engine ends by itself, and commits that fail: the error cannot be caught below the call's edge, everything is undone, the session goes on.
import { expect, it } from "vitest";
import { open } from "./support.ts";

it("cannot be caught when a native trigger rolls back the transaction (LANGUAGE.md 15.25)", () => {
  const db = open();
  db.run(`CREATE TABLE t (a int);
CREATE TRIGGER tr BEFORE INSERT ON t WHEN NEW.a > 5 BEGIN SELECT RAISE(ROLLBACK, 'too big'); END;
procedure p() returns string {
  INSERT INTO t VALUES (1)
  try { INSERT INTO t VALUES (9) } catch (e) { return "caught" }
  return "not raised"
}`);
  expect(db.failCall("p")).toContain("too big");
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
  db.run("INSERT INTO t VALUES (2)");
  expect(db.run("SELECT a FROM t")).toEqual(["2"]);
});

it("ends a script's transaction too, and the session knows it", () => {
  const db = open();
  db.run(`CREATE TABLE t (a int);
CREATE TRIGGER tr BEFORE INSERT ON t WHEN NEW.a > 5 BEGIN SELECT RAISE(ROLLBACK, 'too big'); END;`);
  expect(db.fail("BEGIN;\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (9);")).toContain("too big");
  expect(db.session.inTransaction).toBe(false);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
});

it("undoes everything when the commit fails, autonomous blocks aside", () => {
  const db = open();
  db.run(`CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (p int REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE log (msg text);
procedure p() { autonomous { INSERT INTO log VALUES ('tried') } INSERT INTO child VALUES (7) }`);
  expect(db.failCall("p")).toMatch(/^ForeignKeyViolation: /);
  expect(db.run("SELECT count(*) FROM child")).toEqual(["0"]);
  expect(db.run("SELECT msg FROM log")).toEqual(["tried"]);
  expect(db.session.inTransaction).toBe(false);
});

it("says what a nested transaction() block undid and kept", () => {
  const db = open();
  db.run(`CREATE TABLE t (a int);
procedure p() returns int {
  INSERT INTO t VALUES (1)
  try { transaction { INSERT INTO t VALUES (2); raise Inner("x") } } catch (Inner) { INSERT INTO t VALUES (3) }
  return (SELECT sum(a) FROM t) ?? 0
}`);
  expect(db.call("p")).toBe("4");
  expect(db.run("SELECT a FROM t ORDER BY a")).toEqual(["1", "3"]);
});
