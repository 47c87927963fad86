// gobic repl: the interactive terminal, or, when input is piped, the same statements and commands read from the pipe.
import { openFor } from "../open-session.ts";
import type { Format } from "../output/results.ts";
import { createRepl } from "../repl/engine.ts";
import { type CommandHandler, EXIT, flag, textOption, UsageError } from "./context.ts";

/** Starts it. Piped input: exit 1 when a statement failed. */
export const replCommand: CommandHandler = async (context, input) => {
  const format = (textOption(input, "format") ?? "table") as Format;
  if (format === "arrow") throw new UsageError("the REPL prints table, json or csv; use gobic run --format arrow.");
  const database = textOption(input, "db");
  const readOnly = flag(input, "readOnly");
  if (context.stdin.isTTY && context.stdout.isTTY) {
    return await (await import("../repl/terminal.ts")).runTerminal(context, { database, readOnly, format });
  }
  const session = openFor(context, { database, readOnly, create: !readOnly });
  try {
    const repl = createRepl(
      session,
      {
        write: context.write,
        writeError: context.writeError,
        style: context.style,
        width: () => (context.stdout.isTTY ? context.stdout.columns : undefined),
        elapsedMs: () => performance.now(),
      },
      format,
    );
    for (const line of (await context.readInput()).split(/\r\n|\n/u)) {
      if (repl.left) break;
      repl.line(line);
    }
    return repl.end() ? EXIT.ok : EXIT.failed;
  } finally {
    session.close();
  }
};
