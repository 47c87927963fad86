// GR-71: dropping what a trigger needs is refused, or cascades visibly.
import { expect, it } from "vitest";
import { open } from "../server/support.ts";

const SETUP = `CREATE TABLE t (id INT); CREATE TABLE log (what TEXT)
procedure note() <{ trig: ['x'] }> { INSERT INTO log (what) VALUES ('x') }
upsert TRIGGER as x ( timing: 'after', event: 'insert', target: 't' )`;

it("refuses to drop a procedure that a trigger calls; with CASCADE the trigger is unbound", () => {
  const db = open();
  db.run(SETUP);
  expect(db.fail("DROP PROCEDURE note")).toBe(
    "DependentObjects: Procedure note is used by trigger x. Drop those first, or add CASCADE to drop it and mark them invalid.",
  );
  db.run("DROP PROCEDURE note CASCADE");
  expect(db.notices.at(-1)).toBe("trigger x uses the dropped procedure note and cannot run until it is there again.");
  expect(db.run("LIST TRIGGERS")[0]).toContain("|unbound|");
  db.run("INSERT INTO t (id) VALUES (1)");
  db.run(
    "procedure note() <{ trig: ['x'] }> { INSERT INTO log (what) VALUES ('back') }\nINSERT INTO t (id) VALUES (1)",
  );
  expect(db.run("SELECT what FROM log")).toEqual(["back"]);
});

it("drops the triggers of a dropped table and says so", () => {
  const db = open();
  db.run(SETUP);
  db.run("DROP TABLE t");
  expect(db.notices.at(-1)).toBe("Trigger x was dropped with t.");
  expect(db.run("LIST TRIGGERS")).toEqual([]);
  expect(db.run("SELECT count(*) FROM system.dependencies WHERE dependent_kind = 'trigger'")).toEqual(["0"]);
});

it("does the same for DROP TABLE in a procedure and in execute, and undoes it with the transaction", () => {
  const db = open();
  db.run(SETUP);
  db.run("procedure clear() { execute 'DROP TABLE t' }");
  db.run("BEGIN; CALL clear(); ROLLBACK");
  expect(db.run("LIST TRIGGERS")).toHaveLength(1);
  db.run("INSERT INTO t (id) VALUES (1)");
  expect(db.run("SELECT what FROM log")).toEqual(["x"]);
  db.run("CALL clear()");
  expect(db.run("LIST TRIGGERS")).toEqual([]);
});

it("refuses to rename a table under its triggers", () => {
  const db = open();
  db.run(SETUP);
  expect(db.fail("ALTER TABLE t RENAME TO t2")).toBe(
    "DependentObjects: t cannot be renamed to t2: trigger x stands on it. Drop what stands on it first, and store it again for the new name.",
  );
  db.run("INSERT INTO t (id) VALUES (1)");
  expect(db.run("SELECT what FROM log")).toEqual(["x"]);
});

it("keeps a trigger whose table is not there yet when another table is dropped", () => {
  const db = open();
  db.run("CREATE TABLE a (id INT)\nCREATE TRIGGER x AFTER INSERT ON later FOR EACH ROW AS BEGIN print NEW.id; END;");
  db.run("DROP TABLE a");
  expect(db.run("LIST TRIGGERS")).toHaveLength(1);
  db.run("CREATE TABLE later (id INT)");
  db.run("INSERT INTO later (id) VALUES (7)");
  expect(db.printed).toEqual(["7"]);
});
