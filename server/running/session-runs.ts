// Runs that a session does itself: what RUN SCHEDULE asked for, when nobody runs the schedules of this database. They start after the statement's commit,
// one after the other, each in a transaction of its own. What needs somebody who stays (hooks, actions, a second attempt later) is left to `gobi run-scheduler`.
import { atOnce } from "../sql/at-once.ts";
import { EngineError, type Connection } from "../../storage/engine.ts";
import { hostname } from "node:os";
import { VERSION } from "../../base/version.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import { machineLiveness } from "../runs/liveness.ts";
import { SCHEDULER_LEASE } from "../runs/lease.ts";
import { readPipeline } from "../catalog/pipelines.ts";
import { runPipelineInPlace } from "../pipelines/in-place.ts";
import type { StepStatus } from "../pipelines/types.ts";
import { readInstances, readLease, readRoutineSettings, readRun, readStepsBefore } from "../runs/reads.ts";
import { attemptsMax, retryDelay, retryPolicy } from "../runs/retry.ts";
import { writeNow } from "../runs/store.ts";
import type { LogLine, RunClock, RunRow, RunState, Task, TaskOutcome } from "../runs/types.ts";
import { doTask, type TaskSession } from "../runs/work.ts";
import type { RunOwner, RunUpdate, Transition } from "../runs/writes/rows.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";
import type { OutputSink } from "../session-types.ts";

/** A session as its runs see it. */
export interface SessionRuns {
  readonly connection: Connection;
  readonly session: TaskSession;
  readonly output: OutputSink;
  readonly sessionId: string;
  readonly clock: RunClock;
  /** Called when the session has entered itself into the list of processes. */
  registered(): void;
}

/** True when a process that runs the schedules of this database lives. @throws EngineError. */
export function isScheduled(connection: Connection, nowMs: number): boolean {
  const lease = readLease(connection, SCHEDULER_LEASE);
  if (lease === undefined) return false;
  const holder = readInstances(connection).find((instance) => instance.instanceId === lease.holder);
  if (holder === undefined) return false;
  const liveness = machineLiveness(holder.hostname, holder.pid);
  return liveness === "alive" || (liveness === "unknown" && lease.expiresAt > nowMs);
}

/** Enters the session into the list of processes, so that others see when it is gone. @throws EngineError. */
export function registerSession(world: Omit<SessionRuns, "session">): void {
  writeNow(world.connection, "registerInstance", {
    instanceId: world.sessionId,
    hostname: hostname(),
    pid: process.pid,
    version: VERSION,
    at: world.clock.nowMs(),
    state: "session",
  });
  world.registered();
}

/** Does runs that were asked for and are still there. Trouble of the database is told: the rows wait for whoever comes next. */
export function doAsked(world: SessionRuns, runIds: readonly string[]): void {
  for (const runId of runIds) {
    try {
      const row = readRun(world.connection, runId);
      // Undone with the transaction that asked for it, or taken by somebody else.
      if (row === undefined || row.instanceId !== undefined || row.status !== "pending") continue;
      if (isScheduled(world.connection, world.clock.nowMs())) continue;
      doOne(world, row);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      world.output.log("warn", `Run ${runId} waits: ${error.message}`);
    }
  }
}

function doOne(world: SessionRuns, row: RunRow): void {
  const { connection, clock, output } = world;
  const schedule = readSchedules(connection).find(({ id }) => id === row.scheduleId);
  if (needsScheduler(schedule)) {
    output.notice(
      `Run ${row.id} of ${row.target.name} waits: its constraints and actions are carried out by gobi run-scheduler.`,
    );
    return;
  }
  const claimed = atOnce(connection, () => {
    registerSession(world);
    return writeNow(connection, "claim", { runId: row.id, instanceId: world.sessionId, at: clock.nowMs() });
  });
  if (claimed === undefined) return;
  const owner: RunOwner = { runId: row.id, instanceId: world.sessionId, fencing: claimed.fencing };
  const settings = readRoutineSettings(connection, row.target);
  const path = walk(owner, 0, claimed.seq, claimed.state, clock);
  const begun = atOnce(connection, () => {
    const before = [path.to("pending")];
    path.attempt = 1;
    const max = schedule?.constraints.overlap === "allow" ? undefined : schedule?.constraints.maxConcurrentRuns;
    return writeNow(connection, "beginAttempt", {
      owner,
      attempt: 1,
      maxAttempts: attemptsMax(schedule, settings.retries),
      now: () => clock.nowMs(),
      worker: world.sessionId,
      transitions: [...before, path.to("starting")],
      concurrency: max === undefined || schedule === undefined ? undefined : { scheduleId: schedule.id, max },
    });
  });
  if (begun !== "begun") {
    atOnce(connection, () => writeNow(connection, "releaseWaiting", { instanceId: world.sessionId, runIds: [row.id] }));
    output.notice(`Run ${row.id} of ${row.target.name} waits: as many runs as allowed are running.`);
    return;
  }
  const lines: LogLine[] = [];
  const run: RunRow = { ...row, instanceId: world.sessionId, fencing: claimed.fencing, attempt: 1, status: "running" };
  const started = path.to("running");
  const task: Task = {
    run,
    attempt: 1,
    limits: settings.limits,
    ...(row.fromStep === undefined ? {} : { fromStep: row.fromStep }),
  };
  const onLog = (line: LogLine): void => void lines.push(line);
  const outcome =
    row.target.kind === "pipeline" ? doPipeline(world, task, onLog) : doTask(world.session, task, clock, onLog);
  const update = ending(world, path, { run, schedule, retries: settings.retries, outcome });
  const logs = [...lines, ...errorLine(outcome, clock)].map((line, index) => ({
    ...line,
    seq: claimed.logSeq + 1 + index,
  }));
  atOnce(connection, () => {
    const transitions = [started, ...(update.transitions ?? [])];
    writeNow(connection, "recordRuns", [{ ...update, transitions, logs }]);
    if (update.run?.status === "retrying")
      writeNow(connection, "releaseWaiting", { instanceId: world.sessionId, runIds: [row.id] });
  });
  tell(output, run, outcome, update);
}

/** The steps of a pipeline one after the other, each in a transaction of its own and recorded. */
function doPipeline(world: SessionRuns, task: Task, onLog: (line: LogLine) => void): TaskOutcome {
  const { connection, clock } = world;
  const { run, attempt } = task;
  const definition = readPipeline(connection, run.target.name);
  const before =
    task.fromStep === undefined || definition === undefined
      ? []
      : readStepsBefore(connection, definition.id, run.id).map(({ name, status, result }) => ({
          name,
          status: status as StepStatus,
          result,
        }));
  const step = (stepNo: number, name: string) => ({ runId: run.id, attempt, stepNo, name, at: clock.nowMs() });
  return runPipelineInPlace(
    {
      definition,
      before,
      work: (each, log) => doTask(world.session, each, clock, log),
      started: (stepNo, name) => atOnce(connection, () => writeNow(connection, "stepStarted", step(stepNo, name))),
      ended: (stepNo, name, end) =>
        atOnce(connection, () => writeNow(connection, "stepEnded", { ...step(stepNo, name), ...end })),
      nowMs: () => clock.nowMs(),
    },
    task,
    onLog,
  );
}

/** True when a schedule has what only a process that stays can do. */
function needsScheduler(schedule: ScheduleDefinition | undefined): boolean {
  if (schedule === undefined) return false;
  const { preRunHook, postRunHook, requirePreviousSuccess, maxRunsPerHour, maxExpectedRunMs, maxAllowedRunMs } =
    schedule.constraints;
  const constraints = [
    preRunHook,
    postRunHook,
    requirePreviousSuccess,
    maxRunsPerHour,
    maxExpectedRunMs,
    maxAllowedRunMs,
  ];
  return (
    constraints.some((each) => each !== undefined) || schedule.actions.some(({ action }) => action.kind !== "retry")
  );
}

/** The transitions of a run, one after the other. */
interface Path {
  readonly owner: RunOwner;
  attempt: number;
  to(state: RunState): Transition;
}

function walk(owner: RunOwner, attempt: number, seq: number, state: RunState, clock: RunClock): Path {
  let last = { seq, state };
  const path: Path = {
    owner,
    attempt,
    to: (next) => {
      const transition = { seq: last.seq + 1, attempt: path.attempt, from: last.state, to: next, at: clock.nowMs() };
      last = { seq: transition.seq, state: next };
      return transition;
    },
  };
  return path;
}

interface Ended {
  readonly run: RunRow;
  readonly schedule: ScheduleDefinition | undefined;
  readonly retries: number | undefined;
  readonly outcome: TaskOutcome;
}

/** What the end of the attempt writes. */
function ending(world: SessionRuns, path: Path, ended: Ended): RunUpdate {
  const { outcome } = ended;
  const at = world.clock.nowMs();
  const base = { owner: path.owner, attempt: path.attempt };
  const stop = path.to("terminating");
  if (outcome.kind === "completed")
    return {
      ...base,
      transitions: [stop, path.to("completed")],
      run: { status: "completed", completedAt: at, result: outcome.value },
      attemptRow: { status: "completed", completedAt: at, metrics: outcome.metrics },
    };
  const error =
    outcome.kind === "failed"
      ? outcome
      : { code: outcome.kind, message: outcome.kind === "lost" ? outcome.message : "", retryable: false };
  const attemptRow = { status: "failed", completedAt: at, errorCode: error.code, error: error.message } as const;
  const policy = retryPolicy(ended.schedule, ended.retries, error);
  if (policy !== undefined && policy.max >= path.attempt)
    return {
      ...base,
      transitions: [stop, path.to("retrying")],
      run: { status: "retrying" },
      attemptRow: { ...attemptRow, retryDelayMs: retryDelay(policy, path.attempt) },
    };
  return {
    ...base,
    transitions: [stop, path.to("failed")],
    run: { status: "failed", completedAt: at, errorCode: error.code, error: error.message },
    attemptRow,
  };
}

function errorLine(outcome: TaskOutcome, clock: RunClock): readonly LogLine[] {
  if (outcome.kind !== "failed") return [];
  const stack = outcome.stack === undefined ? "" : `\n${outcome.stack}`;
  return [{ at: clock.nowMs(), level: "error", message: `${outcome.code}: ${outcome.message}${stack}` }];
}

function tell(output: OutputSink, run: RunRow, outcome: TaskOutcome, update: RunUpdate): void {
  const name = `Run ${run.id} of ${run.target.name}`;
  if (outcome.kind === "completed") return output.notice(`${name} has completed.`);
  const why = outcome.kind === "failed" ? `${outcome.code}: ${outcome.message}` : outcome.kind;
  const next = update.run?.status === "retrying" ? " Its next attempt is made by gobi run-scheduler." : "";
  output.notice(`${name} has failed with ${why}${why.endsWith(".") ? "" : "."}${next}`);
}
