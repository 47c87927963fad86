// One client's session in a lane: its socket, the frames that came, the request that runs, and the server session behind it, which it has for a request, or as long
// as something of it stays there (session-pool.ts).
// Requests are done one after the other, in the order in which they came; only FETCH, CANCEL and PING are looked at while one runs.
import type { Socket } from "node:net";
import { canonicalId } from "./ids.ts";
import { detachSocket } from "../processes/detach-socket.ts";
import { directSocket } from "./direct-socket.ts";
import { Intake } from "./intake.ts";
import { wakefulness } from "../../protocol/wakefulness.ts";
import { type Frame, FLAGS, type Id, messageName } from "../../protocol/frame.ts";
import { encodeMessage } from "../../protocol/message-codec.ts";
import type { OutputSink, Session } from "../session-types.ts";
import { Answer, answerCancelled, endFlags } from "./answer.ts";
import { Written } from "./commit-notes.ts";
import { Outlet } from "./outlet.ts";
import { Pause } from "./pause.ts";
import { readyFrame } from "./ready.ts";
import { CANCELLED, RequestEnded, type RunningRequest } from "./running-request.ts";
import type { Flow } from "./row-pump.ts";
import { Borrowed } from "./borrowed.ts";
import type { Holder, Lent, SessionPool } from "./session-pool.ts";
import type { SessionHandover } from "./types.ts";

/** How long one session's requests may follow each other before others get a turn. */
const SERIES_MS = 5;

/** What a session needs of its lane. */
export interface SessionHome {
  readonly label: string;
  readonly version: string;
  readonly pool: Pick<SessionPool, "takeBack" | "end">;
  /** Gives it a server session, with the limits of a request that names none. @throws EngineError. */
  lend(session: LaneSession): Lent;
  /** Does a request; what it gives is waited for. */
  handle(session: LaneSession, frame: Frame, answer: Answer): Promise<void> | undefined;
  /** Between two requests: true when the session was given away and must not be touched any more. */
  between(session: LaneSession): boolean;
  /** The request waits from now on. */
  waits(session: LaneSession): void;
  /** The session is over; called once. */
  ended(session: LaneSession, reason: string): void;
  transactionEnded(session: LaneSession): void;
}

/** Where printed lines go when nothing runs: nobody waits for them. */
const NO_OUTPUT: OutputSink = { print: () => undefined, log: () => undefined, notice: () => undefined };

/** A session. */
export class LaneSession implements Flow, Holder {
  readonly id: Id;
  readonly info: SessionHandover;
  readonly outlet: Outlet;
  readonly connectedAtMs = Date.now();
  lastSeenMs = Date.now();
  /** Texts that PREPARE kept, by number. */
  readonly prepared: Map<number, string>;
  nextStatement: number;
  /** What runs or waits; undefined between requests. */
  request: RunningRequest | undefined;
  /** True while its transaction has written. */
  writing = false;
  subscribed: boolean;
  /** What it has written since it last told. */
  readonly written = new Written();
  /** True while its transaction holds locks of objects. */
  locked = false;
  /** Lists of the daemon as JSON, as they were when a statement last named them. */
  readonly daemonRows = new Map<string, string>();
  epoch = 0;
  /** Where what programs print goes. */
  output: OutputSink = NO_OUTPUT;
  readonly #home: SessionHome;
  readonly #socket: Socket;
  readonly #intake: Intake;
  readonly #early: Uint8Array;
  #busy = false;
  #closed = false;
  readonly borrowed: Borrowed;
  readonly #pause = new Pause();

  constructor(home: SessionHome, info: SessionHandover, given: Socket) {
    this.#home = home;
    this.info = info;
    this.id = canonicalId(info.sessionId);
    this.prepared = new Map(info.prepared?.texts);
    this.nextStatement = info.prepared?.next ?? 1;
    this.subscribed = info.subscribed ?? false;
    this.borrowed = new Borrowed(() => home.lend(this), home.pool);
    const { socket, early } = directSocket(given, (chunk) => this.#take(chunk));
    this.#early = early;
    this.#socket = socket;
    this.#intake = new Intake(socket, (messageId) => answerCancelled(this, messageId));
    this.outlet = new Outlet(socket, () => {
      this.wake();
      if (!this.#busy && this.#intake.waiting > 0) this.#work();
    });
    socket.setNoDelay(true);
    // What went wrong with a socket is told by its end.
    socket.on("error", () => undefined);
    socket.on("close", () => this.close("disconnected"));
    socket.on("end", () => this.close("disconnected"));
  }

  get compression(): "lz4" | "zstd" | undefined {
    return this.info.compression;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#intake.waiting;
  }

  /** True while it runs something or holds what others may wait for. */
  get holds(): boolean {
    return this.request !== undefined || this.locked || this.engineIfOpen?.inTransaction === true;
  }

  /** Milliseconds for which it has asked for nothing; 0 while it works, or waits for events. */
  idleMs(nowMs: number): number {
    return this.#busy || this.subscribed ? 0 : nowMs - this.lastSeenMs;
  }

  /** True while the client has not taken all that was written: it would be lost with the socket. */
  get unsent(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** True when nothing of it stays here but what the client knows: it may live in another lane. */
  get movable(): boolean {
    const engine = this.engineIfOpen;
    return !this.unsent && (engine === undefined || (!engine.inTransaction && !engine.holdsState));
  }

  /** The server session, if it has one now. */
  get engineIfOpen(): Session | undefined {
    return this.borrowed.ifOpen;
  }

  /** The server session. @throws EngineError. */
  get engine(): Session {
    return this.borrowed.engine;
  }

  /** Greets a new client and looks at what has come already. */
  start(): void {
    const { info } = this;
    if (info.greet) this.put(readyFrame(info, this.#home));
    if (info.pending.length > 0) this.#take(info.pending);
    if (this.#early.length > 0) this.#take(this.#early);
    this.flush();
    this.#socket.resume();
  }

  /** Takes bytes, which are somebody else's again when this returns. */
  #take(chunk: Uint8Array): void {
    if (this.#closed) return;
    wakefulness.came();
    this.lastSeenMs = Date.now();
    this.#intake.take(chunk, this.#busy ? this.#aside : undefined);
    this.#work();
  }

  /** Looks at the socket while something keeps the lane from its events: what has come is done later, but for CANCEL; a client that is gone ends the session. */
  lookAtSocket(): void {
    const isBusy = this.#busy;
    if (this.#intake.look(isBusy ? this.#aside : undefined) === "gone") this.close("disconnected");
    // Not now: something else is in the middle of its work.
    else if (!isBusy && this.#intake.waiting > 0) setImmediate(() => this.#work());
  }

  /** What is looked at while a request runs; true when that was all. */
  readonly #aside = (frame: Frame): boolean => {
    const name = messageName(frame.code);
    if (name !== "FETCH" && name !== "CANCEL" && name !== "PING") return false;
    if (name === "FETCH" && frame.messageId !== this.request?.messageId) return true;
    void this.#home.handle(this, frame, new Answer(this, frame.messageId));
    this.flush();
    return true;
  };

  #work(): void {
    // For who does not take answers nothing more is done; it goes on when there is room.
    while (!this.#busy && !this.#closed && !this.outlet.stuck) {
      const frame = this.#intake.next();
      if (frame === undefined) {
        this.#rest();
        return;
      }
      this.#busy = true;
      const answer = new Answer(this, frame.messageId);
      this.output = answer;
      const pending = this.#home.handle(this, frame, answer);
      if (pending !== undefined) {
        this.flush();
        void pending.then(() => this.#next());
        return;
      }
      this.#busy = false;
      this.output = NO_OUTPUT;
      this.borrowed.giveBack(this.#closed);
      if (this.#intake.waiting > 0 && Date.now() - this.lastSeenMs > SERIES_MS) {
        this.lastSeenMs = Date.now();
        this.flush();
        setImmediate(() => this.#work());
        return;
      }
    }
  }

  #next(): void {
    this.#busy = false;
    this.lastSeenMs = Date.now();
    this.output = NO_OUTPUT;
    this.borrowed.giveBack(this.#closed);
    this.flush();
    this.#work();
  }

  /** Nothing is left to do. */
  #rest(): void {
    this.flush();
    const { fault } = this.#intake;
    if (fault !== undefined) return this.goodbye("protocol_error", fault.message);
    if (this.#socket.isPaused()) this.#socket.resume();
    wakefulness.expect(this);
    if (this.#home.between(this) || this.#socket.writableLength === 0) return;
    this.#socket.write("", () => void (this.#busy || this.#closed || this.#home.between(this)));
  }

  put(frame: Uint8Array): void {
    this.outlet.put(frame);
  }

  /** Lets go what was put. */
  flush(): void {
    this.outlet.flush();
  }

  endFlags(): number {
    const engine = this.engineIfOpen;
    return engine === undefined ? FLAGS.END : endFlags(engine.holdsState, engine.inTransaction);
  }

  /** The client has taken so many bytes. */
  fetched(bytes: number): void {
    this.outlet.fetched(bytes);
    this.wake();
  }

  sent(bytes: number): void {
    this.outlet.sent(bytes);
  }

  get full(): boolean {
    return this.outlet.full;
  }

  async room(): Promise<void> {
    this.outlet.pump();
    while (this.full) await this.pause();
  }

  /**
   * Waits until something has happened that this session may have waited for, at most so long.
   * @throws RequestEnded when the request was cancelled, is late, or the client is gone.
   */
  async pause(atMostMs?: number): Promise<void> {
    const { request } = this;
    this.#home.waits(this);
    request?.check(this.#closed);
    const leftMs = Math.min(atMostMs ?? Number.POSITIVE_INFINITY, request?.leftMs() ?? Number.POSITIVE_INFINITY);
    const from = performance.now();
    await this.#pause.wait(leftMs);
    if (request !== undefined) request.waitedMs += performance.now() - from;
    request?.check(this.#closed);
  }

  /** @throws RequestEnded when the running request is to stop. */
  check(): void {
    this.request?.check(this.#closed);
  }

  /** Ends a pause. */
  wake(): void {
    this.#pause.end();
  }

  /** Ends a request of this session, also one that waits for its turn, or whatever runs. */
  cancel(messageId: Id | undefined, why: RequestEnded["code"] = "Cancelled", message?: string): void {
    const { request } = this;
    if (messageId !== undefined && request?.messageId !== messageId) return this.#intake.withdraw(messageId);
    if (request === undefined) return;
    request.stop = new RequestEnded(why, message ?? CANCELLED);
    this.engineIfOpen?.cancel();
    this.wake();
  }

  /** Says why, and closes. */
  goodbye(code: string, message: string): void {
    if (this.#closed) return;
    this.put(encodeMessage("GOODBYE", { messageId: 0, sessionId: this.id }, { code, message }));
    this.flush();
    this.close(code);
  }

  /** Gives the socket away: nothing is read or written here any more. Bytes that were read and not looked at are in the result. */
  release(): { readonly socket: Socket; readonly unread: Uint8Array } {
    this.flush();
    const socket = this.#socket;
    // Else it goes on reading, and takes bytes away, until the other process has it.
    detachSocket(socket);
    for (const event of ["data", "drain", "error", "close", "end"]) socket.removeAllListeners(event);
    this.#closed = true;
    this.outlet.close();
    this.borrowed.end();
    return { socket, unread: this.#intake.rest() };
  }

  /** Ends the session: what it had open is undone at once, or as soon as what runs has noticed. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outlet.close();
    this.#intake.clear();
    this.#socket.end();
    this.#socket.destroySoon();
    if (this.request === undefined) this.finish(reason);
    else {
      this.cancel(undefined);
      this.request.whenDone = () => this.finish(reason);
    }
  }

  finish(reason: string): void {
    this.borrowed.end();
    this.#home.transactionEnded(this);
    this.#home.ended(this, reason);
  }
}
