// Every row of the message table: encoded, read by apache-arrow, decoded again; and what is refused.
import { type Field, Int64, tableFromIPC, tableToIPC, Table, Utf8, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAME_HEADER_BYTES } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { decodeMessage, encodeMessage } from "../../protocol/message-codec.ts";
import { MESSAGES, type MessageRow } from "../../protocol/messages.ts";
import { WireFault } from "../../protocol/wire-fault.ts";
import { CONTROL_MESSAGES, sampleArguments, sampleFields } from "./samples.ts";

const options = { messageId: 1, sessionId: 2 };

function kindOfFault(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof WireFault) return error.kind;
    throw error;
  }
}

describe.each(CONTROL_MESSAGES)("%s", (name) => {
  it.each(["all", "required"] as const)("round trip with %s fields (GR-21)", (which) => {
    const fields = sampleFields(name, which);
    const args = sampleArguments(name);
    const [frame] = new FrameReader().push(encodeMessage(name, options, fields, args));
    expect(frame?.code).toBe(MESSAGES[name].code);
    const decoded = decodeMessage(name, frame?.payload ?? new Uint8Array());
    expect(decoded.fields).toEqual(fields);
    expect(decoded.args.map(({ name: argument, value }) => ({ name: argument, value }))).toEqual(args);
    // The second time templates and schemas are the kept ones.
    const again = encodeMessage(name, options, fields, args);
    expect(decodeMessage(name, again.subarray(FRAME_HEADER_BYTES))).toEqual(decoded);
  });

  it("is one row for any Arrow reader", () => {
    const fields = sampleFields(name, "all");
    const payload = encodeMessage(name, options, fields, sampleArguments(name)).subarray(FRAME_HEADER_BYTES);
    if (payload.length === 0) return expect(Object.keys(fields)).toEqual([]);
    const table = tableFromIPC(payload);
    expect(table.numRows).toBe(1);
    const names = [...Object.keys(fields), ...sampleArguments(name).map((argument) => argument.name)];
    expect(table.schema.fields.map((field) => field.name)).toEqual(names);
    for (const [field, value] of Object.entries(fields)) expect(table.getChild(field)?.get(0)).toEqual(value);
  });

  it("refuses a payload that lacks what must be there, or holds it as another type (GR-21)", () => {
    const rows = Object.entries((MESSAGES[name] as MessageRow).fields);
    const needed = rows.filter(([, row]) => row.optional !== true);
    if (needed.length > 0) expect(kindOfFault(() => decodeMessage(name, new Uint8Array()))).toBe("payload");
    for (const [field] of rows) {
      const wrong = tableToIPC(new Table({ [field]: vectorFromArray([[1]]) }), "stream");
      expect(kindOfFault(() => decodeMessage(name, wrong))).toBe("payload");
    }
    expect(kindOfFault(() => decodeMessage(name, Buffer.from("GET / HTTP/1.1\r\n")))).toBe("payload");
  });
});

describe("payloads of other writers", () => {
  it("are read: apache-arrow's own, with columns in another order and further ones", () => {
    const table = new Table({
      unknown: vectorFromArray(["x"], new Utf8()),
      $1: vectorFromArray([5n], new Int64()),
      text: vectorFromArray(["SELECT ?"], new Utf8()),
      deadline_ms: vectorFromArray([null], new Int64()),
    });
    const decoded = decodeMessage("EXECUTE_SQL", tableToIPC(table, "stream"));
    expect(decoded).toEqual({ fields: { text: "SELECT ?" }, args: [{ name: "$1", value: 5, type: "int" }] });
  });

  it("are refused when they have more or less than one row", () => {
    for (const texts of [[], ["a", "b"]]) {
      const payload = tableToIPC(new Table({ text: vectorFromArray(texts, new Utf8()) }), "stream");
      expect(kindOfFault(() => decodeMessage("PREPARE", payload))).toBe("payload");
    }
  });

  it("are refused by the name of a type that is not taken", () => {
    const payload = tableToIPC(new Table({ text: vectorFromArray(["a"]) }), "stream");
    expect(() => decodeMessage("PREPARE", payload)).toThrow("Columns with a dictionary are not taken.");
  });
});

describe("texts", () => {
  it("of any length and alphabet survive", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const payload = encodeMessage("PREPARE", options, { text }).subarray(FRAME_HEADER_BYTES);
        expect(decodeMessage("PREPARE", payload).fields.text).toBe(text);
      }),
    );
  });

  it("above the limit of a frame are refused by the sender", () => {
    const text = "x".repeat(17 * 1024 * 1024);
    expect(kindOfFault(() => encodeMessage("PREPARE", options, { text }))).toBe("oversize");
  });

  it("that are not UTF-8 are refused", () => {
    const payload = Buffer.from(encodeMessage("PREPARE", options, { text: "zebra-zebra-zebra" }));
    payload[payload.indexOf("zebra")] = 0xff;
    expect(kindOfFault(() => decodeMessage("PREPARE", payload.subarray(FRAME_HEADER_BYTES)))).toBe("payload");
  });
});

describe("the schema", () => {
  it("says which fields may be left out", () => {
    const payload = encodeMessage("PREPARED", options, sampleFields("PREPARED", "all") as never);
    const nullable = tableFromIPC(payload.subarray(FRAME_HEADER_BYTES)).schema.fields.map((f: Field) => f.nullable);
    expect(nullable).toEqual([false, false, false, false]);
  });
});
