// GR-28: compressed buffers are refused before anything is allocated for them, when they hold more than they say or than a batch may.
import { expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { BodyReader } from "../../protocol/body-reader.ts";
import { arrowCodec, availableCodecs, compressor, decompress } from "../../protocol/compression.ts";
import { lz4Frame } from "../../protocol/lz4-frame.ts";
import { WireFault } from "../../protocol/wire-fault.ts";

const hasLz4 = availableCodecs().includes("lz4");

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof WireFault) return error.message;
    throw error;
  }
  return "none";
}

const BLOCK_BYTES = 4 * 1024 * 1024;

/** A frame of equal blocks of one byte again and again: 16 kB of it hold 4 MB. */
function bomb(blocks: number): Uint8Array {
  const long = Buffer.alloc(Math.ceil((BLOCK_BYTES - 64) / 255), 255);
  const block = Buffer.concat([Buffer.of(0x1f, 65, 1, 0), long, Buffer.of(0), Buffer.of(0x50), Buffer.alloc(5, 65)]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  const head = Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73);
  return Buffer.concat([head, ...Array.from({ length: blocks }, () => [size, block]).flat(), Buffer.alloc(4)]);
}

it.runIf(hasLz4)("a frame of lz4 that holds more than it says is refused before it is decompressed", () => {
  expect(decompress("lz4", bomb(1), 4_194_265)).toHaveLength(4_194_265);
  const bytes = bomb(900);
  expect(bytes.length).toBeLessThan(LIMITS.framePayloadBytesMax.value);
  const before = process.memoryUsage.rss();
  expect(faultOf(() => decompress("lz4", bytes, 100))).toBe("A buffer of lz4 holds more than 100 bytes.");
  // Apache-arrow's registry does not tell the length, so that the greatest one holds.
  expect(faultOf(() => arrowCodec("lz4").decode(bytes))).toContain(`more than ${LIMITS.stringBytesMax.value} bytes`);
  expect(process.memoryUsage.rss() - before).toBeLessThan(LIMITS.stringBytesMax.value);
});

it.runIf(hasLz4)("frames of lz4 that hold what they say are taken, and one byte more or fewer is not", () => {
  const texts = ["a".repeat(300), "one two three ".repeat(50_000), "ä".repeat(100_000)];
  const noise = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, at) => Math.imul(at, 2_654_435_761)).buffer);
  for (const plain of [...texts.map((text) => Buffer.from(text)), Buffer.concat([noise, Buffer.alloc(100_000)])]) {
    const small = compressor("lz4")(plain) ?? new Uint8Array(0);
    expect(lz4Frame(small, plain.length)).toEqual(small);
    // What follows a frame is not looked at.
    expect(lz4Frame(Buffer.concat([small, Buffer.alloc(9)]), plain.length)).toEqual(small);
    expect(Buffer.compare(decompress("lz4", small, plain.length), plain)).toBe(0);
    expect(faultOf(() => decompress("lz4", small, plain.length - 1))).toContain("holds more than");
    expect(faultOf(() => decompress("lz4", small, plain.length + 1))).toContain("another length than it says");
  }
});

it.runIf(hasLz4)("a frame of lz4 that ends early or is changed is a fault, wherever", () => {
  const small = compressor("lz4")(Buffer.from("again and again ".repeat(100))) ?? new Uint8Array(0);
  for (let end = 0; end < small.length; end += 1)
    expect(faultOf(() => decompress("lz4", small.subarray(0, end), 1600))).not.toBe("none");
  for (let at = 0; at < small.length * 8; at += 1) {
    const changed = Uint8Array.from(small);
    changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
    // Either a fault, or other bytes of the same length.
    faultOf(() => decompress("lz4", changed, 1600));
  }
  expect.hasAssertions();
});

/** A batch of buffers of which each says that it is so long. */
function takeBuffers(count: number, length: number, decompressed: (length: number) => Uint8Array): void {
  const payload = new DataView(new ArrayBuffer(16 * count + 16));
  for (let index = 0; index < count; index += 1) {
    payload.setUint32(16 * index, 0, true);
    payload.setUint32(16 * index + 8, 16, true);
  }
  const bodyAt = 16 * count;
  payload.setBigInt64(bodyAt, BigInt(length), true);
  const none = { count: 0, at: 0 };
  const buffers = { count, at: 0 };
  const place = { rows: 1, nodes: none, buffers, codec: "zstd", bodyBytesAt: undefined, bodyAt, bodyEnd: bodyAt + 16 };
  const reader = new BodyReader(payload, { ...place, codec: "zstd" }, bodyAt + 16, (_, __, asked) =>
    decompressed(asked),
  );
  for (let index = 0; index < count; index += 1) reader.buffer(0);
}

it("the buffers of a batch are taken up to wireInflatedBytesMax, and one more is refused", () => {
  const length = LIMITS.stringBytesMax.value;
  const most = LIMITS.wireInflatedBytesMax.value / length;
  let made = 0;
  const counting = (): Uint8Array => {
    made += 1;
    return new Uint8Array(1);
  };
  takeBuffers(most, length, counting);
  expect(made).toBe(most);
  expect(faultOf(() => takeBuffers(most + 1, length, counting))).toBe(
    `A record batch is larger than ${LIMITS.wireInflatedBytesMax.value} bytes.`,
  );
  expect(made).toBe(2 * most);
  expect(faultOf(() => takeBuffers(1, length + 1, counting))).toContain("impossible length");
});
