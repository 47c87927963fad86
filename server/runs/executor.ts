// The executor: takes requests as rows, lives each run to its end (life.ts), gives signs of life, and lets others cancel, change and follow runs.
// One executor serves cron, manual, chained, triggered and asynchronous runs; it does not know when schedules are due.
import { trap } from "../../bytecode/trap.ts";
import { newId } from "../catalog/identifiers.ts";
import { within } from "./clock.ts";
import { live } from "./life.ts";
import { interrupt, logOwn, makeLiveRun, type LiveRun } from "./live-run.ts";
import { readCancelRequests, readFiredBindings, readRun, readWaiting } from "./reads.ts";
import { makeSlots } from "./slots.ts";
import { statusOf } from "./states.ts";
import type { FireOn, RunControl, RunRequest, RunRow } from "./types.ts";
import type { ExecutorOptions, RunWorld } from "./world.ts";
import { isFinal } from "./writes/rows.ts";

/** Runs that are taken up in one look; the rest follows with the next one. */
const ADOPTED_MAX = 500;
/** Runs that were asked for at a later moment (RUN … AT) stay in the table until it is this near. */
const AHEAD_MS = 60_000;
/** A run that waits for another one's end looks again after this time: the other may end in another process. */
const LOOK_AGAIN_MS = 250;

/** Executes runs. */
export interface Executor extends RunControl {
  /** Takes up waiting runs that nobody has: manual ones, those of a process that is gone. Gives how many. */
  adopt(): Promise<number>;
  /** Cancels the runs of this process whose end somebody asked for in the database. */
  heedCancelRequests(): Promise<void>;
  /** Gives a sign of life for all runs; drops those that another process has by now. `leaseLost`: the lease of `lease()` is gone. */
  heartbeat(leaseMs: number): Promise<{ readonly leaseLost: boolean }>;
  /** A schedule was changed: what waits for its time takes the new arguments, or is withdrawn when it is not due any more. */
  scheduleChanged(scheduleId: string, stillDue: (scheduledAt: number) => boolean): Promise<void>;
  /** Resolved when the run has ended in this process, at once for a run that it does not have. */
  ended(runId: string): Promise<void>;
  /** Ids of the runs of this process. */
  active(): readonly string[];
  /** How many of them are at work: those that wait for their time or a place are not. */
  running(): number;
  /** Takes over an ended run whose process is gone, and fires what it has left of these outcomes. */
  fireLeft(run: RunRow, outcomes: readonly FireOn[]): Promise<void>;
  /** Takes nothing more; gives back what has not begun; waits `graceMs` for the rest, then cancels it. */
  stop(graceMs: number): Promise<void>;
}

interface State {
  readonly world: RunWorld;
  readonly runs: Map<string, { readonly run: LiveRun; readonly done: Promise<void> }>;
  readonly enders: Map<string, Set<() => void>>;
  stopping: boolean;
}

/** Makes an executor. It does nothing by itself: `adopt`, `heartbeat` and `heedCancelRequests` are called by whoever owns it. */
export function makeExecutor(options: ExecutorOptions): Executor {
  const state: State = {
    runs: new Map(),
    enders: new Map(),
    stopping: false,
    world: {
      ...options,
      lease: () => options.lease(),
      log: (level, text) => options.log(level, text),
      slots: makeSlots(options.settings.concurrentMax, options.clock),
      whenOneEnds: (scheduleId, callback) => whenOneEnds(state, scheduleId, callback),
      cancelAndWait: async (runIds, code) => {
        await Promise.all(runIds.map((runId) => cancel(state, runId, code)));
        await Promise.all(runIds.map((runId) => state.runs.get(runId)?.done ?? Promise.resolve()));
      },
      fire: async (fireOn, run, violation) => {
        if (run.schedule === undefined || run.lost) return;
        await guarded(state, run, options.actions.fire(fireOn, run.row, run.schedule, { violation }));
      },
    },
  };
  return {
    request: (request) => takeRequest(state, request),
    cancel: (runId, code) => cancel(state, runId, code),
    skipNext: (scheduleId) => options.store.write("skipNext", { scheduleId }),
    adopt: () => adopt(state),
    heedCancelRequests: async () => {
      const wanted = await options.store.read((connection) => readCancelRequests(connection, options.instanceId));
      for (const { runId, code } of wanted) cancelHere(state, runId, code);
    },
    heartbeat: (leaseMs) => heartbeat(state, leaseMs),
    scheduleChanged: (scheduleId, stillDue) => scheduleChanged(state, scheduleId, stillDue),
    ended: (runId) => state.runs.get(runId)?.done ?? Promise.resolve(),
    active: () => [...state.runs.keys()],
    running: () => [...state.runs.values()].filter(({ run }) => statusOf(run.state) === "running").length,
    fireLeft: (run, outcomes) => fireLeft(state, run, outcomes),
    stop: (graceMs) => stop(state, graceMs),
  };
}

/** Actions never throw by contract; a bug of theirs is told and ends nothing. */
async function guarded(state: State, run: LiveRun | undefined, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    state.world.log("error", `An action failed: ${text}`);
    if (run !== undefined) await logOwn(state.world, run, "error", `An action failed: ${text}`);
  }
}

/** Fires what the process of an ended run has left: actions that it recorded are not fired again. */
async function fireLeft(state: State, run: RunRow, outcomes: readonly FireOn[]): Promise<void> {
  const { store, instanceId, schedules, actions, recorder } = state.world;
  const owner = { runId: run.id, instanceId: run.instanceId ?? "", fencing: run.fencing ?? 0 };
  if (!(await store.write("takeActions", { owner, instanceId }))) return;
  const schedule = run.scheduleId === undefined ? undefined : schedules.byId(run.scheduleId);
  for (const fireOn of outcomes) {
    const fired = await store.read((connection) => readFiredBindings(connection, run.id, fireOn));
    if (schedule !== undefined) await guarded(state, undefined, actions.fire(fireOn, run, schedule, { fired }));
    await recorder.flush();
    await store.write("actionsFired", { runId: run.id, fireOn });
  }
}

/** Writes the row of a request and takes it up. @throws Trap LimitExceeded for a chain that is too long; EngineError. */
async function takeRequest(state: State, request: RunRequest): Promise<string | undefined> {
  const { world } = state;
  const { clock, store, instanceId } = world;
  if (state.stopping) return undefined;
  const id = newId(clock.nowMs());
  const lease = world.lease();
  const done = await store.write("enqueue", {
    id,
    request,
    at: clock.nowMs(),
    instanceId,
    lease,
    chainDepthMax: world.settings.chainDepthMax,
  });
  if (done === "tooDeep")
    throw trap(
      "LimitExceeded",
      `Runs that start each other may form a chain of ${world.settings.chainDepthMax}; this one would be longer.`,
    );
  if (done !== "new") return undefined;
  const row = await store.read((connection) => readRun(connection, id));
  if (row !== undefined) begin(state, row, { fencing: 1, seq: 1, logSeq: 0, state: "prerun", retryAt: undefined });
  return id;
}

interface Found {
  readonly fencing: number;
  readonly seq: number;
  readonly logSeq: number;
  readonly state: LiveRun["state"];
  readonly retryAt: number | undefined;
}

/** Lives a run that was taken. */
function begin(state: State, row: RunRow, found: Found): void {
  const { world, runs } = state;
  const owner = { runId: row.id, instanceId: world.instanceId, fencing: found.fencing };
  const run = makeLiveRun(row, owner, { ...found, now: world.clock.nowMs() });
  if (row.cancelRequestedAt !== undefined) run.cancelCode = row.errorCode ?? "cancelled";
  run.giveBack = state.stopping;
  const done = live(world, run, found.retryAt).finally(() => {
    runs.delete(row.id);
    afterEnd(state, run);
  });
  runs.set(row.id, { run, done });
}

function afterEnd(state: State, run: LiveRun): void {
  const waiting = state.enders.get(run.row.scheduleId ?? "");
  for (const callback of waiting ?? []) callback();
  if (run.lost || !isFinal(run.row.status)) return;
  const { times } = run;
  state.world.observer?.ended?.({
    run: run.row,
    attempts: run.attempt,
    constraintsChecked: times.checked,
    constraintsViolated: times.violated,
    prerunMs: times.prerun,
    constraintMs: times.constraints,
    executionMs: times.execution,
    terminationMs: times.termination,
    totalMs: Math.max(0, (run.row.completedAt ?? 0) - (run.row.startedAt ?? run.row.completedAt ?? 0)),
    heartbeats: times.heartbeats,
  });
}

function whenOneEnds(state: State, scheduleId: string, callback: () => void): () => void {
  const waiting = state.enders.get(scheduleId) ?? new Set();
  state.enders.set(scheduleId, waiting);
  const forget = (): void => {
    waiting.delete(once);
    if (waiting.size === 0) state.enders.delete(scheduleId);
    cancelTimer();
  };
  const once = (): void => {
    forget();
    callback();
  };
  const cancelTimer = state.world.clock.timer(LOOK_AGAIN_MS, once);
  waiting.add(once);
  return forget;
}

async function adopt(state: State): Promise<number> {
  const { world } = state;
  if (state.stopping) return 0;
  const waiting = await world.store.read((connection) =>
    readWaiting(connection, world.clock.nowMs() + AHEAD_MS, ADOPTED_MAX),
  );
  const taken = await Promise.all(
    waiting.map(async (row) => {
      const found = await world.store.write("claim", {
        runId: row.id,
        instanceId: world.instanceId,
        at: world.clock.nowMs(),
        lease: world.lease(),
      });
      if (found !== undefined) begin(state, row, found);
      return found !== undefined;
    }),
  );
  return taken.filter(Boolean).length;
}

function cancelHere(state: State, runId: string, code: string): boolean {
  const found = state.runs.get(runId);
  if (found === undefined || isFinal(found.run.row.status)) return false;
  if (found.run.cancelCode !== undefined) return true;
  found.run.cancelCode = code;
  interrupt(found.run);
  return true;
}

async function cancel(state: State, runId: string, code: string): Promise<boolean> {
  const { store, clock } = state.world;
  // The request is written first: it holds even when this process is gone a moment later.
  const asked = await store.write("requestCancel", { runId, at: clock.nowMs(), code });
  if (asked === "unknown" || asked === "ended") return false;
  cancelHere(state, runId, code);
  return true;
}

async function heartbeat(state: State, leaseMs: number): Promise<{ readonly leaseLost: boolean }> {
  const { world, runs } = state;
  const owners = [...runs.values()].filter(({ run }) => !isFinal(run.row.status)).map(({ run }) => run.owner);
  const { leaseLost, lostRuns } = await world.store.write("heartbeat", {
    instanceId: world.instanceId,
    owners,
    at: world.clock.nowMs(),
    lease: world.lease(),
    leaseMs,
  });
  for (const { run } of runs.values()) run.times.heartbeats += 1;
  for (const runId of lostRuns) {
    const run = runs.get(runId)?.run;
    if (run === undefined || isFinal(run.row.status)) continue;
    world.log("warn", `Run ${runId} was taken by another process; its work here is stopped.`);
    interruptLost(run);
  }
  return { leaseLost };
}

/** Stops a run without writing anything more of it. */
function interruptLost(run: LiveRun): void {
  run.lost = true;
  interrupt(run);
}

async function scheduleChanged(
  state: State,
  scheduleId: string,
  stillDue: (scheduledAt: number) => boolean,
): Promise<void> {
  const { world, runs } = state;
  const schedule = world.schedules.byId(scheduleId);
  for (const { run } of runs.values()) {
    if (run.row.scheduleId !== scheduleId || isFinal(run.row.status)) continue;
    if (run.state !== "prerun") {
      await logOwn(world, run, "info", "The schedule was changed; the change counts from the next run on.");
    } else if (run.row.kind === "schedule") {
      const { name } = run.row.target;
      const wanted = schedule?.enabled === true && schedule.targets.some((target) => target.name === name);
      if (schedule === undefined || !wanted || !stillDue(run.row.scheduledAt))
        await cancel(state, run.owner.runId, "schedule_changed");
      else {
        const { args, priority } = schedule;
        if (await world.store.write("replaceArgs", { owner: run.owner, args, priority }))
          run.row = { ...run.row, args, priority };
      }
    }
  }
}

async function stop(state: State, graceMs: number): Promise<void> {
  const { world, runs } = state;
  state.stopping = true;
  for (const { run } of runs.values()) {
    if (run.row.status === "running") continue;
    run.giveBack = true;
    interrupt(run);
  }
  const all = (): Promise<unknown> => Promise.all([...runs.values()].map(({ done }) => done));
  await within(world.clock, graceMs, all());
  await Promise.all([...runs.keys()].map((runId) => cancel(state, runId, "shutdown")));
  await all();
  await world.recorder.flush();
}
