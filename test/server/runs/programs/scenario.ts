// A process that automates a database from its start to its end: occurrences that succeed, fail, are tried again, skipped and cancelled, a pipeline's steps, notifications,
// statistics, retention. Its parent (failpoints.test.ts) lets it die at a boundary between two writes, or before one is committed.
import { SYSTEM_TABLES } from "../../../../base/system-tables.ts";
import { MACHINE_RUN_CLOCK } from "../../../../server/runs/clock.ts";
import { makeExecutor, type Executor } from "../../../../server/runs/executor.ts";
import { makeInProcessWorker } from "../../../../server/runs/in-process-worker.ts";
import { watchLease } from "../../../../server/runs/lease.ts";
import { machineLiveness } from "../../../../server/runs/liveness.ts";
import { makeSweeper } from "../../../../server/runs/orphans.ts";
import { makeRecorder } from "../../../../server/runs/recorder.ts";
import { purgeOld, RETENTION } from "../../../../server/runs/retention.ts";
import { makeRunStore, type RunStore } from "../../../../server/runs/store.ts";
import type { RunRequest } from "../../../../server/runs/types.ts";
import type { LanePeriodRow } from "../../../../server/runs/writes/lane-statistics.ts";
import { EXECUTOR_SETTINGS } from "../../../../server/runs/world.ts";
import type { ScheduleDefinition } from "../../../../server/scheduler/types.ts";
import { readRows, textOf } from "../../../../server/sql/rows.ts";
import { openSession } from "../../../../server/session.ts";
import type { Connection, Engine } from "../../../../storage/engine.ts";
import { sqliteEngine } from "../../../../storage/sqlite/engine.ts";
import { hostname } from "node:os";

/** What the database holds before. `work` writes one row per run, `flaky` fails at its first attempt of each run. */
export const PROGRAM = `CREATE TABLE done (n int)
CREATE TABLE tries (n int)
procedure work(n int) { INSERT INTO done VALUES (n) }
procedure flaky(n int) raises Busy { autonomous { INSERT INTO tries VALUES (n) } if (SELECT count(*) FROM tries WHERE tries.n = :n) < 2 { raise Busy("again") } INSERT INTO done VALUES (n + 100) }
upsert SCHEDULE as plain ( sched: '0 2 * * *', exe: 'procedure', call: 'work' )
upsert SCHEDULE as again ( sched: '0 2 * * *', exe: 'procedure', call: 'flaky', on_failure: [retry(max: 5, delay: '1ms', factor: 1)] )`;

/** A lane in one period; kept twice, as when the lane was replaced. */
const LANE_PERIOD: LanePeriodRow = {
  periodId: "1",
  database: "shop",
  laneNo: 1,
  tags: "fast",
  counts: { submitted: 1, completed: 1, failed: 0, timeouts: 0, rejected: 0, cacheHits: 0, cacheMisses: 0 },
  depthMax: 1,
  waitMs: { sum: 0, max: 0 },
  executeMs: { sum: 1, p95: 1, max: 1 },
};

/** Occurrences of each schedule. */
export const OCCURRENCES = 3;

/** Boundaries of one life; a life ends at the one that it is given. */
export interface Boundaries {
  readonly engine: Engine;
  readonly store: (store: RunStore) => RunStore;
  readonly writes: Set<string>;
  /** What each boundary stands before or after, in the order in which they were passed. */
  readonly labels: string[];
}

/** The boundaries: before and after each commit, and before every statement that writes in a transaction. */
export function boundaries(dieAt: number): Boundaries {
  const labels: string[] = [];
  const pass = (label: string): void => {
    labels.push(label);
    if (labels.length === dieAt) process.kill(process.pid, "SIGKILL");
  };
  const writes = new Set<string>();
  const wrap = (connection: Connection): Connection => {
    // A killed process loses nothing that the operating system has: waiting for the disk would only make the test slow.
    connection.runText("PRAGMA synchronous = OFF", []).source?.close();
    const written: string[] = [];
    return new Proxy(connection, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const statement = key === "runText" && target.inTransaction ? WRITING.exec(String(args[0]))?.[0] : undefined;
          if (statement !== undefined) {
            written.push(statement);
            pass(statement);
          }
          const tables = [...new Set(written)].toSorted().join(", ");
          if (key === "commit") pass(`before the commit of ${tables}`);
          const result: unknown = Reflect.apply(value, target, args);
          if (key === "commit") pass(`after the commit of ${tables}`);
          if (key === "commit" || key === "rollback") written.length = 0;
          return result;
        };
      },
    });
  };
  return {
    engine: { ...sqliteEngine, connect: (options) => wrap(sqliteEngine.connect(options)) },
    store: (store) => ({
      ...store,
      get waiting() {
        return store.waiting;
      },
      write: (name, input) => {
        writes.add(name);
        return store.write(name, input);
      },
    }),
    writes,
    labels,
  };
}

/** The head of a statement that writes: it says what and where. */
const WRITING = /^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+[\w.]+/iu;

function request(schedule: ScheduleDefinition, n: number, changes: Partial<RunRequest> = {}): RunRequest {
  return {
    kind: "schedule",
    target: schedule.targets[0] ?? { kind: "procedure", name: "work" },
    scheduleId: schedule.id,
    args: { n },
    scheduledAt: Date.now(),
    priority: 5,
    dedupeKey: `schedule:${schedule.name}:${n}`,
    ...changes,
  };
}

/** One life of a process on the database. */
export async function live(
  file: string,
  instanceId: string,
  schedules: readonly ScheduleDefinition[],
  b: Boundaries,
): Promise<void> {
  const clock = MACHINE_RUN_CLOCK;
  const session = openSession({
    engine: b.engine,
    database: file,
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  const store = b.store(
    makeRunStore({ connection: b.engine.connect({ target: file, busyTimeoutMs: 0 }), shared: false, clock }),
  );
  const byId = new Map(schedules.map((schedule) => [schedule.id, schedule]));
  await store.write("prepareCatalog", { at: Date.now() });
  const me = {
    instanceId,
    hostname: hostname(),
    pid: process.pid,
    version: "1",
    at: Date.now(),
    state: "running",
  } as const;
  await store.write("registerInstance", me);
  const lease = await watchLease({ store, clock, instanceId, leaseMs: 10_000, liveness: machineLiveness }).tryToTake();
  const recorder = makeRecorder({ store, clock });
  const executor: Executor = makeExecutor({
    store,
    clock,
    recorder,
    worker: makeInProcessWorker(session, clock),
    pipelines: undefined,
    checker: {
      before: () => Promise.resolve({ kind: "proceed", checked: 1 }),
      after: () => Promise.resolve(undefined),
    },
    actions: { fire: () => Promise.resolve() },
    schedules: { byId: (id) => byId.get(id) },
    settings: EXECUTOR_SETTINGS,
    instanceId,
    lease: () => lease,
    log: () => undefined,
  });
  const sweeper = makeSweeper({
    store,
    clock,
    executor,
    schedules: { byId: (id) => byId.get(id) },
    instanceId,
    heartbeatMs: 10_000,
    missedMax: 3,
    liveness: machineLiveness,
    log: () => undefined,
  });
  await sweeper.sweep(true);
  await executor.adopt();
  await work(store, executor, schedules);
  await besides(store, instanceId);
  await executor.heartbeat(10_000);
  await purgeOld(store, clock, RETENTION);
  while (executor.active().length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await executor.stop(1000);
  await recorder.close();
  if (lease !== undefined) await store.write("releaseLease", lease);
  await store.write("endInstance", { instanceId, at: Date.now() });
  await store.close();
  session.close();
}

/** Runs of all kinds. */
async function work(store: RunStore, executor: Executor, schedules: readonly ScheduleDefinition[]): Promise<void> {
  for (const schedule of schedules)
    for (let n = 1; n <= OCCURRENCES; n += 1) await executor.request(request(schedule, n));
  const plain = schedules.find(({ name }) => name === "plain");
  if (plain === undefined) return;
  await store.write("skipNext", { scheduleId: plain.id });
  await executor.request(request(plain, 10));
  const later = Date.now() + 3_600_000;
  await executor.request(request(plain, 11, { scheduledAt: later }));
  await executor.scheduleChanged(plain.id, () => true);
  // Asked for by this life or by one before.
  const [row] = await store.read((connection) =>
    readRows(connection, "SELECT run_id FROM main.gobi_runs WHERE dedupe_key = 'schedule:plain:11'"),
  );
  await executor.cancel(textOf(row?.[0]), "cancelled");
  await store.write("enqueue", {
    id: `by-hand-${process.pid}`,
    at: Date.now(),
    request: request(plain, 12, { dedupeKey: "by hand" }),
    chainDepthMax: 16,
  });
  await executor.adopt();
}

/** Zero for every number that a table of measurements must have. */
function zeros(table: "scheduler_stats" | "orchestrator_stats"): Record<string, number> {
  const own = ["actions_taken", "actions_failed"];
  const names = Object.entries(SYSTEM_TABLES[table].columns).filter(
    ([name, type]) => type === "int" && !own.includes(name),
  );
  return Object.fromEntries(names.map(([name]) => [name, 0]));
}

/** Writes that other parts make beside runs, and those that need trouble. */
async function besides(store: RunStore, instanceId: string): Promise<void> {
  const at = Date.now();
  const runId = `steps-${process.pid}`;
  const asked = {
    kind: "manual",
    target: { kind: "procedure", name: "nothing" },
    scheduleId: undefined,
    args: null,
    scheduledAt: at,
    priority: 5,
  } as const;
  await store.write("enqueue", { id: runId, at, request: asked, instanceId, chainDepthMax: 16 });
  const owner = { runId, instanceId, fencing: 1 };
  await store.write("beginAttempt", {
    owner,
    attempt: 1,
    maxAttempts: 1,
    now: () => at,
    worker: "w",
    transitions: [
      { seq: 2, attempt: 1, from: "prerun", to: "pending", at },
      { seq: 3, attempt: 1, from: "pending", to: "starting", at },
    ],
  });
  await store.write("stepStarted", { runId, attempt: 1, stepNo: 1, name: "s", at });
  await store.write("commitStep", { owner, attempt: 1, stepNo: 1, at });
  await store.write("stepEnded", {
    runId,
    attempt: 1,
    stepNo: 1,
    name: "s",
    at,
    status: "completed",
    rowCount: 1,
    error: undefined,
    result: null,
  });
  const violation = { id: `v-${process.pid}`, typeId: 1, message: "m", currentValue: 1, threshold: 1 };
  await store.write("recordViolations", [{ violation, runId, attempt: 1, setId: undefined, at }]);
  await store.write("recordActions", [
    {
      id: `a-${process.pid}`,
      runId,
      scheduleActionId: undefined,
      actionTypeId: 1,
      fireOn: "manual",
      violationId: violation.id,
      at,
      durationMs: 1,
      success: true,
      error: undefined,
      details: null,
    },
  ]);
  await store.write("deadLetter", { at, component: "test", message: null, error: "e" });
  await store.write("resolveLetter", { seq: 1, at });
  const delivery = { id: `d-${process.pid}`, at };
  await store.write("enqueueDelivery", {
    ...delivery,
    runId,
    actionRunId: `a-${process.pid}`,
    webhookType: "custom",
    fireOn: "manual",
    url: "https://example.com",
    headers: {},
    payload: {},
  });
  await store.write("recordDelivery", {
    ...delivery,
    attemptCount: 1,
    statusCode: 200,
    success: true,
    error: undefined,
    durationMs: 1,
    nextAttemptAt: undefined,
  });
  await store.write("recordPeriods", [
    { table: "scheduler_stats", id: "1", startMs: at, endMs: at, columns: zeros("scheduler_stats") },
  ]);
  await store.write("recordRunNumbers", [{ runId, periodId: "1", columns: zeros("orchestrator_stats") }]);
  await store.write("recordLanes", [LANE_PERIOD, LANE_PERIOD]);
  await store.write("purgeStatistics", { olderThan: 0, rowsMax: 10 });
  await store.write("schedulerSeen", { seen: at, at });
  await store.write("registerConstraint", { id: 1000, name: "ofTheTest" });
  await store.write("commitAttempt", { owner, attempt: 1, at });
  await store.write("orphan", {
    owner,
    attempt: 1,
    at,
    message: "m",
    retry: false,
    dueActions: { completed: ["on_success"], orphaned: ["on_failure"] },
  });
  const ended = { runId, instanceId: "", fencing: 2 };
  if (await store.write("takeActions", { owner: ended, instanceId }))
    await store.write("actionsFired", { runId, fireOn: "on_success" });
  await store.write("releaseWaiting", { instanceId, runIds: [] });
}
