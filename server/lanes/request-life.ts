// The life of a request that runs something: limits and window before it, counts, locks and what others must hear of after it.
import { InternalError } from "../../base/failure.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import type { Session, SessionLimits } from "../session-types.ts";
import type { LaneCounts } from "./counts.ts";
import { noteDeadlock } from "./deadlock-notes.ts";
import type { LaneSession } from "./lane-session.ts";
import { WINDOW_BYTES } from "./outlet.ts";
import type { RequestPlace } from "./request-place.ts";
import { count, type RunFields } from "./run-options.ts";
import { LATE, RequestEnded, RunningRequest } from "./running-request.ts";
import type { FromLane, LaneOpening } from "./types.ts";
import type { WriteTurns } from "./write-turns.ts";

/** Requests older than this are told to the Lead. */
const TELL_AFTER_MS = 20;
/** A time that no request reaches: with a limit, sessions ask the clock. */
const NO_LIMIT_MS = 2 ** 40;
/** The Lead hears of a wait for the write lock after so many attempts (about 15 ms). */
const TOLD_ATTEMPT = 4;

/** What requests need of their lane. */
export interface RequestHome {
  readonly opening: LaneOpening;
  readonly counts: LaneCounts;
  readonly turns: WriteTurns;
  /** What the Lead wants to hear of. */
  readonly watched: { readonly tables: boolean; readonly catalog: boolean };
  send(message: FromLane): void;
}

/** The requests of one lane. */
export class Requests {
  readonly #home: RequestHome;
  /** Sessions with a request. */
  readonly #running = new Set<LaneSession>();
  /** Epochs of the catalog that the Lead has been told of, or need not be. */
  readonly #epochs = new WeakMap<LaneSession, number>();

  constructor(home: RequestHome) {
    this.#home = home;
  }

  /**
   * Does a request.
   * @throws what the work throws, when it throws before it waits.
   */
  around(
    place: RequestPlace,
    text: string,
    fields: RunFields,
    work: () => Promise<void> | undefined,
  ): Promise<void> | undefined {
    this.#begin(place, text, fields);
    let pending: Promise<void> | undefined;
    try {
      this.#limit(place.session, fields);
      this.#lookFirst(place.session);
      pending = work();
    } catch (error) {
      throw this.#fail(place, error);
    }
    if (pending === undefined) return this.#finish(place);
    return pending.then(
      () => this.#finish(place),
      (error: unknown) => {
        throw this.#fail(place, error);
      },
    );
  }

  /** A session that is new to this lane has to know how the catalog is before its first request, to see whether that changes it. */
  #lookFirst(session: LaneSession): void {
    if (!this.#home.watched.catalog || this.#epochs.has(session)) return;
    const { engine } = session;
    // What others have changed since somebody used it is noticed.
    engine.catalogView();
    this.#epochs.set(session, engine.catalogEpoch);
  }

  #limit(session: LaneSession, fields: RunFields): void {
    const { deadline_ms: deadline, rows_max: rows } = fields;
    const key = deadline === undefined && rows === undefined ? "" : `${deadline ?? ""} ${rows ?? ""}`;
    session.borrowed.limit(key, () => this.limits(fields));
  }

  /** Limits of a session's server session for a request: a deadline as it names one, up to the longest; rows at most as many as may be. */
  limits(fields: RunFields): SessionLimits {
    const { limits } = this.#home.opening;
    const rows = count(fields.rows_max, "rows_max");
    const rowsMax = rows === undefined ? limits.rowsMax : Math.min(rows, limits.rowsMax ?? rows);
    const timeoutMs = this.#deadlineMs(fields) ?? NO_LIMIT_MS;
    return { ...limits, timeoutMs, ...(rowsMax === undefined ? {} : { rowsMax }) };
  }

  #deadlineMs({ deadline_ms: deadline }: RunFields): number | undefined {
    const { limits, deadlineMaxMs } = this.#home.opening;
    const asked = count(deadline, "deadline_ms");
    return asked === undefined ? limits.timeoutMs : Math.min(asked, deadlineMaxMs ?? asked);
  }

  #begin({ session, frame }: RequestPlace, text: string, fields: RunFields): void {
    this.#home.counts.submitted += 1;
    session.request = new RunningRequest(frame.messageId, text, this.#deadlineMs(fields));
    for (const { request } of this.#running) if (request?.told === true) this.tell(session);
    this.#running.add(session);
    session.outlet.openWindow(count(fields.window_bytes, "window_bytes") ?? WINDOW_BYTES);
  }

  /** Ends a request that has failed; gives what to tell: at its deadline it may also have been stopped from outside. */
  #fail(place: RequestPlace, error: unknown): unknown {
    const isLate = codeOf(error) === "Cancelled" && place.session.request?.isLate === true;
    const told = isLate ? new RequestEnded(LATE.code, LATE.message) : error;
    if (codeOf(told) === "Deadlock") this.#noteDeadlock(place.session, told);
    this.#finish(place, told);
    return told;
  }

  #noteDeadlock(session: LaneSession, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const warn = (text: string): void => this.#home.send({ kind: "log", level: "warn", text });
    noteDeadlock(this.#home.opening.database, session, message, warn);
  }

  /** `error`: what it failed with and nobody has answered yet. */
  #finish({ session, answer }: RequestPlace, error?: unknown): undefined {
    const { request } = session;
    if (request === undefined) return undefined;
    const { counts } = this.#home;
    session.request = undefined;
    this.#running.delete(session);
    const { sessionId } = session.info;
    if (request.toldWaiting) this.#home.send({ kind: "waiting", sessionId, forWrite: false });
    if (request.told) this.#home.send({ kind: "ended", sessionId, messageId: BigInt(request.messageId) });
    if (answer.timedOut || codeOf(error) === "Timeout") counts.timeouts += 1;
    counts.ended(performance.now() - request.startedAt, request.waitedMs, answer.failed || error !== undefined);
    const engine = session.engineIfOpen;
    if (engine !== undefined) this.#settle(session, engine);
    request.whenDone?.();
    return undefined;
  }

  /** What a request has left behind: a transaction that writes, changes that are committed. */
  #settle(session: LaneSession, engine: Session): void {
    this.#tellChanges(session, engine);
    this.between(session, engine);
  }

  /** What has been left behind so far that others wait for: a transaction that writes, or none any more. */
  between(session: LaneSession, engine: Session): void {
    const { turns } = this.#home;
    if (!engine.inTransaction) {
      this.transactionEnded(session);
      turns.released();
    } else if (engine.hasWritten && !session.writing) {
      session.writing = true;
      turns.take(session);
      this.#home.send({ kind: "writing", sessionId: session.info.sessionId, writing: true });
    }
  }

  /** Tells the Lead what has changed and is committed, when it wants to hear of it. */
  #tellChanges(session: LaneSession, engine: Session): void {
    const { watched } = this.#home;
    const epoch = engine.catalogEpoch;
    session.epoch = epoch;
    if (engine.inTransaction) return;
    const before = this.#epochs.get(session);
    if (before !== epoch) this.#epochs.set(session, epoch);
    const moved = watched.catalog && before !== undefined && before !== epoch;
    const { tables, anything, committed } = session.written;
    const unknown = anything && committed;
    if (moved || unknown || tables.size > 0)
      this.#home.send({ kind: "changed", tables: [...tables].sort(), unknown, epoch: moved ? epoch : undefined });
    session.written.clear();
  }

  /** The session's transaction has ended, or the session: its locks are free. */
  transactionEnded(session: LaneSession): void {
    const { turns } = this.#home;
    const { sessionId } = session.info;
    if (session.locked) {
      session.locked = false;
      this.#home.send({ kind: "unlockAll", sessionId });
    }
    if (!session.writing) return;
    session.writing = false;
    turns.give(session);
    this.#home.send({ kind: "writing", sessionId, writing: false });
  }

  /** A session is gone. */
  forget(session: LaneSession): void {
    this.#running.delete(session);
  }

  /** Waits for the database's write lock, or a while. @throws RequestEnded; Trap DatabaseLocked when it has waited as long as it may. */
  async waitToWrite(session: LaneSession, attempt: number): Promise<void> {
    const { opening, turns } = this.#home;
    const { request } = session;
    if (request === undefined) throw new InternalError("nothing runs that could wait");
    const now = performance.now();
    request.lockedSince ??= now;
    if (now - request.lockedSince > opening.busyTimeoutMs)
      throw trap(
        "DatabaseLocked",
        `Another session has been writing for ${Math.round(opening.busyTimeoutMs / 1000)} s; the statement was not begun.`,
      );
    if (attempt === TOLD_ATTEMPT) {
      request.toldWaiting = true;
      this.#home.send({ kind: "waiting", sessionId: session.info.sessionId, forWrite: true });
    }
    const stop = turns.wait(attempt, () => session.wake());
    try {
      await session.pause();
    } finally {
      stop();
    }
  }

  /** Tells the Lead of requests that last, by performance.now(). */
  tellOfLong(nowMs: number): void {
    for (const session of this.#running) this.tellIfLong(session, nowMs);
  }

  /** Tells the Lead of a session's request once it lasts. */
  tellIfLong(session: LaneSession, nowMs: number): void {
    const { request } = session;
    if (request !== undefined && nowMs - request.startedAt > TELL_AFTER_MS) this.tell(session);
  }

  /** Tells the Lead of a session's request, now: it may last, and nobody looks around meanwhile. Of the others too: the Lead must not take one for the other. */
  tell(session: LaneSession): void {
    this.#tellOf(session);
    for (const other of this.#running) this.#tellOf(other);
  }

  #tellOf({ info, request }: LaneSession): void {
    if (request === undefined || request.told) return;
    request.told = true;
    this.#home.send({
      kind: "began",
      sessionId: info.sessionId,
      messageId: BigInt(request.messageId),
      atMs: performance.timeOrigin + request.startedAt,
      deadlineMs: request.deadlineAt === undefined ? undefined : request.deadlineAt - request.startedAt,
      text: request.text,
    });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Trap ? error.value.code : error instanceof RequestEnded ? error.code : undefined;
}
