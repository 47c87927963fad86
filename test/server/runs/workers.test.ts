// The work of one attempt through both kinds of workers: values, log lines, errors, limits, and the mark that goes with the commit.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MACHINE_RUN_CLOCK } from "../../../server/runs/clock.ts";
import { makeInProcessWorker } from "../../../server/runs/in-process-worker.ts";
import { makeProcessWorker } from "../../../server/runs/process-worker.ts";
import { writeNow } from "../../../server/runs/store.ts";
import type { LogLine, RunTarget, Task, TaskOutcome, Worker } from "../../../server/runs/types.ts";
import { readRun } from "../../../server/runs/reads.ts";
import { open, type TestSession } from "../support.ts";
import type { ConfigValue } from "../../../server/catalog/config-values.ts";

const PROGRAM = `CREATE TABLE t (a int PRIMARY KEY)
procedure store_it(a int, at date = DATE '2026-01-31') returns int { INSERT INTO t VALUES (a); print "stored"; log.warn("careful"); return a * 2 }
procedure on_day(at date) returns date { return at + INTERVAL '1 day' }
function twice(a int) => a * 2
procedure broken(a int) raises Oops { INSERT INTO t VALUES (a); raise Oops("it broke") }
procedure endless() { while true { } }
procedure long_statement() returns int { return SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT i FROM n) }
procedure hungry() { let xs = [0]; loop { xs = xs || xs } }
create schedule tidy cron '0 0 * * *' as begin INSERT INTO t VALUES (77); end;
`;

let next = 0;

/** A run of the target that has just begun its first attempt. */
function begun(session: TestSession["session"], target: RunTarget, args: ConfigValue): Task {
  next += 1;
  const { connection } = session;
  const runId = `run${next}`;
  writeNow(connection, "enqueue", {
    id: runId,
    at: 0,
    request: { kind: "manual", target, args, scheduledAt: 0, priority: 5, scheduleId: undefined },
    instanceId: "me",
    chainDepthMax: 16,
  });
  const owner = { runId, instanceId: "me", fencing: 1 };
  writeNow(connection, "beginAttempt", {
    owner,
    attempt: 1,
    maxAttempts: 1,
    now: () => 1,
    worker: "w",
    transitions: [],
  });
  const run = readRun(connection, runId);
  if (run === undefined) throw new TypeError("the run is missing");
  return { run, attempt: 1, limits: {} };
}

interface Place {
  readonly db: TestSession;
  readonly worker: Worker;
}

const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
const places: Record<string, Place> = {};

beforeAll(() => {
  const memory = open();
  memory.run(PROGRAM);
  places["in this process"] = { db: memory, worker: makeInProcessWorker(memory.session, MACHINE_RUN_CLOCK) };
  const database = join(folder, "data.db");
  const file = open({ database });
  file.run(PROGRAM);
  places["in a child process"] = { db: file, worker: makeProcessWorker({ database, directory: folder, idleMax: 1 }) };
});

afterAll(async () => {
  for (const { db, worker } of Object.values(places)) {
    await worker.close();
    db.session.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function outcomeOf(
  where: string,
  target: RunTarget,
  args: ConfigValue,
  limits: Task["limits"] = {},
): Promise<{ readonly outcome: TaskOutcome; readonly lines: readonly string[]; readonly db: TestSession }> {
  const place = places[where];
  if (place === undefined) throw new TypeError("no such place");
  const lines: LogLine[] = [];
  const task = { ...begun(place.db.session, target, args), limits };
  const outcome = await place.worker.start(task, (line) => void lines.push(line)).outcome;
  return { outcome, lines: lines.map((line) => `${line.level} ${line.message}`), db: place.db };
}

describe.each(["in this process", "in a child process"])("a task %s", (where) => {
  it("calls a procedure with arguments by name, logs, gives its value and marks its commit", async () => {
    const { outcome, lines, db } = await outcomeOf(where, { kind: "procedure", name: "store_it" }, { a: 21 });
    expect(outcome).toMatchObject({ kind: "completed", value: 42 });
    expect(lines).toEqual(["info stored", "warn careful"]);
    expect(db.run("SELECT a FROM t WHERE a = 21")).toEqual(["21"]);
    expect(db.run(`SELECT status FROM system.run_attempts WHERE run_id = 'run${next}'`)).toEqual(["completed"]);
  });

  it("turns text into the parameter's type and values into JSON", async () => {
    const { outcome } = await outcomeOf(where, { kind: "procedure", name: "on_day" }, { at: "2026-02-28" });
    expect(outcome).toMatchObject({ kind: "completed", value: "2026-03-01" });
  });

  it("calls functions, expressions and the body of a schedule", async () => {
    expect((await outcomeOf(where, { kind: "function", name: "twice" }, { a: 4 })).outcome).toMatchObject({ value: 8 });
    const expression = await outcomeOf(where, { kind: "expression", name: "load.rows + 1" }, { load: { rows: 3 } });
    expect(expression.outcome).toMatchObject({ kind: "completed", value: 4 });
    const inline = await outcomeOf(where, { kind: "inline", name: "schedule tidy" }, null);
    expect(inline.outcome).toMatchObject({ kind: "completed" });
    expect(inline.db.run("SELECT a FROM t WHERE a = 77")).toEqual(["77"]);
  });

  it("gives an error with its name, place and undone work", async () => {
    const { outcome, db } = await outcomeOf(where, { kind: "procedure", name: "broken" }, { a: 99 });
    expect(outcome).toMatchObject({ kind: "failed", code: "Oops", message: "it broke", retryable: true });
    expect(outcome.kind === "failed" ? outcome.stack : "").toContain("at broken");
    expect(db.run("SELECT a FROM t WHERE a = 99")).toEqual([]);
    const unknown = await outcomeOf(where, { kind: "procedure", name: "nowhere" }, null);
    expect(unknown.outcome).toMatchObject({ kind: "failed", code: "NoSuchRoutine", retryable: false });
  });

  it("holds limits of fuel and memory", async () => {
    const fuel = await outcomeOf(where, { kind: "procedure", name: "endless" }, null, { fuelMax: 100_000 });
    expect(fuel.outcome).toMatchObject({ kind: "failed", code: "LimitExceeded" });
    const memory = await outcomeOf(where, { kind: "procedure", name: "hungry" }, null, { memoryBytesMax: 1_000_000 });
    expect(memory.outcome).toMatchObject({ kind: "failed", code: "LimitExceeded" });
  });

  it("commits nothing for a run that somebody else has taken", async () => {
    const place = places[where];
    if (place === undefined) throw new TypeError("no such place");
    const task = begun(place.db.session, { kind: "procedure", name: "store_it" }, { a: 123 });
    writeNow(place.db.session.connection, "orphan", {
      owner: { runId: task.run.id, instanceId: "me", fencing: 1 },
      attempt: 1,
      at: 5,
      message: "gone",
      retry: false,
      dueActions: { completed: [], orphaned: [] },
    });
    const outcome = await place.worker.start(task, () => undefined).outcome;
    expect(outcome).toMatchObject({ kind: "failed", code: "Cancelled", retryable: false });
    expect(place.db.run("SELECT a FROM t WHERE a = 123")).toEqual([]);
  });
});

describe("a child process", () => {
  it.each(["endless", "long_statement"])("is stopped inside %s, and the database is sound", async (name) => {
    const place = places["in a child process"];
    if (place === undefined) throw new TypeError("no such place");
    const task = begun(place.db.session, { kind: "procedure", name }, null);
    const running = place.worker.start(task, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.stop("timeout");
    running.stop("cancelled");
    expect(await running.outcome).toMatchObject({ kind: "failed", code: "timeout" });
    expect(place.db.run("PRAGMA integrity_check")).toEqual(["ok"]);
    const after = await outcomeOf("in a child process", { kind: "function", name: "twice" }, { a: 1 });
    expect(after.outcome).toMatchObject({ value: 2 });
  });

  it("tells that its database is not there", async () => {
    const place = places["in a child process"];
    if (place === undefined) throw new TypeError("no such place");
    const other = makeProcessWorker({ database: join(folder, "gone", "none.db"), directory: folder, idleMax: 0 });
    const task = begun(place.db.session, { kind: "procedure", name: "endless" }, null);
    expect(await other.start(task, () => undefined).outcome).toMatchObject({ kind: "failed", code: "CannotOpen" });
    await other.close();
  });
});
