// The inbox that sockets read into: the same frames as from any other reader, whose payloads stay as they are while more comes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { encodeFrame, type Frame, FRAME_HEADER_BYTES } from "../../protocol/frame.ts";
import { FrameInbox } from "../../protocol/frame-inbox.ts";

const frames = fc.record({
  code: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  messageId: fc.nat(),
  sessionId: fc.nat(),
  catalogEpoch: fc.nat(),
  // Beside small ones some that need a slab, or a buffer, of their own.
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.integer({ min: 30_000, max: 200_000 }).map((length) => new Uint8Array(length).fill(length % 251)),
  ),
});

const one: Frame = { code: 3, flags: 4, messageId: 1, sessionId: 2, catalogEpoch: 3, payload: new Uint8Array(8) };

function bytesOf(frame: Frame): Uint8Array {
  return encodeFrame(frame.code, frame, frame.payload);
}

/** Puts bytes in as a socket does: no more at once than there is room for, and than `most`. */
function put(inbox: FrameInbox, bytes: Uint8Array, most: number): Frame[] {
  const got: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { room } = inbox;
    const count = Math.min(room.length, most, bytes.length - at);
    expect(count).toBeGreaterThan(0);
    room.set(bytes.subarray(at, at + count));
    at += count;
    got.push(...inbox.take(count));
  }
  return got;
}

describe("an inbox", () => {
  it("gives frames as they were, in pieces of any size, and writes to none of them again", () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 12 }),
        fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1000, max: 300_000 })),
        (sent, most) => {
          const bytes = Buffer.concat(sent.map(bytesOf));
          const inbox = new FrameInbox();
          const got = put(inbox, bytes, bytes.length > 100_000 ? Math.max(most, 1000) : most);
          expect(inbox.fault).toBeUndefined();
          expect(got.map((frame) => ({ ...frame, payload: Buffer.from(frame.payload).toString("base64") }))).toEqual(
            sent.map((frame) => ({ ...frame, payload: Buffer.from(frame.payload).toString("base64") })),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps many small frames apart over several slabs", () => {
    const inbox = new FrameInbox();
    const got: Frame[] = [];
    for (let id = 0; id < 5000; id += 1)
      got.push(...put(inbox, bytesOf({ ...one, messageId: id, payload: new Uint8Array(8).fill(id) }), 1000));
    expect(got.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 5000 }, (_, id) => id));
    expect(got.every(({ payload }, id) => payload.length === 8 && payload[0] === id % 256)).toBe(true);
  });

  it("begins payloads at multiples of 8", () => {
    const inbox = new FrameInbox();
    const sent = [8, 50_000, 16, 32_768, 8].map((length) => bytesOf({ ...one, payload: new Uint8Array(length) }));
    for (const { payload } of put(inbox, Buffer.concat(sent), 7000)) expect(payload.byteOffset % 8).toBe(0);
  });

  it("reads nothing after a bad header; the frames before it are given", () => {
    const bad = bytesOf(one);
    bad[0] = 0x48;
    const inbox = new FrameInbox();
    expect(put(inbox, Buffer.concat([bytesOf(one), bad]), 1000)).toHaveLength(1);
    expect(inbox.fault?.kind).toBe("magic");
    expect(put(inbox, bytesOf(one), 1000)).toEqual([]);
  });

  it("takes payloads at the limit framePayloadBytesMax, and refuses one byte more from the header", () => {
    const header = Buffer.from(bytesOf(one).subarray(0, FRAME_HEADER_BYTES));
    header.writeUInt32LE(LIMITS.framePayloadBytesMax.value, 24);
    const at = new FrameInbox();
    expect(put(at, header, 100)).toEqual([]);
    expect(at.fault).toBeUndefined();
    header.writeUInt32LE(LIMITS.framePayloadBytesMax.value + 1, 24);
    const over = new FrameInbox();
    expect(put(over, header, 100)).toEqual([]);
    expect(over.fault?.kind).toBe("oversize");
  });
});
