// Frames: headers keep 64-bit ids, streams are cut wherever the bytes happen to break, bad headers are faults before anything is allocated.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { encodeFrame, FLAGS, type Frame, FRAME_HEADER_BYTES, frameMessage, type Id } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { MESSAGES } from "../../protocol/messages.ts";

const id = (value: bigint): Id => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);
const ids = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(id);
const frames = fc.record({
  code: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  messageId: ids,
  sessionId: ids,
  catalogEpoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  payload: fc.uint8Array({ maxLength: 200 }),
});

function bytesOf(frame: Frame): Uint8Array {
  return encodeFrame(frame.code, frame, frame.payload);
}

function plain(frame: Frame): Frame {
  return { ...frame, payload: Uint8Array.from(frame.payload) };
}

const one: Frame = {
  code: 3,
  flags: FLAGS.END,
  messageId: 1,
  sessionId: 2,
  catalogEpoch: 3,
  payload: new Uint8Array(8),
};

describe("frames", () => {
  it("come back as they were, in pieces of any size", () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 64 })), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(bytesOf));
        const reader = new FrameReader();
        const got: Frame[] = [];
        let at = 0;
        for (const cut of cuts) {
          got.push(...reader.push(bytes.subarray(at, at + cut)));
          at = Math.min(at + cut, bytes.length);
        }
        got.push(...reader.push(bytes.subarray(at)));
        expect(reader.fault).toBeUndefined();
        expect(got.map(plain)).toEqual(sent);
      }),
    );
  });

  it("keep ids up to 2^64 - 1 (GR-20)", () => {
    const [frame] = new FrameReader().push(bytesOf({ ...one, messageId: 2n ** 64n - 1n, sessionId: 2n ** 53n }));
    expect(frame).toMatchObject({ messageId: 2n ** 64n - 1n, sessionId: 2n ** 53n });
  });

  it("give payloads that are views of the chunk", () => {
    const chunk = bytesOf(one);
    const [frame] = new FrameReader().push(chunk);
    expect(frame?.payload.buffer).toBe(chunk.buffer);
    expect(frame?.payload.byteOffset).toBe(chunk.byteOffset + FRAME_HEADER_BYTES);
  });

  it("hand over what is not yet whole", () => {
    const bytes = Buffer.concat([bytesOf(one), bytesOf(one)]);
    const first = new FrameReader();
    expect(first.push(bytes.subarray(0, 50))).toHaveLength(1);
    const second = new FrameReader();
    expect(second.push(first.rest())).toHaveLength(0);
    expect(first.midFrame).toBe(false);
    expect(second.push(bytes.subarray(50))).toHaveLength(1);
  });
});

describe("bad headers", () => {
  const cases = [
    { kind: "magic", at: 0, value: 0x48 },
    { kind: "version", at: 4, value: 2 },
    { kind: "oversize", at: 27, value: 0xff },
  ] as const;

  it.each(cases)("are a fault: $kind; the frames before are given", ({ kind, at, value }) => {
    const bad = bytesOf(one);
    bad[at] = value;
    const reader = new FrameReader();
    expect(reader.push(Buffer.concat([bytesOf(one), bad]))).toHaveLength(1);
    expect(reader.fault?.kind).toBe(kind);
    expect(reader.fault?.inStep).toBe(false);
    expect(reader.push(bytesOf(one))).toEqual([]);
  });

  it("of payloads at the limit framePayloadBytesMax are taken, of one byte more refused from the header alone (GR-28)", () => {
    const header = Buffer.from(bytesOf(one).subarray(0, FRAME_HEADER_BYTES));
    header.writeUInt32LE(LIMITS.framePayloadBytesMax.value, 24);
    const at = new FrameReader();
    expect(at.push(header)).toEqual([]);
    expect(at.fault).toBeUndefined();
    expect(at.push(new Uint8Array(LIMITS.framePayloadBytesMax.value))).toHaveLength(1);
    header.writeUInt32LE(LIMITS.framePayloadBytesMax.value + 1, 24);
    const over = new FrameReader();
    expect(over.push(header)).toEqual([]);
    expect(over.fault?.kind).toBe("oversize");
  });
});

describe("the message of a frame", () => {
  it("is known by its code, and comes from its own side only", () => {
    for (const [name, row] of Object.entries(MESSAGES)) {
      const other = row.from === "client" ? "server" : "client";
      expect(frameMessage({ ...one, code: row.code }, row.from)).toBe(name);
      expect(() => frameMessage({ ...one, code: row.code }, other)).toThrow(`${name} does not come from a ${other}.`);
    }
    expect(() => frameMessage({ ...one, code: 0 }, "client")).toThrow("There is no message with code 0.");
    expect(() => frameMessage({ ...one, flags: 0x8000 }, "client")).toThrow("The flags of PING are not known.");
  });

  it("has a code of its own that fits a byte", () => {
    const codes = Object.values(MESSAGES).map((row) => row.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => code >= 1 && code <= 255)).toBe(true);
  });
});
