// SQL reads the session's clock: the time functions of the engine, defaults, views and native triggers, also in the text of execute.
import { expect, it } from "vitest";
import { NOON_MICROS, open } from "./support.ts";

/** Expressions with what they give at 2026-01-31T12:00:00Z. */
const AT_NOON: Readonly<Record<string, string>> = {
  CURRENT_TIMESTAMP: "2026-01-31T12:00:00Z",
  CURRENT_DATE: "2026-01-31",
  CURRENT_TIME: "12:00:00",
  "now()": "2026-01-31T12:00:00Z",
  "date('now')": "2026-01-31",
  "date()": "2026-01-31",
  "date('NOW', '+1 day')": "2026-02-01",
  "datetime('now', 'start of month')": "2026-01-01T00:00:00Z",
  "datetime()": "2026-01-31T12:00:00Z",
  "time('now', '+90 minutes')": "13:30:00",
  "time()": "12:00:00",
  "strftime('%Y/%m %H:%M:%f', 'now')": "2026/01 12:00:00.000",
  "strftime('%Y/%m')": "2026/01",
  "unixepoch('now')": "1769860800",
  "unixepoch()": "1769860800",
  "julianday('now')": "2461072.0",
  "timediff('now', '2026-01-31 11:00:00')": "+0000-00-00 01:00:00.000",
  "date(:word)": "2026-01-31",
  "date('2026-05-01')": "2026-05-01",
};

it("the engine's time functions read the session's clock", () => {
  const db = open();
  const found = Object.keys(AT_NOON).map((text) => [text, db.run(`let word = 'now'\nSELECT ${text} AS x`)[0]]);
  expect(Object.fromEntries(found)).toEqual(AT_NOON);
});

it("defaults, views and the engine's own triggers read it too", () => {
  const db = open();
  db.run(`CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    b TIMESTAMP DEFAULT (now()),
    c TIMESTAMP DEFAULT (datetime('now', '+1 hour')),
    d DATE DEFAULT (date('now')),
    e TEXT DEFAULT (strftime('%H:%M', 'now')),
    f TIMESTAMP
  )`);
  db.run("CREATE TRIGGER stamp AFTER INSERT ON t BEGIN UPDATE t SET f = CURRENT_TIMESTAMP WHERE id = NEW.id; END");
  db.run("CREATE VIEW v AS SELECT datetime('now') AS at, date('now') AS day FROM t");
  db.run("INSERT INTO t (id) VALUES (1)");
  const noon = "2026-01-31T12:00:00Z";
  expect(db.run("SELECT * FROM t")).toEqual([`1|${noon}|${noon}|2026-01-31T13:00:00Z|2026-01-31|12:00|${noon}`]);
  expect(db.run("SELECT * FROM v")).toEqual([`${noon}|2026-01-31`]);
  db.setNow(NOON_MICROS + 60_500_000);
  db.run("INSERT INTO t (id) VALUES (2)");
  expect(db.run("SELECT b, a FROM t WHERE id = 2")).toEqual(["2026-01-31T12:01:00.5Z|2026-01-31T12:01:00Z"]);
});

it("one call sees one moment, and execute sees it as well", () => {
  const db = open();
  db.run("CREATE TABLE seen (at TEXT)");
  db.run(`procedure p() { execute 'INSERT INTO seen VALUES (datetime(''now'')), (CURRENT_TIMESTAMP), (''now'')' }`);
  db.call("p");
  expect(db.run("SELECT at FROM seen")).toEqual(["2026-01-31 12:00:00", "2026-01-31 12:00:00", "now"]);
});

it("a session without a clock may not read it inside SQL either", () => {
  const db = open({ grants: { clock: false } });
  expect(db.fail("SELECT CURRENT_TIMESTAMP AS x")).toMatch(/^PermissionDenied: /);
  expect(db.fail("SELECT date('now') AS x")).toMatch(/^PermissionDenied: /);
  expect(db.run("SELECT date('2026-05-01') AS x")).toEqual(["2026-05-01"]);
});
