// gobic run: runs a file or a text in a session and prints results. Exit 0 when all went well, 1 when the file has errors or one was not caught.
import { dirname, resolve } from "node:path";
import type { SourceFile } from "../../base/source.ts";
import { namedValues } from "../argument-values.ts";
import { readSource } from "../files.ts";
import { openFor } from "../open-session.ts";
import { drawError, TRANSACTION_LEFT } from "../output/errors.ts";
import { drawProblems } from "../output/problems.ts";
import { arrowEncoder, resultPrinter } from "../output/result-printer.ts";
import { printResult } from "../output/results.ts";
import { limitsFrom } from "../quantities.ts";
import { unusedArgument } from "../../server/sql/given-arguments.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  list,
  textOption,
  UsageError,
} from "./context.ts";
import { watchTimeout } from "../watchdog.ts";

async function source(context: CommandContext, input: CommandInput): Promise<SourceFile> {
  const file = input.arguments[0];
  const text = textOption(input, "execute");
  if (text !== undefined && file !== undefined) throw new UsageError("give a file or -e TEXT, not both.");
  if (text !== undefined) return { name: "<text>", text };
  if (typeof file !== "string") throw new UsageError("give a file to run, or -e TEXT.");
  return file === "-" ? { name: "<stdin>", text: await context.readInput() } : readSource(context, file);
}

/** Runs it. */
export const runCommand: CommandHandler = async (context, input) => {
  const file = await source(context, input);
  const limits = limitsFrom(input);
  const args = namedValues(list(input.options["arg"]));
  const unused = unusedArgument(file.text, args);
  if (unused !== undefined) throw new UsageError(unused);
  const printer = resultPrinter(context, input);
  const arrow = await arrowEncoder(printer.format);
  const fromFile = typeof input.arguments[0] === "string" && input.arguments[0] !== "-";
  const session = openFor(context, {
    database: textOption(input, "db"),
    readOnly: flag(input, "readOnly"),
    create: !flag(input, "readOnly"),
    limits,
    attachGobi: true,
    ...(fromFile ? { directory: dirname(resolve(context.cwd, file.name)) } : {}),
  });
  const watchdog = watchTimeout(limits.timeoutMs);
  try {
    const outcome = session.execute(file, {
      args,
      onResult: (event) => printResult(printer, event.result, arrow),
    });
    if (outcome.kind === "completed") {
      if (session.inTransaction) context.writeError(TRANSACTION_LEFT);
      return EXIT.ok;
    }
    if (outcome.kind === "rejected")
      context.writeError(`${drawProblems(context.errorStyle, file, outcome.problems)}\n`);
    else context.writeError(`${drawError(context.errorStyle, outcome.error)}\n`);
    return EXIT.failed;
  } finally {
    watchdog.stop();
    session.close();
  }
};
