// Ends sessions that have asked for nothing for too long; what they had open is undone. Who waits for events is not idle.
import type { LaneSession } from "./lane-session.ts";

const LOOKS_PER_TIMEOUT = 8;
const LOOK_MIN_MS = 10;
const LOOK_MAX_MS = 30_000;

/** A watch that goes on until it is stopped. */
export interface IdleWatch {
  stop(): void;
}

/** Looks at the sessions now and then; 0 milliseconds: never. */
export function watchIdle(sessions: ReadonlyMap<unknown, LaneSession>, idleTimeoutMs: number): IdleWatch {
  if (idleTimeoutMs <= 0) return { stop: () => undefined };
  const everyMs = Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, idleTimeoutMs / LOOKS_PER_TIMEOUT));
  const timer = setInterval(() => {
    const now = Date.now();
    for (const session of sessions.values())
      if (session.idleMs(now) > idleTimeoutMs)
        session.goodbye("idle", `The session asked for nothing for more than ${idleTimeoutMs / 1000} s.`);
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
