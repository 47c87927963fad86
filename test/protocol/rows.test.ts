// Results as ROWS frames: every type of the language through encoder, decoder and apache-arrow; frames of the right size and flags; compression.
import { type Float, type RecordBatch, RecordBatchStreamWriter, Table, tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCALARS, type ScalarName } from "../../base/scalar.ts";
import { cell, type Column } from "../../base/value/column.ts";
import {
  boxFloat,
  DateValue,
  Decimal,
  FloatBox,
  Interval,
  Json,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  type TableValue,
  TimeValue,
  Timestamp,
  type Value,
} from "../../base/value/value.ts";
import { recordBatchesOf } from "../../protocol/arrow-batches.ts";
import { availableCodecs, chooseCodec, unknownCodec } from "../../protocol/compression.ts";
import { FLAGS, type Frame, PAYLOAD_BYTES_MAX } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { type Batch, type ColumnHead, RowsEncoder, type RowsOptions } from "../../protocol/rows-encode.ts";
import { WireFault } from "../../protocol/wire-fault.ts";

const options = { messageId: 3, sessionId: 4, flags: FLAGS.END };

function columnOf(type: Column["type"], values: readonly Value[]): Column {
  const nulls = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : undefined;
  if (type === "bool")
    return { kind: "ints", type, data: Float64Array.from(values, (value) => (value === true ? 1 : 0)), nulls };
  if (type === "float")
    return {
      kind: "floats",
      type,
      data: Float64Array.from(values, (v) => (v instanceof FloatBox ? v.value : Number(v))),
      nulls,
    };
  if (type !== "int") return { kind: "values", type, data: values, nulls };
  return values.some((value) => typeof value === "bigint")
    ? { kind: "bigs", type, data: BigInt64Array.from(values, (value) => BigInt((value ?? 0) as number)), nulls }
    : { kind: "ints", type, data: Float64Array.from(values, (value) => Number(value)), nulls };
}

function framesOf(encoded: readonly Uint8Array[]): readonly Frame[] {
  return encoded.flatMap((bytes) => new FrameReader().push(bytes));
}

function send(batches: readonly Batch[], sending: RowsOptions): readonly Frame[] {
  const encoder = new RowsEncoder(sending);
  return framesOf(
    batches.flatMap((batch, index) => encoder.batch(batch, { last: index === batches.length - 1 }, options)),
  );
}

function receive(frames: readonly Frame[]): { readonly decoder: RowsDecoder; readonly tables: readonly TableValue[] } {
  const decoder = new RowsDecoder();
  const tables = frames.map(({ payload }) => decoder.push(payload)).filter((table) => table !== undefined);
  return { decoder, tables };
}

function valuesOf(tables: readonly TableValue[], column: number): readonly Value[] {
  return tables.flatMap((table) =>
    Array.from({ length: table.length }, (_, row) => cell(table.columns[column] as Column, row)),
  );
}

/** A batch of one column, out and back. */
function throughWire(head: ColumnHead, column: Column, length: number): readonly Value[] {
  return valuesOf(receive(send([{ columns: [column], length }], { columns: [head] })).tables, 0);
}

const INT_MAX = 9_223_372_036_854_775_807n;
const SAFE_MAX = Number.MAX_SAFE_INTEGER;

/** Edge values of every scalar type. */
const EDGES: Readonly<Record<ScalarName, readonly Value[]>> = {
  int: [0, -1, 2 ** 31, -(2 ** 31) - 1, SAFE_MAX, -SAFE_MAX, 2n ** 53n, -(2n ** 53n), INT_MAX, -INT_MAX - 1n, null],
  float: [
    new FloatBox(0),
    new FloatBox(-0),
    0.1,
    Infinity,
    -Infinity,
    NaN,
    5e-324,
    new FloatBox(Number.MAX_VALUE),
    null,
  ],
  decimal: [new Decimal(1250n, 2), new Decimal(-5n, 3), new Decimal(10n ** 60n, 0), new Decimal(0n, 5), null],
  bool: [true, false, null],
  string: ["", "a", "größe", "漢字", "😀", "\0", "x".repeat(5000), null],
  bytes: [new Uint8Array(0), Uint8Array.of(0, 255), new Uint8Array(3000).fill(7), null],
  date: [new DateValue(0), new DateValue(-719_162), new DateValue(2_932_896), null],
  time: [new TimeValue(0), new TimeValue(86_399_999_999), null],
  timestamp: [new Timestamp(0), new Timestamp(1_700_000_000_000_001), new Timestamp(-62_135_596_800_000_000n), null],
  timestamptz: [new Timestamp(-1), null],
  interval: [new Interval(14, -3, 5_400_000_001), new Interval(0, 0, -SAFE_MAX), null],
  json: [new Json('{"a":1.50,"b":[null]}'), new Json("null"), null],
  uuid: ["9f7c1a52-0000-4000-8000-000000000001", null],
};

describe.each(Object.keys(SCALARS) as ScalarName[])("%s", (type) => {
  const values = EDGES[type];
  it("survives with its edges and null, and keeps its name (GR-24)", () => {
    const column = columnOf(type as Column["type"], values);
    const { decoder, tables } = receive(
      send([{ columns: [column], length: values.length }], { columns: [{ name: "c", type: `${type}?` }] }),
    );
    expect(decoder.columns).toEqual([
      { name: "c", type: type === "timestamptz" ? "timestamptz" : type, nullable: true },
    ]);
    expect(valuesOf(tables, 0)).toEqual(values);
  });

  it("survives as a column whose type nobody promised", () => {
    const column: Column = { kind: "values", type: "any", data: values, nulls: undefined };
    expect(throughWire({ name: "c", type: "any" }, column, values.length)).toEqual(values);
    // In parts nothing is known of what comes, and values say themselves what they are.
    const batch = { columns: [column], length: values.length };
    const tables = receive(send([batch, batch], { columns: [{ name: "c", type: "any" }] })).tables;
    expect(valuesOf(tables, 0)).toEqual([...values, ...values]);
  });

  it("survives in a list and in a struct", () => {
    const nested = [new ListValue([...values]), new StructValue(new Shape("P", ["a"]), [values[0] ?? null]), null];
    for (const value of nested) {
      const column: Column = { kind: "values", type: "any", data: [value], nulls: undefined };
      expect(throughWire({ name: "c", type: "any" }, column, 1)).toEqual([value]);
    }
  });
});

describe("fixed decimals", () => {
  const head = { name: "price", type: "decimal(9, 2)" };
  it("are Arrow's decimals", () => {
    const column = columnOf("decimal", [new Decimal(1250n, 2), new Decimal(-5n, 0), null]);
    const frames = send([{ columns: [column], length: 3 }], { columns: [head] });
    expect(tableFromIPC(frames[0]?.payload).schema.fields[0]?.type.toString()).toBe("Decimal[9e+2]");
    expect(valuesOf(receive(frames).tables, 0)).toEqual([new Decimal(1250n, 2), new Decimal(-500n, 2), null]);
  });

  it("that do not fit later on are refused, not rounded", () => {
    const good = { columns: [columnOf("decimal", [new Decimal(1n, 2)])], length: 1 };
    const bad = { columns: [columnOf("decimal", [new Decimal(1n, 3)])], length: 1 };
    expect(() => send([good, bad], { columns: [head] })).toThrow(WireFault);
    // When all is there at the start, the column adapts.
    expect(valuesOf(receive(send([bad], { columns: [head] })).tables, 0)).toEqual([new Decimal(1n, 3)]);
  });
});

describe("frames of a result", () => {
  const numbers = (length: number): Batch => ({
    columns: [
      columnOf(
        "int",
        Array.from({ length }, (_, row) => row),
      ),
      columnOf(
        "string",
        Array.from({ length }, () => "text"),
      ),
    ],
    length,
  });
  const columns = [
    { name: "n", type: "int" },
    { name: "t", type: "string" },
  ];

  it("have about the wanted size, FIRST and LAST at the ends, and the sender's flags at the end only", () => {
    const frames = send([numbers(50_000), numbers(1000)], { columns, frameBytes: 64 * 1024 });
    expect(frames.length).toBeGreaterThan(10);
    const sizes = frames.slice(1, -3).map(({ payload }) => payload.length);
    for (const size of sizes) expect(Math.abs(size - 64 * 1024)).toBeLessThan(16 * 1024);
    expect(frames.map(({ flags }) => flags)).toEqual([
      FLAGS.FIRST,
      ...frames.slice(2).map(() => 0),
      FLAGS.LAST | FLAGS.END,
    ]);
    expect(valuesOf(receive(frames).tables, 0)).toHaveLength(51_000);
    expect(tableFromIPC(frames.map(({ payload }) => payload)).numRows).toBe(51_000);
  });

  it("of no rows are the columns and the end", () => {
    const frames = send([{ columns: [], length: 0 }], { columns });
    expect(frames.map(({ flags }) => flags)).toEqual([FLAGS.FIRST | FLAGS.LAST | FLAGS.END]);
    const { decoder, tables } = receive(frames);
    expect(tables).toEqual([]);
    expect(decoder.columns.map(({ name, type }) => `${name} ${type}`)).toEqual(["n int", "t string"]);
    expect(tableFromIPC(frames[0]?.payload).numCols).toBe(2);
  });

  it("may end after rows that were not known to be the last", () => {
    const encoder = new RowsEncoder({ columns });
    const frames = framesOf([...encoder.batch(numbers(2), { last: false }, options), ...encoder.finish(options)]);
    expect(frames.map(({ flags }) => flags)).toEqual([FLAGS.FIRST, FLAGS.LAST | FLAGS.END]);
    expect(tableFromIPC(frames.map(({ payload }) => payload)).numRows).toBe(2);
    expect(valuesOf(receive(frames).tables, 1)).toEqual(["text", "text"]);
  });

  it("go on in further frames when one row is larger than a frame may be", () => {
    for (const length of [PAYLOAD_BYTES_MAX + 1000, 2 * PAYLOAD_BYTES_MAX]) {
      const text = "y".repeat(length);
      const batch = { columns: [columnOf("string", [text])], length: 1 };
      const frames = send([batch], { columns: [{ name: "t", type: "string" }] });
      expect(frames.length).toBeGreaterThan(1);
      expect(frames.every(({ payload }) => payload.length <= PAYLOAD_BYTES_MAX)).toBe(true);
      const early = new RowsDecoder();
      early.push(frames[0]?.payload ?? new Uint8Array());
      expect(early.columns).toEqual([{ name: "t", type: "string", nullable: false }]);
      expect(early.midBatch).toBe(true);
      const { decoder, tables } = receive(frames);
      expect(decoder.midBatch).toBe(false);
      expect(valuesOf(tables, 0)[0] === text).toBe(true);
    }
  });

  it("are not copied by who reads them (GR-26)", async () => {
    const column = columnOf("float", [boxFloat(1), 2.5]);
    const frames = send([{ columns: [column], length: 2 }], { columns: [{ name: "f", type: "float" }] });
    const payload = frames[0]?.payload as Uint8Array;
    const [table] = receive(frames).tables;
    expect((table?.columns[0]?.data as Float64Array | undefined)?.buffer).toBe(payload.buffer);
    for await (const batch of recordBatchesOf([payload]))
      expect((batch.getChildAt<Float>(0)?.data[0]?.values as Float64Array | undefined)?.buffer).toBe(payload.buffer);
  });
});

describe("compression", () => {
  const length = 4000;
  const batch: Batch = {
    columns: [
      columnOf(
        "int",
        Array.from({ length }, (_, row) => row % 7),
      ),
      columnOf(
        "string",
        Array.from({ length }, (_, row) => (row % 3 === 0 ? null : "again and again")),
      ),
      columnOf(
        "float",
        Array.from({ length }, () => Math.random()),
      ),
    ],
    length,
  };
  const columns = [
    { name: "n", type: "int" },
    { name: "t", type: "string?" },
    { name: "f", type: "float" },
  ];

  it.each(availableCodecs())("%s makes frames smaller and is read by both decoders (GR-25)", async (compression) => {
    const plain = send([batch], { columns });
    const small = send([batch], { columns, compression });
    expect(small[0]?.flags).toBe((plain[0]?.flags ?? 0) | FLAGS.COMPRESSED);
    expect(small[0]?.payload.length).toBeLessThan((plain[0]?.payload.length ?? 0) / 2);
    for (const column of [0, 1, 2])
      expect(valuesOf(receive(small).tables, column)).toEqual(valuesOf(receive(plain).tables, column));
    for await (const read of recordBatchesOf(small.map(({ payload }) => payload))) {
      expect(read.numRows).toBe(length);
      expect(read.get(1)?.toJSON()).toMatchObject({ n: 1n, t: "again and again" });
    }
  });

  it("takes the first codec of the client's list that is there, and names what nobody knows (GR-25)", () => {
    expect(chooseCodec(undefined)).toBeUndefined();
    expect(chooseCodec("none,lz4,zstd")).toBeUndefined();
    expect(chooseCodec("brotli")).toBeUndefined();
    expect([undefined, "", "brotli,none", "zstd"].map(unknownCodec)).toEqual(Array.from({ length: 4 }));
    expect(unknownCodec(" Brotli,snappy")).toBe("brotli");
    const [first] = availableCodecs();
    expect(chooseCodec(`brotli, ${(first ?? "lz4").toUpperCase()}`)).toBe(first);
  });
});

const scalarValues: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: INT_MAX }),
  fc.double().map(boxFloat),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(20))
    .map(([digits, scale]) => new Decimal(digits, scale)),
  fc.integer({ min: -700_000, max: 2_900_000 }).map((days) => new DateValue(days)),
  fc.maxSafeNat().map((micros) => new Timestamp(micros)),
  fc
    .tuple(fc.integer({ min: -1e5, max: 1e5 }), fc.maxSafeInteger())
    .map(([months, micros]) => new Interval(months, 0, micros)),
  fc.json({ maxDepth: 2 }).map((text) => new Json(text)),
);
const { value: anyValues } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalarValues,
    fc.array(tie("value"), { maxLength: 4 }).map((items) => new ListValue(items)),
    fc
      .array(fc.tuple(fc.string({ maxLength: 3 }), tie("value")), { maxLength: 3 })
      .map((entries) => new MapValue(new Map(entries))),
    fc
      .uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 3, selector: (name) => name.toLowerCase() })
      .chain((names) =>
        fc
          .tuple(
            fc.constantFrom("", "Person"),
            fc.array(tie("value"), { minLength: names.length, maxLength: names.length }),
          )
          .map(([name, slots]) => new StructValue(new Shape(name, names), slots)),
      ),
  ),
}));

describe("any columns of any values", () => {
  it("come back as they were, whole and in parts", () => {
    fc.assert(
      fc.property(fc.array(anyValues, { minLength: 1, maxLength: 6 }), (values) => {
        const column: Column = { kind: "values", type: "any", data: values, nulls: undefined };
        const batch = { columns: [column], length: values.length };
        expect(throughWire({ name: "c", type: "any" }, column, values.length)).toEqual(values);
        const parts = send([batch, batch], { columns: [{ name: "c", type: "any" }] });
        expect(valuesOf(receive(parts).tables, 0)).toEqual([...values, ...values]);
      }),
      { numRuns: 300 },
    );
  });

  it("become the batches that apache-arrow itself would read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyValues, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(undefined, ...availableCodecs()),
        async (values, compression) => {
          const column: Column = { kind: "values", type: "any", data: values, nulls: undefined };
          const batch = { columns: [column], length: values.length };
          const payloads = send([batch, batch], { columns: [{ name: "c", type: "any" }], compression }).map(
            (frame) => frame.payload,
          );
          const own: RecordBatch[] = [];
          for await (const each of recordBatchesOf(payloads)) own.push(each);
          expect(new Table(own).toString()).toBe(tableFromIPC(payloads).toString());
          expect(RecordBatchStreamWriter.writeAll(own).toUint8Array(true)).toEqual(
            RecordBatchStreamWriter.writeAll(tableFromIPC(payloads).batches).toUint8Array(true),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("are read by apache-arrow and, written by it again, by us", () => {
    fc.assert(
      fc.property(fc.array(anyValues, { minLength: 1, maxLength: 4 }), (values) => {
        const column: Column = { kind: "values", type: "any", data: values, nulls: undefined };
        const frames = send([{ columns: [column], length: values.length }], { columns: [{ name: "c", type: "any" }] });
        const table = tableFromIPC(frames.map(({ payload }) => payload));
        expect(table.numRows).toBe(values.length);
        const writer = RecordBatchStreamWriter.writeAll(table.batches);
        const again = new RowsDecoder().push(writer.toUint8Array(true));
        expect(again === undefined ? [] : valuesOf([again], 0)).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });
});
