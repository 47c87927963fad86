// Rights of sessions between statements: who lost his token or was disabled is stopped within a second, also in the middle of a statement, and hears of nothing more.
// Events reach only those who may read what they tell of. Sessions of the mount's owner cost nothing; for those of others there is a connection that looks also
// while a statement has the other ones.
import type { Need } from "../../base/privileges.ts";
import { trap } from "../../bytecode/trap.ts";
import { type Connection, EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { Onlooker } from "../security/onlooker.ts";
import type { Principal } from "../security/types.ts";
import type { LaneSession } from "./lane-session.ts";

/** A revocation is to hold within a second. */
const LOOK_EVERY_MS = 400;

const SERVICE: Need = { privilege: "SERVICE CONTROL", objectKind: "service", objectName: "", columns: undefined };

function mayRead(table: string): Need {
  return { privilege: "SELECT", objectKind: "table", objectName: table, columns: [] };
}

/** What hearing of a topic needs; of `tables` each is asked for when it has changed, `catalog` tells only that something has. */
const TOPIC_NEEDS: Readonly<Partial<Record<string, Need>>> = {
  runs: { privilege: "SELECT", objectKind: "table", objectName: "system.runs", columns: undefined },
  lanes: SERVICE,
  sessions: SERVICE,
};

/** A session as it is looked at. */
type WatchedSession = Pick<LaneSession, "info" | "request" | "subscribed" | "goodbye" | "cancel">;

/** The rights of one lane's sessions. */
export class RightsWatch {
  readonly #sessions: ReadonlyMap<unknown, WatchedSession>;
  readonly #database: string;
  readonly #warn: (text: string) => void;
  /** What was told last of a look that failed. */
  #told: string | undefined;
  #connection: Connection | undefined;
  #onlookerIfOpen: Onlooker | undefined;
  readonly #timer: NodeJS.Timeout;
  /** When to look next, by performance.now(). */
  #nextMs = 0;

  constructor(sessions: ReadonlyMap<unknown, WatchedSession>, database: string, warn: (text: string) => void) {
    this.#sessions = sessions;
    this.#database = database;
    this.#warn = warn;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** @throws EngineError when the database cannot be opened. */
  get #onlooker(): Onlooker {
    if (this.#onlookerIfOpen !== undefined) return this.#onlookerIfOpen;
    this.#connection = sqliteEngine.connect({ target: this.#database, create: false, keptOpen: true });
    return (this.#onlookerIfOpen = new Onlooker(this.#connection, Date.now));
  }

  #close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#onlookerIfOpen = undefined;
  }

  /** Called now and then, also while something runs. */
  look(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LOOK_EVERY_MS / 2;
    const others = [...this.#sessions.values()].filter(({ info: { principal } }) => isWatched(principal));
    if (others.length === 0) return this.#close();
    try {
      for (const session of others) if (session.request !== undefined || session.subscribed) this.#lookAt(session);
      this.#told = undefined;
    } catch (error) {
      // Nobody asked for this: it must not end the lane. The next look tries again, and each statement asks for itself.
      if (!(error instanceof EngineError)) throw error;
      if (this.#told !== error.message) this.#warn(`The rights of sessions cannot be looked up: ${error.message}`);
      this.#told = error.message;
    }
  }

  #lookAt(session: WatchedSession): void {
    const why = this.#onlooker.ended(session.info.principal);
    if (why === undefined) return;
    if (session.request === undefined) session.goodbye("killed", why);
    else session.cancel(undefined, "PermissionDenied", why);
  }

  /** True when whom a session acts for may do nothing any more. */
  mayNothing(session: LaneSession): boolean {
    return this.#ended(session) !== undefined;
  }

  /** Why whom a session acts for may do nothing any more; undefined: he may. */
  #ended({ info: { principal } }: LaneSession): string | undefined {
    return isWatched(principal) ? this.#onlooker.ended(principal) : undefined;
  }

  /** Asks whether a session may hear of topics at all. @throws Trap PermissionDenied. */
  demandTopics(session: LaneSession, topics: readonly string[]): void {
    for (const topic of topics) {
      const need = TOPIC_NEEDS[topic];
      if (need !== undefined) session.engine.requires(need);
    }
    const why = this.#ended(session);
    if (why !== undefined) throw trap("PermissionDenied", why);
  }

  /** What of an event a session may hear of; undefined: nothing. */
  heard({ info: { principal } }: LaneSession, topic: string, data: string): string | undefined {
    if (!isWatched(principal) && principal.scopes === undefined) return data;
    if (this.#onlooker.ended(principal) !== undefined) return undefined;
    const need = TOPIC_NEEDS[topic];
    if (need !== undefined) return this.#onlooker.may(principal, need) ? data : undefined;
    if (topic !== "tables") return data;
    const { tables, unknown } = JSON.parse(data) as { readonly tables: readonly string[]; readonly unknown?: boolean };
    const readable = tables.filter((table) => this.#onlooker.may(principal, mayRead(table)));
    if (unknown === true) return JSON.stringify({ tables: readable, unknown });
    return readable.length === 0 ? undefined : JSON.stringify({ tables: readable });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#close();
  }
}

/** True for users whose rights may end; those of the mount's owner do not. */
function isWatched({ userId }: Principal): boolean {
  return userId !== "";
}
