// gobic repl: the interactive terminal, or, when input is piped, the same statements and commands read from the pipe.
import { openFor } from "../open-session.ts";
import { replFormat } from "../output/result-printer.ts";
import { runPiped } from "../repl/piped.ts";
import { sessionTarget } from "../repl/session-target.ts";
import { type CommandHandler, flag, textOption, UsageError } from "./context.ts";

/** Starts it. Piped input: exit 1 when a statement failed. */
export const replCommand: CommandHandler = async (context, input) => {
  const target = textOption(input, "attach");
  if (target !== undefined) {
    if (textOption(input, "db") !== undefined) throw new UsageError("give --db FILE or --attach TARGET, not both.");
    return await (await import("../gobi/sql.ts")).attachCommand(context, { ...input, arguments: [target] });
  }
  const format = replFormat(input, "gobic run --format arrow");
  const database = textOption(input, "db");
  const readOnly = flag(input, "readOnly");
  if (context.stdin.isTTY && context.stdout.isTTY) {
    const { runTerminal } = await import("../repl/terminal.ts");
    const { workerBackend } = await import("../repl/worker-backend.ts");
    return await runTerminal(context, workerBackend(context, { database, readOnly, format }));
  }
  const session = openFor(context, { database, readOnly, create: !readOnly, attachGobi: true });
  try {
    return await runPiped(context, sessionTarget(session, context.style), format);
  } finally {
    session.close();
  }
};
