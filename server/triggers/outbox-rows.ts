// Rows of the outbox as JSON that people can read and that gives the same values back: kinds that JSON lacks are named beside the values.
import { decodeBase64 } from "../../base/value/bytes-text.ts";
import { castValue, CAST_FAILED } from "../../base/value/cast.ts";
import { cell, type Column } from "../../base/value/column.ts";
import { jsonText, valueOfJson } from "../../base/value/json.ts";
import { kindOf } from "../../base/value/kind.ts";
import { InternalError } from "../../base/failure.ts";
import type { ScalarName } from "../../base/scalar.ts";
import { Json, ListValue, MapValue, Shape, StructValue, TableValue, type Value } from "../../base/value/value.ts";

/** Entry that names the kinds; no column is called so, because it is no identifier. */
const KINDS = "$kinds";

/** Kinds whose JSON form reads back as it was. */
const PLAIN: ReadonlySet<string> = new Set(["null", "int", "string", "bool", "list", "map"]);

/** A row, or the rows of a table, as JSON text. @throws LimitPassed. */
export function encodeRows(value: Value): string {
  if (value instanceof TableValue)
    return `[${Array.from({ length: value.length }, (_, row) => encodeRow(value.shape, (column) => cell(columnAt(value, column), row))).join(",")}]`;
  if (!(value instanceof StructValue)) throw new InternalError(`outbox: a ${kindOf(value)} is no row`);
  return encodeRow(value.shape, (slot) => value.slots[slot] ?? null);
}

function columnAt(table: TableValue, column: number): Column {
  const found = table.columns[column];
  if (found === undefined) throw new InternalError("outbox: a table without one of its columns");
  return found;
}

function encodeRow(shape: Shape, valueAt: (slot: number) => Value): string {
  const entries = new Map<string, Value>();
  const kinds = new Map<string, Value>();
  shape.fields.forEach((field, slot) => {
    const value = valueAt(slot);
    const kind = kindOf(value);
    entries.set(field, value);
    if (!PLAIN.has(kind)) kinds.set(field, kind);
  });
  if (kinds.size > 0) entries.set(KINDS, new MapValue(kinds));
  return jsonText(new MapValue(entries));
}

/** What `encodeRows` was given; columns in the order of `fields`, for one row or for a table. */
export function decodeRows(text: string, fields: readonly string[], isTable: boolean): Value {
  const value = valueOfJson(new Json(text));
  const shape = new Shape("", fields);
  if (!isTable) return new StructValue(shape, decodeRow(value, fields));
  const rows = value instanceof ListValue ? value.items.map((row) => decodeRow(row, fields)) : [];
  const columns = fields.map(
    (_, column): Column => ({
      kind: "values",
      type: "any",
      data: rows.map((row) => row[column] ?? null),
      nulls: undefined,
    }),
  );
  return new TableValue(shape, columns, rows.length);
}

function decodeRow(row: Value, fields: readonly string[]): Value[] {
  if (!(row instanceof MapValue)) throw new InternalError("outbox: a row that is no object");
  const kinds = row.entries.get(KINDS);
  return fields.map((field) => {
    const value = row.entries.get(field) ?? null;
    const kind = kinds instanceof MapValue ? kinds.entries.get(field) : undefined;
    return typeof kind === "string" ? decodeValue(value, kind) : value;
  });
}

function decodeValue(value: Value, kind: string): Value {
  if (kind === "bytes") return typeof value === "string" ? (decodeBase64(value) ?? null) : null;
  if (kind === "json") return new Json(jsonText(value));
  const cast = castValue(value, { type: kind as ScalarName });
  if (cast === CAST_FAILED) throw new InternalError(`outbox: a ${kind} that is none`);
  return cast;
}
