// The loop and its parts: index, inbox, messages, statistics, settings, and that the loop reaches nothing outside (IT-01, IT-03, IT-04, IT-12 to IT-14, IT-70).
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { makeInbox } from "../../../server/scheduler/inbox.ts";
import type { ActiveRun, LoopStatistics, SchedulerMessage } from "../../../server/scheduler/messages.ts";
import {
  buildIndex,
  timesCache,
  type Occurrence,
  type OccurrenceIndex,
} from "../../../server/scheduler/occurrence-index.ts";
import type { ScheduleDefinition } from "../../../server/scheduler/types.ts";
import { readSettings, schedulerSettings, SCHEDULER_SETTINGS } from "../../../server/scheduler/settings.ts";
import { ROOT } from "../../architecture/sources.ts";
import { virtualClock } from "../../virtual-clock.ts";
import { scheduleOf } from "../runs/support.ts";
import { NOON_MS, schedule, schedulerBench, start, type SchedulerBench } from "./support.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe("IT-04: the index", () => {
  const every = (id: string, cron: string): ScheduleDefinition => scheduleOf(id, { crons: [cron] });
  const build = (schedules: readonly ScheduleDefinition[]): OccurrenceIndex =>
    buildIndex(schedules, timesCache(), NOON_MS, NOON_MS + 10 * MINUTE);
  const shown = (found: readonly Occurrence[]): string =>
    found.map(({ schedule: { id }, at }) => `${id}${(at - NOON_MS) / MINUTE}`).join(" ");

  it("may be empty", () => {
    const empty = build([]);
    expect(empty.between(NOON_MS, NOON_MS + MINUTE)).toEqual([]);
    expect(empty.firstFrom(NOON_MS)).toBeUndefined();
  });

  it("sorts by time, ties by id, and has its start and not its end", () => {
    const index = build([every("b", "5 * * * *"), every("a", "5,9 * * * *"), every("c", "1 * * * *")]);
    const between = (from: number, to: number): string =>
      shown(index.between(NOON_MS + from * MINUTE, NOON_MS + to * MINUTE));
    expect(index.size).toBe(4);
    expect(between(0, 10)).toBe("c1 a5 b5 a9");
    expect(between(1, 5)).toBe("c1");
    expect(between(5, 9)).toBe("a5 b5");
    expect(between(6, 6)).toBe("");
    expect(between(9, 3)).toBe("");
    expect(index.firstFrom(NOON_MS + 2 * MINUTE)).toBe(NOON_MS + 5 * MINUTE);
    expect(index.firstFrom(NOON_MS + 9 * MINUTE + 1)).toBeUndefined();
  });

  it("has nothing of schedules that are disabled, run nothing, or were changed later", () => {
    const times = { crons: ["* * * * *"] };
    const index = build([
      scheduleOf("a", { ...times, enabled: false }),
      scheduleOf("b", { ...times, targets: [] }),
      scheduleOf("c", { ...times, modifiedAt: NOON_MS + 8 * MINUTE }),
    ]);
    expect(shown(index.between(NOON_MS, NOON_MS + 10 * MINUTE))).toBe("c8 c9");
  });

  it("who holds an old one finishes on it", () => {
    let current = build([every("a", "1,2 * * * *")]);
    const held = current;
    current = build([every("b", "3 * * * *")]);
    expect(shown(held.between(NOON_MS, NOON_MS + 10 * MINUTE))).toBe("a1 a2");
    expect(shown(current.between(NOON_MS, NOON_MS + 10 * MINUTE))).toBe("b3");
  });
});

describe("many schedules", () => {
  const many = (count: number): readonly ScheduleDefinition[] =>
    Array.from({ length: count }, (_, number) =>
      scheduleOf(`s${number}`, {
        crons: [`${number % 60} ${Math.floor(number / 60) % 24} * * *`],
        timezone: number % 2 === 0 ? "UTC" : "Asia/Kolkata",
      }),
    );

  it("IT-28: the index of ten thousand schedules has every occurrence of a day, in order", () => {
    const index = buildIndex(many(10_000), timesCache(), NOON_MS, NOON_MS + 24 * 60 * MINUTE);
    const all = index.between(NOON_MS, NOON_MS + 24 * 60 * MINUTE);
    expect(all).toHaveLength(10_000);
    expect(new Set(all.map((each) => each.schedule.id)).size).toBe(10_000);
    expect(all.every((each, place) => place === 0 || (all[place - 1]?.at ?? 0) <= each.at)).toBe(true);
  });

  it("IT-15: indexes that are replaced are not kept (2,000 of 10,000 schedules: bench/scheduler)", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const schedules = many(1000);
    const cache = timesCache();
    const build = (): number => buildIndex(schedules, cache, NOON_MS, NOON_MS + 24 * 60 * MINUTE).size;
    build();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 200; count += 1) expect(build()).toBe(1000);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5 * 2 ** 20);
  });
});

describe("IT-13: the inbox", () => {
  it("is first in, first out, and bounded: who waits too long is told and counted", async () => {
    const clock = virtualClock(NOON_MS);
    const warnings: string[] = [];
    const inbox = makeInbox<number>({
      clock,
      size: 2,
      sendTimeoutMs: 5 * SECOND,
      onMessage: () => undefined,
      warn: (message) => void warnings.push(message),
    });
    const sent = [1, 2, 3, 4].map((message) => inbox.send(message));
    await clock.advance(4 * SECOND);
    expect(inbox.take().map(({ message, waitedMs }) => [message, waitedMs])).toEqual([
      [1, 4 * SECOND],
      [2, 4 * SECOND],
    ]);
    expect(await Promise.all(sent)).toEqual([true, true, true, true]);
    const late = inbox.send(5);
    await clock.advance(6 * SECOND);
    expect(await late).toBe(false);
    expect(warnings).toEqual(["The scheduler's inbox was full for 5000 ms (2 messages); a message was refused."]);
    expect(inbox.take().map(({ message }) => message)).toEqual([3, 4]);
    expect(inbox.counts()).toEqual({ totalSent: 4, totalReceived: 4, timeoutCount: 1, currentDepth: 0, maxDepth: 2 });
    inbox.close();
    expect(await inbox.send(6)).toBe(false);
  });

  it("counts exactly what eight senders send", async () => {
    const clock = virtualClock(NOON_MS);
    const inbox = makeInbox<string>({
      clock,
      size: 100,
      sendTimeoutMs: SECOND,
      onMessage: () => undefined,
      warn: () => undefined,
    });
    const received: string[] = [];
    let sending = 8;
    const sender = async (name: number): Promise<void> => {
      for (let count = 0; count < 1250; count += 1) await inbox.send(`${name} ${count}`);
      sending -= 1;
    };
    const senders = Promise.all(Array.from({ length: 8 }, (_, name) => sender(name)));
    while (sending > 0) {
      received.push(...inbox.take().map(({ message }) => message));
      await clock.settle();
    }
    await senders;
    received.push(...inbox.take().map(({ message }) => message));
    expect(inbox.counts()).toMatchObject({
      totalSent: 10_000,
      totalReceived: 10_000,
      timeoutCount: 0,
      currentDepth: 0,
    });
    expect(new Set(received).size).toBe(10_000);
    const ofFirst = received.filter((message) => message.startsWith("0 "));
    expect(ofFirst).toEqual(Array.from({ length: 1250 }, (_, count) => `0 ${count}`));
  });
});

describe("IT-14: messages", () => {
  async function ask<T>(bench: SchedulerBench, make: (reply: (answer: T) => void) => SchedulerMessage): Promise<T> {
    const answer = new Promise<T>((resolve) => void bench.scheduler.send(make(resolve)));
    await bench.clock.advance(1);
    return answer;
  }

  async function started(): Promise<{ readonly bench: SchedulerBench; readonly runId: string }> {
    const bench = schedulerBench({ graceMs: 2 * SECOND });
    schedule(bench, "a", "1 12 * * *");
    bench.endless = true;
    await start(bench);
    await bench.clock.advance(55 * SECOND);
    return { bench, runId: `run ${bench.asked[0]?.request.dedupeKey}` };
  }

  it("news of a run are seen in its state", async () => {
    const { bench, runId } = await started();
    const stateOf = (): Promise<{ readonly found: boolean; readonly run: ActiveRun | undefined }> =>
      ask(bench, (reply) => ({ kind: "get_run_state", runId, reply }));
    expect((await stateOf()).run).toMatchObject({ runId, state: "pending", scheduledAt: NOON_MS + MINUTE });
    const row = { id: runId, status: "running", startedAt: NOON_MS + MINUTE } as Parameters<
      SchedulerBench["scheduler"]["observer"]["started"]
    >[0];
    bench.scheduler.observer.started(row);
    expect((await stateOf()).run).toMatchObject({ state: "running", startedAt: NOON_MS + MINUTE });
    void bench.scheduler.send({ kind: "run_heartbeat", runId, at: 7 });
    expect((await stateOf()).run).toMatchObject({ heartbeatAt: 7 });
    void bench.scheduler.send({ kind: "run_failed", runId, status: "failed" });
    expect((await stateOf()).run).toMatchObject({ state: "failed" });
    void bench.scheduler.send({ kind: "run_complete", runId, status: "completed" });
    expect((await stateOf()).run).toMatchObject({ state: "completed" });
  });

  it("unknown runs are not found, and cancelling one warns", async () => {
    const { bench } = await started();
    expect(await ask(bench, (reply) => ({ kind: "get_run_state", runId: "x", reply }))).toEqual({
      found: false,
      run: undefined,
    });
    expect(await ask<boolean>(bench, (reply) => ({ kind: "cancel_run", runId: "x", reply }))).toBe(false);
    expect(bench.warnings).toEqual(["Run x cannot be cancelled: the scheduler has no run of that id."]);
  });

  it("a run is cancelled through the executor, and counted", async () => {
    const { bench, runId } = await started();
    expect(await ask<boolean>(bench, (reply) => ({ kind: "cancel_run", runId, reply }))).toBe(true);
    expect(bench.cancelled).toEqual([runId]);
    expect(bench.counts).toMatchObject({ jobs_cancelled: 1 });
  });

  it("all active runs are copies", async () => {
    const { bench, runId } = await started();
    const [first] = await ask<readonly ActiveRun[]>(bench, (reply) => ({ kind: "get_all_active_runs", reply }));
    expect(first).toMatchObject({ runId, state: "pending" });
    (first as { state: string }).state = "tampered";
    const [again] = await ask<readonly ActiveRun[]>(bench, (reply) => ({ kind: "get_all_active_runs", reply }));
    expect(again?.state).toBe("pending");
  });

  it("a change of a schedule says whether a run of it waits", async () => {
    const { bench } = await started();
    const scheduleId = bench.db.schedule("a").id;
    expect(await ask<boolean>(bench, (reply) => ({ kind: "update_run_config", scheduleId, reply }))).toBe(true);
    expect(await ask<boolean>(bench, (reply) => ({ kind: "update_run_config", scheduleId: "x", reply }))).toBe(false);
    expect(bench.changed).toEqual([`${scheduleId} true`, "x false"]);
  });

  it("statistics are answered, and shutdown ends the loop", async () => {
    const { bench } = await started();
    const statistics = await ask<LoopStatistics>(bench, (reply) => ({ kind: "get_stats", reply }));
    expect(statistics).toMatchObject({ requested: 1, late: 0, missed: 0, active: 1, inbox: { timeoutCount: 0 } });
    expect(statistics.iterations).toBeGreaterThan(50);
    void bench.scheduler.send({ kind: "shutdown" });
    await bench.clock.advance(1);
    expect(await bench.scheduler.send({ kind: "shutdown" })).toBe(false);
  });

  it("IT-12: a short run stays remembered until its grace is over", async () => {
    const { bench, runId } = await started();
    bench.active.delete(runId);
    const active = (): Promise<readonly ActiveRun[]> => ask(bench, (reply) => ({ kind: "get_all_active_runs", reply }));
    await bench.clock.advance(6 * SECOND);
    expect(await active()).toHaveLength(1);
    await bench.clock.advance(2 * SECOND);
    expect(await active()).toHaveLength(0);
    expect(bench.asked).toHaveLength(1);
  });
});

describe("IT-70: statistics", () => {
  it("of three runs, one of them 400 ms late, and two missed ones are exact", async () => {
    const bench = schedulerBench({ graceMs: 30 * SECOND, loopIntervalMs: SECOND });
    schedule(bench, "a", "0,10,40 1,2 12 * * *");
    schedule(bench, "b", "50,55 0 12 * * *");
    bench.db.run("DISABLE SCHEDULE a; ENABLE SCHEDULE a;");
    // 12:01:30.4: b's two are 10.4 and 5.4 s beyond their grace, a's first at 12:01:00 is 400 ms beyond, its second 20.4 s late.
    await bench.clock.advance(90 * SECOND + 400);
    await start(bench);
    await bench.clock.advance(20 * SECOND);
    expect(bench.times()).toEqual(["a 12:01:10", "a 12:01:40", "a 12:02:00"]);
    expect(bench.counts).toMatchObject({
      run_jobs: 3,
      late_jobs: 1,
      time_passed_run_time: 20_400,
      missed_jobs: 3,
      time_passed_grace_period: 400 + 10_400 + 5400,
    });
    expect(bench.counts["iterations"]).toBeGreaterThanOrEqual(20);
    expect(bench.samples["inbox_length"]?.length).toBe(bench.counts["iterations"]);
    expect(Math.max(...(bench.samples["time_in_inbox"] ?? []))).toBe(0);
  });
});

describe("IT-01: settings", () => {
  it("have their defaults", () => {
    expect(schedulerSettings({})).toEqual({ settings: SCHEDULER_SETTINGS, problems: [] });
    expect(SCHEDULER_SETTINGS).toMatchObject({ preScheduleMs: 10_000, graceMs: 30_000, lookaheadMs: 600_000 });
  });

  it.each([
    "pre_schedule_interval",
    "index_rebuild_interval",
    "lookahead_window",
    "grace_period",
    "loop_interval",
    "inbox_buffer_size",
    "inbox_send_timeout",
    "catch_up_max",
    "clock_step_max",
  ])("%s of nothing or less is refused by name", (name) => {
    for (const text of ["0", "0s", "-1", "-5s", "x"]) {
      const { problems } = schedulerSettings({ [`scheduler.${name}`]: text });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`scheduler.${name} must be`);
    }
  });

  it("unknown names, and a rebuild that comes after the window, are refused", () => {
    expect(schedulerSettings({ "scheduler.tick_interval": "1s" }).problems).toEqual([
      "There is no setting named scheduler.tick_interval.",
    ]);
    expect(schedulerSettings({ "scheduler.index_rebuild_interval": "10m" }).problems).toEqual([
      "scheduler.index_rebuild_interval must be shorter than scheduler.lookahead_window.",
    ]);
  });

  it("are read from the database", () => {
    const { db } = schedulerBench();
    expect(readSettings(db.connection).settings).toEqual(SCHEDULER_SETTINGS);
    db.run("upsert procedure p () { }");
    db.connection.runText(
      `INSERT INTO gobi_settings (scope, scope_id, name, value, value_type, updated_at)
        VALUES ('system', '', 'scheduler.grace_period', '"45s"', 'text', '2026-01-31T12:00:00.000000Z'), ('system', '', 'scheduler.catch_up_max', '7', 'int', '2026-01-31T12:00:00.000000Z')`,
      [],
    );
    expect(readSettings(db.connection)).toEqual({
      settings: { ...SCHEDULER_SETTINGS, graceMs: 45_000, catchUpMax: 7 },
      problems: [],
    });
  });
});

describe("IT-03: the loop's imports", () => {
  const IMPORT = /^(?:import|export) (?!type )[^"]*from "([^"]+)"|^import "([^"]+)"/gmu;

  /** Files that are loaded with a file, and the packages and node modules that they name. */
  function reached(path: string, files: Set<string>, packages: Set<string>): void {
    if (files.has(path)) return;
    files.add(path);
    for (const [, from, bare] of readFileSync(path, "utf8").matchAll(IMPORT)) {
      const specifier = from ?? bare ?? "";
      if (specifier.startsWith(".")) reached(join(dirname(path), specifier), files, packages);
      else packages.add(specifier);
    }
  }

  it("reach no store, no file, no network and no process", () => {
    const files = new Set<string>();
    const packages = new Set<string>();
    reached(join(ROOT, "server/scheduler/loop.ts"), files, packages);
    const folders = new Set([...files].map((file) => dirname(relative(ROOT, file)).split("/").slice(0, 2).join("/")));
    expect([...packages].sort()).toEqual(["node:crypto", "node:module"]);
    expect([...folders].filter((folder) => /^storage|^server\/(?!scheduler)/u.test(folder))).toEqual([]);
  });

  it("would be noticed if they did", () => {
    const packages = new Set<string>();
    reached(join(ROOT, "server/runs/process-worker.ts"), new Set(), packages);
    expect([...packages]).toContain("node:child_process");
  });
});
