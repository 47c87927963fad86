// The scheduler in virtual time: a year of fires, the time ahead, grace, steps of the clock, changes, restarts and catching up (IT-05, IT-07, IT-08, IT-33, IT-34, UN-15).
import { describe, expect, it } from "vitest";
import { makeScheduler } from "../../../server/scheduler/scheduler.ts";
import { SCHEDULER_SETTINGS } from "../../../server/scheduler/settings.ts";
import { virtualClock } from "../../virtual-clock.ts";
import { scheduleOf } from "../runs/support.ts";
import { jitterOf } from "../../../server/scheduler/requests.ts";
import { changed, NOON_MS, schedule, schedulerBench, start } from "./support.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Few steps for long times: the index reaches far, the loop sleeps long. */
const LONG = { indexRebuildMs: 10 * DAY, lookaheadMs: 20 * DAY, loopIntervalMs: 10 * DAY };

describe("firing", () => {
  it("IT-08: a stored schedule is asked for before its time", async () => {
    const bench = schedulerBench();
    schedule(bench, "backup", "5 12 * * *", ", args: { level: 3 }, priority: 2");
    await start(bench);
    await bench.clock.advance(4 * MINUTE);
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(2 * MINUTE);
    const { id } = bench.db.schedule("backup");
    expect(bench.asked).toHaveLength(1);
    expect(bench.asked[0]?.request).toEqual({
      kind: "schedule",
      target: { kind: "procedure", name: "backup" },
      scheduleId: id,
      args: { level: 3 },
      scheduledAt: NOON_MS + 5 * MINUTE,
      priority: 2,
      dedupeKey: `schedule:${id}:${NOON_MS + 5 * MINUTE}`,
    });
    const ahead = NOON_MS + 5 * MINUTE - (bench.asked[0]?.at ?? 0);
    expect(ahead).toBeGreaterThan(8 * SECOND);
    expect(ahead).toBeLessThanOrEqual(10 * SECOND);
  });

  it("a year of fires, each once", async () => {
    const bench = schedulerBench(LONG);
    schedule(bench, "nightly", "0 2 * * *");
    schedule(bench, "hourly", "0 * * * *", ", tz: 'America/New_York'");
    schedule(bench, "monthly", "0 0 L * *");
    await start(bench);
    await bench.clock.advance(365 * DAY);
    const count = (name: string): number => bench.times().filter((each) => each.startsWith(name)).length;
    // The year begins and ends at noon, so one hour more.
    expect([count("nightly"), count("hourly"), count("monthly")]).toEqual([365, 8761, 12]);
    expect(bench.counts).toMatchObject({ run_jobs: 365 + 8761 + 12 });
    expect(bench.counts["missed_jobs"]).toBeUndefined();
  }, 60_000);

  it("several targets are runs of their own", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "* * * * *");
    bench.db.run("upsert procedure b <{sched: ['a']}> () { }");
    await start(bench);
    await bench.clock.advance(MINUTE);
    expect(bench.asked.map(({ request }) => request.dedupeKey?.split(":").slice(2).join(":"))).toEqual([
      String(NOON_MS),
      `${NOON_MS}:b`,
      String(NOON_MS + MINUTE),
      `${NOON_MS + MINUTE}:b`,
    ]);
  });

  it("jitter is the same for the same occurrence and spread over all", () => {
    const spread = Array.from({ length: 1000 }, (_, minute) => jitterOf({ id: "s", jitterMs: 1000 }, minute * MINUTE));
    expect(Math.min(...spread)).toBeLessThan(50);
    expect(Math.max(...spread)).toBeGreaterThan(950);
    expect(Math.max(...spread)).toBeLessThan(1000);
    expect(jitterOf({ id: "s", jitterMs: 1000 }, 7 * MINUTE)).toBe(spread[7]);
    expect(jitterOf({ id: "t", jitterMs: 1000 }, 7 * MINUTE)).not.toBe(spread[7]);
    expect(jitterOf({ id: "s", jitterMs: 0 }, 7 * MINUTE)).toBe(0);
  });

  it("jitter is the earliest start of a run, its time stays", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "1 12 * * *", ", jitter: '30s'");
    await start(bench);
    await bench.clock.advance(2 * MINUTE);
    const request = bench.asked[0]?.request;
    expect(request?.scheduledAt).toBe(NOON_MS + MINUTE);
    expect(request?.notBefore).toBe(NOON_MS + MINUTE + jitterOf(bench.db.schedule("a"), NOON_MS + MINUTE));
  });

  it("what the store refuses is asked for again", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "1 12 * * *");
    bench.refuse = 3;
    await start(bench);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.times()).toEqual(["a 12:01:00"]);
    expect(bench.warnings).toHaveLength(3);
    expect(bench.warnings[0]).toContain("the disk is gone");
  });
});

describe("IT-03: a slow store", () => {
  it("of half a second a write holds up neither the loop nor what is due", async () => {
    const bench = schedulerBench();
    for (const name of ["a", "b", "c"]) schedule(bench, name, "1 12 * * *");
    bench.storeMs = 500;
    await start(bench);
    const steps = (): number => bench.counts["iterations"] ?? 0;
    for (let second = 0; second < 60; second += 1) {
      const before = steps();
      await bench.clock.advance(SECOND);
      expect(steps()).toBeGreaterThan(before);
    }
    expect([...bench.times()].sort()).toEqual(["a 12:01:00", "b 12:01:00", "c 12:01:00"]);
    // Asked for ahead, so that the rows are there before the time in spite of the store.
    for (const { at } of bench.asked) expect(NOON_MS + MINUTE - at).toBeGreaterThan(8 * SECOND);
  });
});

it("runs that wait for their time are not counted as running", async () => {
  const bench = schedulerBench();
  schedule(bench, "often", "* * * * *");
  bench.endless = true;
  await start(bench);
  await bench.clock.advance(2 * MINUTE);
  expect(bench.active.size).toBeGreaterThan(1);
  bench.working = 1;
  await bench.clock.advance(2 * SECOND);
  expect(bench.counts["jobs_running"]).toBe(1);
});

describe("ten thousand due at once", () => {
  it.each([
    ["with room for all answers", 10_000, 10_000],
    ["and two thousand with room for a hundred answers", 2000, 100],
  ])(
    "are asked for once each, %s",
    async (_, count, inboxSize) => {
      const clock = virtualClock(NOON_MS);
      const keys: string[] = [];
      let seen = 0;
      const scheduler = makeScheduler({
        clock,
        settings: { ...SCHEDULER_SETTINGS, inboxSize },
        store: {
          read: () => Promise.resolve({ seenUntil: NOON_MS, known: new Set() } as never),
          write: (_name, input) => {
            ({ seen } = input as { readonly seen: number });
            return Promise.resolve(undefined as never);
          },
        },
        control: {
          request: async ({ dedupeKey: key }) => {
            await Promise.resolve();
            keys.push(key ?? "");
            return key;
          },
          cancel: () => Promise.resolve(false),
        },
        schedules: () => all,
        scheduleChanged: () => Promise.resolve(),
        activeRuns: () => [],
        runningRuns: () => 0,
        statistics: () => undefined,
        log: () => undefined,
      });
      const all = Array.from({ length: count }, (_each, number) => scheduleOf(`s${number}`, { crons: ["1 12 * * *"] }));
      const starting = scheduler.start();
      await clock.settle();
      await starting;
      await clock.advance(3 * MINUTE);
      expect(keys).toHaveLength(count);
      expect(new Set(keys).size).toBe(count);
      // Every answer was taken, or the note of progress would stay behind.
      expect(seen).toBeGreaterThan(NOON_MS + MINUTE);
      await scheduler.stop();
    },
    30_000,
  );
});

describe("changes", () => {
  it("IT-05: a new schedule fires without waiting for the next index, a dropped or disabled one does not", async () => {
    const bench = schedulerBench();
    schedule(bench, "old", "* * * * *");
    await start(bench);
    schedule(bench, "fresh", "30 * * * * *");
    bench.db.run("DROP SCHEDULE old");
    await changed(bench);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.times()).toEqual(["old 12:00:00", "fresh 12:00:30", "fresh 12:01:30"]);
    bench.db.run("DISABLE SCHEDULE fresh");
    await changed(bench);
    await bench.clock.advance(2 * MINUTE);
    expect(bench.times()).toHaveLength(3);
  });

  it("GR-89: nothing fires while all are paused, and what was not run meanwhile is not run later", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "* * * * *");
    await start(bench);
    bench.db.run("PAUSE ALL");
    expect(await changed(bench)).toBe(1);
    await bench.clock.advance(3 * MINUTE + 40 * SECOND);
    expect(bench.times()).toEqual(["a 12:00:00"]);
    bench.db.run("RESUME SCHEDULES");
    await changed(bench);
    await bench.clock.advance(MINUTE);
    expect(bench.times()).toEqual(["a 12:00:00", "a 12:04:00"]);
    expect(bench.counts["missed_jobs"]).toBeUndefined();
  });

  it("the executor is told, with what is still due", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "1 12 * * *");
    const { id } = bench.db.schedule("a");
    await start(bench);
    schedule(bench, "a", "1 12 * * *", ", args: { n: 1 }");
    await changed(bench);
    schedule(bench, "a", "2 12 * * *");
    await changed(bench);
    expect(bench.changed).toEqual([`${id} true`, `${id} false`]);
  });

  it("what was not changed stays the same object", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "* * * * *");
    await start(bench);
    const before = bench.definitions.byName("A");
    expect(await changed(bench)).toBe(0);
    schedule(bench, "b", "* * * * *");
    expect(await changed(bench)).toBe(1);
    expect(bench.definitions.byName("a")).toBe(before);
  });

  it("stopped and started again it goes on where it was", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "* * * * *");
    await start(bench);
    await bench.clock.advance(90_000);
    const stopping = bench.scheduler.stop();
    await bench.clock.settle();
    await stopping;
    expect(await bench.scheduler.send({ kind: "shutdown" })).toBe(false);
    await bench.clock.advance(5000);
    await start(bench);
    await bench.clock.advance(90_000);
    expect(bench.times()).toEqual(["a 12:00:00", "a 12:01:00", "a 12:02:00", "a 12:03:00"]);
  });
});

describe("IT-07: the grace for near misses", () => {
  it("an occurrence of 20 seconds ago starts, late", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "0 13 * * *");
    await bench.clock.advance(HOUR + 20 * SECOND);
    await start(bench);
    expect(bench.times()).toEqual(["a 13:00:00"]);
    expect(bench.counts).toMatchObject({ run_jobs: 1, late_jobs: 1, time_passed_run_time: 20 * SECOND });
  });

  it("one of 31 seconds ago is missed", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "0 13 * * *");
    await bench.clock.advance(HOUR + 31 * SECOND);
    await start(bench);
    expect(bench.times()).toEqual([]);
    expect(bench.counts).toMatchObject({ missed_jobs: 1, time_passed_grace_period: SECOND });
  });
});

describe("IT-33, IT-34: after a stop of ten minutes", () => {
  async function stopped(rest: string): Promise<ReturnType<typeof schedulerBench>> {
    const bench = schedulerBench();
    schedule(bench, "a", "* * * * *", rest);
    await start(bench);
    await bench.clock.advance(30 * SECOND);
    const stopping = bench.scheduler.stop();
    await bench.clock.settle();
    await stopping;
    bench.asked.length = 0;
    await bench.clock.advance(10 * MINUTE + 10 * SECOND);
    await bench.restart();
    return bench;
  }

  it("a window of three minutes catches up three, oldest first, before anything newer", async () => {
    const bench = await stopped(", catch_up: true, catch_up_window: '3m'");
    await bench.clock.advance(MINUTE);
    expect(bench.times("catchup")).toEqual(["a 12:08:00", "a 12:09:00", "a 12:10:00"]);
    expect(bench.times().slice(0, 4)).toEqual(["a 12:08:00", "a 12:09:00", "a 12:10:00", "a 12:11:00"]);
    expect(bench.counts["missed_jobs"]).toBe(7);
  });

  it("without catch_up nothing is run and all are counted", async () => {
    const bench = await stopped("");
    expect(bench.times("catchup")).toEqual([]);
    expect(bench.counts["missed_jobs"]).toBe(10);
  });

  it("without a window the newest hundred are caught up", async () => {
    const bench = await stopped(", catch_up: true");
    expect(bench.times("catchup")).toHaveLength(10);
  });

  it("the policy last runs the last one, and another restart none", async () => {
    const bench = await stopped(", catch_up: true, catch_up_policy: 'last'");
    expect(bench.times("catchup")).toEqual(["a 12:10:00"]);
    await bench.restart();
    expect(bench.times("catchup")).toEqual(["a 12:10:00"]);
    expect(new Set(bench.asked.map(({ request }) => request.dedupeKey)).size).toBe(bench.asked.length);
  });
});

describe("after years", () => {
  it("what was missed is counted up to a limit that is told, and the newest is caught up", async () => {
    const bench = schedulerBench();
    schedule(bench, "silent", "* * * * * *");
    schedule(bench, "newest", "* * * * *", ", catch_up: true");
    schedule(bench, "within", "* * * * *", ", catch_up: true, catch_up_window: '1h'");
    schedule(bench, "last", "0 0 29 2 *", ", catch_up: true, catch_up_policy: 'last'");
    bench.clock.stepWall(64 * 365 * DAY);
    await start(bench);
    expect(bench.times("catchup").filter((each) => each.startsWith("newest"))).toHaveLength(100);
    expect(bench.times("catchup").filter((each) => each.startsWith("within"))).toHaveLength(60);
    const leapDay = bench.asked.find(({ request }) => request.target.name === "last")?.request.scheduledAt;
    expect(new Date(leapDay ?? 0).toISOString().slice(0, 10)).toBe("2088-02-29");
    expect(bench.counts["missed_jobs"]).toBe(3000 + 15);
    expect(bench.warnings).toEqual(["More was missed than is counted, for example of newest (3 schedules)."]);
  });
});

describe("a crash", () => {
  it("loses and doubles nothing when the next process comes at once", async () => {
    const bench = schedulerBench();
    schedule(bench, "a", "*/10 * * * * *");
    await start(bench);
    for (let round = 0; round < 5; round += 1) {
      await bench.clock.advance(47 * SECOND);
      await bench.restart();
    }
    await bench.clock.advance(MINUTE);
    const seconds = bench.asked.map(({ request }) => (request.scheduledAt - NOON_MS) / SECOND);
    expect([...seconds].sort((left, right) => left - right)).toEqual(
      Array.from({ length: seconds.length }, (_, index) => index * 10),
    );
    expect(seconds.length).toBeGreaterThanOrEqual(30);
  });
});

describe("UN-15: the clock is moved", () => {
  it.each([
    ["an hour forward", HOUR],
    ["an hour back", -HOUR],
    ["forward and back again", 0],
  ])("%s: every occurrence has its run, once", async (_, step) => {
    const bench = schedulerBench();
    schedule(bench, "a", "*/5 * * * *");
    await start(bench);
    await bench.clock.advance(12 * MINUTE);
    if (step === 0) {
      bench.clock.stepWall(HOUR);
      await bench.clock.advance(7 * MINUTE);
      bench.clock.stepWall(-HOUR);
    } else {
      bench.clock.stepWall(step);
    }
    await bench.clock.advance(2 * HOUR);
    const minutes = bench.asked.map(({ request }) => (request.scheduledAt - NOON_MS) / MINUTE).sort((a, b) => a - b);
    expect(minutes).toEqual(Array.from({ length: minutes.length }, (_each, index) => index * 5));
    expect(bench.counts["missed_jobs"]).toBeUndefined();
    expect(new Set(minutes).size).toBe(minutes.length);
    expect(minutes.at(-1)).toBeGreaterThanOrEqual((bench.clock.nowMs() - NOON_MS) / MINUTE - 5);
  });
});
