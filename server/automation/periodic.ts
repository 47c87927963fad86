// Work that is done again and again: the next round begins some time after the last one has ended, so that slow rounds never pile up.
import type { RunClock } from "../runs/types.ts";

/** A repeated piece of work. */
export interface Periodic {
  /** Takes back the next round; resolved when the one in hand has ended. */
  stop(): Promise<void>;
}

/** Starts it; the first round begins after one interval. A round that fails is told, and the next one comes all the same. */
export function periodic(
  clock: RunClock,
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Periodic {
  let stopped = false;
  let current: Promise<void> = Promise.resolve();
  let cancelTimer: () => void = () => undefined;
  const round = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    if (!stopped) plan();
  };
  const plan = (): void => {
    cancelTimer = clock.timer(everyMs, () => {
      current = round();
    });
  };
  plan();
  return {
    stop: () => {
      stopped = true;
      cancelTimer();
      return current;
    },
  };
}
