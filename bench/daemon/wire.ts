// What the wire alone costs: `npx tsx bench/daemon/wire.ts`. Nanoseconds of processor time for encoding and decoding messages and rows,
// and microseconds of a bare echo over a Unix socket, which is the floor of a call.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Column } from "../../base/value/column.ts";
import { FRAME_HEADER_BYTES } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { decodeMessage, decodeValue, encodeMessage, encodeValue } from "../../protocol/message-codec.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";

const MICROS = 1000;
const options = { messageId: 7, sessionId: 12, flags: 4, catalogEpoch: 3 };

/** Processor time of one unit of the work in nanoseconds; other programs on the machine do not count. */
function cost(work: () => unknown, times: number, units = 1): number {
  for (let warm = 0; warm < times; warm += 1) work();
  const before = process.cpuUsage();
  for (let count = 0; count < times; count += 1) work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * MICROS) / times / units;
}

function print(name: string, value: number, unit: string): void {
  console.log(`${name.padEnd(44)}${value.toFixed(1).padStart(10)} ${unit}`);
}

function messages(): void {
  const args = [{ name: "$1", value: 21 }];
  const call = encodeMessage("CALL_PROCEDURE", options, { name: "twice" }, args);
  const value = encodeValue(options, 42, "int");
  const reader = new FrameReader();
  const times = 300_000;
  print(
    "encode a call with one argument",
    cost(() => encodeMessage("CALL_PROCEDURE", options, { name: "twice" }, args), times),
    "ns",
  );
  print(
    "decode it",
    cost(() => decodeMessage("CALL_PROCEDURE", call.subarray(FRAME_HEADER_BYTES)), times),
    "ns",
  );
  print(
    "encode its value",
    cost(() => encodeValue(options, 42, "int"), times),
    "ns",
  );
  print(
    "decode it",
    cost(() => decodeValue(value.subarray(FRAME_HEADER_BYTES)), times),
    "ns",
  );
  print(
    "cut one frame out of a chunk",
    cost(() => reader.push(value), times),
    "ns",
  );
  print("bytes of the call and of its answer", call.length + value.length, "bytes");
}

function rows(): void {
  const length = 100_000;
  const columns: readonly Column[] = [
    { kind: "ints", type: "int", data: Float64Array.from({ length }, (_, row) => row), nulls: undefined },
    {
      kind: "values",
      type: "string",
      data: Array.from({ length }, (_, row) => `customer ${row % 1000}`),
      nulls: undefined,
    },
    { kind: "floats", type: "float", data: Float64Array.from({ length }, (_, row) => row / 3), nulls: undefined },
    { kind: "ints", type: "int", data: Float64Array.from({ length }, (_, row) => row * 1e6), nulls: undefined },
    { kind: "values", type: "string", data: Array.from({ length }, () => "active"), nulls: undefined },
  ];
  const heads = ["int", "string", "float", "int", "string"].map((type, index) => ({ name: `c${index}`, type }));
  const encode = (): readonly Uint8Array[] =>
    new RowsEncoder({ columns: heads }).batch({ columns, length }, { last: true }, options);
  const payloads = encode().map((frame) => frame.subarray(FRAME_HEADER_BYTES));
  const decode = (): void => {
    const decoder = new RowsDecoder();
    for (const payload of payloads) decoder.push(payload);
  };
  print("encode a row of five columns", cost(encode, 8, length), "ns");
  print("decode it to columns", cost(decode, 8, length), "ns");
}

/** Answers every frame with a frame, in a process of its own. */
function serveEcho(path: string): void {
  const value = encodeValue(options, 42, "int");
  const server = createServer((socket) => {
    const reader = new FrameReader();
    socket.on("data", (chunk) => {
      for (const frame of reader.push(chunk)) if (frame.payload.length > 0) socket.write(value);
    });
  });
  server.listen(path, () => process.send?.("ready"));
  process.on("disconnect", () => process.exit());
}

async function echo(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "gobi-echo-"));
  const path = join(folder, "socket");
  const child = fork(import.meta.filename, ["serve", path]);
  await new Promise((resolve) => child.once("message", resolve));
  const socket = connect(path);
  const call = encodeMessage("CALL_PROCEDURE", options, { name: "twice" }, [{ name: "$1", value: 21 }]);
  const reader = new FrameReader();
  const took: number[] = [];
  await new Promise<void>((resolve) => {
    let sentAt = process.hrtime.bigint();
    socket.on("data", (chunk) => {
      if (reader.push(chunk).length === 0) return;
      const now = process.hrtime.bigint();
      took.push(Number(now - sentAt) / MICROS);
      if (took.length === 20_000) return resolve();
      sentAt = now;
      socket.write(call);
    });
    socket.write(call);
  });
  socket.destroy();
  child.disconnect();
  rmSync(folder, { recursive: true, force: true });
  const sorted = took.slice(took.length / 2).sort((a, b) => a - b);
  print("echo of a call's frames, one connection, middle", sorted[sorted.length >> 1] ?? 0, "µs");
}

const [, , mode, path] = process.argv;
if (mode === "serve" && path !== undefined) serveEcho(path);
else {
  messages();
  rows();
  await echo();
}
