// The wire must not change by accident: frames of every message as bytes, and the message table as it was promised.
// `history/frames.txt` are the frames that this version writes, and that every later one must read: a frame that is no longer written moves to `history/older-frames.txt`.
// `history/messages.txt` has one line per message and field; lines are added, never changed or taken away while the version of the protocol is the same.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { printQuoted } from "../../base/value/print.ts";
import { Shape, StructValue, type Value } from "../../base/value/value.ts";
import { frameMessage } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { decodeMessage, decodeValue, encodeMessage, encodeValue } from "../../protocol/message-codec.ts";
import { MESSAGES, type MessageRow } from "../../protocol/messages.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";
import { CONTROL_MESSAGES, sampleArguments, sampleFields } from "./samples.ts";

const HISTORY = join(import.meta.dirname, "history");
const options = { messageId: 2n ** 64n - 1n, sessionId: 9, flags: 4, catalogEpoch: 3 };

/** What a frame says, as text. */
function meaningOf(bytes: Uint8Array): string {
  const [frame] = new FrameReader().push(bytes);
  if (frame === undefined) return "no frame";
  const name = frameMessage(frame, frame.code < MESSAGES.READY.code ? "client" : "server");
  const head = `${name} message ${frame.messageId} session ${frame.sessionId} flags ${frame.flags} epoch ${frame.catalogEpoch}`;
  if (name === "ROWS") {
    const decoder = new RowsDecoder();
    const table = decoder.push(frame.payload);
    return `${head} ${decoder.columns.map((column) => `${column.name} ${column.type}`).join(", ")}: ${printQuoted(table ?? null)}`;
  }
  if (name === "VALUE") {
    const { value, type, outs } = decodeValue(frame.payload);
    return `${head} ${type} ${printQuoted(value)} ${outs.map((out) => `${out.name} ${out.type} ${printQuoted(out.value)}`).join(" ")}`;
  }
  const { fields, args } = decodeMessage(name, frame.payload);
  const texts = Object.entries(fields).map(([field, value]) => `${field} ${printQuoted(value as Value)}`);
  return [head, ...texts, ...args.map((arg) => `${arg.name} ${arg.type} ${printQuoted(arg.value)}`)].join(" ");
}

function golden(bytes: Uint8Array): string {
  return `${meaningOf(bytes)}\n${Buffer.from(bytes).toString("hex").replaceAll(/.{96}/gu, "$&\n").trimEnd()}\n`;
}

function allFrames(): readonly Uint8Array[] {
  const person = new StructValue(new Shape("Person", ["name", "age"]), ["Ann", 3]);
  const rows = new RowsEncoder({
    columns: [
      { name: "id", type: "int" },
      { name: "name", type: "string?" },
    ],
  });
  const columns = [
    { kind: "ints", type: "int", data: Float64Array.of(1, 2), nulls: undefined },
    { kind: "values", type: "string", data: ["ä", null], nulls: Uint8Array.of(0, 1) },
  ] as const;
  return [
    ...CONTROL_MESSAGES.flatMap((name) => [
      encodeMessage(name, options, sampleFields(name, "all"), sampleArguments(name)),
      encodeMessage(name, options, sampleFields(name, "required")),
    ]),
    ...rows.batch({ columns, length: 2 }, { last: true }, options),
    encodeValue(options, 42, "int"),
    encodeValue(options, person, "Person", [{ name: "total", value: null, type: "decimal(9, 2)" }]),
  ];
}

describe("the bytes of the wire", () => {
  it("are those that were promised (GR-20)", async () => {
    await expect(allFrames().map(golden).join("\n")).toMatchFileSnapshot(join(HISTORY, "frames.txt"));
  });

  it.each(["frames.txt", "older-frames.txt"])("%s is read as it was meant", (file) => {
    for (const entry of readFileSync(join(HISTORY, file), "utf8")
      .split("\n\n")
      .filter((text) => text.trim() !== "")) {
      const [meaning, ...hex] = entry.trim().split("\n");
      expect(meaningOf(Buffer.from(hex.join(""), "hex"))).toBe(meaning);
    }
  });
});

/** The table as lines: `5 CALL_PROCEDURE client arguments`, `5 CALL_PROCEDURE.deadline_ms int64 optional`. */
function tableLines(): readonly string[] {
  return Object.entries(MESSAGES).flatMap(([name, row]: [string, MessageRow]) => [
    [row.code, name, row.from, row.body, row.retired === true ? "retired" : undefined]
      .filter((part) => part !== undefined)
      .join(" "),
    ...Object.entries(row.fields).map(
      ([field, { type, optional }]) => `${row.code} ${name}.${field} ${type}${optional === true ? " optional" : ""}`,
    ),
  ]);
}

describe("the message table", () => {
  it("has all that history/messages.txt promises, and what is new stands there too", () => {
    const promised = readFileSync(join(HISTORY, "messages.txt"), "utf8").trim().split("\n");
    expect([...tableLines()].sort()).toEqual([...promised].sort());
  });
});
