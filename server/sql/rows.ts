// Small reads and writes of the catalog's own tables through a connection: rows as arrays of values, text and whole numbers only.
import { cell } from "../../base/value/column.ts";
import { Json, type Value } from "../../base/value/value.ts";
import type { Connection, RowSource } from "../../storage/engine.ts";

/** All rows of a source as arrays of values; closes it. */
export function rowsOf(source: RowSource): readonly (readonly Value[])[] {
  const rows: Value[][] = [];
  try {
    for (let batch = source.next(); batch !== undefined; batch = source.next()) {
      for (let row = 0; row < batch.length; row += 1) rows.push(batch.columns.map((column) => cell(column, row)));
    }
  } finally {
    source.close();
  }
  return rows;
}

/** Rows of a query of ours. @throws EngineError. */
export function readRows(
  connection: Connection,
  sql: string,
  parameters: readonly Value[] = [],
): readonly (readonly Value[])[] {
  const { source } = connection.runText(sql, parameters);
  return source === undefined ? [] : rowsOf(source);
}

/** Runs a statement of ours that writes; gives the number of rows changed. @throws EngineError. */
export function writeRows(connection: Connection, sql: string, parameters: readonly Value[] = []): number {
  const { source, changes } = connection.runText(sql, parameters);
  source?.close();
  return changes;
}

/** Inserts one row given by column name. @throws EngineError. */
export function insertRow(connection: Connection, table: string, row: Readonly<Record<string, Value>>): void {
  const columns = Object.keys(row);
  writeRows(
    connection,
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    Object.values(row),
  );
}

/** A cell that holds text, "" for null. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
}

/** The text of a cell that holds JSON, "" for null. */
export function jsonCell(value: Value | undefined): string {
  return value instanceof Json ? value.text : textOf(value);
}

/** A cell that holds a whole number, 0 for null. */
export function numberOf(value: Value | undefined): number {
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : 0;
}
