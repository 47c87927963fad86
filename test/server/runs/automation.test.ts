// Everything put together on a file and in memory: runs by hand, runs that a session asks for, taking over from another process, stopping.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startAutomation, type Automation } from "../../../server/automation/automation.ts";
import { newId } from "../../../server/catalog/identifiers.ts";
import { writeNow } from "../../../server/runs/store.ts";
import type { RunRequest } from "../../../server/runs/types.ts";
import { EngineError } from "../../../storage/engine.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { open, type TestSession } from "../support.ts";

const PROGRAM = `CREATE TABLE t (a int)
procedure work(a int) returns int { INSERT INTO t VALUES (a); print "done"; return a }
procedure endless() { while true { } }
procedure hold() { INSERT INTO t VALUES (99); while true { } }`;

let folder: string;
let file: string;
let db: TestSession;
const open_: Automation[] = [];
const logged: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  file = join(folder, "data.db");
  db = open({ database: file });
  db.run(PROGRAM);
});

afterEach(async () => {
  for (const automation of open_.splice(0)) await automation.stop();
  db.session.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startAutomation>[0]> = {}): Promise<Automation> {
  const automation = await startAutomation({
    place: { file },
    times: { leaseMs: 600, lookMs: 50, pollMs: 20 },
    shutdownMs: 100,
    log: (level, text) => void logged.push(`${level} ${text}`),
    ...options,
  });
  open_.push(automation);
  return automation;
}

function requestOf(name: string, args: RunRequest["args"] = null): RunRequest {
  return {
    kind: "manual",
    target: { kind: "procedure", name },
    scheduleId: undefined,
    args,
    scheduledAt: Date.now(),
    priority: 5,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

it("runs a stored procedure in a child process, from the request to the completed row", async () => {
  const automation = await start({ schedules: false });
  const run = await automation.run(requestOf("work", { a: 7 }));
  expect(run).toMatchObject({ status: "completed", attempt: 1 });
  expect(db.run("SELECT a FROM t")).toEqual(["7"]);
  expect(db.run("SELECT status, success, result FROM system.runs")).toEqual(["completed|true|7"]);
  expect(db.run("SELECT attempt, level, message FROM system.run_logs")).toEqual(["1|info|done"]);
});

it("runs in memory on the session's own connection", async () => {
  const memory = open();
  memory.run(PROGRAM);
  const automation = await start({ place: { session: memory.session } });
  expect(automation.leading).toBe(true);
  const run = await automation.run(requestOf("work", { a: 8 }));
  expect(run).toMatchObject({ status: "completed" });
  expect(memory.run("SELECT a FROM t")).toEqual(["8"]);
  await automation.stop();
  memory.session.close();
});

it("leads alone: the second stands by and takes over when the first stops", async () => {
  const first = await start();
  const second = await start();
  expect([first.leading, second.leading]).toEqual([true, false]);
  await first.stop();
  await until(() => second.leading);
  expect(db.run("SELECT holder = '' AS free, fencing FROM system.leases")).toEqual(["false|2"]);
});

it("ends running work when it is stopped, and leaves no run at work", async () => {
  const automation = await start();
  const ended = automation.run(requestOf("endless"));
  await until(() => db.run("SELECT status FROM system.runs")[0] === "running");
  await automation.stop();
  expect(await ended).toMatchObject({ status: "cancelled", errorCode: "shutdown" });
  expect(db.run("SELECT status, error_code FROM system.runs")).toEqual(["cancelled|shutdown"]);
  expect(db.run("SELECT state FROM system.instances")).toEqual(["stopped"]);
});

it.each([
  { name: "of a process that takes no part in leading", schedules: false },
  { name: "while its process is being stopped", schedules: true },
])("gives signs of life for a run and heeds its cancelling $name", async ({ schedules }) => {
  const automation = await start({ schedules, shutdownMs: 600_000 });
  const ended = automation.run(requestOf("endless"));
  await until(() => db.run("SELECT status FROM system.runs")[0] === "running");
  const stopping = schedules ? automation.stop() : undefined;
  for (const sign of ["first", "second"]) {
    const [before] = db.run("SELECT heartbeat_at FROM gobi_runs");
    await until(() => db.run("SELECT heartbeat_at FROM gobi_runs")[0] !== before);
    expect(db.run("SELECT status FROM system.runs"), sign).toEqual(["running"]);
  }
  db.run(`CANCEL RUN '${db.run("SELECT run_id FROM system.runs")[0]}'`);
  expect(await ended).toMatchObject({ status: "cancelled", errorCode: "cancelled" });
  await stopping;
});

it.each([
  { name: "before the lease is had", event: "INSERT ON gobi_leases" },
  { name: "after it", event: "UPDATE ON gobi_runs" },
])("ends in order what had begun when the start fails $name", async ({ event }) => {
  await (await start({ schedules: false })).stop();
  const at = Date.now();
  writeNow(db.session.connection, "enqueue", {
    id: newId(at),
    at,
    request: requestOf("work", { a: 5 }),
    chainDepthMax: 1,
  });
  db.session.connection.runText(`CREATE TRIGGER broken BEFORE ${event} BEGIN SELECT RAISE(ABORT, 'broken'); END`, []);
  await expect(start()).rejects.toThrow("broken");
  expect(db.run("SELECT state, count(*) FROM system.instances WHERE state <> 'session' GROUP BY state")).toEqual([
    "stopped|2",
  ]);
  expect(db.run("SELECT count(*) FROM system.leases WHERE holder <> ''")).toEqual(["0"]);
  db.session.connection.runText("DROP TRIGGER broken", []);
  expect((await start()).leading).toBe(true);
  await until(() => db.run("SELECT status FROM system.runs")[0] === "completed");
});

it("takes over from a killed process, whose endless worker lets the database go (IT-11)", async () => {
  const program = fileURLToPath(new URL("./programs/parent.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, file], { stdio: ["ignore", "ignore", "inherit"] });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // The worker holds the write lock while it works: this is seen from outside without waiting for it.
  await until(() => db.run("SELECT status FROM system.runs")[0] === "running");
  await until(() => locked());
  child.kill("SIGKILL");
  await gone;
  const automation = await start();
  await until(() => automation.leading);
  await until(() => db.run("SELECT status FROM system.runs")[0] === "orphaned");
  expect(db.run("SELECT status, error_code FROM system.run_attempts")).toEqual(["orphaned|orphaned"]);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
});

/** True while somebody else writes. */
function locked(): boolean {
  const other = sqliteEngine.connect({ target: file, busyTimeoutMs: 0 });
  try {
    other.begin("immediate");
    other.rollback();
    return false;
  } catch (error) {
    if (error instanceof EngineError && error.kind === "busy") return true;
    throw error;
  } finally {
    other.close();
  }
}

it("runs what a session asks for, and ends what a session cancels", async () => {
  await start();
  db.run("upsert SCHEDULE as now_and_then ( sched: '0 0 1 1 *', exe: 'procedure', call: 'work', args: {a: 5} )");
  db.run("upsert SCHEDULE as forever ( sched: '0 0 1 1 *', exe: 'procedure', call: 'endless' )");
  db.run("RUN SCHEDULE now_and_then");
  await until(() => db.run("SELECT status FROM system.runs")[0] === "completed");
  expect(db.run("SELECT a FROM t")).toEqual(["5"]);
  const [row = ""] = db.run("RUN SCHEDULE forever");
  const id = row.slice(0, 26);
  await until(() => db.run(`SELECT status FROM system.runs WHERE run_id = '${id}'`)[0] === "running");
  db.run(`CANCEL RUN '${id}'`);
  await until(() => db.run(`SELECT status FROM system.runs WHERE run_id = '${id}'`)[0] === "cancelled");
  expect(db.run(`SELECT error_code FROM system.runs WHERE run_id = '${id}'`)).toEqual(["cancelled"]);
});

it("stops a run inside one long statement when its time is over, and undoes its work (IT-36)", async () => {
  await start();
  db.run(`procedure long() { INSERT INTO t VALUES (1); let n = SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT i FROM n); print n }
upsert SCHEDULE as too_long ( sched: '0 0 1 1 *', exe: 'procedure', call: 'long', max_allowed_run_time: '1s' )
RUN SCHEDULE too_long`);
  await until(() => db.run("SELECT status FROM system.runs")[0] === "failed");
  expect(db.run("SELECT error_code FROM system.runs")).toEqual(["timeout"]);
  await until(() => db.run("SELECT constraint_type_id FROM system.constraint_violations")[0] === "7");
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
  expect(db.run("PRAGMA integrity_check")).toEqual(["ok"]);
});

it("calls procedures, functions and pipelines, with arguments, and keeps results (GR-83, UN-01)", async () => {
  const automation = await start();
  db.run(`function twice(a int) => a * 2
procedure extract() returns int { INSERT INTO t VALUES (1); return 1 }
procedure load(a int?) returns int? { return a }
upsert PIPELINE as etl ( steps: [ extract, load(args: {a: extract + 1}, after: extract) ] )`);
  const results = await Promise.all(
    (
      [
        { kind: "procedure", name: "work" },
        { kind: "function", name: "twice" },
        { kind: "pipeline", name: "etl" },
      ] as const
    ).map((target) => automation.run({ ...requestOf("work", target.kind === "pipeline" ? null : { a: 21 }), target })),
  );
  expect(results.map((run) => run?.status)).toEqual(["completed", "completed", "completed"]);
  expect(db.run("SELECT target->>'kind' AS kind, result FROM system.runs ORDER BY 1").slice(0, 1)).toEqual([
    "function|42",
  ]);
  expect(db.run("SELECT name, status, result FROM system.run_steps ORDER BY step_no")).toEqual([
    "extract|completed|1",
    "load|completed|2",
  ]);
  db.run("RUN PIPELINE etl FROM load");
  // The step before is taken over and recorded with the new run.
  await until(() => db.run("SELECT count(*) FROM system.run_steps WHERE status = 'completed'")[0] === "4");
  expect(db.run("SELECT count(*) FROM t WHERE a = 1")).toEqual(["1"]);
});

it("runs the SQL of steps on workers, tries it again, ends it in time and counts its rows (GR-95)", async () => {
  const automation = await start();
  db.run(`INSERT INTO t VALUES (1), (2), (3)
CREATE TABLE narrow (a int NOT NULL CHECK (a > 5))
upsert PIPELINE as etl ( on_error: 'continue', steps: [
  narrowed(sql: 'INSERT INTO narrow SELECT min(a) FROM t', retries: 1),
  endless(sql: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n', timeout: '200ms'),
  cut(sql: 'DELETE FROM t WHERE a > 1') ] )`);
  const run = await automation.run({ ...requestOf("work", null), target: { kind: "pipeline", name: "etl" } });
  expect(run?.errorCode).toBe("StepFailed");
  expect(db.run("SELECT name, status, row_count, error FROM system.run_steps ORDER BY step_no")).toEqual([
    "narrowed|failed|null|CheckViolation: The check a > 5 does not hold.",
    "endless|failed|null|Timeout: It ran longer than 200 ms.",
    "cut|completed|2|null",
  ]);
  expect(db.run("SELECT count(*) FROM system.run_logs WHERE message LIKE 'narrowed: %tried again%'")).toEqual(["1"]);
  expect(db.run("SELECT a FROM t")).toEqual(["1"]);
});

it("stops a run at its limits, with the limit's name (GR-87)", async () => {
  const automation = await start();
  db.run(`upsert procedure hungry as <{ limits: {memory: '1MB'} }> () { let xs = [0]; loop { xs = xs || xs } }
upsert procedure busy as <{ limits: {fuel: 100000} }> () { while true { } }
upsert procedure slow as <{ timeout: '300ms' }> () { while true { } }`);
  const runs = await Promise.all(["hungry", "busy", "slow"].map((name) => automation.run(requestOf(name))));
  expect(runs.map((run) => run?.errorCode)).toEqual(["LimitExceeded", "LimitExceeded", "timeout"]);
});

it("never lets two processes run more of a schedule than it allows (IT-32)", async () => {
  const both = [await start({ schedules: false }), await start({ schedules: false })];
  db.run(`procedure short(a int) returns int { let n = 0; for i in 1..5000 { n = n + i } return n }
upsert SCHEDULE as narrow ( sched: '0 0 1 1 *', exe: 'procedure', call: 'short', max_concurrent_runs: 1, overlap: 'queue' )`);
  const [scheduleId = ""] = db.run("SELECT schedule_id FROM system.schedules");
  const asked = both.flatMap((automation) =>
    Array.from({ length: 5 }, (_, n) => automation.run({ ...requestOf("short", { a: n }), scheduleId })),
  );
  const runs = await Promise.all(asked);
  expect(runs.map((run) => run?.status)).toEqual(Array.from({ length: 10 }, () => "completed"));
  expect(new Set(runs.map((run) => run?.instanceId)).size).toBe(2);
  const overlapping = db.run(`SELECT count(*) FROM system.runs x JOIN system.runs y ON x.run_id < y.run_id
    WHERE x.started_at < y.completed_at AND y.started_at < x.completed_at`);
  expect(overlapping).toEqual(["0"]);
});

it("keeps what one procedure did in the same rows, however it was started (UN-01)", async () => {
  const automation = await start();
  db.run(
    `upsert SCHEDULE as often ( sched: '* * * * * *', exe: 'procedure', call: 'work', args: {a: 1}, end: '2000-01-01' )
procedure ask() { let j = async work(2); let k = await j }
upsert PIPELINE as one ( steps: [ first(call: 'work', args: {a: 3}) ] )
upsert TRIGGER as follow ( timing: 'after', event: 'insert', target: 'orders', exe: 'pipeline', call: 'one' )`.replace(
      "upsert TRIGGER",
      "CREATE TABLE orders (id int)\nupsert TRIGGER",
    ),
  );
  const [scheduleId = ""] = db.run("SELECT schedule_id FROM system.schedules");
  const scheduled = await automation.run({
    ...requestOf("work", { a: 4 }),
    kind: "schedule",
    scheduleId,
    dedupeKey: "once",
  });
  const parent = scheduled?.id ?? "";
  await automation.run({ ...requestOf("work", { a: 5 }), kind: "chained", parentRunId: parent });
  db.run("RUN SCHEDULE often");
  db.call("ask");
  db.run("INSERT INTO orders VALUES (1)");
  await until(() => db.run("SELECT count(*) FROM system.runs WHERE status = 'completed'")[0] === "5");
  expect(db.run("SELECT kind, parent_run_id IS NOT NULL AS chained FROM system.runs ORDER BY kind")).toEqual([
    "call|false",
    "chained|true",
    "manual|false",
    "schedule|false",
    "trigger|false",
  ]);
  for (const id of db.run("SELECT run_id FROM system.runs")) {
    expect(db.run(`SHOW RUN '${id}'`)).toContain("status|completed");
    expect(db.fail(`CANCEL RUN '${id}'`)).toMatch(/^RunEnded/);
    await until(
      () => db.run(`SELECT count(*) FROM system.run_logs WHERE run_id = '${id}' AND message LIKE '%done'`)[0] !== "0",
    );
  }
});
