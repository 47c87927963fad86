// Texts of which not everything is read: what is no text, what is too long, and what has too many errors or statements.
import { LIMITS } from "../../base/limits.ts";
import { type Problem, report } from "../../base/problem.ts";
import type { SourceFile } from "../../base/source.ts";

/** A limit behind which a file is not read. */
export interface PassedLimit {
  readonly name: "TooManyProblems" | "TooManyStatements";
  readonly max: number;
}

/** Beyond so many errors a file is hardly a program, and beyond so many statements it is a dump for a database's own tool: reading on would only take long. */
export function passedLimit(problems: number, items: number): PassedLimit | undefined {
  if (problems > LIMITS.syntaxErrorsMax.value) return { name: "TooManyProblems", max: LIMITS.syntaxErrorsMax.value };
  return items >= LIMITS.statementsMax.value
    ? { name: "TooManyStatements", max: LIMITS.statementsMax.value }
    : undefined;
}

/** A text that is longer than a source may be. */
export function sizeProblem(text: string): Problem | undefined {
  const max = LIMITS.sourceBytesMax.value;
  if (text.length * 3 <= max) return undefined;
  const bytes = utf8Length(text);
  if (bytes <= max) return undefined;
  const problems: Problem[] = [];
  report(problems, "SourceTooLarge", { start: 0, end: 0 }, { bytes, max });
  return problems[0];
}

/** No source holds a zero byte; pictures, databases and texts in UTF-16 do. One problem says more than one for each of their bytes. */
export function noText({ text, lost }: SourceFile): Problem | undefined {
  const zero = text.indexOf("\0");
  const at = zero < 0 ? lost?.at : zero;
  if (at === undefined) return undefined;
  const problems: Problem[] = [];
  report(problems, "NotText", { start: at, end: at + 1 }, { byte: zero < 0 ? (lost?.byte ?? 0) : 0 });
  return problems[0];
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 0x800) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code >= 0x80) bytes += 1;
  }
  return bytes;
}
