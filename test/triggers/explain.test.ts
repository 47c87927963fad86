// EXPLAIN TRIGGERS FOR: what would fire, in which order and way, and why, without running anything.
import { expect, it } from "vitest";
import { open } from "../server/support.ts";

const SETUP = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE audit (id INT); CREATE TABLE child (t_id INT REFERENCES t ON DELETE CASCADE)
CREATE TRIGGER late AFTER INSERT ON t FOR EACH ROW ORDER 2 AS BEGIN print NEW.id; END;
CREATE TRIGGER early AFTER INSERT ON t FOR EACH ROW ORDER 1 AS BEGIN INSERT INTO audit (id) VALUES (NEW.id); END;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW AS BEGIN SET NEW.a = upper(NEW.a); END;
CREATE TRIGGER gone AFTER DELETE ON child FOR EACH ROW AS BEGIN INSERT INTO audit (id) VALUES (OLD.t_id); END;
upsert TRIGGER as told ( timing: 'after', event: 'insert', target: 't', each: 'statement', call: 'tell', async: true )
procedure tell() { print 'told' }`;

it("shows the firings of a statement in their order", () => {
  const db = open();
  db.run(SETUP);
  expect(db.run("EXPLAIN TRIGGERS FOR INSERT INTO t (a) VALUES ('x')")).toEqual([
    "1|before row|stamp|insert|t|managed|its body|it fires before the row is written",
    "2|after row|early|insert|t|captured|its body|stamp on t is not native",
    "3|after row|late|insert|t|captured|its body|it needs the machine (output)",
    "4|after statement|told|insert|t|async|tell|after the commit; it fires for each statement",
  ]);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
});

it("leaves out what the statement does not touch, and follows cascades", () => {
  const db = open();
  db.run(SETUP);
  expect(db.run("EXPLAIN TRIGGERS FOR UPDATE t SET id = 5")).toEqual([]);
  expect(db.run("EXPLAIN TRIGGERS FOR UPDATE t SET a = 'y'").map((line) => line.split("|")[2])).toEqual(["stamp"]);
  expect(db.run("EXPLAIN TRIGGERS FOR DELETE FROM t")).toEqual([
    "1|after row|gone|delete|child|native|its body|for rows that a foreign key or REPLACE touches",
  ]);
  expect(db.run("EXPLAIN TRIGGERS FOR SELECT a FROM t")).toEqual([]);
});

it("shows those of a procedure's statements", () => {
  const db = open();
  db.run(`${SETUP}\nprocedure both() { DELETE FROM child WHERE t_id = 1; UPDATE t SET a = 'z' }`);
  expect(db.run("EXPLAIN TRIGGERS FOR CALL both()").map((line) => line.split("|")[2])).toEqual(["gone", "stamp"]);
});

it("shows triggers that were written for SQLite, and says which of them we fire", () => {
  const db = open();
  db.run(`${SETUP}
CREATE TRIGGER plain AFTER UPDATE OF a ON t BEGIN SELECT 1; END;
CREATE TRIGGER other AFTER UPDATE ON t BEGIN SELECT 2; END;
CREATE TRIGGER off AFTER UPDATE ON t BEGIN SELECT 3; END;
DISABLE TRIGGER off;
CREATE TRIGGER into AFTER DELETE ON audit BEGIN UPDATE t SET a = 'q'; END;`);
  expect(db.run("EXPLAIN TRIGGERS FOR UPDATE t SET a = 'y'")).toEqual([
    "1|before row|stamp|update|t|managed|its body|it fires before the row is written",
    "2|after row|other|update|t|native|its body|it was written for SQLite",
    "3|after row|plain|update|t|native|its body|it was written for SQLite",
  ]);
  expect(db.run("EXPLAIN TRIGGERS FOR UPDATE t SET id = 7").map((line) => line.split("|")[2])).toEqual(["other"]);
  expect(db.run("EXPLAIN TRIGGERS FOR DELETE FROM audit")).toEqual([
    "1|after row|into|delete|audit|managed|its body|it was written for SQLite; what it writes has triggers that must see that",
  ]);
  expect(db.run("SHOW TRIGGER off")[0]).toMatch(
    /^off\|false\|native\|.*\|CREATE TRIGGER off AFTER UPDATE ON t BEGIN SELECT 3; END$/u,
  );
});
