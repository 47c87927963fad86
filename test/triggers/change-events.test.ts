// HY-43, HY-44, HY-46 on SQLite: changes of a table as events, which are firings of asynchronous triggers: what one carries, in which order, what is left of a
// trigger that is taken away. Delivery after a crash, retries and dead letters are in async.test.ts.
import { expect, it } from "vitest";
import { NOON_MICROS, open } from "../server/support.ts";

const TABLES =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE seen (seq INTEGER PRIMARY KEY, what TEXT)";
const NOTE = `procedure note() <{ trig: ['feed'] }> {
INSERT INTO seen (what) VALUES (coalesce(OLD.a, '-') || ' ' || coalesce(NEW.a, '-'))
}`;
const FEED =
  "upsert TRIGGER as feed ( timing: 'after', event: 'insert|update|delete', target: 't', call: 'note', async: true, retries: 1 )";

it("HY-43: an event holds table, operation, rows as JSON, moment and a number that rises in the order of commits; it goes when it is delivered", () => {
  const db = open();
  db.run(`${TABLES}\n${NOTE}\n${FEED}\nDISABLE TRIGGER feed`);
  db.run("ENABLE TRIGGER feed; BEGIN; INSERT INTO t VALUES (1, 'one'); UPDATE t SET a = 'two'; DELETE FROM t");
  // Before the commit nobody has them.
  expect(
    db.run(
      "SELECT o.seq - (SELECT min(seq) FROM system.trigger_outbox), t.target, o.event, o.old_row IS NOT NULL, o.new_row IS NOT NULL, o.created_at FROM system.trigger_outbox o JOIN system.triggers t ON t.trigger_id = o.trigger_id ORDER BY o.seq",
    ),
  ).toEqual([
    "0|t|insert|false|true|2026-01-31T12:00:00Z",
    "1|t|update|true|true|2026-01-31T12:00:00Z",
    "2|t|delete|true|false|2026-01-31T12:00:00Z",
  ]);
  expect(db.run("SELECT count(*) FROM seen")).toEqual(["0"]);
  db.run("COMMIT");
  expect(db.run("SELECT what FROM seen ORDER BY seq")).toEqual(["- one", "one two", "two -"]);
  expect(db.run("SELECT count(*) FROM system.trigger_outbox")).toEqual(["0"]);
});

it("HY-43b: a row of 1 MB arrives", () => {
  const db = open();
  db.run(`${TABLES}\n${NOTE}\n${FEED}`);
  db.run("INSERT INTO t VALUES (1, repeat('x', 1000000))");
  expect(db.run("SELECT length(what) FROM seen")).toEqual(["1000002"]);
});

it("HY-44: declaring a trigger again changes nothing; a failing body is counted and stops nobody; dropping it leaves nothing in the engine", () => {
  const db = open();
  db.run(`${TABLES}\n${NOTE}`);
  const engine = (): readonly string[] =>
    db.run("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'gobi%' AND name NOT LIKE 'sqlite%' ORDER BY name");
  const before = engine();
  db.run(FEED);
  db.run(FEED);
  expect(db.run("SELECT count(*) FROM system.triggers")).toEqual(["1"]);
  expect(db.run("LIST TRIGGERS")).toEqual(["feed|after|insert, update, delete|t|row|note|async|yes"]);
  db.run("upsert PROCEDURE as note () <{ trig: ['feed'] }> { raise Broken('no') }");
  db.run("INSERT INTO t VALUES (1, 'one')");
  expect(db.run("SELECT a FROM t")).toEqual(["one"]);
  db.setNow(NOON_MICROS + 60_000_000);
  db.run("SELECT 1");
  expect(db.run("SELECT count(*) FROM system.dead_letters")).toEqual(["1"]);
  // Counts are written with the next statement that writes.
  db.run("INSERT INTO seen (what) VALUES ('flush')");
  expect(db.run("SELECT sum(failed) FROM system.trigger_stats")).toEqual(["2"]);
  db.run("DROP TRIGGER feed");
  expect(db.run("SELECT count(*) FROM system.triggers")).toEqual(["0"]);
  expect(db.run("SELECT count(*) FROM system.trigger_outbox")).toEqual(["0"]);
  expect(engine()).toEqual(before);
  db.run("INSERT INTO t VALUES (2, 'two')");
  expect(db.run("SELECT count(*) FROM system.trigger_outbox")).toEqual(["0"]);
});

it("HY-46: what follows changes after the commit is marked so, and is never a trigger that the statement waits for", () => {
  const db = open();
  db.run(`${TABLES}\n${NOTE}\n${FEED}`);
  db.run(
    "procedure same() <{ trig: ['now_too'] }> { INSERT INTO seen (what) VALUES (NEW.a) }\nupsert TRIGGER as now_too ( timing: 'after', event: 'insert', target: 't', call: 'same' )",
  );
  const ways = db.run("LIST TRIGGERS").map((line) => line.split("|"));
  expect(ways.filter((line) => line.includes("async")).map(([name]) => name)).toEqual(["feed"]);
  db.run("BEGIN; INSERT INTO t VALUES (1, 'one')");
  expect(db.run("SELECT what FROM seen")).toEqual(["one"]);
  db.run("COMMIT");
  expect(db.run("SELECT what FROM seen ORDER BY seq")).toEqual(["one", "- one"]);
});
