// Codecs for the buffers of record batches: LZ4 of an optional package, ZSTD of node:zlib where this Node has it. Without either, columns travel as they are.
import { createRequire } from "node:module";
import zlib from "node:zlib";
import { LIMITS } from "../base/limits.ts";
import { required } from "../base/failure.ts";
import type { Compress } from "./body-writer.ts";
import type { BatchCodec } from "./ipc-message.ts";
import { lz4Frame } from "./lz4-frame.ts";
import { WireFault } from "./wire-fault.ts";

interface Codec {
  compress(bytes: Uint8Array): Uint8Array;
  /** @param length Bytes that come out at most; more are not allocated. */
  decompress(bytes: Uint8Array, length: number): Uint8Array;
}

interface Lz4Package {
  compressFrameSync(bytes: Uint8Array): Uint8Array;
  decompressFrameSync(bytes: Uint8Array): Uint8Array;
}

interface ZstdOfNode {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
}

function loadLz4(): Codec | undefined {
  let found: Lz4Package;
  try {
    found = createRequire(import.meta.url)("lz4-napi") as Lz4Package;
  } catch {
    // An optional package: it is missing, or has no binary for this machine.
    return undefined;
  }
  return {
    compress: (bytes) => found.compressFrameSync(bytes),
    decompress: (bytes, length) => found.decompressFrameSync(lz4Frame(bytes, length)),
  };
}

function loadZstd(): Codec | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib as ZstdOfNode;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  return {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length }),
  };
}

const LOADERS: Readonly<Record<BatchCodec, () => Codec | undefined>> = { zstd: loadZstd, lz4: loadLz4 };
/** Loaded when first asked for: most connections are not compressed. */
const loaded = new Map<BatchCodec, Codec | undefined>();

function codecOf(name: BatchCodec): Codec | undefined {
  if (!loaded.has(name)) loaded.set(name, LOADERS[name]());
  return loaded.get(name);
}

/** The codecs that this process has, best first. */
export function availableCodecs(): readonly BatchCodec[] {
  return (Object.keys(LOADERS) as BatchCodec[]).filter((name) => codecOf(name) !== undefined);
}

/** Columns as they are; always there. */
const NO_CODEC = "none";
/** Names that a client may list, whether this process has them or not. */
export const CODEC_NAMES: readonly string[] = [...Object.keys(LOADERS), NO_CODEC];

function namesOf(wanted: string | undefined): readonly string[] {
  return (wanted ?? "").split(",").flatMap((name) => name.trim().toLowerCase() || []);
}

/** The first codec of a client's list (`zstd,lz4`) that this process has too; undefined: none. */
export function chooseCodec(wanted: string | undefined): BatchCodec | undefined {
  const names = namesOf(wanted);
  if (names.length === 0) return undefined;
  const available = availableCodecs();
  const chosen = names.find((name) => name === NO_CODEC || available.some((codec) => codec === name));
  return available.find((codec) => codec === chosen);
}

/** A name of a client's list of which nothing is known; undefined when something is, or the list is empty. */
export function unknownCodec(wanted: string | undefined): string | undefined {
  const names = namesOf(wanted);
  return names.some((name) => CODEC_NAMES.includes(name)) ? undefined : names[0];
}

/** Buffers below this are not worth the call. */
const COMPRESSED_BYTES_MIN = 256;

/** Compression of buffers with a codec of `availableCodecs`. */
export function compressor(name: BatchCodec): Compress {
  const codec = required(codecOf(name), `the codec ${name}`);
  return (bytes) => {
    if (bytes.length < COMPRESSED_BYTES_MIN) return undefined;
    const small = codec.compress(bytes);
    return small.length < bytes.length ? small : undefined;
  };
}

/** The codec as apache-arrow's registry wants it, which does not tell how long a buffer says that it is: each is bounded by itself. */
export function arrowCodec(name: BatchCodec): {
  readonly encode: (bytes: Uint8Array) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Uint8Array;
} {
  const codec = required(codecOf(name), `the codec ${name}`);
  return {
    encode: (bytes) => codec.compress(bytes),
    decode: (bytes) => codec.decompress(bytes, LIMITS.stringBytesMax.value),
  };
}

/**
 * Bytes of a compressed buffer.
 * @throws WireFault `unsupported` when this process does not have the codec, `payload` when the bytes are not what they say.
 */
export function decompress(name: BatchCodec, bytes: Uint8Array, length: number): Uint8Array {
  const codec = codecOf(name);
  if (codec === undefined)
    throw new WireFault("unsupported", `The rows are compressed with ${name}, which is not there.`);
  let result: Uint8Array;
  try {
    result = codec.decompress(bytes, length);
  } catch (error) {
    if (error instanceof WireFault) throw error;
    throw new WireFault("payload", `A buffer is not ${name}: ${error instanceof Error ? error.message : "no reason"}.`);
  }
  if (result.length !== length) throw new WireFault("payload", `A buffer of ${name} has another length than it says.`);
  return result;
}
