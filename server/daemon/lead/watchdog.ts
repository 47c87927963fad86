// Ends what does not end by itself. A lane looks at its control file and at its deadlines while it works; one that does not answer to a cancellation
// is killed, since a statement that the engine is in the middle of can be ended in no other way. Its sessions are lost, its database is not.
import type { Configuration } from "../../config/types.ts";
import type { FromLane } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Log } from "../types.ts";
import type { InFlight, Lane } from "./lane.ts";

/** What the watchdog needs. */
export interface WatchdogPorts {
  readonly configuration: Configuration;
  readonly clock: RunClock;
  readonly log: Log;
  /** True while the session holds what others may wait for. */
  readonly holdsLocks: (sessionId: bigint) => boolean;
  /** Ends the lane's process at once. */
  readonly kill: (lane: Lane, why: string) => void;
}

/** A lane ends a request at its deadline itself; so long after it, it is told from here. */
const GRACE_MS = 250;
const ALERT_AGAIN_MS = 30_000;

/** Watches the requests of all lanes. */
export class Watchdog {
  readonly #ports: WatchdogPorts;
  readonly #timers = new WeakMap<InFlight, () => void>();

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  /** A request lasts longer than a moment. */
  began(lane: Lane, told: Extract<FromLane, { kind: "began" }>): void {
    this.#forget(lane, told.sessionId);
    const { configuration, clock } = this.#ports;
    const longest = configuration.get("limits.deadline_max");
    const flight: InFlight = {
      sessionId: told.sessionId,
      messageId: told.messageId,
      startedAtMs: told.atMs,
      deadlineMs: Math.min(told.deadlineMs ?? configuration.get("limits.deadline"), longest),
      text: told.text,
    };
    lane.inFlight.set(told.sessionId, flight);
    const leftMs = flight.startedAtMs + flight.deadlineMs + GRACE_MS - clock.nowMs();
    this.#timers.set(
      flight,
      clock.timer(Math.max(0, leftMs), () => this.#overdue(lane, flight)),
    );
  }

  /** A request that `began` told of has ended. */
  ended(lane: Lane, sessionId: bigint, messageId: bigint): void {
    if (lane.inFlight.get(sessionId)?.messageId === messageId) this.#forget(lane, sessionId);
  }

  /** A session has left the lane. */
  left(lane: Lane, sessionId: bigint): void {
    this.#forget(lane, sessionId);
  }

  /** The lane is gone. */
  gone(lane: Lane): void {
    for (const sessionId of lane.inFlight.keys()) this.#forget(lane, sessionId);
  }

  /** Ends a request, or whatever the session runs, since it is to end; a lane that does not listen is killed. */
  cancel(lane: Lane, sessionId: bigint, messageId: bigint | undefined): void {
    if (lane.over) return;
    lane.control.cancel(sessionId, messageId);
    lane.host.send({ kind: "cancel", sessionId, messageId });
    // Who answers to this is not stuck.
    lane.host.send({ kind: "report" });
    const askedMs = this.#ports.clock.nowMs();
    const killAfterMs = this.#ports.configuration.get("lanes.kill_after");
    this.#ports.clock.timer(killAfterMs, () => {
      if (lane.over || lane.lastHeardMs > askedMs || !lane.sessionIds.has(sessionId)) return;
      // Busy with another request of the session: the cancelled one waits behind it.
      const flight = lane.inFlight.get(sessionId);
      if (messageId !== undefined && flight !== undefined && flight.messageId !== messageId) return;
      // Busy with the work of another session: that one has its own deadline, and the cancelled request waits behind it. Locks of a session that is to end do not.
      const others = [...lane.inFlight.values()].some((flight) => flight.sessionId !== sessionId);
      const freesLocks = messageId === undefined && this.#ports.holdsLocks(sessionId);
      if (others && flight === undefined && !freesLocks) return;
      this.#kill(
        lane,
        `session ${String(sessionId)} was cancelled and did not answer within ${String(killAfterMs)} ms`,
      );
    });
  }

  #overdue(lane: Lane, flight: InFlight): void {
    if (lane.inFlight.get(flight.sessionId) !== flight) return;
    const elapsedMs = this.#ports.clock.nowMs() - flight.startedAtMs;
    this.#ports.log(
      "error",
      `${lane.label} Database query exceeded watchdog timeout: query_id=${String(flight.sessionId)}/${String(flight.messageId)}, timeout=${String(flight.deadlineMs)} ms, elapsed=${String(elapsedMs)} ms`,
    );
    this.cancel(lane, flight.sessionId, flight.messageId);
    this.#timers.set(
      flight,
      this.#ports.clock.timer(ALERT_AGAIN_MS, () => this.#overdue(lane, flight)),
    );
  }

  #kill(lane: Lane, why: string): void {
    this.#ports.log("error", `${lane.label} is killed: ${why}.`);
    this.#ports.kill(lane, why);
  }

  #forget(lane: Lane, sessionId: bigint): void {
    const flight = lane.inFlight.get(sessionId);
    if (flight === undefined) return;
    lane.inFlight.delete(sessionId);
    this.#timers.get(flight)?.();
  }
}
