// The clock of a lane's sessions. Whoever runs for long asks it now and then (the machine between two slices, a statement at its ticks), and then the lane
// looks around: at its control file for cancellations, and whether the Lead has to hear of a request that lasts.
import type { SessionClock } from "../session-types.ts";

/** How often a lane that is kept busy looks around. */
const LOOK_EVERY_MS = 10;

/** The clock; `look` is called at most every 10 ms, while something runs. */
export function laneClock(look: (nowMs: number) => void): SessionClock {
  let next = 0;
  return {
    nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
    elapsedMs: () => {
      const now = performance.now();
      if (now >= next) {
        next = now + LOOK_EVERY_MS;
        look(now);
      }
      return now;
    },
  };
}
