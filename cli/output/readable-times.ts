// Times of results for people: `2026-11-21 14:05:09 (3 min ago)` instead of the stored text. Only for tables on paper; programs get them as they are.
import type { Column } from "../../base/value/column.ts";
import { cell } from "../../base/value/column.ts";
import { TableValue, Timestamp, type Value } from "../../base/value/value.ts";
import { printTimestamp } from "../../base/value/temporal.ts";
import { relativeTime } from "../../base/relative-time.ts";
import type { StatementResult } from "../../server/session-types.ts";

function readable(value: Value, nowMs: number): Value {
  if (!(value instanceof Timestamp)) return value;
  const text = printTimestamp(value)
    .replace("T", " ")
    .replace(/(?:\.\d+)?Z$/, "");
  return `${text} (${relativeTime(Number(value.micros) / 1000, nowMs)})`;
}

/** A result whose columns of type timestamp are texts for people, in UTC. */
export function withReadableTimes(result: StatementResult, nowMs: number): StatementResult {
  if (result.kind !== "table") return result;
  const { table, types } = result;
  const columns = table.columns.map((column): Column => {
    if (column.type !== "timestamp") return column;
    const data = Array.from({ length: table.length }, (_, row) => readable(cell(column, row), nowMs));
    return { kind: "values", type: "string", data, nulls: undefined };
  });
  return {
    kind: "table",
    table: new TableValue(table.shape, columns, table.length),
    types: types.map((type) => (type.startsWith("timestamp") ? "string" : type)),
  };
}
