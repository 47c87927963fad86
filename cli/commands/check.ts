// gobic check: prints all problems of all files. Exit 0 when there are none or only warnings, 1 when there are errors.
import type { Severity } from "../../base/problem.ts";
import { openAnalyzer } from "../analyze.ts";
import { readSources } from "../files.ts";
import { drawProblems, type JsonProblem, jsonProblems, summary } from "../output/problems.ts";
import { type CommandHandler, EXIT, flag, list } from "./context.ts";

/** Checks files and folders. */
export const checkCommand: CommandHandler = async (context, input) => {
  const files = await readSources(context, list(input.arguments[0]));
  const analyzer = await openAnalyzer(context, input);
  const json: JsonProblem[] = [];
  const severities: Severity[] = [];
  try {
    for (const file of files) {
      const { problems } = analyzer.analyze(file);
      severities.push(...problems.map((problem) => problem.severity));
      if (flag(input, "json")) json.push(...jsonProblems(file, problems));
      else if (problems.length > 0) context.write(`${drawProblems(context.style, file, problems)}\n\n`);
    }
  } finally {
    analyzer.close();
  }
  const scope = files.length === 1 ? (files[0]?.name ?? "") : `${files.length} files`;
  if (flag(input, "json")) context.write(`${JSON.stringify(json, null, 2)}\n`);
  else context.write(`${scope}: ${summary(severities)}\n`);
  return severities.includes("error") ? EXIT.failed : EXIT.ok;
};
