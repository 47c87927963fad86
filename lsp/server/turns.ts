// Long work of the server in short stretches: between two of them the messages that have arrived are read, so that a completion never waits for a check.
// One piece of work has its stretch per turn, whichever began first; what the user waits for goes before what nobody has asked for.
import type { Steps } from "../../base/steps.ts";
import type { Token } from "../types.ts";

/** What the turns need from outside; tests count steps instead of milliseconds. */
export interface TurnPorts {
  readonly nowMs: () => number;
  /** Resolves when everything that has arrived has been read. */
  readonly nextTurn: () => Promise<void>;
}

/** Whom the work is for. */
export type Urgency = "asked" | "background";

/** Runs work in stretches. */
export interface Turns {
  /** Does the steps, a stretch per turn. Undefined when it was cancelled before the end. @throws what the work throws. */
  run<T>(steps: Steps<T>, urgency: Urgency, token?: Token): Promise<T | undefined>;
  /** Drops everything: nobody is there any more who would want it. */
  stop(): void;
}

/** Work between two turns. Several messages may have to be read before the completion among them is, each in a turn of its own. */
const STRETCH_MS = 8;

interface Work {
  readonly urgency: Urgency;
  /** Does steps until the time is up; true when there is nothing left to do. */
  readonly stretch: () => boolean;
}

/** The event loop's own turns. A timer, not `setImmediate`: messages that wait are read one per round of the loop, and all of them go first. */
export const LOOP_TURNS: TurnPorts = {
  nowMs: () => performance.now(),
  nextTurn: () => new Promise((resolve) => setTimeout(resolve, 1)),
};

/** Nothing runs before it is asked for. */
export function makeTurns({ nowMs, nextTurn }: TurnPorts = LOOP_TURNS): Turns {
  const waiting: Work[] = [];
  let isGoing = false;
  const next = (): Work | undefined => {
    const at = waiting.findIndex(({ urgency }) => urgency === "asked");
    return waiting.splice(Math.max(at, 0), 1)[0];
  };
  const go = async (): Promise<void> => {
    isGoing = true;
    while (waiting.length > 0) {
      await nextTurn();
      const work = next();
      if (work !== undefined && !work.stretch()) waiting.push(work);
    }
    isGoing = false;
  };
  return {
    stop: () => {
      waiting.length = 0;
    },
    run: <T>(steps: Steps<T>, urgency: Urgency, token?: Token) =>
      new Promise<T | undefined>((resolve, reject) => {
        const stretch = (): boolean => {
          const end = nowMs() + STRETCH_MS;
          try {
            do {
              if (token?.cancelled() === true) {
                steps.return(undefined as T);
                resolve(undefined);
                return true;
              }
              const step = steps.next();
              if (step.done === true) {
                resolve(step.value);
                return true;
              }
            } while (nowMs() < end);
          } catch (error) {
            reject(error as Error);
            return true;
          }
          return false;
        };
        // What is short is done at once: most edits and questions are.
        if (!isGoing && stretch()) return;
        waiting.push({ urgency, stretch });
        if (!isGoing) void go();
      }),
  };
}
