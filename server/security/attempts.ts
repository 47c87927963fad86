// How often somebody failed to say who he is: each failure makes the next answer later, many close the door for a while. Kept by address, and by user for passwords.

/** Failures after which an address or user is refused without a look. */
const FAILURES_MAX = 10;
/** For how long, and how long a failure counts. */
const CLOSED_MS = 60_000;
const FIRST_DELAY_MS = 200;
const DELAY_MAX_MS = 5_000;
/** Addresses kept; the oldest go first. */
const KEYS_MAX = 10_000;

interface Failures {
  count: number;
  lastMs: number;
}

/** Failed attempts. `nowMs` is a clock that never steps back. */
export class Attempts {
  readonly #nowMs: () => number;
  readonly #byKey = new Map<string, Failures>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Milliseconds for which these keys are refused yet; 0: they may try. */
  closedMs(keys: readonly string[]): number {
    return Math.max(0, ...keys.map((key) => this.#closedMs(key)));
  }

  #closedMs(key: string): number {
    const found = this.#current(key);
    if (found === undefined || found.count < FAILURES_MAX) return 0;
    return found.lastMs + CLOSED_MS - this.#nowMs();
  }

  /** Counts a failure; gives the milliseconds after which it is to be answered. */
  failed(keys: readonly string[]): number {
    let delayMs = 0;
    for (const key of keys) {
      const count = (this.#current(key)?.count ?? 0) + 1;
      this.#byKey.delete(key);
      this.#byKey.set(key, { count, lastMs: this.#nowMs() });
      delayMs = Math.max(delayMs, Math.min(FIRST_DELAY_MS * 2 ** (count - 1), DELAY_MAX_MS));
    }
    for (const oldest of this.#byKey.keys()) {
      if (this.#byKey.size <= KEYS_MAX) break;
      this.#byKey.delete(oldest);
    }
    return delayMs;
  }

  /** Forgets the failures of who has come in. */
  succeeded(keys: readonly string[]): void {
    for (const key of keys) this.#byKey.delete(key);
  }

  #current(key: string): Failures | undefined {
    const found = this.#byKey.get(key);
    if (found === undefined || this.#nowMs() - found.lastMs < CLOSED_MS) return found;
    this.#byKey.delete(key);
    return undefined;
  }
}
