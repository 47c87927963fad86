// The server sessions of a lane, each with a connection to the database. A client's session uses one for a request and gives it back, so that a lane has one connection
// as long as nobody keeps anything. Who does keep something there (a transaction, variables, temporary tables, or what changes() and last_insert_rowid() tell after
// it has written) keeps the server session until he ends. Sessions of different users never share one.
import { type Connection, EngineError } from "../../storage/engine.ts";
import type { OutputSink, Session } from "../session-types.ts";
import { OWNER, type Principal } from "../security/types.ts";

/** Who uses a server session. */
export interface Holder {
  /** True while it does something with it. */
  readonly busy: boolean;
  readonly output: OutputSink;
  /** Lists of the daemon as JSON, as they were when a statement last named them. */
  readonly daemonRows: ReadonlyMap<string, string>;
}

/** A server session, lent or free. */
export interface Lent {
  readonly engine: Session;
  /** Whom it acts for. */
  readonly key: string;
  holder: Holder | undefined;
  /** Limits that it has now. */
  limitsKey: string;
  /** True: something went wrong in it that nobody foresaw; it is not given to anybody any more. */
  isFaulty: boolean;
  /** When it was last given back, by performance.now(). */
  freeSince: number;
}

/** What a server session is opened with. */
export interface PoolOpening {
  readonly principal: Principal;
  readonly output: OutputSink;
  readonly daemonRows: (table: string) => string;
}

/** A free server session that is not the only one is closed after so long. */
const KEEP_MS = 10_000;

/** The server sessions of one lane. There is always one at least: the database's log stays as it is only while somebody has it open. */
export class SessionPool {
  readonly #open: (opening: PoolOpening) => Session;
  /** Used last stands last. */
  readonly #free: Lent[] = [];
  readonly #lent = new Set<Lent>();
  #timer: NodeJS.Timeout | undefined;

  /** Opens the first one. @throws EngineError. */
  constructor(open: (opening: PoolOpening) => Session) {
    this.#open = open;
    this.#free.push(this.#make(OWNER));
  }

  /** Gives one to a session. @throws EngineError when another one cannot be opened. */
  lend(holder: Holder, principal: Principal): Lent {
    const key = keyOf(principal);
    const found = this.#free.findLastIndex((each) => each.key === key);
    const [lent = this.#make(principal)] = found < 0 ? [] : this.#free.splice(found, 1);
    lent.holder = holder;
    this.#lent.add(lent);
    return lent;
  }

  /** Takes it back, unless something of its holder stays in it: false then. */
  takeBack(lent: Lent): boolean {
    if (!isPristine(lent)) return false;
    this.#lent.delete(lent);
    lent.holder = undefined;
    lent.freeSince = performance.now();
    this.#free.push(lent);
    if (this.#free.length > 1) this.#timer ??= setTimeout(() => this.#tidy(), KEEP_MS).unref();
    return true;
  }

  /** Its holder has ended: what he left behind ends too. */
  end(lent: Lent): void {
    if (this.takeBack(lent)) return;
    this.#lent.delete(lent);
    if (this.#free.length + this.#lent.size === 0) this.#openNext();
    lent.engine.close();
  }

  /** A connection that has never written and is in no transaction, so that it sees every commit. @throws EngineError. */
  bystander(): Connection {
    const free = this.#free.at(-1) ?? this.#make(OWNER);
    if (this.#free.length === 0) this.#free.push(free);
    return free.engine.connection;
  }

  /** A connection that nobody does anything with now; undefined: they are all at work, or in transactions, which a query would make see the database as it is now. */
  get resting(): Connection | undefined {
    const resting = this.#free.at(-1) ?? [...this.#lent].find((lent) => isResting(lent));
    return resting?.engine.connection;
  }

  /** Closes those that are free. */
  close(): void {
    clearTimeout(this.#timer);
    for (const { engine } of this.#free.splice(0)) engine.close();
  }

  /** Where that is not possible the database is gone, which the next request tells. */
  #openNext(): void {
    try {
      this.#free.push(this.#make(OWNER));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }

  #make(principal: Principal): Lent {
    const lent: Omit<Lent, "engine"> = {
      key: keyOf(principal),
      holder: undefined,
      limitsKey: "",
      isFaulty: false,
      freeSince: performance.now(),
    };
    const engine = this.#open({
      principal,
      output: {
        print: (text) => lent.holder?.output.print(text),
        log: (level, text) => lent.holder?.output.log(level, text),
        notice: (text) => lent.holder?.output.notice(text),
      },
      daemonRows: (table) => lent.holder?.daemonRows.get(table) ?? "[]",
    });
    return Object.assign(lent, { engine });
  }

  /** Closes what nobody has used for a while, but one. */
  #tidy(): void {
    this.#timer = undefined;
    const before = performance.now() - KEEP_MS;
    const old = this.#free.slice(0, -1).filter(({ freeSince }) => freeSince <= before);
    for (const lent of old) {
      this.#free.splice(this.#free.indexOf(lent), 1);
      lent.engine.close();
    }
    if (this.#free.length > 1) this.#timer = setTimeout(() => this.#tidy(), KEEP_MS).unref();
  }
}

/** Made once for each sign-in: each request asks for it. */
const keys = new WeakMap<Principal, string>();

function keyOf(principal: Principal): string {
  let key = keys.get(principal);
  if (key === undefined) {
    const { userId, name, superuser, scopes, tokenId } = principal;
    key = JSON.stringify([userId, name, superuser, scopes ?? null, tokenId ?? null]);
    keys.set(principal, key);
  }
  return key;
}

function isResting({ engine, holder }: Lent): boolean {
  return holder?.busy !== true && !engine.connection.inTransaction;
}

/** False too where the database does not say: nobody else gets it then. */
function isPristine({ engine, isFaulty }: Lent): boolean {
  try {
    return !isFaulty && engine.pristine;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return false;
  }
}
