// GR-70: management of triggers: LIST, SHOW, DROP, ENABLE and DISABLE of one, of a table, of all, of this session; disabled ones do not fire; it survives a restart.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { open, type TestSession } from "../server/support.ts";

const SETUP = `CREATE TABLE t (id INT); CREATE TABLE u (id INT); CREATE TABLE log (what TEXT)
CREATE TRIGGER one AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO log (what) SELECT 'one' WHERE 1 = 1; END;
CREATE TRIGGER two AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO log (what) SELECT 'two' WHERE 1 = 1; END;
CREATE TRIGGER other AFTER INSERT ON u FOR EACH ROW AS BEGIN INSERT INTO log (what) SELECT 'other' WHERE 1 = 1; END;`;

function fired(db: TestSession): readonly string[] {
  db.run("DELETE FROM log; INSERT INTO t (id) VALUES (1); INSERT INTO u (id) VALUES (1)");
  return db.run("SELECT what FROM log ORDER BY rowid");
}

it("lists and shows triggers with what they call and how they fire", () => {
  const db = open();
  db.run(SETUP);
  db.run("upsert TRIGGER as late ( timing: 'after', event: 'insert|update', target: 'u', call: 'nobody' )");
  expect(db.run("LIST TRIGGERS")).toEqual([
    "late|after|insert, update|u|row|nobody|unbound|yes",
    "one|after|insert|t|row|its body|captured|yes",
    "other|after|insert|u|row|its body|captured|yes",
    "two|after|insert|t|row|its body|captured|yes",
  ]);
  expect(db.run("SHOW TRIGGERS")).toHaveLength(4);
  expect(db.run("SHOW TRIGGER late")[0]).toMatch(
    /^late\|true\|unbound\|null\|nobody\|unbound\|0\|0\|0\|upsert TRIGGER/,
  );
  expect(db.fail("SHOW TRIGGER nothing")).toBe("NoSuchObject: There is no trigger named nothing.");
});

it("switches one, those of a table, and all", () => {
  const db = open();
  db.run(SETUP);
  expect(fired(db)).toEqual(["one", "two", "other"]);
  db.run("DISABLE TRIGGER one");
  expect(fired(db)).toEqual(["two", "other"]);
  db.run("DISABLE TRIGGERS ON t");
  expect(fired(db)).toEqual(["other"]);
  db.run("ENABLE TRIGGER ALL ON t");
  expect(fired(db)).toEqual(["one", "two", "other"]);
  db.run("DISABLE TRIGGERS");
  expect(fired(db)).toEqual([]);
  db.run("ENABLE TRIGGER two");
  expect(fired(db)).toEqual(["two"]);
  expect(db.run("LIST TRIGGERS").map((line) => line.split("|").at(-1))).toEqual(["no", "no", "yes"]);
  expect(db.fail("DISABLE TRIGGER nothing")).toBe("NoSuchObject: There is no trigger named nothing.");
});

it("switches for one session, which the next one does not see", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const db = open({ database });
  db.run(SETUP);
  db.run("DISABLE TRIGGERS FOR SESSION");
  expect(fired(db)).toEqual([]);
  db.run("ENABLE TRIGGERS ON u FOR SESSION");
  expect(fired(db)).toEqual(["other"]);
  expect(db.run("LIST TRIGGERS").map((line) => line.split("|").at(-1))).toEqual([
    "not in this session",
    "yes",
    "not in this session",
  ]);
  const second = open({ database });
  expect(fired(second)).toEqual(["one", "two", "other"]);
  second.session.close();
  db.run("ENABLE TRIGGERS FOR SESSION");
  expect(fired(db)).toEqual(["one", "two", "other"]);
  expect(db.fail("DISABLE SCHEDULES FOR SESSION")).toBe("NotImplemented: FOR SESSION works on triggers.");
  db.session.close();
  rmSync(folder, { recursive: true, force: true });
});

it("survives a restart, from the bytecode that was stored", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const first = open({ database });
  first.run(SETUP);
  first.run("DISABLE TRIGGER two");
  first.session.close();
  const second = open({ database });
  expect(fired(second)).toEqual(["one", "other"]);
  expect(second.logged).toEqual([]);
  second.run("DROP TRIGGER one");
  expect(fired(second)).toEqual(["other"]);
  expect(second.run("SELECT count(*) FROM system.trigger_programs")).toEqual(["2"]);
  expect(second.fail("DROP TRIGGER one")).toBe("NoSuchObject: There is no trigger named one.");
  second.run("DROP TRIGGER IF EXISTS one");
  second.session.close();
  rmSync(folder, { recursive: true, force: true });
});
