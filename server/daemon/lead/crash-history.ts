// How soon a lane that died may be started again: at once when it had lived for a while, else after a pause that doubles.
// One history per tag, so that a tag whose lanes die at their start does not hold up the others.

/** A lane that lived for so long died of something new. */
const STABLE_MS = 10_000;
const PAUSE_FIRST_MS = 250;
const PAUSE_MAX_MS = 30_000;

/** The crashes of the lanes of one tag. */
export class CrashHistory {
  #inARow = 0;
  #notBeforeMs = 0;

  /** Crashes in a row, each within a short while of its start. */
  get inARow(): number {
    return this.#inARow;
  }

  /** Milliseconds until a lane may be started again; 0: now. */
  pauseMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** A lane has died without being told to. */
  crashed(nowMs: number, livedMs: number): void {
    this.#inARow = livedMs >= STABLE_MS ? 1 : this.#inARow + 1;
    // The first one is replaced at once.
    const pauseMs = this.#inARow === 1 ? 0 : Math.min(PAUSE_FIRST_MS * 2 ** (this.#inARow - 2), PAUSE_MAX_MS);
    this.#notBeforeMs = nowMs + pauseMs;
  }
}
