// RUN SCHEDULE, CANCEL RUN, SCHEDULE HISTORY, LIST RUNS and SHOW RUN in a session whose schedules nobody runs; asynchronous calls as runs.
import { expect, it } from "vitest";
import { open, type TestSession } from "../support.ts";

const PROGRAM = `CREATE TABLE t (a int)
procedure tidy(day string = 'x') returns int { INSERT INTO t VALUES (1); print day; return 5 }
procedure bad() raises Oops { INSERT INTO t VALUES (2); raise Oops("no") }
upsert SCHEDULE as nightly ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy', args: {day: 'mon'} )
upsert SCHEDULE as failing ( sched: '0 2 * * *', exe: 'procedure', call: 'bad' )
upsert SCHEDULE as limited ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy', manual_fields: ['day'] )
upsert SCHEDULE as closed ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy', manual_allowed: false )
upsert SCHEDULE as hooked ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy', on_failure: [webhook('https://example.com/x')] )
upsert SCHEDULE as retried ( sched: '0 2 * * *', exe: 'procedure', call: 'bad', on_failure: [retry(max: 2, delay: '1s')] )
CREATE SCHEDULE daily CRON '0 0 * * *' AS BEGIN CALL tidy('inline'); END;
`;

function database(): TestSession {
  const db = open();
  db.run(PROGRAM);
  return db;
}

const RUNS = "SELECT kind, status, error_code, args FROM system.runs";

it("runs a schedule after the commit, with its arguments and those given (GR-88)", () => {
  const db = database();
  const [row = ""] = db.run("RUN SCHEDULE nightly");
  expect(row).toMatch(/^[0-9A-Z]{26}\|tidy$/);
  db.run("RUN SCHEDULE nightly WITH {day: 'tue'}");
  db.run("RUN SCHEDULE daily");
  expect(db.run("SELECT kind, status, result FROM system.runs")).toEqual([
    "manual|completed|5",
    "manual|completed|5",
    "manual|completed|null",
  ]);
  expect(db.run("SELECT message FROM system.run_logs").toSorted()).toEqual(["inline", "mon", "tue"]);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["3"]);
  expect(db.notices.at(-1)).toMatch(/^Run [0-9A-Z]{26} of schedule daily has completed\.$/);
});

it("refuses arguments that the schedule does not open, and schedules that may not be run by hand (IT-65)", () => {
  const db = database();
  db.run("RUN SCHEDULE limited WITH {day: 'wed'}");
  expect(db.fail("RUN SCHEDULE limited WITH {other: 1}")).toBe(
    "WrongArguments: RUN SCHEDULE limited cannot set other; it takes day.",
  );
  expect(db.fail("RUN SCHEDULE closed")).toMatch(/^PermissionDenied: Schedule closed may not be run by hand/);
  expect(db.fail("RUN SCHEDULE nightly WITH 5")).toMatch(/^WrongArguments: WITH takes values by name/);
  expect(db.fail("RUN SCHEDULE nowhere")).toMatch(/^NoSuchObject/);
  expect(db.run("SELECT count(*) FROM system.runs")).toEqual(["1"]);
});

it("refuses arguments that what it runs does not have, before there is a run (GR-88, GR-95)", () => {
  const db = database();
  expect(db.fail("RUN SCHEDULE nightly WITH {dy: 'tue'}")).toBe(
    "WrongArguments: tidy, which schedule nightly runs, has no parameter named dy; its parameters are day.",
  );
  expect(db.fail("RUN SCHEDULE failing WITH {a: 1}")).toMatch(/has no parameter named a; it has no parameters\.$/);
  expect(db.fail("RUN SCHEDULE daily WITH {a: 1}")).toMatch(/^WrongArguments: Schedule daily has no parameter named a/);
  db.run(`upsert PIPELINE as steps ( steps: [ tidy ] )
    upsert SCHEDULE as piped ( sched: '0 2 * * *', exe: 'pipeline', call: 'steps' )`);
  const refusal = "WrongArguments: Pipeline steps takes no arguments; its steps have theirs in args and params.";
  expect(db.fail("RUN SCHEDULE piped WITH {a: 1}")).toBe(refusal);
  expect(db.run(RUNS)).toEqual([]);
  db.run("RUN SCHEDULE nightly WITH {DAY: 'tue'}; RUN SCHEDULE piped");
  expect(db.run("SELECT status FROM system.runs")).toEqual(["completed", "completed"]);
});

it("leaves a run that was asked for at a later moment to whoever runs the schedules then", () => {
  const db = database();
  db.run("RUN SCHEDULE nightly WITH {day: 'tue'} AT timestamp '2099-01-31 12:00:00'");
  expect(db.run("SELECT status, CAST(scheduled_at AS TEXT) AS at FROM system.runs")).toEqual([
    "pending|2099-01-31T12:00:00.000000Z",
  ]);
  // A moment that is over is now.
  db.run("RUN SCHEDULE daily AT '2001-01-31 12:00:00'");
  expect(db.run("SELECT status FROM system.runs ORDER BY scheduled_at")).toEqual(["completed", "pending"]);
  expect(db.fail("RUN SCHEDULE nightly AT 5")).toMatch(/^WrongArguments: AT takes a timestamp/);
});

it("asks for nothing in a transaction that is undone", () => {
  const db = database();
  db.run("BEGIN; RUN SCHEDULE nightly; ROLLBACK");
  expect(db.run(RUNS)).toEqual([]);
  db.run("BEGIN; RUN SCHEDULE nightly");
  expect(db.run("SELECT status FROM system.runs")).toEqual(["pending"]);
  db.run("COMMIT");
  expect(db.run("SELECT status FROM system.runs")).toEqual(["completed"]);
});

it("records a failure with its place, and undoes its work", () => {
  const db = database();
  db.run("RUN SCHEDULE failing");
  expect(db.run("SELECT status, error_code, error FROM system.runs")).toEqual(["failed|Oops|no"]);
  expect(db.run("SELECT level, message FROM system.run_logs")[0]).toMatch(/^error\|Oops: no\nat bad /);
  expect(db.run("SELECT a FROM t")).toEqual([]);
});

it("leaves what needs somebody who stays: actions, further attempts", () => {
  const db = database();
  db.run("RUN SCHEDULE hooked\nRUN SCHEDULE retried");
  expect(db.run("SELECT status, attempt, instance_id FROM system.runs ORDER BY status")).toEqual([
    "pending|0|null",
    "retrying|1|null",
  ]);
  expect(db.notices.join("\n")).toContain("waits: its constraints and actions are carried out by gobi run-scheduler");
  expect(db.notices.join("\n")).toContain("Its next attempt is made by gobi run-scheduler.");
});

it("cancels a run that waits, once, and shows it", () => {
  const db = database();
  const [row = ""] = db.run("RUN SCHEDULE hooked");
  const id = row.slice(0, 26);
  db.run(`CANCEL RUN '${id}'`);
  expect(db.run("SELECT status, error_code FROM system.runs")).toEqual(["cancelled|cancelled"]);
  expect(db.run("SELECT to_state FROM system.run_transitions ORDER BY seq")).toEqual(["prerun", "cancelled"]);
  expect(db.fail(`CANCEL RUN '${id}'`)).toMatch(/^RunEnded/);
  expect(db.fail("CANCEL RUN 'nobody'")).toBe("NoSuchObject: There is no run named nobody.");
});

it("lists runs and the history of a schedule, and shows one run with its log (GR-85)", () => {
  const db = database();
  db.run("RUN SCHEDULE nightly\nRUN SCHEDULE failing");
  expect(db.run("LIST RUNS").map((line) => line.split("|").slice(1, 6).join("|"))).toEqual(
    expect.arrayContaining(["manual|nightly|tidy|completed|1", "manual|failing|bad|failed|1"]),
  );
  expect(db.run("SCHEDULE HISTORY failing LIMIT 5").map((line) => line.split("|").slice(2, 5).join("|"))).toEqual([
    "manual|failed|1",
  ]);
  const [id = ""] = db.run("SELECT run_id FROM system.runs WHERE status = 'completed'");
  const shown = db.run(`SHOW RUN '${id}'`);
  expect(shown).toEqual(
    expect.arrayContaining([
      "schedule|nightly",
      "status|completed",
      "attempt|1 of 1",
      "started_at|2026-01-31 12:00:00 (now)",
      "result|5",
      "log|2026-01-31 12:00:00 info mon",
    ]),
  );
  expect(db.fail("SHOW RUN 'x'")).toBe("NoSuchObject: There is no run named x.");
});

it("keeps asynchronous calls as runs with attempts, transitions and logs (UN-01)", () => {
  const db = database();
  db.run(`procedure work(n int) returns int { INSERT INTO t VALUES (n); print n; return n * 2 }
procedure ask() { let j = async work(4); let k = await j; async detached bad() }`);
  db.call("ask");
  expect(db.run("SELECT kind, status, args, result, error_code FROM system.runs ORDER BY status")).toEqual([
    'call|completed|{"n":4}|8|null',
    "call|failed|{}|null|Oops",
  ]);
  expect(db.run("SELECT attempt, status FROM system.run_attempts ORDER BY status")).toEqual([
    "1|completed",
    "1|failed",
  ]);
  expect(db.run("SELECT message FROM system.run_logs")).toEqual(["4"]);
  expect(
    db.run(
      "SELECT to_state FROM system.run_transitions t JOIN system.runs r ON r.run_id = t.run_id WHERE r.status = 'completed' ORDER BY seq",
    ),
  ).toEqual(["prerun", "pending", "starting", "running", "terminating", "completed"]);
});

it("asks for no call whose caller failed", () => {
  const db = database();
  db.run(`procedure ask() raises Oops { let j = async detached tidy('z'); raise Oops("caller") }`);
  expect(db.failCall("ask")).toBe("Oops: caller");
  expect(db.run("SELECT count(*) FROM system.runs")).toEqual(["0"]);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
});
