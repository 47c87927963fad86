// DISABLE and ENABLE of triggers that were written for SQLite: for everybody, and for one session.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { open, type TestSession } from "../server/support.ts";

const SCHEMA = `CREATE TABLE s (a int); CREATE TABLE t (a int); CREATE TABLE log (what text);
CREATE TRIGGER one AFTER INSERT ON s WHEN NEW.a > 0 OR NEW.a IS NULL -- or nothing
BEGIN INSERT INTO log VALUES ('one ' || NEW.a); END;
CREATE TRIGGER two AFTER INSERT ON s FOR EACH ROW BEGIN INSERT INTO log VALUES ('two ' || NEW.a); END;
CREATE TRIGGER three BEFORE INSERT ON t BEGIN INSERT INTO log VALUES ('three'); END;`;
const STORED = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name, rowid";

function fired(db: TestSession): readonly string[] {
  db.run("INSERT INTO s VALUES (1); INSERT INTO t VALUES (1)");
  const lines = db.run("SELECT what FROM log ORDER BY rowid");
  db.run("DELETE FROM log");
  return lines;
}

const ALL = ["two 1", "one 1", "three"];

describe.each([
  ["without triggers of ours", ""],
  [
    "with BEFORE triggers on what they write",
    "CREATE TRIGGER see BEFORE INSERT ON log FOR EACH ROW AS BEGIN let x = 1; END;",
  ],
])("triggers of SQLite, %s", (_, ours) => {
  it("are switched off for everybody, and back as they were", () => {
    const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
    const database = join(folder, "data.db");
    const db = open({ database });
    const other = new Database(database);
    try {
      db.run(`${SCHEMA}${ours}`);
      const before = db.run(STORED);
      expect(fired(db)).toEqual(ALL);
      db.run("DISABLE TRIGGER one");
      expect(fired(db)).toEqual(["two 1", "three"]);
      expect(db.run("LIST TRIGGERS").filter((line) => !line.startsWith("see"))).toEqual([
        "one|after|insert|s|row|its body|native|no",
        "three|before|insert|t|row|its body|native|yes",
        "two|after|insert|s|row|its body|native|yes",
      ]);
      db.run("DISABLE TRIGGERS ON s; DISABLE TRIGGERS ON s");
      other.exec("INSERT INTO s VALUES (1)");
      expect(fired(db)).toEqual(["three"]);
      db.run("ENABLE TRIGGERS");
      expect(fired(db)).toEqual(ALL);
      expect(db.run(STORED)).toEqual(before);
      expect(db.fail("DISABLE TRIGGER four")).toMatch(/^NoSuchObject/u);
    } finally {
      other.close();
      db.session.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("are switched off for one session", () => {
    const db = open();
    db.run(`${SCHEMA}${ours}`);
    const before = db.run(STORED);
    db.run("DISABLE TRIGGER two FOR SESSION");
    expect(fired(db)).toEqual(["one 1", "three"]);
    db.run("DISABLE TRIGGERS FOR SESSION; ENABLE TRIGGER three FOR SESSION");
    expect(fired(db)).toEqual(["three"]);
    db.run("ENABLE TRIGGERS FOR SESSION");
    expect(fired(db)).toEqual(ALL);
    expect(db.run(STORED)).toEqual(before);
    db.session.close();
  });
});
