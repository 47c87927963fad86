// What only the leader of a database does: it takes the lease or stands by, notices what other processes wrote, finds orphans, deletes what is old.
// Everything here is repeated work on the run clock; what is due by schedules is the scheduler's business, which runs only while this process leads.
// Signs of life, which renew the lease too, are given by every process (signs.ts).
import type { Executor } from "../runs/executor.ts";
import { watchLease, type Liveness } from "../runs/lease.ts";
import { makeSweeper, type Sweeper } from "../runs/orphans.ts";
import { hasDueFirings } from "../runs/reads.ts";
import { purgeOld, type RetentionSettings } from "../runs/retention.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock, Worker } from "../runs/types.ts";
import type { Lease } from "../runs/writes/rows.ts";
import type { Definitions } from "./definitions.ts";
import { periodic, type Periodic } from "./periodic.ts";

/** Who asks for the runs that are due, while this process leads. */
export interface SchedulerPort {
  /** Again is a no-op: a start that failed half-way is repeated. */
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
  /** The lease is gone, as the signs of life have learned: this process stands by again. */
  lost(): Promise<void>;
  /** Ends the rounds and the scheduler; the lease is kept. Triggers that are being delivered may go on: `delivered`. */
  stop(): Promise<void>;
  /** Resolved when no delivery of triggers is in hand. */
  delivered(): Promise<void>;
}

interface State {
  readonly options: LeaderOptions;
  lease: Lease | undefined;
  /** True: everything that comes with the lease was done, down to the start of the scheduler. */
  started: boolean;
  stopping: boolean;
  /** What others had written when the last poll that succeeded began. */
  dataVersion: number | undefined;
  /** Changed schedules of which the scheduler does not know yet. */
  readonly changed: Set<string>;
  delivery: Promise<void> | undefined;
}

/** Begins; the first try for the lease has been made when it is resolved. @throws EngineError; the lease may then be held, as `onLead` was told. */
export async function lead(options: LeaderOptions): Promise<Leader> {
  const state: State = {
    options,
    lease: undefined,
    started: false,
    stopping: false,
    dataVersion: undefined,
    changed: new Set(),
    delivery: undefined,
  };
  const { clock, times, store } = options;
  const look = makeLook(state);
  try {
    await look();
  } catch (error) {
    await options.scheduler.stop();
    throw error;
  }
  const onError = (error: unknown): void => tell(state, error);
  const rounds: readonly Periodic[] = [
    periodic(clock, times.lookMs, look, onError),
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
    lost: async () => {
      if (state.lease === undefined) return;
      state.lease = undefined;
      state.started = false;
      options.onLead(undefined);
      options.log("warn", "Another process runs the schedules of this database now; this one stands by.");
      await options.scheduler.stop();
    },
    stop: async () => {
      state.stopping = true;
      await Promise.all(rounds.map((round) => round.stop()));
      await options.scheduler.stop();
    },
    delivered: () => state.delivery ?? Promise.resolve(),
  };
}

function tell(state: State, error: unknown): void {
  state.options.log("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** One look for a free lease, orphans and due triggers. */
function makeLook(state: State): () => Promise<void> {
  const { options } = state;
  const { store, clock, times, liveness, instanceId } = options;
  const watch = watchLease({ store, clock, instanceId, leaseMs: times.leaseMs, liveness });
  const sweeper = makeSweeper({ ...options, schedules: options.definitions, ...times, log: options.log });
  return async () => {
    if (state.lease === undefined) {
      const lease = await watch.tryToTake();
      if (lease === undefined) return;
      state.lease = lease;
      options.onLead(lease);
    }
    if (!state.started) await begin(state, state.lease, sweeper);
    if (!state.started) return;
    await sweeper.sweep(false);
    deliverDue(state);
  };
}

/** What comes with the lease. Where it fails, the next look does it again from its start. */
async function begin(state: State, lease: Lease, sweeper: Sweeper): Promise<void> {
  const { definitions, executor, scheduler } = state.options;
  await definitions.refresh();
  await sweeper.sweep(true);
  await executor.adopt();
  // A sign of life may have learned meanwhile that the lease is gone.
  if (state.lease !== lease) return;
  await scheduler.start();
  if (state.lease === lease) state.started = true;
  else await scheduler.stop();
}

/** Looks at what others have written since the last look. */
async function poll(state: State): Promise<void> {
  const { store, executor, definitions, scheduler, shared } = state.options;
  if (!state.started) return;
  const version = store.dataVersion();
  if (!shared && version === state.dataVersion) return;
  for (const scheduleId of await definitions.refresh()) state.changed.add(scheduleId);
  if (state.changed.size > 0) await scheduler.changed([...state.changed]);
  state.changed.clear();
  await executor.adopt();
  deliverDue(state);
  // Last: what failed is looked at again in the next round.
  state.dataVersion = version;
}

/** Has due firings of asynchronous triggers delivered. Not waited for: a long delivery must not keep runs waiting. */
function deliverDue(state: State): void {
  state.delivery ??= deliver(state)
    .catch((error: unknown) => tell(state, error))
    .finally(() => {
      state.delivery = undefined;
    });
}

async function deliver(state: State): Promise<void> {
  const { store, clock, worker } = state.options;
  const goesOn = (): boolean => state.lease !== undefined && !state.stopping;
  if (!goesOn() || !(await store.read((connection) => hasDueFirings(connection, clock.nowMs())))) return;
  while (goesOn() && (await worker.deliverTriggers()));
}
