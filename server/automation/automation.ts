// Automation of one database in this process: schedules, runs, constraints, actions, notifications and asynchronous triggers, put together and kept going.
// Several processes may automate one file: one of them leads (it holds the lease), the others stand by and take over when it goes.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { basename } from "node:path";
import { VERSION } from "../../base/version.ts";
import { trap } from "../../bytecode/trap.ts";
import { makeActionRunner } from "../actions/actions.ts";
import type { AllowedHosts } from "../actions/addresses.ts";
import { type ConstraintHandler, makeConstraintChecker } from "../actions/checker.ts";
import { DELIVERY_LIMITS, makeDeliveries } from "../actions/deliveries.ts";
import { makeOutgoing } from "../actions/outgoing.ts";
import { newId } from "../catalog/identifiers.ts";
import { readPipeline } from "../catalog/pipelines.ts";
import { makePipelineRunner } from "../pipelines/runner.ts";
import { MACHINE_RUN_CLOCK, within } from "../runs/clock.ts";
import { makeExecutor, type Executor } from "../runs/executor.ts";
import { machineLiveness } from "../runs/liveness.ts";
import { readRun } from "../runs/reads.ts";
import { makeRecorder } from "../runs/recorder.ts";
import type { RetentionSettings } from "../runs/retention.ts";
import { makeStepRecord } from "../runs/step-record.ts";
import { makeRunStore, type RunStore } from "../runs/store.ts";
import type { RunClock, RunControl, RunRequest, RunRow } from "../runs/types.ts";
import { EXECUTOR_SETTINGS, type ExecutorSettings } from "../runs/world.ts";
import type { Lease } from "../runs/writes/rows.ts";
import { makeScheduler } from "../scheduler/scheduler.ts";
import type { SchedulerSettings } from "../scheduler/setting-rows.ts";
import { readSettings } from "../scheduler/settings.ts";
import type { Session } from "../session-types.ts";
import { makeCollector } from "../statistics/collector.ts";
import { makeDefinitions } from "./definitions.ts";
import { readRetention } from "../catalog/settings.ts";
import { type Ground, groundOf } from "./ground.ts";
import { lead, type Leader, LEADER_TIMES, type LeaderTimes, type SchedulerPort } from "./leader.ts";
import type { Periodic } from "./periodic.ts";
import { giveSigns } from "./signs.ts";
import { tellEnd } from "./tell-end.ts";

/** How to automate a database. */
export interface AutomationOptions {
  /** A file; or a session in memory, on whose connection and in whose process everything then runs. */
  readonly place: { readonly file: string } | { readonly session: Session };
  /** Folder of imports and relative file names. Default: the current one. */
  readonly directory?: string;
  readonly settings?: Partial<ExecutorSettings>;
  /** In place of the settings of the database. */
  readonly scheduling?: Partial<SchedulerSettings>;
  readonly times?: Partial<LeaderTimes>;
  readonly retention?: Partial<RetentionSettings>;
  /** How long running work may go on after `stop`, in milliseconds. Default 30 s. */
  readonly shutdownMs?: number;
  /** Hosts of private networks and of this machine that webhooks and hooks may reach. Default: none. */
  readonly allowHosts?: AllowedHosts;
  /** Secrets that webhooks may name. Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Kinds of constraints of this program, with their checks; schedules name them under `constraints`. Numbers from 100 on. */
  readonly constraintTypes?: readonly {
    readonly id: number;
    readonly name: string;
    readonly check: ConstraintHandler;
  }[];
  readonly clock?: RunClock;
  /** False: only runs that are asked for through `run`; the lease is left alone. Default true. */
  readonly schedules?: boolean;
  /** Goes around each transaction of the automation's own records on its connection, for who notes commits. */
  readonly around?: (connection: Ground["connection"]) => <T>(work: () => T) => T;
  /** Told of each run of this process whose work begins. Must not throw. */
  readonly onRunStarted?: (run: RunRow) => void;
  /** Told of each run of this process that has ended, after everything of it is written. Must not throw. */
  readonly onRunEnded?: (run: RunRow) => void;
  log(level: "info" | "warn" | "error", text: string): void;
}

/** A database that is being automated. */
export interface Automation {
  readonly instanceId: string;
  /** True while this process runs the schedules. */
  readonly leading: boolean;
  /** Runs at work in this process. */
  readonly activeRuns: number;
  readonly control: RunControl;
  /** Runs something to its end, with everything that belongs to a run. Undefined: a run of its dedupe key exists. @throws Trap, EngineError. */
  run(request: RunRequest): Promise<RunRow | undefined>;
  /** For what is kept beside runs. */
  readonly store: Pick<RunStore, "write">;
  /** Takes nothing new, lets running work end or cancels it after a while, writes everything out, gives the lease back. Again is a no-op. */
  stop(): Promise<void>;
}

const SHUTDOWN_MS = 30_000;

/** What an automation is made of, as far as it has come: a start that fails ends what had begun. */
interface Life {
  readonly options: AutomationOptions;
  readonly clock: RunClock;
  readonly ground: Ground;
  readonly store: RunStore;
  readonly instanceId: string;
  readonly times: LeaderTimes;
  /** True: the row of this process is in the database. */
  registered: boolean;
  parts: Parts | undefined;
  signs: Periodic | undefined;
  leader: Leader | undefined;
  readonly waiting: Set<Promise<RunRow | undefined>>;
}

/** Begins. When it is resolved, this process leads or stands by. @throws EngineError, Trap CatalogVersion; Trap WrongSetting that names every wrong setting. */
export async function startAutomation(options: AutomationOptions): Promise<Automation> {
  const clock = options.clock ?? MACHINE_RUN_CLOCK;
  const ground = groundOf(options.place, options.directory, clock);
  const store = makeRunStore({
    connection: ground.connection,
    shared: ground.shared,
    clock,
    ...(options.around === undefined ? {} : { around: options.around(ground.connection) }),
    onWaiting: (reason) =>
      options.log(
        "warn",
        reason === undefined ? "The database can be written again." : `Waiting for the database: ${reason}`,
      ),
  });
  const life: Life = {
    options,
    clock,
    ground,
    store,
    instanceId: `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`,
    times: { ...LEADER_TIMES, ...options.times },
    registered: false,
    parts: undefined,
    signs: undefined,
    leader: undefined,
    waiting: new Set(),
  };
  try {
    return automationOf(life, await begin(life));
  } catch (error) {
    await end(life).catch((another: unknown) =>
      options.log("error", `What had begun could not be ended in order: ${String(another)}`),
    );
    throw error;
  }
}

async function begin(life: Life): Promise<Parts> {
  const { options, clock, ground, store, instanceId, times } = life;
  await store.write("prepareCatalog", { at: clock.nowMs() });
  for (const { id, name } of options.constraintTypes ?? []) await store.write("registerConstraint", { id, name });
  const { settings, problems } = await store.read(readSettings);
  if (problems.length > 0 && options.schedules !== false) throw trap("WrongSetting", problems.join(" "));
  await store.write("registerInstance", {
    instanceId,
    hostname: hostname(),
    pid: process.pid,
    version: VERSION,
    at: clock.nowMs(),
    state: "running",
  });
  life.registered = true;
  const parts = assemble(life, { ...settings, ...options.scheduling });
  life.parts = parts;
  const { executor, definitions, scheduler } = parts;
  const common = { executor, store, clock, times, shared: ground.shared, log: options.log };
  // A lease that is lost before `lead` has ended is told again by the next sign.
  life.signs = giveSigns({ ...common, onLeaseLost: () => life.leader?.lost() ?? Promise.resolve() });
  if (options.schedules === false) await definitions.refresh();
  else
    life.leader = await lead({
      ...common,
      definitions,
      scheduler,
      worker: ground.worker,
      instanceId,
      retention: { ...(await store.read(readRetention)), ...options.retention },
      liveness: machineLiveness,
      onLead: (lease) => {
        parts.held.lease = lease;
      },
    });
  return parts;
}

function automationOf(life: Life, parts: Parts): Automation {
  let stopped: Promise<void> | undefined;
  return {
    instanceId: life.instanceId,
    get leading() {
      return life.leader?.lease !== undefined;
    },
    get activeRuns() {
      return parts.executor.running();
    },
    control: parts.executor,
    store: life.store,
    run: (request) => {
      const answer = runToEnd(parts, life.store, request);
      life.waiting.add(answer);
      return answer.finally(() => life.waiting.delete(answer));
    },
    stop: () => (stopped ??= end(life)),
  };
}

/** Ends everything that has begun, even where a part of it fails. Signs of life go on until nothing runs any more. @throws EngineError. */
async function end(life: Life): Promise<void> {
  const { clock, ground, store, instanceId, parts, leader } = life;
  const graceMs = life.options.shutdownMs ?? SHUTDOWN_MS;
  try {
    await leader?.stop();
    const delivered = leader === undefined ? Promise.resolve() : within(clock, graceMs, leader.delivered());
    await Promise.all([parts?.executor.stop(graceMs), delivered]);
    await parts?.close();
  } finally {
    await life.signs?.stop();
    // Ends a delivery that took longer; what it did is undone and stays due.
    await ground.worker.close();
    await leader?.delivered();
    try {
      const lease = parts?.held.lease;
      if (lease !== undefined) await store.write("releaseLease", lease);
      if (life.registered) await store.write("endInstance", { instanceId, at: clock.nowMs() });
    } finally {
      await Promise.allSettled(life.waiting);
      await store.close();
    }
  }
}

async function runToEnd(parts: Parts, store: RunStore, request: RunRequest): Promise<RunRow | undefined> {
  const changed = await parts.definitions.refresh();
  if (changed.length > 0) await parts.scheduler.changed(changed);
  const runId = await parts.executor.request(request);
  if (runId === undefined) return undefined;
  await parts.executor.ended(runId);
  return store.read((connection) => readRun(connection, runId));
}

interface Parts {
  readonly executor: Executor;
  readonly definitions: ReturnType<typeof makeDefinitions>;
  readonly scheduler: SchedulerPort;
  /** The lease, while this process has it. */
  readonly held: { lease: Lease | undefined };
  /** Waits for notifications under way and writes everything out. */
  close(): Promise<void>;
}

function assemble({ options, clock, ground, store, instanceId }: Life, scheduling: SchedulerSettings): Parts {
  const held: Parts["held"] = { lease: undefined };
  const log = options.log;
  const recorder = makeRecorder({
    store,
    clock,
    onDead: (kind, error) =>
      log("error", `A message of ${kind} could not be written and is a dead letter now: ${error}`),
  });
  const definitions = makeDefinitions(store);
  const outgoing = makeOutgoing({ allowed: options.allowHosts ?? [], environment: options.environment ?? process.env });
  const deliveries = makeDeliveries({ store, clock, outgoing, limits: DELIVERY_LIMITS, log });
  const collector = makeCollector({
    store,
    clock,
    recorderCounts: () => recorder.counts(),
    takeDeliveryCounts: () => deliveries.takeCounts(),
    log,
  });
  const origin = { cluster: hostname(), database: basename(ground.database) };
  const known = {
    newId: () => newId(clock.nowMs()),
    scheduleByName: (name: string) => definitions.byName(name),
    origin,
  };
  // Actions ask the executor for runs, and the executor fires actions: the one is known to the other by this.
  const control: RunControl = {
    request: (request) => executor.request(request),
    cancel: (runId, code) => executor.cancel(runId, code),
    skipNext: (scheduleId) => executor.skipNext(scheduleId),
  };
  const executor: Executor = makeExecutor({
    store,
    recorder,
    clock,
    worker: ground.worker,
    pipelines: makePipelineRunner({
      worker: ground.worker,
      clock,
      record: makeStepRecord(store, clock),
      definition: (name) => readPipeline(ground.connection, name),
    }),
    checker: makeConstraintChecker({
      ...known,
      store,
      clock,
      outgoing,
      handlers: new Map(options.constraintTypes?.map(({ id, check }) => [id, check])),
      log,
    }),
    actions: makeActionRunner({ ...known, store, recorder, clock, control, deliveries, runUrl: () => undefined }),
    schedules: definitions,
    settings: { ...EXECUTOR_SETTINGS, ...options.settings },
    instanceId,
    lease: () => held.lease,
    observer: {
      started: (run) => {
        scheduler.observer.started(run);
        options.onRunStarted?.(run);
      },
      ended: (summary) => {
        collector.runEnded(summary);
        scheduler.observer.ended(summary);
        tellEnd(summary, definitions.byId(summary.run.scheduleId ?? ""), log);
        options.onRunEnded?.(summary.run);
      },
    },
    log,
  });
  const scheduler = makeScheduler({
    clock,
    settings: scheduling,
    store,
    control,
    schedules: () => definitions.all(),
    scheduleChanged: (id, stillDue) => executor.scheduleChanged(id, stillDue),
    activeRuns: () => executor.active(),
    runningRuns: () => executor.running(),
    statistics: (message) => collector.report(message),
    log,
  });
  return {
    executor,
    definitions,
    held,
    scheduler: {
      start: async () => {
        await deliveries.resume();
        await scheduler.start();
      },
      changed: (scheduleIds) => scheduler.changed(scheduleIds),
      stop: () => scheduler.stop(),
    },
    close: async () => {
      await deliveries.close();
      await collector.close();
      await recorder.close();
    },
  };
}
