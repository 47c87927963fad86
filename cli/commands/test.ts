// gobic test: runs the test blocks of files and prints what passed, what failed and where, and on request the lines that no test ran.
import { dirname, resolve } from "node:path";
import type { SourceFile } from "../../base/source.ts";
import type { TestOutcome, TestResult } from "../../server/session-types.ts";
import { readSources } from "../files.ts";
import { openFor } from "../open-session.ts";
import { showDuration } from "../output/duration.ts";
import { drawError } from "../output/errors.ts";
import { drawProblems, jsonProblems } from "../output/problems.ts";
import { type CommandContext, type CommandHandler, EXIT, flag, list, textOption } from "./context.ts";

function runFile(
  context: CommandContext,
  file: SourceFile,
  database: string | undefined,
  filter: string | undefined,
  quiet: boolean,
): TestOutcome {
  const output = {
    print: (text: string) => (quiet ? undefined : context.write(`${context.style.dim("  | ")}${text}\n`)),
    log: () => undefined,
    notice: () => undefined,
  };
  const session = openFor(context, {
    database,
    create: database === undefined,
    output,
    directory: dirname(resolve(context.cwd, file.name)),
  });
  try {
    return session.runTests(file, filter === undefined ? {} : { filter });
  } finally {
    session.close();
  }
}

function drawResult(context: CommandContext, file: SourceFile, test: TestResult): void {
  const { style } = context;
  const duration = style.dim(`(${showDuration(test.durationMs)})`);
  if (test.failure === undefined) return context.write(`${style.green("pass")} ${test.name} ${duration}\n`);
  context.write(`${style.red("FAIL")} ${test.name} ${duration}\n`);
  const line = file.text.split(/\r\n|\n|\r/u)[test.failure.line - 1] ?? "";
  context.write(`  ${style.blue(`${file.name}:${test.failure.line}`)} ${line.trim()}\n`);
  context.write(`${drawError(style, test.failure.error).replace(/^/gmu, "  ")}\n`);
}

function drawCoverage(context: CommandContext, outcome: Extract<TestOutcome, { kind: "ran" }>): void {
  const lines = [...outcome.coverage.hits.entries()].sort(([a], [b]) => a - b);
  const missed = lines.filter(([, hits]) => hits === 0).map(([line]) => line);
  const covered = lines.length - missed.length;
  const percent = lines.length === 0 ? 100 : Math.floor((100 * covered) / lines.length);
  context.write(
    `${outcome.coverage.file}: ${covered} of ${lines.length} lines covered (${percent} %)${missed.length === 0 ? "" : `, not run: ${ranges(missed)}`}\n`,
  );
}

/** `3-5, 9` for 3 4 5 9. */
function ranges(lines: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === line - 1) last[1] = line;
    else parts.push([line, line]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}

function jsonOutcome(file: SourceFile, outcome: TestOutcome): object {
  switch (outcome.kind) {
    case "rejected":
      return { file: file.name, outcome: "rejected", problems: jsonProblems(file, outcome.problems), tests: [] };
    case "failed":
      return {
        file: file.name,
        outcome: "failed",
        error: { code: outcome.error.code, message: outcome.error.message },
        tests: [],
      };
    case "ran":
      return {
        file: file.name,
        outcome: outcome.tests.every((test) => test.outcome === "passed") ? "passed" : "failed",
        tests: outcome.tests.map((test) => ({
          name: test.name,
          outcome: test.outcome,
          durationMs: test.durationMs,
          ...(test.failure === undefined
            ? {}
            : { line: test.failure.line, code: test.failure.error.code, message: test.failure.message }),
        })),
        coverage: Object.fromEntries(outcome.coverage.hits),
      };
  }
}

/** Runs all tests; exit 1 when one failed or a file could not be run. */
export const testCommand: CommandHandler = async (context, input) => {
  const json = flag(input, "json");
  const filter = textOption(input, "filter");
  let passed = 0;
  let failed = 0;
  const reports: object[] = [];
  for (const file of await readSources(context, list(input.arguments[0]))) {
    const outcome = runFile(context, file, textOption(input, "db"), filter, json);
    reports.push(jsonOutcome(file, outcome));
    if (outcome.kind === "ran") {
      passed += outcome.tests.filter((test) => test.outcome === "passed").length;
      failed += outcome.tests.filter((test) => test.outcome === "failed").length;
      if (json) continue;
      for (const test of outcome.tests) drawResult(context, file, test);
      if (flag(input, "coverage")) drawCoverage(context, outcome);
    } else {
      failed += 1;
      if (json) continue;
      if (outcome.kind === "rejected")
        context.writeError(`${drawProblems(context.errorStyle, file, outcome.problems)}\n`);
      else
        context.writeError(
          `${file.name} failed before its tests could run\n${drawError(context.errorStyle, outcome.error)}\n`,
        );
    }
  }
  if (json) context.write(`${JSON.stringify(reports, null, 2)}\n`);
  else context.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? EXIT.ok : EXIT.failed;
};
