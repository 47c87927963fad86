// Leading when something fails half-way: the next look or poll does again what was not done (UN-14); deliveries of triggers are one at a time and are waited for.
import { expect, it, onTestFinished } from "vitest";
import { storedTable } from "../../../server/catalog/schema.ts";
import type { Definitions } from "../../../server/automation/definitions.ts";
import { lead, LEADER_TIMES, type Leader, type LeaderOptions } from "../../../server/automation/leader.ts";
import { RETENTION } from "../../../server/runs/retention.ts";
import { writeNow } from "../../../server/runs/store.ts";
import { SCHEDULER_LEASE } from "../../../server/runs/lease.ts";
import { hasDueFirings } from "../../../server/runs/reads.ts";
import { insertRow } from "../../../server/sql/rows.ts";
import { bench, NOON_MS, type Bench } from "./support.ts";

/** What the leader asked of its parts, in order. */
interface Leading {
  readonly b: Bench;
  readonly leader: Leader;
  readonly calls: string[];
}

/** Work that fails at the times that are named, counted from 1. */
function failing(calls: string[], name: string, at: readonly number[]): () => void {
  let times = 0;
  return () => {
    times += 1;
    calls.push(name);
    if (at.includes(times)) throw new Error(`${name} broke`);
  };
}

/** A process that stands by, since another one holds the lease; `takeOver` gives it back. */
async function standingBy(
  options: {
    readonly fails?: Readonly<Record<string, readonly number[]>>;
    readonly changed?: readonly string[];
    readonly leader?: Partial<LeaderOptions>;
  } = {},
): Promise<Leading> {
  const b = bench();
  const calls: string[] = [];
  const step = (name: string): (() => void) => failing(calls, name, options.fails?.[name] ?? []);
  const [refresh, adopt, start, changed] = ["refresh", "adopt", "start", "changed"].map(step);
  let news = options.changed ?? [];
  const definitions: Definitions = {
    byId: () => undefined,
    byName: () => undefined,
    all: () => [],
    refresh: async () => {
      refresh?.();
      const found = news;
      // The catalog is read once; who asks again learns of no change. The first reading belongs to the start.
      if (calls.includes("start")) news = [];
      return found;
    },
  };
  writeNow(b.connection, "registerInstance", {
    instanceId: "other",
    hostname: "h",
    pid: 1,
    version: "1",
    at: NOON_MS,
    state: "running",
  });
  writeNow(b.connection, "acquireLease", {
    name: SCHEDULER_LEASE,
    holder: "other",
    at: NOON_MS,
    leaseMs: 1_000_000,
    replaces: undefined,
  });
  const leader = await settled(
    b,
    lead({
      store: b.store,
      clock: b.clock,
      executor: {
        ...b.executor,
        adopt: async () => {
          adopt?.();
          return 0;
        },
      },
      definitions,
      worker: b.worker,
      scheduler: {
        start: async () => start?.(),
        changed: async (ids) => {
          changed?.();
          calls.push(...ids);
        },
        stop: async () => void calls.push("stop"),
      },
      instanceId: "here",
      times: { ...LEADER_TIMES, leaseMs: 1_000_000, lookMs: 1000, pollMs: 300_000 },
      retention: RETENTION,
      liveness: () => "alive",
      shared: true,
      onLead: (lease) => void calls.push(lease === undefined ? "lost" : "lease"),
      log: (level, text) => void b.logged.push(`${level} ${text.split("\n")[0]}`),
      ...options.leader,
    }),
  );
  onTestFinished(async () => settled(b, leader.stop()));
  expect(calls).toEqual([]);
  writeNow(b.connection, "releaseLease", { name: SCHEDULER_LEASE, holder: "other", fencing: 1 });
  return { b, leader, calls };
}

/** Waits for work that the clock does not hold up. */
async function settled<T>(b: Bench, work: Promise<T>): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  while (!done) await b.clock.advance(1);
  return finished;
}

it.each(["refresh", "adopt", "start"])("starts the scheduler with the next look when %s fails", async (name) => {
  const { b, leader, calls } = await standingBy({ fails: { [name]: [1] } });
  await b.clock.advance(1000);
  expect(leader.lease).toBeDefined();
  expect(b.logged).toEqual([`error Error: ${name} broke`]);
  calls.length = 0;
  await b.clock.advance(1000);
  expect(calls).toEqual(["refresh", "adopt", "start"]);
  await b.clock.advance(5000);
  expect(calls).toEqual(["refresh", "adopt", "start"]);
});

it("tells the scheduler of changes with the next poll when one fails, though nothing was written since", async () => {
  const { b, calls } = await standingBy({
    fails: { changed: [1] },
    changed: ["s1"],
    leader: { shared: false, times: { ...LEADER_TIMES, lookMs: 1000, pollMs: 10_000, leaseMs: 1_000_000 } },
  });
  await b.clock.advance(10_000);
  expect(b.logged).toEqual(["error Error: changed broke"]);
  await b.clock.advance(10_000);
  expect(calls.filter((call) => call === "s1")).toEqual(["s1"]);
  const before = calls.length;
  await b.clock.advance(30_000);
  expect(calls.length).toBe(before);
});

it("stands by again when the lease is lost, also while it begins", async () => {
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const begun: string[] = [];
  const { b, leader, calls } = await standingBy({
    leader: {
      scheduler: {
        start: async () => {
          begun.push("start");
          await held;
          begun.push("started");
        },
        changed: () => Promise.resolve(),
        stop: async () => void begun.push("stop"),
      },
    },
  });
  await b.clock.advance(1000);
  expect(begun).toEqual(["start"]);
  await settled(b, leader.lost());
  letGo();
  await b.clock.settle();
  expect(begun).toEqual(["start", "stop", "started", "stop"]);
  expect(leader.lease).toBeUndefined();
  expect(calls).toContain("lost");
});

it("delivers triggers one round at a time, tells what fails, and is waited for", async () => {
  let most = 0;
  let now = 0;
  let count = 0;
  const ends: (() => void)[] = [];
  const bare = bench();
  const { b, leader } = await standingBy({
    leader: {
      worker: {
        ...bare.worker,
        deliverTriggers: async () => {
          count += 1;
          now += 1;
          most = Math.max(most, now);
          await new Promise<void>((resolve) => ends.push(resolve));
          now -= 1;
          if (count === 1) throw new Error("delivery broke");
          return true;
        },
      },
      times: { ...LEADER_TIMES, lookMs: 10, pollMs: 10, leaseMs: 1_000_000 },
    },
  });
  insertRow(b.connection, storedTable("trigger_outbox"), {
    trigger_id: "t",
    run_id: "r",
    order_key: "k",
    event: "insert",
    created_at: "2026-01-31T12:00:00.000000Z",
    attempts: 0,
  });
  expect(hasDueFirings(b.connection, b.clock.nowMs())).toBe(true);
  await b.clock.advance(200);
  expect([count, most]).toEqual([1, 1]);
  ends.shift()?.();
  await b.clock.settle();
  expect(b.logged).toEqual(["error Error: delivery broke"]);
  await b.clock.advance(20);
  expect([count, most]).toEqual([2, 1]);
  await settled(b, leader.stop());
  let delivered = false;
  const waited = leader.delivered().then(() => {
    delivered = true;
  });
  await b.clock.settle();
  expect(delivered).toBe(false);
  ends.shift()?.();
  await waited;
  expect(count).toBe(2);
});
