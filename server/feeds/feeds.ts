// Feeds: what consumers want to hear of, kept in the database with how far each has heard. Several feeds of one table share its triggers; with the last one they go.
// A consumer reads what lies behind its position, does what it does, and confirms: what it has not confirmed it is given again (at least once, in the order of commits).
import { trap } from "../../bytecode/trap.ts";
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { capital } from "../catalog/routines.ts";
import { type CatalogPlace, catalogVersion, ensureCatalog, storedTable, timestampText } from "../catalog/schema.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import {
  type CaptureObject,
  DEADLOCK_OPERATION,
  EVENT_OPERATION,
  eventCapture,
  OPERATIONS,
  tableCapture,
} from "./capture.ts";

/** What feeds are about. */
export const FEED_KINDS = {
  TABLE_CHANGE: { operations: OPERATIONS, target: "table" },
  CUSTOM_EVENT: { operations: [EVENT_OPERATION], target: "event" },
  DEADLOCK_DETECTED: { operations: [DEADLOCK_OPERATION], target: undefined },
} as const;
export type FeedKind = keyof typeof FEED_KINDS;

/** A feed as it is stored. */
export interface Feed {
  readonly name: string;
  readonly kind: FeedKind;
  /** The table or the event; empty for deadlocks. */
  readonly target: string;
  /** Number of the last event that its consumer has confirmed. */
  readonly position: number;
}

const FEEDS = storedTable("event_feeds");
const LOG = storedTable("change_log");
/** Version of the catalog that brought feeds. */
export const SINCE = 5;

/** The feed of a name. @throws Trap NoSuchObject; EngineError. */
export function findFeed(connection: Connection, name: string): Feed {
  const found = knownFeed(connection, name);
  if (found === undefined) throw trap("NoSuchObject", `There is no feed ${name}.`);
  return found;
}

function knownFeed(connection: Connection, name: string): Feed | undefined {
  if (catalogVersion(connection) < SINCE) return undefined;
  const [row] = readRows(connection, `SELECT name, kind, target, position FROM ${FEEDS} WHERE name = ?`, [name]);
  if (row === undefined) return undefined;
  return { name: textOf(row[0]), kind: textOf(row[1]) as FeedKind, target: textOf(row[2]), position: numberOf(row[3]) };
}

/**
 * Registers a feed of what is committed from now on, and makes what SQLite needs for it; again changes nothing. Inside the caller's transaction.
 * @throws Trap AlreadyExists for another feed of this name, NoSuchTable, WrongArguments; EngineError.
 */
export function registerFeed(
  place: CatalogPlace,
  wanted: Pick<Feed, "name" | "kind" | "target"> & { readonly ownerId: string | undefined },
): "registered" | "unchanged" {
  const { connection } = place;
  const { name, kind, ownerId } = wanted;
  ensureCatalog(place);
  const target = targetOf(connection, kind, wanted.target);
  const found = knownFeed(connection, name);
  if (found !== undefined && (found.kind !== kind || found.target !== target))
    throw trap("AlreadyExists", `There is a feed ${name} already, of ${found.kind} ${found.target}.`);
  if (found === undefined)
    insertRow(connection, FEEDS, {
      name,
      kind,
      target,
      position: lastEvent(connection),
      delivered: 0,
      failed: 0,
      last_error: null,
      owner_id: ownerId ?? null,
      created_at: timestampText(place.nowMicros()),
    });
  keepCapture(connection, { kind, target });
  return found === undefined ? "registered" : "unchanged";
}

/** Takes a feed away, and what only it needed. Inside the caller's transaction. @throws Trap NoSuchObject; EngineError. */
export function unregisterFeed({ connection }: CatalogPlace, name: string): void {
  const { kind, target } = findFeed(connection, name);
  writeRows(connection, `DELETE FROM ${FEEDS} WHERE name = ?`, [name]);
  const others = readRows(connection, `SELECT 1 FROM ${FEEDS} WHERE kind = ? AND target = ?`, [kind, target]);
  if (others.length === 0)
    for (const object of captured(connection, kind, target).toReversed()) drop(connection, object);
  sweep(connection, { kind, target });
}

/** Makes or renews the triggers of a feed: after a change of its table they would miss columns. @throws Trap NoSuchTable; EngineError. */
export function keepCapture(connection: Connection, { kind, target }: Pick<Feed, "kind" | "target">): void {
  const present = new Map(captured(connection, kind, target).map((object) => [object.name, object]));
  const wanted = captureOf(connection, kind, target);
  if (wanted.every(({ name, sql }) => present.get(name)?.sql === sql)) return;
  for (const object of [...present.values()].toReversed()) drop(connection, object);
  for (const { sql } of wanted) writeRows(connection, sql);
}

/** True when what the feed needs is not there as it should be. @throws EngineError. */
export function needsCapture(connection: Connection, { kind, target }: Feed): boolean {
  if (kind === "TABLE_CHANGE" && columnsOf(connection, target).length === 0) return false;
  const present = new Set(captured(connection, kind, target).map(({ sql }) => sql));
  return captureOf(connection, kind, target).some(({ sql }) => !present.has(sql));
}

function captureOf(connection: Connection, kind: FeedKind, target: string): readonly CaptureObject[] {
  if (kind === "DEADLOCK_DETECTED") return [];
  return kind === "TABLE_CHANGE" ? tableCapture(target, columnsOf(connection, target)) : eventCapture(target);
}

/** What of it is in the database. The view is first. */
function captured(connection: Connection, kind: FeedKind, target: string): readonly CaptureObject[] {
  if (kind === "DEADLOCK_DETECTED") return [];
  const names = (kind === "TABLE_CHANGE" ? tableCapture(target, []) : eventCapture(target)).map(({ name }) => name);
  return readRows(
    connection,
    `SELECT type, name, sql FROM main.sqlite_schema WHERE type IN ('trigger', 'view') AND name IN (${names.map(() => "?").join(", ")}) ORDER BY type DESC`,
    names,
  ).map((row) => ({ type: textOf(row[0]) as CaptureObject["type"], name: textOf(row[1]), sql: textOf(row[2]) }));
}

function drop(connection: Connection, { type, name }: CaptureObject): void {
  writeRows(connection, `DROP ${type} IF EXISTS main."${name.replaceAll('"', '""')}"`);
}

/** The table as it is written, or the event. @throws Trap NoSuchTable, WrongArguments, AlreadyExists. */
function targetOf(connection: Connection, kind: FeedKind, given: string): string {
  if (kind === "DEADLOCK_DETECTED") return "";
  const [row] = readRows(
    connection,
    "SELECT type, name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
    [given],
  );
  if (kind === "CUSTOM_EVENT") {
    if (!/^[a-z_]\w*$/iu.test(given) || /^(?:gobi_|sqlite_)/iu.test(given))
      throw trap("WrongArguments", `${given} cannot be the name of an event: it is a name as tables have it.`);
    const [view] = eventCapture(textOf(row?.[1] ?? ""));
    if (row !== undefined && textOf(row[2]) !== view?.sql)
      throw trap(
        "AlreadyExists",
        `${capital(textOf(row[0]))} ${textOf(row[1])} exists already; an event needs a name of its own.`,
      );
    return row === undefined ? given : textOf(row[1]);
  }
  if (row === undefined || /^(?:gobi_|sqlite_)/iu.test(given))
    throw trap("NoSuchTable", `There is no table ${given} whose changes can be told.`);
  if (textOf(row[0]) === "view" || /^\s*CREATE\s+VIRTUAL/iu.test(textOf(row[2])))
    throw trap("WrongArguments", `${textOf(row[1])} is no table of rows; SQLite tells of no changes of it.`);
  return textOf(row[1]);
}

function columnsOf(connection: Connection, table: string): readonly string[] {
  return readRows(connection, "SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1 ORDER BY cid", [
    table,
  ]).map((row) => textOf(row[0]));
}

function lastEvent(connection: Connection): number {
  return numberOf(readRows(connection, `SELECT coalesce(max(sequence_id), 0) FROM ${LOG}`)[0]?.[0]);
}

/** The feeds for which more than so many events wait: nobody seems to read them. @throws EngineError. */
export function neglectedFeeds(connection: Connection, most: number): readonly Feed[] {
  if (catalogVersion(connection) < SINCE) return [];
  const names = readRows(connection, `SELECT name FROM ${FEEDS} ORDER BY name`).map((row) => textOf(row[0]));
  return names
    .map((name) => findFeed(connection, name))
    .filter((feed) => {
      const { where, values } = eventsOf(feed);
      const text = `SELECT count(*) FROM (SELECT 1 FROM ${LOG} WHERE ${where} AND sequence_id > ? LIMIT ?)`;
      return numberOf(readRows(connection, text, [...values, feed.position, most + 1])[0]?.[0]) > most;
    });
}

/** A condition on events of a feed, and its parameters. */
export function eventsOf({ kind, target }: Pick<Feed, "kind" | "target">): {
  readonly where: string;
  readonly values: readonly Value[];
} {
  const { operations } = FEED_KINDS[kind];
  return {
    where: `table_name = ? AND operation IN (${operations.map(() => "?").join(", ")})`,
    values: [target, ...operations],
  };
}

/**
 * Deletes the events that no feed waits for any more. The last event of all stays while there are feeds: the number of the next one must be greater than every position.
 * @throws EngineError.
 */
export function sweep(connection: Connection, feed: Pick<Feed, "kind" | "target">): void {
  const { where, values } = eventsOf(feed);
  writeRows(
    connection,
    `DELETE FROM ${LOG} WHERE ${where} AND sequence_id <= coalesce((SELECT min(position) FROM ${FEEDS} WHERE kind = ? AND target = ?), sequence_id)
       AND (sequence_id < (SELECT max(sequence_id) FROM ${LOG}) OR NOT EXISTS (SELECT 1 FROM ${FEEDS}))`,
    [...values, feed.kind, feed.target],
  );
  writeRows(connection, `DELETE FROM ${LOG} WHERE NOT EXISTS (SELECT 1 FROM ${FEEDS})`);
}
