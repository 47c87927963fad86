// What a daemon knows of itself: its lanes, sessions, locks and transactions. Sessions outside of a daemon see them empty.
// The columns are the fields of the Lead's lists (server/daemon/lead/lists.ts), where times are milliseconds since 1970.
import type { SystemTableRow } from "./row.ts";

/** Tables of the daemon. */
export const DAEMON_TABLES = {
  lanes: {
    source: "computed",
    key: ["label"],
    uniques: [],
    columns: {
      label: "string",
      number: "int",
      tags: "string",
      host: "string",
      state: "string",
      pid: "int?",
      sessions: "int",
      depth: "int",
      submitted: "int",
      completed: "int",
      failed: "int",
      timeouts: "int",
      rejected: "int",
      cache_hits: "int",
      cache_misses: "int",
      wait_ms_mean: "float",
      wait_ms_max: "float",
      execute_ms_mean: "float",
      execute_ms_p95: "float",
      execute_ms_max: "float",
      rss_bytes: "int?",
      cache_answers: "int",
      started_at: "timestamp",
      note: "string?",
    },
    listed: [
      "label",
      "state",
      "pid",
      "sessions",
      "depth",
      "submitted",
      "completed",
      "failed",
      "execute_ms_p95",
      "rss_bytes",
      "note",
    ],
    doc: "The Lead of the daemon and its lanes: what they are for, what they have done, how long requests waited and took; `note` says why one has no connection.",
  },
  events: {
    source: "computed",
    key: ["topic", "consumer"],
    uniques: [],
    columns: {
      topic: "string",
      consumer: "string",
      published: "int",
      delivered: "int",
      consumers: "int",
      last_at: "timestamp?",
    },
    doc: "Events of the daemon since its start, by topic and kind of consumer (cache, tui, subscription): how many were published, how many came to consumers of the kind, and how many of those there are.",
  },
  sessions: {
    source: "computed",
    key: ["session_id"],
    uniques: [],
    columns: {
      session_id: "int",
      user: "string",
      client: "string?",
      transport: "string",
      peer: "string?",
      lane: "string?",
      state: "string",
      connected_at: "timestamp",
      last_seen: "timestamp",
      message_id: "string?",
      started_at: "timestamp?",
      text: "string?",
      holds: "string?",
      waits_for: "string?",
    },
    doc: "Sessions of the daemon: whose they are, in which lane, what they run and what they wait for.",
  },
  locks: {
    source: "computed",
    key: ["object", "session_id", "state"],
    uniques: [],
    columns: {
      object: "string",
      mode: "string",
      state: "string",
      session_id: "int",
      user: "string?",
      since: "timestamp",
    },
    doc: "Locks of LOCK and the write lock of the database (`write`), held or waited for.",
  },
  transactions: {
    source: "computed",
    key: ["session_id"],
    uniques: [],
    columns: {
      session_id: "int",
      user: "string",
      lane: "string?",
      writing: "bool",
      since: "timestamp?",
      locks: "int",
    },
    doc: "Sessions inside a transaction.",
  },
} as const satisfies Record<string, SystemTableRow>;

/** Name of a table of the daemon. */
export type DaemonTable = keyof typeof DAEMON_TABLES;

/** Columns of such a table that LIST and SHOW give. */
export function listedColumns(table: DaemonTable): readonly string[] {
  const row: SystemTableRow = DAEMON_TABLES[table];
  return row.listed ?? Object.keys(row.columns);
}

/** True for such a name. */
export function isDaemonTable(name: string): name is DaemonTable {
  return Object.hasOwn(DAEMON_TABLES, name);
}
