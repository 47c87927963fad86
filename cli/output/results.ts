// Prints statement results in the format the user asked for: table (for people), json, csv or arrow (for programs).
// json: one array of objects per result table, one line each; a value is printed as its JSON text. Only rows are printed in csv and arrow.
import { jsonText } from "../../base/value/json.ts";
import { printValue } from "../../base/value/print.ts";
import type { TableValue } from "../../base/value/value.ts";
import type { StatementResult } from "../../server/session-types.ts";
import { csvText } from "./csv.ts";
import type { Style } from "./style.ts";
import { drawTable } from "./table.ts";

/** Output formats. */
export type Format = "table" | "json" | "csv" | "arrow";

/** Where and how results are printed. */
export interface ResultPrinter {
  readonly format: Format;
  readonly write: (text: string | Uint8Array) => void;
  readonly style: Style;
  /** Terminal cells, undefined when the output is no terminal. */
  readonly width: number | undefined;
  /** Whether to say what statements without rows did. */
  readonly chatty: boolean;
}

/** Encoder of the arrow format, loaded only when asked for. */
export type ArrowEncoder = (table: TableValue) => Uint8Array;

/** Prints one result. `arrow` must be given for the format arrow. */
export function printResult(printer: ResultPrinter, result: StatementResult, arrow?: ArrowEncoder): void {
  switch (result.kind) {
    case "table":
      return printTable(printer, result.table, result.types, arrow);
    case "value":
      if (printer.format === "table") printer.write(`${printValue(result.value)}\n`);
      else if (printer.format === "json") printer.write(`${jsonText(result.value)}\n`);
      else if (printer.format === "csv") printer.write(`${printValue(result.value)}\n`);
      return;
    case "changes":
      if (printer.chatty) printer.write(`${printer.style.dim(changesText(result.verb, result.changes))}\n`);
      return;
    case "done":
      if (printer.chatty) printer.write(`${printer.style.dim(result.text)}\n`);
      return;
  }
}

/** `3 rows inserted`. */
export function changesText(verb: "insert" | "update" | "delete", changes: number): string {
  const past = { insert: "inserted", update: "updated", delete: "deleted" }[verb];
  return `${changes} row${changes === 1 ? "" : "s"} ${past}`;
}

function printTable(
  printer: ResultPrinter,
  table: TableValue,
  types: readonly string[],
  arrow: ArrowEncoder | undefined,
): void {
  switch (printer.format) {
    case "table":
      return printer.write(`${drawTable(table, types, { width: printer.width, style: printer.style })}\n`);
    case "json":
      return printer.write(`${jsonText(table)}\n`);
    case "csv":
      return printer.write(csvText(table));
    case "arrow":
      if (arrow !== undefined) printer.write(arrow(table));
      return;
  }
}
