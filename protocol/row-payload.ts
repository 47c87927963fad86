// Payloads that hold one row: the schema is compared with those seen before, so that a small message is not taken apart again each time.
import { BodyReader } from "./body-reader.ts";
import { messageAt, readBatch, readSchema } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";
import type { WireField } from "./wire-type.ts";

/** A schema that was read before: its bytes and its columns. */
interface Seen {
  readonly bytes: Uint8Array;
  readonly columns: readonly WireField[];
}

/** Schemas by their length; only short ones are kept, and beyond a number of them the memory begins anew. */
const seen = new Map<number, Seen[]>();
let seenCount = 0;
const SEEN_MAX = 1000;
const SEEN_BYTES_MAX = 8192;

function viewOf(payload: Uint8Array): DataView {
  return new DataView(payload.buffer, payload.byteOffset, payload.length);
}

/**
 * The one row of a payload: its columns and a reader that stands before the first. Undefined for an empty payload.
 * @throws WireFault
 */
export function openRow(
  payload: Uint8Array,
): { readonly columns: readonly WireField[]; readonly from: BodyReader } | undefined {
  if (payload.length === 0) return undefined;
  const view = viewOf(payload);
  const schemaPlace = messageAt(view, 0);
  if (schemaPlace === undefined) throw new WireFault("payload", "The payload has no Arrow schema.");
  const schema = schemaOf(payload, view, schemaPlace.metadataEnd);
  const batchPlace = messageAt(view, schemaPlace.metadataEnd);
  if (batchPlace === undefined) throw new WireFault("payload", "The payload has no row.");
  const batch = readBatch(view, batchPlace);
  if (batch.rows !== 1) throw new WireFault("payload", `The payload has ${batch.rows} rows instead of one.`);
  if (messageAt(view, batch.bodyEnd) !== undefined)
    throw new WireFault("payload", "The payload goes on after its only record batch.");
  return { columns: schema.columns, from: new BodyReader(view, batch) };
}

/** The columns of a schema message that begins the payload and ends at `end`. @throws WireFault */
export function schemaOf(payload: Uint8Array, view: DataView, end: number): Seen {
  const list = seen.get(end);
  if (list !== undefined)
    for (const kept of list) if (Buffer.compare(kept.bytes, payload.subarray(0, end)) === 0) return kept;
  const columns = readSchema(view, { metadataAt: 8, metadataEnd: end });
  const read: Seen = { bytes: payload.slice(0, end), columns };
  if (end > SEEN_BYTES_MAX) return read;
  if (seenCount >= SEEN_MAX) {
    seen.clear();
    seenCount = 0;
  }
  seenCount += 1;
  const kept = seen.get(end);
  if (kept === undefined) seen.set(end, [read]);
  else kept.push(read);
  return read;
}
