// Rights of sessions between statements: who lost his token or was disabled is stopped within a second, also in the middle of a statement, and hears of nothing more.
// Events reach only those who may read what they tell of. Sessions of the mount's owner cost nothing.
import type { Need } from "../../base/privileges.ts";
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { Onlooker } from "../security/onlooker.ts";
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

/** The rights of one lane's sessions. */
export class RightsWatch {
  readonly #sessions: ReadonlyMap<unknown, LaneSession>;
  readonly #onlooker: Onlooker;
  readonly #timer: NodeJS.Timeout;
  /** When to look next, by performance.now(). */
  #nextMs = 0;

  /** `watch` is a connection that begins no transactions. */
  constructor(sessions: ReadonlyMap<unknown, LaneSession>, watch: Connection) {
    this.#sessions = sessions;
    this.#onlooker = new Onlooker(watch, Date.now);
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Called now and then, also while something runs. */
  look(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LOOK_EVERY_MS / 2;
    for (const session of this.#sessions.values()) {
      if (session.info.principal.userId === "") continue;
      if (session.request === undefined && !session.subscribed) continue;
      const why = this.#onlooker.ended(session.info.principal);
      if (why === undefined) continue;
      if (session.request === undefined) session.goodbye("killed", why);
      else session.cancel(undefined, "PermissionDenied", why);
    }
  }

  /** True when whom a session acts for may do nothing any more. */
  mayNothing({ info: { principal } }: LaneSession): boolean {
    return this.#onlooker.ended(principal) !== undefined;
  }

  /** Asks whether a session may hear of topics at all. @throws Trap PermissionDenied. */
  demandTopics(session: LaneSession, topics: readonly string[]): void {
    for (const topic of topics) {
      const need = TOPIC_NEEDS[topic];
      if (need !== undefined) session.engine.requires(need);
    }
    const why = this.#onlooker.ended(session.info.principal);
    if (why !== undefined) throw trap("PermissionDenied", why);
  }

  /** What of an event a session may hear of; undefined: nothing. */
  heard({ info: { principal } }: LaneSession, topic: string, data: string): string | undefined {
    if (principal.userId === "" && principal.scopes === undefined) return data;
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
  }
}
