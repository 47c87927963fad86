// A wait that somebody or some time ends.

/** At most one wait at a time. */
export class Pause {
  #end: (() => void) | undefined;

  /** Waits so many milliseconds; infinity: until `end`. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, Math.max(0, ms)) : undefined;
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
