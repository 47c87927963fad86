// How many bytes an LZ4 frame holds, counted before it is decompressed: the package that decompresses takes no bound,
// and a small frame may say of itself whatever it likes. The format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
import { WireFault } from "./wire-fault.ts";

const MAGIC = 0x184d_2204;
/** Magic, flags, the blocks' greatest size, and a checksum of the header. */
const HEADER_BYTES_MIN = 7;
const VERSION_BITS = 0xc0;
const VERSION = 0x40;
/** Bits of the flag byte. */
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_CONTENT_CHECKSUM = 0x04;
const HAS_DICTIONARY = 0x01;
/** Bit of a block's size: the block is as it was. */
const UNCOMPRESSED = 0x8000_0000;
const LONG = 15;
const MATCH_MIN = 4;

function broken(): never {
  throw new WireFault("payload", "A buffer is not lz4: its frame is broken.");
}

/**
 * The frame at the start of these bytes, without what follows it.
 * @param most Bytes that the frame may hold.
 * @throws WireFault `payload` when it holds more, or is no frame.
 */
export function lz4Frame(bytes: Uint8Array, most: number): Uint8Array {
  if (bytes.length < HEADER_BYTES_MIN) broken();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = bytes[4] ?? 0;
  if (view.getUint32(0, true) !== MAGIC || (flags & VERSION_BITS) !== VERSION) broken();
  let at = HEADER_BYTES_MIN;
  if (flags & HAS_CONTENT_SIZE) {
    if (bytes.length < at + 8) broken();
    if (view.getBigUint64(at - 1, true) > BigInt(most)) tooMuch(most);
    at += 8;
  }
  if (flags & HAS_DICTIONARY) at += 4;
  let free = most;
  for (;;) {
    if (bytes.length < at + 4) broken();
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const end = at + (size & ~UNCOMPRESSED);
    if (end > bytes.length) broken();
    free -= size & UNCOMPRESSED ? end - at : blockLength(bytes, at, end, free);
    if (free < 0) tooMuch(most);
    at = end + (flags & HAS_BLOCK_CHECKSUM ? 4 : 0);
  }
  if (flags & HAS_CONTENT_CHECKSUM) at += 4;
  if (at > bytes.length) broken();
  return bytes.subarray(0, at);
}

function tooMuch(most: number): never {
  throw new WireFault("payload", `A buffer of lz4 holds more than ${most} bytes.`);
}

/** Bytes that a compressed block holds; more than `most` when they are more. */
function blockLength(bytes: Uint8Array, from: number, end: number, most: number): number {
  let at = from;
  let length = 0;
  /** A length of 15 goes on in the next bytes, as long as they are 255. */
  const extended = (begun: number): number => {
    let sum = begun;
    if (begun < LONG) return sum;
    for (;;) {
      if (at >= end) broken();
      const more = bytes[at] ?? 0;
      at += 1;
      sum += more;
      if (more < 255) return sum;
    }
  };
  while (at < end && length <= most) {
    const token = bytes[at] ?? 0;
    at += 1;
    const literals = extended(token >> 4);
    length += literals;
    at += literals;
    // The last sequence of a block has literals only.
    if (at === end) break;
    if (at + 2 > end) broken();
    at += 2;
    length += extended(token & LONG) + MATCH_MIN;
  }
  return length;
}
