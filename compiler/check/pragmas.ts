// `-- gobic: allow E2005 reason` silences a finding on its line, or on the next line when it stands alone (LANGUAGE.md 14).
// Errors stay, except those that judge style of use rather than meaning; an allow that silences nothing is reported.
import type { Problem } from "../../base/problem.ts";
import { report } from "../../base/problem.ts";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { lineStarts, positionAt, type SourceFile, type Span } from "../../base/source.ts";
import { comments } from "../syntax/comments.ts";

interface Allow {
  readonly codes: readonly string[];
  readonly line: number;
  readonly span: Span;
  readonly reason: string;
  readonly used: Set<string>;
}

/** Errors that may be allowed, because the program still has a meaning. */
const ALLOWABLE_ERRORS: ReadonlySet<string> = new Set<string>([DIAGNOSTICS.PossibleSqlInjection.code]);

const PRAGMA = /gobic:\s*allow\s+((?:E\d{4}[\s,]*)+)(.*)/is;

/** The problems without those that the file allows, plus reports on allows themselves. Spans are absolute. */
export function applyPragmas(file: SourceFile, problems: readonly Problem[]): readonly Problem[] {
  if (!/gobic:\s*allow/i.test(file.text)) return problems;
  const starts = lineStarts(file.text);
  const allows = readAllows(file, starts);
  const kept: Problem[] = problems.filter((problem) => {
    const line = positionAt(starts, problem.span.start).line;
    const allow = allows.find((each) => each.line === line && each.codes.includes(problem.code));
    if (allow === undefined || !mayAllow(problem)) return true;
    allow.used.add(problem.code);
    return false;
  });
  for (const allow of allows) {
    for (const code of allow.codes)
      if (!allow.used.has(code))
        report(kept, "UnusedAllow", allow.span, { code }, unusedHelp(problems, allow, code, starts));
    if (allow.reason === "" && allow.used.size > 0)
      report(kept, "AllowWithoutReason", allow.span, { code: allow.codes.join(", ") });
  }
  return kept;
}

function mayAllow(problem: Problem): boolean {
  return DIAGNOSTICS[problem.name].severity !== "error" || ALLOWABLE_ERRORS.has(problem.code);
}

function unusedHelp(
  problems: readonly Problem[],
  allow: Allow,
  code: string,
  starts: readonly number[],
): { readonly help?: string } {
  const refused = problems.some(
    (problem) => problem.code === code && positionAt(starts, problem.span.start).line === allow.line,
  );
  return refused ? { help: "Errors of meaning cannot be allowed." } : {};
}

function readAllows(file: SourceFile, starts: readonly number[]): readonly Allow[] {
  const allows: Allow[] = [];
  for (const comment of comments(file.text)) {
    const found = PRAGMA.exec(comment.text.replace(/\*\/$/, ""));
    if (found === null) continue;
    const codes = (found[1] ?? "").toUpperCase().match(/E\d{4}/g) ?? [];
    const own = positionAt(starts, comment.span.start).line;
    const lineStart = starts[own - 1] ?? 0;
    const alone = file.text.slice(lineStart, comment.span.start).trim() === "";
    allows.push({
      codes,
      line: alone ? nextCodeLine(file.text, starts, positionAt(starts, comment.span.end).line) : own,
      span: comment.span,
      reason: (found[2] ?? "").trim(),
      used: new Set(),
    });
  }
  return allows;
}

/** The next line that is not empty and not a comment of its own. */
function nextCodeLine(text: string, starts: readonly number[], after: number): number {
  for (let line = after + 1; line <= starts.length; line += 1) {
    const content = text.slice(starts[line - 1] ?? 0, starts[line] ?? text.length).trim();
    if (content !== "" && !/^(--|\/\/|#)/.test(content)) return line;
  }
  return after + 1;
}
