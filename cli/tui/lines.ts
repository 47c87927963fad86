// From data to lines of a given width: lists, pages about one row, help. Pure; colours are names that the screen knows.
import stringWidth from "string-width";
import { relativeTime } from "../../base/relative-time.ts";
import { colouredParts } from "../repl/highlight.ts";
import type { StyleName } from "../output/style.ts";
import { fit, pictures } from "../output/table.ts";
import type { RowFields } from "./sections.ts";
import type { Answer, Listing } from "./types.ts";

/** How a piece of a line looks. */
export type Tone = "plain" | "dim" | "good" | "bad" | "busy" | "title" | "keyword" | "number";
/** A piece of a line. */
export interface Piece {
  readonly text: string;
  readonly tone: Tone;
}
/** One line. */
export type Line = readonly Piece[];

/** A column is not made wider than this while others need room. */
const COLUMN_WIDTH_MAX = 32;
const GAP = 2;
/** `59 min ago`. */
const TIME_WIDTH = 10;
/** Rows that widths are measured on. */
const MEASURED_MAX = 200;

/** States, kinds and levels, and how they look wherever they stand. */
const TONES: Readonly<Record<string, Tone>> = {
  completed: "good",
  connected: "good",
  valid: "good",
  ok: "good",
  running: "busy",
  pending: "busy",
  retrying: "busy",
  waiting: "busy",
  connecting: "busy",
  failed: "bad",
  error: "bad",
  orphaned: "bad",
  cancelled: "bad",
  skipped: "dim",
  no: "dim",
};

/** Characters of a text that a list looks at; fewer where each must be looked up for its width. */
const TEXT_MAX = 500;
const WIDE_TEXT_MAX = 120;
const PLAIN_TEXT = /^[\u0020-\u007e]*$/u;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/u;

/** A line of one tone. */
export function plain(text: string, tone: Tone = "plain"): Line {
  return [{ text, tone }];
}

/** A text as it is shown in a list: how long ago a time is, control characters as pictures. */
export function cellText(text: string | null, nowMs: number): string {
  if (text === null) return "";
  if (ISO.test(text)) return relativeTime(Date.parse(text), nowMs);
  if (/^-?\d+\.\d{4,}$/u.test(text)) return Number(text).toFixed(3);
  const most = text.length <= WIDE_TEXT_MAX || PLAIN_TEXT.test(text) ? TEXT_MAX : WIDE_TEXT_MAX;
  return pictures(text.slice(0, most));
}

/** Terminal cells of a text. Nearly all texts are plain, and counting is what a list of thousands of rows spends its time on. */
function cellsOf(text: string): number {
  return PLAIN_TEXT.test(text) ? text.length : stringWidth(text);
}

/** Columns that fit a width, with their widths; `more`: others are further right. */
export interface Columns {
  readonly shown: readonly { readonly index: number; readonly width: number; readonly right: boolean }[];
  readonly more: boolean;
}

/** Chooses columns: the first stays, `shift` of the others are passed over. What is left of the width goes to columns that were cut. */
export function columnsFor(listing: Listing, width: number, shift: number, nowMs: number): Columns {
  const natural = naturalWidths(listing, nowMs);
  const others = listing.names.map((_, index) => index).slice(1 + shift);
  const picked: { index: number; width: number }[] = [];
  let left = width;
  let more = false;
  for (const index of [...(listing.names.length === 0 ? [] : [0]), ...others]) {
    const wanted = Math.min(natural[index] ?? 0, COLUMN_WIDTH_MAX);
    const gap = picked.length === 0 ? 0 : GAP;
    if (left - gap >= wanted || picked.length === 0) {
      picked.push({ index, width: Math.min(wanted, left - gap) });
      left -= gap + wanted;
    } else {
      // A part of a column is better than none, when something of it can be read.
      if (left - gap >= 8) picked.push({ index, width: left - gap });
      left = 0;
      more = true;
      break;
    }
  }
  for (const column of picked) {
    const missing = (natural[column.index] ?? 0) - column.width;
    const given = Math.max(0, Math.min(missing, left));
    column.width += given;
    left -= given;
  }
  return {
    shown: picked.map(({ index, width: columnWidth }) => ({
      index,
      width: columnWidth,
      right: /^(?:int|float|decimal)/u.test(listing.types[index] ?? ""),
    })),
    more: more || picked.at(-1)?.index !== listing.names.length - 1,
  };
}

const measured = new WeakMap<Listing, readonly number[]>();

/** What each column would need. Times have a width of their own: how they are told changes while one looks at them. */
function naturalWidths(listing: Listing, nowMs: number): readonly number[] {
  const known = measured.get(listing);
  if (known !== undefined) return known;
  const rows = listing.rows.slice(0, MEASURED_MAX);
  const widths = listing.names.map((name, index) =>
    rows.reduce((most, row) => {
      const value = row[index] ?? null;
      const width = value !== null && ISO.test(value) ? TIME_WIDTH : cellsOf(cellText(value, nowMs));
      return Math.max(most, width);
    }, cellsOf(name)),
  );
  measured.set(listing, widths);
  return widths;
}

function padded(text: string, width: number, right: boolean): string {
  const plainText = PLAIN_TEXT.test(text);
  const cut =
    plainText && text.length > width
      ? `${text.slice(0, Math.max(0, width - 1))}…`
      : plainText
        ? text
        : fit(text, width);
  const space = " ".repeat(Math.max(0, width - (plainText ? cut.length : stringWidth(cut))));
  return right ? space + cut : cut + space;
}

/** The line with the columns' names. */
export function headLine(listing: Listing, columns: Columns, sort?: { column: string; reverse: boolean }): Line {
  return columns.shown.flatMap(({ index, width, right }, at) => {
    const name = listing.names[index] ?? "";
    const mark = sort?.column === name ? (sort.reverse ? "▼" : "▲") : "";
    const text = padded(`${name.replaceAll("_", " ")}${mark}`, width, right);
    return [{ text: at === 0 ? text : `${" ".repeat(GAP)}${text}`, tone: "title" as const }];
  });
}

/** One row of a list. */
export function rowLine(row: readonly (string | null)[], columns: Columns, nowMs: number): Line {
  return columns.shown.map(({ index, width, right }, at) => {
    const value = row[index] ?? null;
    const text = padded(cellText(value, nowMs), width, right);
    return { text: at === 0 ? text : `${" ".repeat(GAP)}${text}`, tone: TONES[value ?? ""] ?? "plain" };
  });
}

/** A list with its head, all rows: for reports and pages. */
export function tableLines(listing: Listing, width: number, nowMs: number): readonly Line[] {
  if (listing.rows.length === 0) return [plain("none", "dim")];
  const columns = columnsFor(listing, width, 0, nowMs);
  return [headLine(listing, columns), ...listing.rows.map((row) => rowLine(row, columns, nowMs))];
}

/** One row written down: a name and its value per line, texts of several lines below their name. */
function recordLines(fields: RowFields, width: number, nowMs: number): readonly Line[] {
  const names = Object.keys(fields);
  const nameWidth = Math.min(20, Math.max(0, ...names.map((name) => name.length))) + GAP;
  const texts = names.filter((name) => fields[name]?.includes("\n") === true || name === "source");
  const short = names.filter((name) => !texts.includes(name));
  return [
    ...short.flatMap((name) => {
      const value = fields[name] ?? null;
      const ago = value !== null && ISO.test(value) ? ` (${cellText(value, nowMs)})` : "";
      const parts = wrapped(value === null ? "–" : `${pictures(value)}${ago}`, Math.max(10, width - nameWidth));
      const tone = value === null ? "dim" : (TONES[value] ?? "plain");
      return parts.map(
        (text, at): Line => [
          { text: (at === 0 ? name.replaceAll("_", " ") : "").padEnd(nameWidth), tone: "dim" },
          { text, tone },
        ],
      );
    }),
    ...texts.flatMap((name) => [plain(""), plain(name, "title"), ...sourceLines(fields[name] ?? "", width)]),
  ];
}

/** A text of several lines; long ones go on in the next. */
export function textLines(text: string, width: number): readonly Line[] {
  return text
    .split("\n")
    .flatMap((line) => wrapped(pictures(line.replaceAll("\t", "  ")), width).map((part) => plain(part)));
}

const SOURCE_TONES: Readonly<Partial<Record<StyleName, Tone>>> = {
  blue: "keyword",
  green: "good",
  yellow: "number",
  gray: "dim",
};

/** A text of the language, with its colours. */
function sourceLines(text: string, width: number): readonly Line[] {
  const lines: Piece[][] = [[]];
  let used = 0;
  for (const { text: part, style } of colouredParts(text.replaceAll("\t", "  "))) {
    const tone = (style === undefined ? undefined : SOURCE_TONES[style]) ?? "plain";
    for (const [at, row] of part.split("\n").entries()) {
      if (at > 0) {
        lines.push([]);
        used = 0;
      }
      for (const [index, cut] of wrapped(pictures(row), width - used, width).entries()) {
        if (index > 0) {
          lines.push([]);
          used = 0;
        }
        lines.at(-1)?.push({ text: cut, tone });
        used += stringWidth(cut);
      }
    }
  }
  return lines;
}

/** Parts of at most `width` cells, of which the first has `first`. */
function wrapped(text: string, first: number, width = first): readonly string[] {
  if (stringWidth(text) <= first) return [text];
  const parts: string[] = [];
  let part = "";
  let used = 0;
  for (const character of text) {
    const size = stringWidth(character);
    if (used + size > (parts.length === 0 ? first : width)) {
      parts.push(part);
      part = "";
      used = 0;
    }
    part += character;
    used += size;
  }
  return [...parts, part];
}

/** A page about a row: one row is written down, several are a list. */
export function answerLines(answer: Answer | undefined, width: number, nowMs: number): readonly Line[] {
  if (answer === undefined) return [plain("loading …", "dim")];
  if (!answer.ok) return [plain(answer.failure.message, "bad"), ...textLines(answer.failure.help ?? "", width)];
  const said = answer.lines.flatMap((line) => textLines(line, width));
  const { listing } = answer;
  if (listing === undefined) return said;
  const [row, second] = listing.rows;
  if (row !== undefined && second === undefined && listing.names.length > 2)
    return [
      ...said,
      ...recordLines(Object.fromEntries(listing.names.map((name, at) => [name, row[at] ?? null])), width, nowMs),
    ];
  // What SHOW gives as properties and values reads as a record too.
  if (listing.names.join(" ") === "property value")
    return [
      ...said,
      ...recordLines(
        Object.fromEntries(listing.rows.map(([name, value]) => [name ?? "", value ?? null])),
        width,
        nowMs,
      ),
    ];
  return [...said, ...tableLines(listing, width, nowMs)];
}
