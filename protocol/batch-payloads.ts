// The payloads of one result, one after the other: the columns of the first, and each record batch when it is whole. A payload holds the schema or not,
// at most one record batch, the end mark or not; a batch above the limit of a payload goes on in the next ones.
import { BodyReader } from "./body-reader.ts";
import { decompress } from "./compression.ts";
import { PAYLOAD_BYTES_MAX } from "./frame.ts";
import { messageAt, readBatch, readSchema } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";
import type { WireField } from "./wire-type.ts";

/** What the first payload says of the columns. */
export interface BatchColumns {
  readonly fields: readonly WireField[];
  /** Their message, for other readers of Arrow. */
  readonly schema: Uint8Array;
}

/** Reader of one result's payloads. */
export class BatchPayloads {
  #columns: BatchColumns | undefined;
  /** Payloads of a batch that is not whole yet. */
  #pieces: Uint8Array[] = [];
  /** Where the batch begins in the first of them. */
  #batchAt = 0;

  /** Undefined before the first payload. */
  get columns(): BatchColumns | undefined {
    return this.#columns;
  }

  /** True while a batch is not whole: the result must not end here. */
  get midBatch(): boolean {
    return this.#pieces.length > 0;
  }

  /**
   * Takes the next payload; gives a reader that stands before the first column of its batch, or undefined when it brings none. The reader reads the payload itself.
   * @throws WireFault
   */
  push(payload: Uint8Array): BodyReader | undefined {
    if (this.#pieces.length === 0) this.#batchAt = this.#columns === undefined ? this.#open(payload) : 0;
    if (payload.length === PAYLOAD_BYTES_MAX) {
      this.#pieces.push(payload);
      return undefined;
    }
    if (this.#pieces.length === 0) return this.#read(payload);
    const whole = joinPieces([...this.#pieces, payload]);
    this.#pieces = [];
    return this.#read(whole);
  }

  #read(payload: Uint8Array): BodyReader | undefined {
    const view = viewOf(payload);
    const place = messageAt(view, this.#batchAt);
    if (place === undefined) return undefined;
    const batch = readBatch(view, place);
    if (messageAt(view, batch.bodyEnd) !== undefined)
      throw new WireFault("payload", "A payload holds more than one record batch.");
    return new BodyReader(view, batch, batch.bodyEnd, decompress);
  }

  /** Reads the columns; gives the place behind them. */
  #open(payload: Uint8Array): number {
    const view = viewOf(payload);
    const place = messageAt(view, 0);
    if (place === undefined) throw new WireFault("payload", "A result does not begin with its columns.");
    this.#columns = { fields: readSchema(view, place), schema: payload.subarray(0, place.metadataEnd) };
    return place.metadataEnd;
  }
}

function viewOf(payload: Uint8Array): DataView {
  return new DataView(payload.buffer, payload.byteOffset, payload.length);
}

/** Pieces in one buffer that begins at a multiple of 8, so that columns can be read where they stand. */
function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = Buffer.allocUnsafeSlow(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
