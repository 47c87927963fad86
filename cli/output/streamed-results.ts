// Prints the results of a remote text while they arrive: a table of millions of rows needs no more memory than one part of it.
// Same formats as results.ts. Widths of a table are those of its first rows.
import { jsonText } from "../../base/value/json.ts";
import { Shape, StructValue, type TableValue } from "../../base/value/value.ts";
import { FLAGS, type Frame } from "../../protocol/frame.ts";
import { decodeValue } from "../../protocol/message-codec.ts";
import { MESSAGES } from "../../protocol/messages.ts";
import { RowsDecoder, type WireColumn } from "../../protocol/rows-decode.ts";
import { saidBy } from "../../protocol/client/answers.ts";
import type { StatementResult } from "../../server/session-types.ts";
import { csvHead, csvRows } from "./csv.ts";
import { printResult, type ResultPrinter } from "./results.ts";
import { countText, drawingOf, type TableDrawing } from "./table.ts";

/** Rows by which the columns of a table are measured. */
const MEASURED_ROWS = 1000;

/** Prints one result of rows, part by part. */
interface RowsPrinter {
  /** `table` is undefined where the payload holds the columns only. */
  part(table: TableValue | undefined, payload: Uint8Array): void;
  end(): void;
}

/** Takes the frames of an answer in order. */
export interface StreamedResults {
  /** Prints what the frame holds. @throws WireFault, GrizzlyError `ProtocolError`. */
  take(frame: Frame): void;
}

/** A printer of the frames of one answer. */
export function streamedResults(printer: ResultPrinter): StreamedResults {
  let decoder: RowsDecoder | undefined;
  let rows: RowsPrinter | undefined;

  function takeRows({ payload, flags }: Frame): void {
    if (decoder === undefined || (flags & FLAGS.FIRST) !== 0) {
      decoder = new RowsDecoder();
      rows = undefined;
    }
    const table = decoder.push(payload);
    rows ??= rowsPrinter(printer, decoder.columns);
    rows.part(table, payload);
    if ((flags & FLAGS.LAST) === 0) return;
    rows.end();
    decoder = undefined;
  }

  return {
    take(frame) {
      if (frame.code === MESSAGES.ROWS.code) return takeRows(frame);
      if (frame.code === MESSAGES.VALUE.code) {
        const result = valueOf(frame);
        if (result !== undefined) printResult(printer, result);
        return;
      }
      if (frame.code === MESSAGES.DONE.code || frame.code === MESSAGES.STATEMENT.code)
        for (const result of saidBy(frame)) if (result.kind !== "table") printResult(printer, result);
    },
  };
}

/** A value with its out parameters as one struct; nothing for a void call. */
function valueOf(frame: Frame): StatementResult | undefined {
  const { value, type, outs } = decodeValue(frame.payload);
  if (outs.length === 0) return type === "void" ? undefined : { kind: "value", value, type };
  const named = [...(type === "void" ? [] : [{ name: "result", value }]), ...outs];
  const shape = new Shape(
    "",
    named.map(({ name }) => name),
  );
  const struct = new StructValue(
    shape,
    named.map((out) => out.value),
  );
  return { kind: "value", value: struct, type: "struct" };
}

function rowsPrinter(printer: ResultPrinter, columns: readonly WireColumn[]): RowsPrinter {
  switch (printer.format) {
    case "table":
      return tablePrinter(printer, columns);
    case "json":
      return jsonPrinter(printer);
    case "csv":
      printer.write(csvHead(columns.map(({ name }) => name)));
      return { part: (table) => void (table !== undefined && printer.write(csvRows(table))), end: () => undefined };
    case "arrow":
      return { part: (_, payload) => printer.write(payload), end: () => undefined };
  }
}

function jsonPrinter({ write }: ResultPrinter): RowsPrinter {
  let any = false;
  return {
    part(table) {
      if (table === undefined || table.length === 0) return;
      // The text of a part is an array: its brackets stand at the ends of the whole.
      write(`${any ? "," : "["}${jsonText(table).slice(1, -1)}`);
      any = true;
    },
    end: () => write(any ? "]\n" : "[]\n"),
  };
}

function tablePrinter(printer: ResultPrinter, columns: readonly WireColumn[]): RowsPrinter {
  const { write, width, style } = printer;
  let drawing: TableDrawing | undefined;
  let held: TableValue[] = [];
  let count = 0;
  const begin = (): TableDrawing => {
    const begun = drawingOf(
      columns.map(({ name }) => name),
      columns.map(({ type }) => type),
      held,
      { width, style },
    );
    write(`${begun.head}\n`);
    for (const table of held) writeRows(begun, table);
    held = [];
    return begun;
  };
  const writeRows = (to: TableDrawing, table: TableValue): void => {
    const text = to.rows(table);
    if (text !== undefined) write(`${text}\n`);
  };
  return {
    part(table) {
      if (table === undefined) return;
      count += table.length;
      if (drawing !== undefined) return writeRows(drawing, table);
      held.push(table);
      if (count >= MEASURED_ROWS) drawing = begin();
    },
    end() {
      drawing ??= begin();
      write(`${drawing.foot(countText(count))}\n`);
    },
  };
}
