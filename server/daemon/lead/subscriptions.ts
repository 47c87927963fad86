// Events for those who subscribed: of runs, of changed tables, of the catalog, of lanes. Lanes send them on; they tell of changes only while somebody wants to hear.
import type { Lanes } from "./lanes.ts";
import { type Sessions, type Topic, topicsOf } from "./sessions.ts";

/** Who hears what. */
export class Subscriptions {
  readonly #sessions: Sessions;
  readonly #lanes: Lanes;

  constructor(sessions: Sessions, lanes: Lanes) {
    this.#sessions = sessions;
    this.#lanes = lanes;
  }

  /** Sends an event to those who subscribed to its topic. */
  publish(topic: Topic, data: unknown): void {
    const listeners = this.#sessions.all().filter((session) => session.topics.has(topic));
    if (listeners.length === 0) return;
    const text = JSON.stringify(data);
    for (const { id, lane } of listeners) lane?.host.send({ kind: "event", sessionId: id, topic, data: text });
  }

  /** A session wants to hear of these topics from now on, and of no others. */
  subscribe(sessionId: bigint, topics: readonly string[]): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    session.topics = topicsOf(topics);
    this.tellWatched();
  }

  /** Tells all lanes which changes anybody wants to hear of. A lane that starts is told too: at first it tells of none. */
  tellWatched(): void {
    for (const lane of this.#lanes.all) this.tellLane(lane);
  }

  /** Tells one lane. */
  tellLane(lane: Lanes["all"][number]): void {
    const topics = this.#sessions.topics();
    lane.host.send({ kind: "watched", tables: topics.has("tables"), catalog: topics.has("catalog") });
  }
}
