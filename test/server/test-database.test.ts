// openTestDb (IT-86): a database in memory that tests fill and empty.
import { afterEach, expect, it } from "vitest";
import { openTestDb, type TestDatabase } from "../../index.ts";

const SCHEMA = `CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name text NOT NULL);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent int NOT NULL REFERENCES parents (id), note text);
CREATE TABLE log (what text);
CREATE TRIGGER kept AFTER DELETE ON children FOR EACH ROW AS BEGIN INSERT INTO log VALUES ('deleted ' || OLD.id); END;
CREATE TRIGGER never BEFORE DELETE ON parents FOR EACH ROW AS BEGIN RAISE Never('parents stay'); END;
upsert procedure add(name string) returns int { INSERT INTO parents (name) VALUES (:name)

 return (SELECT max(id) FROM parents) ?? 0 }`;

let db: TestDatabase | undefined;
afterEach(() => db?.close());

it("is filled by names of columns, emptied without triggers, and keeps procedures and sequences", () => {
  db = openTestDb({ schema: SCHEMA });
  db.seed("parents", [{ id: 1, name: "Ann" }, { name: "Ben" }]);
  db.seed("children", [{ id: 7, parent: 1, note: null }]);
  expect(db.query("SELECT count(*) AS n FROM children")).toEqual([{ n: 1 }]);
  db.reset();
  for (const table of ["parents", "children", "log"])
    expect(db.query(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
  expect(db.call("add", "Cid")).toBe(3);
  db.seed("children", [{ id: 8, parent: 3 }]);
  // Triggers fire again.
  db.exec("DELETE FROM children");
  expect(db.query("SELECT what FROM log")).toEqual([{ what: "deleted 8" }]);
});

it("tells what is wrong with a row", () => {
  db = openTestDb({ schema: SCHEMA });
  expect(() => db?.seed("parents", [{ nom: "x" }])).toThrow(/nom/u);
  expect(() => db?.seed("children", [{ id: 1, parent: 99 }])).toThrow(/does not exist/u);
  db.reset();
});
