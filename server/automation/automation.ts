// Automation of one database in this process: schedules, runs, constraints, actions, notifications and asynchronous triggers, put together and kept going.
// Several processes may automate one file: one of them leads (it holds the lease), the others stand by and take over when it goes.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { printDuration } from "../../base/quantity.ts";
import { VERSION } from "../../base/version.ts";
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { makeActionRunner } from "../actions/actions.ts";
import type { AllowedHosts } from "../actions/addresses.ts";
import { type ConstraintHandler, makeConstraintChecker } from "../actions/checker.ts";
import { DELIVERY_LIMITS, makeDeliveries } from "../actions/deliveries.ts";
import { makeOutgoing } from "../actions/outgoing.ts";
import { newId } from "../catalog/identifiers.ts";
import { readPipeline } from "../catalog/pipelines.ts";
import { makePipelineRunner } from "../pipelines/runner.ts";
import { MACHINE_RUN_CLOCK } from "../runs/clock.ts";
import { makeExecutor, type Executor } from "../runs/executor.ts";
import { makeInProcessWorker } from "../runs/in-process-worker.ts";
import { machineLiveness } from "../runs/liveness.ts";
import { makeProcessWorker } from "../runs/process-worker.ts";
import { readRun } from "../runs/reads.ts";
import { makeRecorder } from "../runs/recorder.ts";
import type { RetentionSettings } from "../runs/retention.ts";
import { makeStepRecord } from "../runs/step-record.ts";
import { makeRunStore, type RunStore } from "../runs/store.ts";
import type { RunClock, RunControl, RunRequest, RunRow, Worker } from "../runs/types.ts";
import { EXECUTOR_SETTINGS, type ExecutorSettings, type RunSummary } from "../runs/world.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";
import type { Lease } from "../runs/writes/rows.ts";
import { makeScheduler } from "../scheduler/scheduler.ts";
import { readSettings, type SchedulerSettings } from "../scheduler/settings.ts";
import type { Session } from "../session-types.ts";
import { makeCollector } from "../statistics/collector.ts";
import { makeDefinitions } from "./definitions.ts";
import { readRetention } from "../catalog/settings.ts";
import { lead, LEADER_TIMES, type LeaderTimes, type SchedulerPort } from "./leader.ts";

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
  log(level: "info" | "warn" | "error", text: string): void;
}

/** A database that is being automated. */
export interface Automation {
  readonly instanceId: string;
  /** True while this process runs the schedules. */
  readonly leading: boolean;
  readonly control: RunControl;
  /** Runs something to its end, with everything that belongs to a run. Undefined: a run of its dedupe key exists. @throws Trap, EngineError. */
  run(request: RunRequest): Promise<RunRow | undefined>;
  /** Takes nothing new, lets running work end or cancels it after a while, writes everything out, gives the lease back. Again is a no-op. */
  stop(): Promise<void>;
}

/** Processes that stay ready for the next run. */
const IDLE_WORKERS = 2;
const SHUTDOWN_MS = 30_000;

/** The connection of the store, and who does the work. */
interface Ground {
  readonly connection: Connection;
  readonly shared: boolean;
  readonly database: string;
  readonly worker: Worker;
}

function groundOf(options: AutomationOptions, clock: RunClock): Ground {
  const { place } = options;
  if ("session" in place)
    return {
      connection: place.session.connection,
      shared: true,
      database: place.session.database,
      worker: makeInProcessWorker(place.session, clock),
    };
  const database = resolve(place.file);
  return {
    connection: sqliteEngine.connect({ target: database, create: false, busyTimeoutMs: 0 }),
    shared: false,
    database,
    worker: makeProcessWorker({
      database,
      directory: options.directory ?? dirname(database),
      idleMax: IDLE_WORKERS,
    }),
  };
}

/** Begins. When it is resolved, this process leads or stands by. @throws EngineError, Trap CatalogVersion. */
export async function startAutomation(options: AutomationOptions): Promise<Automation> {
  const clock = options.clock ?? MACHINE_RUN_CLOCK;
  const ground = groundOf(options, clock);
  const store = makeRunStore({
    connection: ground.connection,
    shared: ground.shared,
    clock,
    onWaiting: (reason) =>
      options.log(
        "warn",
        reason === undefined ? "The database can be written again." : `Waiting for the database: ${reason}`,
      ),
  });
  const instanceId = `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`;
  await store.write("prepareCatalog", { at: clock.nowMs() });
  for (const { id, name } of options.constraintTypes ?? []) await store.write("registerConstraint", { id, name });
  const scheduling = await schedulingOf(options, ground, store);
  await store.write("registerInstance", {
    instanceId,
    hostname: hostname(),
    pid: process.pid,
    version: VERSION,
    at: clock.nowMs(),
    state: "running",
  });
  const parts = assemble(options, clock, ground, store, instanceId, scheduling);
  const times = { ...LEADER_TIMES, ...options.times };
  const leader =
    options.schedules === false
      ? undefined
      : await lead({
          ...parts,
          store,
          clock,
          worker: ground.worker,
          instanceId,
          times,
          retention: { ...(await store.read(readRetention)), ...options.retention },
          liveness: machineLiveness,
          shared: ground.shared,
          onLead: (lease) => {
            parts.held.lease = lease;
          },
          log: options.log,
        });
  if (leader === undefined) await parts.definitions.refresh();
  let stopped: Promise<void> | undefined;
  const waiting = new Set<Promise<RunRow | undefined>>();
  return {
    instanceId,
    get leading() {
      return leader?.lease !== undefined;
    },
    control: parts.executor,
    run: (request) => {
      const answer = runToEnd(parts, store, request);
      waiting.add(answer);
      return answer.finally(() => waiting.delete(answer));
    },
    stop: () => {
      stopped ??= (async () => {
        const { lease } = parts.held;
        await leader?.stop();
        await parts.executor.stop(options.shutdownMs ?? SHUTDOWN_MS);
        await parts.close();
        if (lease !== undefined) await store.write("releaseLease", lease);
        await store.write("endInstance", { instanceId, at: clock.nowMs() });
        await ground.worker.close();
        await Promise.allSettled(waiting);
        await store.close();
      })();
      return stopped;
    },
  };
}

/** The scheduler's settings. @throws Trap WrongSetting that names every wrong one. */
async function schedulingOf(options: AutomationOptions, ground: Ground, store: RunStore): Promise<SchedulerSettings> {
  const { settings, problems } = await store.read(readSettings);
  if (problems.length > 0 && options.schedules !== false) {
    await ground.worker.close();
    await store.close();
    throw trap("WrongSetting", problems.join(" "));
  }
  return { ...settings, ...options.scheduling };
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

function assemble(
  options: AutomationOptions,
  clock: RunClock,
  ground: Ground,
  store: RunStore,
  instanceId: string,
  scheduling: SchedulerSettings,
): Parts {
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
      started: (run) => scheduler.observer.started(run),
      ended: (summary) => {
        collector.runEnded(summary);
        scheduler.observer.ended(summary);
        tellEnd(summary, definitions.byId(summary.run.scheduleId ?? ""), log);
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

/** One line about a run that has ended. */
function tellEnd(
  { run, executionMs }: RunSummary,
  schedule: ScheduleDefinition | undefined,
  log: AutomationOptions["log"],
): void {
  const name = schedule?.name ?? run.target.name;
  const reason = run.error ?? run.skipReason;
  const took = run.startedAt === undefined ? "" : ` after ${printDuration(executionMs)}`;
  log(
    run.status === "failed" || run.status === "orphaned" ? "error" : "info",
    `${name}: ${run.status}${took}${reason === undefined ? "" : `, ${reason}`} (run ${run.id})`,
  );
}
