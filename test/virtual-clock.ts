// A clock for tests: time stands still until `advance` moves it, timers then fire in order, and what they set off is carried out before the next one.
import type { RunClock } from "../server/runs/types.ts";

/** A clock that tests move. */
export interface VirtualClock extends RunClock {
  /** Moves time on, firing each timer at its moment; between two of them promises and immediates settle. */
  advance(ms: number): Promise<void>;
  /** Lets promises and immediates settle without moving time. */
  settle(): Promise<void>;
  /** Sets the wall clock off by so much; durations and timers go on as before. */
  stepWall(ms: number): void;
  /** Number of timers that wait. */
  readonly timers: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Turns of the event loop that count as settled: a chain of awaits over immediates is longer than one. */
const SETTLING_TURNS = 12;

/** A clock that shows `startMs` (milliseconds since 1970 UTC) until it is moved. */
export function virtualClock(startMs: number): VirtualClock {
  let elapsed = 0;
  let wallOffset = startMs;
  let order = 0;
  const timers = new Set<Timer>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLING_TURNS; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers)
      if (
        timer.at <= until &&
        (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
      )
        first = timer;
    return first;
  };
  return {
    nowMs: () => wallOffset + elapsed,
    monotonicMs: () => elapsed,
    timer: (afterMs, callback) => {
      order += 1;
      const timer: Timer = { at: elapsed + Math.max(0, afterMs), order, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance: async (ms) => {
      const until = elapsed + ms;
      await settle();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        elapsed = Math.max(elapsed, timer.at);
        timers.delete(timer);
        timer.callback();
        await settle();
      }
      elapsed = until;
      await settle();
    },
    settle,
    stepWall: (ms) => {
      wallOffset += ms;
    },
    get timers() {
      return timers.size;
    },
  };
}
