// max_concurrent_runs at the size that is asked for: a run every second that takes three, in virtual time through scheduler, executor and constraints;
// and two hundred starts at one moment by two real processes on one file.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeConstraintChecker } from "../../../server/actions/checker.ts";
import { makeDefinitions } from "../../../server/automation/definitions.ts";
import { newId } from "../../../server/catalog/identifiers.ts";
import { makeExecutor } from "../../../server/runs/executor.ts";
import { makeRecorder } from "../../../server/runs/recorder.ts";
import { makeRunStore } from "../../../server/runs/store.ts";
import type { RunControl } from "../../../server/runs/types.ts";
import { EXECUTOR_SETTINGS } from "../../../server/runs/world.ts";
import { makeScheduler } from "../../../server/scheduler/scheduler.ts";
import { SCHEDULER_SETTINGS } from "../../../server/scheduler/settings.ts";
import { virtualClock } from "../../virtual-clock.ts";
import { openSchedules, type ScheduleDatabase } from "../schedules/support.ts";
import { fakeWorker, NOON_MS } from "./support.ts";

const SECOND = 1000;

/** Pairs of runs of which one began before the other had ended; an end is not part of the time. */
const OVERLAPS = `SELECT count(*) FROM system.runs x JOIN system.runs y ON x.run_id < y.run_id AND x.schedule_id = y.schedule_id
  WHERE x.started_at < y.completed_at AND y.started_at < x.completed_at`;

/** A schedule of every second whose body takes three, for half a minute, until all that began has ended. */
async function halfMinute(constraint: string): Promise<ScheduleDatabase> {
  const db = openSchedules();
  const clock = virtualClock(NOON_MS);
  const end = "end: '2026-01-31 12:00:30'";
  db.run(`procedure body() { }
upsert SCHEDULE as busy ( sched: '* * * * * *', exe: 'procedure', call: 'body', ${end}${constraint} )`);
  const store = makeRunStore({ connection: db.connection, shared: true, clock });
  const recorder = makeRecorder({ store, clock });
  const definitions = makeDefinitions(store);
  const log = (): void => undefined;
  const executor = makeExecutor({
    clock,
    recorder,
    store,
    worker: fakeWorker(clock, () => ({ ms: 3 * SECOND })),
    pipelines: undefined,
    checker: makeConstraintChecker({
      store,
      clock,
      outgoing: { post: () => Promise.reject(new TypeError("nothing is sent")) },
      newId: () => newId(clock.nowMs()),
      scheduleByName: (name) => definitions.byName(name),
      origin: { cluster: "here", database: "test.db" },
      handlers: new Map(),
      log,
    }),
    actions: { fire: () => Promise.resolve() },
    schedules: definitions,
    settings: { ...EXECUTOR_SETTINGS, concurrentMax: 100 },
    instanceId: "here",
    lease: () => undefined,
    log,
  });
  const control: RunControl = executor;
  const scheduler = makeScheduler({
    clock,
    settings: SCHEDULER_SETTINGS,
    store,
    control,
    schedules: () => definitions.all(),
    scheduleChanged: (id, stillDue) => executor.scheduleChanged(id, stillDue),
    activeRuns: () => executor.active(),
    runningRuns: () => executor.running(),
    statistics: log,
    log,
  });
  await definitions.refresh();
  await scheduler.start();
  await clock.advance(45 * SECOND);
  const stopped = Promise.all([scheduler.stop(), executor.stop(0), recorder.flush()]);
  await clock.advance(SECOND);
  await stopped;
  return db;
}

describe("IT-30 a run each second that takes three, for thirty seconds", () => {
  it("with one at a time: none overlap, each that could not start is skipped and has its violation", async () => {
    const db = await halfMinute(", max_concurrent_runs: 1");
    expect(db.run(OVERLAPS)).toEqual(["0"]);
    const counts = db.run(
      "SELECT status, skip_reason, count(*) FROM system.runs GROUP BY status, skip_reason ORDER BY status",
    );
    // One in three seconds, from the first occurrence on; what ends at a second is over when the next begins, or not yet.
    const [ended = "", skipped = ""] = counts;
    const of = (line: string): number => Number(line.split("|")[2]);
    expect(counts.map((line) => line.split("|").slice(0, 2).join("|"))).toEqual([
      "completed|null",
      "skipped|max_concurrent_runs",
    ]);
    expect(of(ended) + of(skipped)).toBeGreaterThanOrEqual(30);
    expect(of(ended)).toBeGreaterThanOrEqual(7);
    expect(of(ended)).toBeLessThanOrEqual(11);
    expect(
      db.run(`SELECT DISTINCT json_extract(v.details, '$.currentValue'), json_extract(v.details, '$.threshold'), count(*) OVER ()
        FROM system.constraint_violations v`),
    ).toEqual([`1|1|${of(skipped)}`]);
    expect(
      db.run(`SELECT count(*) FROM system.runs r WHERE r.status = 'skipped'
        AND (SELECT count(*) FROM system.constraint_violations v WHERE v.run_id = r.run_id) <> 1`),
    ).toEqual(["0"]);
    // What was skipped never began.
    expect(db.run("SELECT count(*) FROM system.runs WHERE status = 'skipped' AND started_at IS NOT NULL")).toEqual([
      "0",
    ]);
  });

  it("without a limit: all run, three at a time", async () => {
    const db = await halfMinute("");
    expect(db.run("SELECT DISTINCT status FROM system.runs")).toEqual(["completed"]);
    expect(Number(db.run("SELECT count(*) FROM system.runs")[0])).toBeGreaterThanOrEqual(30);
    expect(Number(db.run(OVERLAPS)[0])).toBeGreaterThan(50);
    expect(db.run("SELECT count(*) FROM system.constraint_violations")).toEqual(["0"]);
  });

  it("none or fewer at a time is no limit that a schedule may have", () => {
    const db = openSchedules();
    for (const wrong of ["0", "-1"])
      expect(db.reject(`upsert SCHEDULE as s ( sched: '@daily', max_concurrent_runs: ${wrong} )`), wrong).not.toEqual(
        [],
      );
  });
});

const PROGRAM = fileURLToPath(new URL("programs/rival.ts", import.meta.url));

/** A process that is ready to ask; `go` lets it, and gives what it said on its error output when it has ended. */
async function rival(file: string, scheduleId: string, count: number): Promise<{ readonly go: () => Promise<string> }> {
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", PROGRAM, file, scheduleId, String(count)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr?.on("data", (data: Buffer) => void (said += data.toString()));
  const closed = once(child, "close");
  await Promise.race([once(child.stdout ?? child, "data"), closed.then(() => Promise.reject(new TypeError(said)))]);
  return {
    go: async () => {
      child.stdin?.write("go\n");
      const [code] = (await closed) as [number | null];
      return `${code} ${said}`;
    },
  };
}

describe("IT-32 two processes on one file", () => {
  it("200 starts at one moment, one at a time: never two, and all have ended", async () => {
    const db = openSchedules();
    db.run(`procedure warm() { }
procedure body() returns int { let n = 0; for i in 1..20000 { n = n + i } return n }
upsert SCHEDULE as narrow ( sched: '0 0 1 1 *', exe: 'procedure', call: 'body', max_concurrent_runs: 1 )`);
    const file = db.connection.target;
    const [scheduleId = ""] = db.run("SELECT schedule_id FROM system.schedules");
    const both = await Promise.all([rival(file, scheduleId, 100), rival(file, scheduleId, 100)]);
    expect(await Promise.all(both.map(({ go }) => go()))).toEqual(["0 ", "0 "]);
    expect(db.run(OVERLAPS)).toEqual(["0"]);
    const runs = `FROM system.runs WHERE schedule_id = '${scheduleId}'`;
    expect(db.run(`SELECT count(*), count(DISTINCT instance_id), count(completed_at) ${runs}`)).toEqual(["200|2|200"]);
    const kinds = db.run(`SELECT status || coalesce(' ' || skip_reason, ''), count(*) ${runs} GROUP BY 1 ORDER BY 1`);
    expect(kinds.map((line) => line.split("|")[0])).toEqual(["completed", "skipped max_concurrent_runs"]);
    expect(db.run("SELECT count(*) FROM system.run_attempts WHERE status <> 'completed'")).toEqual(["0"]);
  });
});
