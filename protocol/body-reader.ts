// The columns of one record batch, read from bytes that nobody has checked: every buffer is looked at before it is used.
// Buffers are taken in Arrow's order: `node` for a column or part, then `buffer` for each of its buffers.
import { LIMITS } from "../base/limits.ts";
import type { BatchCodec, BatchPlace } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";

/** Gives back a buffer of this many bytes. @throws WireFault */
export type Decompress = (codec: BatchCodec, bytes: Uint8Array, length: number) => Uint8Array;

function broken(what: string): never {
  throw new WireFault("payload", `A record batch does not fit its schema: ${what}.`);
}

/** Null count of a writer that has not counted. */
const UNCOUNTED = -1;

/** Reader of one batch. */
export class BodyReader {
  /** Bytes of the current buffer: from `start`, `length` of them. */
  view: DataView;
  start = 0;
  length = 0;
  readonly rows: number;
  readonly #payload: DataView;
  readonly #place: BatchPlace;
  readonly #bodyEnd: number;
  readonly #decompress: Decompress | undefined;
  #node = 0;
  #buffer = 0;
  #freeValues: number = LIMITS.wireNullsMax.value;
  /** Bytes that compressed buffers may still become. */
  #freeBytes: number = LIMITS.wireInflatedBytesMax.value;
  /** Null count of the node read last. */
  nulls = 0;

  /**
   * @param bodyEnd Byte after the body; within the payload.
   * @param decompress Left out: compressed batches are refused.
   */
  constructor(payload: DataView, place: BatchPlace, bodyEnd: number, decompress?: Decompress) {
    this.#payload = payload;
    this.view = payload;
    this.#place = place;
    this.#bodyEnd = bodyEnd;
    this.#decompress = decompress;
    this.rows = place.rows;
    if (place.codec !== undefined && decompress === undefined)
      throw new WireFault("unsupported", "Compressed columns are not taken in a request.");
  }

  /** Takes the next node, which must have this many values (undefined: any number); gives how many. */
  node(length: number | undefined): number {
    const { nodes } = this.#place;
    if (this.#node >= nodes.count) broken("too few columns");
    const at = nodes.at + 16 * this.#node;
    this.#node += 1;
    const found = this.#size(at);
    // Some writers do not count and say -1.
    this.nulls = this.#payload.getInt32(at + 12, true) < 0 ? UNCOUNTED : this.#size(at + 8);
    if (length !== undefined && found !== length) broken("columns of different lengths");
    return found;
  }

  /** Length of the next node, which is not taken. */
  peekLength(): number {
    const length = this.node(undefined);
    this.#node -= 1;
    return length;
  }

  /** Takes the next buffer: `view`, `start` and `length` are its place. It must have at least so many bytes. */
  buffer(bytesMin: number): void {
    const { buffers, bodyAt, codec } = this.#place;
    if (this.#buffer >= buffers.count) broken("too few buffers");
    const at = buffers.at + 16 * this.#buffer;
    this.#buffer += 1;
    const start = bodyAt + this.#size(at);
    const length = this.#size(at + 8);
    if (start + length > this.#bodyEnd) broken("a buffer that ends outside of it");
    this.view = this.#payload;
    this.start = start;
    this.length = length;
    if (codec !== undefined && length > 0) this.#inflate(codec);
    if (this.length < bytesMin) broken("a buffer that is too short");
  }

  #inflate(codec: BatchCodec): void {
    if (this.length < 8) broken("a compressed buffer without its length");
    const length = this.view.getBigInt64(this.start, true);
    this.start += 8;
    this.length -= 8;
    if (length === -1n) return;
    if (length < 0n || length > BigInt(LIMITS.stringBytesMax.value) || this.#decompress === undefined)
      return broken("a compressed buffer of an impossible length");
    this.#freeBytes -= Number(length);
    if (this.#freeBytes < 0)
      throw new WireFault("payload", `A record batch is larger than ${LIMITS.wireInflatedBytesMax.value} bytes.`);
    const small = new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, this.length);
    const bytes = this.#decompress(codec, small, Number(length));
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.start = 0;
    this.length = bytes.length;
  }

  /** The bytes of the current buffer. */
  get bytes(): Buffer {
    return Buffer.from(this.view.buffer, this.view.byteOffset + this.start, this.length);
  }

  /** The validity bits of a node of this many values: 1 where a value is null, or undefined when none is. */
  validity(length: number): Uint8Array | undefined {
    const none = this.nulls === 0;
    this.buffer(0);
    // Without null there may be no bits at all.
    if (none || length === 0 || (this.nulls === UNCOUNTED && this.length === 0)) return undefined;
    if (this.length < Math.ceil(length / 8)) broken("too few validity bits");
    const nulls = new Uint8Array(length);
    const { view, start } = this;
    for (let row = 0; row < length; row += 1) nulls[row] = (view.getUint8(start + (row >> 3)) >> (row & 7)) & 1 ? 0 : 1;
    return nulls;
  }

  /** Values that take no bytes are counted, since nothing else bounds them. */
  free(values: number): void {
    this.#freeValues -= values;
    if (this.#freeValues < 0)
      throw new WireFault("payload", `A message has more than ${LIMITS.wireNullsMax.value} values of type null.`);
  }

  #size(at: number): number {
    const high = this.#payload.getUint32(at + 4, true);
    if (high >= 0x20_0000) broken("a length below zero");
    return high * 4_294_967_296 + this.#payload.getUint32(at, true);
  }
}
