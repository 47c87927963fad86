// Places for runs that work at the same time. Who waits is served by priority (1 first), then by time; waiting makes everybody more urgent,
// so that the least urgent run starts within some minutes even when urgent ones keep coming.
import type { RunClock } from "./types.ts";

/** Waiting this long is worth one step of priority: from 9 to 1 in four minutes. */
const AGEING_MS = 30_000;

/** Who wants a place. */
export interface Claimant {
  readonly priority: number;
  readonly scheduledAt: number;
}

/** Places, and those who wait for one. */
export interface Slots {
  /** Calls back when a place is free and it is this claimant's turn, in this call at once when it can. Gives a function that takes the wish back. */
  take(claimant: Claimant, taken: () => void): () => void;
  /** Gives a place back. */
  free(): void;
  readonly used: number;
  readonly waiting: number;
}

interface Waiting {
  readonly claimant: Claimant;
  readonly since: number;
  readonly order: number;
  readonly taken: () => void;
}

/** So many places. */
export function makeSlots(max: number, clock: RunClock): Slots {
  const queue = new Set<Waiting>();
  let used = 0;
  let order = 0;
  const urgency = (waiting: Waiting): number =>
    waiting.claimant.priority - Math.floor((clock.monotonicMs() - waiting.since) / AGEING_MS);
  const before = (a: Waiting, b: Waiting): boolean => {
    const difference =
      Math.max(1, urgency(a)) - Math.max(1, urgency(b)) ||
      a.claimant.scheduledAt - b.claimant.scheduledAt ||
      a.order - b.order;
    return difference < 0;
  };
  const serve = (): void => {
    while (used < max && queue.size > 0) {
      let next: Waiting | undefined;
      for (const waiting of queue) if (next === undefined || before(waiting, next)) next = waiting;
      if (next === undefined) return;
      queue.delete(next);
      used += 1;
      next.taken();
    }
  };
  return {
    take: (claimant, taken) => {
      order += 1;
      const waiting: Waiting = { claimant, since: clock.monotonicMs(), order, taken };
      queue.add(waiting);
      serve();
      return () => void queue.delete(waiting);
    },
    free: () => {
      used -= 1;
      serve();
    },
    get used() {
      return used;
    },
    get waiting() {
      return queue.size;
    },
  };
}
