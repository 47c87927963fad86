// A run in the hands of this process: its state, what is recorded of it, and waiting that a cancellation ends.
import { InternalError } from "../../base/failure.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";
import type { Recorder } from "./recorder.ts";
import { mayFollow, statusOf } from "./states.ts";
import type { LogLine, RunClock, RunningTask, RunRow, RunState, Violation } from "./types.ts";
import type { AttemptPatch, RunOwner, RunPatch, RunUpdate, Transition } from "./writes/rows.ts";

/** What happened to a run, in milliseconds per phase, for statistics. */
export interface RunTimes {
  createdAt: number;
  prerun: number;
  constraints: number;
  execution: number;
  termination: number;
  checked: number;
  violated: number;
  heartbeats: number;
}

/** A run that this process has taken. */
export interface LiveRun {
  readonly owner: RunOwner;
  row: RunRow;
  /** As of its last look; undefined for runs of no schedule. */
  schedule: ScheduleDefinition | undefined;
  state: RunState;
  seq: number;
  logSeq: number;
  attempt: number;
  /** Set when somebody wants its end; the first code stays. */
  cancelCode: string | undefined;
  /** True when another process has the run now: nothing of it is written any more. */
  lost: boolean;
  /** True when this process stops: a run that has not begun is given back for another to take. */
  giveBack: boolean;
  task: RunningTask | undefined;
  hasSlot: boolean;
  /** Transitions that the recorder may still hold back: the start of an attempt writes them once more, so that the story on disk has no hole. */
  readonly recent: Transition[];
  readonly wakers: Set<() => void>;
  readonly times: RunTimes;
}

/** What a live run needs from the executor. */
export interface LiveWorld {
  readonly clock: RunClock;
  readonly recorder: Recorder;
}

/** A run just taken. */
export function makeLiveRun(
  row: RunRow,
  owner: RunOwner,
  at: { readonly state: RunState; readonly seq: number; readonly logSeq: number; readonly now: number },
): LiveRun {
  return {
    owner,
    row: { ...row, instanceId: owner.instanceId, fencing: owner.fencing },
    schedule: undefined,
    state: at.state,
    seq: at.seq,
    logSeq: at.logSeq,
    attempt: row.attempt,
    cancelCode: undefined,
    lost: false,
    giveBack: false,
    task: undefined,
    hasSlot: false,
    recent: [],
    wakers: new Set(),
    times: {
      createdAt: at.now,
      prerun: 0,
      constraints: 0,
      execution: 0,
      termination: 0,
      checked: 0,
      violated: 0,
      heartbeats: 0,
    },
  };
}

/** Changes the state without recording it: for writes that carry the transition themselves. @throws InternalError for a transition that is none. */
export function step(world: LiveWorld, run: LiveRun, to: RunState, reason?: string): Transition {
  if (!mayFollow(run.state, to))
    throw new InternalError(`runs: ${run.owner.runId} cannot go from ${run.state} to ${to}`);
  run.seq += 1;
  const transition: Transition = {
    seq: run.seq,
    attempt: run.attempt,
    from: run.state,
    to,
    at: world.clock.nowMs(),
    ...(reason === undefined ? {} : { reason }),
  };
  run.state = to;
  run.recent.push(transition);
  return transition;
}

/** What else a change of state writes. */
export interface MoveDetail {
  readonly reason?: string;
  readonly run?: RunPatch;
  readonly attemptRow?: AttemptPatch;
}

/** Changes the state and records it with whatever changes with it. */
export function move(world: LiveWorld, run: LiveRun, to: RunState, detail: MoveDetail = {}): Promise<void> {
  return report(world, run, movement(world, run, to, detail));
}

/** The message of a change of state. */
export function movement(world: LiveWorld, run: LiveRun, to: RunState, detail: MoveDetail): Omit<RunUpdate, "owner"> {
  const before = statusOf(run.state);
  const transition = step(world, run, to, detail.reason);
  const status = statusOf(to);
  const patch: RunPatch = { ...(status === before ? {} : { status }), ...detail.run };
  run.row = { ...run.row, ...rowChange(patch), status };
  return {
    attempt: run.attempt,
    transitions: [transition],
    run: patch,
    ...(detail.attemptRow === undefined ? {} : { attemptRow: detail.attemptRow }),
  };
}

function rowChange(patch: RunPatch): Partial<RunRow> {
  return {
    ...(patch.completedAt === undefined ? {} : { completedAt: patch.completedAt }),
    ...("errorCode" in patch ? { errorCode: patch.errorCode } : {}),
    ...("error" in patch ? { error: patch.error } : {}),
    ...(patch.skipReason === undefined ? {} : { skipReason: patch.skipReason }),
  };
}

/** Hands a message about the run to the recorder; nothing when another process has it. */
export function report(world: LiveWorld, run: LiveRun, update: Omit<RunUpdate, "owner">): Promise<void> {
  return run.lost ? Promise.resolve() : world.recorder.add("runs", { owner: run.owner, ...update });
}

/** Adds a line to the run's log. */
export function logLine(world: LiveWorld, run: LiveRun, line: LogLine): Promise<void> {
  run.logSeq += 1;
  return report(world, run, { attempt: run.attempt, logs: [{ ...line, seq: run.logSeq }] });
}

/** Adds a line of our own. */
export function logOwn(world: LiveWorld, run: LiveRun, level: LogLine["level"], message: string): Promise<void> {
  return logLine(world, run, { at: world.clock.nowMs(), level, message });
}

/** Records a violation. */
export async function recordViolation(
  world: LiveWorld,
  run: LiveRun,
  violation: Violation,
  actionTaken: string | undefined,
): Promise<void> {
  run.times.violated += 1;
  if (run.lost) return;
  await world.recorder.add("violations", {
    violation,
    runId: run.owner.runId,
    attempt: Math.max(1, run.attempt),
    setId: run.schedule?.constraints.setId,
    at: world.clock.nowMs(),
    ...(actionTaken === undefined ? {} : { actionTaken }),
  });
}

/** True when nothing more is to be done for the run but to end it. */
export function isWanted(run: LiveRun): boolean {
  return run.cancelCode === undefined && !run.lost && !run.giveBack;
}

/**
 * Waits until `begin` calls back, or until the run is cancelled or lost. `begin` gives a function that takes the wish back, which is called in the latter case.
 */
export function pause(run: LiveRun, begin: (wake: () => void) => () => void): Promise<void> {
  if (!isWanted(run)) return Promise.resolve();
  return new Promise((resolve) => {
    let woken = false;
    const undoing: { undo?: () => void } = {};
    const wake = (): void => {
      woken = true;
      run.wakers.delete(stop);
      resolve();
    };
    const stop = (): void => {
      run.wakers.delete(stop);
      undoing.undo?.();
      resolve();
    };
    run.wakers.add(stop);
    undoing.undo = begin(wake);
    if (woken) run.wakers.delete(stop);
  });
}

/** Wakes whatever the run waits for and stops its work. */
export function interrupt(run: LiveRun): void {
  run.task?.stop("cancelled");
  for (const waker of run.wakers) waker();
}

/** The result of work, or undefined when the run is cancelled first; the work then goes on unheard. */
export async function unlessCancelled<T>(run: LiveRun, work: Promise<T>): Promise<T | undefined> {
  let result: { readonly value: T } | { readonly error: unknown } | undefined;
  await pause(run, (wake) => {
    work.then(
      (value) => {
        result = { value };
        wake();
      },
      (error: unknown) => {
        result = { error };
        wake();
      },
    );
    return () => undefined;
  });
  if (result === undefined) return undefined;
  if ("error" in result) throw result.error;
  return result.value;
}
