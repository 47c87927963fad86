// What a lane counts, for system.lanes: requests by outcome, and how long they waited and worked.
import type { LaneStatus } from "./types.ts";

/** Times of the last requests that percentiles are taken of. */
const KEPT = 512;

/** Counts since the lane started. */
export class LaneCounts {
  submitted = 0;
  completed = 0;
  failed = 0;
  timeouts = 0;
  rejected = 0;
  cacheHits = 0;
  cacheMisses = 0;
  #waitedMs = 0;
  #waitMaxMs = 0;
  #executedMs = 0;
  #executeMaxMs = 0;
  readonly #last = new Float64Array(KEPT);

  /** A request has ended after so many milliseconds in the lane, of which it waited some. */
  ended(totalMs: number, waitedMs: number, isFailure: boolean): void {
    const workedMs = totalMs - waitedMs;
    this.#last[(this.completed + this.failed) % KEPT] = workedMs;
    if (isFailure) this.failed += 1;
    else this.completed += 1;
    this.#executedMs += workedMs;
    if (workedMs > this.#executeMaxMs) this.#executeMaxMs = workedMs;
    if (waitedMs <= 0) return;
    this.#waitedMs += waitedMs;
    if (waitedMs > this.#waitMaxMs) this.#waitMaxMs = waitedMs;
  }

  /** For a LaneStatus. */
  report(): Pick<LaneStatus, "counts" | "waitMs" | "executeMs"> {
    const { submitted, completed, failed, timeouts, rejected, cacheHits, cacheMisses } = this;
    const done = completed + failed;
    const sorted = this.#last.slice(0, Math.min(done, KEPT)).sort();
    return {
      counts: { submitted, completed, failed, timeouts, rejected, cacheHits, cacheMisses },
      waitMs: { mean: done === 0 ? 0 : this.#waitedMs / done, max: this.#waitMaxMs },
      executeMs: {
        mean: done === 0 ? 0 : this.#executedMs / done,
        p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
        max: this.#executeMaxMs,
      },
    };
  }
}
