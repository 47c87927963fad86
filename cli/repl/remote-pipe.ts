// The REPL on a daemon without a terminal; what programs print goes beside the results.
import type { Connection } from "../../protocol/client/connection.ts";
import type { CommandContext } from "../commands/context.ts";
import type { Format } from "../output/results.ts";
import { runPiped } from "./piped.ts";
import { remoteTarget } from "./remote-target.ts";

/** Runs until the input ends or says \q. Gives the exit code: 1 when a statement failed. @throws GrizzlyError when the daemon cannot be reached. */
export async function runPipedRemotely(
  context: CommandContext,
  open: () => Promise<Connection>,
  format: Format,
): Promise<number> {
  const { errorStyle } = context;
  const target = await remoteTarget(open, errorStyle, (kind, text) => {
    if (kind === "print") context.write(`${text}\n`);
    else context.writeError(`${kind === "notice" ? errorStyle.cyan("note") : errorStyle.dim(kind)} ${text}\n`);
  });
  try {
    return await runPiped(context, target, format);
  } finally {
    target.close();
  }
}
