// Draws problems for people: the message, the source line with carets, related places, help and fixes.
// The JSON form for programs is here too, so that both say the same.
import type { Problem, Severity } from "../../base/problem.ts";
import { lineStarts, positionAt, type SourceFile, type Span } from "../../base/source.ts";
import type { Style, StyleName } from "./style.ts";

const SEVERITY_STYLE: Readonly<Record<Severity, StyleName>> = {
  error: "red",
  warning: "yellow",
  info: "cyan",
  hint: "blue",
};
/** Longer source lines are cut around the place. */
const LINE_WIDTH_MAX = 160;
const TAB = "    ";

/** One problem for programs; lines and columns are 1-based, columns count UTF-16 units. */
export interface JsonProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly help: string | null;
  readonly related: readonly {
    readonly line: number;
    readonly column: number;
    readonly endLine: number;
    readonly endColumn: number;
    readonly message: string;
  }[];
  readonly fix: {
    readonly title: string;
    readonly edits: readonly {
      readonly line: number;
      readonly column: number;
      readonly endLine: number;
      readonly endColumn: number;
      readonly text: string;
    }[];
  } | null;
}

function range(
  starts: readonly number[],
  span: Span,
): { line: number; column: number; endLine: number; endColumn: number } {
  const from = positionAt(starts, span.start);
  const to = positionAt(starts, span.end);
  return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

/** The problems of one file in the form of `gobic check --json`. */
export function jsonProblems(file: SourceFile, problems: readonly Problem[]): JsonProblem[] {
  const starts = lineStarts(file.text);
  return problems.map((problem) => {
    const fix = problem.fixes?.[0];
    return {
      file: file.name,
      ...range(starts, problem.span),
      severity: problem.severity,
      code: problem.code,
      message: problem.message,
      help: problem.help ?? null,
      related: (problem.related ?? []).map((related) => ({ ...range(starts, related.span), message: related.label })),
      fix:
        fix === undefined
          ? null
          : { title: fix.title, edits: fix.edits.map((edit) => ({ ...range(starts, edit.span), text: edit.text })) },
    };
  });
}

interface Excerpt {
  readonly text: string;
  readonly carets: string;
}

/** The source line of `span` and a line of carets under it; tabs become four spaces, a long line is cut around the place. */
function excerpt(text: string, starts: readonly number[], span: Span, caret: string): Excerpt {
  const { line, column } = positionAt(starts, span.start);
  const lineStart = starts[line - 1] ?? 0;
  const lineEnd = endOfText(text, lineStart, starts[line] ?? text.length);
  // Only the part that is shown is looked at: a line may be megabytes long, and have a problem in every statement.
  const from =
    lineStart + Math.max(0, column - 1 - (lineEnd - lineStart > LINE_WIDTH_MAX ? LINE_WIDTH_MAX / 2 : column));
  const to = Math.min(lineEnd, from + LINE_WIDTH_MAX);
  const shown = text.slice(from, to);
  const before = text.slice(from, Math.min(span.start, lineEnd));
  const marked = text.slice(span.start, Math.min(span.end, to));
  const expand = (part: string): string => printable(part.replaceAll("\t", TAB));
  return {
    text: (from > lineStart ? "…" : "") + expand(shown) + (to < lineEnd ? "…" : ""),
    carets:
      (from > lineStart ? " " : "") +
      " ".repeat(expand(before).length) +
      caret.repeat(Math.max(1, expand(marked).length)),
  };
}

/** Where a line ends without its line feed and carriage returns. */
function endOfText(text: string, lineStart: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > lineStart && (text[end - 1] === "\n" || text[end - 1] === "\r")) end -= 1;
  return end;
}

/** Control characters shown as their pictures, so that a binary file cannot disturb the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : "\u2426";
  });
}

function place(
  style: Style,
  file: SourceFile,
  starts: readonly number[],
  span: Span,
  caret: string,
  colour: StyleName,
  label: string,
): string[] {
  const position = positionAt(starts, span.start);
  const number = String(position.line);
  const margin = " ".repeat(number.length);
  const { text, carets } = excerpt(file.text, starts, span, caret);
  return [
    `${margin}${style.blue("-->")} ${file.name}:${position.line}:${position.column}`,
    `${margin} ${style.blue("|")}`,
    `${style.blue(`${number} |`)} ${text}`,
    `${margin} ${style.blue("|")} ${style[colour](carets + (label === "" ? "" : ` ${label}`))}`,
  ];
}

/** One problem as lines of text, without a line end behind the last. */
export function drawProblem(style: Style, file: SourceFile, problem: Problem, starts = lineStarts(file.text)): string {
  const colour = SEVERITY_STYLE[problem.severity];
  const lines = [
    `${style.bold(style[colour](`${problem.severity} ${problem.code}`))}${style.bold(`: ${problem.message}`)}`,
  ];
  lines.push(...place(style, file, starts, problem.span, "^", colour, ""));
  for (const related of problem.related ?? [])
    lines.push(...place(style, file, starts, related.span, "-", "blue", related.label));
  if (problem.help !== undefined) lines.push(`  ${style.blue("=")} ${style.bold("help")}: ${problem.help}`);
  for (const fix of problem.fixes ?? []) {
    const edit = fix.edits[0];
    const single = fix.edits.length === 1 && edit !== undefined && !edit.text.includes("\n") && edit.text !== "";
    lines.push(`  ${style.blue("=")} ${style.bold("fix")}: ${fix.title}${single ? `: \`${edit.text.trim()}\`` : ""}`);
  }
  return lines.join("\n");
}

/** All problems of a file, a blank line between them. */
export function drawProblems(style: Style, file: SourceFile, problems: readonly Problem[]): string {
  const starts = lineStarts(file.text);
  return problems.map((problem) => drawProblem(style, file, problem, starts)).join("\n\n");
}

/** "2 errors, 1 warning", or "no problems". */
export function summary(severities: readonly Severity[]): string {
  const order: readonly Severity[] = ["error", "warning", "info", "hint"];
  const parts = order.flatMap((severity) => {
    const count = severities.filter((candidate) => candidate === severity).length;
    return count === 0 ? [] : [`${count} ${severity === "info" ? "note" : severity}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "no problems" : parts.join(", ");
}
