// The scheduler's loop: looks which occurrences are due, asks for their runs a little ahead of their time, takes messages, counts.
// It does no I/O and never waits: whatever it asks for is answered by a message. (A test holds its imports to that.)
// What it missed while it did not run (a step of the clock, a busy or sleeping machine) is noticed at the next step, and run or counted.
import type { RunClock, RunRequest } from "../runs/types.ts";
import { makeInbox, type Inbox } from "./inbox.ts";
import { takeMessages, type ActiveEntry } from "./loop-messages.ts";
import type { SchedulerMessage } from "./messages.ts";
import { missedOccurrences } from "./missed.ts";
import { buildIndex, timesCache, type Occurrence, type OccurrenceIndex, type TimesCache } from "./occurrence-index.ts";
import { dedupeKey, occurrenceRequests } from "./requests.ts";
import type { SchedulerSettings } from "./setting-rows.ts";
import type { LoopCounter } from "./loop-counts.ts";
import type { ScheduleDefinition } from "./types.ts";

/** What the loop reaches the world through. None of it may wait or throw. */
export interface LoopPorts {
  readonly clock: RunClock;
  readonly settings: SchedulerSettings;
  readonly counter: LoopCounter;
  /** Asks for a run; the answer comes as `request_taken` or `request_failed`. */
  request(request: RunRequest): void;
  cancel(runId: string): void;
  /** Tells the executor that a schedule was changed: waiting runs take its arguments or are withdrawn. */
  scheduleChanged(scheduleId: string, stillDue: (scheduledAt: number) => boolean): void;
  /** Ids of the runs that the executor has. */
  activeRuns(): readonly string[];
  /** How many of them are at work. */
  runningRuns(): number;
  warn(message: string): void;
}

/** The state that a step works on. */
export interface LoopState {
  readonly ports: LoopPorts;
  readonly inbox: Inbox<SchedulerMessage>;
  readonly cache: TimesCache;
  schedules: readonly ScheduleDefinition[];
  /** Swapped whole; a step works on the one it found. */
  index: OccurrenceIndex;
  /** Occurrences asked for, by dedupe key. */
  readonly active: Map<string, ActiveEntry>;
  readonly byRunId: Map<string, ActiveEntry>;
  /** Every occurrence before this was looked at. */
  scannedUntil: number;
  rebuildAt: number;
  stopped: boolean;
}

/** The loop. */
export interface SchedulerLoop {
  readonly inbox: Inbox<SchedulerMessage>;
  /** Takes definitions, builds the index anew and looks at once what of it is due. */
  setSchedules(schedules: readonly ScheduleDefinition[]): void;
  /** Begins; `seenUntil`: occurrences from there on were not looked at; `known`: keys of those that have runs already. */
  begin(seenUntil: number, known: ReadonlySet<string>): void;
  /** One look; gives the milliseconds until the next one is needed. */
  step(): number;
  /** Builds the index anew when that is due: by itself, so that no look waits for it. */
  refreshIndex(): void;
  /** Every occurrence before this is in the store, or will never be. */
  seenUntil(): number;
  stop(): void;
}

/** Makes a loop; whoever owns it calls `step`. `wake` is called when there is reason for a step before its time. */
export function makeLoop(ports: LoopPorts, wake: () => void): SchedulerLoop {
  const { clock, settings } = ports;
  const now = clock.nowMs();
  const state: LoopState = {
    ports,
    inbox: makeInbox({
      clock,
      size: settings.inboxSize,
      sendTimeoutMs: settings.inboxSendTimeoutMs,
      onMessage: wake,
      warn: (message) => ports.warn(message),
    }),
    cache: timesCache(),
    schedules: [],
    index: buildIndex([], timesCache(), now, now),
    active: new Map(),
    byRunId: new Map(),
    scannedUntil: now - settings.graceMs,
    rebuildAt: clock.monotonicMs(),
    stopped: false,
  };
  return {
    inbox: state.inbox,
    setSchedules: (schedules) => {
      state.schedules = schedules;
      rebuild(state, clock.nowMs());
    },
    begin: (seenUntil, known) => begin(state, seenUntil, known),
    step: () => step(state),
    refreshIndex: () => {
      if (clock.monotonicMs() >= state.rebuildAt) rebuild(state, clock.nowMs());
    },
    seenUntil: () => {
      let seen = state.scannedUntil;
      for (const entry of state.active.values()) if (entry.state === "asked") seen = Math.min(seen, entry.scheduledAt);
      return seen;
    },
    stop: () => {
      state.stopped = true;
      state.inbox.close();
    },
  };
}

function rebuild(state: LoopState, now: number): void {
  const { settings, clock } = state.ports;
  state.index = buildIndex(state.schedules, state.cache, now - settings.graceMs, now + settings.lookaheadMs);
  state.rebuildAt = clock.monotonicMs() + settings.indexRebuildMs;
}

/** What happened before this process ran: caught up by the rules of each schedule. */
function begin(state: LoopState, seenUntil: number, known: ReadonlySet<string>): void {
  const now = state.ports.clock.nowMs();
  rebuild(state, now);
  catchUp(state, seenUntil, now - state.ports.settings.graceMs, now, known);
  state.scannedUntil = now - state.ports.settings.graceMs;
}

const NONE: ReadonlySet<string> = new Set();

function catchUp(state: LoopState, fromMs: number, toMs: number, now: number, known: ReadonlySet<string>): void {
  if (fromMs >= toMs) return;
  const { settings } = state.ports;
  const missed = missedOccurrences(state.schedules, state.cache, settings, { fromMs, toMs, nowMs: now });
  for (const occurrence of missed.caughtUp) launch(state, occurrence, "catchup", now, known);
  for (const occurrence of missed.lost)
    if (!known.has(dedupeKey(occurrence.schedule.id, occurrence.at))) countMissed(state, occurrence.at, now);
  if (missed.more.length > 0)
    state.ports.warn(
      `More was missed than is counted, for example of ${missed.more[0] ?? ""} (${missed.more.length} ${missed.more.length === 1 ? "schedule" : "schedules"}).`,
    );
}

function countMissed(state: LoopState, at: number, now: number): void {
  state.ports.counter.missed(now - (at + state.ports.settings.graceMs));
}

function step(state: LoopState): number {
  const { clock, settings, counter } = state.ports;
  if (state.stopped) return settings.loopIntervalMs;
  counter.step(clock.monotonicMs(), state.inbox.counts().currentDepth);
  takeMessages(state);
  const now = clock.nowMs();
  const [graceStart, ahead] = [now - settings.graceMs, now + settings.preScheduleMs];
  // Built in its own turn while time goes on evenly; after a step of the clock the index may not reach.
  if (graceStart < state.index.fromMs || ahead > state.index.toMs) rebuild(state, now);
  if (state.scannedUntil < graceStart) runGap(state, state.scannedUntil, graceStart, now);
  for (const occurrence of state.index.between(graceStart, ahead)) launch(state, occurrence, "schedule", now, NONE);
  state.scannedUntil = ahead;
  forgetEnded(state, now);
  counter.running(state.ports.runningRuns());
  const next = state.index.firstFrom(ahead);
  const untilNext = next === undefined ? Infinity : next - settings.preScheduleMs - now + 1;
  const untilRebuild = state.rebuildAt - clock.monotonicMs();
  return Math.max(1, Math.min(settings.loopIntervalMs, untilNext, untilRebuild));
}

/** Time that passed without a look. As long as a clock may be put forward: its occurrences are run, late. More: nothing ran, and the rules for that hold. */
function runGap(state: LoopState, from: number, to: number, now: number): void {
  const { settings } = state.ports;
  if (to - from > settings.clockStepMs) return catchUp(state, from, to, now, NONE);
  const gap = buildIndex(state.schedules, state.cache, from, to);
  for (const occurrence of gap.between(from, to)) launch(state, occurrence, "schedule", now, NONE);
}

function launch(
  state: LoopState,
  { schedule, at }: Occurrence,
  kind: "schedule" | "catchup",
  now: number,
  known: ReadonlySet<string>,
): void {
  if (state.active.has(dedupeKey(schedule.id, at)) || known.has(dedupeKey(schedule.id, at))) return;
  for (const request of occurrenceRequests(schedule, { kind, scheduledAt: at, once: true })) {
    const key = request.dedupeKey;
    if (key === undefined) continue;
    state.active.set(key, {
      key,
      scheduleId: schedule.id,
      scheduledAt: at,
      runId: undefined,
      state: "asked",
      startedAt: undefined,
      heartbeatAt: undefined,
    });
    state.ports.counter.requested(Math.max(0, now - at));
    state.ports.request(request);
  }
}

/** Entries stay until their grace is over, so that nothing is asked for twice; runs that go on stay until they end. */
function forgetEnded(state: LoopState, now: number): void {
  const { settings, activeRuns } = state.ports;
  let running: ReadonlySet<string> | undefined;
  for (const [key, entry] of state.active) {
    if (entry.state === "asked" || now < entry.scheduledAt + settings.graceMs) continue;
    if (entry.runId !== undefined) {
      running ??= new Set(activeRuns());
      if (running.has(entry.runId)) continue;
      state.byRunId.delete(entry.runId);
    }
    state.active.delete(key);
  }
}
