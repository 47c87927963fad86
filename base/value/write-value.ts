// Values with containers as text: the walk over lists, maps, structs and tables that printing and JSON share. What differs is a style.
import { cell } from "./column.ts";
import { kindOf } from "./kind.ts";
import { TextBuilder } from "./text-builder.ts";
import type { ErrorValue, ListValue, MapValue, StructValue, TableValue, Value } from "./value.ts";
import { deeper, type Work } from "./work.ts";

type Entry = readonly [string, Value];

/** How values are spelt. */
export interface ValueStyle {
  readonly comma: string;
  readonly colon: string;
  key(name: string): string;
  /** A value that holds no others. */
  scalar(value: Value): string;
  /** An error as text, or as the entries that stand for it. */
  error(error: ErrorValue): string | readonly Entry[];
}

/** A value as text. @throws LimitPassed stringBytesMax, valueDepthMax. */
export function valueText(value: Value, style: ValueStyle, work?: Work): string {
  const out = new TextBuilder(work);
  write(out, style, value, 0);
  return out.text;
}

function write(out: TextBuilder, style: ValueStyle, value: Value, depth: number): void {
  switch (kindOf(value)) {
    case "list": {
      const below = deeper(depth);
      return writeItems(out, style, (value as ListValue).items, (item) => write(out, style, item, below));
    }
    case "map":
      return writeEntries(out, style, (value as MapValue).entries, deeper(depth));
    case "struct":
      return writeEntries(out, style, fieldsOf(value as StructValue), deeper(depth));
    case "table": {
      const table = value as TableValue;
      const rows = Array.from({ length: table.length }, (_, row) => row);
      const below = deeper(depth);
      return writeItems(out, style, rows, (row) => writeEntries(out, style, cellsOf(table, row), deeper(below)));
    }
    case "error": {
      const error = style.error(value as ErrorValue);
      return typeof error === "string" ? out.add(error) : writeEntries(out, style, error, deeper(depth));
    }
    default:
      out.add(style.scalar(value));
  }
}

function fieldsOf({ shape, slots }: StructValue): readonly Entry[] {
  return shape.fields.map((field, slot) => [field, slots[slot] ?? null]);
}

function cellsOf(table: TableValue, row: number): readonly Entry[] {
  return table.columns.map((column, index) => [table.shape.fields[index] ?? "", cell(column, row)]);
}

function writeItems<T>(out: TextBuilder, style: ValueStyle, items: readonly T[], writeItem: (item: T) => void): void {
  out.add("[");
  items.forEach((item, index) => {
    if (index > 0) out.add(style.comma);
    writeItem(item);
  });
  out.add("]");
}

function writeEntries(out: TextBuilder, style: ValueStyle, entries: Iterable<Entry>, depth: number): void {
  let separator = "{";
  for (const [key, item] of entries) {
    out.add(`${separator}${style.key(key)}${style.colon}`);
    write(out, style, item, depth);
    separator = style.comma;
  }
  out.add(separator === "{" ? "{}" : "}");
}
