// GR-24: pyarrow reads what we write, type by type with its edges, compressed or not, in one frame or many; and we read what pyarrow writes. Where pyarrow is installed.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Column } from "../../base/value/column.ts";
import { DateValue, Decimal, Interval, Json, TimeValue, Timestamp, type Value } from "../../base/value/value.ts";
import { availableCodecs } from "../../protocol/compression.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { decodeMessage } from "../../protocol/message-codec.ts";
import { RowsEncoder, type RowsOptions } from "../../protocol/rows-encode.ts";

const hasPyarrow = spawnSync("python3", ["-c", "import pyarrow"]).status === 0;

/** Tells a stream: a line for each column with its type, our name of it, and its values. */
const READER = `
import sys, pyarrow as pa
table = pa.ipc.open_stream(sys.stdin.buffer.read()).read_all()
table.validate(full=True)
def told(value):
    if value is None: return "null"
    if isinstance(value, bytes): return value.hex()
    if isinstance(value, float): return value.hex()
    return str(value)
for field in table.schema:
    column = table.column(field.name)
    if pa.types.is_temporal(field.type) and not pa.types.is_interval(field.type):
        column = column.cast(pa.int32() if field.type.bit_width == 32 else pa.int64())
    name = (field.metadata or {}).get(b"gobi:type", b"").decode()
    print(field.name, field.type, name, *("|" + told(value) for value in column.to_pylist()))
`;

function pythonBytes(program: string, input: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", program], { input, maxBuffer: 1 << 26 });
  if (status !== 0) throw new TypeError(stderr.toString());
  return stdout;
}

function python(program: string, input: Uint8Array): string {
  return Buffer.from(pythonBytes(program, input)).toString();
}

/** One result of one column as the payloads of its frames, one after the other. */
function streamOf(options: RowsOptions, column: Column): Uint8Array {
  const length = "data" in column ? column.data.length : 0;
  const frames = new RowsEncoder(options).batch({ columns: [column], length }, { last: true }, HEADER);
  return Buffer.concat(frames.flatMap((frame) => new FrameReader().push(frame).map(({ payload }) => payload)));
}

const HEADER = { messageId: 1, sessionId: 1, flags: 0 };
const INT_MAX = 9_223_372_036_854_775_807n;

interface Case {
  readonly type: string;
  readonly column: Column;
  /** As pyarrow tells it. */
  readonly told: string;
}

function values(type: Column["type"], data: readonly Value[]): Column {
  const nulls = data.includes(null) ? Uint8Array.from(data, (value) => (value === null ? 1 : 0)) : undefined;
  return { kind: "values", type, data, nulls };
}

const CASES: readonly Case[] = [
  {
    type: "int?",
    column: {
      kind: "bigs",
      type: "int",
      data: BigInt64Array.of(INT_MAX, -INT_MAX - 1n, 2n ** 53n + 1n, 0n),
      nulls: Uint8Array.of(0, 0, 0, 1),
    },
    told: "int64  |9223372036854775807 |-9223372036854775808 |9007199254740993 |null",
  },
  {
    type: "float?",
    column: {
      kind: "floats",
      type: "float",
      data: Float64Array.of(-0, 5e-324, NaN, Infinity, 0.1, 0),
      nulls: Uint8Array.of(0, 0, 0, 0, 0, 1),
    },
    told: "double  |-0x0.0p+0 |0x0.0000000000001p-1022 |nan |inf |0x1.999999999999ap-4 |null",
  },
  {
    type: "bool?",
    column: { kind: "ints", type: "bool", data: Float64Array.of(1, 0, 0), nulls: Uint8Array.of(0, 0, 1) },
    told: "bool  |True |False |null",
  },
  {
    type: "decimal(9, 2)?",
    column: values("decimal", [new Decimal(1250n, 2), new Decimal(-5n, 0), null]),
    told: "decimal128(9, 2)  |12.50 |-5.00 |null",
  },
  {
    type: "decimal(38, 10)?",
    column: values("decimal", [new Decimal(10n ** 37n, 10), new Decimal(-1n, 10), null]),
    told: "decimal128(38, 10)  |1000000000000000000000000000.0000000000 |-1E-10 |null",
  },
  {
    type: "decimal(60, 0)?",
    column: values("decimal", [new Decimal(10n ** 59n, 0), new Decimal(-1n, 0), null]),
    told: `string decimal(60, 0) |1${"0".repeat(59)} |-1 |null`,
  },
  {
    type: "decimal?",
    column: values("decimal", [new Decimal(1250n, 2), null]),
    told: "string decimal |12.50 |null",
  },
  {
    type: "string?",
    column: values("string", ["", "größe 漢字 😀", "\0", "x".repeat(3000), null]),
    told: `string  | |größe 漢字 😀 |\0 |${"x".repeat(3000)} |null`,
  },
  {
    type: "bytes?",
    column: values("bytes", [new Uint8Array(0), Uint8Array.of(0, 255), new Uint8Array(1000), null]),
    told: `binary  | |00ff |${"00".repeat(1000)} |null`,
  },
  {
    type: "date?",
    column: values("date", [new DateValue(0), new DateValue(-719_162), new DateValue(2_932_896), null]),
    told: "date32[day]  |0 |-719162 |2932896 |null",
  },
  {
    type: "time?",
    column: values("time", [new TimeValue(0), new TimeValue(86_399_999_999), null]),
    told: "time64[us]  |0 |86399999999 |null",
  },
  {
    type: "timestamp?",
    column: values("timestamp", [new Timestamp(1_700_000_000_000_001), new Timestamp(-62_135_596_800_000_000n), null]),
    told: "timestamp[us, tz=UTC]  |1700000000000001 |-62135596800000000 |null",
  },
  {
    type: "timestamptz?",
    column: values("timestamptz", [new Timestamp(-1), null]),
    told: "timestamp[us, tz=UTC] timestamptz |-1 |null",
  },
  {
    type: "interval?",
    column: values("interval", [new Interval(14, -3, 5_400_000_001), null]),
    told: "month_day_nano_interval  |MonthDayNano(months=14, days=-3, nanoseconds=5400000001000) |null",
  },
  {
    type: "json?",
    column: values("json", [new Json('{"a":1.50}'), null]),
    told: 'string json |{"a":1.50} |null',
  },
  {
    type: "uuid?",
    column: values("uuid", ["9f7c1a52-0000-4000-8000-000000000001", null]),
    told: "string uuid |9f7c1a52-0000-4000-8000-000000000001 |null",
  },
  { type: "any", column: values("any", [1, "a", null]), told: 'string any |1 |"a" |null' },
];

describe.each(hasPyarrow ? [undefined, ...availableCodecs()] : [])("pyarrow, compressed with %s", (compression) => {
  it.each(CASES)("GR-24: reads $type", ({ type, column, told }) => {
    expect(python(READER, streamOf({ columns: [{ name: "c", type }], compression }, column))).toBe(`c ${told}\n`);
  });

  it("GR-25: reads a result of many frames", () => {
    const length = 20_000;
    const column: Column = {
      kind: "ints",
      type: "int",
      data: Float64Array.from({ length }, (_, row) => row),
      nulls: undefined,
    };
    const sum =
      "import sys, pyarrow as pa; t = pa.ipc.open_stream(sys.stdin.buffer).read_all(); print(len(t.to_batches()) > 5, sum(t[0].to_pylist()))";
    const stream = streamOf({ columns: [{ name: "c", type: "int" }], compression, frameBytes: 10_000 }, column);
    expect(python(sum, stream)).toBe(`True ${(length * (length - 1)) / 2}\n`);
  });
});

/** A request as pyarrow writes it, with types that are ours and others that are taken for them. */
const WRITER = `
import sys, datetime, decimal, pyarrow as pa
utc = datetime.timezone.utc
row = [
    ("text", pa.large_string(), "SELECT 1"),
    ("$1", pa.int64(), 2**63 - 1), ("$2", pa.int8(), -7), ("$3", pa.uint32(), 2**32 - 1), ("$4", pa.float64(), 0.1),
    ("$5", pa.decimal128(9, 2), decimal.Decimal("12.50")), ("$6", pa.bool_(), True), ("$7", pa.string(), "größe"),
    ("$8", pa.binary(), b"\\x00\\xff"), ("$9", pa.date32(), datetime.date(1, 1, 1)),
    ("$10", pa.timestamp("us", "UTC"), datetime.datetime(2026, 1, 31, 8, 30, 0, 1, utc)),
    ("$11", pa.timestamp("ms"), datetime.datetime(1969, 12, 31, 23, 59, 59, 999000)),
    ("$12", pa.time64("us"), datetime.time(8, 30)), ("$13", pa.null(), None), ("$14", pa.int64(), None),
]
batch = pa.record_batch([pa.array([value], type) for _, type, value in row], [name for name, _, _ in row])
with pa.ipc.new_stream(sys.stdout.buffer, batch.schema) as out: out.write_batch(batch)
`;

it.skipIf(!hasPyarrow)(
  "GR-24: arguments that pyarrow writes are read as their types (needs a python3 with pyarrow, as all tests of this file)",
  () => {
    const { fields, args } = decodeMessage("EXECUTE_SQL", pythonBytes(WRITER, new Uint8Array(0)));
    expect(fields).toEqual({ text: "SELECT 1" });
    expect(args.map(({ value }) => value)).toEqual([
      INT_MAX,
      -7,
      4_294_967_295,
      0.1,
      new Decimal(1250n, 2),
      true,
      "größe",
      Uint8Array.of(0, 255),
      new DateValue(-719_162),
      new Timestamp(1_769_848_200_000_001),
      new Timestamp(-1000),
      new TimeValue(30_600_000_000),
      null,
      null,
    ]);
  },
);
