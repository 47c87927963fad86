// The REPL on a daemon without a terminal: statements and commands read from a pipe, line by line.
import type { Connection } from "../../protocol/client/connection.ts";
import { type CommandContext, EXIT } from "../commands/context.ts";
import type { Format } from "../output/results.ts";
import { createRepl } from "./engine.ts";
import { remoteTarget } from "./remote-target.ts";

/** Runs until the input ends or says \q. Gives the exit code: 1 when a statement failed. @throws GrizzlyError when the daemon cannot be reached. */
export async function runPiped(
  context: CommandContext,
  open: () => Promise<Connection>,
  format: Format,
): Promise<number> {
  const { style, errorStyle } = context;
  const target = await remoteTarget(open, errorStyle, (kind, text) => {
    if (kind === "print") context.write(`${text}\n`);
    else context.writeError(`${kind === "notice" ? errorStyle.cyan("note") : errorStyle.dim(kind)} ${text}\n`);
  });
  try {
    const repl = createRepl(
      target,
      {
        write: context.write,
        writeError: context.writeError,
        style,
        width: () => (context.stdout.isTTY ? context.stdout.columns : undefined),
        elapsedMs: () => performance.now(),
      },
      format,
    );
    for (const line of (await context.readInput()).split(/\r\n|\n/u)) {
      if (repl.left) break;
      await repl.line(line);
    }
    return (await repl.end()) ? EXIT.ok : EXIT.failed;
  } finally {
    target.close();
  }
}
