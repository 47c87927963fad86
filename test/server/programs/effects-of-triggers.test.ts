// Stored effects follow triggers that are made, changed, switched and dropped after the routines that fire them: of both kinds, through calls and other triggers.
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openSchedules } from "../schedules/support.ts";
import { NOON_MICROS, open, type TestSession } from "../support.ts";

const PROGRAM = `CREATE TABLE t (a int); CREATE TABLE log (a int); CREATE TABLE more (a int);
procedure fill() { INSERT INTO t VALUES (1) }
procedure outside() { fill() }
procedure apart() { INSERT INTO more VALUES (1) }
procedure tell() { let n = SELECT count(*) FROM log; print n }`;

function database(): TestSession {
  const db = open();
  db.run(PROGRAM);
  return db;
}

/** Tables that a routine writes, by EXPLAIN EFFECTS. */
function written(db: TestSession, routine: string): readonly string[] {
  const [line = ""] = db.run(`EXPLAIN EFFECTS CALL ${routine}()`).filter((each) => each.startsWith("writes"));
  return [...line.matchAll(/(\w+) \(/gu)].map(([, name = ""]) => name).toSorted();
}

const OURS = "CREATE TRIGGER n AFTER INSERT ON t AS BEGIN let a = NEW.a; INSERT INTO log VALUES (a); END;";
const THEIRS = "CREATE TRIGGER n AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.a); END;";

describe.each([
  ["written for SQLite", THEIRS],
  ["of the language", OURS],
])("a trigger %s", (_, text) => {
  it("counts for routines that were stored before it, and for those that call them, until it goes", () => {
    const db = database();
    expect([written(db, "fill"), written(db, "outside")]).toEqual([["t"], ["t"]]);
    db.run(text);
    expect([written(db, "fill"), written(db, "outside")]).toEqual([
      ["log", "t"],
      ["log", "t"],
    ]);
    expect(written(db, "apart")).toEqual(["more"]);
    db.run("DISABLE TRIGGER n");
    expect(written(db, "outside")).toEqual(["t"]);
    db.run("ENABLE TRIGGERS ON t");
    expect(written(db, "outside")).toEqual(["log", "t"]);
    db.run("DROP TRIGGER n");
    expect(written(db, "outside")).toEqual(["t"]);
  });

  it("counts through what it fires itself", () => {
    const db = database();
    db.run(text);
    db.run(text.replace(" n ", " further ").replace("ON t", "ON log").replace("INTO log", "INTO more"));
    expect(written(db, "outside")).toEqual(["log", "more", "t"]);
    db.run("DROP TRIGGER further");
    expect(written(db, "outside")).toEqual(["log", "t"]);
  });

  it("puts a step of a pipeline behind one that writes by it", () => {
    const db = database();
    db.run("upsert PIPELINE as flow ( steps: [ tell, fill ] )");
    // How many rows of log the first step sees.
    const seen = (): string | undefined => {
      db.run("DELETE FROM log; RUN PIPELINE flow");
      return db
        .run("SELECT message FROM system.run_logs ORDER BY at, seq")
        .findLast((line) => /\b[01]$/u.test(line))
        ?.at(-1);
    };
    expect(seen()).toBe("0");
    db.setNow(NOON_MICROS + 1000);
    db.run(text);
    expect(seen()).toBe("1");
  });

  it("goes back with the transaction that made it", () => {
    const db = database();
    db.run(`BEGIN; ${text} ROLLBACK;`);
    expect(written(db, "outside")).toEqual(["t"]);
  });
});

it("a circle of triggers and routines comes to rest", () => {
  const db = database();
  db.run("procedure again() { if (SELECT count(*) FROM more) < 3 { INSERT INTO more VALUES (1); fill() } }");
  db.run("upsert TRIGGER as n (timing: 'after', event: 'insert', target: 't', call: 'again')");
  for (const routine of ["fill", "outside", "again"]) expect(written(db, routine), routine).toEqual(["more", "t"]);
  db.run("DROP TRIGGER n");
  expect(written(db, "apart")).toEqual(["more"]);
});

it("a table that goes with its triggers takes nothing else along", () => {
  const db = database();
  db.run(`${THEIRS} DROP TABLE t; CREATE TABLE t (a int);`);
  db.run("CALL outside()");
  expect(written(db, "outside")).toEqual(["t"]);
});

it("a trigger that another program has put into the file counts when the routine is called next", () => {
  const db = openSchedules();
  db.run(PROGRAM);
  const other = new Database(db.connection.target);
  other.exec(THEIRS);
  other.close();
  db.run("CALL outside()");
  expect(written(db, "fill")).toEqual(["log", "t"]);
  expect(written(db, "outside")).toEqual(["log", "t"]);
});
