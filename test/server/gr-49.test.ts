// GR-49: LIST, SHOW, DROP of procedures and functions.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const SETUP = `--- Adds one.
procedure p(a int) returns int { return a + 1 }
function f(a int) returns int { return a }`;

it("lists and shows", () => {
  const db = open();
  db.run(SETUP);
  expect(db.run("LIST PROCEDURES")).toEqual(["p|a int|int||sync|1|valid|2026-01-31T12:00:00Z|Adds one."]);
  expect(db.run("SHOW FUNCTIONS").map((line) => line.split("|")[0])).toEqual(["f"]);
  expect(db.run("SHOW PROCEDURE p")[0]).toContain("return a + 1");
  db.run("upsert procedure p(a int) returns int { return a + 2 }");
  expect(db.run("SHOW PROCEDURE p VERSION 1")[0]).toContain("return a + 1");
});

it("drops, and says what is not there", () => {
  const db = open();
  db.run(SETUP);
  db.run("DROP PROCEDURE p\nDROP FUNCTION f");
  expect(db.run("LIST PROCEDURES")).toEqual([]);
  expect(db.fail("DROP PROCEDURE p")).toBe("NoSuchRoutine: There is no procedure named p.");
  expect(db.run("DROP PROCEDURE IF EXISTS p")).toEqual([]);
  expect(db.failCall("p", 1)).toMatch(/^NoSuchRoutine: /);
});

it("knows every kind of object, also in an empty database", () => {
  const db = open();
  for (const kind of [
    "PROCEDURES",
    "FUNCTIONS",
    "TRIGGERS",
    "SCHEDULES",
    "PIPELINES",
    "RUNS",
    "LANES",
    "TABLES",
    "TESTS",
  ])
    expect(db.run(`LIST ${kind}`), kind).toEqual([]);
  expect(db.run("LIST SESSIONS")).toHaveLength(1);
  db.run("CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL)");
  expect(db.run("LIST TABLES")).toEqual(["main|t|table|2"]);
  expect(
    db.run(
      "SELECT name, type, nullable, primary_key_position FROM system.columns WHERE table_name = 't' ORDER BY ordinal",
    ),
  ).toEqual(["id|int|true|1", "name|string|false|null"]);
  expect(db.run("DESCRIBE t")[1]).toContain("name|string|");
});

it("names what a statement wants when it is not there (listing 25)", () => {
  const db = open();
  expect(db.fail("DROP FUNCTION function_name")).toContain("function_name");
  expect(db.fail("DROP TRIGGER trigger_name")).toContain("trigger_name");
  expect(db.fail("ENABLE TRIGGER trigger_name")).toContain("trigger_name");
  expect(db.fail("RUN SCHEDULE schedule_name")).toContain("schedule_name");
  expect(db.fail("SCHEDULE HISTORY schedule_name")).toContain("schedule_name");
  expect(db.run("SCHEDULE HISTORY")).toEqual([]);
});

it("keeps triggers, schedules and pipelines", () => {
  const db = open();
  db.run(`CREATE TABLE customers (id int)
upsert TRIGGER as audit ( timing: 'after', event: 'insert|update', target: 'customers', exe: 'procedure', call: 'audit_log' )
upsert SCHEDULE as nightly ( sched: '0 2 * * *', exe: 'procedure', call: 'perform_backup' )
upsert PIPELINE as etl ( steps: [ extract, load(after: extract) ] )`);
  expect(db.run("LIST TRIGGERS")).toEqual(["audit|after|insert, update|customers|row|audit_log|unbound|yes"]);
  expect(db.run("LIST SCHEDULES")).toEqual(["nightly|0 2 * * *|UTC|perform_backup|yes|2026-02-01T02:00:00Z|in 14h"]);
  expect(db.run("LIST PIPELINES")).toEqual(["etl|1|extract, load|yes|null|null"]);
  db.run("DISABLE TRIGGER audit\nDISABLE SCHEDULE nightly");
  expect(db.run("SELECT enabled FROM system.triggers")).toEqual(["false"]);
  db.run("RUN SCHEDULE nightly\nRUN PIPELINE etl");
  expect(db.run("SELECT kind, status, error_code FROM system.runs ORDER BY error_code")).toEqual([
    "manual|failed|NoSuchRoutine",
    "manual|failed|StepFailed",
  ]);
  db.run("DROP TRIGGER audit\nDROP SCHEDULE nightly\nDROP PIPELINE etl");
  expect(db.run("LIST TRIGGERS")).toEqual([]);
});
