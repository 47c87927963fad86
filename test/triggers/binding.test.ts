// What a trigger calls: by `call`, by `trig`, by its own name, late; how the called procedure gets its rows (LANGUAGE.md 8, 15.11).
import { expect, it } from "vitest";
import { open } from "../server/support.ts";

const TABLES = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);
CREATE TABLE log (what TEXT, id INT, a TEXT);`;
const INSERT = "INSERT INTO t (id, a) VALUES (1, 'x')";
const LOG = "SELECT what, id, a FROM log ORDER BY rowid";

it("calls a procedure that sees NEW, stored before or after the trigger", () => {
  const before = open();
  before.run(TABLES);
  before.run("procedure p() <{ trig: ['x'] }> { INSERT INTO log (what, id, a) VALUES ('p', NEW.id, NEW.a) }");
  before.run("upsert TRIGGER as x (timing: 'after', event: 'insert', target: 't')");
  before.run(INSERT);
  expect(before.run(LOG)).toEqual(["p|1|x"]);

  const after = open();
  after.run(TABLES);
  after.run("upsert TRIGGER as x (timing: 'after', event: 'insert', target: 't', call: 'p')");
  expect(after.notices).toEqual(["Trigger x is stored unbound and does not fire until there is a procedure named p."]);
  after.run(INSERT);
  after.run("procedure p() { INSERT INTO log (what, id, a) VALUES ('p', NEW.id, NEW.a) }");
  after.run("INSERT INTO t (id, a) VALUES (2, 'y')");
  expect(after.run(LOG)).toEqual(["p|2|y"]);
});

it("takes the routine of its own name when it names none", () => {
  const db = open();
  db.run(`${TABLES}
procedure x() { INSERT INTO log (what, id, a) VALUES ('own name', NEW.id, NEW.a) }
upsert TRIGGER as x (timing: 'after', event: 'insert', target: 't')
${INSERT}`);
  expect(db.run(LOG)).toEqual(["own name|1|x"]);
});

it("gives rows to parameters by name, then in order", () => {
  const db = open();
  db.run(`${TABLES}
procedure p(old t, new t, reason string = "because") { INSERT INTO log (what, id, a) VALUES (reason, old.id, new.a) }
procedure q(row t) { INSERT INTO log (what, id, a) VALUES ('q', row.id, row.a) }
upsert TRIGGER as x (timing: 'after', event: 'update', target: 't', call: 'p')
upsert TRIGGER as y (timing: 'after', event: 'delete', target: 't', call: 'q')
${INSERT}
UPDATE t SET id = 5, a = 'z'
DELETE FROM t`);
  expect(db.run(LOG)).toEqual(["because|1|z", "q|5|z"]);
});

it("uses the new text of a procedure, and follows a changed table", () => {
  const db = open();
  db.run(`${TABLES}
procedure p() <{ trig: ['x'] }> { INSERT INTO log (what, id) VALUES ('one', NEW.id) }
upsert TRIGGER as x (timing: 'after', event: 'insert', target: 't')
${INSERT}
upsert procedure p() <{ trig: ['x'] }> { INSERT INTO log (what, id) VALUES ('two', NEW.id) }
INSERT INTO t (id, a) VALUES (2, 'y')
ALTER TABLE t ADD COLUMN extra INT
INSERT INTO t (id, a) VALUES (3, 'z')`);
  expect(db.run(LOG)).toEqual(["one|1|null", "two|2|null", "two|3|null"]);
});

it("refuses writes while a trigger no longer fits, and says how to go on", () => {
  const db = open();
  db.run(`${TABLES}
CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO log (what) VALUES (NEW.a); END;`);
  db.run("ALTER TABLE t RENAME COLUMN a TO b");
  expect(db.fail("INSERT INTO t (id, b) VALUES (1, 'x')")).toMatch(
    /^InvalidRoutine: trigger x no longer fits the database: line 1: .*\(E2008\)\. Store it again, or disable it\.$/,
  );
  db.run("DISABLE TRIGGER x");
  db.run("INSERT INTO t (id, b) VALUES (1, 'x')");
  expect(db.run("SELECT count(*) FROM t")).toEqual(["1"]);
});

it("does not run outside of its trigger", () => {
  const db = open();
  db.run(`${TABLES}
procedure p() <{ trig: ['x'] }> { INSERT INTO log (what, id, a) VALUES ('p', NEW.id, NEW.a) }`);
  expect(db.fail("CALL p()")).toBe("InvalidRoutine: p reads NEW or OLD, which exist only while a trigger runs.");
});

it("skips, keeps and replaces rows as bodies and procedures say", () => {
  const db = open();
  db.run(`${TABLES}
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW AS BEGIN
  IF NEW.a = 'no' THEN RETURN NULL; END IF;
  IF NEW.a = 'as it is' THEN RETURN; END IF;
  SET NEW.a = upper(NEW.a);
END;
INSERT INTO t (id, a) VALUES (1, 'no'), (2, 'as it is'), (3, 'other')`);
  expect(db.run("SELECT id, a FROM t")).toEqual(["2|as it is", "3|OTHER"]);
});

it("calls functions that give rows, procedures with out parameters, and asynchronous ones in place", () => {
  const db = open();
  db.run(`${TABLES}
function rows() returns table<{x: int}> { INSERT INTO log (what) VALUES ('rows'); yield {x: NEW.id}; return }
procedure outs(new t, out r int) { r = new.id; INSERT INTO log (what) VALUES ('outs') }
procedure later() as async { INSERT INTO log (what) VALUES ('async') }
upsert TRIGGER as a ( timing: 'after', event: 'insert', target: 't', exe: 'function', call: 'rows' )
upsert TRIGGER as b ( timing: 'after', event: 'insert', target: 't', call: 'outs' )
upsert TRIGGER as c ( timing: 'after', event: 'insert', target: 't', call: 'later' )
${INSERT}`);
  expect(db.run("SELECT what FROM log ORDER BY rowid")).toEqual(["rows", "outs", "async"]);
});
