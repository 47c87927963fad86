// ROWS payloads as record batches of apache-arrow, for who wants Arrow's own vectors: its vectors are laid over the buffers of the payload.
// Its own reader of streams takes ten times as long (17 us of a batch of five columns are its vectors, 175 its reader), and does not look at what it reads.
// The only file that loads apache-arrow: it is imported when it is needed.
import {
  CompressionType,
  compressionRegistry,
  type Data,
  type DataType,
  makeData,
  RecordBatch,
  RecordBatchReader,
  type Schema,
  Struct,
} from "apache-arrow";
import { required } from "../base/failure.ts";
import { BatchPayloads } from "./batch-payloads.ts";
import type { BodyReader } from "./body-reader.ts";
import { arrowCodec, availableCodecs } from "./compression.ts";
import { END_OF_STREAM } from "./ipc-message.ts";
import { WireFault } from "./wire-fault.ts";
import { valueBytes, type WireField } from "./wire-type.ts";

const CODEC_NUMBERS = { lz4: CompressionType.LZ4_FRAME, zstd: CompressionType.ZSTD } as const;

/** Apache-arrow brings no codec of its own: who reads the bytes of a result by it finds ours. */
function registerCodecs(): void {
  for (const name of availableCodecs())
    if (compressionRegistry.get(CODEC_NUMBERS[name]) === null)
      compressionRegistry.set(CODEC_NUMBERS[name], arrowCodec(name));
}

/**
 * The record batches of one result; one without rows when there is none, so that its columns are told. Buffers of uncompressed batches are views of the payloads.
 * @throws WireFault
 */
export async function* recordBatchesOf(
  payloads: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<RecordBatch> {
  registerCodecs();
  const read = new BatchPayloads();
  let schema: Schema | undefined;
  let isEmpty = true;
  for await (const payload of payloads) {
    const from = read.push(payload);
    const { fields, schema: message } = required(read.columns, "the columns of a result");
    schema ??= schemaOf(message);
    if (from === undefined) continue;
    isEmpty = false;
    yield batchOf(schema, from.rows, partsOf(from, fields, schema.fields, from.rows));
  }
  if (read.midBatch) throw new WireFault("payload", "A result ends in the middle of a record batch.");
  if (isEmpty && schema !== undefined)
    yield batchOf(
      schema,
      0,
      schema.fields.map(({ type }) => makeData({ type })),
    );
}

function schemaOf(message: Uint8Array): Schema {
  try {
    return RecordBatchReader.from(Buffer.concat([message, END_OF_STREAM])).open().schema;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "no reason";
    throw new WireFault("payload", `The columns of a result are not understood by apache-arrow: ${reason}`);
  }
}

function batchOf(schema: Schema, length: number, children: Data[]): RecordBatch {
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}

/** The columns of a batch, or the parts of a struct. */
function partsOf(
  from: BodyReader,
  fields: readonly WireField[],
  types: readonly { readonly type: DataType }[],
  length: number,
): Data[] {
  return fields.map((field, index) => dataOf(from, field, required(types[index], "a column of Arrow").type, length));
}

/** One column, its parts included. `wanted`: its length, where that is known. */
function dataOf(from: BodyReader, field: WireField, type: DataType, wanted: number | undefined): Data {
  const { arrow, children } = field;
  const length = from.node(wanted);
  if (arrow.kind === "null") {
    from.free(length);
    return makeData({ type, length });
  }
  const validity = { nullCount: from.nulls, nullBitmap: bitsOf(from, length) };
  const part = (): Data => dataOf(from, required(children[0], "the part of a list"), partType(type), undefined);
  switch (arrow.kind) {
    case "struct":
      return makeData({
        type,
        length,
        ...validity,
        children: partsOf(from, children, type.children, length),
      } as MadeOf);
    case "list":
    case "map":
      return makeData({
        type,
        length,
        ...validity,
        valueOffsets: offsetsOf(from, arrow, length),
        child: part(),
      } as MadeOf);
    case "utf8":
    case "binary":
      return makeData({
        type,
        length,
        ...validity,
        valueOffsets: offsetsOf(from, arrow, length),
        data: take(from, 0),
      } as MadeOf);
    default:
      return makeData({ type, length, ...validity, data: take(from, Math.ceil(length * valueBytes(arrow))) } as MadeOf);
  }
}

/** Which of these belong together is told by the type, of which the compiler knows nothing here. */
type MadeOf = Parameters<typeof makeData>[0];

function partType(type: DataType): DataType {
  return required((type.children as readonly { readonly type: DataType }[])[0], "the part of a list").type;
}

/** Typed arrays stand at multiples of their width: what does not is copied. */
function take(from: BodyReader, bytesMin: number): Uint8Array {
  from.buffer(bytesMin);
  const { bytes } = from;
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

/** The validity bits as they are; undefined where nothing is null. */
function bitsOf(from: BodyReader, length: number): Uint8Array | undefined {
  const { nulls } = from;
  const bytes = take(from, nulls > 0 ? Math.ceil(length / 8) : 0);
  if (nulls === 0 || bytes.length === 0) return undefined;
  if (bytes.length < Math.ceil(length / 8)) throw new WireFault("payload", "A column has too few validity bits.");
  return bytes;
}

function offsetsOf(
  from: BodyReader,
  { kind, ...arrow }: WireField["arrow"] & { readonly kind: "utf8" | "binary" | "list" | "map" },
  length: number,
): Uint8Array {
  const width = kind !== "map" && "wide" in arrow && arrow.wide === true ? 8 : 4;
  return take(from, length === 0 ? 0 : (length + 1) * width);
}
