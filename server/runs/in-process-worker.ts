// A worker that does its tasks on a session of this process: for in-memory databases, which no other process can see, and for virtual time.
// A task runs from start to end without a pause; it can be stopped before it starts, and stops by itself at its time limit.
import type { Session } from "../session-types.ts";
import type { RunClock, TaskOutcome, Worker } from "./types.ts";
import { deliver, doTask } from "./work.ts";

/** How long to wait, again and again, for a transaction that the session's user has open. */
const WAIT_MS = 20;

/** A worker on a session, which stays open when the worker closes. */
export function makeInProcessWorker(session: Session, clock: RunClock): Worker {
  return {
    stoppableInsideStatements: false,
    start: (task, onLog) => {
      let stopped = false;
      const outcome = new Promise<TaskOutcome>((resolve) => {
        const begin = (): void => {
          if (stopped) resolve({ kind: "cancelled" });
          else if (session.inTransaction) clock.timer(WAIT_MS, begin);
          else resolve(doTask(session, task, clock, onLog));
        };
        // In a turn of its own: who starts a task has its handle before anything happens.
        setImmediate(begin);
      });
      return {
        outcome,
        stop: () => {
          stopped = true;
        },
      };
    },
    deliverTriggers: () => Promise.resolve(!session.inTransaction && deliver(session, () => undefined)),
    close: () => Promise.resolve(),
  };
}
