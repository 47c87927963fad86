// Commands that ask a running daemon one thing over its control socket: metrics, reload.
import { askDaemon } from "../../../server/daemon/control-socket.ts";
import type { Reloaded } from "../../../server/config/configuration.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { problemLines } from "../../../server/config/configuration.ts";
import { type CommandContext, type CommandHandler, EXIT } from "../../commands/context.ts";
import { targetFolder } from "./target.ts";

const ANSWER_WAIT_MS = 10_000;

/** The answer of the daemon of the folder that is meant; undefined when none runs, which is told. @throws GrizzlyError. */
async function ask(context: CommandContext, argument: unknown, action: string): Promise<unknown> {
  const folder = targetFolder(context, argument);
  const state = folder === undefined ? undefined : folderState(folder);
  if (state?.kind === "running") return askDaemon(state.file.controlSocket, action, undefined, ANSWER_WAIT_MS);
  context.writeError(folder === undefined ? "No daemon runs.\n" : `No daemon runs on ${folder}.\n`);
  return undefined;
}

/** Prints the metrics as they are scraped. */
export const metricsCommand: CommandHandler = async (context, input) => {
  const answer = (await ask(context, input.arguments[0], "metrics")) as string | undefined;
  if (answer === undefined) return EXIT.notRunning;
  context.write(answer);
  return EXIT.ok;
};

/** Has the configuration read again. */
export const reloadCommand: CommandHandler = async (context, input) => {
  const answer = (await ask(context, input.arguments[0], "reload")) as Reloaded | undefined;
  if (answer === undefined) return EXIT.notRunning;
  if (answer.problems.length > 0) {
    context.writeError(`${problemLines(answer.problems)}\nNothing was changed.\n`);
    return EXIT.failed;
  }
  context.write(
    answer.applied.length === 0 ? "Nothing new holds now.\n" : `Now in force: ${answer.applied.join(", ")}.\n`,
  );
  if (answer.needRestart.length > 0)
    context.write(`After a restart (gobi daemon restart): ${answer.needRestart.join(", ")}.\n`);
  return EXIT.ok;
};
