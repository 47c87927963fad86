// Messages of an Arrow IPC stream by hand: the schema, the frame of a record batch, and reading both. apache-arrow is not needed for it:
// it would cost more per message than the whole call. Layout: arrow.apache.org/docs/format/Columnar.html; checked against apache-arrow in test/protocol.
import { LIMITS } from "../base/limits.ts";
import { FlatReader, type FlatTable } from "./flat-read.ts";
import { FlatWriter, OFFSET, type Slot } from "./flat-write.ts";
import { readType, typeNumber, typeSlots } from "./ipc-type.ts";
import { WireFault } from "./wire-fault.ts";
import { fieldOf, MEANING_KEY, type WireField } from "./wire-type.ts";

const CONTINUATION = 0xffff_ffff;
const PREFIX_BYTES = 8;
const METADATA_V5 = 4;
const HEADER_SCHEMA = 1;
const HEADER_BATCH = 3;

/** The mark that ends a stream. */
export const END_OF_STREAM: Uint8Array = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

const number = (bytes: 1 | 2 | 4 | 8, value: number): Slot => ({ bytes, value });

function encapsulate(metadata: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PREFIX_BYTES + metadata.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setInt32(4, metadata.length, true);
  bytes.set(metadata, PREFIX_BYTES);
  return bytes;
}

/** Starts a Message table; gives the position of its header's offset. */
function messageTable(out: FlatWriter, header: number): readonly number[] {
  const slots = out.table([number(2, METADATA_V5), number(1, header), OFFSET, number(8, 0)]);
  out.root(out.lastTable);
  return slots;
}

/** The schema message of these columns. */
export function schemaMessage(fields: readonly WireField[]): Uint8Array {
  const out = new FlatWriter();
  const [, , header = 0] = messageTable(out, HEADER_SCHEMA);
  const [, vector = 0] = out.table([number(2, 0), OFFSET]);
  out.point(header, out.lastTable);
  writeFields(out, vector, fields);
  return encapsulate(out.finish());
}

function writeFields(out: FlatWriter, slot: number, fields: readonly WireField[]): void {
  const { at, elements } = out.offsets(fields.length);
  out.point(slot, at);
  fields.forEach((field, index) => {
    const meaning = field.meaning === undefined ? undefined : OFFSET;
    const nullable = number(1, field.nullable ? 1 : 0);
    const slots = out.table([OFFSET, nullable, number(1, typeNumber(field.arrow)), OFFSET, undefined, OFFSET, meaning]);
    const [name = 0, , , type = 0, , children = 0, metadata = 0] = slots;
    out.point(elements[index] ?? 0, out.lastTable);
    out.point(name, out.text(field.name));
    const [, zone = 0] = out.table(typeSlots(field.arrow));
    out.point(type, out.lastTable);
    if (field.arrow.kind === "timestamp" && field.arrow.zone !== undefined) out.point(zone, out.text(field.arrow.zone));
    writeFields(out, children, field.children);
    if (field.meaning !== undefined) writeMeaning(out, metadata, field.meaning);
  });
}

function writeMeaning(out: FlatWriter, slot: number, meaning: string): void {
  const { at, elements } = out.offsets(1);
  out.point(slot, at);
  const [key = 0, value = 0] = out.table([OFFSET, OFFSET]);
  out.point(elements[0] ?? 0, out.lastTable);
  out.point(key, out.text(MEANING_KEY));
  out.point(value, out.text(meaning));
}

/** Codec of compressed buffers, by Arrow's number. */
export const BATCH_CODECS = ["lz4", "zstd"] as const;
export type BatchCodec = (typeof BATCH_CODECS)[number];

/** A record batch message without its body, and where its numbers stand, counted from the start of the bytes. */
export interface BatchTemplate {
  readonly bytes: Uint8Array;
  readonly bodyBytesAt: number;
  readonly rowsAt: number;
  /** Pairs of length and null count. */
  readonly nodesAt: number;
  /** Pairs of offset and length. */
  readonly buffersAt: number;
}

/** A record batch message for this many nodes and buffers, all numbers zero. */
export function batchTemplate(nodes: number, buffers: number, codec: BatchCodec | undefined): BatchTemplate {
  const out = new FlatWriter();
  const [, , header = 0, bodyBytes = 0] = messageTable(out, HEADER_BATCH);
  const [rows = 0, nodeVector = 0, bufferVector = 0, compression = 0] = out.table([
    number(8, 0),
    OFFSET,
    OFFSET,
    codec === undefined ? undefined : OFFSET,
  ]);
  out.point(header, out.lastTable);
  const nodesAt = out.pairs(nodes);
  out.point(nodeVector, nodesAt);
  const buffersAt = out.pairs(buffers);
  out.point(bufferVector, buffersAt);
  if (codec !== undefined) {
    out.table([number(1, BATCH_CODECS.indexOf(codec)), number(1, 0)]);
    out.point(compression, out.lastTable);
  }
  return {
    bytes: encapsulate(out.finish()),
    bodyBytesAt: PREFIX_BYTES + bodyBytes,
    rowsAt: PREFIX_BYTES + rows,
    nodesAt: PREFIX_BYTES + nodesAt + 4,
    buffersAt: PREFIX_BYTES + buffersAt + 4,
  };
}

/** Where one message of a stream stands. */
export interface MessagePlace {
  readonly metadataAt: number;
  readonly metadataEnd: number;
}

/**
 * The message that begins at `at`, or undefined at the end of the stream (its mark, or no more bytes).
 * @throws WireFault `payload`
 */
export function messageAt(view: DataView, at: number): MessagePlace | undefined {
  const left = view.byteLength - at;
  if (left === 0) return undefined;
  if (left < PREFIX_BYTES || view.getUint32(at, true) !== CONTINUATION)
    throw new WireFault("payload", "The payload is not an Arrow IPC stream.");
  const metadataBytes = view.getInt32(at + 4, true);
  if (metadataBytes === 0) return undefined;
  if (metadataBytes < 0 || metadataBytes % 8 !== 0 || metadataBytes > left - PREFIX_BYTES)
    throw new WireFault("payload", "The Arrow metadata is longer than the payload.");
  return { metadataAt: at + PREFIX_BYTES, metadataEnd: at + PREFIX_BYTES + metadataBytes };
}

function headerTable(flat: FlatReader, wanted: number): { readonly message: FlatTable; readonly header: FlatTable } {
  const message = flat.root();
  const version = flat.slot(message, 0);
  if (version === undefined || flat.i16(version) !== METADATA_V5)
    throw new WireFault("unsupported", "The Arrow metadata is not of version 5.");
  const type = flat.slot(message, 1);
  const found = type === undefined ? 0 : flat.u8(type);
  if (found !== wanted) {
    const name = wanted === HEADER_SCHEMA ? "a schema" : "a record batch";
    throw new WireFault("payload", `An Arrow message of kind ${found} stands where ${name} must.`);
  }
  const header = flat.child(message, 2);
  if (header === undefined) throw new WireFault("payload", "An Arrow message has no header.");
  return { message, header };
}

/** Depth of nested columns beyond which values travel as text, and are refused. Arrow's own readers end at 64. */
export const NESTING_MAX = LIMITS.wireNestingMax.value;

/**
 * The columns of a schema message.
 * @throws WireFault
 */
export function readSchema(view: DataView, place: MessagePlace): readonly WireField[] {
  const flat = new FlatReader(view, place.metadataAt, place.metadataEnd);
  const { header } = headerTable(flat, HEADER_SCHEMA);
  const endianness = flat.slot(header, 0);
  if (endianness !== undefined && flat.i16(endianness) !== 0)
    throw new WireFault("unsupported", "Big-endian columns are not taken.");
  // Counted over all levels: a few bytes could stand for a tree of millions of columns that share their parts.
  const budget = { fields: LIMITS.wireColumnsMax.value };
  return readFields(flat, header, 1, budget, 1);
}

function readFields(
  flat: FlatReader,
  table: FlatTable,
  slot: number,
  budget: { fields: number },
  depth: number,
): readonly WireField[] {
  const { count, at } = flat.vector(table, slot, 4);
  budget.fields -= count;
  if (budget.fields < 0)
    throw new WireFault("payload", `The Arrow schema has more than ${LIMITS.wireColumnsMax.value} columns.`);
  if (count > 0 && depth > NESTING_MAX)
    throw new WireFault("payload", `The Arrow schema is nested more than ${NESTING_MAX} levels deep.`);
  const fields: WireField[] = [];
  for (let index = 0; index < count; index += 1)
    fields.push(readField(flat, flat.element(at + 4 * index), budget, depth));
  return fields;
}

function readField(flat: FlatReader, field: FlatTable, budget: { fields: number }, depth: number): WireField {
  if (flat.child(field, 4) !== undefined)
    throw new WireFault("unsupported", "Columns with a dictionary are not taken.");
  const type = flat.slot(field, 2);
  const table = flat.child(field, 3);
  if (type === undefined || table === undefined)
    throw new WireFault("payload", "A column of the Arrow schema has no type.");
  const arrow = readType(flat, flat.u8(type), table);
  const children = readFields(flat, field, 5, budget, depth + 1);
  checkChildren(arrow.kind, children);
  const nullable = flat.slot(field, 1);
  const isNullable = nullable !== undefined && flat.u8(nullable) !== 0;
  return fieldOf(flat.text(field, 0) ?? "", arrow, isNullable, readMeaning(flat, field), children);
}

function checkChildren(kind: WireField["arrow"]["kind"], children: readonly WireField[]): void {
  const [first] = children;
  const fits =
    kind === "list"
      ? children.length === 1
      : kind === "map"
        ? children.length === 1 && first?.arrow.kind === "struct" && first.children.length === 2
        : kind === "struct" || children.length === 0;
  if (!fits) throw new WireFault("payload", "A nested column of the Arrow schema has the wrong number of parts.");
}

function readMeaning(flat: FlatReader, field: FlatTable): string | undefined {
  const { count, at } = flat.vector(field, 6, 4);
  for (let index = 0; index < count; index += 1) {
    const pair = flat.element(at + 4 * index);
    if (flat.text(pair, 0) === MEANING_KEY) return flat.text(pair, 1);
  }
  return undefined;
}

/** A record batch: its rows, where the numbers of its columns stand, and its body. */
export interface BatchPlace {
  readonly rows: number;
  readonly nodes: { readonly count: number; readonly at: number };
  readonly buffers: { readonly count: number; readonly at: number };
  readonly codec: BatchCodec | undefined;
  /** Where the length of the body stands; undefined when the writer has left it out, because it is zero. */
  readonly bodyBytesAt: number | undefined;
  readonly bodyAt: number;
  readonly bodyEnd: number;
}

/**
 * Reads a record batch message.
 * @throws WireFault
 */
export function readBatch(view: DataView, place: MessagePlace): BatchPlace {
  const flat = new FlatReader(view, place.metadataAt, place.metadataEnd);
  const { message, header } = headerTable(flat, HEADER_BATCH);
  const bodyBytes = flat.slot(message, 3);
  const bodyEnd = place.metadataEnd + (bodyBytes === undefined ? 0 : flat.size(bodyBytes));
  if (bodyEnd > view.byteLength) throw new WireFault("payload", "A record batch is longer than the payload.");
  const rows = flat.slot(header, 0);
  const compression = flat.child(header, 3);
  return {
    rows: rows === undefined ? 0 : flat.size(rows),
    nodes: flat.vector(header, 1, 16),
    buffers: flat.vector(header, 2, 16),
    codec: compression === undefined ? undefined : readCodec(flat, compression),
    bodyBytesAt: bodyBytes,
    bodyAt: place.metadataEnd,
    bodyEnd,
  };
}

function readCodec(flat: FlatReader, table: FlatTable): BatchCodec {
  const slot = flat.slot(table, 0);
  const codec = BATCH_CODECS[slot === undefined ? 0 : flat.u8(slot)];
  if (codec === undefined) throw new WireFault("unsupported", "The record batch is compressed with an unknown codec.");
  return codec;
}
