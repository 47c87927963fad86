// RUN PROCEDURE p and RUN RUN 'id': runs that no schedule asks for, and the same once more.
import { expect, it } from "vitest";
import { KEPT_FIRING_MAX } from "../../../server/triggers/outbox.ts";
import { town } from "../../security/support.ts";
import { NOON_MICROS, open, type TestSession } from "../support.ts";

const PROGRAM = `CREATE TABLE t (a int, at DATE)
CREATE TABLE seen (what TEXT)
procedure tidy(day string = 'x') returns int { print day; return 5 }
procedure bad() raises Oops { raise Oops("no") }
procedure note() { let w = "\${NEW.a} on \${NEW.at}"; INSERT INTO seen VALUES (w) }
upsert TRIGGER as later (timing: 'after', event: 'insert', target: 't', call: 'note', async: true, retries: 0)
upsert SCHEDULE as nightly ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy', args: {day: 'mon'} )
upsert SCHEDULE as closed ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy' )
upsert PIPELINE as flow ( steps: [ tidy, tidy_again(call: 'tidy', after: tidy) ] )
`;

function database(): TestSession {
  const db = open();
  db.run(PROGRAM);
  let now = NOON_MICROS;
  // Ids of runs sort by their time.
  const later = (): void => db.setNow((now += 1000));
  return {
    ...db,
    run: (text) => {
      later();
      return db.run(text);
    },
    fail: (text) => {
      later();
      return db.fail(text);
    },
  };
}

const RUNS = "SELECT kind, json_extract(target, '$.name'), status, args FROM system.runs ORDER BY run_id";
const newest = (db: TestSession): string =>
  db.run("SELECT run_id FROM system.runs ORDER BY run_id DESC LIMIT 1")[0] ?? "";

it("RUN PROCEDURE is a run with a row of its own, and says what it cannot take (GR-88)", () => {
  const db = database();
  for (const text of ["tidy WITH {day: 'tue'}", "tidy", "bad"]) db.run(`RUN PROCEDURE ${text}`);
  expect(db.run("SELECT status, error_code, result FROM system.runs ORDER BY run_id")).toEqual([
    "completed|null|5",
    "completed|null|5",
    "failed|Oops|null",
  ]);
  expect(db.run("SELECT message FROM system.run_logs WHERE level = 'info' ORDER BY run_id").slice(0, 2)).toEqual([
    "tue",
    "x",
  ]);
  expect(db.fail("RUN PROCEDURE tidy WITH {days: 1}")).toBe(
    "WrongArguments: tidy has no parameter named days; its parameters are day.",
  );
  expect(db.fail("RUN PROCEDURE nobody")).toBe("NoSuchRoutine: There is no procedure named nobody.");
});

it("RUN RUN does what a run did, with its arguments, as a run of its own", () => {
  const db = database();
  db.run("RUN SCHEDULE nightly WITH {day: 'tue'}");
  const first = newest(db);
  expect(db.run(`RUN RUN '${first}'`)[0]).toMatch(/^[0-9A-Z]{26}\|tidy$/u);
  expect(newest(db)).not.toBe(first);
  expect(db.run(RUNS)).toEqual(Array(2).fill('manual|tidy|completed|{"day":"tue"}'));
  expect(db.run("SELECT count(DISTINCT schedule_id) FROM system.runs WHERE schedule_id IS NOT NULL")).toEqual(["1"]);
  db.run("RUN PROCEDURE bad");
  db.run(`RUN RUN '${newest(db)}'`);
  expect(db.run("SELECT count(*) FROM system.runs WHERE error_code = 'Oops'")).toEqual(["2"]);
  db.run("RUN PIPELINE flow FROM tidy_again");
  db.run(`RUN RUN '${newest(db)}'`);
  expect(db.run("SELECT count(*) FROM system.runs WHERE json_extract(target, '$.fromStep') = 'tidy_again'")).toEqual([
    "2",
  ]);
});

it("RUN RUN at a later moment waits for it", () => {
  const db = database();
  db.run("RUN PROCEDURE tidy");
  db.run(`RUN RUN '${newest(db)}' AT '2099-01-31 12:00:00'`);
  expect(db.run("SELECT status FROM system.runs ORDER BY scheduled_at")).toEqual(["completed", "pending"]);
});

it("RUN RUN fires an asynchronous trigger again for the same rows, types and all", () => {
  const db = database();
  db.run("INSERT INTO t VALUES (7, DATE '2026-01-31')");
  expect(db.run("SELECT what FROM seen")).toEqual(["7 on 2026-01-31"]);
  expect(db.run(`RUN RUN '${newest(db)}'`)[0]).toMatch(/\|later$/u);
  expect(db.run("SELECT what FROM seen")).toEqual(Array(2).fill("7 on 2026-01-31"));
  expect(db.run("SELECT count(*) FROM system.runs WHERE kind = 'trigger' AND status = 'completed'")).toEqual(["2"]);
});

it("rows that are too long are not kept with the run, one character less is", () => {
  const db = database();
  db.run("CREATE TABLE wide (a TEXT); procedure none() { let x = NEW.a }");
  db.run("upsert TRIGGER as long (timing: 'after', event: 'insert', target: 'wide', call: 'none', async: true)");
  const around = '{"event":"insert","new":{"a":""},"old":null,"key":"[]"}'.length;
  for (const over of [0, 1]) {
    db.run(`INSERT INTO wide VALUES ('${"x".repeat(KEPT_FIRING_MAX - around + over)}')`);
    const id = newest(db);
    if (over === 0) expect(db.run(`RUN RUN '${id}'`)).toHaveLength(1);
    else
      expect(db.fail(`RUN RUN '${id}'`)).toMatch(
        /^NotImplemented: The rows of run .* were not kept.*RUN TRIGGER long/u,
      );
  }
});

it("RUN RUN says why it cannot", () => {
  const db = database();
  expect(db.fail("RUN RUN 'nobody'")).toBe("NoSuchObject: There is no run named nobody.");
  db.run("RUN SCHEDULE closed");
  const closed = newest(db);
  db.run("upsert SCHEDULE as closed ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy', manual_allowed: false )");
  expect(db.fail(`RUN RUN '${closed}'`)).toMatch(/^PermissionDenied: Schedule closed may not be run by hand/u);
  db.run("RUN PIPELINE flow; DISABLE PIPELINE flow");
  expect(db.fail(`RUN RUN '${newest(db)}'`)).toBe(
    "ObjectDisabled: Pipeline flow is disabled; ENABLE PIPELINE flow lets it run.",
  );
  db.run("INSERT INTO t (a) VALUES (1)");
  const fired = newest(db);
  expect(db.fail(`RUN RUN '${fired}' AT '2099-01-01 00:00:00'`)).toMatch(
    /^WrongArguments: A trigger is fired again at once/u,
  );
  db.run("DROP TRIGGER later");
  expect(db.fail(`RUN RUN '${fired}'`)).toMatch(/^NoSuchObject: The trigger that run .* fired was dropped\.$/u);
});

it("GR-121 what a run may be started by may start it again; firing by hand is for who may change the trigger", () => {
  const { owner, as } = town(`CREATE TABLE t (a int); CREATE USER ann;
procedure tidy() { print "x" }
CREATE TRIGGER note AFTER INSERT ON t AS BEGIN print "fired"; END;
upsert SCHEDULE as nightly ( sched: '0 2 * * *', exe: 'procedure', call: 'tidy' )`);
  owner.run("RUN SCHEDULE nightly; RUN PROCEDURE tidy");
  const [scheduled = "", called = ""] = owner.run("SELECT run_id FROM system.runs ORDER BY run_id").split("\n");
  const ann = as("ann");
  for (const text of [
    `RUN RUN '${scheduled}'`,
    `RUN RUN '${called}'`,
    "RUN RUN 'nobody'",
    "RUN TRIGGER note WITH {new: {a: 1}}",
    "RUN PROCEDURE tidy",
  ])
    expect(ann.run(text), text).toContain("PermissionDenied");
  owner.run(
    "GRANT RUN ON SCHEDULE nightly TO ann; GRANT EXECUTE ON PROCEDURE tidy TO ann; GRANT ALTER ON TRIGGER note TO ann",
  );
  for (const text of [
    `RUN RUN '${scheduled}'`,
    `RUN RUN '${called}'`,
    "RUN TRIGGER note WITH {new: {a: 1}}",
    "RUN PROCEDURE tidy",
  ])
    expect(ann.run(text), text).not.toContain("PermissionDenied");
});
