// gobi unmount and daemon stop: land the daemon of a folder.
import { stopDaemon } from "../../../server/daemon/stop.ts";
import { type CommandContext, type CommandHandler, type CommandInput, EXIT, flag } from "../../commands/context.ts";
import { durationOption } from "../options.ts";
import { neededFolder, targetFolder } from "./target.ts";

/** Landing may take its own time for requests under way and a little more. */
const STOP_WAIT_MS = 40_000;

/** Stops the daemon that is meant; 3 when none runs. */
export const daemonStopCommand: CommandHandler = (context, input) => {
  const folder = targetFolder(context, input.arguments[0]);
  if (folder !== undefined) return endDaemon(context, folder, input);
  context.write("No daemon runs.\n");
  return EXIT.notRunning;
};

/** Stops the daemon of a folder. */
export const unmountCommand: CommandHandler = (context, input) =>
  endDaemon(context, neededFolder(context, input.arguments[0]), input);

/** Stops it and tells how that went. */
export async function endDaemon(context: CommandContext, folder: string, input: CommandInput): Promise<number> {
  const waitMs = durationOption(input, "wait") ?? STOP_WAIT_MS;
  const outcome = await stopDaemon(folder, { waitMs, force: flag(input, "force") });
  switch (outcome.kind) {
    case "stopped":
      context.write(
        `${outcome.forced ? "Killed" : "Stopped"} process ${outcome.pid}; ${folder} is not mounted any more.\n`,
      );
      return EXIT.ok;
    case "notRunning":
      context.write(`No daemon runs on ${folder}.\n`);
      return EXIT.notRunning;
    case "cleaned":
      context.write(
        outcome.pid === undefined
          ? `No daemon runs on ${folder}; its pid file, which could not be read, was taken away.\n`
          : `No daemon runs on ${folder}; what process ${outcome.pid} left was taken away.\n`,
      );
      return EXIT.notRunning;
    case "unreadable":
      context.writeError(`${heldText(folder, outcome.path, outcome.holder)}\n`);
      return EXIT.failed;
    case "stillRunning":
      context.writeError(`Process ${outcome.pid} is still landing; --force kills it, --wait gives it longer.\n`);
      return EXIT.failed;
  }
}

/** The folder is held, but not by anybody whom its pid file names: what to do. */
export function heldText(folder: string, path: string, holder: number | undefined): string {
  const who = holder === undefined ? "another process" : `process ${holder}`;
  const help = holder === undefined ? "Ask again." : `kill ${holder} lands it.`;
  return `The pid file ${path} cannot be read, but ${who} has ${folder}.\n${help}`;
}
