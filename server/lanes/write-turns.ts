// Whose turn it is to write: SQLite has one writer, and nobody may wait for it inside a statement, because that would keep the whole lane waiting.
// Sessions of this lane that want to write wait here in order until a transaction of the lane ends; for writers elsewhere they try again after growing pauses.

const PAUSE_FIRST_MS = 1;
const PAUSE_MAX_MS = 50;

interface Waiter {
  readonly wake: () => void;
}

/** The turns of one lane. */
export class WriteTurns {
  /** Who holds the write lock between two requests. */
  #holder: object | undefined;
  readonly #waiting: Waiter[] = [];

  /** The session's transaction has written and stays open. */
  take(session: object): void {
    this.#holder = session;
  }

  /** The session's transaction has ended. */
  give(session: object): void {
    if (this.#holder === session) this.#holder = undefined;
    this.released();
  }

  /** Some transaction of the lane may have ended: the first who waits tries. */
  released(): void {
    if (this.#holder === undefined) this.#waiting.shift()?.wake();
  }

  /** Calls `wake` when a transaction of the lane ends and it is this one's turn, or after a pause that grows with the attempts. Gives what takes the wish back. */
  wait(attempt: number, wake: () => void): () => void {
    const waiter: Waiter = { wake: () => done(true) };
    const pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** Math.min(attempt, 10));
    const timer = setTimeout(() => done(true), pauseMs);
    const done = (called: boolean): void => {
      clearTimeout(timer);
      const place = this.#waiting.indexOf(waiter);
      if (place >= 0) this.#waiting.splice(place, 1);
      if (called) wake();
    };
    this.#waiting.push(waiter);
    return () => done(false);
  }
}
