// When a batch of a result is full: so many rows, so many bytes, or so long a time.

/** Rows of a batch that nobody waits for. */
export const BATCH_ROWS = 65_536;

/** With so many rows, when its strings and other values hold so many bytes, or, looked at now and then, when it has been filled for so long. */
export interface BatchBounds {
  readonly rows: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Of a result that is read as a whole. */
export const WHOLE_BATCHES: BatchBounds = {
  rows: BATCH_ROWS,
  bytes: Number.POSITIVE_INFINITY,
  ms: Number.POSITIVE_INFINITY,
};

/** The clock is asked once for so many rows, and for the first ones more often: it costs as much as a column. */
const ROWS_PER_LOOK = 64;

/** How long the running batch has been filled. */
export class BatchTimer {
  #ms = Number.POSITIVE_INFINITY;
  /** By performance.now(). */
  #untilMs = Number.POSITIVE_INFINITY;

  /** Begins a result. */
  begin(ms: number): void {
    this.#ms = ms;
    this.again();
  }

  /** Begins the next batch. */
  again(): void {
    this.#untilMs = this.#ms === Number.POSITIVE_INFINITY ? this.#ms : performance.now() + this.#ms;
  }

  /** True when the rows of a batch, of which there are so many, come so slowly that those who wait should have what is there. */
  isOver(rows: number): boolean {
    if (this.#untilMs === Number.POSITIVE_INFINITY) return false;
    return (rows % ROWS_PER_LOOK === 0 || (rows & (rows - 1)) === 0) && performance.now() > this.#untilMs;
  }
}
