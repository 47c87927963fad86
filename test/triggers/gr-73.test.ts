// GR-73: exe: 'pipeline' asks for one run of the pipeline for each statement, after the commit; nothing after a rollback.
import { expect, it } from "vitest";
import { startAutomation } from "../../server/automation/automation.ts";
import { NOON_MICROS, open } from "../server/support.ts";
import { virtualClock, type VirtualClock } from "../virtual-clock.ts";

const SETUP = `CREATE TABLE t (id INT); CREATE TABLE done (what TEXT)
procedure extract() { INSERT INTO done (what) VALUES ('extract') }
upsert PIPELINE as etl ( steps: [ extract ] )
upsert TRIGGER as start ( timing: 'after', event: 'insert', target: 't', exe: 'pipeline', call: 'etl' )`;
const RUNS = `SELECT r.kind, r.status, p.name, t.name, r.target->>'kind' FROM system.runs r
  JOIN system.pipelines p ON p.pipeline_id = r.pipeline_id JOIN system.triggers t ON t.trigger_id = r.trigger_id ORDER BY r.run_id`;

it("asks for one run per statement, however many rows it has", () => {
  const db = open();
  db.run(SETUP);
  db.run("INSERT INTO t (id) VALUES (1), (2), (3)");
  expect(db.run(RUNS)).toEqual(["trigger|pending|etl|start|pipeline"]);
  db.run("INSERT INTO t (id) VALUES (4)");
  expect(db.run(RUNS)).toHaveLength(2);
  expect(db.run("LIST TRIGGERS")).toEqual(["start|after|insert|t|row|pipeline etl|async|yes"]);
});

it("asks for nothing when the statement is undone", () => {
  const db = open();
  db.run(SETUP);
  db.run("BEGIN; INSERT INTO t (id) VALUES (1); ROLLBACK");
  db.run("CREATE TABLE u (id INT UNIQUE)\nINSERT INTO u (id) VALUES (1)");
  db.run("procedure both() { INSERT INTO t (id) VALUES (1); INSERT INTO u (id) VALUES (1) }");
  expect(db.fail("CALL both()")).toMatch(/^UniqueViolation: /);
  expect(db.run(RUNS)).toEqual([]);
});

it("takes the pipeline of its own name, and waits unbound for one that is not there", () => {
  const db = open();
  db.run(
    "CREATE TABLE t (id INT)\nupsert TRIGGER as etl ( timing: 'after', event: 'insert', target: 't', exe: 'pipeline' )",
  );
  expect(db.run("LIST TRIGGERS")).toEqual(["etl|after|insert|t|row|etl|unbound|yes"]);
  db.run(
    "procedure extract() { print 1 }\nupsert PIPELINE as etl ( steps: [ extract ] )\nINSERT INTO t (id) VALUES (1)",
  );
  expect(db.run("SELECT kind, status FROM system.runs")).toEqual(["trigger|pending"]);
});

it("runs what was asked for where schedules run, and delivers what waits in the outbox", async () => {
  const clock = virtualClock(NOON_MICROS / 1000);
  const db = open({ clock: { nowMicros: () => clock.nowMs() * 1000, elapsedMs: () => clock.monotonicMs() } });
  db.run(`${SETUP}
CREATE TABLE gate (open INT)
procedure late() <{ trig: ['later'] }> {
  if not exists (SELECT 1 FROM gate) { raise NotYet('closed') }
  INSERT INTO done (what) VALUES ('late')
}
upsert TRIGGER as later ( timing: 'after', event: 'delete', target: 't', call: 'late', async: true )`);
  db.run("INSERT INTO t (id) VALUES (1); DELETE FROM t; INSERT INTO gate (open) VALUES (1)");
  const automation = await during(
    clock,
    startAutomation({ place: { session: db.session }, clock, log: () => undefined }),
  );
  await clock.advance(5000);
  expect(db.run("SELECT what FROM done ORDER BY what")).toEqual(["extract", "late"]);
  expect(db.run("SELECT kind, status FROM system.runs")).toEqual(["trigger|completed", "trigger|completed"]);
  await during(clock, automation.stop());
  db.session.close();
});

/** Waits for work that the clock does not hold up. */
async function during<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(1);
  return finished;
}
