// Record batches over payloads, against apache-arrow's own reader: what other writers send, batches of several payloads, results without rows, bytes that are none.
import * as arrow from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordBatchesOf } from "../../protocol/arrow-batches.ts";
import { FRAME_HEADER_BYTES, PAYLOAD_BYTES_MAX } from "../../protocol/frame.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";
import { WireFault } from "../../protocol/wire-fault.ts";

async function batchesOf(payloads: readonly Uint8Array[]): Promise<readonly arrow.RecordBatch[]> {
  const batches: arrow.RecordBatch[] = [];
  for await (const batch of recordBatchesOf(payloads)) batches.push(batch);
  return batches;
}

/** Vectors of every type that others may write and we take. */
const VECTORS: Readonly<Record<string, arrow.Vector>> = {
  nulls: arrow.vectorFromArray([null, null, null], new arrow.Null()),
  bools: arrow.vectorFromArray([true, null, false], new arrow.Bool()),
  ints8: arrow.vectorFromArray([1, null, -3], new arrow.Int8()),
  ints16: arrow.vectorFromArray([1, 2, -3], new arrow.Int16()),
  ints32: arrow.vectorFromArray([1, 2, -3], new arrow.Int32()),
  ints64: arrow.vectorFromArray([1n, null, -3n], new arrow.Int64()),
  unsigned32: arrow.vectorFromArray([1, 2, 4_000_000_000], new arrow.Uint32()),
  floats32: arrow.vectorFromArray([0.5, null, -3], new arrow.Float32()),
  floats64: arrow.vectorFromArray([0.1, 2, Number.NaN], new arrow.Float64()),
  texts: arrow.vectorFromArray(["a", null, "größe"], new arrow.Utf8()),
  wideTexts: arrow.vectorFromArray(["a", "", "größe"], new arrow.LargeUtf8()),
  bytes: arrow.vectorFromArray([Uint8Array.of(1), null, new Uint8Array(0)], new arrow.Binary()),
  wideBytes: arrow.vectorFromArray([Uint8Array.of(1), null, Uint8Array.of(2, 3)], new arrow.LargeBinary()),
  fixed: arrow.vectorFromArray([Uint8Array.of(1, 2), null, Uint8Array.of(3, 4)], new arrow.FixedSizeBinary(2)),
  days: arrow.vectorFromArray([new Date(0), null, new Date(86_400_000)], new arrow.DateDay()),
  dayMillis: arrow.vectorFromArray([new Date(0), null, new Date(86_400_000)], new arrow.DateMillisecond()),
  seconds: arrow.vectorFromArray([1, null, 3], new arrow.TimeSecond()),
  micros: arrow.vectorFromArray([1n, null, 3n], new arrow.TimeMicrosecond()),
  timestamps: arrow.vectorFromArray([1, null, 3], new arrow.TimestampMicrosecond("UTC")),
  durations: arrow.vectorFromArray([1n, null, 3n], new arrow.DurationMicrosecond()),
  months: arrow.vectorFromArray([Int32Array.of(1), null, Int32Array.of(3)], new arrow.IntervalYearMonth()),
  intervals: arrow.vectorFromArray(
    [Int32Array.of(1, 2, 3, 0), null, Int32Array.of(4, 5, 6, 0)],
    new arrow.IntervalMonthDayNano(),
  ),
  decimals: arrow.vectorFromArray(
    [Uint32Array.of(125, 0, 0, 0), null, Uint32Array.of(1, 0, 0, 0)],
    new arrow.Decimal(2, 10, 128),
  ),
  lists: arrow.vectorFromArray([[1, null], null, []], new arrow.List(new arrow.Field("item", new arrow.Int32(), true))),
  structs: arrow.vectorFromArray(
    [{ a: 1, b: "x" }, null, { a: null, b: "y" }],
    new arrow.Struct([new arrow.Field("a", new arrow.Int32(), true), new arrow.Field("b", new arrow.Utf8(), true)]),
  ),
};

describe("what apache-arrow writes", () => {
  it.each(Object.entries(VECTORS))("%s come as it reads them itself", async (name, vector) => {
    const table = new arrow.Table({ [name]: vector });
    const bytes = arrow.tableToIPC(table, "stream");
    const [batch] = await batchesOf([bytes]);
    expect(batch?.numRows).toBe(3);
    const own = new arrow.Table(batch === undefined ? [] : [batch]);
    expect(own.toString()).toBe(arrow.tableFromIPC(bytes).toString());
    expect(arrow.tableToIPC(own, "stream")).toEqual(bytes);
  });
});

/** Payloads of one column. */
function payloadsOf(texts: readonly string[]): readonly Uint8Array[] {
  const encoder = new RowsEncoder({ columns: [{ name: "t", type: "string" }], compression: undefined });
  const batch = { columns: [{ kind: "values" as const, type: "string" as const, data: texts, nulls: undefined }] };
  return encoder
    .batch({ ...batch, length: texts.length }, { last: true }, { messageId: 1, sessionId: 1 })
    .map((frame) => frame.subarray(FRAME_HEADER_BYTES));
}

describe("payloads", () => {
  it("of a batch above the limit are put together", async () => {
    const long = "long ".repeat(PAYLOAD_BYTES_MAX / 4);
    const payloads = payloadsOf([long]);
    expect(payloads.length).toBe(2);
    const [batch] = await batchesOf(payloads);
    expect(batch?.getChild("t")?.get(0) === long).toBe(true);
    await expect(batchesOf(payloads.slice(0, 1))).rejects.toThrow("A result ends in the middle of a record batch.");
  });

  it("without rows give one batch with the columns", async () => {
    const batches = await batchesOf(payloadsOf([]));
    expect(batches.map(({ numRows, schema }) => [numRows, schema.names])).toEqual([[0, ["t"]]]);
  });

  it("that begin at an odd place are read as others are", async () => {
    const [payload = new Uint8Array(0)] = payloadsOf(["a", "b"]);
    const odd = new Uint8Array(payload.length + 1);
    odd.set(payload, 1);
    const [batch] = await batchesOf([odd.subarray(1)]);
    expect(Array.from(batch?.getChild("t") ?? [])).toEqual(["a", "b"]);
  });

  it("with other bytes are read, or refused as no Arrow", async () => {
    const vectors = Object.fromEntries(Object.entries(VECTORS).slice(0, 12));
    const whole = arrow.tableToIPC(new arrow.Table(vectors), "stream");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(whole.length),
        async (changes, length) => {
          const bytes = whole.slice(0, length % 2 === 0 ? whole.length : length);
          for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
          try {
            for (const batch of await batchesOf([bytes])) void batch.numRows;
          } catch (error) {
            if (!(error instanceof WireFault)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
