// Runs whose process is gone (IT-10, IT-11), the lease between processes (IT-06, UN-14), retention (IT-76).
import { describe, expect, it } from "vitest";
import { makeExecutor, type Executor } from "../../../server/runs/executor.ts";
import { SCHEDULER_LEASE, watchLease, type Liveness } from "../../../server/runs/lease.ts";
import { makeSweeper, type Sweeper } from "../../../server/runs/orphans.ts";
import { makeRecorder } from "../../../server/runs/recorder.ts";
import { purgeOld, RETENTION } from "../../../server/runs/retention.ts";
import { writeNow } from "../../../server/runs/store.ts";
import type { Lease } from "../../../server/runs/writes/rows.ts";
import { EXECUTOR_SETTINGS } from "../../../server/runs/world.ts";
import type { ActionBinding } from "../../../server/scheduler/types.ts";
import { bench, completed, fakeWorker, NOON_MS, scheduleOf, type Bench, type FakeWork } from "./support.ts";

const RETRY: ActionBinding = {
  id: "r",
  actionTypeId: 1,
  fireOn: "on_failure",
  constraintTypeId: undefined,
  action: { kind: "retry", policy: { max: 1, delayMs: 1000, factor: 1, maxDelayMs: undefined, retryOn: [] } },
};

/** Actions that fire at both ends. */
const SKIPS: readonly ActionBinding[] = (["on_failure", "on_success"] as const).map((fireOn) => ({
  id: `skip ${fireOn}`,
  actionTypeId: 5,
  fireOn,
  constraintTypeId: undefined,
  action: { kind: "skipNextInstance" },
}));

/** A second process on the database of a bench: it sweeps and adopts. */
interface Other {
  readonly executor: Executor;
  readonly sweeper: Sweeper;
  readonly worker: ReturnType<typeof fakeWorker>;
  readonly fired: string[];
}

function other(b: Bench, liveness: Liveness, work: () => FakeWork = () => ({ outcome: completed() })): Other {
  const worker = fakeWorker(b.clock, work);
  const fired: string[] = [];
  const executor = makeExecutor({
    store: b.store,
    clock: b.clock,
    recorder: makeRecorder({ store: b.store, clock: b.clock }),
    worker,
    pipelines: undefined,
    checker: {
      before: () => Promise.resolve({ kind: "proceed", checked: 0 }),
      after: () => Promise.resolve(undefined),
    },
    actions: {
      fire: (fireOn, run, _schedule, { fired: before } = {}) => {
        fired.push([fireOn, run.status, ...(before ?? [])].join(" "));
        return Promise.resolve();
      },
    },
    schedules: { byId: (id) => b.schedules.get(id) },
    settings: EXECUTOR_SETTINGS,
    instanceId: "there",
    lease: () => undefined,
    log: () => undefined,
  });
  const sweeper = makeSweeper({
    store: b.store,
    clock: b.clock,
    executor,
    schedules: { byId: (id) => b.schedules.get(id) },
    instanceId: "there",
    heartbeatMs: 10_000,
    missedMax: 3,
    liveness,
    log: () => undefined,
  });
  return { executor, sweeper, worker, fired };
}

function register(b: Bench, instanceId: string, state: "running" | "session" = "running"): void {
  writeNow(b.connection, "registerInstance", { instanceId, hostname: "h", pid: 1, version: "1", at: NOON_MS, state });
}

/** Time passes; the other process looks each second, the first one gives signs of life while it lives. */
async function pass(b: Bench, o: Other, seconds: number, alive: boolean): Promise<void> {
  for (let second = 1; second <= seconds; second += 1) {
    await b.clock.advance(1000);
    const work = [o.sweeper.sweep(false), ...(alive && second % 10 === 0 ? [b.executor.heartbeat(10_000)] : [])];
    await b.clock.settle();
    await Promise.all(work);
  }
}

describe("a run whose process stops giving signs of life (IT-10)", () => {
  it("is orphaned between thirty and thirty-two seconds later, once; a late sign changes nothing", async () => {
    const b = bench({ work: () => ({ ms: Number.POSITIVE_INFINITY }) });
    register(b, "here");
    const id = await b.request(scheduleOf("s", { actions: SKIPS }));
    const o = other(b, () => "unknown");
    await pass(b, o, 60, true);
    expect(b.status(id)).toBe("running");
    await pass(b, o, 29, false);
    expect(b.status(id)).toBe("running");
    await pass(b, o, 3, false);
    expect(b.status(id)).toBe("orphaned orphaned");
    expect(o.fired).toEqual(["on_failure orphaned"]);
    const late = b.executor.heartbeat(10_000);
    await b.clock.advance(2000);
    await late;
    expect(b.status(id)).toBe("orphaned orphaned");
    expect(b.worker.running).toBe(0);
    expect(b.executor.active()).toEqual([]);
    expect(b.states(id).filter((state) => state === "orphaned").length).toBe(1);
    expect(b.fired).toEqual([]);
  });

  it("is not taken for lost because the wall clock jumps", async () => {
    const b = bench({ work: () => ({ ms: 120_000 }) });
    register(b, "here");
    const id = await b.request(scheduleOf("s"));
    const o = other(b, () => "unknown");
    await pass(b, o, 15, true);
    b.clock.stepWall(3_600_000);
    await pass(b, o, 30, true);
    b.clock.stepWall(-7_200_000);
    await pass(b, o, 30, true);
    expect(b.status(id)).toBe("running");
  });

  it("writes nothing any more when it was only paused (UN-14)", async () => {
    const b = bench({ work: () => ({ ms: 40_000, outcome: completed("late") }) });
    register(b, "here");
    const id = await b.request(scheduleOf("s", { actions: [RETRY] }));
    const o = other(
      b,
      () => "unknown",
      () => ({ outcome: completed("second") }),
    );
    await pass(b, o, 45, false);
    expect(b.status(id)).toBe("completed");
    expect(b.rows("SELECT result, attempt, instance_id FROM gobi_runs")).toEqual(['"second"|2|there']);
    expect(b.rows("SELECT attempt, status FROM gobi_run_attempts ORDER BY attempt")).toEqual([
      "1|orphaned",
      "2|completed",
    ]);
    expect(b.fired).toEqual([]);
  });
});

describe("after a crash (IT-11)", () => {
  it("runs of the dead process are orphaned at once, retried where attempts are left, actions fire once each", async () => {
    const b = bench({ work: () => ({ ms: Number.POSITIVE_INFINITY }) });
    register(b, "here");
    const failing = scheduleOf("s", { actions: SKIPS });
    const plain = [await b.request(failing), await b.request(failing)];
    const retried = await b.request(scheduleOf("t", { actions: [RETRY, ...SKIPS] }));
    const waiting = await b.request(scheduleOf("u"), { scheduledAt: NOON_MS + 5000 });
    await b.clock.advance(1500);
    const o = other(b, (host) => (host === "h" ? "dead" : "alive"));
    const swept = o.sweeper.sweep(true);
    await b.clock.advance(10);
    expect(await swept).toBe(4);
    expect(plain.map((id) => b.status(id))).toEqual(["orphaned orphaned", "orphaned orphaned"]);
    await b.clock.advance(8000);
    expect(b.status(retried)).toBe("completed");
    expect(o.fired.toSorted()).toEqual([
      "on_failure orphaned",
      "on_failure orphaned",
      "on_success completed",
      "on_success completed",
    ]);
    expect(b.rows(`SELECT instance_id, status FROM gobi_runs WHERE run_id = '${waiting}'`)).toEqual([
      "there|completed",
    ]);
    expect(b.rows("SELECT state FROM gobi_instances WHERE instance_id = 'here'")).toEqual(["stopped"]);
    const again = o.sweeper.sweep(true);
    await b.clock.settle();
    expect(await again).toBe(0);
  });

  it("a run whose work was committed is completed, not done again", async () => {
    const b = bench({ work: () => ({ ms: Number.POSITIVE_INFINITY }) });
    register(b, "here");
    const id = await b.request(scheduleOf("s", { actions: [RETRY, ...SKIPS] }));
    await b.clock.advance(1500);
    const owner = { runId: id, instanceId: "here", fencing: 1 };
    expect(writeNow(b.connection, "commitAttempt", { owner, attempt: 1, at: NOON_MS })).toBe(true);
    const o = other(b, () => "dead");
    const swept = o.sweeper.sweep(true);
    await b.clock.advance(3000);
    await swept;
    expect(b.status(id)).toBe("completed");
    expect(o.worker.tasks).toEqual([]);
    expect(o.fired).toEqual(["on_success completed"]);
    expect(writeNow(b.connection, "commitAttempt", { owner, attempt: 1, at: NOON_MS })).toBe(false);
  });

  it("actions that the end of a run calls for are fired by the next process, without those that were recorded", async () => {
    const b = bench({ actions: { fire: () => new Promise(() => undefined) } });
    register(b, "here");
    const id = await b.request(scheduleOf("s", { actions: SKIPS }));
    await b.clock.advance(5000);
    expect(b.status(id)).toBe("completed");
    expect(b.rows("SELECT fire_on FROM gobi_due_actions")).toEqual(["on_success"]);
    writeNow(b.connection, "recordActions", [
      {
        id: "a",
        runId: id,
        scheduleActionId: "before",
        actionTypeId: 5,
        fireOn: "on_success",
        violationId: undefined,
        at: NOON_MS,
        durationMs: 1,
        success: true,
        error: undefined,
        details: null,
      },
    ]);
    let dead = false;
    const o = other(b, () => (dead ? "dead" : "alive"));
    await pass(b, o, 100, false);
    expect(o.fired).toEqual([]);
    dead = true;
    const swept = o.sweeper.sweep(true);
    await b.clock.advance(3000);
    await swept;
    expect(o.fired).toEqual(["on_success completed before"]);
    expect(b.rows("SELECT count(*) FROM gobi_due_actions")).toEqual(["0"]);
    expect(b.rows("SELECT instance_id FROM gobi_runs")).toEqual(["there"]);
    await pass(b, o, 2, false);
    expect(o.fired.length).toBe(1);
  });

  it("a session that works without signs of life is believed while its process lives", async () => {
    const b = bench({ work: () => ({ ms: Number.POSITIVE_INFINITY }) });
    register(b, "here", "session");
    const id = await b.request(scheduleOf("s"));
    let dead = false;
    const o = other(b, () => (dead ? "dead" : "alive"));
    await pass(b, o, 100, false);
    expect(b.status(id)).toBe("running");
    dead = true;
    await pass(b, o, 1, false);
    expect(b.status(id)).toBe("orphaned orphaned");
  });
});

describe("the lease", () => {
  const take = async (
    b: Bench,
    instanceId: string,
    liveness: Liveness = () => "unknown",
  ): Promise<Lease | undefined> => {
    const asked = watchLease({ store: b.store, clock: b.clock, instanceId, leaseMs: 10_000, liveness }).tryToTake();
    await b.clock.settle();
    return asked;
  };

  it("has one holder; another takes it when it has not moved for its whole time, and the old one cannot write", async () => {
    const b = bench();
    register(b, "first");
    const first = await take(b, "first");
    expect(first).toMatchObject({ holder: "first", fencing: 1 });
    const watch = watchLease({
      store: b.store,
      clock: b.clock,
      instanceId: "second",
      leaseMs: 10_000,
      liveness: () => "unknown",
    });
    const looks: (Lease | undefined)[] = [];
    for (let second = 0; second < 25; second += 1) {
      const asked = watch.tryToTake();
      const beat =
        second < 12
          ? [
              b.store.write("heartbeat", {
                instanceId: "first",
                owners: [],
                at: b.clock.nowMs(),
                lease: first,
                leaseMs: 10_000,
              }),
            ]
          : [];
      await b.clock.advance(1000);
      await Promise.all(beat);
      looks.push(await asked);
      if (second === 5) b.clock.stepWall(3_600_000);
    }
    expect(looks.findIndex((lease) => lease !== undefined)).toBe(22);
    expect(looks[22]).toMatchObject({ holder: "second", fencing: 2 });
    const request = {
      kind: "schedule",
      target: { kind: "procedure", name: "p" },
      scheduleId: undefined,
      args: null,
      scheduledAt: 0,
      priority: 5,
    } as const;
    const old = b.store.write("enqueue", { id: "x", request, at: 0, lease: first, chainDepthMax: 16 });
    const beat = b.store.write("heartbeat", { instanceId: "first", owners: [], at: 0, lease: first, leaseMs: 1 });
    const claimed = b.store.write("claim", { runId: "x", instanceId: "first", at: 0, lease: first });
    await b.clock.settle();
    expect(await old).toBe("fenced");
    expect(await beat).toMatchObject({ leaseLost: true });
    expect(await claimed).toBeUndefined();
    expect(b.rows("SELECT count(*) FROM gobi_runs")).toEqual(["0"]);
  });

  it("is taken at once from a holder that is dead or has given it back", async () => {
    const b = bench();
    register(b, "first");
    const first = await take(b, "first");
    expect(await take(b, "second")).toBeUndefined();
    expect(await take(b, "second", () => "dead")).toMatchObject({ holder: "second", fencing: 2 });
    if (first !== undefined) writeNow(b.connection, "releaseLease", first);
    expect(b.rows(`SELECT holder FROM gobi_leases WHERE name = '${SCHEDULER_LEASE}'`)).toEqual(["second"]);
    writeNow(b.connection, "releaseLease", { name: SCHEDULER_LEASE, holder: "second", fencing: 2 });
    expect(await take(b, "third")).toMatchObject({ holder: "third", fencing: 3 });
  });

  it("lets each occurrence become one run, whoever asks (IT-06)", async () => {
    const b = bench();
    register(b, "here");
    const o = other(b, () => "unknown");
    const schedule = scheduleOf("s");
    await b.request(schedule, { dedupeKey: "schedule:s:0" });
    for (let n = 1; n <= 50; n += 1) {
      const request = {
        kind: "schedule",
        target: { kind: "procedure", name: "work" },
        scheduleId: "s",
        args: null,
        scheduledAt: NOON_MS + n * 1000,
        priority: 5,
        dedupeKey: `schedule:s:${n}`,
      } as const;
      const both = n % 2 === 0 ? [b.executor, o.executor] : [o.executor, b.executor];
      const asked = both.map((executor) => executor.request(request));
      await b.clock.advance(1000);
      expect((await Promise.all(asked)).filter((id) => id !== undefined).length).toBe(1);
    }
    await b.clock.advance(5000);
    expect(b.rows("SELECT status, count(*), count(DISTINCT dedupe_key) FROM gobi_runs GROUP BY status")).toEqual([
      "completed|51|51",
    ]);
    expect(b.worker.tasks.length + o.worker.tasks.length).toBe(51);
  });
});

it("deletes old runs and logs in small steps, keeps the newest of each schedule and whatever has not ended (IT-76)", async () => {
  const b = bench();
  const ids: string[] = [];
  for (let n = 0; n < 30; n += 1) ids.push(await b.request(scheduleOf("s"), { scheduledAt: NOON_MS + n * 1000 }));
  for (let n = 0; n < 5; n += 1) await b.request(scheduleOf("t"), { scheduleId: undefined as never });
  await b.clock.advance(60_000);
  const waiting = await b.request(scheduleOf("s"), { scheduledAt: NOON_MS + 1e12 });
  const steps: number[] = [];
  const counting = {
    write: async (name: "purge" | "purgeStatistics", input: never) => {
      const deleted = await b.store.write(name, input);
      steps.push(deleted);
      return deleted;
    },
  } as never;
  const settings = { ...RETENTION, rowsMax: 4, keepPerSchedule: 20 };
  const early = purgeOld(counting, b.clock, settings);
  await b.clock.settle();
  expect(await early).toBe(0);
  b.clock.stepWall(91 * 86_400_000);
  const purged = purgeOld(counting, b.clock, settings);
  await b.clock.advance(10);
  // 30 ended ones and one that waits: the newest 20 of the schedule stay; those without a schedule go.
  expect(await purged).toBe(11 + 5);
  expect(Math.max(...steps)).toBeLessThanOrEqual(4);
  expect(b.rows("SELECT count(*) FROM gobi_runs WHERE schedule_id = 's'")).toEqual(["20"]);
  expect(b.status(waiting)).toBe("pending");
  expect(b.status(ids[0] ?? "")).toBe("");
  expect(b.rows(`SELECT count(*) FROM gobi_run_transitions WHERE run_id = '${ids[0] ?? ""}'`)).toEqual(["0"]);
  // Of a schedule that was dropped nothing is kept, once nothing of it waits.
  b.connection.runText(
    `UPDATE gobi_runs SET completed_at = '2026-02-01T00:00:00.000000Z', status = 'cancelled' WHERE run_id = '${waiting}'`,
    [],
  );
  b.connection.runText(
    "UPDATE gobi_schedules SET dropped_at = '2026-02-01T00:00:00.000000Z' WHERE schedule_id = 's'",
    [],
  );
  b.clock.stepWall(91 * 86_400_000);
  const rest = purgeOld(counting, b.clock, settings);
  await b.clock.advance(10);
  await rest;
  expect(b.rows("SELECT count(*) FROM gobi_runs WHERE schedule_id = 's'")).toEqual(["0"]);
  expect(b.rows("SELECT count(*) FROM gobi_schedules WHERE schedule_id = 's'")).toEqual(["0"]);
});
