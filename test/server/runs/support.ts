// An executor in virtual time on an in-memory database: fake work, permissive constraints and actions unless a test gives its own.
import { printValue } from "../../../base/value/print.ts";
import type { ConfigValue } from "../../../server/catalog/config-values.ts";
import { makeExecutor, type Executor } from "../../../server/runs/executor.ts";
import { makeRecorder, type Recorder } from "../../../server/runs/recorder.ts";
import { makeRunStore, type RunStore } from "../../../server/runs/store.ts";
import type {
  ActionRunner,
  ConstraintChecker,
  FireOn,
  LogLine,
  RunRequest,
  Task,
  TaskOutcome,
  Worker,
} from "../../../server/runs/types.ts";
import { EXECUTOR_SETTINGS, type ExecutorOptions, type ExecutorSettings } from "../../../server/runs/world.ts";
import { ensureCatalog } from "../../../server/catalog/schema.ts";
import { insertRow, readRows } from "../../../server/sql/rows.ts";
import { NO_CONSTRAINTS } from "../../../server/scheduler/no-constraints.ts";
import type { ConstraintDefinition, ScheduleDefinition } from "../../../server/scheduler/types.ts";
import { virtualClock, type VirtualClock } from "../../virtual-clock.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import type { Connection } from "../../../storage/engine.ts";

/** 2026-01-31T12:00:00Z. */
export const NOON_MS = 1_769_860_800_000;

/** A schedule without cron text, with what a test changes of it. */
export function scheduleOf(
  id: string,
  changes: Partial<Omit<ScheduleDefinition, "constraints">> & {
    readonly constraints?: Partial<ConstraintDefinition>;
  } = {},
): ScheduleDefinition {
  const { constraints, ...rest } = changes;
  return {
    id,
    name: id,
    crons: [],
    intervalMs: undefined,
    timezone: "UTC",
    dstGap: "shift",
    dstFold: "first",
    targets: [{ kind: "procedure", name: "work" }],
    args: null,
    enabled: true,
    priority: 5,
    jitterMs: 0,
    startAt: undefined,
    endAt: undefined,
    skipNext: 0,
    manualAllowed: true,
    manualFields: undefined,
    modifiedAt: 0,
    actions: [],
    ...rest,
    constraints: { ...NO_CONSTRAINTS, ...constraints },
  };
}

/** How a fake task goes: ends after `ms` of the clock, with an outcome. */
export interface FakeWork {
  readonly ms?: number;
  readonly outcome?: TaskOutcome;
  readonly throws?: unknown;
  readonly logs?: readonly string[];
}

/** A successful outcome. */
export function completed(value: ConfigValue = null): TaskOutcome {
  return { kind: "completed", value, metrics: null };
}

/** A failed outcome. */
export function failed(code: string, retryable = true): TaskOutcome {
  return { kind: "failed", code, message: `${code} happened`, stack: undefined, retryable };
}

/** A worker whose tasks take virtual time; `tasks` are those that were started. */
export function fakeWorker(
  clock: VirtualClock,
  workOf: (task: Task) => FakeWork,
): Worker & { readonly tasks: Task[]; running: number; runningMax: number } {
  const worker = {
    stoppableInsideStatements: true,
    tasks: [] as Task[],
    running: 0,
    runningMax: 0,
    start: (task: Task, onLog: (line: LogLine) => void) => {
      const fake = workOf(task);
      if (fake.throws !== undefined) throw fake.throws;
      worker.tasks.push(task);
      worker.running += 1;
      worker.runningMax = Math.max(worker.runningMax, worker.running);
      for (const message of fake.logs ?? []) onLog({ at: clock.nowMs(), level: "info", message });
      let finish: (outcome: TaskOutcome) => void = () => undefined;
      const outcome = new Promise<TaskOutcome>((resolve) => {
        finish = (result) => {
          worker.running -= 1;
          finish = () => undefined;
          resolve(result);
        };
      });
      const cancelTimer =
        fake.ms === Number.POSITIVE_INFINITY
          ? () => undefined
          : clock.timer(fake.ms ?? 0, () => finish(fake.outcome ?? completed()));
      return {
        outcome,
        stop: (reason: "cancelled" | "timeout") => {
          cancelTimer();
          finish(reason === "cancelled" ? { kind: "cancelled" } : failed("timeout"));
        },
      };
    },
    deliverTriggers: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
  return worker;
}

/** Everything around an executor. */
export interface Bench {
  readonly connection: Connection;
  readonly clock: VirtualClock;
  readonly store: RunStore;
  readonly recorder: Recorder;
  readonly executor: Executor;
  readonly schedules: Map<string, ScheduleDefinition>;
  readonly worker: ReturnType<typeof fakeWorker>;
  readonly fired: string[];
  readonly logged: string[];
  /** A run of a schedule; its id. */
  request(schedule: ScheduleDefinition, changes?: Partial<RunRequest>): Promise<string>;
  /** Status and error code of a run. */
  status(id: string): string;
  /** The states that the run went through. */
  states(id: string): readonly string[];
  /** Rows of a query of the engine, printed: `1|Ann`. */
  rows(sql: string): readonly string[];
}

/** Makes one. */
export function bench(
  options: {
    readonly work?: (task: Task) => FakeWork;
    readonly checker?: Partial<ConstraintChecker>;
    readonly actions?: Partial<ActionRunner>;
    readonly settings?: Partial<ExecutorSettings>;
    readonly store?: (store: RunStore) => RunStore;
    readonly executor?: Partial<ExecutorOptions>;
  } = {},
): Bench {
  const clock = virtualClock(NOON_MS);
  const connection = sqliteEngine.connect({ target: ":memory:", busyTimeoutMs: 0 });
  const rows = (sql: string): readonly string[] =>
    readRows(connection, sql).map((row) => row.map((value) => printValue(value)).join("|"));
  ensureCatalog({ connection, nowMicros: () => NOON_MS * 1000, elapsedMs: () => 0 });
  const real = makeRunStore({ connection, shared: true, clock });
  const store = options.store?.(real) ?? real;
  const recorder = makeRecorder({ store, clock });
  const schedules = new Map<string, ScheduleDefinition>();
  const worker = fakeWorker(clock, options.work ?? (() => ({})));
  const fired: string[] = [];
  const logged: string[] = [];
  const executor = makeExecutor({
    clock,
    recorder,
    store,
    worker,
    pipelines: undefined,
    checker: {
      before: () => Promise.resolve({ kind: "proceed", checked: 0 }),
      after: () => Promise.resolve(undefined),
      ...options.checker,
    },
    actions: {
      fire: (fireOn: FireOn, run, _schedule, { violation } = {}) => {
        fired.push(`${fireOn}${violation === undefined ? "" : ` ${violation.typeId}`} ${run.status}`);
        return Promise.resolve();
      },
      ...options.actions,
    },
    schedules: { byId: (id) => schedules.get(id) },
    settings: { ...EXECUTOR_SETTINGS, ...options.settings },
    instanceId: "here",
    lease: () => undefined,
    log: (level, text) => void logged.push(`${level} ${text}`),
    ...options.executor,
  });
  return {
    connection,
    clock,
    store,
    recorder,
    executor,
    schedules,
    worker,
    fired,
    logged,
    request: async (schedule, changes = {}) => {
      keepSchedule(connection, schedules, schedule);
      const [target] = schedule.targets;
      const asked = executor.request({
        kind: "manual",
        target: target ?? { kind: "procedure", name: "work" },
        scheduleId: schedule.id,
        args: schedule.args,
        scheduledAt: clock.nowMs(),
        priority: schedule.priority,
        ...changes,
      });
      // Looked at below; until then a rejection must not count as unheard.
      asked.catch(() => undefined);
      await clock.settle();
      return (await asked) ?? "none";
    },
    status: (id) =>
      rows(
        `SELECT status || coalesce(' ' || error_code, '') || coalesce(' ' || skip_reason, '') FROM gobi_runs WHERE run_id = '${id}'`,
      )[0] ?? "",
    states: (id) => rows(`SELECT to_state FROM gobi_run_transitions WHERE run_id = '${id}' ORDER BY seq`),
    rows,
  };
}

/** Makes a schedule known, and stores the row that runs refer to. */
export function keepSchedule(
  connection: Connection,
  schedules: Map<string, ScheduleDefinition>,
  schedule: ScheduleDefinition,
): void {
  if (!schedules.has(schedule.id))
    insertRow(connection, "main.gobi_schedules", {
      schedule_id: schedule.id,
      name: schedule.name,
      timezone: "UTC",
      exe_kind: "procedure",
      priority: 5,
      lane: "slow",
      enabled: true,
      manual_allowed: true,
      jitter_ms: 0,
      created_at: "2026-01-31T12:00:00.000000Z",
      modified_at: "2026-01-31T12:00:00.000000Z",
      source: "",
    });
  schedules.set(schedule.id, schedule);
}
