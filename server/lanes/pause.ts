// A wait that somebody or some time ends.

/** Longest time that one timer of the machine can wait; beyond it, it would end at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** At most one wait at a time. */
export class Pause {
  #end: (() => void) | undefined;

  /** Waits so many milliseconds, 24 days at most; infinity: until `end`. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, Math.min(Math.max(0, ms), TIMER_MAX_MS)) : undefined;
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }

  /** Ends the wait, if there is one. */
  end(): void {
    this.#end?.();
  }
}
