// The scheduler of one process: gives the loop its time and its schedules, hands its requests to the executor and the answers back.
// All I/O of scheduling is here; the loop (loop.ts) has none. It runs from `start` to `stop`, and may be started again.
import { readSeen } from "../runs/seen.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock, RunControl, RunRequest } from "../runs/types.ts";
import type { RunObserver } from "../runs/world.ts";
import { loopCounter, type LoopMessage } from "./loop-counts.ts";
import { makeLoop, type SchedulerLoop } from "./loop.ts";
import type { SchedulerMessage } from "./messages.ts";
import type { SchedulerSettings } from "./setting-rows.ts";
import type { ScheduleDefinition } from "./types.ts";

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly clock: RunClock;
  readonly settings: SchedulerSettings;
  readonly store: Pick<RunStore, "read" | "write">;
  readonly control: Pick<RunControl, "request" | "cancel">;
  /** All schedules as they are now. An unchanged one stays the same object: its compiled times are kept by it. */
  schedules(): readonly ScheduleDefinition[];
  /** Tells the executor that a schedule was changed: waiting runs take its arguments, or are withdrawn when they are not due any more. */
  scheduleChanged(scheduleId: string, stillDue: (scheduledAt: number) => boolean): Promise<void>;
  /** Ids of the runs that the executor has. */
  activeRuns(): readonly string[];
  /** How many of them are at work. */
  runningRuns(): number;
  statistics(message: LoopMessage): void;
  log(level: "warn" | "error", message: string): void;
}

/** Runs schedules. */
export interface Scheduler {
  /** News of runs from the executor. */
  readonly observer: Required<RunObserver>;
  /** Catches up what was missed, then runs until it is stopped. Again is a no-op. @throws EngineError. */
  start(): Promise<void>;
  /** Schedules that are new, changed or gone: the index is built anew and what is due of it is asked for at once. */
  changed(scheduleIds: readonly string[]): Promise<void>;
  /** News and questions for the loop; false while it does not run, or has no place for it in time. */
  send(message: SchedulerMessage): Promise<boolean>;
  /** Asks for nothing more and notes how far it came. */
  stop(): Promise<void>;
}

interface Running {
  readonly loop: SchedulerLoop;
  cancelTimer: () => void;
  /** When its progress was noted the last time, on the monotonic clock. */
  notedAt: number;
  noting: Promise<void>;
}

interface State {
  readonly options: SchedulerOptions;
  running: Running | undefined;
  starting: Promise<void> | undefined;
}

/** Makes a scheduler; it does nothing before `start`. */
export function makeScheduler(options: SchedulerOptions): Scheduler {
  const state: State = { options, running: undefined, starting: undefined };
  const send = (message: SchedulerMessage): Promise<boolean> =>
    state.running?.loop.inbox.send(message) ?? Promise.resolve(false);
  return {
    send,
    observer: {
      started: (run) => void send({ kind: "run_state_change", run }),
      ended: ({ run: { id: runId, status } }) =>
        void send({ kind: status === "completed" ? "run_complete" : "run_failed", runId, status }),
    },
    start: async () => {
      if (state.running !== undefined) return;
      state.starting ??= begin(state).finally(() => {
        state.starting = undefined;
      });
      await state.starting;
    },
    changed: (scheduleIds) => {
      const { running } = state;
      if (running === undefined) return Promise.resolve();
      running.loop.setSchedules(options.schedules());
      for (const scheduleId of scheduleIds)
        void send({ kind: "update_run_config", scheduleId, reply: () => undefined });
      turn(state, running);
      return Promise.resolve();
    },
    stop: async () => {
      await state.starting;
      const { running } = state;
      if (running === undefined) return;
      state.running = undefined;
      running.cancelTimer();
      running.loop.stop();
      note(options, running);
      await running.noting;
    },
  };
}

async function begin(state: State): Promise<void> {
  const { options } = state;
  const { seenUntil, known } = await options.store.read(readSeen);
  const running: Running = {
    cancelTimer: () => undefined,
    notedAt: -Infinity,
    noting: Promise.resolve(),
    loop: makeLoop(
      {
        clock: options.clock,
        settings: options.settings,
        counter: loopCounter((message) => options.statistics(message)),
        request: (request) => void ask(running.loop, options, request),
        cancel: (runId) => void settle(options, options.control.cancel(runId, "cancelled"), `cancelling run ${runId}`),
        scheduleChanged: (id, stillDue) =>
          void settle(options, options.scheduleChanged(id, stillDue), `changing the runs of schedule ${id}`),
        activeRuns: () => options.activeRuns(),
        runningRuns: () => options.runningRuns(),
        warn: (message) => options.log("warn", message),
      },
      () => turnSoon(state, running),
    ),
  };
  state.running = running;
  running.loop.setSchedules(options.schedules());
  running.loop.begin(seenUntil, known);
  turn(state, running);
}

/** Asks the executor; the answer goes into the inbox. */
async function ask(loop: SchedulerLoop, options: SchedulerOptions, request: RunRequest): Promise<void> {
  const key = request.dedupeKey ?? "";
  const answer = await options.control.request(request).then(
    (runId): SchedulerMessage => ({ kind: "request_taken", key, runId }),
    (error: unknown): SchedulerMessage => ({ kind: "request_failed", key, reason: messageOf(error) }),
  );
  // An answer that finds no place is sent again: the loop waits for each before it notes how far it came.
  while (!(await loop.inbox.send(answer))) if (loop.inbox.isClosed()) return;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What fails here is told; the loop goes on. */
async function settle(options: SchedulerOptions, work: Promise<unknown>, what: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    options.log("error", `The scheduler failed at ${what}: ${messageOf(error)}`);
  }
}

/** A message has come: it is taken in the next turn of the event loop, together with those that come with it. */
function turnSoon(state: State, running: Running): void {
  running.cancelTimer();
  running.cancelTimer = state.options.clock.timer(0, () => turn(state, running));
}

function turn(state: State, running: Running): void {
  if (state.running !== running) return;
  running.cancelTimer();
  const { clock, settings } = state.options;
  running.cancelTimer = clock.timer(running.loop.step(), () => turn(state, running));
  running.loop.refreshIndex();
  if (clock.monotonicMs() - running.notedAt >= settings.indexRebuildMs) note(state.options, running);
}

/** Notes in the database up to when everything was looked at, so that the next process knows what was missed. */
function note(options: SchedulerOptions, running: Running): void {
  running.notedAt = options.clock.monotonicMs();
  const input = { seen: running.loop.seenUntil(), at: options.clock.nowMs() };
  running.noting = settle(options, options.store.write("schedulerSeen", input), "noting its progress");
}
