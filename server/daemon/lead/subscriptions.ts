// Events for those who want them: sessions that subscribed, and the result caches of lanes. Of runs, of changed tables, of the catalog, of lanes, of sessions.
// Lanes send them on; they tell of changes only while somebody wants to hear.
import type { FromLane, ToLane } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import { type Consumer, consumerOf, EventCounts } from "./event-counts.ts";
import type { Configuration } from "../../config/types.ts";
import { commitJournalPath } from "../place.ts";
import type { Log, MountPlace } from "../types.ts";
import { ForeignCommits } from "./foreign-commits.ts";
import type { Lanes } from "./lanes.ts";
import { type Sessions, type Topic, topicsOf } from "./sessions.ts";

/** What changes the database: answers that were kept before are of no use any more. */
const MAKES_OLD: ReadonlySet<Topic> = new Set(["tables", "catalog", "runs"]);
/** Events of what sessions do are told together. */
const ACTIVITY_MS = 500;

/** What subscriptions are made from. */
export interface SubscriptionPorts {
  readonly sessions: Sessions;
  readonly lanes: Lanes;
  readonly clock: RunClock;
  readonly configuration: Configuration;
  readonly place: MountPlace;
  readonly log: Log;
}

/** Who hears what. */
export class Subscriptions {
  readonly counts = new EventCounts();
  readonly #ports: SubscriptionPorts;
  /** Of the catalog, as the last event told. */
  #epoch = 0;
  #stopActivity: (() => void) | undefined;
  /** Finds the commits that no lane tells of. */
  readonly #foreign: ForeignCommits;
  /** True: the gateway keeps answers, and wants every commit noted. */
  readonly #alwaysTables: boolean;

  constructor(ports: SubscriptionPorts) {
    const { configuration, place, log, clock } = ports;
    this.#ports = ports;
    this.#alwaysTables = configuration.get("gateway.listen") !== undefined && configuration.get("gateway.cache") > 0;
    this.#foreign = new ForeignCommits({
      database: place.database,
      journalPath: commitJournalPath(place),
      clock,
      tell: () => this.changed({ tables: [], unknown: true, epoch: undefined }),
      warn: (text) => log("warn", text),
    });
  }

  /** Before the lanes start: they note their commits in what is made here. */
  start(): void {
    this.#foreign.open();
  }

  /** Tells an event once to everybody whom it concerns. */
  publish(topic: Topic, data: unknown): void {
    const { sessions, lanes, clock } = this.#ports;
    const told: Consumer[] = [];
    if (MAKES_OLD.has(topic))
      for (const lane of lanes.all.filter(isCache)) {
        lane.host.send({ kind: "invalidate" });
        told.push("cache");
      }
    const listeners = sessions.all().filter((session) => session.topics.has(topic));
    const text = listeners.length === 0 ? "" : JSON.stringify(data);
    for (const { id, lane, clientName } of listeners) {
      if (lane === undefined) continue;
      lane.host.send({ kind: "event", sessionId: id, topic, data: text });
      told.push(consumerOf(clientName));
    }
    this.counts.count(topic, told, clock.nowMs());
  }

  /** Something was committed: in these tables, in others too that nobody can name, or in the catalog. */
  changed({ tables, unknown, epoch }: Omit<Extract<FromLane, { kind: "changed" }>, "kind">): void {
    if (tables.length > 0 || unknown) this.publish("tables", unknown ? { tables, unknown } : { tables });
    if (this.#isNews(epoch)) this.publish("catalog", {});
    // What was written may be what somebody has a feed of: whoever has one looks.
    if (tables.length > 0 || unknown) this.publish("feeds", {});
  }

  /** True for an epoch of the catalog that nobody has told of yet: each session that notices a change tells of it. */
  #isNews(epoch: number | undefined): boolean {
    if (epoch === undefined || epoch <= this.#epoch) return false;
    this.#epoch = epoch;
    return true;
  }

  /**
   * A session came, went, began or ended something that lasts, or took a lock: `sessions` is published soon, once for all that happens meanwhile.
   * What those do who look on is no news to them: else their looking would have no end.
   */
  activity(sessionId: bigint): void {
    const { sessions, clock } = this.#ports;
    if (this.#stopActivity !== undefined || sessions.get(sessionId)?.topics.has("sessions") === true) return;
    if (!sessions.topics().has("sessions")) return;
    this.#stopActivity = clock.timer(ACTIVITY_MS, () => {
      this.#stopActivity = undefined;
      this.publish("sessions", {});
    });
  }

  /** A session wants to hear of these topics from now on, and of no others. */
  subscribe(sessionId: bigint, topics: readonly string[]): void {
    const session = this.#ports.sessions.get(sessionId);
    if (session === undefined) return;
    session.topics = topicsOf(topics);
    this.tellWatched();
  }

  /** Tells all lanes which changes anybody wants to hear of. A lane that starts is told too: at first it tells of none. */
  tellWatched(): void {
    const watched = this.#watched();
    for (const lane of this.#ports.lanes.all) lane.host.send({ kind: "watched", ...watched });
  }

  /** The state of a lane has changed: a new lane is told what is watched, all of them when caches come or go. */
  laneChanged(lane: Lanes["all"][number]): void {
    if (lane.tag === "cache") this.tellWatched();
    else if (lane.state === "connected") lane.host.send({ kind: "watched", ...this.#watched() });
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#stopActivity?.();
    this.#foreign.close();
  }

  #watched(): Omit<Extract<ToLane, { kind: "watched" }>, "kind"> {
    const { sessions, lanes } = this.#ports;
    const topics = sessions.topics();
    const caches = lanes.all.some(isCache);
    const heard = topics.has("tables") || topics.has("feeds");
    // Caches look at the log themselves.
    this.#foreign.watch(heard);
    const tables = this.#alwaysTables || caches || heard;
    return {
      tables,
      catalog: caches || topics.has("catalog"),
      journal: tables ? this.#foreign.journalPath : undefined,
    };
  }
}

function isCache(lane: Lanes["all"][number]): boolean {
  return lane.tag === "cache" && lane.open;
}
