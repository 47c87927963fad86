// The scheduler of one process: reads definitions, feeds the loop and gives it its time, hands its requests to the executor and the answers back.
// All I/O of scheduling is here; the loop (loop.ts) has none.
import { catalogEpoch, catalogVersion } from "../catalog/schema.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import { readSeen } from "../runs/seen.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock, RunControl, RunRequest } from "../runs/types.ts";
import type { RunObserver, ScheduleSource } from "../runs/world.ts";
import { loopCounter, type LoopMessage } from "./loop-counts.ts";
import { makeLoop, type SchedulerLoop } from "./loop.ts";
import type { Inbox } from "./inbox.ts";
import type { SchedulerMessage } from "./messages.ts";
import type { SchedulerSettings } from "./settings.ts";
import type { ScheduleDefinition } from "./types.ts";

/** Definitions as they are now, in memory. */
export interface Schedules extends ScheduleSource {
  byName(name: string): ScheduleDefinition | undefined;
  all(): readonly ScheduleDefinition[];
}

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly clock: RunClock;
  readonly settings: SchedulerSettings;
  readonly store: Pick<RunStore, "read" | "write">;
  readonly control: Pick<RunControl, "request" | "cancel">;
  /** Tells the executor that a schedule was changed. */
  scheduleChanged(scheduleId: string, stillDue: (scheduledAt: number) => boolean): Promise<void>;
  /** Ids of the runs that the executor has. */
  activeRuns(): readonly string[];
  statistics(message: LoopMessage): void;
  log(level: "warn" | "error", message: string): void;
}

/** Runs schedules. */
export interface Scheduler {
  readonly schedules: Schedules;
  /** For news of runs and for questions. */
  readonly inbox: Inbox<SchedulerMessage>;
  /** News of runs from the executor. */
  readonly observer: Required<RunObserver>;
  /** Reads definitions, and fires nothing: for a process that waits for its turn. @throws EngineError. */
  load(): Promise<void>;
  /** Catches up what was missed, then runs until it is stopped. Again is a no-op. @throws EngineError. */
  start(): Promise<void>;
  /** To be called when the database was changed by anybody: reads the definitions again when the catalog was. @throws EngineError. */
  databaseChanged(): Promise<void>;
  /** Asks for nothing more and notes how far it came. @throws EngineError. */
  stop(): Promise<void>;
}

interface State {
  readonly options: SchedulerOptions;
  definitions: readonly ScheduleDefinition[];
  byId: ReadonlyMap<string, ScheduleDefinition>;
  byName: ReadonlyMap<string, ScheduleDefinition>;
  epoch: number;
  reading: Promise<void> | undefined;
  running: boolean;
  cancelTimer: () => void;
  /** When the loop's progress was noted the last time, and what was noted. */
  noted: { readonly atMs: number; readonly seen: number };
  noting: Promise<void>;
}

/** Makes a scheduler. */
export function makeScheduler(options: SchedulerOptions): Scheduler {
  const state: State = {
    options,
    definitions: [],
    byId: new Map(),
    byName: new Map(),
    epoch: -1,
    reading: undefined,
    running: false,
    cancelTimer: () => undefined,
    noted: { atMs: -Infinity, seen: 0 },
    noting: Promise.resolve(),
  };
  const loop: SchedulerLoop = makeLoop(
    {
      clock: options.clock,
      settings: options.settings,
      counter: loopCounter((message) => options.statistics(message)),
      request: (request) => ask(loop, options, request),
      cancel: (runId) => void settle(options, options.control.cancel(runId, "cancelled"), `cancelling run ${runId}`),
      scheduleChanged: (id, stillDue) =>
        void settle(options, options.scheduleChanged(id, stillDue), `changing the runs of schedule ${id}`),
      activeRuns: () => options.activeRuns(),
      warn: (message) => options.log("warn", message),
    },
    () => turnSoon(state, loop),
  );
  return {
    schedules: {
      byId: (id) => state.byId.get(id),
      byName: (name) => state.byName.get(name.toLowerCase()),
      all: () => state.definitions,
    },
    inbox: loop.inbox,
    observer: {
      started: (run) => void loop.inbox.send({ kind: "run_state_change", run }),
      ended: ({ run: { id: runId, status } }) =>
        void loop.inbox.send({ kind: status === "completed" ? "run_complete" : "run_failed", runId, status }),
    },
    load: () => reload(state, loop),
    start: () => start(state, loop),
    databaseChanged: () => reload(state, loop),
    stop: () => stop(state, loop),
  };
}

/** Asks the executor; the answer goes into the inbox. */
function ask(loop: SchedulerLoop, options: SchedulerOptions, request: RunRequest): void {
  const key = request.dedupeKey ?? "";
  options.control.request(request).then(
    (runId) => loop.inbox.send({ kind: "request_taken", key, runId }),
    (error: unknown) =>
      loop.inbox.send({ kind: "request_failed", key, reason: error instanceof Error ? error.message : String(error) }),
  );
}

/** What fails here is told; the loop goes on. */
async function settle(options: SchedulerOptions, work: Promise<unknown>, what: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    options.log("error", `The scheduler failed at ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reads the definitions when the catalog's epoch has moved; one reading at a time, and one more when it was asked for meanwhile. */
async function reload(state: State, loop: SchedulerLoop): Promise<void> {
  while (state.reading !== undefined) await state.reading;
  state.reading = readAnew(state, loop);
  try {
    await state.reading;
  } finally {
    state.reading = undefined;
  }
}

async function readAnew(state: State, loop: SchedulerLoop): Promise<void> {
  const epoch = await state.options.store.read((connection) =>
    catalogVersion(connection) === 0 ? 0 : catalogEpoch(connection),
  );
  if (epoch === state.epoch) return;
  const definitions = await state.options.store.read((connection) => readSchedules(connection));
  state.epoch = epoch;
  const before = state.byId;
  // What was not changed stays the same object: its compiled times are kept by it.
  const current = definitions.map((definition) => {
    const known = before.get(definition.id);
    return known !== undefined && JSON.stringify(known) === JSON.stringify(definition) ? known : definition;
  });
  state.definitions = current;
  state.byId = new Map(current.map((definition) => [definition.id, definition]));
  state.byName = new Map(current.map((definition) => [definition.name.toLowerCase(), definition]));
  loop.setSchedules(current);
  if (!state.running) return;
  const gone = [...before.keys()].filter((id) => !state.byId.has(id));
  const changed = [...before.keys()].filter((id) => state.byId.has(id) && state.byId.get(id) !== before.get(id));
  for (const scheduleId of [...gone, ...changed])
    void loop.inbox.send({ kind: "update_run_config", scheduleId, reply: () => undefined });
  turn(state, loop);
}

async function start(state: State, loop: SchedulerLoop): Promise<void> {
  if (state.running) return;
  await reload(state, loop);
  const { seenUntil, known } = await state.options.store.read(readSeen);
  state.running = true;
  loop.begin(seenUntil, known);
  turn(state, loop);
}

/** A message has come: it is taken in this turn of the event loop, together with those that come with it. */
function turnSoon(state: State, loop: SchedulerLoop): void {
  if (!state.running) return;
  state.cancelTimer();
  state.cancelTimer = state.options.clock.timer(0, () => turn(state, loop));
}

function turn(state: State, loop: SchedulerLoop): void {
  if (!state.running) return;
  state.cancelTimer();
  const afterMs = loop.step();
  state.cancelTimer = state.options.clock.timer(afterMs, () => turn(state, loop));
  const { clock, settings } = state.options;
  if (clock.monotonicMs() - state.noted.atMs >= settings.indexRebuildMs) note(state, loop);
}

/** Notes in the database up to when everything was looked at, so that the next process knows what was missed. */
function note(state: State, loop: SchedulerLoop): void {
  const seen = loop.seenUntil();
  state.noted = { atMs: state.options.clock.monotonicMs(), seen };
  const at = state.options.clock.nowMs();
  state.noting = settle(state.options, state.options.store.write("schedulerSeen", { seen, at }), "noting its progress");
}

async function stop(state: State, loop: SchedulerLoop): Promise<void> {
  const wasRunning = state.running;
  state.running = false;
  state.cancelTimer();
  if (wasRunning) note(state, loop);
  loop.stop();
  await state.noting;
}
