// Tries again what could not be opened: once per heartbeat, a little earlier or later, so that many daemons do not ask one machine at the same moment.
// How much is the same for the same daemon and attempt wherever it is asked.
import { createHash } from "node:crypto";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { RunClock } from "../runs/types.ts";

/** The greatest part of a heartbeat by which an attempt comes earlier or later. */
const JITTER = 0.1;

/** What trying again needs. */
export interface AgainPorts {
  readonly clock: RunClock;
  /** Milliseconds of a heartbeat, as they are now. */
  readonly everyMs: () => number;
  /** Whose attempts they are. */
  readonly who: string;
  /** @throws GrizzlyError when it cannot be done now. */
  readonly open: () => Promise<void>;
  /** Told after each failure why, and when the next attempt is, in sentences. */
  readonly failed: (fault: string) => void;
  /** A failure that is no GrizzlyError: a bug. */
  readonly broken: (error: unknown) => void;
}

/** Attempts that go on until one succeeds or they are stopped. */
export interface Again {
  stop(): void;
}

/** Milliseconds before the attempt of this number. */
export function pauseBefore(who: string, attempt: number, everyMs: number): number {
  const digest = createHash("sha256")
    .update(`${who}:${String(attempt)}`)
    .digest();
  const part = digest.readUInt32BE(0) / 2 ** 32;
  return Math.round(everyMs * (1 - JITTER + 2 * JITTER * part));
}

/** Tells of the first failure, and goes on trying. */
export function openAgain(ports: AgainPorts, first: GrizzlyError): Again {
  const { clock, who } = ports;
  let isStopped = false;
  let stopTimer: () => void = () => undefined;
  const later = (attempt: number, { message, help }: GrizzlyError): void => {
    const pauseMs = pauseBefore(who, attempt, ports.everyMs());
    const at = new Date(clock.nowMs() + pauseMs).toISOString().slice(0, 19);
    ports.failed(`${message}${help === undefined ? "" : ` ${help}`} The next attempt is at ${at}Z.`);
    stopTimer = clock.timer(pauseMs, () => void tryIt(attempt));
  };
  const tryIt = async (attempt: number): Promise<void> => {
    try {
      await ports.open();
    } catch (error) {
      if (isStopped) return;
      if (error instanceof GrizzlyError) later(attempt + 1, error);
      else ports.broken(error);
    }
  };
  later(1, first);
  return {
    stop: () => {
      isStopped = true;
      stopTimer();
    },
  };
}
