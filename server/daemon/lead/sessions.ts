// The sessions of the daemon: who they are, in which lane they live, what they subscribed to. What they do is the lanes' knowledge.
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import type { LaneTag, SessionHandover } from "../../lanes/types.ts";
import type { Principal } from "../../security/types.ts";
import type { Lane } from "./lane.ts";

/** Topics of events. */
export const TOPICS = ["runs", "tables", "catalog", "lanes", "sessions", "feeds"] as const;
export type Topic = (typeof TOPICS)[number];

/** What a connection has shown of itself. */
export interface SessionFacts {
  readonly principal: Principal;
  readonly clientName: string | undefined;
  readonly transport: "unix" | "tcp";
  /** Address of the other end; empty for the Unix socket. */
  readonly peer: string;
  readonly protocolVersion: number;
  readonly compression: SessionHandover["compression"];
  readonly wanted: LaneTag;
}

/** One session. */
export interface LeadSession extends SessionFacts {
  readonly id: bigint;
  /** 16 bytes: whoever knows them may cancel. */
  readonly secret: Uint8Array;
  readonly connectedAtMs: number;
  lane: Lane | undefined;
  /** A copy of its socket in this process, by which the end of its client is seen while its lane sees nothing. */
  copy: Socket | undefined;
  topics: ReadonlySet<Topic>;
}

const SECRET_BYTES = 16;

/** All sessions. */
export class Sessions {
  readonly #sessions = new Map<bigint, LeadSession>();
  #last = 0n;
  #total = 0;

  get size(): number {
    return this.#sessions.size;
  }

  /** Sessions since the start. */
  get total(): number {
    return this.#total;
  }

  all(): readonly LeadSession[] {
    return [...this.#sessions.values()];
  }

  get(id: bigint): LeadSession | undefined {
    return this.#sessions.get(id);
  }

  open(facts: SessionFacts, nowMs: number): LeadSession {
    this.#last += 1n;
    this.#total += 1;
    const session: LeadSession = {
      ...facts,
      id: this.#last,
      secret: randomBytes(SECRET_BYTES),
      connectedAtMs: nowMs,
      lane: undefined,
      copy: undefined,
      topics: new Set(),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Forgets a session and takes it out of its lane; gives it, when it was there. */
  close(id: bigint): LeadSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    this.#sessions.delete(id);
    session.lane?.sessionIds.delete(id);
    session.copy?.destroy();
    return session;
  }

  /** The session, when the secret is its own. Takes the same time for each wrong secret. */
  withSecret(id: bigint, secret: Uint8Array): LeadSession | undefined {
    const session = this.#sessions.get(id);
    const own = session?.secret ?? new Uint8Array(SECRET_BYTES);
    const equal = secret.length === SECRET_BYTES && timingSafeEqual(secret, own);
    return equal ? session : undefined;
  }

  /** Topics that somebody subscribed to. */
  topics(): ReadonlySet<Topic> {
    return new Set(this.all().flatMap((session) => [...session.topics]));
  }
}

/** Topics of a list as it comes with SUBSCRIBE; names that are none are passed over. */
export function topicsOf(names: readonly string[]): ReadonlySet<Topic> {
  return new Set(TOPICS.filter((topic) => names.includes(topic)));
}
