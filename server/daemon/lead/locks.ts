// Locks of objects by name, held by sessions to the end of their transactions, and who waits for whom.
// Requests are served in their order; a session that holds a share and is alone gets the exclusive lock at once, else it waits in front.
// The database's write lock is the engine's: sessions tell that they hold it or wait for it, so that circles over it are found too.
import type { RunClock } from "../../runs/types.ts";
import type { FromLane, LeadAnswer, LockRow } from "../../lanes/types.ts";
import { findCircle, type WaitEdge } from "./lock-circles.ts";

type Mode = LockRow["mode"];

/** One request for a lock. */
export interface LockRequest {
  readonly sessionId: bigint;
  readonly object: string;
  readonly mode: Mode;
  /** Milliseconds; 0: now or not at all. */
  readonly waitMs: number;
  readonly answer: (answer: LeadAnswer) => void;
}

interface Holder {
  mode: Mode;
  readonly sinceMs: number;
}
interface Waiter extends LockRequest {
  readonly sinceMs: number;
  readonly order: number;
  readonly stopTimer: () => void;
}
interface LockedObject {
  readonly name: string;
  readonly holders: Map<bigint, Holder>;
  /** In the order in which they are served. */
  readonly waiters: Waiter[];
}
interface WriteWait {
  readonly sinceMs: number;
  readonly order: number;
}

/** What a session holds and waits for. */
export interface SessionLocks {
  readonly holds: readonly LockRow[];
  readonly waitsFor: LockRow | undefined;
}

/** One row of system.locks. */
export interface LockListRow extends LockRow {
  readonly sessionId: bigint;
  readonly state: "held" | "waiting";
}

/** The lock manager. */
export interface Locks {
  acquire(request: LockRequest): void;
  /** Frees what the session holds and takes its waits back unanswered: its transaction or itself has ended. */
  release(sessionId: bigint): void;
  /** Ends the session's waits for locks of objects; what it holds it keeps. */
  giveUp(sessionId: bigint): void;
  writing(sessionId: bigint, writing: boolean): void;
  waitingForWrite(sessionId: bigint, waiting: boolean): void;
  /** What a lane tells of a session. */
  told(message: Extract<FromLane, { readonly kind: "unlockAll" | "stopLocking" | "waiting" | "writing" }>): void;
  of(sessionId: bigint): SessionLocks;
  list(): readonly LockListRow[];
}

/** Name under which the database's write lock is listed. */
const WRITE_LOCK = "write";

/**
 * A circle must be there for so long before somebody is told to give up. What sessions say of the write lock comes over several channels
 * and may be a moment old, so that a circle can be seen that never was.
 */
const CIRCLE_SETTLE_MS = 50;

/** Makes a lock manager. `stopWaiting` tells a session that waits for the write lock that it is the victim of a circle. */
export function makeLocks(
  clock: RunClock,
  stopWaiting: (sessionId: bigint, code: "Deadlock", message: string) => void,
): Locks {
  return new LockTable(clock, stopWaiting);
}

class LockTable implements Locks {
  readonly #clock: RunClock;
  readonly #stopWaiting: (sessionId: bigint, code: "Deadlock", message: string) => void;
  readonly #objects = new Map<string, LockedObject>();
  readonly #writers = new Map<bigint, number>();
  readonly #writeWaits = new Map<bigint, WriteWait>();
  #order = 0;

  constructor(clock: RunClock, stopWaiting: (sessionId: bigint, code: "Deadlock", message: string) => void) {
    this.#clock = clock;
    this.#stopWaiting = stopWaiting;
  }

  acquire(request: LockRequest): void {
    const object = this.#object(request.object);
    const own = object.holders.get(request.sessionId);
    if (own !== undefined && (own.mode === "exclusive" || own.mode === request.mode))
      return request.answer({ kind: "granted" });
    if (compatible(object, request) && (own !== undefined || object.waiters.length === 0)) {
      this.#give(object, request);
      return;
    }
    if (request.waitMs <= 0) {
      this.#forget(object);
      return request.answer(busy(object, request));
    }
    const waiter: Waiter = {
      ...request,
      sinceMs: this.#clock.nowMs(),
      order: this.#nextOrder(),
      stopTimer: this.#clock.timer(request.waitMs, () => this.#overTime(object, waiter)),
    };
    // Who holds a share already stands in the way of all others that wait: it goes in front of them.
    if (own === undefined) object.waiters.push(waiter);
    else object.waiters.unshift(waiter);
    this.#lookForCircle();
  }

  release(sessionId: bigint): void {
    this.#writers.delete(sessionId);
    this.#writeWaits.delete(sessionId);
    for (const object of this.#objects.values()) {
      const held = object.holders.delete(sessionId);
      const left = object.waiters.filter((waiter) => waiter.sessionId === sessionId);
      for (const waiter of left) this.#leave(object, waiter);
      if (held || left.length > 0) this.#serve(object);
    }
  }

  giveUp(sessionId: bigint): void {
    this.#refuse(sessionId, "Cancelled", "The request was cancelled.");
  }

  writing(sessionId: bigint, writing: boolean): void {
    if (!writing) this.#writers.delete(sessionId);
    else if (!this.#writers.has(sessionId)) this.#writers.set(sessionId, this.#clock.nowMs());
  }

  waitingForWrite(sessionId: bigint, waiting: boolean): void {
    if (!waiting) this.#writeWaits.delete(sessionId);
    else if (!this.#writeWaits.has(sessionId)) {
      this.#writeWaits.set(sessionId, { sinceMs: this.#clock.nowMs(), order: this.#nextOrder() });
      this.#lookForCircle();
    }
  }

  told(message: Parameters<Locks["told"]>[0]): void {
    switch (message.kind) {
      case "unlockAll":
        return this.release(message.sessionId);
      case "stopLocking":
        return this.giveUp(message.sessionId);
      case "waiting":
        return this.waitingForWrite(message.sessionId, message.forWrite);
      case "writing":
        return this.writing(message.sessionId, message.writing);
    }
  }

  of(sessionId: bigint): SessionLocks {
    const rows = this.list().filter((row) => row.sessionId === sessionId);
    const plain = ({ object, mode, sinceMs }: LockListRow): LockRow => ({ object, mode, sinceMs });
    const waits = rows.find((row) => row.state === "waiting");
    return {
      holds: rows.filter((row) => row.state === "held").map(plain),
      waitsFor: waits === undefined ? undefined : plain(waits),
    };
  }

  list(): readonly LockListRow[] {
    const rows: LockListRow[] = [];
    const add = (object: string, mode: Mode, sessionId: bigint, state: "held" | "waiting", sinceMs: number): void =>
      void rows.push({ object, mode, sessionId, state, sinceMs });
    for (const object of this.#objects.values()) {
      for (const [id, holder] of object.holders) add(object.name, holder.mode, id, "held", holder.sinceMs);
      for (const waiter of object.waiters) add(object.name, waiter.mode, waiter.sessionId, "waiting", waiter.sinceMs);
    }
    for (const [id, sinceMs] of this.#writers) add(WRITE_LOCK, "exclusive", id, "held", sinceMs);
    for (const [id, wait] of this.#writeWaits) add(WRITE_LOCK, "exclusive", id, "waiting", wait.sinceMs);
    return rows;
  }

  #object(name: string): LockedObject {
    const known = this.#objects.get(name);
    if (known !== undefined) return known;
    const made: LockedObject = { name, holders: new Map(), waiters: [] };
    this.#objects.set(name, made);
    return made;
  }

  #nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  #give(object: LockedObject, request: LockRequest): void {
    const own = object.holders.get(request.sessionId);
    if (own === undefined) object.holders.set(request.sessionId, { mode: request.mode, sinceMs: this.#clock.nowMs() });
    else own.mode = request.mode;
    request.answer({ kind: "granted" });
  }

  #leave(object: LockedObject, waiter: Waiter): void {
    const place = object.waiters.indexOf(waiter);
    if (place >= 0) object.waiters.splice(place, 1);
    waiter.stopTimer();
  }

  /** Gives the lock to those in front who may have it now. */
  #serve(object: LockedObject): void {
    for (let first = object.waiters[0]; first !== undefined && compatible(object, first); first = object.waiters[0]) {
      this.#leave(object, first);
      this.#give(object, first);
    }
    this.#forget(object);
  }

  #forget(object: LockedObject): void {
    if (object.holders.size === 0 && object.waiters.length === 0) this.#objects.delete(object.name);
  }

  #overTime(object: LockedObject, waiter: Waiter): void {
    const answer = busy(object, waiter);
    this.#leave(object, waiter);
    waiter.answer(answer);
    this.#serve(object);
  }

  #refuse(sessionId: bigint, code: string, message: string): void {
    for (const object of this.#objects.values())
      for (const waiter of object.waiters.filter((each) => each.sessionId === sessionId)) {
        this.#leave(object, waiter);
        waiter.answer({ kind: "refused", code, message });
        this.#serve(object);
      }
  }

  #lookForCircle(): void {
    this.#clock.timer(CIRCLE_SETTLE_MS, () => this.#breakCircle());
  }

  #breakCircle(): void {
    const settledMs = this.#clock.nowMs() - CIRCLE_SETTLE_MS;
    const edges = this.#edges();
    const circle = findCircle(edges.filter((edge) => edge.sinceMs <= settledMs));
    if (circle === undefined) {
      // One that is younger, also by a timer that came a moment early, is looked at again.
      if (findCircle(edges) !== undefined) this.#lookForCircle();
      return;
    }
    const { victim, message } = circle;
    this.#refuse(victim, "Deadlock", message);
    if (this.#writeWaits.delete(victim)) this.#stopWaiting(victim, "Deadlock", message);
    // There may be another one.
    this.#lookForCircle();
  }

  #edges(): readonly WaitEdge[] {
    const edges: WaitEdge[] = [];
    for (const object of this.#objects.values())
      for (const [place, waiter] of object.waiters.entries()) {
        const add = (holder: bigint): void =>
          void edges.push({
            waiter: waiter.sessionId,
            holder,
            object: object.name,
            sinceMs: waiter.sinceMs,
            order: waiter.order,
          });
        for (const [id, holder] of object.holders)
          if (id !== waiter.sessionId && conflict(holder.mode, waiter.mode)) add(id);
        for (const earlier of object.waiters.slice(0, place))
          if (conflict(earlier.mode, waiter.mode)) add(earlier.sessionId);
      }
    for (const [waiter, wait] of this.#writeWaits)
      for (const holder of this.#writers.keys())
        if (holder !== waiter) edges.push({ waiter, holder, object: "the write lock", ...wait });
    return edges;
  }
}

function conflict(left: Mode, right: Mode): boolean {
  return left === "exclusive" || right === "exclusive";
}

function compatible(object: LockedObject, request: LockRequest): boolean {
  for (const [id, holder] of object.holders)
    if (id !== request.sessionId && conflict(holder.mode, request.mode)) return false;
  return true;
}

function busy(object: LockedObject, request: LockRequest): LeadAnswer {
  const holders = [...object.holders].filter(([id]) => id !== request.sessionId).map(([id]) => `session ${String(id)}`);
  const by = holders.length === 0 ? "wanted by others before" : `held by ${holders.join(", ")}`;
  return { kind: "refused", code: "Timeout", message: `The lock ${object.name} is ${by}.` };
}
