// The bytes of one frame under construction: header space, schema and batch message copied from templates, then the body buffer by buffer.
// Lengths, null counts and places go into the batch message as the buffers are written, so that nothing is collected first.
import { required } from "../base/failure.ts";
import { FRAME_HEADER_BYTES, type FrameOptions, writeHeader } from "./frame.ts";
import { type BatchCodec, type BatchTemplate, batchTemplate, END_OF_STREAM, schemaMessage } from "./ipc-message.ts";
import type { WireField } from "./wire-type.ts";

/** Compresses one buffer, or undefined when that would not make it smaller. */
export type Compress = (bytes: Uint8Array) => Uint8Array | undefined;

/** All that precedes the body of a frame, made once per shape. */
export interface Template {
  readonly fields: readonly WireField[];
  /** Header space, schema message if any, batch message with zeros for numbers. */
  readonly head: Uint8Array;
  readonly batch: BatchTemplate;
  /** Where the batch message begins in `head`. */
  readonly batchAt: number;
}

function countNodes(fields: readonly WireField[]): number {
  return fields.reduce((sum, { children }) => sum + 1 + countNodes(children), 0);
}

function countBuffers(fields: readonly WireField[]): number {
  return fields.reduce((sum, field) => sum + buffersOf(field) + countBuffers(field.children), 0);
}

/** Buffers of a column without its parts. */
export function buffersOf({ arrow }: WireField): number {
  switch (arrow.kind) {
    case "null":
      return 0;
    case "struct":
      return 1;
    case "utf8":
    case "binary":
      return 3;
    default:
      return 2;
  }
}

/** The template of a stream part: with the schema or without it. */
export function makeTemplate(fields: readonly WireField[], withSchema: boolean, codec?: BatchCodec): Template {
  const schema = withSchema ? schemaMessage(fields) : new Uint8Array(0);
  const batch = batchTemplate(countNodes(fields), countBuffers(fields), codec);
  const batchAt = FRAME_HEADER_BYTES + schema.length;
  const head = new Uint8Array(batchAt + batch.bytes.length);
  head.set(schema, FRAME_HEADER_BYTES);
  head.set(batch.bytes, batchAt);
  return { fields, head, batch, batchAt };
}

/** Frames are written one behind the other in buffers of this size; each keeps its part of it. */
const SLAB_BYTES = 32 * 1024;

/** Writer of frames, one after the other. `begin`, then nodes and buffers in Arrow's order, then `end`. */
export class BodyWriter {
  bytes: Buffer;
  view: DataView;
  /** Where the next byte goes. Moves with `ensure`: who holds a position makes room first. */
  at = 0;
  /** Where the frame begins. */
  #base = 0;
  #bodyAt = 0;
  #nodeAt = 0;
  #bufferAt = 0;
  #template: Template | undefined;
  #compress: Compress | undefined;

  /** @param bytes What the first frame will need, when that is known. */
  constructor(bytes: number = SLAB_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Starts a frame behind the one before. */
  begin(template: Template, rows: number, compress?: Compress): void {
    const { head, batch, batchAt } = template;
    this.at = this.#base;
    this.ensure(head.length);
    const base = this.#base;
    this.bytes.set(head, base);
    this.at = base + head.length;
    this.#bodyAt = this.at;
    this.#nodeAt = base + batchAt + batch.nodesAt;
    this.#bufferAt = base + batchAt + batch.buffersAt;
    this.#template = template;
    this.#compress = compress;
    this.view.setUint32(base + batchAt + batch.rowsAt, rows, true);
  }

  /** True when buffers are compressed as they end. */
  get compresses(): boolean {
    return this.#compress !== undefined;
  }

  /** Makes room for so many more bytes: the frame moves to a new buffer when this one ends before. */
  ensure(bytes: number): void {
    if (this.at + bytes > this.bytes.length) this.#move(bytes);
  }

  #move(bytes: number): void {
    const base = this.#base;
    const written = this.at - base;
    const larger = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, written === 0 ? bytes : (written + bytes) * 2));
    this.bytes.copy(larger, 0, base, this.at);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
    this.#base = 0;
    this.at = written;
    this.#bodyAt -= base;
    this.#nodeAt -= base;
    this.#bufferAt -= base;
  }

  /** A column or part of one. */
  node(length: number, nullCount: number): void {
    // The upper halves are zero in the template.
    this.view.setUint32(this.#nodeAt, length, true);
    this.view.setUint32(this.#nodeAt + 8, nullCount, true);
    this.#nodeAt += 16;
  }

  /** A buffer without bytes: no validity bits when nothing is null, and all buffers of no rows. */
  emptyBuffer(): void {
    this.view.setUint32(this.#bufferAt, this.at - this.#bodyAt, true);
    this.view.setUint32(this.#bufferAt + 8, 0, true);
    this.#bufferAt += 16;
  }

  /** Ends the buffer that began at `start` and goes up to `at`; pads it with zeros to a multiple of 8. There must be room for 8 more bytes. */
  endBuffer(start: number): void {
    const from = this.#compress === undefined ? start : this.#compressBuffer(start, this.#compress);
    const { view } = this;
    view.setUint32(this.#bufferAt, from - this.#bodyAt, true);
    view.setUint32(this.#bufferAt + 8, this.at - from, true);
    this.#bufferAt += 16;
    while ((this.at & 7) !== 0) {
      view.setUint8(this.at, 0);
      this.at += 1;
    }
  }

  /** A compressed buffer begins with its length before compression; -1 there says that it is not compressed. Gives where it begins now. */
  #compressBuffer(start: number, compress: Compress): number {
    const length = this.at - start;
    if (length === 0) return start;
    const small = compress(this.bytes.subarray(start, this.at));
    this.ensure(16);
    // The frame may have moved.
    const from = this.at - length;
    if (small === undefined) this.bytes.copyWithin(from + 8, from, this.at);
    else this.bytes.set(small, from + 8);
    this.view.setBigInt64(from, small === undefined ? -1n : BigInt(length), true);
    this.at = from + 8 + (small === undefined ? length : small.length);
    return from;
  }

  /** Ends the frame: the body's length, the end mark of the stream if it ends here, the header. Gives its bytes, which are never written again. */
  end(code: number, options: FrameOptions, endOfStream: boolean): Uint8Array {
    const { batch, batchAt } = required(this.#template, "the template of a frame that was begun");
    const bodyBytes = this.at - this.#bodyAt;
    if (endOfStream) {
      this.ensure(END_OF_STREAM.length);
      this.view.setUint32(this.at, 0xffff_ffff, true);
      this.view.setUint32(this.at + 4, 0, true);
      this.at += END_OF_STREAM.length;
    }
    const base = this.#base;
    this.view.setUint32(base + batchAt + batch.bodyBytesAt, bodyBytes, true);
    writeHeader(this.view, base, code, this.at - base - FRAME_HEADER_BYTES, options);
    // All parts of a frame are multiples of 8, so that the next one begins aligned.
    this.#base = this.at;
    return this.bytes.subarray(base, this.at);
  }
}
