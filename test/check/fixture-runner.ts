// Runs the fixtures of the checker: a .grz file whose marker comments say what the checker finds. `-u` writes them anew.
//   `#   ^^^^^^ E5003 message`  a problem of the line above, under its span (to the end of the line when it goes on)
//   `#   ^ : type`              the type of the name or expression that starts there; kept where the file asks for it
//   `# : type`                  the type of the statement on the line above: of what `let` binds, of the rows of a query
// Markers are not part of the program: they are comments, and the runner takes them out before it checks.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Problem } from "../../base/problem.ts";
import { lineStarts, positionAt } from "../../base/source.ts";

/** What a check gives to the runner. Offsets are absolute in the text that was checked. */
export interface FixtureCheck {
  readonly problems: readonly Problem[];
  /** The type of the name or expression that starts at the offset; undefined when nothing does. */
  typeAt(offset: number): string | undefined;
  /** The type of the statement that starts between the offsets. */
  typeOfStatement(start: number, end: number): string | undefined;
}

const MARKER = /^\s*#\s*(?:\^+\s.*|:\s.*)$/;
const TYPE_AT = /^(\s*#\s*)(\^+)\s:\s/;
const TYPE_OF_STATEMENT = /^\s*#\s*:\s/;

/** Declares one test per .grz file of the directory. */
export function runFixtures(directory: URL, check: (text: string, name: string) => FixtureCheck): void {
  const names = readdirSync(directory).filter((name) => name.endsWith(".grz")).sort();
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    test(name.replace(/\.grz$/, ""), () => {
      const path = new URL(name, directory);
      const text = readFileSync(path, "utf8");
      const marked = markedText(text, (source) => check(source, name));
      if (isUpdating()) writeFileSync(path, marked);
      else expect(marked).toBe(text);
    });
  }
}

function isUpdating(): boolean {
  return process.argv.includes("-u") || process.argv.includes("--update") || process.env["UPDATE_FIXTURES"] === "1";
}

interface Line {
  readonly text: string;
  /** Type markers that stand below it: columns, or "statement". */
  readonly asks: (number | "statement")[];
}

/** The text with all markers as the check gives them. */
export function markedText(text: string, check: (source: string) => FixtureCheck): string {
  const lines: Line[] = [];
  for (const raw of text.split("\n")) {
    const last = lines[lines.length - 1];
    if (!MARKER.test(raw) || last === undefined) {
      lines.push({ text: raw, asks: [] });
      continue;
    }
    const at = TYPE_AT.exec(raw);
    if (at !== null) last.asks.push((at[1] ?? "").length);
    else if (TYPE_OF_STATEMENT.test(raw)) last.asks.push("statement");
  }
  const source = lines.map((line) => line.text).join("\n");
  const found = check(source);
  const starts = lineStarts(source);
  const output: string[] = [];
  lines.forEach((line, index) => {
    output.push(line.text);
    const start = starts[index] ?? 0;
    const problems = found.problems.filter((problem) => positionAt(starts, problem.span.start).line === index + 1);
    const sorted = [...problems].sort((a, b) => a.span.start - b.span.start || a.code.localeCompare(b.code) || a.message.localeCompare(b.message));
    for (const problem of sorted) output.push(problemMarker(problem, start, line.text.length));
    for (const ask of line.asks) {
      if (ask === "statement") output.push(`# : ${found.typeOfStatement(start, start + line.text.length) ?? "nothing"}`);
      else output.push(`#${" ".repeat(ask - 1)}^ : ${found.typeAt(start + ask) ?? "nothing"}`);
    }
  });
  return output.join("\n");
}

/** Carets under the span. A span at the first column cannot be underlined behind `#`: its carets start at the second. */
function problemMarker(problem: Problem, lineStart: number, lineLength: number): string {
  const from = Math.max(1, problem.span.start - lineStart);
  const to = Math.max(from + 1, Math.min(problem.span.end - lineStart, lineLength));
  return `#${" ".repeat(from - 1)}${"^".repeat(to - from)} ${problem.code} ${problem.message}`;
}
