// A pool of connections: made when they are needed, given to one user at a time, closed when they were idle for long.
// Knows nothing of sockets: what is pooled, how it is made and when it is still good is handed in.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";

/** What a pool works with. */
export interface PoolOptions<T> {
  readonly open: () => Promise<T>;
  /** False: it is broken and must not be given to anybody. */
  readonly isUsable: (item: T) => boolean;
  readonly discard: (item: T) => void;
  readonly min: number;
  readonly max: number;
  /** An item that nobody used for so long is discarded, as long as more than `min` remain. */
  readonly idleMs: number;
  /** An item that is older is discarded when its user gives it back, or while it is idle. Undefined: any age. */
  readonly lifetimeMs?: number | undefined;
  /** Milliseconds of a clock that never steps back. Default: the machine's. */
  readonly nowMs?: () => number;
}

/** A pool. Users that wait are served in the order in which they came. */
export interface Pool<T> {
  /** An idle item at once; undefined when there is none, or when others wait already. */
  take(): T | undefined;
  /** An item as soon as there is one. @throws what `open` throws, the signal's abortion, GrizzlyError `ClientClosed`. */
  wait(signal?: AbortSignal): Promise<T>;
  /** The user is done with it. `reusable` false: nobody else gets it. */
  give(item: T, reusable: boolean): void;
  /** Takes nobody new, waits for those who use or wait for an item, discards all. Twice is fine. */
  close(): Promise<void>;
  readonly counts: PoolCounts;
}

/** What a pool holds. `total` counts those that are just being made. */
interface PoolCounts {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

interface Waiter<T> {
  readonly resolve: (item: T) => void;
  readonly reject: (error: unknown) => void;
  readonly release: () => void;
}

interface Idle<T> {
  readonly item: T;
  readonly sinceMs: number;
}

/** How often idle items are looked at, as a part of their time. */
const LOOKS_PER_IDLE_TIME = 2;

/** Makes an empty pool. */
export function makePool<T>(options: PoolOptions<T>): Pool<T> {
  const nowMs = options.nowMs ?? (() => performance.now());
  const waiters = new Set<Waiter<T>>();
  const bornMs = new Map<T, number>();
  let idle: Idle<T>[] = [];
  let total = 0;
  let opening = 0;
  let closed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function takeIdle(): T | undefined {
    // The one used last: the others may then grow old and be closed.
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (isGood(last.item)) return last.item;
      drop(last.item);
    }
    return undefined;
  }

  function isGood(item: T): boolean {
    if (!options.isUsable(item)) return false;
    const { lifetimeMs } = options;
    return lifetimeMs === undefined || nowMs() - (bornMs.get(item) ?? nowMs()) < lifetimeMs;
  }

  function drop(item: T): void {
    total -= 1;
    bornMs.delete(item);
    options.discard(item);
  }

  function serve(item: T): void {
    const [first] = waiters;
    if (first === undefined) {
      idle.push({ item, sinceMs: nowMs() });
      timer ??= setInterval(closeIdle, Math.max(1, options.idleMs / LOOKS_PER_IDLE_TIME)).unref();
      return;
    }
    waiters.delete(first);
    first.release();
    first.resolve(item);
  }

  /** Makes as many as those who wait need and the pool may have. */
  function grow(): void {
    while (opening < waiters.size && total < options.max) {
      total += 1;
      opening += 1;
      options.open().then(opened, failed);
    }
  }

  function opened(item: T): void {
    opening -= 1;
    bornMs.set(item, nowMs());
    serve(item);
    settle();
  }

  function failed(error: unknown): void {
    opening -= 1;
    total -= 1;
    const [first] = waiters;
    if (first !== undefined) {
      waiters.delete(first);
      first.release();
      first.reject(error);
    }
    // Nobody else would make one for those who came later.
    grow();
    settle();
  }

  function closeIdle(): void {
    const before = nowMs() - options.idleMs;
    const kept: Idle<T>[] = [];
    for (const [index, entry] of idle.entries()) {
      const isBroken = !isGood(entry.item);
      const isOld = entry.sinceMs <= before && total > options.min;
      if (isBroken || isOld) drop(entry.item);
      else kept.push(idle[index] ?? entry);
    }
    idle = kept;
    if (idle.length === 0) stopTimer();
  }

  function stopTimer(): void {
    clearInterval(timer);
    timer = undefined;
  }

  /** Ends a pool that is closing once nobody uses it. */
  function settle(): void {
    if (closed === undefined || waiters.size > 0) return;
    for (const { item } of idle) drop(item);
    idle = [];
    stopTimer();
    if (total === 0) closed.resolve();
  }

  return {
    take: () => (closed !== undefined || waiters.size > 0 ? undefined : takeIdle()),
    async wait(signal) {
      signal?.throwIfAborted();
      if (closed !== undefined) throw new GrizzlyError("ClientClosed", "The client is closed.");
      const free = waiters.size > 0 ? undefined : takeIdle();
      if (free !== undefined) return free;
      return await new Promise<T>((resolve, reject) => {
        const abandon = (): void => {
          waiters.delete(waiter);
          reject(signal?.reason as Error);
          settle();
        };
        const waiter: Waiter<T> = { resolve, reject, release: () => signal?.removeEventListener("abort", abandon) };
        signal?.addEventListener("abort", abandon, { once: true });
        waiters.add(waiter);
        grow();
      });
    },
    give(item, reusable) {
      if (reusable && isGood(item)) serve(item);
      else {
        drop(item);
        grow();
      }
      settle();
    },
    async close() {
      if (closed === undefined) {
        let resolve: () => void = () => undefined;
        const promise = new Promise<void>((fulfil) => {
          resolve = fulfil;
        });
        closed = { promise, resolve };
        settle();
      }
      await closed.promise;
    },
    get counts() {
      return { total, idle: idle.length, waiting: waiters.size };
    },
  };
}
