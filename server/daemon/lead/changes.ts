// Waiting for "something has changed", with an end. Whoever waits looks again himself at what he waits for.
import type { RunClock } from "../../runs/types.ts";

/** Those who wait. */
export class Changes {
  readonly #clock: RunClock;
  readonly #waiters = new Set<() => void>();

  constructor(clock: RunClock) {
    this.#clock = clock;
  }

  /** Something has changed: all look again. */
  tell(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolved with the next change, or after this time in milliseconds. */
  next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        stopTimer();
        this.#waiters.delete(wake);
        resolve();
      };
      const stopTimer = this.#clock.timer(withinMs, wake);
      this.#waiters.add(wake);
    });
  }
}
