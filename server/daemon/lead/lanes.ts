// The lanes of the Lead: places that get a process when wanted, replaced when they die, drained and ended when they have nothing to do.
// Which sessions are in them is told from outside; requests are the watchdog's.
import { type FromLane, LANE_TAGS, type LaneTag } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Log } from "../types.ts";
import { Changes } from "./changes.ts";
import { endOf, type Lane, type LaneBounds, RESTS, STATE_WORDS } from "./lane.ts";
import { LeadState, notStarted, unavailable } from "./lead-state.ts";
import { killUnlessOpen, type LaneMaking, OPEN_MAX_MS, restingLane, startLane } from "./opening.ts";
import { Restarts } from "./restarts.ts";
import { processFor } from "./process-lane.ts";
import { Roster } from "./roster.ts";
import { chooseLane, RELIEF_AFTER_MS, wantsMore } from "./routing.ts";
import type { Socket } from "node:net";

/** What the lanes need. */
export interface LanesPorts extends LaneMaking {
  readonly clock: RunClock;
  readonly log: Log;
  /** What a lane says, but for what concerns its own life. */
  readonly onMessage: (lane: Lane, message: FromLane, socket: Socket | undefined) => void;
  /** A lane has ended with these sessions in it. */
  readonly onLost: (lane: Lane, sessionIds: readonly bigint[]) => void;
  /** The state of a lane has changed. */
  readonly onState: (lane: Lane) => void;
}

/** Order of start: of lanes that many short requests need first. They end the other way round. */
const START_ORDER: readonly LaneTag[] = ["cache", "fast", "medium", "slow"];
/** A session waits for a lane so long. */
const PATIENCE_MS = 20_000;
/** A lane that was told to leave has so long before it is killed. */
const LEAVE_MAX_MS = 2000;

/** The lanes of one database. */
export class Lanes {
  readonly #ports: LanesPorts;
  readonly #roster = new Roster();
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
    return this.#roster.all;
  }

  /** Lanes that died and were started again. */
  get replaced(): number {
    return this.#replaced;
  }

  /** The Lead's own state, and why it cannot serve its database. */
  get lead(): Pick<LeadState, "state" | "note"> {
    return this.#lead;
  }

  /** Label of the Lead as lanes are now. */
  get leadLabel(): string {
    return this.#roster.leadLabel(this.#ports.place.name);
  }

  find(label: string): Lane | undefined {
    return this.#roster.find(label);
  }

  /** Crashes in a row of the tag's lanes. */
  crashes(tag: LaneTag): number {
    return this.#restarts.crashes(tag);
  }

  /** The least and the greatest number of lanes of a tag. */
  bounds(tag: LaneTag): LaneBounds {
    return this.#lead.bounds(tag);
  }

  /** The database cannot be opened, which the sentence tells: sessions are told so until lanes are started. */
  hold(why: string): void {
    this.#lead.to("error", why);
  }

  /** Starts the least number of lanes, but for those that may rest, or holds; resolved when they have opened. @throws GrizzlyError ServiceUnavailable when one of them cannot. */
  async start(heldFor?: string): Promise<void> {
    if (heldFor !== undefined) return this.hold(heldFor);
    this.#lead.to("connecting");
    for (const tag of START_ORDER) this.#keepLeast(tag);
    const untilMs = this.#nowMs() + OPEN_MAX_MS;
    while (this.#roster.connecting() && this.#nowMs() < untilMs) await this.#changes.next(untilMs - this.#nowMs());
    for (const tag of LANE_TAGS) if (this.#roster.ready(tag) < this.bounds(tag).min) throw notStarted(tag);
    this.#lead.to("connected");
  }

  /**
   * The lane for a session that wants a tag; starts another one when all of the tag have something to do, or are crowded: sessions move there later.
   * @throws GrizzlyError ServiceUnavailable (retryable) when there is none and none comes.
   */
  async laneFor(wanted: LaneTag): Promise<Lane> {
    const untilMs = this.#nowMs() + PATIENCE_MS;
    for (;;) {
      if (this.#lead.isStopping) throw unavailable("The daemon is shutting down.");
      if (this.#lead.note !== undefined) throw unavailable(this.#lead.note);
      const best = chooseLane(this.all, wanted);
      if (best !== undefined && best.tags.includes(wanted) && best.depth === 0) {
        if (this.#roster.isCrowded(wanted)) this.#startMore(wanted, true);
        return best;
      }
      const coming = this.#startMore(wanted) || (best === undefined && this.#wakeAny());
      const patient = this.#nowMs() < untilMs;
      if (best !== undefined && !(coming && patient)) return best;
      if (!patient || (!coming && !this.#restarts.pending && !this.#roster.connecting()))
        throw unavailable("No lane can take the session now.");
      await this.#changes.next(untilMs - this.#nowMs());
    }
  }

  /** As `laneFor`, but where there are only threads a process beside them, if one comes. @throws GrizzlyError as `laneFor`. */
  async laneInProcess(wanted: LaneTag): Promise<Lane> {
    return processFor(await this.laneFor(wanted), {
      lanes: () => this.all,
      clock: this.#ports.clock,
      start: (tag) =>
        this.#lead.state === "connected" && this.#restarts.pauseMs(tag) === 0 && this.#start(tag, "extra"),
      change: (atMostMs) => this.#changes.next(atMostMs),
    });
  }

  /** A request of this lane lasts: when it goes on, others wait and no lane of the tag is free, one more is started. */
  relieve(lane: Lane): void {
    for (const other of this.all) if (other.tag === lane.tag) this.touched(other);
    const forMs = this.#nowMs() - (lane.busySinceMs ?? 0);
    this.#ports.clock.timer(Math.max(0, RELIEF_AFTER_MS - forMs), () => {
      if (lane.open && lane.sessions > 1) this.#startMore(lane.tag);
    });
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
    if (!this.#isSpare(lane)) return;
    lane.stopIdleTimer = this.#ports.clock.timer(this.#ports.configuration.get("lanes.scale_down_after"), () => {
      if (!this.#isSpare(lane)) return;
      if (this.all.some(({ tag, depth }) => tag === lane.tag && depth > 0)) return this.touched(lane);
      this.drain(lane, lane.sessions === 0 ? "nothing to do" : "others can take its sessions", false);
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
      if (!this.#lead.mayRest(tag)) for (const lane of this.#roster.resting(tag)) this.#start(tag, lane);
      this.#keepLeast(tag);
      const open = this.#roster.usual(tag).filter((lane) => lane.ending === undefined);
      const surplus = open.slice(this.bounds(tag).max).toReversed();
      for (const lane of surplus) this.drain(lane, "above the greatest number", false);
      for (const lane of open) this.touched(lane);
    }
  }

  /** Replaces each lane: what it was told at its start has changed. */
  renew(): void {
    for (const lane of this.#roster.running()) if (lane.ending === undefined) this.drain(lane, "renewed", false);
    for (const tag of START_ORDER) this.#keepLeast(tag);
  }

  /** Takes a lane out of the routing, lets it end its work, give its sessions back and leave. */
  drain(lane: Lane, why: string, goodbye: boolean): void {
    if (lane.resting) return this.#ended(lane, "ended");
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
    for (const lane of this.all.toReversed()) {
      this.drain(lane, "shutting down", true);
      const untilMs = this.#nowMs() + LEAVE_MAX_MS;
      while (this.all.includes(lane) && this.#nowMs() < untilMs) await this.#changes.next(untilMs - this.#nowMs());
      if (this.all.includes(lane)) this.kill(lane, "did not leave in time");
    }
    while (this.all.length > 0) await this.#changes.next(LEAVE_MAX_MS);
  }

  #start(tag: LaneTag, place?: Lane | "extra"): boolean {
    const resting = place === "extra" ? undefined : place;
    const number = resting?.number ?? this.#roster.freeNumber();
    if (number === undefined) return false;
    const { clock, log } = this.#ports;
    this.#lastStartMs = clock.monotonicMs();
    const lane = startLane(
      this.#ports,
      { number, tag, nowMs: this.#nowMs(), isExtra: place === "extra" },
      {
        message: (message, socket) => this.#hear(lane, message, socket),
        line: (text) => log("warn", `${lane.label} ${text}`),
        ended: (how) => this.#ended(lane, how),
      },
    );
    this.#roster.add(lane, resting);
    log("info", `${lane.label} connecting (pid ${String(lane.host.pid)})`);
    lane.stopStartTimer = killUnlessOpen(lane, clock, log);
    this.#ports.onState(lane);
    return true;
  }

  /** Makes a place for a lane. */
  #rest(tag: LaneTag): boolean {
    const number = this.#roster.freeNumber();
    if (number === undefined) return false;
    const lane = restingLane(this.#ports, { number, tag, nowMs: this.#nowMs(), isExtra: false });
    this.#roster.add(lane);
    this.#ports.log("info", `${lane.label} ${STATE_WORDS.disconnected.text}: ${RESTS}`);
    this.#ports.onState(lane);
    return true;
  }

  #hear(lane: Lane, message: FromLane, socket: Socket | undefined): void {
    lane.lastHeardMs = this.#nowMs();
    switch (message.kind) {
      case "opened":
        if (lane.ending === undefined) this.#state(lane, "connected", undefined);
        this.#roster.balance(lane.tag);
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

  #ended(lane: Lane, how: string): void {
    const { log } = this.#ports;
    this.#roster.remove(lane);
    lane.over = true;
    lane.stopIdleTimer?.();
    lane.stopStartTimer?.();
    lane.control.close();
    const lost = [...lane.sessionIds];
    lane.sessionIds.clear();
    const expected = lane.ending !== undefined || lane.resting;
    log(expected ? "info" : "error", endOf(lane, how, lost.length));
    if (!expected) this.#restarts.crashed(lane.tag, this.#nowMs() - lane.startedAtMs);
    this.#ports.onLost(lane, lost);
    this.#ports.onState(lane);
    if (!this.#lead.isStopping && this.#roster.count(lane.tag) < this.bounds(lane.tag).min) {
      // Who was in a lane that died comes again.
      if (expected || this.#restarts.pauseMs(lane.tag) > 0 || !this.#start(lane.tag)) this.#keepLeast(lane.tag);
      if (!expected || !this.#lead.mayRest(lane.tag)) this.#replaced += 1;
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

  /** Starts lanes until the least number is there, or makes places for those that may rest; after crashes when their pause is over. */
  #keepLeast(tag: LaneTag): void {
    while (!this.#lead.isStopping && this.#roster.count(tag) < this.bounds(tag).min) {
      if (this.#lead.mayRest(tag)) {
        if (!this.#rest(tag)) return;
        continue;
      }
      if (this.#restarts.pauseMs(tag) > 0) return this.#retry(tag);
      if (!this.#start(tag)) return;
    }
  }

  #retry(tag: LaneTag): void {
    const pauseMs = this.#restarts.pauseMs(tag);
    if (!this.#restarts.later(tag, () => this.#keepLeast(tag))) return;
    this.#ports.log("error", `${this.leadLabel} ${this.#restarts.inWords(tag, pauseMs)}`);
  }

  /** True when a lane of the tag is on its way, started now or before. */
  #startMore(tag: LaneTag, crowded = false): boolean {
    const starting = this.#roster.connecting(tag);
    if (starting || !(crowded || wantsMore(this.#roster.usual(tag), tag, this.#nowMs()))) return starting;
    const [resting] = this.#roster.resting(tag);
    if (resting === undefined && this.#roster.count(tag) >= this.bounds(tag).max) return false;
    if (this.#restarts.pauseMs(tag) > 0) return false;
    const sinceMs = this.#ports.clock.monotonicMs() - this.#lastStartMs;
    if (!this.#roster.none(tag) && sinceMs < this.#ports.configuration.get("lanes.scale_cooldown")) return false;
    return this.#start(tag, resting);
  }

  /** Starts one that rests, of whatever tag: there is nobody else. */
  #wakeAny(): boolean {
    return LANE_TAGS.some((tag) => this.#roster.resting(tag).length > 0 && this.#startMore(tag));
  }

  /** True for a lane that may end: nothing lasts in it, the tag keeps its least number, and its sessions have somewhere to go. */
  #isSpare(lane: Lane): boolean {
    const mayEnd =
      lane.isExtra || this.#lead.mayRest(lane.tag) || this.#roster.count(lane.tag) > this.bounds(lane.tag).min;
    return lane.open && lane.depth === 0 && mayEnd && this.#roster.canSpare(lane);
  }

  #nowMs(): number {
    return this.#ports.clock.nowMs();
  }
}
