// ROWS payloads of one result as columns of values. A payload holds the schema or not, at most one record batch, the end mark or not;
// a batch above the limit of a payload goes on in the next ones. For apache-arrow's own batches see arrow-batches.ts.
import { required } from "../base/failure.ts";
import { Shape, TableValue } from "../base/value/value.ts";
import { BodyReader } from "./body-reader.ts";
import { readColumn } from "./columns-read.ts";
import { decompress } from "./compression.ts";
import { PAYLOAD_BYTES_MAX } from "./frame.ts";
import { messageAt, readBatch, readSchema } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";
import { typeName, type WireField } from "./wire-type.ts";

/** A column of a result as it arrived: our name of its type. */
export interface WireColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Decoder of one result. */
export class RowsDecoder {
  #fields: readonly WireField[] | undefined;
  #columns: readonly WireColumn[] = [];
  #shape = new Shape("", []);
  /** Payloads of a batch that is not whole yet. */
  #pieces: Uint8Array[] = [];
  /** Where the batch begins in the first of them. */
  #batchAt = 0;

  /** The columns; empty before the first payload. */
  get columns(): readonly WireColumn[] {
    return this.#columns;
  }

  /** True while a batch is not whole: the result must not end here. */
  get midBatch(): boolean {
    return this.#pieces.length > 0;
  }

  /**
   * Takes the payload of the next ROWS frame; gives its rows, or undefined when it brings none. Columns may be views of the payload.
   * @throws WireFault
   */
  push(payload: Uint8Array): TableValue | undefined {
    if (this.#pieces.length === 0) this.#batchAt = this.#fields === undefined ? this.#open(payload) : 0;
    if (payload.length === PAYLOAD_BYTES_MAX) {
      this.#pieces.push(payload);
      return undefined;
    }
    if (this.#pieces.length === 0) return this.#read(payload);
    const whole = joinPieces([...this.#pieces, payload]);
    this.#pieces = [];
    return this.#read(whole);
  }

  #read(payload: Uint8Array): TableValue | undefined {
    const view = viewOf(payload);
    const fields = required(this.#fields, "the columns of a result");
    const place = messageAt(view, this.#batchAt);
    if (place === undefined) return undefined;
    const batch = readBatch(view, place);
    if (messageAt(view, batch.bodyEnd) !== undefined)
      throw new WireFault("payload", "A payload holds more than one record batch.");
    const from = new BodyReader(view, batch, batch.bodyEnd, decompress);
    const columns = fields.map((field) => readColumn(from, field, batch.rows));
    return new TableValue(this.#shape, columns, batch.rows);
  }

  /** Reads the columns; gives the place behind them. */
  #open(payload: Uint8Array): number {
    const view = viewOf(payload);
    const place = messageAt(view, 0);
    if (place === undefined) throw new WireFault("payload", "A result does not begin with its columns.");
    const fields = readSchema(view, place);
    this.#fields = fields;
    this.#columns = fields.map((field) => ({ name: field.name, type: typeName(field), nullable: field.nullable }));
    this.#shape = new Shape(
      "",
      fields.map(({ name }) => name),
    );
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
