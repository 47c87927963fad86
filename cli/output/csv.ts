// Rows as CSV by RFC 4180: a head, comma, CRLF-free line ends, quotes where needed, null as an empty cell and an empty text as "".
import { cell } from "../../base/value/column.ts";
import { printValue } from "../../base/value/print.ts";
import type { TableValue, Value } from "../../base/value/value.ts";

function quoted(text: string): string {
  return /[",\r\n]/u.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
}

function field(value: Value): string {
  return value === null ? "" : quoted(printValue(value));
}

/** The head line, with its line end. */
export function csvHead(names: readonly string[]): string {
  return `${names.map(quoted).join(",")}\n`;
}

/** A line per row, each with its line end. */
export function csvRows(table: TableValue): string {
  let text = "";
  for (let row = 0; row < table.length; row += 1)
    text += `${table.columns.map((column) => field(cell(column, row))).join(",")}\n`;
  return text;
}

/** The head line and a line per row, each with its line end. */
export function csvText(table: TableValue): string {
  return csvHead(table.shape.fields) + csvRows(table);
}
