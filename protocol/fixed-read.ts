// Columns whose values have one width, as values of ours: every width and unit that other writers of Arrow use is taken, as far as our types hold it.
// Nothing is rounded: nanoseconds that are no whole microseconds, and integers beyond 64 signed bits, are refused.
import { InternalError } from "../base/failure.ts";
import { type Column, intOf } from "../base/value/column.ts";
import { INT_MAX, INT_MIN } from "../base/value/int.ts";
import { DateValue, Decimal, type Int, Interval, TimeValue, Timestamp, type Value } from "../base/value/value.ts";
import type { BodyReader } from "./body-reader.ts";
import { WireFault } from "./wire-fault.ts";
import { type ArrowType, arrowName, type TimeUnit, valueBytes } from "./wire-type.ts";

type Nulls = Uint8Array | undefined;

const TWO_32 = 4_294_967_296;
/** Highest upper half of a safe integer, and lowest. */
const SAFE_HIGH = 0x1f_ffff;

/** A column of floats; over the payload itself where it stands aligned. */
export function readFloats(from: BodyReader, bits: 32 | 64, length: number): Float64Array {
  from.buffer((length * bits) / 8);
  const { view, start } = from;
  const at = view.byteOffset + start;
  if (bits === 64 && at % 8 === 0) return new Float64Array(view.buffer, at, length);
  const data = new Float64Array(length);
  for (let row = 0; row < length; row += 1)
    data[row] = bits === 64 ? view.getFloat64(start + 8 * row, true) : view.getFloat32(start + 4 * row, true);
  return data;
}

/** A column of integers of any width. @throws WireFault `value` for an unsigned one beyond our int. */
export function readInts(
  from: BodyReader,
  arrow: ArrowType & { readonly kind: "int" },
  length: number,
  nulls: Nulls,
): Column {
  const { bits, signed } = arrow;
  from.buffer((length * bits) / 8);
  if (bits === 64) return readInts64(from, signed, length, nulls);
  const { view, start } = from;
  const data = new Float64Array(length);
  const read = smallReader(view, bits, signed);
  for (let row = 0; row < length; row += 1) data[row] = read(start + (row * bits) / 8);
  return { kind: "ints", type: "int", data, nulls };
}

function smallReader(view: DataView, bits: 8 | 16 | 32, signed: boolean): (at: number) => number {
  switch (bits) {
    case 8:
      return signed ? (at) => view.getInt8(at) : (at) => view.getUint8(at);
    case 16:
      return signed ? (at) => view.getInt16(at, true) : (at) => view.getUint16(at, true);
    case 32:
      return signed ? (at) => view.getInt32(at, true) : (at) => view.getUint32(at, true);
  }
}

function readInts64(from: BodyReader, signed: boolean, length: number, nulls: Nulls): Column {
  const { view, start } = from;
  const data = new Float64Array(length);
  let row = 0;
  for (; row < length; row += 1) {
    const low = view.getUint32(start + 8 * row, true);
    const high = signed ? view.getInt32(start + 8 * row + 4, true) : view.getUint32(start + 8 * row + 4, true);
    // The lowest 64-bit number of these halves is not safe; what stands below a null does not count.
    const safe = high <= SAFE_HIGH && (high > -SAFE_HIGH - 1 || (high === -SAFE_HIGH - 1 && low > 0));
    if (!safe && nulls?.[row] !== 1) break;
    data[row] = safe ? high * TWO_32 + low : 0;
  }
  if (row === length) return { kind: "ints", type: "int", data, nulls };
  if (!signed) checkUnsigned(view, start, length, nulls);
  return { kind: "bigs", type: "int", data: bigsOf(view, start, length), nulls };
}

function checkUnsigned(view: DataView, start: number, length: number, nulls: Nulls): void {
  for (let row = 0; row < length; row += 1)
    if (view.getInt32(start + 8 * row + 4, true) < 0 && nulls?.[row] !== 1)
      throw new WireFault("value", `${view.getBigUint64(start + 8 * row, true)} does not fit an int.`);
}

function bigsOf(view: DataView, start: number, length: number): BigInt64Array {
  const at = view.byteOffset + start;
  if (at % 8 === 0) return new BigInt64Array(view.buffer, at, length);
  return BigInt64Array.from({ length }, (_, row) => view.getBigInt64(start + 8 * row, true));
}

/** Microseconds of a count of the unit. @throws WireFault `value` when they are no whole number or beyond 64 bits. */
function microsOf(count: bigint, unit: TimeUnit): Int {
  const micros = unit === 3 ? count / 1000n : count * ([1_000_000n, 1000n, 1n][unit] ?? 1n);
  if (unit === 3 && micros * 1000n !== count)
    throw new WireFault("value", "A time has nanoseconds, which microseconds cannot hold.");
  if (micros < INT_MIN || micros > INT_MAX)
    throw new WireFault("value", "A time does not fit 64 bits of microseconds.");
  return intOf(micros);
}

/** Whole microseconds that are a safe integer. */
function safeMicros(count: bigint, unit: TimeUnit): number {
  const micros = microsOf(count, unit);
  if (typeof micros === "bigint") throw new WireFault("value", "An interval or time of day has too many microseconds.");
  return micros;
}

type FixedReader = (view: DataView, at: number) => Value;

const MS_PER_DAY = 86_400_000n;

/** The one value of a column that is neither nested nor of varying length. */
function fixedReader(arrow: ArrowType): FixedReader {
  switch (arrow.kind) {
    case "date":
      return arrow.bits === 32
        ? (view, at) => new DateValue(view.getInt32(at, true))
        : (view, at) => new DateValue(Number(view.getBigInt64(at, true) / MS_PER_DAY));
    case "time":
      return arrow.bits === 32
        ? (view, at) => timeOf(BigInt(view.getInt32(at, true)), arrow.unit)
        : (view, at) => timeOf(view.getBigInt64(at, true), arrow.unit);
    case "timestamp":
      return (view, at) => new Timestamp(microsOf(view.getBigInt64(at, true), arrow.unit));
    case "duration":
      return (view, at) => new Interval(0, 0, safeMicros(view.getBigInt64(at, true), arrow.unit));
    case "interval":
      return intervalReader(arrow.unit);
    case "decimal":
      return (view, at) => decimalOf(view, at, arrow.bits, arrow.scale);
    case "fixedBinary":
      return (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, arrow.bytes);
    default:
      throw new InternalError(`fixedReader: ${arrowName(arrow)} has no fixed width`);
  }
}

const MICROS_PER_DAY = 86_400_000_000;

function timeOf(count: bigint, unit: TimeUnit): Value {
  const micros = safeMicros(count, unit);
  if (micros < 0 || micros >= MICROS_PER_DAY) throw new WireFault("value", "A time of day is not within a day.");
  return new TimeValue(micros);
}

function intervalReader(unit: "months" | "dayTime" | "monthDayNano"): FixedReader {
  switch (unit) {
    case "months":
      return (view, at) => new Interval(view.getInt32(at, true), 0, 0);
    case "dayTime":
      return (view, at) => new Interval(0, view.getInt32(at, true), view.getInt32(at + 4, true) * 1000);
    case "monthDayNano":
      return (view, at) =>
        new Interval(
          view.getInt32(at, true),
          view.getInt32(at + 4, true),
          safeMicros(view.getBigInt64(at + 8, true), 3),
        );
  }
}

function decimalOf(view: DataView, at: number, bits: 32 | 64 | 128 | 256, scale: number): Value {
  let unscaled = bits === 32 ? BigInt(view.getInt32(at, true)) : view.getBigInt64(at + bits / 8 - 8, true);
  for (let word = bits / 64 - 2; word >= 0; word -= 1)
    unscaled = unscaled * 18_446_744_073_709_551_616n + view.getBigUint64(at + 8 * word, true);
  // A negative scale means zeros before the point.
  return scale >= 0 ? new Decimal(unscaled, scale) : new Decimal(unscaled * 10n ** BigInt(-scale), 0);
}

/** A column of dates, times, intervals, decimals or bytes of one length. */
export function readFixed(from: BodyReader, arrow: ArrowType, length: number, nulls: Nulls): readonly Value[] {
  const bytes = valueBytes(arrow);
  const read = fixedReader(arrow);
  from.buffer(length * bytes);
  const { view, start } = from;
  return Array.from({ length }, (_, row) => (nulls?.[row] === 1 ? null : read(view, start + row * bytes)));
}
