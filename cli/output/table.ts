// Draws rows as a table that fits a width: columns shrink from the widest, cells are cut with `…`, control characters become pictures.
// Widths are terminal cells (wide characters count two), not characters.
import stringWidth from "string-width";
import { cell } from "../../base/value/column.ts";
import { printValue } from "../../base/value/print.ts";
import type { TableValue } from "../../base/value/value.ts";
import type { Style } from "./style.ts";

/** How a table is drawn. `width` undefined: as wide as it needs to be. */
export interface TableOptions {
  readonly width: number | undefined;
  readonly style: Style;
  /** Rows beyond are counted, not drawn. */
  readonly rowsMax?: number;
}

const NUMERIC_TYPES: ReadonlySet<string> = new Set(["int", "float", "decimal"]);
/** A column is not made narrower than this. */
const COLUMN_WIDTH_MIN = 5;

/** Control characters as pictures, line ends as `⏎`. */
export function pictures(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/gu, (character) => {
    if (character === "\n") return "⏎";
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : "\u2426";
  });
}

/** Cuts a text to a width in terminal cells; what is cut ends with `…`. */
export function fit(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const character of text) {
    const characterWidth = stringWidth(character);
    if (used + characterWidth > width - 1) break;
    cut += character;
    used += characterWidth;
  }
  return `${cut}…`;
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - stringWidth(text)));
  return right ? space + text : text + space;
}

/** Shrinks the widest columns until the sum fits. */
function fitWidths(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= COLUMN_WIDTH_MIN) break;
    const next = Math.max(COLUMN_WIDTH_MIN, ...widths.filter((width) => width < widest));
    const indexes = widths.flatMap((width, index) => (width === widest ? [index] : []));
    const step = Math.max(1, Math.min(widest - next, Math.floor(excess / indexes.length)));
    for (const index of indexes) {
      if (excess <= 0) break;
      widths[index] = widest - step;
      excess -= step;
    }
  }
  return widths;
}

/** A table that is drawn part by part: widths are those of the first part. */
export interface TableDrawing {
  /** Rule, names, rule. */
  readonly head: string;
  /** Lines of rows; undefined when there are none. */
  rows(table: TableValue, rowsMax?: number): string | undefined;
  /** The closing rule and a line that counts. */
  foot(count: string): string;
}

interface DrawnCell {
  readonly text: string;
  readonly isNull: boolean;
}

function cellsOf(table: TableValue, rowsMax: number): readonly (readonly DrawnCell[])[] {
  return Array.from({ length: Math.min(table.length, rowsMax) }, (_, row) =>
    table.columns.map((column) => {
      const value = cell(column, row);
      return { text: pictures(printValue(value)), isNull: value === null };
    }),
  );
}

/** Begins a table whose columns are as wide as `sample` needs. */
export function drawingOf(
  columnNames: readonly string[],
  types: readonly string[],
  sample: readonly TableValue[],
  { style, width, rowsMax = Number.POSITIVE_INFINITY }: TableOptions,
): TableDrawing {
  const names = columnNames.map(pictures);
  const sampled = sample.flatMap((table) => cellsOf(table, rowsMax));
  const natural = names.map((name, index) =>
    sampled.reduce((widest, cells) => Math.max(widest, stringWidth(cells[index]?.text ?? "")), stringWidth(name)),
  );
  const available = width === undefined ? Number.POSITIVE_INFINITY : width - 3 * names.length - 1;
  const widths = fitWidths(natural, available);
  const right = names.map((_, index) => NUMERIC_TYPES.has((types[index] ?? "").replace(/[?(].*$/u, "")));
  const rule = (left: string, middle: string, end: string): string =>
    style.dim(left + widths.map((columnWidth) => "─".repeat(columnWidth + 2)).join(middle) + end);
  const bar = style.dim("│");
  const line = (cells: readonly string[]): string => `${bar} ${cells.join(` ${bar} `)} ${bar}`;
  const padded = (text: string, index: number): string =>
    pad(fit(text, widths[index] ?? 0), widths[index] ?? 0, right[index] === true);
  const head = line(names.map((name, index) => style.bold(padded(name, index))));
  return {
    head: [rule("┌", "┬", "┐"), head, rule("├", "┼", "┤")].join("\n"),
    rows(table, most = Number.POSITIVE_INFINITY) {
      if (table.length === 0) return undefined;
      return cellsOf(table, most)
        .map((cells) =>
          line(cells.map(({ text, isNull }, index) => (isNull ? style.dim(padded(text, index)) : padded(text, index)))),
        )
        .join("\n");
    },
    foot: (count) => [rule("└", "┴", "┘"), style.dim(count)].join("\n"),
  };
}

/** How many rows there were. */
export function countText(count: number): string {
  return `${count} row${count === 1 ? "" : "s"}`;
}

/** The table with its head, rows and a line that counts them. Ends without a line end. */
export function drawTable(table: TableValue, types: readonly string[], options: TableOptions): string {
  const shown = Math.min(table.length, options.rowsMax ?? table.length);
  const drawing = drawingOf(table.shape.fields, types, [table], options);
  const rows = drawing.rows(table, shown);
  const count = `${countText(table.length)}${shown < table.length ? `, the first ${shown} shown` : ""}`;
  return [drawing.head, ...(rows === undefined ? [] : [rows]), drawing.foot(count)].join("\n");
}
