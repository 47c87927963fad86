// Keys: a text that two values share exactly when `equalValues` (compare.ts) holds. What distinct, group_by and joins in memory put into a Map.
// Numbers have the key of their value whatever their kind, maps and structs that of their sorted entries, functions that of their identity.
import { encodeHex } from "./bytes-text.ts";
import { DAY_MICROS } from "./calendar.ts";
import { cell } from "./column.ts";
import { compareText } from "./compare.ts";
import { decimalFromFloat, printDecimal, trimDecimal } from "./decimal.ts";
import { identityOf } from "./identity.ts";
import { intervalSpan } from "./interval.ts";
import { valueOfJson } from "./json.ts";
import { floatIn, kindOf } from "./kind.ts";
import { TextBuilder } from "./text-builder.ts";
import {
  type DateValue,
  Decimal,
  type ErrorValue,
  type FloatBox,
  type Int,
  type Interval,
  type Json,
  type ListValue,
  type MapValue,
  type StructValue,
  type TableValue,
  type TimeValue,
  type Timestamp,
  type Value,
} from "./value.ts";
import { deeper, type Work } from "./work.ts";

/**
 * The key of a value.
 * @throws LimitPassed valueDepthMax, stringBytesMax.
 */
export function keyText(value: Value, work?: Work): string {
  if (typeof value === "string") return `s${value.length}:${value}`;
  if (typeof value === "number" && Number.isInteger(value)) return `n${value}`;
  const out = new TextBuilder(work);
  writeKey(out, value, work, 0);
  return out.text;
}

function writeKey(out: TextBuilder, value: Value, work: Work | undefined, depth: number): void {
  switch (kindOf(value)) {
    case "list":
      return writeItems(out, "[", (value as ListValue).items, work, deeper(depth));
    case "map": {
      const { entries } = value as MapValue;
      const keys = [...entries.keys()].sort(compareText);
      return writeItems(
        out,
        "{",
        keys.flatMap((key) => [key, entries.get(key) ?? null]),
        work,
        deeper(depth),
      );
    }
    case "struct":
      return writeStruct(out, value as StructValue, work, deeper(depth));
    case "table":
      return writeTable(out, value as TableValue, work, deeper(depth));
    case "json":
      out.add("j");
      return writeKey(out, valueOfJson(value as Json, work), work, deeper(depth));
    case "error":
      return writeItems(out, "e", [(value as ErrorValue).code, (value as ErrorValue).message], work, depth);
    default:
      out.add(scalarKey(value));
  }
}

function writeItems(
  out: TextBuilder,
  open: string,
  items: readonly Value[],
  work: Work | undefined,
  depth: number,
): void {
  out.add(open);
  for (const item of items) {
    writeKey(out, item, work, depth);
    out.add(",");
  }
  out.add(";");
}

function writeStruct(out: TextBuilder, struct: StructValue, work: Work | undefined, depth: number): void {
  const fields = struct.shape.fields
    .map((field, slot) => [field.toLowerCase(), struct.slots[slot] ?? null] as const)
    .sort((left, right) => compareText(left[0], right[0]));
  writeItems(out, "(", fields.flat(), work, depth);
}

function writeTable(out: TextBuilder, table: TableValue, work: Work | undefined, depth: number): void {
  writeItems(
    out,
    "T",
    table.shape.fields.map((field) => field.toLowerCase()),
    work,
    depth,
  );
  for (let row = 0; row < table.length; row += 1) {
    writeItems(
      out,
      "",
      table.columns.map((column) => cell(column, row)),
      work,
      depth,
    );
  }
}

function scalarKey(value: Value): string {
  switch (kindOf(value)) {
    case "null":
      return "z";
    case "bool":
      return value === true ? "t" : "f";
    case "int":
      return `n${String(value as Int)}`;
    case "float":
    case "decimal":
      return numberKey(value as number | FloatBox | Decimal);
    case "string":
      return `s${(value as string).length}:${value as string}`;
    case "bytes":
      return `b${encodeHex(value as Uint8Array)}`;
    case "date":
      return `d${String(BigInt((value as DateValue).days) * BigInt(DAY_MICROS))}`;
    case "timestamp":
      return `d${String((value as Timestamp).micros)}`;
    case "time":
      return `c${(value as TimeValue).micros}`;
    case "interval":
      return `i${String(intervalSpan(value as Interval))}`;
    default:
      return `o${identityOf(value)}`;
  }
}

function numberKey(value: number | FloatBox | Decimal): string {
  const exact = value instanceof Decimal ? value : decimalFromFloat(floatIn(value));
  return `n${exact === undefined ? String(floatIn(value as number | FloatBox)) : printDecimal(trimDecimal(exact))}`;
}
