// What comes into a session: bytes become frames, which wait in order until it is their turn.
import type { Socket } from "node:net";
import { encodeFrame, type Frame, type Id } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { MESSAGES } from "../../protocol/messages.ts";
import { readNow } from "./socket-now.ts";

/** Frames that wait before the socket is no longer read. */
const WAITING_MAX = 1024;
/** Bytes of their payloads. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** Reads of one look at a socket: a client that has sent much and gone is found by the next looks. */
const READS_PER_LOOK = 16;

/** Cancelled requests that are remembered when they have not come yet, or were done before. */
const WITHDRAWN_MAX = 64;

/** The way into one session. */
export class Intake {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #frames: Frame[] = [];
  #bytes = 0;
  readonly #withdrawn = new Set<Id>();
  readonly #answerWithdrawn: (messageId: Id) => void;

  /** @param answerWithdrawn Told once of each request that was cancelled before its turn: it is not given any more. */
  constructor(socket: Socket, answerWithdrawn: (messageId: Id) => void) {
    this.#socket = socket;
    this.#answerWithdrawn = answerWithdrawn;
  }

  /** Frames that wait. */
  get waiting(): number {
    return this.#frames.length;
  }

  /** What is wrong with the bytes, once something is; nothing is read any more then. */
  get fault(): Error | undefined {
    return this.#reader.fault;
  }

  /**
   * Takes bytes, which are somebody else's again when the session has done what it can do at once.
   * @param aside While a request runs: gets each frame first, and says whether that was all; undefined when nothing runs.
   */
  take(chunk: Uint8Array, aside: ((frame: Frame) => boolean) | undefined): void {
    // The usual case is one small request that is done at once: nothing of it needs to be kept.
    const isOneFrame = aside === undefined && this.#frames.length === 0 && this.#reader.holdsOne(chunk);
    for (const frame of this.#reader.push(isOneFrame ? chunk : chunk.slice()))
      if (this.#withdrawn.size > 0 && frame.code !== MESSAGES.FETCH.code && this.#withdrawn.delete(frame.messageId))
        this.#answerWithdrawn(frame.messageId);
      else if (aside?.(frame) !== true) {
        this.#frames.push(frame);
        this.#bytes += frame.payload.length;
      }
    if (this.#frames.length > WAITING_MAX || this.#bytes > WAITING_BYTES_MAX) this.#socket.pause();
  }

  /** Takes what has come to the socket, without the event loop. "gone": the other end has closed. */
  look(aside: ((frame: Frame) => boolean) | undefined): "open" | "gone" {
    for (let reads = 0; reads < READS_PER_LOOK; reads += 1) {
      const read = readNow(this.#socket);
      if (read === "gone") return "gone";
      if (read === undefined) return "open";
      this.take(read.slice(), aside);
    }
    return "open";
  }

  /** A request is not to be done: it is taken out where it waits, or when it comes. */
  withdraw(messageId: Id): void {
    const at = this.#frames.findIndex((frame) => frame.messageId === messageId && frame.code !== MESSAGES.FETCH.code);
    const [frame] = at < 0 ? [] : this.#frames.splice(at, 1);
    if (frame !== undefined) {
      this.#bytes -= frame.payload.length;
      return this.#answerWithdrawn(messageId);
    }
    this.#withdrawn.add(messageId);
    const [oldest] = this.#withdrawn;
    if (oldest !== undefined && this.#withdrawn.size > WITHDRAWN_MAX) this.#withdrawn.delete(oldest);
  }

  /** The frame that came first. */
  next(): Frame | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#bytes -= frame.payload.length;
    return frame;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#frames = [];
  }

  /** All that was not given, as it came: frames that wait, and bytes that are no whole frame yet. */
  rest(): Uint8Array {
    const frames = this.#frames.splice(0).map((frame) => encodeFrame(frame.code, frame, frame.payload));
    return Buffer.concat([...frames, this.#reader.rest()]);
  }
}
