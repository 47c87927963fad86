// The machine's time for runs.
import type { RunClock } from "./types.ts";

/** Longest time that one timer of the machine can wait. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Wall clock, monotonic clock and timers of this process. */
export const MACHINE_RUN_CLOCK: RunClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  timer: (afterMs, callback) => {
    const handle = setTimeout(callback, Math.min(Math.max(0, afterMs), TIMER_MAX_MS));
    return () => clearTimeout(handle);
  },
};
