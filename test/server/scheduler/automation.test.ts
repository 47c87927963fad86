// Schedules from their text to their runs: a session in memory, everything put together, in virtual time (GR-80, GR-81, GR-83, IT-09).
import { expect, it, onTestFinished } from "vitest";
import { startAutomation, type Automation } from "../../../server/automation/automation.ts";
import { virtualClock, type VirtualClock } from "../../virtual-clock.ts";
import { NOON_MICROS, open, type TestSession } from "../support.ts";

const MINUTE = 60_000;

interface Running {
  readonly db: TestSession;
  readonly clock: VirtualClock;
  readonly automation: Automation;
}

/** Waits for work that the clock does not hold up. */
async function during<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(1);
  return finished;
}

async function running(program: string): Promise<Running> {
  const clock = virtualClock(NOON_MICROS / 1000);
  const db = open({ clock: { nowMicros: () => clock.nowMs() * 1000, elapsedMs: () => clock.monotonicMs() } });
  db.run(program);
  const automation = await during(
    clock,
    startAutomation({
      place: { session: db.session },
      clock,
      log: (level, text) => void db.logged.push(`${level} ${text}`),
    }),
  );
  onTestFinished(async () => {
    await during(clock, automation.stop());
    db.session.close();
  });
  return { db, clock, automation };
}

it("GR-83: a procedure, a function, a pipeline and a body run at their times, with arguments and results", async () => {
  const { db, clock } = await running(`CREATE TABLE log (who TEXT, n INT)
procedure note(who string, n int) { INSERT INTO log VALUES (who, n) }
procedure extract() { INSERT INTO log VALUES ('extract', 1) }
function twice(n int) returns int { return n * 2 }
upsert PIPELINE as flow ( steps: [extract] )
upsert SCHEDULE as a ( sched: '1 12 * * *', exe: 'procedure', call: 'note', args: { who: 'a', n: 7 } )
upsert SCHEDULE as b ( sched: '2 12 * * *', exe: 'function', call: 'twice', args: { n: 21 } )
upsert SCHEDULE as c ( sched: '3 12 * * *', exe: 'pipeline', call: 'flow' )
CREATE SCHEDULE d CRON '4 12 * * *' AS BEGIN INSERT INTO log VALUES ('body', 2); END;`);
  await clock.advance(5 * MINUTE);
  expect(db.run("SELECT who, n FROM log ORDER BY n")).toEqual(["extract|1", "body|2", "a|7"]);
  expect(
    db.run(
      "SELECT s.name, r.kind, r.status, r.result, r.scheduled_at = r.started_at FROM system.runs r JOIN system.schedules s ON s.schedule_id = r.schedule_id ORDER BY r.scheduled_at",
    ),
  ).toEqual([
    "a|schedule|completed|null|true",
    "b|schedule|completed|42|true",
    expect.stringMatching(/^c\|schedule\|completed\|/),
    "d|schedule|completed|null|true",
  ]);
});

it("IT-09: a run that waits takes changed arguments, and is withdrawn when it is not due any more", async () => {
  const { db, clock } = await running(`CREATE TABLE log (n INT)
procedure note(n int) { INSERT INTO log VALUES (n) }
upsert SCHEDULE as a ( sched: '1 12 * * *', call: 'note', args: { n: 1 } )
upsert SCHEDULE as b ( sched: '1 12 * * *', call: 'note', args: { n: 2 } )`);
  await clock.advance(55_000);
  expect(db.run("SELECT status FROM system.runs")).toEqual(["pending", "pending"]);
  db.run(`upsert SCHEDULE as a ( sched: '1 12 * * *', call: 'note', args: { n: 10 } )
upsert SCHEDULE as b ( sched: '30 12 * * *', call: 'note', args: { n: 20 } )`);
  await clock.advance(MINUTE);
  expect(db.run("SELECT n FROM log")).toEqual(["10"]);
  await clock.advance(30 * MINUTE);
  expect(db.run("SELECT n FROM log ORDER BY n")).toEqual(["10", "20"]);
});

it("retries of a schedule are attempts of one run", async () => {
  const { db, clock } = await running(`CREATE TABLE tries (n INT)
procedure flaky() { autonomous { INSERT INTO tries VALUES (1) } raise Flaky("no") }
upsert SCHEDULE as a ( sched: '1 12 * * *', call: 'flaky', on_failure: [retry(max: 2, delay: '1s', factor: 2)] )`);
  await clock.advance(2 * MINUTE);
  expect(db.run("SELECT status, attempt, error_code FROM system.runs")).toEqual(["failed|3|Flaky"]);
  expect(db.run("SELECT count(*) FROM tries")).toEqual(["3"]);
});

it("GR-87: runs per hour and the work of a run are limited (runs at the same time: GR-84)", async () => {
  const { db, clock } = await running(`CREATE TABLE log (n INT)
procedure note() { INSERT INTO log VALUES (1) }
procedure greedy <{ limits: { fuel: 1000 } }> () { let i = 0; while i < 1000000 { i = i + 1 } }
upsert SCHEDULE as often ( sched: '*/10 * * * *', call: 'note', max_runs_per_hour: 2 )
upsert SCHEDULE as heavy ( sched: '5 12 * * *', call: 'greedy' )`);
  await clock.advance(55 * MINUTE);
  expect(
    db.run(
      "SELECT s.name, r.status, r.error_code, r.skip_reason, count(*) FROM system.runs r JOIN system.schedules s ON s.schedule_id = r.schedule_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2",
    ),
  ).toEqual([
    "heavy|failed|LimitExceeded|null|1",
    "often|completed|null|null|2",
    "often|skipped|null|max_runs_per_hour|4",
  ]);
});

it("a wrong setting stops the start, by its name", async () => {
  const db = open();
  db.run("procedure p () { }");
  db.session.connection.runText(
    `INSERT INTO gobi_settings (scope, scope_id, name, value, value_type, updated_at) VALUES ('system', '', 'scheduler.grace_period', '"0s"', 'text', '2026-01-31T12:00:00.000000Z')`,
    [],
  );
  await expect(startAutomation({ place: { session: db.session }, log: () => undefined })).rejects.toThrow(
    "scheduler.grace_period must be a duration above zero, not 0s.",
  );
  db.session.close();
});
