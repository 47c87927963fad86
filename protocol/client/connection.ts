// One session of a daemon over one socket: sends requests, hands the frames of each answer to who asked, and says when the connection is gone.
// Several requests may be under way; the daemon answers them in order. Repeats nothing: what a lost answer means is decided in queryable.ts.
import type { Socket } from "node:net";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { FLAGS, type Frame, type Id, PROTOCOL_VERSION } from "../frame.ts";
import { writeDirect } from "../direct-write.ts";
import { wakefulness } from "../wakefulness.ts";
import { type Argument, decodeMessage, encodeMessage, type MessageFields } from "../message-codec.ts";
import { MESSAGES, type MessageName } from "../messages.ts";
import { WireFault } from "../wire-fault.ts";
import type { Address } from "./discovery.ts";
import {
  connectionClosed,
  connectionLost,
  daemonUnreachable,
  errorOfAnswer,
  type Farewell,
  jsonOfAnswer,
  notUnderstood,
} from "./failures.ts";
import { FrameInlet } from "./frame-inlet.ts";
import { readSocketKey } from "./socket-key.ts";
import { addressText, HANDSHAKE_MS_MAX, openSocket } from "./transport.ts";
import type { ConnectOptions } from "./types.ts";

/** Who waits for an answer. */
export interface Answer {
  /** One frame of it. `isLast`: no more come. @throws WireFault, GrizzlyError `ProtocolError` when it cannot be read: `fail` follows. */
  frame(frame: Frame, isLast: boolean): void;
  /** No more frames come, and the last one was not among them. */
  fail(error: GrizzlyError): void;
}

/** What READY said. */
export interface Greeting {
  readonly sessionId: Id;
  readonly secret: Uint8Array;
  readonly serverVersion: string;
  readonly lane: string;
  readonly user: string;
  readonly compression: string | undefined;
  readonly catalogEpoch: number;
}

/** How to introduce oneself. */
export interface Introduction {
  readonly clientName: string | undefined;
  readonly token: string | undefined;
  readonly password: string | undefined;
  readonly user: string | undefined;
  readonly lane: string | undefined;
  readonly compression: string | undefined;
}

/** How long a cancellation may take to be accepted; the request itself ends when the daemon says so. */
const CANCEL_MS_MAX = 5_000;
/** The same argument list for all messages that carry none. */
const NO_ARGUMENTS: readonly Argument[] = [];

const { READY, ERROR, DONE, EVENT, GOODBYE, PONG } = MESSAGES;

/** A session on a socket. Made by `connectTo`. */
export class Connection {
  readonly greeting: Greeting;
  readonly #socket: Socket;
  readonly #address: Address;
  readonly #tls: ConnectOptions["tls"];
  readonly #answers = new Map<Id, Answer>();
  #nextMessageId = 2;
  #isOpen = true;
  #isIdle = false;
  #catalogEpoch: number;
  #endFlags = 0;
  #farewell: Farewell | undefined;
  #cause: Error | undefined;
  /** Gets events of SUBSCRIBE. */
  onEvent: ((topic: string, data: unknown) => void) | undefined;
  /** Told once when the connection is gone, after everybody who waited for an answer; also after `close`. */
  onClosed: ((error: GrizzlyError) => void) | undefined;

  constructor(
    socket: Socket,
    inlet: FrameInlet,
    greeting: Greeting,
    at: { readonly address: Address; readonly tls: ConnectOptions["tls"] },
  ) {
    this.#socket = socket;
    this.#address = at.address;
    this.#tls = at.tls;
    this.greeting = greeting;
    this.#catalogEpoch = greeting.catalogEpoch;
    socket.on("error", (error) => {
      this.#cause = error;
    });
    socket.on("close", () => this.#ended());
    inlet.listen({ frame: (frame) => this.#dispatch(frame), fault: (fault) => this.#giveUp(fault) });
  }

  /** False once nothing can be sent any more. */
  get isOpen(): boolean {
    return this.#isOpen;
  }
  /** Why the daemon has closed it, if it has said so. */
  get farewell(): Farewell | undefined {
    return this.#farewell;
  }
  /** Epoch of the catalog in the last frame. */
  get catalogEpoch(): number {
    return this.#catalogEpoch;
  }
  /** True while the session holds more than prepared statements: a transaction, variables, temporary tables. */
  get holdsState(): boolean {
    return (this.#endFlags & (FLAGS.STATE | FLAGS.IN_TRANSACTION)) !== 0;
  }
  /** True while a transaction is open that BEGIN has begun. */
  get inTransaction(): boolean {
    return (this.#endFlags & FLAGS.IN_TRANSACTION) !== 0;
  }
  /** Requests without a whole answer. */
  get pending(): number {
    return this.#answers.size;
  }

  /** True while requests that were sent before have no whole answer: the daemon does one after the other. */
  waitsBehind(messageId: Id): boolean {
    const [oldest] = this.#answers.keys();
    return oldest !== undefined && oldest !== messageId;
  }

  /** Sends a request with one write and gives its message id. On a closed connection the answer fails at once. */
  send<Name extends MessageName>(
    name: Name,
    fields: MessageFields<Name>,
    answer: Answer,
    args: readonly Argument[] = NO_ARGUMENTS,
  ): Id {
    const messageId = this.#nextMessageId++;
    if (!this.#isOpen) {
      answer.fail(connectionClosed(this.#farewell));
      return messageId;
    }
    // What cannot be encoded throws here, before anybody waits for an answer.
    const bytes = encodeMessage(name, { messageId, sessionId: this.greeting.sessionId }, fields, args);
    this.#answers.set(messageId, answer);
    // Of a statement that is forgotten, say, while the connection is nobody's: who waits for the answer shall get it.
    if (this.#isIdle) this.#socket.ref();
    writeDirect(this.#socket, bytes);
    wakefulness.expect(this);
    return messageId;
  }

  /** Allows the daemon to send more rows of a request. */
  allow(messageId: Id, bytes: number): void {
    if (this.#isOpen)
      this.#socket.write(encodeMessage("FETCH", { messageId, sessionId: this.greeting.sessionId }, { bytes }));
  }

  /**
   * Asks the daemon to end a request, over a connection of its own since this one's lane is busy with it. Its answer comes as an error on this connection, or
   * as its result when it was faster. @throws GrizzlyError `ServiceUnavailable`.
   */
  async cancel(messageId: Id): Promise<void> {
    const { sessionId, secret } = this.greeting;
    const inlet = new FrameInlet();
    const socket = await openSocket(this.#address, this.#tls, inlet);
    await new Promise<void>((resolve) => {
      socket.setTimeout(CANCEL_MS_MAX, () => socket.destroy());
      // An error is followed by the close; what it says changes nothing for the request.
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
      inlet.listen({ frame: () => socket.destroy(), fault: () => socket.destroy() });
      socket.write(
        encodeMessage(
          "CANCEL",
          { messageId: 1, sessionId: 0 },
          { session_id: sessionId, secret, message_id: messageId },
        ),
      );
    });
  }

  /** Says goodbye. What is under way ends without an answer. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const header = { messageId: this.#nextMessageId++, sessionId: this.greeting.sessionId };
    this.#socket.end(encodeMessage("DISCONNECT", header, {}));
    this.#socket.unref();
    // A daemon that hangs does not keep the socket.
    setTimeout(() => this.#socket.destroy(), CANCEL_MS_MAX).unref();
  }

  /** Cuts the connection off. */
  destroy(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  /** A connection that nobody waits for does not keep the process alive. */
  setIdle(idle: boolean): void {
    this.#isIdle = idle;
    if (!idle) this.#socket.ref();
    else if (this.#answers.size === 0) this.#socket.unref();
  }

  #dispatch(frame: Frame): void {
    wakefulness.came();
    this.#catalogEpoch = frame.catalogEpoch;
    const answer = this.#answers.get(frame.messageId);
    const { code } = frame;
    if (answer === undefined || code === EVENT.code || code === GOODBYE.code) return this.#aside(frame);
    const isLast = (frame.flags & FLAGS.END) !== 0 || code === ERROR.code || code === DONE.code || code === PONG.code;
    if (isLast) {
      this.#answers.delete(frame.messageId);
      this.#endFlags = frame.flags;
    }
    try {
      answer.frame(frame, isLast);
    } catch (error) {
      if (!(error instanceof WireFault || error instanceof GrizzlyError)) throw error;
      this.#answers.delete(frame.messageId);
      answer.fail(error instanceof WireFault ? notUnderstood(error.message, error) : error);
      // What else would come of this answer has nobody who takes it.
      if (!isLast) this.destroy();
    }
    if (isLast && this.#isIdle && this.#answers.size === 0) this.#socket.unref();
  }

  /** What is no part of an answer. Frames of requests that nobody waits for any more are let pass. */
  #aside(frame: Frame): void {
    try {
      if (frame.code === GOODBYE.code) {
        this.#isOpen = false;
        this.#farewell = decodeMessage("GOODBYE", frame.payload).fields;
      } else if (frame.code === EVENT.code) {
        const { topic, data } = decodeMessage("EVENT", frame.payload).fields;
        this.onEvent?.(topic, jsonOfAnswer(data));
      }
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#giveUp(error);
    }
  }

  #giveUp(fault: WireFault): void {
    this.#cause = notUnderstood(fault.message, fault);
    this.destroy();
  }

  #ended(): void {
    this.#isOpen = false;
    const lost = [...this.#answers.values()];
    this.#answers.clear();
    for (const answer of lost) answer.fail(connectionLost(this.#farewell, this.#cause));
    this.onClosed?.(connectionClosed(this.#farewell));
  }
}

/** Opens a socket and a session on it. @throws GrizzlyError `ServiceUnavailable` (retryable), `PermissionDenied`, what the daemon answers (`AuthenticationFailed`). */
export async function connectTo(
  address: Address,
  introduction: Introduction,
  tls: ConnectOptions["tls"],
): Promise<Connection> {
  const inlet = new FrameInlet();
  const socket = await openSocket(address, tls, inlet);
  const first = await firstFrame(socket, inlet, address, () => {
    const key = address.kind === "unix" ? readSocketKey(address.path) : undefined;
    socket.write(encodeMessage("CONNECT", { messageId: 1, sessionId: 0 }, connectFields(introduction, key)));
  });
  try {
    if (first.code === ERROR.code) throw errorOfAnswer(decodeMessage("ERROR", first.payload).fields);
    if (first.code === GOODBYE.code) throw connectionClosed(decodeMessage("GOODBYE", first.payload).fields);
    if (first.code !== READY.code) throw notUnderstood(`it begins with message ${first.code}.`);
    const ready = decodeMessage("READY", first.payload).fields;
    const greeting: Greeting = {
      sessionId: ready.session_id,
      secret: ready.secret,
      serverVersion: ready.server_version,
      lane: ready.lane,
      user: ready.user,
      compression: ready.compression,
      catalogEpoch: first.catalogEpoch,
    };
    return new Connection(socket, inlet, greeting, { address, tls });
  } catch (error) {
    socket.destroy();
    throw error instanceof WireFault ? notUnderstood(error.message, error) : error;
  }
}

function connectFields(introduction: Introduction, socketKey: string | undefined): MessageFields<"CONNECT"> {
  const { clientName, token, user, password, lane, compression } = introduction;
  const who = { client_name: clientName, token, user, password, socket_key: socketKey };
  return { protocol_version: PROTOCOL_VERSION, ...who, lane, compression };
}

/** Waits for the first frame. @throws GrizzlyError `ServiceUnavailable` when the daemon closes the connection or says nothing. */
async function firstFrame(socket: Socket, inlet: FrameInlet, address: Address, begin: () => void): Promise<Frame> {
  return await new Promise((resolve, reject) => {
    const fail = (cause?: Error): void => {
      stop();
      socket.destroy();
      reject(daemonUnreachable(addressText(address), cause));
    };
    const timer = setTimeout(fail, HANDSHAKE_MS_MAX);
    const closed = (): void => fail();
    const stop = (): void => {
      clearTimeout(timer);
      inlet.listen(undefined);
      socket.removeListener("error", fail);
      socket.removeListener("close", closed);
    };
    inlet.listen({
      frame(frame) {
        stop();
        resolve(frame);
      },
      fault(fault) {
        stop();
        socket.destroy();
        reject(notUnderstood(fault.message, fault));
      },
    });
    socket.on("error", fail);
    socket.on("close", closed);
    begin();
  });
}
