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

/** Work between two turns: a completion that comes in the middle waits for the rest of it. */
const STRETCH_MS = 4;

interface Work {
  readonly urgency: Urgency;
  /** Does steps until the time is up; true when there is nothing left to do. */
  readonly stretch: () => boolean;
}

/**
 * So many rounds of the event loop in which nothing arrives and nothing is handled mean that all that had arrived has been answered:
 * a message needs one for each of being read, decoded, handled and answered.
 */
const QUIET_ROUNDS = 4;

/** The turns of an event loop that messages come in by. */
export interface LoopTurns extends TurnPorts {
  /** Something has arrived, or was handled: what follows from it goes before the next turn. */
  readonly noteTraffic: () => void;
}

/** The event loop's own turns: each begins when the messages that had arrived are answered. */
export function loopTurns(): LoopTurns {
  let quiet = 0;
  return {
    nowMs: () => performance.now(),
    noteTraffic: () => {
      quiet = 0;
    },
    nextTurn: () =>
      new Promise((resolve) => {
        quiet = 0;
        const look = (): void => {
          quiet += 1;
          if (quiet > QUIET_ROUNDS) resolve();
          else setImmediate(look);
        };
        setImmediate(look);
      }),
  };
}

/** Nothing runs before it is asked for. */
export function makeTurns({ nowMs, nextTurn }: TurnPorts): Turns {
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
