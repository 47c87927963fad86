// A promise that is not waited for longer than so long.
import type { RunClock } from "./types.ts";

/** What `within` gives when the time is over. */
export const LATE = Symbol("late");

/** The result of the work, or `LATE`; the work then goes on unheard. @throws what the work throws. */
export async function within<T>(clock: RunClock, ms: number, work: Promise<T>): Promise<T | typeof LATE> {
  let cancel: (() => void) | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    cancel = clock.timer(ms, () => resolve(LATE));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel?.();
  }
}
