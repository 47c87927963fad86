// What comes over a client's socket, as frames: plain sockets read straight into the inbox, chunks of TLS are copied into it.
import type { OnReadOpts } from "node:net";
import type { Frame } from "../frame.ts";
import { FrameInbox } from "../frame-inbox.ts";
import type { WireFault } from "../wire-fault.ts";

/** Who gets the frames. */
interface FrameListener {
  frame(frame: Frame): void;
  /** What comes is not the protocol; nothing is read any more. */
  fault(fault: WireFault): void;
}

/** The way in of one socket. What comes while nobody listens waits. */
export class FrameInlet {
  readonly #inbox = new FrameInbox();
  readonly #early: Frame[] = [];
  #listener: FrameListener | undefined;
  #isFaulty = false;
  /** For the options of a socket of node:net. */
  readonly onread: OnReadOpts = {
    // Asked after each read.
    buffer: () => this.#inbox.room,
    callback: (count) => {
      this.#came(count);
      return true;
    },
  };

  /** Bytes that were read elsewhere. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const { room } = this.#inbox;
      const count = Math.min(room.length, chunk.length - at);
      room.set(chunk.subarray(at, at + count));
      at += count;
      this.#came(count);
    }
  }

  /** From now on this one gets the frames, those that have come already first; undefined: they wait. */
  listen(listener: FrameListener | undefined): void {
    this.#listener = listener;
    while (this.#listener !== undefined && this.#early.length > 0) this.#deliver(this.#early.shift());
    this.#tellFault();
  }

  #came(count: number): void {
    for (const frame of this.#inbox.take(count)) this.#deliver(frame);
    if (this.#inbox.fault !== undefined) this.#tellFault();
  }

  #deliver(frame: Frame | undefined): void {
    if (frame === undefined) return;
    if (this.#listener === undefined) this.#early.push(frame);
    else this.#listener.frame(frame);
  }

  #tellFault(): void {
    const { fault } = this.#inbox;
    if (fault === undefined || this.#listener === undefined || this.#isFaulty) return;
    this.#isFaulty = true;
    this.#listener.fault(fault);
  }
}
