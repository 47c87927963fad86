// The bytes of one frame under construction: header space, schema and batch message copied from templates, then the body buffer by buffer.
// Lengths, null counts and places go into the batch message as the buffers are written, so that nothing is collected first.
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

/** Smallest buffer that is made. */
const INITIAL_BYTES = 4096;

/** Writer of frames, one after the other. `begin`, then nodes and buffers in Arrow's order, then `end`. */
export class BodyWriter {
  bytes: Buffer;
  view: DataView;
  /** Where the next byte goes. */
  at = 0;
  #bodyAt = 0;
  #nodeAt = 0;
  #bufferAt = 0;
  #template: Template | undefined;
  #compress: Compress | undefined;

  constructor(bytes: number = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(bytes, INITIAL_BYTES));
    this.view = new DataView(this.bytes.buffer);
  }

  /** Starts a frame at the beginning of the buffer. */
  begin(template: Template, rows: number, compress?: Compress): void {
    const { head, batch, batchAt } = template;
    this.at = 0;
    this.ensure(head.length);
    this.bytes.set(head, 0);
    this.at = head.length;
    this.#bodyAt = head.length;
    this.#nodeAt = batchAt + batch.nodesAt;
    this.#bufferAt = batchAt + batch.buffersAt;
    this.#template = template;
    this.#compress = compress;
    this.view.setUint32(batchAt + batch.rowsAt, rows, true);
  }

  /** Lets a large buffer go. */
  shrink(): void {
    this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for so many more bytes. */
  ensure(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.at + bytes, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
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
    if (this.#compress !== undefined) this.#compressBuffer(start, this.#compress);
    const { view } = this;
    view.setUint32(this.#bufferAt, start - this.#bodyAt, true);
    view.setUint32(this.#bufferAt + 8, this.at - start, true);
    this.#bufferAt += 16;
    while ((this.at & 7) !== 0) {
      view.setUint8(this.at, 0);
      this.at += 1;
    }
  }

  /** A compressed buffer begins with its length before compression; -1 there says that it is not compressed. */
  #compressBuffer(start: number, compress: Compress): void {
    const length = this.at - start;
    if (length === 0) return;
    const small = compress(this.bytes.subarray(start, this.at));
    this.ensure(16);
    if (small === undefined) this.bytes.copyWithin(start + 8, start, this.at);
    else this.bytes.set(small, start + 8);
    this.view.setBigInt64(start, small === undefined ? -1n : BigInt(length), true);
    this.at = start + 8 + (small === undefined ? length : small.length);
  }

  /** Ends the frame: the body's length, the end mark of the stream if it ends here, the header. Gives its bytes, which belong to the writer. */
  end(code: number, options: FrameOptions, endOfStream: boolean): Uint8Array {
    const template = this.#template;
    if (template === undefined) return this.bytes.subarray(0, 0);
    this.view.setUint32(template.batchAt + template.batch.bodyBytesAt, this.at - this.#bodyAt, true);
    if (endOfStream) {
      this.ensure(END_OF_STREAM.length);
      this.view.setUint32(this.at, 0xffff_ffff, true);
      this.view.setUint32(this.at + 4, 0, true);
      this.at += END_OF_STREAM.length;
    }
    writeHeader(this.view, code, this.at - FRAME_HEADER_BYTES, options);
    return this.bytes.subarray(0, this.at);
  }
}
