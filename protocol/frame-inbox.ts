// Reads a socket straight into the buffers of frames, whose payloads are views: small frames stand one behind the other in a slab, a larger one gets a buffer
// of its own in which it comes together without being copied. The reader of chunks that others have allocated is frame-reader.ts.
import { type Frame, FRAME_HEADER_BYTES, frameAt, headerPayload, PAYLOAD_BYTES_MAX } from "./frame.ts";
import { WireFault } from "./wire-fault.ts";

const SLAB_BYTES = 32 * 1024;
/** With less room than this the next slab begins. */
const ROOM_BYTES_MIN = 8 * 1024;

/** Frames of one connection: bytes are put into `room`, then `take` is told how many. */
export class FrameInbox {
  readonly #payloadBytesMax: number;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  /** Where the unfinished frame begins, and where what has come of it ends. */
  #start = 0;
  #end = 0;
  #room = this.#bytes;
  #fault: WireFault | undefined;

  /** @param payloadBytesMax Larger payloads are a fault, seen in the header. */
  constructor(payloadBytesMax: number = PAYLOAD_BYTES_MAX) {
    this.#payloadBytesMax = payloadBytesMax;
    this.#begin(SLAB_BYTES);
  }

  /** What was wrong with a header. From then on nothing is read. */
  get fault(): WireFault | undefined {
    return this.#fault;
  }

  /** Where the next bytes are to be put, at least one. */
  get room(): Uint8Array {
    return this.#room;
  }

  /** So many bytes have come into `room`. Gives the frames that are whole now; nobody writes to their payloads any more. */
  take(count: number): readonly Frame[] {
    const frames: Frame[] = [];
    if (this.#fault !== undefined) return frames;
    const bytes = this.#bytes;
    const view = this.#view;
    this.#end += count;
    let wanted = FRAME_HEADER_BYTES;
    while (this.#end - this.#start >= FRAME_HEADER_BYTES) {
      const at = this.#start;
      const payloadBytes = headerPayload(view, at, this.#payloadBytesMax);
      if (payloadBytes instanceof WireFault) {
        this.#fault = payloadBytes;
        return frames;
      }
      wanted = FRAME_HEADER_BYTES + payloadBytes;
      if (this.#end - at < wanted) break;
      frames.push(frameAt(view, at, bytes.subarray(at + FRAME_HEADER_BYTES, at + wanted)));
      this.#start += wanted;
      wanted = FRAME_HEADER_BYTES;
    }
    this.#makeRoom(wanted);
    return frames;
  }

  /** Sets `room`; the unfinished frame moves where its `wanted` bytes fit, and a large one has a buffer for itself. */
  #makeRoom(wanted: number): void {
    const { length } = this.#bytes;
    const isBetween = wanted === FRAME_HEADER_BYTES;
    if (wanted > length - this.#start || (isBetween && length - this.#end < ROOM_BYTES_MIN)) this.#begin(wanted);
    this.#room = this.#bytes.subarray(this.#end);
  }

  /** Begins a buffer with what has come of the unfinished frame. */
  #begin(wanted: number): void {
    const held = this.#bytes.subarray(this.#start, this.#end);
    // No Buffer: its slice() would be a view. Begins at a multiple of 8, so that columns can be read where they stand.
    this.#bytes = new Uint8Array(Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, wanted)).buffer);
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes.set(held);
    this.#start = 0;
    this.#end = held.length;
    this.#room = this.#bytes;
  }
}
