// Runs one chunk of a run fixture: through a session on an empty in-memory database, and its bytecode once more through encoder, decoder and verifier.
// What happens comes back as marker lines: `# out:` for print, `# row:` `# value:` `# changes:` for results, `# error:` for an uncaught error, `# problem:` for a refused file.
import { InternalError } from "../../base/failure.ts";
import { lineStarts, positionAt } from "../../base/source.ts";
import { cell } from "../../base/value/column.ts";
import { printQuoted } from "../../base/value/print.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import { decode } from "../../bytecode/decode.ts";
import { encode } from "../../bytecode/encode.ts";
import { verify } from "../../bytecode/verify.ts";
import { compile } from "../../compiler/compile.ts";
import { openSession } from "../../server/session.ts";
import type { SessionOptions, StatementResult } from "../../server/session-types.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const MARKER = /^# (?:out|row|value|changes|done|log|error|problem):/;

/** Separates the chunks of a file. */
export const SEPARATOR = "#---\n";

/** Marker lines of a chunk: what happened when it was last looked at. */
export function markersOf(chunk: string): readonly string[] {
  return chunk.split("\n").filter((line) => MARKER.test(line));
}

/** The chunk without its marker lines. */
export function sourceOf(chunk: string): string {
  return chunk
    .split("\n")
    .filter((line) => !MARKER.test(line))
    .join("\n")
    .trimEnd();
}

/** Runs the chunk and gives it back with the marker lines that are right. */
export function withMarkers(chunk: string, name: string, options: Partial<SessionOptions> = {}): string {
  const text = sourceOf(chunk);
  const markers = runText(text, name, options).flatMap(markerLines);
  return `${text}\n${markers.join("\n")}${markers.length === 0 ? "" : "\n"}`;
}

/** Something that happened. */
export interface Said {
  readonly kind: string;
  readonly text: string;
}

/** Its marker lines. */
export function markerLines({ kind, text }: Said): readonly string[] {
  return text.split("\n").map((line) => `# ${kind}: ${line}`.trimEnd());
}

function runText(text: string, name: string, options: Partial<SessionOptions>): readonly Said[] {
  const said: Said[] = [];
  const say = (kind: string, line: string): void => void said.push({ kind, text: line });
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    seed: 7,
    clock: { nowMicros: () => 1_767_225_600_000_000, elapsedMs: () => 0 },
    limits: { fuelMax: 50_000_000 },
    output: {
      print: (line) => say("out", line),
      log: (level, line) => say("log", `${level} ${line}`),
      notice: () => undefined,
    },
    ...options,
  });
  const file = { name, text };
  try {
    const outcome = session.execute(file, { onResult: ({ result }) => sayResult(say, result) });
    if (outcome.kind === "failed") {
      const line = positionAt(lineStarts(text), outcome.start).line;
      const place = outcome.error.stack[0];
      say("error", `${outcome.error.code} ${outcome.error.message} (line ${place?.line ?? line})`);
    }
    if (outcome.kind === "rejected") {
      for (const problem of outcome.problems) {
        if (problem.severity === "error")
          say(
            "problem",
            `${problem.code} line ${positionAt(lineStarts(text), problem.span.start).line} ${problem.message}`,
          );
      }
    }
    if (outcome.kind !== "rejected") requireVerified(session.analyze(file), session.catalogView(), name);
  } finally {
    session.close();
  }
  return said;
}

// Whatever the compiler makes survives encoding and satisfies the verifier.
function requireVerified(
  checked: Parameters<typeof compile>[0],
  catalog: Parameters<typeof compile>[1],
  name: string,
): void {
  const compiled = compile(checked, catalog, { coverage: true });
  if (compiled.program === undefined) return;
  const decoded = decode(encode(compiled.program));
  if (decoded.value === undefined)
    throw new InternalError(`${name}: ${decoded.problems.map((problem) => problem.message).join(" ")}`);
  const verified = verify(decoded.value);
  if (verified.value === undefined)
    throw new InternalError(
      `${name}: ${verified.problems.map((problem) => `${problem.code} ${problem.message}`).join(" ")}`,
    );
}

function sayResult(say: (kind: string, line: string) => void, result: StatementResult): void {
  switch (result.kind) {
    case "table":
      return rows(result.table).forEach((row) => say("row", row.map((value) => printQuoted(value)).join(" | ")));
    case "value":
      return say("value", printQuoted(result.value));
    case "changes":
      return say("changes", `${result.verb} ${result.changes}`);
    case "done":
      return;
  }
}

/** Rows of a table as values. */
export function rows(table: TableValue): readonly (readonly Value[])[] {
  return Array.from({ length: table.length }, (_value, row) => table.columns.map((column) => cell(column, row)));
}
