// The room of the daemon: connections become sessions, sessions live in lanes, lanes speak and are answered.
// Each kind of work has its own file; what is here is who hears what.
import { Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import type { ConfigKey } from "../../config/keys.ts";
import type { ControlFile } from "../../lanes/control-file.ts";
import type { FromLane, LeadAnswer } from "../../lanes/types.ts";
import { detachSocket } from "../../processes/detach-socket.ts";
import type { RunClock } from "../../runs/types.ts";
import type { AuditEvent } from "../../security/audit.ts";
import type { Authenticator } from "../../security/authenticate.ts";
import type { Sample } from "../metrics.ts";
import type { Lead, LeadOptions, LeadStatus } from "../types.ts";
import { type AnswerPorts, answerAsk } from "./answers.ts";
import { type AskGround, leadAction } from "./asks.ts";
import { Callers } from "./callers.ts";
import { ClientWatch } from "./client-watch.ts";
import { lanesStatus, leadOf, metricsOf } from "./figures.ts";
import { type Newcomer, refuse } from "./greeting.ts";
import { Handing } from "./handing.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Lane } from "./lane.ts";
import { LaneStatistics } from "./lane-statistics.ts";
import type { StartLaneHost } from "./lane-host.ts";
import { Lanes } from "./lanes.ts";
import type { ListGround } from "./lists.ts";
import { type Locks, makeLocks } from "./locks.ts";
import { LANE_START_KEYS } from "./opening.ts";
import { type LeadSession, Sessions, type Topic } from "./sessions.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Watchdog } from "./watchdog.ts";
import { CANNOT_TAKE, welcome } from "./welcome.ts";

/** What the room reaches the machine through. Tests hand in their own. */
export interface RoomPorts {
  readonly clock: RunClock;
  readonly startHost: StartLaneHost;
  readonly makeControlFile: (path: string) => ControlFile;
  readonly authenticator: Authenticator;
  /** Certificates for TCP; undefined: none. */
  readonly tls: TlsOptions | undefined;
  /** Path of the private socket through which TLS connections go to lanes. */
  readonly pairsPath: string;
}

/** A running Lead. */
export class Room implements Lead {
  readonly #options: LeadOptions;
  readonly #ports: RoomPorts;
  readonly #sessions = new Sessions();
  readonly #lanes: Lanes;
  readonly #locks: Locks;
  readonly #watchdog: Watchdog;
  readonly #heartbeat: Heartbeat;
  /** What looks around now and then. */
  readonly #clockwork: readonly { start(): void; stop(): void }[];
  readonly #statistics: LaneStatistics;
  readonly #callers: Callers;
  readonly #handing: Handing;
  readonly #subscriptions: Subscriptions;
  readonly #asked: AskGround;
  readonly #answers: AnswerPorts;
  readonly #startedAtMs: number;
  readonly #whenEmpty: (() => void)[] = [];

  constructor(options: LeadOptions, ports: RoomPorts) {
    const { configuration, place, log } = options;
    const { clock } = ports;
    this.#options = options;
    this.#ports = ports;
    this.#startedAtMs = clock.nowMs();
    this.#lanes = new Lanes({
      configuration,
      place,
      log,
      clock,
      startHost: ports.startHost,
      makeControlFile: ports.makeControlFile,
      onMessage: (lane, message, socket) => this.#hear(lane, message, socket),
      onLost: (lane, sessionIds) => this.#lost(lane, sessionIds),
      onState: (lane) => {
        this.#subscriptions.laneChanged(lane);
        this.publish("lanes", { label: lane.label, state: lane.over ? "ended" : lane.state });
      },
    });
    const sessions = this.#sessions;
    this.#subscriptions = new Subscriptions({ configuration, place, log, clock, sessions, lanes: this.#lanes });
    const kill = (lane: Lane, why: string): void => this.#lanes.kill(lane, why);
    const holdsLocks = (sessionId: bigint): boolean => this.#locks.of(sessionId).holds.length > 0;
    this.#watchdog = new Watchdog({ configuration, clock, log, kill, holdsLocks });
    this.#handing = new Handing({
      sessions: this.#sessions,
      lanes: this.#lanes,
      watchdog: this.#watchdog,
      clock,
      end: (sessionId) => this.#end(sessionId),
    });
    this.#statistics = new LaneStatistics({
      clock,
      database: place.name,
      lanes: () => this.#lanes.all,
      keep: (rows) => options.keepLaneNumbers?.(rows),
    });
    this.#heartbeat = new Heartbeat({ configuration, clock, log, kill, lanes: () => this.#lanes.all });
    const clients = new ClientWatch({ clock, sessions: () => this.#sessions.all(), watchdog: this.#watchdog });
    this.#clockwork = [this.#heartbeat, this.#statistics, clients];
    this.#locks = makeLocks(clock, (sessionId, code, message) =>
      this.#sessions.get(sessionId)?.lane?.host.send({ kind: "stopWaiting", sessionId, code, message }),
    );
    this.#callers = new Callers({
      configuration,
      sessions: () => this.#sessions.size,
      onNewcomer: (newcomer) => void this.#welcome(newcomer),
      onFailure: (error) => log("error", `A frame of a client could not be read: ${describe(error)}`),
      onCancel: (fields) => this.#cancel(BigInt(fields.session_id), fields.secret, fields.message_id),
    });
    this.#asked = {
      ground: async () => {
        await this.#heartbeat.ask();
        return this.#ground();
      },
      killSession: (id, why) => this.#killSession(id, why),
      lane: (label) => this.#lanes.find(label),
      leadLabel: () => this.#lanes.leadLabel,
      killLane: kill,
      bounds: (tag) => this.#lanes.bounds(tag),
      scale: (tag, bounds) => this.#lanes.scale(tag, bounds),
    };
    this.#answers = {
      log,
      life: options.life,
      control: (action, argument) => this.control(action, argument),
      note: (event) => this.note(event),
    };
  }

  /** Starts the lanes, then opens the doors. @throws GrizzlyError ServiceUnavailable; what was started is ended again. */
  async start(): Promise<void> {
    try {
      this.#subscriptions.start();
      await this.#lanes.start(this.#options.heldFor);
      if (this.#ports.tls !== undefined) await this.#handing.openPairs(this.#ports.pairsPath);
      for (const each of this.#clockwork) each.start();
      const { configuration, log, place } = this.#options;
      log("info", `${this.#lanes.leadLabel} [Lead] heartbeat every ${String(configuration.get("lanes.heartbeat"))} ms`);
      await this.#callers.open(place.socket, this.#ports.tls);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  hold(why: string): void {
    this.#lanes.hold(why);
  }

  databaseOpened(): Promise<void> {
    return this.#lanes.start();
  }

  status(): LeadStatus {
    return {
      ...lanesStatus(this.#lanes),
      sessions: this.#sessions.size,
      connecting: this.#callers.connecting,
      listening: this.#callers.listening,
    };
  }

  control(action: string, argument: unknown): Promise<unknown> {
    return leadAction(action, argument, this.#asked);
  }

  note(event: AuditEvent): void {
    this.#ports.authenticator.note(event);
  }

  metrics(): readonly Sample[] {
    return metricsOf(this.#lanes, this.#sessions.size, this.#callers.counts, this.#subscriptions.counts);
  }

  publish(topic: Topic, data: unknown): void {
    this.#subscriptions.publish(topic, data);
  }

  changed(tables: readonly string[], catalog: boolean): void {
    this.#subscriptions.changed({ tables, unknown: false, epoch: undefined });
    if (catalog) this.publish("catalog", {});
  }

  reload(keys: readonly ConfigKey[]): void {
    if (keys.some((key) => LANE_START_KEYS.test(key))) this.#lanes.renew();
    else if (keys.some((key) => key.startsWith("lanes."))) this.#lanes.fit();
  }

  async stopAccepting(): Promise<void> {
    this.#callers.close();
    this.#lanes.close();
    // While there is somebody who keeps their numbers: what lanes say is heard in order.
    this.#statistics.take();
    await this.#heartbeat.ask();
  }

  async drain(graceMs: number): Promise<void> {
    // Sessions end after what they do now; the lanes stay for `stop`, which ends them in their order.
    for (const { host } of this.#lanes.all) host.send({ kind: "drain", goodbye: true, stay: true });
    if (this.#sessions.size === 0) return;
    const empty = new Promise<void>((resolve) => void this.#whenEmpty.push(resolve));
    const stopTimer = this.#ports.clock.timer(graceMs, () => {
      for (const session of this.#sessions.all()) this.#killSession(session.id, "The daemon is shutting down.");
    });
    await empty.finally(stopTimer);
  }

  async stop(): Promise<void> {
    await this.stopAccepting();
    for (const each of this.#clockwork) each.stop();
    this.#subscriptions.stop();
    await this.#lanes.stop();
    this.#handing.close();
    await this.#ports.authenticator.close();
  }

  async #welcome(newcomer: Newcomer): Promise<void> {
    const { connection, messageId } = newcomer;
    if (connection instanceof Socket && !newcomer.tls) detachSocket(connection);
    else connection.pause();
    let session: LeadSession | undefined;
    try {
      const facts = await welcome(newcomer, this.#options.place, this.#ports.authenticator);
      session = this.#sessions.open(facts, this.#ports.clock.nowMs());
      this.#subscriptions.activity(session.id);
      const lane = await this.#lanes.laneFor(facts.wanted);
      const socket = await this.#handing.plainSocket(newcomer);
      this.#handing.give(session, lane, socket, {
        pending: newcomer.pending,
        greet: true,
        messageId: BigInt(messageId),
      });
    } catch (error) {
      if (session !== undefined) this.#end(session.id);
      if (!(error instanceof GrizzlyError)) this.#options.log("error", `A connection was refused: ${describe(error)}`);
      const known = error instanceof GrizzlyError ? error : CANNOT_TAKE;
      this.#callers.refused(known.code);
      const { code, message, help, retryable = false } = known;
      refuse(connection, messageId, { code, message, help, retryable });
    }
  }

  #hear(lane: Lane, message: FromLane, socket: Socket | undefined): void {
    switch (message.kind) {
      case "sessionBack":
        return void this.#handing.moved(lane, message, socket);
      case "sessionEnded":
        return this.#end(message.sessionId);
      case "began":
        this.#watchdog.began(lane, message);
        this.#subscriptions.activity(message.sessionId);
        return this.#lanes.relieve(lane);
      case "ended":
        this.#watchdog.ended(lane, message.sessionId, message.messageId);
        this.#subscriptions.activity(message.sessionId);
        return this.#lanes.touched(lane);
      case "lock": {
        const answer = (given: LeadAnswer): void =>
          lane.host.send({ kind: "answer", askId: message.askId, answer: given });
        this.#subscriptions.activity(message.sessionId);
        return this.#locks.acquire({ ...message, answer });
      }
      case "unlockAll":
      case "stopLocking":
      case "waiting":
      case "writing":
        this.#subscriptions.activity(message.sessionId);
        return this.#locks.told(message);
      case "ask":
        return void answerAsk(message, this.#answers).then((answer) =>
          lane.host.send({ kind: "answer", askId: message.askId, answer }),
        );
      case "subscribe":
        return this.#subscriptions.subscribe(message.sessionId, message.topics);
      case "changed":
        return this.#subscriptions.changed(message);
      case "status":
        lane.status = message.status;
        this.#lanes.connection(lane, message.status.fault);
        return this.#heartbeat.heard(lane);
      case "numbers":
        return this.#statistics.heard(lane, message.numbers);
      case "log":
        return this.#options.log(message.level, `${lane.label} ${message.text}`);
      case "opened":
      case "failed":
        return; // The lanes themselves have heard these.
    }
  }

  #cancel(sessionId: bigint, secret: Uint8Array, messageId: number | bigint | undefined): string | undefined {
    const session = this.#sessions.withSecret(sessionId, secret);
    if (session === undefined) return `There is no session ${String(sessionId)} with this secret.`;
    if (session.lane !== undefined)
      this.#watchdog.cancel(session.lane, sessionId, messageId === undefined ? undefined : BigInt(messageId));
    return undefined;
  }

  #killSession(id: bigint, why: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    session.lane?.host.send({ kind: "endSession", sessionId: id, code: "killed", message: why });
    // What it runs must end for the lane to hear of it.
    if (session.lane !== undefined) this.#watchdog.cancel(session.lane, id, undefined);
    return true;
  }

  #lost(lane: Lane, sessionIds: readonly bigint[]): void {
    this.#watchdog.gone(lane);
    for (const id of sessionIds) this.#end(id);
  }

  #end(id: bigint): void {
    this.#locks.release(id);
    this.#subscriptions.activity(id);
    const session = this.#sessions.close(id);
    if (session?.lane !== undefined) {
      this.#watchdog.left(session.lane, id);
      this.#lanes.touched(session.lane);
    }
    if (session !== undefined && session.topics.size > 0) this.#subscriptions.tellWatched();
    if (this.#sessions.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #ground(): ListGround {
    return {
      lead: leadOf(this.#lanes),
      startedAtMs: this.#startedAtMs,
      lanes: this.#lanes.all,
      sessions: this.#sessions.all(),
      locks: this.#locks,
      events: this.#subscriptions.counts,
    };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
