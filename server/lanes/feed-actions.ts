// Actions of SERVICE_CONTROL for feeds of events: register, unregister, read, confirm. The events themselves are made by triggers in the file (server/feeds/capture.ts).
import { atOnce } from "../sql/at-once.ts";
import type { Need } from "../../base/privileges.ts";
import { trap } from "../../bytecode/trap.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import { confirmFeed, type FeedEvent, readFeed } from "../feeds/delivery.ts";
import {
  type Feed,
  FEED_KINDS,
  type FeedKind,
  findFeed,
  keepCapture,
  needsCapture,
  registerFeed,
  unregisterFeed,
} from "../feeds/feeds.ts";
import type { Principal } from "../security/types.ts";
import type { Session } from "../session-types.ts";

/** Who asks, and with which session. */
interface Asker {
  readonly engine: Session;
  readonly principal: Principal;
}

type FeedAction = (asker: Asker, argument: unknown) => unknown;

const READ_MOST = 100;

/** Every action. What the daemon itself is asked for needs SERVICE CONTROL, which is asked before. */
export const FEED_ACTIONS: Readonly<Record<string, FeedAction>> = {
  register_feed: ({ engine, principal }, argument) => {
    const name = text(argument, "name");
    const kind = kindOf(text(argument, "kind"));
    const target = FEED_KINDS[kind].target === undefined ? "" : text(argument, "target");
    if (!/^[\w.-]{1,100}$/u.test(name))
      throw trap("WrongArguments", `${name} cannot be the name of a feed: letters, digits, and . - _.`);
    demandTable(engine, { kind, target });
    const ownerId = principal.userId === "" ? undefined : principal.userId;
    return { name, outcome: apart(engine, (place) => registerFeed(place, { name, kind, target, ownerId })) };
  },
  unregister_feed: ({ engine }, argument) => {
    const name = text(argument, "name");
    apart(engine, (place) => unregisterFeed(place, name));
    return { name, outcome: "unregistered" };
  },
  read_feed: ({ engine }, argument): { readonly events: readonly FeedEvent[] } => {
    const feed = findFeed(engine.connection, text(argument, "name"));
    demandTable(engine, feed);
    // The table may have other columns than when its triggers were made, or be a new one.
    if (!engine.inTransaction && needsCapture(engine.connection, feed))
      apart(engine, ({ connection }) => keepCapture(connection, feed));
    return { events: readFeed(engine.connection, feed, count(argument, "most", READ_MOST)) };
  },
  /** Within a transaction of the session it is part of it: what was done for the events and that it was done are one. */
  confirm_feed: ({ engine }, argument) => {
    const error = member(argument, "error");
    const confirmation = {
      sequence_id: count(argument, "sequence_id", 0),
      delivered: count(argument, "delivered", 0),
      failed: count(argument, "failed", 0),
      error: typeof error === "string" ? error.slice(0, ERROR_MAX) : undefined,
    };
    const name = text(argument, "name");
    const confirm = (): void => confirmFeed(engine.connection, name, confirmation);
    if (engine.connection.inTransaction) confirm();
    else atOnce(engine.connection, confirm);
    return { name, position: findFeed(engine.connection, name).position };
  },
};

const ERROR_MAX = 1000;

/** Who is told of rows may read the table. @throws Trap PermissionDenied. */
function demandTable(engine: Session, { kind, target }: Pick<Feed, "kind" | "target">): void {
  const need: Need = { privilege: "SELECT", objectKind: "table", objectName: `main.${target}`, columns: undefined };
  if (kind === "TABLE_CHANGE") engine.requires(need);
}

/** Work on the schema, on a connection of its own: sessions see it as they see the work of others. @throws Trap, EngineError. */
function apart<T>(engine: Session, work: (place: CatalogPlace) => T): T {
  if (engine.inTransaction)
    throw trap("TransactionState", "Feeds are registered and unregistered outside of transactions.");
  const connection = sqliteEngine.connect({ target: engine.database, create: false, busyTimeoutMs: 0 });
  try {
    const nowMicros = (): number => Date.now() * 1000;
    return atOnce(connection, () => work({ connection, nowMicros, elapsedMs: () => performance.now() }));
  } finally {
    connection.close();
  }
}

function kindOf(word: string): FeedKind {
  if (Object.hasOwn(FEED_KINDS, word)) return word as FeedKind;
  throw trap("WrongArguments", `There is no kind of feed ${word}; there are ${Object.keys(FEED_KINDS).join(", ")}.`);
}

function member(argument: unknown, name: string): unknown {
  if (typeof argument !== "object" || argument === null) return undefined;
  return (argument as Readonly<Record<string, unknown>>)[name];
}

function text(argument: unknown, name: string): string {
  const value = member(argument, name);
  if (typeof value === "string" && value !== "") return value;
  throw trap("WrongArguments", `The action needs ${name}, a text.`);
}

function count(argument: unknown, name: string, otherwise: number): number {
  const value = member(argument, name) ?? otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw trap("WrongArguments", `${name} is a whole number from 0 on.`);
}
