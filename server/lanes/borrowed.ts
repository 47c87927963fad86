// What a session has of its lane's server sessions: one for a request, and between two requests only as long as it keeps something there.
import type { Session, SessionLimits } from "../session-types.ts";
import type { Lent, SessionPool } from "./session-pool.ts";

/** A session's place for a server session. */
export class Borrowed {
  readonly #lend: () => Lent;
  readonly #pool: Pick<SessionPool, "takeBack" | "end">;
  #lent: Lent | undefined;

  /** `lend` gives one with the limits of a request that names none. */
  constructor(lend: () => Lent, pool: Pick<SessionPool, "takeBack" | "end">) {
    this.#lend = lend;
    this.#pool = pool;
  }

  /** The one that is here now. */
  get ifOpen(): Session | undefined {
    return this.#lent?.engine;
  }

  /** @throws EngineError when none can be opened. */
  get engine(): Session {
    this.#lent ??= this.#lend();
    return this.#lent.engine;
  }

  /** Sees to it that what runs next has the limits of a key; the empty one is that of a request that names none. @throws EngineError. */
  limit(key: string, limits: () => SessionLimits): void {
    if (key === (this.#lent?.limitsKey ?? "")) return;
    this.#lent ??= this.#lend();
    this.#lent.engine.setLimits(limits());
    this.#lent.limitsKey = key;
  }

  /** After a request: what nothing was left in is for others. `isOver`: the session has ended while it waited, and what went on then has borrowed again. */
  giveBack(isOver: boolean): void {
    if (isOver) this.end();
    else if (this.#lent !== undefined && this.#pool.takeBack(this.#lent)) this.#lent = undefined;
  }

  /** Nobody knows what state it is in: it ends with the session. */
  distrust(): void {
    if (this.#lent !== undefined) this.#lent.isFaulty = true;
  }

  /** The session ends, or leaves the lane: what it left there ends too. */
  end(): void {
    const lent = this.#lent;
    this.#lent = undefined;
    if (lent !== undefined) this.#pool.end(lent);
  }
}
