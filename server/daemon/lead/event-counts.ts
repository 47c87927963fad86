// What became of events: how many were published by topic, and how many each kind of consumer got. One change is one event, whoever hears of it.
import { type Topic, TOPICS } from "./sessions.ts";

/** Kinds of consumers: result caches of lanes, the terminal interface, all other sessions that subscribed. */
export const CONSUMERS = ["cache", "tui", "subscription"] as const;
export type Consumer = (typeof CONSUMERS)[number];

/** Name under which the terminal interface connects: it shows in lists of sessions and here. */
export const TUI_CLIENT_NAME = "gobi tui";

/** The kind of a session that subscribed, by the name that its client gave. */
export function consumerOf(clientName: string | undefined): Consumer {
  return clientName === TUI_CLIENT_NAME ? "tui" : "subscription";
}

/** Counts of one topic. */
export interface TopicCounts {
  readonly published: number;
  readonly lastAtMs: number | undefined;
  readonly delivered: Readonly<Record<Consumer, number>>;
}

/** Counts since the Lead started. */
export class EventCounts {
  readonly #topics = new Map<
    Topic,
    { published: number; lastAtMs: number | undefined; delivered: Record<Consumer, number> }
  >(
    TOPICS.map((topic) => [
      topic,
      { published: 0, lastAtMs: undefined, delivered: { cache: 0, tui: 0, subscription: 0 } },
    ]),
  );

  /** One event, and who got it. */
  count(topic: Topic, consumers: readonly Consumer[], atMs: number): void {
    const counts = this.#topics.get(topic);
    if (counts === undefined) return;
    counts.published += 1;
    counts.lastAtMs = atMs;
    for (const consumer of consumers) counts.delivered[consumer] += 1;
  }

  /** By topic. */
  all(): ReadonlyMap<Topic, TopicCounts> {
    return this.#topics;
  }
}
