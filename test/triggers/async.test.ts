// Asynchronous triggers: an outbox row in the statement's transaction, delivery after the commit, in order per key, retries with back-off, dead letters, runs.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { NOON_MICROS, open } from "../server/support.ts";

const KILLED = fileURLToPath(new URL("./programs/killed-after-commit.ts", import.meta.url));
const TABLES =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, at TIMESTAMP, data BLOB); CREATE TABLE log (what TEXT, id INT)";
const TRIGGER = `upsert TRIGGER as x ( timing: 'after', event: 'insert|update', target: 't', call: 'note', async: true, retries: 2 )`;
const NOTE = `procedure note() <{ trig: ['x'] }> {
  INSERT INTO log (what, id) VALUES (NEW.a || ' ' || (NEW.at :: string) || ' ' || length(NEW.data), NEW.id)
}`;

it("calls the body after the commit, with the rows as they were, and records the run", () => {
  const db = open();
  db.run(`${TABLES}\n${NOTE}\n${TRIGGER}`);
  db.run("INSERT INTO t (id, a, at, data) VALUES (1, 'x', TIMESTAMP '2026-01-02 03:04:05.5', x'00ff01')");
  expect(db.run("SELECT what, id FROM log")).toEqual(["x 2026-01-02T03:04:05.500000Z 3|1"]);
  expect(db.run("SELECT kind, status, attempt, max_attempts, target->>'name' FROM system.runs")).toEqual([
    "trigger|completed|1|3|note",
  ]);
  expect(db.run("SELECT count(*) FROM system.trigger_outbox")).toEqual(["0"]);
  expect(db.run("LIST TRIGGERS")).toEqual(["x|after|insert, update|t|row|note|async|yes"]);
});

it("delivers nothing of what was rolled back, and everything of a committed transaction at its end", () => {
  const db = open();
  db.run(`${TABLES}\n${NOTE}\n${TRIGGER}`);
  db.run("BEGIN; INSERT INTO t (id, a) VALUES (1, 'gone'); ROLLBACK");
  db.run("BEGIN; INSERT INTO t (id, a) VALUES (2, 'one'); INSERT INTO t (id, a) VALUES (3, 'two')");
  expect(db.run("SELECT count(*) FROM log")).toEqual(["0"]);
  db.run("COMMIT");
  expect(db.run("SELECT id FROM log ORDER BY rowid")).toEqual(["2", "3"]);
});

it("tries again with back-off, keeps the order of a key, and gives up into the dead letters", () => {
  const db = open();
  db.run(`${TABLES}
CREATE TABLE gate (open INT)
procedure note() <{ trig: ['x'] }> {
  if NEW.a = 'bad' and not exists (SELECT 1 FROM gate) { print "again"; raise NotYet('closed') }
  INSERT INTO log (what, id) VALUES (NEW.a, NEW.id)
}
${TRIGGER}`);
  db.run("INSERT INTO t (id, a) VALUES (1, 'bad'), (2, 'good')\nUPDATE t SET a = 'later' WHERE id = 1");
  expect(db.run("SELECT what, id FROM log")).toEqual(["good|2"]);
  expect(db.run("SELECT attempts, next_attempt_at FROM system.trigger_outbox ORDER BY seq")).toEqual([
    "1|2026-01-31T12:00:01Z",
    "0|null",
  ]);
  expect(db.logged).toEqual(["warn Trigger x failed after its commit (try 1, will be tried again): NotYet: closed"]);
  db.setNow(NOON_MICROS + 1_000_000);
  db.run("SELECT 1");
  expect(db.run("SELECT attempts, next_attempt_at FROM system.trigger_outbox ORDER BY seq")[0]).toBe(
    "2|2026-01-31T12:00:03Z",
  );
  db.setNow(NOON_MICROS + 3_000_000);
  db.run("SELECT 1");
  // The third try was the last; what came behind it goes on.
  expect(db.run("SELECT what, id FROM log ORDER BY rowid")).toEqual(["good|2", "later|1"]);
  expect(db.run("SELECT component, message->>'trigger', message->'new'->>'a', error FROM system.dead_letters")).toEqual(
    ["trigger|x|bad|NotYet: closed"],
  );
  expect(db.run("SELECT status, error_code, attempt FROM system.runs ORDER BY status")).toEqual([
    "completed|null|1",
    "completed|null|1",
    "failed|NotYet|3",
  ]);
  expect(db.run("SELECT attempt, level, message FROM system.run_logs")).toEqual([
    "3|info|again",
    "3|error|NotYet: closed",
  ]);
  db.run("INSERT INTO log (what) VALUES ('flush')");
  expect(db.run("SELECT fired, failed FROM system.trigger_stats")).toEqual(["3|3"]);
});

it("succeeds at a later try when what it needs is there", () => {
  const db = open();
  db.run(`${TABLES}
CREATE TABLE gate (open INT)
procedure note() <{ trig: ['x'] }> {
  if not exists (SELECT 1 FROM gate) { raise NotYet('closed') }
  INSERT INTO log (what, id) VALUES (NEW.a, NEW.id)
}
${TRIGGER}
INSERT INTO t (id, a) VALUES (1, 'x')
INSERT INTO gate (open) VALUES (1)`);
  db.setNow(NOON_MICROS + 2_000_000);
  db.run("SELECT 1");
  expect(db.run("SELECT what, id FROM log")).toEqual(["x|1"]);
  expect(db.run("SELECT status, attempt FROM system.runs")).toEqual(["completed|2"]);
});

it("keeps firings of a trigger that is off until it is on again, and drops them with it", () => {
  const db = open();
  db.run(`${TABLES}
procedure note() <{ trig: ['x'] }> { INSERT INTO log (what, id) VALUES (NEW.a, NEW.id) }
${TRIGGER}`);
  db.run("BEGIN; INSERT INTO t (id, a) VALUES (1, 'x'); DISABLE TRIGGER x; COMMIT");
  expect(db.run("SELECT count(*) FROM log")).toEqual(["0"]);
  db.run("ENABLE TRIGGER x");
  expect(db.run("SELECT what, id FROM log")).toEqual(["x|1"]);
  db.run("BEGIN; INSERT INTO t (id, a) VALUES (2, 'y'); DROP TRIGGER x; COMMIT");
  expect(db.run("SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM system.trigger_outbox)")).toEqual(["1|0"]);
});

it("gives a statement trigger its rows as tables", () => {
  const db = open();
  db.run(`${TABLES}
procedure many() { INSERT INTO log (what, id) SELECT a, id FROM inserted }
upsert TRIGGER as x ( timing: 'after', event: 'insert', target: 't', each: 'statement', call: 'many', async: true )
INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'y')`);
  expect(db.run("SELECT what, id FROM log")).toEqual(["x|1", "y|2"]);
  expect(db.run("SELECT count(*) FROM system.runs")).toEqual(["1"]);
});

it("delivers with the next session what a process left behind that was killed between commit and delivery", async () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const first = open({ database });
  first.run(`${TABLES}
procedure note() <{ trig: ['x'] }> { INSERT INTO log (what, id) VALUES (NEW.a, NEW.id) }
${TRIGGER}`);
  first.session.close();
  const child = spawn(process.execPath, ["--import", "tsx", KILLED, database], { stdio: "inherit" });
  const signal = await new Promise((resolve) => child.on("exit", (_, with_) => resolve(with_)));
  expect(signal).toBe("SIGKILL");
  const second = open({ database, readOnly: true });
  expect(
    second.run(
      "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM log), (SELECT count(*) FROM system.trigger_outbox)",
    ),
  ).toEqual(["1|0|1"]);
  second.session.close();
  const third = open({ database });
  expect(third.session.deliverTriggers()).toEqual({ delivered: 1, failed: 0, more: false, nextDueMicros: undefined });
  expect(third.session.deliverTriggers().delivered).toBe(0);
  expect(third.run("SELECT what, id FROM log")).toEqual(["x|1"]);
  third.session.close();
  rmSync(folder, { recursive: true, force: true });
});

it("keeps the counts of a session that closes", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const first = open({ database });
  first.run("CREATE TABLE t (id INT)\nCREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN RAISE No('no'); END;");
  expect(first.fail("INSERT INTO t (id) VALUES (1)")).toBe("No: no");
  first.session.close();
  const second = open({ database });
  expect(second.run("SELECT fired, failed FROM system.trigger_stats")).toEqual(["1|1"]);
  second.session.close();
  rmSync(folder, { recursive: true, force: true });
});

it("stops a trigger that keeps firing itself from keeping its statement", () => {
  const db = open();
  db.run(`CREATE TABLE t (id INTEGER PRIMARY KEY)
upsert TRIGGER as again ( timing: 'after', event: 'insert', target: 't', call: 'more', async: true )
procedure more() <{ trig: ['again'] }> { INSERT INTO t (id) VALUES (NEW.id + 1) }
INSERT INTO t (id) VALUES (1)`);
  expect(db.run("SELECT count(*) >= 1000 FROM t")).toEqual(["true"]);
  expect(db.logged[0]).toBe(
    "warn More than 1000 firings of asynchronous triggers wait; the rest follows with the next statement.",
  );
});
