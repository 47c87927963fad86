// Everything put together on a file and in memory: runs by hand, runs that a session asks for, taking over from another process, stopping.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startAutomation, type Automation } from "../../../server/automation/automation.ts";
import type { RunRequest } from "../../../server/runs/types.ts";
import { open, type TestSession } from "../support.ts";

const PROGRAM = `CREATE TABLE t (a int)
procedure work(a int) returns int { INSERT INTO t VALUES (a); print "done"; return a }
procedure endless() { while true { } }`;

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
