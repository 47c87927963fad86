// Places for runs that work at the same time. Who waits is served by priority (1 first), then in the order in which they came; waiting makes everybody more urgent,
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
  readonly taken: () => void;
  gone: boolean;
}

/** Claimants of one priority, first come, first served. `first` is the place of the first that may still wait. */
interface Line {
  readonly priority: number;
  readonly waiting: Waiting[];
  first: number;
}

/** So many places. */
export function makeSlots(max: number, clock: RunClock): Slots {
  const lines = new Map<number, Line>();
  let used = 0;
  let count = 0;
  const head = (line: Line): Waiting | undefined => {
    while (line.waiting[line.first]?.gone === true) line.first += 1;
    // Those who are gone are let go of in one go.
    if (line.first > 0 && line.first * 2 >= line.waiting.length) {
      line.waiting.splice(0, line.first);
      line.first = 0;
    }
    return line.waiting[line.first];
  };
  const urgency = (waiting: Waiting): number =>
    Math.max(1, waiting.claimant.priority - Math.floor((clock.monotonicMs() - waiting.since) / AGEING_MS));
  const before = (a: Waiting, b: Waiting): boolean =>
    (urgency(a) - urgency(b) || a.claimant.scheduledAt - b.claimant.scheduledAt || a.since - b.since) < 0;
  const next = (): Waiting | undefined => {
    let best: Waiting | undefined;
    for (const line of lines.values()) {
      const waiting = head(line);
      if (waiting !== undefined && (best === undefined || before(waiting, best))) best = waiting;
    }
    return best;
  };
  const leave = (waiting: Waiting): void => {
    if (!waiting.gone) count -= 1;
    waiting.gone = true;
  };
  const serve = (): void => {
    while (used < max) {
      const waiting = next();
      if (waiting === undefined) return;
      leave(waiting);
      used += 1;
      waiting.taken();
    }
  };
  return {
    take: (claimant, taken) => {
      const waiting: Waiting = { claimant, since: clock.monotonicMs(), taken, gone: false };
      const line = lines.get(claimant.priority) ?? { priority: claimant.priority, waiting: [], first: 0 };
      lines.set(claimant.priority, line);
      line.waiting.push(waiting);
      count += 1;
      serve();
      return () => leave(waiting);
    },
    free: () => {
      used -= 1;
      serve();
    },
    get used() {
      return used;
    },
    get waiting() {
      return count;
    },
  };
}
