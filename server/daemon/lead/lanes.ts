// The lanes of the Lead: started when wanted, replaced when they die, drained and ended when they have nothing to do.
// Which sessions are in them is told from outside; requests are the watchdog's.
import { join } from "node:path";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import type { Configuration } from "../../config/types.ts";
import type { ControlFile } from "../../lanes/control-file.ts";
import { type FromLane, LANE_TAGS, type LaneTag } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Log, MountPlace } from "../types.ts";
import { Changes } from "./changes.ts";
import { freeNumber, laneLabel, leadLabel } from "./labels.ts";
import { Lane, type LaneBounds, STATE_WORDS } from "./lane.ts";
import type { StartLaneHost } from "./lane-host.ts";
import { LeadState } from "./lead-state.ts";
import { hostOptions, laneOpening } from "./opening.ts";
import { Restarts } from "./restarts.ts";
import { chooseLane, isCrowded, surplus, wantsMore } from "./routing.ts";
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";

/** What the lanes need. */
export interface LanesPorts {
  readonly configuration: Configuration;
  readonly place: MountPlace;
  readonly clock: RunClock;
  readonly log: Log;
  readonly startHost: StartLaneHost;
  readonly makeControlFile: (path: string) => ControlFile;
  /** What a lane says, but for what concerns its own life. */
  readonly onMessage: (lane: Lane, message: FromLane, socket: Socket | undefined) => void;
  /** A lane has ended with these sessions in it. */
  readonly onLost: (lane: Lane, sessionIds: readonly bigint[]) => void;
  /** The state of a lane has changed. */
  readonly onState: (lane: Lane) => void;
}

/** Order of start: of lanes that many short requests need first. They end the other way round. */
const START_ORDER: readonly LaneTag[] = ["cache", "fast", "medium", "slow"];
/** A lane that has not opened its database by then is killed. */
const OPEN_MAX_MS = 30_000;
/** A session waits for a lane so long. */
const PATIENCE_MS = 20_000;
/** A lane that was told to leave has so long before it is killed. */
const LEAVE_MAX_MS = 2000;

/** The lanes of one database. */
export class Lanes {
  readonly #ports: LanesPorts;
  readonly #lanes: Lane[] = [];
  readonly #lead: LeadState;
  readonly #changes: Changes;
  readonly #restarts: Restarts;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #replaced = 0;

  constructor(ports: LanesPorts) {
    this.#ports = ports;
    this.#changes = new Changes(ports.clock);
    this.#restarts = new Restarts(ports.clock);
    this.#lead = new LeadState(ports.configuration, ports.log, () => this.leadLabel);
  }

  get all(): readonly Lane[] {
    return this.#lanes;
  }

  /** Lanes that died and were started again. */
  get replaced(): number {
    return this.#replaced;
  }

  /** The Lead's own state. */
  get leadState(): Lane["state"] {
    return this.#lead.state;
  }

  /** Label of the Lead as lanes are now. */
  get leadLabel(): string {
    return leadLabel(this.#ports.place.name, new Set(this.#lanes.map((lane) => lane.tag)));
  }

  find(label: string): Lane | undefined {
    return this.#lanes.find((lane) => lane.label === label);
  }

  /** Crashes in a row of the tag's lanes. */
  crashes(tag: LaneTag): number {
    return this.#restarts.crashes(tag);
  }

  /** The least and the greatest number of lanes of a tag. */
  bounds(tag: LaneTag): LaneBounds {
    return this.#lead.bounds(tag);
  }

  /** Starts the least number of lanes; resolved when they have opened. @throws GrizzlyError ServiceUnavailable when one of them cannot. */
  async start(): Promise<void> {
    this.#lead.to("connecting");
    for (const tag of START_ORDER) this.#keepLeast(tag);
    const untilMs = this.#nowMs() + OPEN_MAX_MS;
    while (this.#lanes.some((lane) => lane.state === "connecting") && this.#nowMs() < untilMs)
      await this.#changes.next(untilMs - this.#nowMs());
    const open = (tag: LaneTag): number => this.#lanes.filter((lane) => lane.tag === tag && lane.open).length;
    const failed = LANE_TAGS.find((tag) => open(tag) < this.bounds(tag).min);
    if (failed !== undefined)
      throw new GrizzlyError("ServiceUnavailable", `A lane for ${failed} statements could not be started.`, {
        help: "The daemon's log says why.",
      });
    this.#lead.to("connected");
  }

  /**
   * The lane for a session that wants a tag; starts another one when all of the tag have something to do.
   * @throws GrizzlyError ServiceUnavailable (retryable) when there is none and none comes.
   */
  async laneFor(wanted: LaneTag): Promise<Lane> {
    const untilMs = this.#nowMs() + PATIENCE_MS;
    for (;;) {
      if (this.#lead.isStopping) throw unavailable("The daemon is shutting down.");
      const best = chooseLane(this.#lanes, wanted);
      if (best !== undefined && best.tags.includes(wanted) && best.depth === 0) {
        // Nobody waits for the other lane: when it is there, sessions move to it.
        if (isCrowded(this.#lanes, wanted, availableParallelism())) this.#startMore(wanted, true);
        return best;
      }
      const coming = this.#startMore(wanted);
      const patient = this.#nowMs() < untilMs;
      if (best !== undefined && !(coming && patient)) return best;
      if (!patient || (!coming && !this.#anyComing())) throw unavailable("No lane can take the session now.");
      await this.#changes.next(untilMs - this.#nowMs());
    }
  }

  /** A request of this lane lasts: when others wait behind it and no lane of the tag is free, one more is started. */
  relieve(lane: Lane): void {
    if (lane.sessions > 1) this.#startMore(lane.tag);
  }

  /** A lane has looked at its connection: one that does not work gets no sessions until it does again. */
  connection(lane: Lane, fault: string | undefined): void {
    if (fault !== undefined && lane.state === "connected") this.#state(lane, "error", fault);
    else if (fault === undefined && lane.state === "error" && !lane.failed) this.#state(lane, "connected", undefined);
  }

  /** Sessions or requests of a lane have become more or fewer. */
  touched(lane: Lane): void {
    lane.stopIdleTimer?.();
    lane.stopIdleTimer = undefined;
    if (lane.depth === 0) this.#changes.tell();
    if (lane.sessions > 0 || lane.depth > 0 || !lane.open || !this.#aboveLeast(lane.tag)) return;
    lane.stopIdleTimer = this.#ports.clock.timer(this.#ports.configuration.get("lanes.scale_down_after"), () => {
      if (lane.open && lane.sessions === 0 && this.#aboveLeast(lane.tag)) this.drain(lane, "nothing to do", false);
    });
  }

  /** Bounds of a tag from now on, until the next start of the daemon. */
  scale(tag: LaneTag, bounds: LaneBounds): void {
    this.#lead.scale(tag, bounds);
    this.fit();
  }

  /** Starts and drains lanes as the bounds are now. */
  fit(): void {
    for (const tag of START_ORDER) {
      this.#keepLeast(tag);
      const open = this.#lanes.filter((lane) => lane.tag === tag && lane.ending === undefined);
      const surplus = open.slice(this.bounds(tag).max).toReversed();
      for (const lane of surplus) this.drain(lane, "above the greatest number", false);
      for (const lane of open) this.touched(lane);
    }
  }

  /** Replaces each lane: what it was told at its start has changed. */
  renew(): void {
    for (const lane of this.#lanes.filter((each) => each.ending === undefined)) this.drain(lane, "renewed", false);
    for (const tag of START_ORDER) this.#keepLeast(tag);
  }

  /** Takes a lane out of the routing, lets it end its work, give its sessions back and leave. */
  drain(lane: Lane, why: string, goodbye: boolean): void {
    if (lane.state === "connecting") return this.kill(lane, why);
    lane.ending ??= why;
    this.#state(lane, "shutting_down", why);
    lane.host.send({ kind: "drain", goodbye, stay: false });
  }

  /** Ends a lane's process at once; its sessions are lost. */
  kill(lane: Lane, why: string): void {
    lane.ending ??= why;
    this.#state(lane, "shutting_down", why);
    lane.host.kill();
  }

  /** No lane is started any more. */
  close(): void {
    this.#lead.to("shutting_down");
    this.#restarts.close();
    this.#changes.tell();
  }

  /** Ends all lanes, the last one started first. Resolved when no process of a lane is left. */
  async stop(): Promise<void> {
    this.close();
    for (const lane of this.#lanes.toReversed()) {
      this.drain(lane, "shutting down", true);
      const untilMs = this.#nowMs() + LEAVE_MAX_MS;
      while (this.#lanes.includes(lane) && this.#nowMs() < untilMs) await this.#changes.next(untilMs - this.#nowMs());
      if (this.#lanes.includes(lane)) this.kill(lane, "did not leave in time");
    }
    while (this.#lanes.length > 0) await this.#changes.next(LEAVE_MAX_MS);
  }

  #start(tag: LaneTag): boolean {
    const number = freeNumber(new Set(this.#lanes.map((lane) => lane.number)));
    if (number === undefined) return false;
    const { place, configuration, clock } = this.#ports;
    const label = laneLabel(place.name, number, [tag]);
    const files = join(place.runtimeFolder, `${place.instance}.lane-${String(number).padStart(2, "0")}`);
    const path = `${files}.control`;
    const control = this.#ports.makeControlFile(path);
    this.#lastStartMs = clock.monotonicMs();
    const host = this.#ports.startHost(label, hostOptions(configuration, tag, `${files}.sock`), {
      message: (message, socket) => this.#hear(lane, message, socket),
      line: (text) => this.#ports.log("warn", `${label} ${text}`),
      ended: (how) => this.#ended(lane, how),
    });
    const lane = new Lane({ number, label, tag, host, control, nowMs: this.#nowMs() });
    this.#lanes.push(lane);
    this.#ports.log("info", `${label} connecting (pid ${String(host.pid)})`);
    host.send({ kind: "open", opening: laneOpening(configuration, place, lane, path) });
    lane.stopStartTimer = clock.timer(OPEN_MAX_MS, () => {
      if (lane.state === "connecting" && !lane.over) {
        this.#ports.log("error", `${label} has not opened the database within ${String(OPEN_MAX_MS / 1000)} s.`);
        lane.host.kill();
      }
    });
    this.#ports.onState(lane);
    return true;
  }

  #hear(lane: Lane, message: FromLane, socket: Socket | undefined): void {
    lane.lastHeardMs = this.#nowMs();
    switch (message.kind) {
      case "opened":
        if (lane.ending === undefined) this.#state(lane, "connected", undefined);
        this.#balance(lane.tag);
        this.touched(lane);
        return;
      case "failed":
        lane.failed = true;
        this.#state(lane, "error", message.message);
        lane.host.kill();
        return;
      default:
        this.#ports.onMessage(lane, message, socket);
    }
  }

  /** A lane has come: some sessions of the fullest one move there, those first that have nothing to do. */
  #balance(tag: LaneTag): void {
    const found = surplus(this.#lanes, tag);
    if (found === undefined) return;
    const idle = [...found.from.sessionIds].filter((id) => !found.from.inFlight.has(id));
    found.from.host.send({ kind: "giveBack", sessionIds: idle.slice(-found.count) });
  }

  #ended(lane: Lane, how: string): void {
    const { log } = this.#ports;
    this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    lane.over = true;
    lane.stopIdleTimer?.();
    lane.stopStartTimer?.();
    lane.control.close();
    const lost = [...lane.sessionIds];
    lane.sessionIds.clear();
    const sessions =
      lost.length === 0 ? "" : ` with ${String(lost.length)} ${lost.length === 1 ? "session" : "sessions"}`;
    const expected = lane.ending !== undefined;
    const why = lane.ending === undefined ? "" : ` (${lane.ending})`;
    log(expected ? "info" : "error", `${lane.label} ${how}${sessions}${why}`);
    if (!expected) this.#restarts.crashed(lane.tag, this.#nowMs() - lane.startedAtMs);
    this.#ports.onLost(lane, lost);
    this.#ports.onState(lane);
    if (!this.#lead.isStopping && this.#count(lane.tag) < this.bounds(lane.tag).min) {
      this.#replaced += 1;
      this.#keepLeast(lane.tag);
    }
    this.#changes.tell();
  }

  #state(lane: Lane, state: Lane["state"], why: string | undefined): void {
    if (lane.state === state) return;
    lane.state = state;
    const words = STATE_WORDS[state];
    this.#ports.log(words.level, `${lane.label} ${words.text}${why === undefined ? "" : `: ${why}`}`);
    this.#ports.onState(lane);
    this.#changes.tell();
  }

  /** Starts lanes until the least number is there; after crashes when their pause is over. */
  #keepLeast(tag: LaneTag): void {
    while (!this.#lead.isStopping && this.#count(tag) < this.bounds(tag).min) {
      if (this.#restarts.pauseMs(tag) > 0) return this.#retry(tag);
      if (!this.#start(tag)) return;
    }
  }

  #retry(tag: LaneTag): void {
    const pauseMs = this.#restarts.pauseMs(tag);
    if (!this.#restarts.later(tag, () => this.#keepLeast(tag))) return;
    this.#ports.log(
      "error",
      `${this.leadLabel} lanes for ${tag} statements have died ${String(this.crashes(tag))} times in a row soon after their start; the next one starts in ${String(pauseMs)} ms.`,
    );
  }

  /** True when a lane of the tag is on its way, started now or before. */
  #startMore(tag: LaneTag, crowded = false): boolean {
    const starting = this.#lanes.some((lane) => lane.tag === tag && lane.state === "connecting");
    if (starting || !(crowded || wantsMore(this.#lanes, tag)) || this.#count(tag) >= this.bounds(tag).max)
      return starting;
    if (this.#restarts.pauseMs(tag) > 0) return false;
    const sinceMs = this.#ports.clock.monotonicMs() - this.#lastStartMs;
    const none = this.#count(tag) === 0;
    if (!none && sinceMs < this.#ports.configuration.get("lanes.scale_cooldown")) return false;
    return this.#start(tag);
  }

  #anyComing(): boolean {
    return this.#restarts.pending || this.#lanes.some((lane) => lane.state === "connecting");
  }

  /** Lanes of a tag that are there to stay. */
  #count(tag: LaneTag): number {
    return this.#lanes.filter((lane) => lane.tag === tag && lane.ending === undefined && !lane.failed).length;
  }

  #aboveLeast(tag: LaneTag): boolean {
    return this.#count(tag) > this.bounds(tag).min;
  }

  #nowMs(): number {
    return this.#ports.clock.nowMs();
  }
}

function unavailable(message: string): GrizzlyError {
  return new GrizzlyError("ServiceUnavailable", message, { retryable: true });
}
