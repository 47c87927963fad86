// Asks lanes for reports: now and then for their health, and when somebody wants to see lists. A busy lane is not taken for a dead one:
// its statement has a deadline, and the watchdog ends it. A lane that is silent without known work for longer than any request may last is replaced.
import type { Configuration } from "../../config/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Log } from "../types.ts";
import type { Lane } from "./lane.ts";

/** What the heartbeat needs. */
export interface HeartbeatPorts {
  readonly configuration: Configuration;
  readonly clock: RunClock;
  readonly log: Log;
  readonly lanes: () => readonly Lane[];
  readonly kill: (lane: Lane, why: string) => void;
}

/** Lanes that are not busy answer within this time. */
const REPORT_MS = 250;

/** The heartbeat of all lanes. */
export class Heartbeat {
  readonly #ports: HeartbeatPorts;
  readonly #awaited = new Set<Lane>();
  readonly #wakes = new Set<() => void>();
  #stopTimer: () => void = () => undefined;
  /** When the last beat asked; a lane that was not heard since has missed it. */
  #askedMs: number | undefined;

  constructor(ports: HeartbeatPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#stopTimer = this.#ports.clock.timer(this.#ports.configuration.get("lanes.heartbeat"), () => {
      this.#beat();
      this.start();
    });
  }

  stop(): void {
    this.#stopTimer();
  }

  /** A report has come. */
  heard(lane: Lane): void {
    this.#awaited.delete(lane);
    if (this.#awaited.size === 0) this.#wake();
  }

  /** Asks all lanes; resolved when they have answered, or soon. */
  async ask(): Promise<void> {
    const open = this.#ports.lanes().filter((lane) => lane.state !== "connecting" && !lane.resting && !lane.over);
    if (open.length === 0) return;
    for (const lane of open) {
      this.#awaited.add(lane);
      lane.host.send({ kind: "report" });
    }
    await new Promise<void>((resolve) => {
      const stopTimer = this.#ports.clock.timer(REPORT_MS, () => {
        // Those who have not answered by now are not waited for by the next one either.
        this.#awaited.clear();
        this.#wake();
      });
      this.#wakes.add(() => {
        stopTimer();
        resolve();
      });
    });
  }

  #wake(): void {
    const wakes = [...this.#wakes];
    this.#wakes.clear();
    for (const wake of wakes) wake();
  }

  #beat(): void {
    const askedMs = this.#askedMs;
    const nowMs = this.#ports.clock.nowMs();
    this.#askedMs = nowMs;
    for (const lane of this.#ports.lanes()) {
      if (lane.state !== "connected" && lane.state !== "error") continue;
      const missed = askedMs !== undefined && lane.startedAtMs < askedMs && lane.lastHeardMs < askedMs;
      const isSilent = missed && lane.depth === 0;
      this.#line(lane, !isSilent && lane.state === "connected");
      if (isSilent) this.#silent(lane, nowMs);
      lane.host.send({ kind: "report" });
    }
  }

  #line(lane: Lane, ok: boolean): void {
    const depth = Math.max(lane.depth, lane.status?.depth ?? 0);
    const text = `${lane.label} Heartbeat: connection ${ok ? "OK" : "FAILED"}, queue depth: ${String(depth)}`;
    this.#ports.log(ok ? "debug" : "warn", text);
  }

  #silent(lane: Lane, nowMs: number): void {
    const { configuration, kill } = this.#ports;
    const patienceMs = configuration.get("limits.deadline") + configuration.get("lanes.kill_after");
    if (nowMs - lane.lastHeardMs > patienceMs) kill(lane, "silent for longer than a request may last");
  }
}
