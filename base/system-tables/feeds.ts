// Tables of feeds: what somebody wants to hear of, how far he has heard, and the events that wait for him.
import type { SystemTableRow } from "./row.ts";

/** Tables of feeds. */
export const FEED_TABLES = {
  event_feeds: {
    source: "stored",
    since: 5,
    key: ["name"],
    uniques: [],
    columns: {
      name: "string",
      kind: "string",
      target: "string",
      position: "int",
      delivered: "int",
      failed: "int",
      last_error: "string?",
      owner_id: "string?",
      created_at: "timestamp",
    },
    doc: "Feeds of events by name: what each is about (TABLE_CHANGE of a table, CUSTOM_EVENT of an event, DEADLOCK_DETECTED), up to which event its consumer has confirmed, and how often the consumer failed.",
  },
  change_log: {
    source: "stored",
    since: 5,
    key: ["sequence_id"],
    uniques: [],
    columns: {
      sequence_id: "int",
      table_name: "string",
      operation: "string",
      data: "json",
      timestamp: "timestamp",
    },
    doc: "Events that wait for the consumers of feeds, in the order of their commits: written by triggers in the file, whatever program writes, and deleted when all have confirmed them.",
  },
} as const satisfies Record<string, SystemTableRow>;
