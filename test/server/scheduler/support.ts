// A scheduler in virtual time: schedules in a database file, a control that remembers what was asked for, and counts instead of statistics.
import { makeDefinitions, type Definitions } from "../../../server/automation/definitions.ts";
import { makeRunStore } from "../../../server/runs/store.ts";
import type { RunRequest } from "../../../server/runs/types.ts";
import { makeScheduler, type Scheduler } from "../../../server/scheduler/scheduler.ts";
import type { SchedulerSettings } from "../../../server/scheduler/setting-rows.ts";
import { SCHEDULER_SETTINGS } from "../../../server/scheduler/settings.ts";
import { virtualClock, type VirtualClock } from "../../virtual-clock.ts";
import { openSchedules, type ScheduleDatabase } from "../schedules/support.ts";

/** 2026-01-31T12:00:00Z, when the session's clock stands still. */
export const NOON_MS = 1_769_860_800_000;

/** A request with when it was made. */
export interface Asked {
  readonly at: number;
  readonly request: RunRequest;
}

/** A scheduler with everything around it. */
export interface SchedulerBench {
  readonly db: ScheduleDatabase;
  readonly clock: VirtualClock;
  readonly asked: Asked[];
  /** Keys that have runs; survives restarts. */
  readonly keys: Set<string>;
  readonly counts: Record<string, number>;
  readonly samples: Record<string, number[]>;
  readonly warnings: string[];
  readonly changed: string[];
  readonly cancelled: string[];
  /** Runs that the executor has. */
  readonly active: Set<string>;
  /** How many of them are at work. */
  working: number;
  /** Runs go on until a test ends them; else they have ended at once. */
  endless: boolean;
  /** How long the store takes for a request. */
  storeMs: number;
  /** So many of the next requests are refused. */
  refuse: number;
  scheduler: Scheduler;
  readonly definitions: Definitions;
  /** A new process on the same database. */
  restart(): Promise<void>;
  /** Times of the runs that were asked for, once each, as `name 12:01:00`. */
  times(kind?: string): readonly string[];
}

/** Makes one; nothing runs before `scheduler.start()`. */
export function schedulerBench(settings: Partial<SchedulerSettings> = {}): SchedulerBench {
  const db = openSchedules();
  const clock = virtualClock(NOON_MS);
  const store = makeRunStore({ connection: db.connection, shared: true, clock });
  const definitions = makeDefinitions(store);
  const make = (): Scheduler =>
    makeScheduler({
      schedules: () => definitions.all(),
      clock,
      settings: { ...SCHEDULER_SETTINGS, ...settings },
      store,
      control: {
        request: async (request) => {
          await (bench.storeMs === 0
            ? Promise.resolve()
            : new Promise<void>((resolve) => void clock.timer(bench.storeMs, resolve)));
          if (bench.refuse > 0) {
            bench.refuse -= 1;
            throw new TypeError("the disk is gone");
          }
          const key = request.dedupeKey ?? "";
          if (bench.keys.has(key)) return undefined;
          bench.keys.add(key);
          bench.asked.push({ at: clock.nowMs(), request });
          if (bench.endless) bench.active.add(`run ${key}`);
          return `run ${key}`;
        },
        cancel: (runId) => {
          bench.cancelled.push(runId);
          return Promise.resolve(true);
        },
      },
      scheduleChanged: (id, stillDue) => {
        bench.changed.push(`${id} ${stillDue(NOON_MS + 60_000)}`);
        return Promise.resolve();
      },
      activeRuns: () => [...bench.active],
      runningRuns: () => bench.working,
      statistics: ({ add, set, samples }) => {
        for (const [column, value] of Object.entries(add ?? {}))
          bench.counts[column] = (bench.counts[column] ?? 0) + value;
        for (const [column, value] of Object.entries(set ?? {})) bench.counts[column] = value;
        for (const [name, values] of Object.entries(samples ?? {})) (bench.samples[name] ??= []).push(...values);
      },
      log: (_, message) => void bench.warnings.push(message),
    });
  const bench: SchedulerBench = {
    db,
    clock,
    asked: [],
    keys: new Set(),
    counts: {},
    samples: {},
    warnings: [],
    changed: [],
    cancelled: [],
    active: new Set(),
    working: 0,
    endless: false,
    storeMs: 0,
    refuse: 0,
    scheduler: make(),
    definitions,
    restart: async () => {
      bench.scheduler = make();
      await start(bench);
    },
    times: (kind) =>
      bench.asked
        .filter(({ request }) => kind === undefined || request.kind === kind)
        .map(({ request }) => `${request.target.name} ${new Date(request.scheduledAt).toISOString().slice(11, 19)}`),
  };
  return bench;
}

/** Stores a schedule of a procedure of the same name. */
export function schedule(bench: SchedulerBench, name: string, cron: string, rest = ""): void {
  bench.db.run(
    `upsert procedure ${name} (n int = 0, level int = 0) { }\nupsert SCHEDULE as ${name} (sched: '${cron}', call: '${name}'${rest})`,
  );
}

/** Waits for something that goes on while the clock stands still. */
async function settled<T>(bench: SchedulerBench, work: Promise<T>): Promise<T> {
  await bench.clock.settle();
  const result = await work;
  await bench.clock.settle();
  return result;
}

/** Starts the scheduler. */
export async function start(bench: SchedulerBench): Promise<void> {
  await settled(bench, bench.definitions.refresh());
  await settled(bench, bench.scheduler.start());
}

/** Tells the scheduler that the database was changed; gives how many schedules were. */
export async function changed(bench: SchedulerBench): Promise<number> {
  const ids = await settled(bench, bench.definitions.refresh());
  if (ids.length > 0) await settled(bench, bench.scheduler.changed(ids));
  return ids.length;
}
