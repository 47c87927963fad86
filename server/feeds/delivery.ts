// What a consumer of a feed is given, and what it says of it.
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable } from "../catalog/schema.ts";
import { dataOf } from "../runs/writes/rows.ts";
import { numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { eventsOf, type Feed, findFeed, sweep } from "./feeds.ts";

/** Events of one answer, and bytes of their data together: an answer is one frame. */
const EVENTS_MAX = 500;
const BYTES_MAX = 4_000_000;

/** An event. */
export interface FeedEvent {
  readonly sequence_id: number;
  readonly table_name: string;
  readonly operation: string;
  /** `{"new": {…}}`, `{"old": {…}, "new": {…}}`, `{"old": {…}}`, or what the event was given. Null when it is too large. */
  readonly data: unknown;
  readonly timestamp: string;
  /** Bytes of data that is too large to be told. */
  readonly data_bytes?: number;
}

/** The next events behind what was confirmed, in the order of their commits. @throws EngineError. */
export function readFeed(connection: Connection, feed: Feed, most: number): readonly FeedEvent[] {
  const { where, values } = eventsOf(feed);
  const count = Math.max(1, Math.min(Math.trunc(most), EVENTS_MAX));
  const rows = readRows(
    connection,
    `SELECT sequence_id, table_name, operation, CASE WHEN bytes <= ${BYTES_MAX} THEN data END, CAST(timestamp AS TEXT), bytes FROM (
       SELECT *, sum(min(bytes, ${BYTES_MAX})) OVER (ORDER BY sequence_id) - min(bytes, ${BYTES_MAX}) AS before FROM (
         SELECT *, octet_length(data) AS bytes FROM ${storedTable("change_log")}
         WHERE ${where} AND sequence_id > ? ORDER BY sequence_id LIMIT ?))
     WHERE before < ${BYTES_MAX} ORDER BY sequence_id`,
    [...values, feed.position, count],
  );
  return rows.map((row) => {
    const bytes = numberOf(row[5]);
    return {
      sequence_id: numberOf(row[0]),
      table_name: textOf(row[1]),
      operation: textOf(row[2]),
      data: bytes > BYTES_MAX ? null : dataOf(row[3]),
      timestamp: textOf(row[4]),
      ...(bytes > BYTES_MAX ? { data_bytes: bytes } : {}),
    };
  });
}

/** What a consumer says of events. */
export interface Confirmation {
  /** The last one that it need not be given again. */
  readonly sequence_id: number;
  readonly delivered: number;
  /** Events for which it failed, and the last of its errors. */
  readonly failed: number;
  readonly error: string | undefined;
}

/** Notes how far a consumer has come; a position never goes back. Inside the caller's transaction. @throws Trap NoSuchObject, WrongArguments; EngineError. */
export function confirmFeed(connection: Connection, name: string, confirmation: Confirmation): void {
  const feed = findFeed(connection, name);
  const { sequence_id: position, delivered, failed, error } = confirmation;
  const [last] = readRows(connection, `SELECT max(sequence_id) FROM ${storedTable("change_log")}`);
  if (position > Math.max(feed.position, last?.[0] === null ? 0 : numberOf(last?.[0])))
    throw trap("WrongArguments", `There is no event ${position} yet.`);
  writeRows(
    connection,
    `UPDATE ${storedTable("event_feeds")} SET position = max(position, ?), delivered = delivered + ?, failed = failed + ?, last_error = coalesce(?, last_error) WHERE name = ?`,
    [position, delivered, failed, error ?? null, name],
  );
  sweep(connection, feed);
}
