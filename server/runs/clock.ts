// The machine's time for runs, and waiting no longer than a time of any clock.
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

/** Waits for work, but not longer than a time, in milliseconds; the work goes on. @throws what the work throws in that time. */
export async function within(clock: RunClock, ms: number, work: Promise<unknown>): Promise<void> {
  let cancelTimer: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    cancelTimer = clock.timer(ms, resolve);
  });
  await Promise.race([work, over]).finally(cancelTimer);
}
