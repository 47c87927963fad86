// Payloads that hold one row. What a message of a shape looks like up to its body is the same each time but for a few numbers:
// it is taken apart once, with distrust, and after that compared word by word with what was seen. Writers of other languages gain from it as well.
import { BodyReader } from "./body-reader.ts";
import { type BatchPlace, messageAt, readBatch, readSchema } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";
import type { WireField } from "./wire-type.ts";

/** A shape of payloads that was seen. */
interface Seen<T> {
  /** What the owner of the cache has made of the columns. */
  readonly columns: T;
  /** Where the words that must be the same stand, and what they are. */
  readonly places: Int32Array;
  readonly words: Int32Array;
  readonly batch: BatchPlace;
}

/** A payload that was opened: its columns and a reader that stands before the first. */
interface Opened<T> {
  readonly columns: T;
  readonly from: BodyReader;
}

const SEEN_MAX = 64;
/** Longer ones come seldom, and comparing them is no gain. */
const HEAD_BYTES_MAX = 8192;
const END_MARK_BYTES = 8;

/** Opens one-row payloads and remembers their shapes, the latest first. */
export class RowPayloads<T> {
  readonly #read: (columns: readonly WireField[]) => T;
  readonly #seen: Seen<T>[] = [];

  /** @param read Done once per shape. */
  constructor(read: (columns: readonly WireField[]) => T) {
    this.#read = read;
  }

  /**
   * The one row of a payload that is not empty.
   * @throws WireFault
   */
  open(payload: Uint8Array): Opened<T> {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    for (let index = 0; index < this.#seen.length; index += 1) {
      const seen = this.#seen[index];
      if (seen === undefined || !isLike(view, seen)) continue;
      if (index > 0) this.#toFront(index, seen);
      return { columns: seen.columns, from: new BodyReader(view, seen.batch, bodyEndOf(view, seen.batch)) };
    }
    return this.#openNew(view);
  }

  #toFront(index: number, seen: Seen<T>): void {
    this.#seen.splice(index, 1);
    this.#seen.unshift(seen);
  }

  #openNew(view: DataView): Opened<T> {
    const schemaPlace = messageAt(view, 0);
    if (schemaPlace === undefined) throw new WireFault("payload", "The payload has no Arrow schema.");
    const columns = this.#read(readSchema(view, schemaPlace));
    const batchPlace = messageAt(view, schemaPlace.metadataEnd);
    if (batchPlace === undefined) throw new WireFault("payload", "The payload has no row.");
    const batch = readBatch(view, batchPlace);
    if (batch.rows !== 1) throw new WireFault("payload", `The payload has ${batch.rows} rows instead of one.`);
    if (messageAt(view, batch.bodyEnd) !== undefined)
      throw new WireFault("payload", "The payload goes on after its only record batch.");
    if (batch.bodyAt <= HEAD_BYTES_MAX && batch.bodyBytesAt !== undefined && batch.codec === undefined) {
      this.#seen.unshift({ columns, batch, ...fixedWords(view, batch, batch.bodyBytesAt) });
      if (this.#seen.length > SEEN_MAX) this.#seen.pop();
    }
    return { columns, from: new BodyReader(view, batch, batch.bodyEnd) };
  }
}

/** The words before the body that do not depend on the values. */
function fixedWords(
  view: DataView,
  { nodes, buffers, bodyAt }: BatchPlace,
  bodyBytesAt: number,
): { readonly places: Int32Array; readonly words: Int32Array } {
  const places: number[] = [];
  for (let at = 0; at < bodyAt; at += 4) {
    const varies =
      at === bodyBytesAt ||
      (at >= nodes.at && at < nodes.at + 16 * nodes.count) ||
      (at >= buffers.at && at < buffers.at + 16 * buffers.count);
    if (!varies) places.push(at);
  }
  return { places: Int32Array.from(places), words: Int32Array.from(places, (at) => view.getInt32(at, true)) };
}

function bodyEndOf(view: DataView, { bodyAt, bodyBytesAt = 0 }: BatchPlace): number {
  return bodyAt + view.getUint32(bodyBytesAt, true);
}

/** True when the payload differs in values only, and ends with the end mark right behind its body. */
function isLike(view: DataView, { places, words, batch }: Seen<unknown>): boolean {
  if (view.byteLength < batch.bodyAt + END_MARK_BYTES) return false;
  for (let index = 0; index < places.length; index += 1)
    if (view.getInt32(places[index] ?? 0, true) !== words[index]) return false;
  const end = bodyEndOf(view, batch);
  return (
    end + END_MARK_BYTES === view.byteLength && view.getInt32(end, true) === -1 && view.getInt32(end + 4, true) === 0
  );
}
