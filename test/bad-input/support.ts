// What every tool does with a source, in one go: parse, check, compile, format. Nothing of it may throw, whatever the text is.
import { expect } from "vitest";
import type { Problem } from "../../base/problem.ts";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { withCompileProblems } from "../../compiler/compile.ts";
import { format } from "../../compiler/format/format.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { checkText } from "../check/support.ts";

/** All problems of a text, after every phase that looks at it. Broken texts must have an error, and all problems lie in the text. */
export function surveyed(text: string): readonly Problem[] {
  const parsed = parse({ name: "bad.grz", text });
  format(parsed.value);
  const { problems } = withCompileProblems(checkText(text), makeCatalog());
  for (const { span } of problems) {
    expect(span.start).toBeGreaterThanOrEqual(0);
    expect(span.end).toBeLessThanOrEqual(Math.max(text.length, 1));
    expect(span.start).toBeLessThanOrEqual(span.end);
  }
  const broken = parsed.problems.some((problem) => problem.severity === "error");
  if (broken) expect(problems.some((problem) => problem.severity === "error")).toBe(true);
  return problems;
}

/** Codes of the errors of a text, each once. */
export function errorCodes(text: string): readonly string[] {
  const errors = surveyed(text).filter((problem) => problem.severity === "error");
  return [...new Set(errors.map((problem) => problem.code))].sort();
}
