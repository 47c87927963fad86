// Cuts a stream of bytes into frames. Bytes are kept as they came until a frame is whole, so that a header that announces much and sends nothing costs nothing.
import { type Frame, FRAME_HEADER_BYTES, frameAt, headerPayload, PAYLOAD_BYTES_MAX } from "./frame.ts";
import { WireFault } from "./wire-fault.ts";

const NOTHING: readonly Frame[] = [];

/** Reader of one connection. */
export class FrameReader {
  readonly #payloadBytesMax: number;
  /** Bytes of an unfinished frame, in pieces; the first piece begins with its header. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Bytes that `#pieces` needs before anything can be said. */
  #wanted = FRAME_HEADER_BYTES;
  #fault: WireFault | undefined;

  /** @param payloadBytesMax Larger payloads are a fault, seen in the header. */
  constructor(payloadBytesMax: number = PAYLOAD_BYTES_MAX) {
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** What was wrong with a header. From then on nothing is read. */
  get fault(): WireFault | undefined {
    return this.#fault;
  }

  /** True when a frame has begun and is not whole. */
  get midFrame(): boolean {
    return this.#held > 0;
  }

  /** True when the chunk is exactly one frame and nothing was held before: then nothing of it is kept by `push`. */
  holdsOne(chunk: Uint8Array): boolean {
    if (this.#held > 0 || chunk.length < FRAME_HEADER_BYTES) return false;
    // Payload bytes stand at 24, little-endian.
    const payloadBytes =
      (chunk[24] ?? 0) | ((chunk[25] ?? 0) << 8) | ((chunk[26] ?? 0) << 16) | ((chunk[27] ?? 0) << 24);
    return payloadBytes === chunk.length - FRAME_HEADER_BYTES;
  }

  /** Takes bytes; gives the frames that are whole now. Payloads are views of `chunk` where they stand in it as a whole: who reuses chunks copies first. */
  push(chunk: Uint8Array): readonly Frame[] {
    if (this.#fault !== undefined || chunk.length === 0) return NOTHING;
    if (this.#held === 0) return this.#cut(chunk);
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#wanted) return NOTHING;
    const joined = this.#join();
    // The header alone may be what was waited for; then the payload is still to come.
    return this.#cut(joined);
  }

  /** The bytes of an unfinished frame, for whoever reads on. The reader is empty after it. */
  rest(): Uint8Array {
    return this.#join();
  }

  #join(): Uint8Array {
    const [first] = this.#pieces;
    const joined = this.#pieces.length === 1 && first !== undefined ? first : joinAligned(this.#pieces, this.#held);
    this.#pieces = [];
    this.#held = 0;
    this.#wanted = FRAME_HEADER_BYTES;
    return joined;
  }

  #cut(bytes: Uint8Array): readonly Frame[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const frames: Frame[] = [];
    let at = 0;
    let wanted = FRAME_HEADER_BYTES;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const payloadBytes = headerPayload(view, at, this.#payloadBytesMax);
      if (payloadBytes instanceof WireFault) {
        this.#fault = payloadBytes;
        return frames;
      }
      wanted = FRAME_HEADER_BYTES + payloadBytes;
      if (bytes.length - at < wanted) break;
      frames.push(frameAt(view, at, bytes.subarray(at + FRAME_HEADER_BYTES, at + wanted)));
      at += wanted;
      wanted = FRAME_HEADER_BYTES;
    }
    if (at < bytes.length) {
      this.#pieces = [at === 0 ? bytes : bytes.subarray(at)];
      this.#held = bytes.length - at;
      this.#wanted = wanted;
    }
    return frames;
  }
}

/** Pieces in one buffer that begins at a multiple of 8, so that columns can be read where they stand. */
function joinAligned(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
