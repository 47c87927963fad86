// What a lane counts, for system.lanes: requests by outcome, and how long they waited and worked.
import type { LaneNumbers, LaneStatus } from "./types.ts";

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
  /** As they were when numbers were last taken. */
  #taken: LaneStatus["counts"] | undefined;
  #period = { depthMax: 0, waitedMs: 0, waitMaxMs: 0, executedMs: 0, executeMaxMs: 0 };

  /** A request has ended after so many milliseconds in the lane, of which it waited some. */
  ended(totalMs: number, waitedMs: number, isFailure: boolean): void {
    const workedMs = totalMs - waitedMs;
    const period = this.#period;
    // The most requests at the same time are there when one of them is about to end.
    const depth = this.submitted - this.completed - this.failed;
    if (depth > period.depthMax) period.depthMax = depth;
    period.executedMs += workedMs;
    if (workedMs > period.executeMaxMs) period.executeMaxMs = workedMs;
    this.#last[(this.completed + this.failed) % KEPT] = workedMs;
    if (isFailure) this.failed += 1;
    else this.completed += 1;
    this.#executedMs += workedMs;
    if (workedMs > this.#executeMaxMs) this.#executeMaxMs = workedMs;
    if (waitedMs <= 0) return;
    period.waitedMs += waitedMs;
    if (waitedMs > period.waitMaxMs) period.waitMaxMs = waitedMs;
    this.#waitedMs += waitedMs;
    if (waitedMs > this.#waitMaxMs) this.#waitMaxMs = waitedMs;
  }

  /** What came since it was last asked; counting begins anew. */
  take(): LaneNumbers {
    const now = this.#counts();
    const before = this.#taken;
    this.#taken = now;
    const { depthMax, waitedMs, waitMaxMs, executedMs, executeMaxMs } = this.#period;
    this.#period = { depthMax: 0, waitedMs: 0, waitMaxMs: 0, executedMs: 0, executeMaxMs: 0 };
    const since = (name: keyof typeof now): number => now[name] - (before?.[name] ?? 0);
    return {
      counts: {
        submitted: since("submitted"),
        completed: since("completed"),
        failed: since("failed"),
        timeouts: since("timeouts"),
        rejected: since("rejected"),
        cacheHits: since("cacheHits"),
        cacheMisses: since("cacheMisses"),
      },
      depthMax,
      waitMs: { sum: waitedMs, max: waitMaxMs },
      executeMs: { sum: executedMs, p95: this.#p95(since("completed") + since("failed")), max: executeMaxMs },
    };
  }

  #counts(): LaneStatus["counts"] {
    const { submitted, completed, failed, timeouts, rejected, cacheHits, cacheMisses } = this;
    return { submitted, completed, failed, timeouts, rejected, cacheHits, cacheMisses };
  }

  /** Of the last so many requests, as far as they are kept. */
  #p95(count: number): number {
    const done = this.completed + this.failed;
    const kept = Math.min(count, KEPT);
    const times = Float64Array.from({ length: kept }, (_, back) => this.#last[(done - 1 - back) % KEPT] ?? 0).sort();
    return times[Math.floor(kept * 0.95)] ?? 0;
  }

  /** For a LaneStatus. */
  report(): Pick<LaneStatus, "counts" | "waitMs" | "executeMs"> {
    const done = this.completed + this.failed;
    return {
      counts: this.#counts(),
      waitMs: { mean: done === 0 ? 0 : this.#waitedMs / done, max: this.#waitMaxMs },
      executeMs: {
        mean: done === 0 ? 0 : this.#executedMs / done,
        p95: this.#p95(done),
        max: this.#executeMaxMs,
      },
    };
  }
}
