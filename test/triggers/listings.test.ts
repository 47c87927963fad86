// The trigger listings of the founding documents, run end to end as their README says; with GR-60 and GR-61.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { open } from "../server/support.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/listings");

function listing(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

it("03: a row trigger sets NEW.created_at (GR-61)", () => {
  const db = open();
  db.run("CREATE TABLE table_name (id INTEGER PRIMARY KEY, status TEXT NOT NULL, created_at TIMESTAMP)");
  db.run(listing("03-000-create-trigger.grz"));
  db.run("INSERT INTO table_name (id, status) VALUES (1, 'active'), (2, 'closed')");
  expect(db.run("SELECT id, status, created_at FROM table_name ORDER BY id")).toEqual([
    "1|active|2026-01-31T12:00:00Z",
    "2|closed|null",
  ]);
});

it("03: stored before its table, it fires when the table is there", () => {
  const db = open();
  db.run(listing("03-000-create-trigger.grz"));
  db.run("CREATE TABLE table_name (id INTEGER PRIMARY KEY, status TEXT, created_at TIMESTAMP)");
  db.run("INSERT INTO table_name (id, status) VALUES (1, 'active')");
  expect(db.run("SELECT created_at FROM table_name")).toEqual(["2026-01-31T12:00:00Z"]);
});

it("06: inserting a user leaves an audit row (GR-61)", () => {
  const db = open();
  db.run(`CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)
CREATE TABLE audit_log (table_name TEXT, operation TEXT, user_id INT, timestamp TIMESTAMP)`);
  db.run(listing("06-000-automation.grz"));
  db.run("INSERT INTO users (id, name) VALUES (7, 'Ann'), (8, 'Bob')");
  expect(db.run("SELECT * FROM audit_log ORDER BY user_id")).toEqual([
    "users|INSERT|7|2026-01-31T12:00:00Z",
    "users|INSERT|8|2026-01-31T12:00:00Z",
  ]);
});

it("10: alternatives in one text are sets; unbound until something of its name exists (GR-60)", () => {
  const db = open();
  db.run("CREATE TABLE collections (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE log (what TEXT)");
  db.run(listing("10-001-upsert-trigger-template.grz"));
  expect(db.notices).toEqual([
    "Trigger trigger_name is stored unbound and does not fire: add call: '…', or store a procedure named trigger_name or one with trig: ['trigger_name'].",
  ]);
  expect(db.run("LIST TRIGGERS")).toEqual([
    "trigger_name|before, after|insert, update, delete, upsert|collections|row|trigger_name|unbound|yes",
  ]);
  db.run("INSERT INTO collections (id, a) VALUES (1, 'x')");
  expect(db.run("SELECT count(*) FROM log")).toEqual(["0"]);
  db.run(
    "procedure trigger_name() { INSERT INTO log (what) VALUES (coalesce(OLD.a, '-') || ' ' || coalesce(NEW.a, '-')) }",
  );
  db.run(
    "INSERT INTO collections (id, a) VALUES (2, 'y'); UPDATE collections SET a = 'z' WHERE id = 2; DELETE FROM collections WHERE id = 2",
  );
  // Before and after each, once per row and point.
  expect(db.run("SELECT what FROM log ORDER BY rowid")).toEqual(["- y", "- y", "y z", "y z", "z -", "z -"]);
});

it("15: names no callee: unbound, told so, bound by a procedure that names it (GR-60)", () => {
  const db = open();
  db.run("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE log (what TEXT)");
  const text = listing("15-001-trigger-audit-customers.grz");
  const [problem] = db.session.check({ name: "15.grz", text });
  expect(problem).toMatchObject({ code: "E7001", severity: "warning" });
  expect(problem?.fixes).toHaveLength(1);
  db.run(text);
  db.run("INSERT INTO customers (id, name) VALUES (1, 'Ann')");
  expect(db.run("LIST TRIGGERS")[0]).toContain("|unbound|");
  db.run(
    "procedure audit_log_procedure() <{ trig: ['audit_customers'] }> { INSERT INTO log (what) VALUES (NEW.name) }",
  );
  db.run("INSERT INTO customers (id, name) VALUES (2, 'Bob')");
  expect(db.run("SELECT what FROM log")).toEqual(["Bob"]);
});

it("15: with call it fires; stored twice it is one trigger (GR-60)", () => {
  const db = open();
  db.run(`CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE log (what TEXT)
procedure audit_log_procedure() { INSERT INTO log (what) VALUES (NEW.name) }`);
  const text = listing("15-001-trigger-audit-customers.grz").replace(
    "exe: 'procedure'",
    "exe: 'procedure', call: 'audit_log_procedure'",
  );
  expect(db.run(text)).toEqual(["trigger audit_customers stored"]);
  expect(db.run(text)).toEqual(["trigger audit_customers unchanged"]);
  expect(db.run("LIST TRIGGERS")).toHaveLength(1);
  db.run("INSERT INTO customers (id, name) VALUES (2, 'Bob')");
  expect(db.run("SELECT what FROM log")).toEqual(["Bob"]);
});

it("21: with a hole it is checked and not stored", () => {
  const db = open();
  db.run(listing("21-002-inline-upsert-trigger.grz"));
  expect(db.run("LIST TRIGGERS")).toEqual([]);
});

it("26: WHEN filters; the statement trigger fires once per statement, also for no rows", () => {
  const db = open();
  db.run(`CREATE TABLE table_name (id INTEGER PRIMARY KEY, status TEXT); CREATE TABLE log (n INT)
procedure procedure_name() { INSERT INTO log (n) SELECT count(*) FROM log }`);
  db.run(listing("26-002-trigger-capabilities.grz"));
  db.run("INSERT INTO table_name (id, status) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  db.run("UPDATE table_name SET status = 'a'");
  expect(db.run("SELECT count(*) FROM log")).toEqual(["2"]);
  db.run("DELETE FROM table_name WHERE id = 99; DELETE FROM table_name");
  expect(db.run("SELECT count(*) FROM log")).toEqual(["4"]);
  expect(db.run("SHOW TRIGGER row_level")[0]?.split("|").slice(6, 9)).toEqual(["2", "0", "1"]);
});
