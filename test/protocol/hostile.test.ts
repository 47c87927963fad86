// Payloads made to hurt: columns without end, nesting without end, values that take no bytes, metadata that shares its parts, and 100,000 mutations of good frames.
// Every one is read or refused with a WireFault; nothing else may come out.
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import type { Column } from "../../base/value/column.ts";
import { Decimal, ListValue, MapValue, Shape, StructValue, type Value } from "../../base/value/value.ts";
import { LimitPassed } from "../../base/value/work.ts";
import { BodyWriter, makeTemplate } from "../../protocol/body-writer.ts";
import { FRAME_HEADER_BYTES } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { messageAt, readSchema, schemaMessage } from "../../protocol/ipc-message.ts";
import { decodeMessage, decodeValue, encodeMessage, encodeValue } from "../../protocol/message-codec.ts";
import { type MessageName, MESSAGES } from "../../protocol/messages.ts";
import { frameMessage } from "../../protocol/frame.ts";
import { availableCodecs } from "../../protocol/compression.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";
import { WireFault } from "../../protocol/wire-fault.ts";
import { anyField, fieldOf, scalarField, type WireField } from "../../protocol/wire-type.ts";
import { CONTROL_MESSAGES, sampleArguments, sampleFields } from "./samples.ts";

function readBack(fields: readonly WireField[]): readonly WireField[] {
  const bytes = schemaMessage(fields);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const place = messageAt(view, 0);
  return place === undefined ? [] : readSchema(view, place);
}

function nested(levels: number): WireField {
  let field = scalarField("item", "int", true);
  for (let level = 1; level < levels; level += 1)
    field = fieldOf("item", { kind: "list", wide: false }, true, undefined, [field]);
  return field;
}

describe("limits of a schema", () => {
  it("wireColumnsMax: all columns count, one more is refused", () => {
    const columns = (count: number): WireField[] => Array.from({ length: count }, () => anyField("c", true));
    const max = LIMITS.wireColumnsMax.value;
    expect(readBack(columns(max))).toHaveLength(max);
    expect(() => readBack(columns(max + 1))).toThrow(`The Arrow schema has more than ${max} columns.`);
  });

  it("wireNestingMax: one level more is refused", () => {
    const max = LIMITS.wireNestingMax.value;
    expect(readBack([nested(max)])).toHaveLength(1);
    expect(() => readBack([nested(max + 1)])).toThrow(`nested more than ${max} levels deep`);
  });
});

/** A call with one argument: a list of `count` values of type null, which take no bytes. */
function listOfNulls(count: number): Uint8Array {
  const item = fieldOf("item", { kind: "null" }, true, undefined);
  const list = fieldOf("$1", { kind: "list", wide: false }, true, undefined, [item]);
  const out = new BodyWriter();
  out.begin(makeTemplate([list], true), 1);
  out.node(1, 0);
  out.emptyBuffer();
  out.ensure(16);
  const start = out.at;
  out.view.setInt32(start, 0, true);
  out.view.setInt32(start + 4, count, true);
  out.at += 8;
  out.endBuffer(start);
  out.node(count, count);
  return out.end(MESSAGES.VALUE.code, { messageId: 1, sessionId: 1 }, true).subarray(FRAME_HEADER_BYTES);
}

describe("values that take no bytes", () => {
  it("wireNullsMax: one more is refused", () => {
    const max = LIMITS.wireNullsMax.value;
    expect(decodeValue(listOfNulls(max)).type).toBe("list<any?>");
    expect(() => decodeValue(listOfNulls(max + 1))).toThrow(`more than ${max} values of type null`);
  });
});

/** Numbers that only depend on the seed (xorshift). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const EDGES = [0, 1, 0x7f, 0x80, 0xff];

/** Changes a few bytes, cuts the end off, or doubles a part. */
function mutated(frame: Uint8Array, next: (below: number) => number): Uint8Array {
  let bytes = Uint8Array.from(frame);
  const changes = 1 + next(4);
  for (let change = 0; change < changes; change += 1) {
    const at = next(bytes.length);
    const kind = next(10);
    if (kind === 0) bytes = bytes.slice(0, Math.max(1, at));
    else if (kind === 1) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at >> 1)]);
    else if (kind < 5) bytes[at] = EDGES[next(EDGES.length)] ?? 0;
    else bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8));
  }
  return bytes;
}

function readAll(bytes: Uint8Array): "read" | "refused" {
  const reader = new FrameReader();
  try {
    for (const frame of reader.push(bytes)) {
      const name = frameMessage(frame, frame.code < 64 ? "client" : "server");
      if (name === "VALUE") decodeValue(frame.payload);
      else if (name === "ROWS") new RowsDecoder().push(frame.payload);
      else decodeMessage(name, frame.payload);
    }
    return reader.fault === undefined ? "read" : "refused";
  } catch (error) {
    if (error instanceof WireFault || error instanceof LimitPassed) return "refused";
    throw error;
  }
}

/** A result with a column of every kind of layout, plain and compressed. */
function resultFrames(): readonly Uint8Array[] {
  const values: readonly Value[] = [
    new ListValue([1, null, "x"]),
    new MapValue(new Map<string, Value>([["a", new Decimal(15n, 1)]])),
    new StructValue(new Shape("P", ["f"]), [new ListValue([true])]),
  ];
  const columns = [
    ...values.map((value): Column => ({ kind: "values", type: "any", data: [value, null], nulls: undefined })),
    { kind: "floats", type: "float", data: Float64Array.of(1, 2), nulls: Uint8Array.of(1, 0) } as const,
    { kind: "values", type: "string", data: ["ä".repeat(300), "b"], nulls: undefined } as const,
  ];
  const heads = columns.map(({ type }, index) => ({ name: `c${index}`, type }));
  return [undefined, ...availableCodecs()].flatMap((compression) =>
    new RowsEncoder({ columns: heads, compression }).batch(
      { columns, length: 2 },
      { last: true },
      { messageId: 7, sessionId: 9 },
    ),
  );
}

describe("100,000 mutated frames", () => {
  it("are read or refused with a fault of the wire (GR-28)", () => {
    const options = { messageId: 7, sessionId: 9 };
    const frames = CONTROL_MESSAGES.flatMap((name: MessageName) => [
      encodeMessage(name, options, sampleFields(name, "all"), sampleArguments(name)),
      encodeMessage(name, options, sampleFields(name, "required")),
    ]);
    frames.push(encodeValue(options, 5, "int"), encodeValue(options, "text", "Mood"), ...resultFrames());
    const next = random(20_260_801);
    const counts = { read: 0, refused: 0 };
    for (let round = 0; round < 100_000; round += 1) {
      // Every tenth keeps its header, so that payloads are what is looked at.
      const frame = frames[round % frames.length] ?? new Uint8Array(1);
      const bytes = mutated(frame, next);
      if (round % 10 > 0) bytes.set(frame.subarray(0, Math.min(24, bytes.length)));
      counts[readAll(bytes)] += 1;
    }
    expect(counts.refused).toBeGreaterThan(20_000);
    expect(counts.read).toBeGreaterThan(1000);
  });
});
