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

/** The head line and a line per row, each with its line end. */
export function csvText(table: TableValue): string {
  const lines = [table.shape.fields.map(quoted).join(",")];
  for (let row = 0; row < table.length; row += 1)
    lines.push(table.columns.map((column) => field(cell(column, row))).join(","));
  return `${lines.join("\n")}\n`;
}
