// Keeps automation going: takes the lease or stands by, gives signs of life, notices what other processes wrote, finds orphans, deletes what is old.
// Everything here is repeated work on the run clock; what is due by schedules is the scheduler's business, which runs only while this process leads.
import type { Executor } from "../runs/executor.ts";
import { watchLease, type Liveness } from "../runs/lease.ts";
import { makeSweeper } from "../runs/orphans.ts";
import { hasDueFirings } from "../runs/reads.ts";
import { purgeOld, type RetentionSettings } from "../runs/retention.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock, Worker } from "../runs/types.ts";
import type { Lease } from "../runs/writes/rows.ts";
import type { Definitions } from "./definitions.ts";
import { periodic, type Periodic } from "./periodic.ts";

/** Who asks for the runs that are due, while this process leads. */
export interface SchedulerPort {
  start(): Promise<void>;
  /** Schedules that are new, changed or gone. */
  changed(scheduleIds: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** How often what is done. */
export interface LeaderTimes {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly missedMax: number;
  readonly pollMs: number;
  /** Looks for orphans, a free lease and due triggers. */
  readonly lookMs: number;
  readonly retentionMs: number;
}

/** Usual times. */
export const LEADER_TIMES: LeaderTimes = {
  leaseMs: 10_000,
  heartbeatMs: 10_000,
  missedMax: 3,
  pollMs: 100,
  lookMs: 1000,
  retentionMs: 3_600_000,
};

/** What leading needs. */
export interface LeaderOptions {
  readonly store: RunStore;
  readonly clock: RunClock;
  readonly executor: Executor;
  readonly definitions: Definitions;
  readonly worker: Worker;
  readonly scheduler: SchedulerPort;
  readonly instanceId: string;
  readonly times: LeaderTimes;
  readonly retention: RetentionSettings;
  readonly liveness: Liveness;
  /** True: the store shares a session's connection, whose own writes do not move its data version. */
  readonly shared: boolean;
  /** Told when this process begins to lead, and when it has lost the lease. */
  onLead(lease: Lease | undefined): void;
  log(level: "info" | "warn" | "error", text: string): void;
}

/** Repeated work of one process. */
export interface Leader {
  readonly lease: Lease | undefined;
  stop(): Promise<void>;
}

interface State {
  readonly options: LeaderOptions;
  lease: Lease | undefined;
  dataVersion: number | undefined;
  delivering: boolean;
}

/** Begins; the first try for the lease has been made when it is resolved. @throws EngineError. */
export async function lead(options: LeaderOptions): Promise<Leader> {
  const state: State = { options, lease: undefined, dataVersion: undefined, delivering: false };
  const { clock, times, store, executor, liveness } = options;
  const watch = watchLease({ store, clock, instanceId: options.instanceId, leaseMs: times.leaseMs, liveness });
  const sweeper = makeSweeper({ ...options, schedules: options.definitions, ...times, log: options.log });
  const look = async (): Promise<void> => {
    if (state.lease === undefined) {
      const lease = await watch.tryToTake();
      if (lease === undefined) return;
      await begin(state, lease);
      await sweeper.sweep(true);
      await executor.adopt();
      await options.scheduler.start();
    }
    await sweeper.sweep(false);
    await deliverDue(state);
  };
  await look();
  const onError = (error: unknown): void =>
    options.log("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
  const rounds: readonly Periodic[] = [
    periodic(clock, times.lookMs, look, onError),
    periodic(clock, Math.min(times.leaseMs / 3, times.heartbeatMs), () => beat(state), onError),
    periodic(clock, times.pollMs, () => poll(state), onError),
    periodic(
      clock,
      times.retentionMs,
      async () => {
        if (state.lease !== undefined) await purgeOld(store, clock, options.retention);
      },
      onError,
    ),
  ];
  return {
    get lease() {
      return state.lease;
    },
    stop: async () => {
      await Promise.all(rounds.map((round) => round.stop()));
      if (state.lease !== undefined) await options.scheduler.stop();
    },
  };
}

async function begin(state: State, lease: Lease): Promise<void> {
  state.lease = lease;
  state.options.onLead(lease);
  await state.options.definitions.refresh();
}

async function beat(state: State): Promise<void> {
  const { leaseLost } = await state.options.executor.heartbeat(state.options.times.leaseMs);
  if (!leaseLost || state.lease === undefined) return;
  state.lease = undefined;
  state.options.onLead(undefined);
  state.options.log("warn", "Another process runs the schedules of this database now; this one stands by.");
  await state.options.scheduler.stop();
}

/** Looks at what others have written since the last look. */
async function poll(state: State): Promise<void> {
  const { store, executor, definitions, scheduler, shared } = state.options;
  const version = store.dataVersion();
  if (!shared && version === state.dataVersion) return;
  state.dataVersion = version;
  await executor.heedCancelRequests();
  if (state.lease === undefined) return;
  const changed = await definitions.refresh();
  if (changed.length > 0) await scheduler.changed(changed);
  await executor.adopt();
  await deliverDue(state);
}

/** Has due firings of asynchronous triggers delivered, one round at a time. */
async function deliverDue(state: State): Promise<void> {
  const { store, clock, worker } = state.options;
  if (state.delivering || state.lease === undefined) return;
  const due = await store.read((connection) => hasDueFirings(connection, clock.nowMs()));
  if (!due) return;
  state.delivering = true;
  // Not awaited: a long delivery must not keep runs and signs of life waiting.
  const rounds = async (): Promise<void> => {
    while (await worker.deliverTriggers()) if (state.lease === undefined) break;
  };
  void rounds().finally(() => {
    state.delivering = false;
  });
}
