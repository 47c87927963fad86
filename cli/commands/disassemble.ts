// gobic disassemble: the verified bytecode of a file, for people.
import { dirname, resolve } from "node:path";
import { readSource } from "../files.ts";
import { openFor } from "../open-session.ts";
import { drawProblems } from "../output/problems.ts";
import { type CommandHandler, EXIT, textOption } from "./context.ts";

/** Prints it. A file with errors prints its errors. */
export const disassembleCommand: CommandHandler = (context, input) => {
  const file = readSource(context, String(input.arguments[0] ?? ""));
  const database = textOption(input, "db");
  const session = openFor(context, {
    database,
    readOnly: database !== undefined,
    create: database === undefined,
    directory: dirname(resolve(context.cwd, file.name)),
  });
  try {
    const errors = session.check(file).filter((problem) => problem.severity === "error");
    if (errors.length > 0) {
      context.writeError(`${drawProblems(context.errorStyle, file, errors)}\n`);
      return EXIT.failed;
    }
    context.write(`${session.disassemble(undefined, file) ?? ""}\n`);
    return EXIT.ok;
  } finally {
    session.close();
  }
};
