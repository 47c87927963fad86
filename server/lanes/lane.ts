// A lane: the sessions that were handed to it, what they share (whose turn it is to write, the clock that looks around), and its talk with the Lead.
// It knows nothing of how it was started; lane-process.ts gives it the channel.
import type { Socket } from "node:net";
import { InternalError } from "../../base/failure.ts";
import { VERSION } from "../../base/version.ts";
import type { Frame, Id } from "../../protocol/frame.ts";
import { encodeMessage } from "../../protocol/message-codec.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { SharedKnowledge } from "../programs/knowledge.ts";
import { openSession } from "../session.ts";
import type { Session, SessionClock } from "../session-types.ts";
import type { Answer } from "./answer.ts";
import { laneClock } from "./clock.ts";
import { ConnectionCheck } from "./connection-check.ts";
import { CommitNotes } from "./commit-notes.ts";
import { openControlFile } from "./control-file.ts";
import { doOnce, keyOf, requestHash } from "./kept-answers.ts";
import { LaneCounts } from "./counts.ts";
import { type Elsewhere, elsewhereFor, refuseInThread } from "./elsewhere.ts";
import { type IdleWatch, watchIdle } from "./idle-watch.ts";
import { canonicalId } from "./ids.ts";
import { LaneSession, type SessionHome } from "./lane-session.ts";
import { LeadQuestions } from "./lead-questions.ts";
import { type RequestHome, Requests } from "./request-life.ts";
import { handleRequest } from "./requests.ts";
import type { RequestPlace } from "./request-place.ts";
import { RightsWatch } from "./rights-watch.ts";
import type { AskedWork } from "./run-options.ts";
import { ResultCache } from "./result-cache.ts";
import { type Lent, type PoolOpening, SessionPool } from "./session-pool.ts";
import { laneStatus } from "./status.ts";
import type { FromLane, LaneOpening, SessionHandover, ToLane } from "./types.ts";
import { WriteTurns } from "./write-turns.ts";

/** The number in a label, `DQM-<Database>-<NN>-<TAGS>`. */
function laneNumber(label: string): number {
  return Number(/-(\d\d)-[A-Z]*$/u.exec(label)?.[1] ?? 0);
}

/** How often is looked whether a client that takes nothing is there still. */
const TAKEN_LOOK_MS = 1000;

/** How often a lane that is kept busy looks whether its clients are there. */
const SOCKETS_EVERY_MS = 500;

/** The channel to the Lead. */
export interface LanePort {
  /** A process can be ended in the middle of a statement. */
  readonly host: "process" | "thread";
  send(message: FromLane, socket?: Socket): void;
  /** Every session has ended and the lane was to drain. */
  drained(): void;
  /** True when the Lead is gone: nobody could stop what runs any more. */
  orphaned(): boolean;
  /** What the lane takes, for lists. */
  memoryBytes(): number;
}

/** A lane. */
export class Lane implements SessionHome, RequestHome {
  readonly opening: LaneOpening;
  readonly counts = new LaneCounts();
  readonly turns = new WriteTurns();
  readonly requests: Requests = new Requests(this);
  readonly sessions = new Map<Id, LaneSession>();
  readonly version = VERSION;
  readonly lead = new LeadQuestions((message) => this.send(message));
  readonly #port: LanePort;
  readonly #clock: SessionClock;
  readonly pool: SessionPool;
  /** Answers of queries, in a lane with the tag `cache`. */
  readonly cache: ResultCache | undefined;
  readonly #check: ConnectionCheck;
  readonly #control: ReturnType<typeof openControlFile>;
  readonly #knowledge = new SharedKnowledge();
  /** What the Lead wants to hear of. */
  watched: { readonly tables: boolean; readonly catalog: boolean } = { tables: false, catalog: false };
  #draining = false;
  /** Sessions that the Lead wants back. */
  readonly #leaving = new Set<Id>();
  #goodbye = false;
  /** Drained, it waits to be told once more. */
  #stays = false;
  /** When to look at the sockets next, by performance.now(). */
  #socketsAtMs = 0;
  readonly #idleWatch: IdleWatch;
  readonly rights: RightsWatch;
  readonly commits: CommitNotes;

  /** @throws the system's error when the control file is missing. */
  constructor(opening: LaneOpening, port: LanePort) {
    this.opening = opening;
    this.#port = port;
    this.#control = openControlFile(opening.controlFile);
    this.#clock = laneClock((now) => this.#look(now));
    this.commits = new CommitNotes(opening.database, laneNumber(opening.label));
    this.rights = new RightsWatch(this.sessions, opening.database, (text) =>
      this.send({ kind: "log", level: "warn", text }),
    );
    // A server session looks around as soon as it does something.
    this.pool = new SessionPool((wanted) => this.#open(wanted));
    this.#check = new ConnectionCheck(() => this.pool.resting, opening.database);
    this.cache = opening.tags.includes("cache") ? new ResultCache(this.pool) : undefined;
    this.#idleWatch = watchIdle(this.sessions, opening.idleTimeoutMs);
  }

  get label(): string {
    return this.opening.label;
  }

  send(message: FromLane, socket?: Socket): void {
    this.#port.send(message, socket);
  }

  // --- from the Lead ---

  receive(message: ToLane, socket: Socket | undefined): void {
    switch (message.kind) {
      case "open":
        throw new InternalError("a lane is opened once");
      case "session":
        if (socket !== undefined) this.#add(message.session, socket);
        return;
      case "drain":
        this.#drain(message);
        return;
      case "giveBack":
        for (const sessionId of message.sessionIds) this.#letGo(this.#find(sessionId));
        return;
      case "endSession":
        this.#find(message.sessionId)?.goodbye(message.code, message.message);
        return;
      case "cancel":
        this.#find(message.sessionId)?.cancel(
          message.messageId === undefined ? undefined : canonicalId(message.messageId),
        );
        return;
      case "stopWaiting":
        this.#find(message.sessionId)?.cancel(undefined, "Deadlock", message.message);
        return;
      case "watched":
        this.watched = message;
        this.commits.use(message.journal);
        return;
      case "answer":
        this.lead.answered(message.askId, message.answer);
        return;
      case "event":
        this.#event(message);
        return;
      case "invalidate":
        this.cache?.clear();
        return;
      case "report":
        this.#report();
        return;
      case "takeNumbers":
        this.send({ kind: "numbers", numbers: this.counts.take() });
        return;
    }
  }

  #report(): void {
    const draining = this.#draining;
    const rssBytes = this.#port.memoryBytes();
    this.send({ kind: "status", status: laneStatus(this, { draining, rssBytes, fault: this.#check.fault() }) });
  }

  #find(sessionId: bigint): LaneSession | undefined {
    return this.sessions.get(canonicalId(sessionId));
  }

  #add(info: SessionHandover, socket: Socket): void {
    const session = new LaneSession(this, info, socket);
    this.sessions.set(session.id, session);
    session.start();
  }

  #event({ sessionId, topic, data }: Extract<ToLane, { kind: "event" }>): void {
    const session = this.#find(sessionId);
    const heard = session === undefined ? undefined : this.rights.heard(session, topic, data);
    if (session === undefined || heard === undefined) return;
    session.put(encodeMessage("EVENT", { messageId: 0, sessionId: session.id }, { topic, data: heard }));
    session.flush();
  }

  #drain({ goodbye, stay }: Extract<ToLane, { kind: "drain" }>): void {
    this.#draining = true;
    this.#goodbye ||= goodbye;
    this.#stays = stay;
    for (const session of this.sessions.values()) if (!session.busy) this.between(session);
    this.#leaveWhenEmpty();
  }

  #leaveWhenEmpty(): void {
    if (!this.#draining || this.#stays || this.sessions.size > 0) return;
    this.send({ kind: "numbers", numbers: this.counts.take() });
    this.#port.drained();
  }

  // --- sessions ---

  lend(session: LaneSession): Lent {
    const lent = this.pool.lend(session, session.info.principal);
    if (lent.limitsKey !== "") lent.engine.setLimits(this.requests.limits({}));
    lent.limitsKey = "";
    return lent;
  }

  #open(wanted: PoolOpening): Session {
    const { database, directory, mmapBytes } = this.opening;
    return openSession({
      ...wanted,
      engine: sqliteEngine,
      database,
      directory,
      mmapBytes,
      create: false,
      keptOpen: true,
      shared: this.#knowledge,
      // Nobody waits inside a statement: it is put back and tried again.
      busyTimeoutMs: 0,
      clock: this.#clock,
      beforeWriting: this.#port.host === "thread" ? refuseInThread : undefined,
      cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
      limits: this.requests.limits({}),
    });
  }

  handle(session: LaneSession, frame: Frame, answer: Answer): Promise<void> | undefined {
    return handleRequest({ lane: this, session, frame, answer, flow: session });
  }

  between(session: LaneSession): boolean {
    if (!this.#draining && !this.#leaving.has(session.id)) return false;
    if (this.#goodbye) {
      session.goodbye("shutting_down", "The daemon is shutting down.");
      return true;
    }
    if (!session.movable) return false;
    this.#giveBack(session, { wanted: undefined, inProcess: false });
    return true;
  }

  #letGo(session: LaneSession | undefined): void {
    if (session === undefined) return;
    this.#leaving.add(session.id);
    if (!session.busy) this.between(session);
  }

  ended(session: LaneSession, reason: string): void {
    this.sessions.delete(session.id);
    this.#leaving.delete(session.id);
    this.requests.forget(session);
    this.send({ kind: "sessionEnded", sessionId: session.info.sessionId, reason });
    this.#leaveWhenEmpty();
  }

  #giveBack(session: LaneSession, { wanted, inProcess, first, movedFor }: Elsewhere): void {
    const { socket, unread } = session.release();
    this.sessions.delete(session.id);
    this.#leaving.delete(session.id);
    const pending = first === undefined ? unread : Buffer.concat([first, unread]);
    const moved: SessionHandover = {
      ...session.info,
      greet: false,
      pending,
      prepared: { next: session.nextStatement, texts: session.prepared },
      subscribed: session.subscribed,
      ...(movedFor === undefined ? {} : { movedFor }),
    };
    this.send({ kind: "sessionBack", session: moved, wanted, inProcess }, socket);
    this.#leaveWhenEmpty();
  }

  // --- requests ---

  /**
   * Does a request that runs something, unless it wants another lane.
   * @throws what the work throws, when it throws before it waits.
   */
  around(
    place: RequestPlace,
    asked: AskedWork,
    work: (place: RequestPlace) => Promise<void> | undefined,
  ): Promise<void> | undefined {
    const { text, args, fields } = asked;
    const key = keyOf(fields);
    return this.inItsLane(place, asked, () =>
      this.requests.around(place, text, fields, () =>
        key === undefined ? work(place) : doOnce(place, { key, hash: requestHash(place.frame.code, text, args), work }),
      ),
    );
  }

  /** Does what a request asks for, or gives the session back when that is for another lane. @throws what `work` throws; Trap. */
  inItsLane(place: RequestPlace, asked: AskedWork, work: () => Promise<void> | undefined): Promise<void> | undefined {
    const elsewhere = elsewhereFor(place, asked, this.#port.host);
    if (elsewhere === undefined) return work();
    if (elsewhere === "when taken") return this.#whenTaken(place, asked, work);
    this.#giveBack(place.session, elsewhere);
    return undefined;
  }

  async #whenTaken(place: RequestPlace, asked: AskedWork, work: () => Promise<void> | undefined): Promise<void> {
    const { session } = place;
    session.borrowed.giveBack(false);
    while (session.unsent && !session.closed) await session.pause(TAKEN_LOOK_MS);
    if (!session.closed) await this.inItsLane(place, asked, work);
  }

  /** True when what the session did last found the database locked, and may be done again: nothing of it is left, and nothing of it was shown. */
  mayTryAgain(session: LaneSession, answer: Answer, noticesBefore: number): boolean {
    return session.engine.undoneBecauseLocked && answer.notices === noticesBefore;
  }

  waits(session: LaneSession): void {
    this.requests.tellIfLong(session, performance.now());
  }

  transactionEnded(session: LaneSession): void {
    this.requests.transactionEnded(session);
  }

  /** Called every few milliseconds while something runs. */
  #look(nowMs: number): void {
    // The Lead is gone: nobody could stop this any more, and it would hold the database for ever.
    if (this.#port.orphaned()) process.kill(process.pid, "SIGKILL");
    for (const { sessionId, messageId } of this.#control.look())
      this.#find(sessionId)?.cancel(messageId === undefined ? undefined : canonicalId(messageId));
    this.requests.tellOfLong(nowMs);
    this.rights.look(nowMs);
    if (nowMs < this.#socketsAtMs) return;
    this.#socketsAtMs = nowMs + SOCKETS_EVERY_MS;
    for (const session of this.sessions.values()) if (session.holds) session.lookAtSocket();
  }

  /** Ends everything, for the process's end. */
  close(): void {
    for (const session of this.sessions.values()) session.close("lane_ended");
    this.#idleWatch.stop();
    this.rights.stop();
    this.#control.close();
    this.commits.close();
    // Whoever is the last one to close takes the log into the database's file. A statement under way ends with the process.
    this.pool.close();
  }
}
