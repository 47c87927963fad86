// gobic fmt: formats files in place, or with --check and --diff only says what would change. A file with syntax errors is left as it is.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format } from "../../compiler/format/format.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { readSources } from "../files.ts";
import { unifiedDiff } from "../output/diff.ts";
import { drawProblems } from "../output/problems.ts";
import { type CommandHandler, EXIT, flag, list, UsageError } from "./context.ts";

/** Formats; standard input is printed formatted. Exit 1 when a file has errors or, with --check or --diff, would change. */
export const fmtCommand: CommandHandler = async (context, input) => {
  const withDiff = flag(input, "diff");
  const onlyCheck = flag(input, "check") || withDiff;
  const given = list(input.arguments[0]);
  if (flag(input, "stdin") && given.some((path) => path !== "-"))
    throw new UsageError("--stdin reads standard input, so no files can be given with it.");
  let failed = false;
  for (const file of await readSources(context, flag(input, "stdin") ? ["-"] : given)) {
    const { value, problems } = parse(file);
    const errors = problems.filter((problem) => problem.severity === "error");
    if (errors.length > 0) {
      failed = true;
      context.writeError(`${drawProblems(context.errorStyle, file, errors)}\n${file.name} was not formatted\n`);
      continue;
    }
    const text = format(value);
    if (file.name === "<stdin>" && !onlyCheck) {
      context.write(text);
      continue;
    }
    if (text === file.text) continue;
    if (onlyCheck) {
      failed = true;
      context.write(withDiff ? unifiedDiff(file.name, file.text, text) : `${file.name} is not formatted\n`);
    } else {
      writeFileSync(resolve(context.cwd, file.name), text);
      context.write(`formatted ${file.name}\n`);
    }
  }
  return failed ? EXIT.failed : EXIT.ok;
};
