// ROWS payloads as record batches of apache-arrow, for who wants Arrow's own vectors. The only file that loads apache-arrow: it is imported when it is needed.
import { CompressionType, compressionRegistry, type RecordBatch, RecordBatchReader } from "apache-arrow";
import { arrowCodec, availableCodecs } from "./compression.ts";

const CODEC_NUMBERS = { lz4: CompressionType.LZ4_FRAME, zstd: CompressionType.ZSTD } as const;

/** Apache-arrow brings no codec of its own. */
function registerCodecs(): void {
  for (const name of availableCodecs())
    if (compressionRegistry.get(CODEC_NUMBERS[name]) === null)
      compressionRegistry.set(CODEC_NUMBERS[name], arrowCodec(name));
}

/**
 * The record batches of one result. Buffers of uncompressed batches are views of the payloads.
 * @throws what apache-arrow throws for bytes that are no Arrow stream.
 */
export async function* recordBatchesOf(
  payloads: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<RecordBatch> {
  registerCodecs();
  const reader = await RecordBatchReader.from(iterate(payloads));
  for await (const batch of reader) yield batch;
}

async function* iterate(payloads: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* payloads;
}
