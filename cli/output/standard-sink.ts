// Where what programs print and log goes in ordinary commands.
import type { OutputSink } from "../../server/session-types.ts";
import type { CommandContext } from "../commands/context.ts";

/** The sink of ordinary commands: prints to stdout, log lines and notices to stderr. */
export function standardSink(context: CommandContext): OutputSink {
  return {
    print: (text) => context.write(`${text}\n`),
    log: (level, text) => context.writeError(`${context.errorStyle.dim(level)} ${text}\n`),
    notice: (text) => context.writeError(`${context.errorStyle.cyan("note")}: ${text}\n`),
  };
}
