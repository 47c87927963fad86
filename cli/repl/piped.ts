// The REPL without a terminal: statements and commands read from a pipe, line by line, for a session here or on a daemon.
import { type CommandContext, EXIT } from "../commands/context.ts";
import type { Format } from "../output/results.ts";
import { createRepl, type ReplTarget } from "./engine.ts";

/** Runs until the input ends or says \q. Gives the exit code: 1 when a statement failed. */
export async function runPiped(context: CommandContext, target: ReplTarget, format: Format): Promise<number> {
  const repl = createRepl(
    target,
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
    await repl.line(line);
  }
  return (await repl.end()) ? EXIT.ok : EXIT.failed;
}
