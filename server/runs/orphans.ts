// Finds runs whose process is gone: they end as orphaned, or are tried again where attempts are left; those that had not begun are given back.
// A process counts as gone when its signs of life have stood still for some intervals of our own monotonic clock, or when it is known to be dead.
import type { Executor } from "./executor.ts";
import type { Liveness } from "./lease.ts";
import { dueActions, outcomesOf } from "./outcomes.ts";
import { readDueActions, readInstances, readRoutineSettings, readTaken, type InstanceState } from "./reads.ts";
import { retryPolicy } from "./retry.ts";
import type { RunStore } from "./store.ts";
import type { FireOn, RunClock, RunRow } from "./types.ts";
import type { ScheduleSource } from "./world.ts";
import type { RunOwner } from "./writes/rows.ts";

/** What the search needs. */
export interface SweeperOptions {
  readonly store: RunStore;
  readonly clock: RunClock;
  readonly executor: Pick<Executor, "fireLeft" | "adopt">;
  readonly schedules: ScheduleSource;
  readonly instanceId: string;
  readonly heartbeatMs: number;
  /** Signs of life that may be missed. */
  readonly missedMax: number;
  readonly liveness: Liveness;
  log(level: "warn", text: string): void;
}

/** The search for orphans. */
export interface Sweeper {
  /** Looks once. `tookOver`: this process has just taken the lease, so that runs of processes that are known to be dead need no waiting. Gives how many were found. */
  sweep(tookOver: boolean): Promise<number>;
}

/** A session works without signs of life; when its process cannot be asked, it is believed for so long. */
const SESSION_BELIEVED_MS = 24 * 3_600_000;

/** A search that has not looked yet. */
export function makeSweeper(options: SweeperOptions): Sweeper {
  const seen = new Map<string, { readonly heartbeatAt: number | undefined; readonly sinceMs: number }>();
  return {
    sweep: async (tookOver) => {
      const { others, due, instances } = await options.store.read((connection) => ({
        others: readTaken(connection, options.instanceId),
        due: readDueActions(connection, options.instanceId),
        instances: new Map(readInstances(connection).map((instance) => [instance.instanceId, instance])),
      }));
      const keys = new Set([...others, ...due.map(({ run }) => run)].map(keyOf));
      for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key);
      let found = 0;
      const gone = new Set<string>();
      for (const run of others) {
        const instance = instances.get(run.instanceId ?? "");
        if (!isLost(options, seen, run, instance, tookOver)) continue;
        found += 1;
        await dealWith(options, run);
        if (instance !== undefined && options.liveness(instance.hostname, instance.pid) === "dead")
          gone.add(instance.instanceId);
      }
      for (const instanceId of gone)
        await options.store.write("endInstance", { instanceId, at: options.clock.nowMs() });
      if (found > 0) await options.executor.adopt();
      await fireLeftActions(options, (run) => {
        if (run.instanceId === undefined) return true;
        const instance = instances.get(run.instanceId);
        // A process of this machine that lives fires its own, however long it takes.
        const lives = instance !== undefined && options.liveness(instance.hostname, instance.pid) === "alive";
        return !lives && isLost(options, seen, run, instance, tookOver);
      });
      return found;
    },
  };
}

function keyOf(run: RunRow): string {
  return `${run.id}:${run.fencing ?? 0}`;
}

function isLost(
  options: SweeperOptions,
  seen: Map<string, { readonly heartbeatAt: number | undefined; readonly sinceMs: number }>,
  run: RunRow,
  instance: InstanceState | undefined,
  tookOver: boolean,
): boolean {
  // Its process said that it ended, or was seen dead.
  if (instance === undefined) return true;
  const liveness = options.liveness(instance.hostname, instance.pid);
  const nowMs = options.clock.monotonicMs();
  const before = seen.get(keyOf(run));
  if (before === undefined || before.heartbeatAt !== run.heartbeatAt)
    seen.set(keyOf(run), { heartbeatAt: run.heartbeatAt, sinceMs: nowMs });
  const stillMs = before === undefined || before.heartbeatAt !== run.heartbeatAt ? 0 : nowMs - before.sinceMs;
  if (instance.state === "session") return liveness === "dead" || stillMs >= SESSION_BELIEVED_MS;
  return (tookOver && liveness === "dead") || stillMs >= options.heartbeatMs * options.missedMax;
}

async function dealWith(options: SweeperOptions, run: RunRow): Promise<void> {
  const { store, clock, schedules } = options;
  if (run.instanceId === undefined) return;
  if (run.status !== "running") {
    await store.write("releaseWaiting", { instanceId: run.instanceId, runIds: [run.id] });
    return;
  }
  const owner: RunOwner = { runId: run.id, instanceId: run.instanceId, fencing: run.fencing ?? 0 };
  const settings = await store.read((connection) => readRoutineSettings(connection, run.target));
  const schedule = run.scheduleId === undefined ? undefined : schedules.byId(run.scheduleId);
  const policy = retryPolicy(schedule, settings.retries, { code: "orphaned", retryable: true });
  const outcome = await store.write("orphan", {
    owner,
    attempt: run.attempt,
    at: clock.nowMs(),
    message: `The process ${run.instanceId} that ran it is gone.`,
    retry: policy !== undefined && run.attempt <= policy.max,
    dueActions: {
      completed: dueActions(schedule, outcomesOf("completed", undefined)),
      orphaned: dueActions(schedule, outcomesOf("orphaned", "orphaned")),
    },
  });
  options.log("warn", `Run ${run.id} of ${run.target.name} had lost its process: ${outcome}.`);
}

/** Fires the actions of ended runs that a process which is gone has left. */
async function fireLeftActions(options: SweeperOptions, isGone: (run: RunRow) => boolean): Promise<void> {
  const due = await options.store.read((connection) => readDueActions(connection, options.instanceId));
  const left = new Map<string, { readonly run: RunRow; readonly outcomes: FireOn[] }>();
  for (const { run, fireOn } of due) {
    const known = left.get(run.id);
    if (known === undefined) left.set(run.id, { run, outcomes: [fireOn] });
    else known.outcomes.push(fireOn);
  }
  for (const { run, outcomes } of left.values()) if (isGone(run)) await options.executor.fireLeft(run, outcomes);
}
