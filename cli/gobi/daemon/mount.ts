// gobi init, mount, daemon start, daemon restart: make a folder, start its daemon and tell where it is.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { printDuration } from "../../../base/quantity.ts";
import { defaultFolder, registerDefaultFolder } from "../../../server/daemon/default-folder.ts";
import { initialiseFolder } from "../../../server/daemon/init.ts";
import { launchDaemon } from "../../../server/daemon/launch.ts";
import { makeFolder } from "../../../server/daemon/make-folder.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import type { DaemonOrder, DaemonReady, FromDaemon } from "../../../server/daemon/start-messages.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  list,
  textOption,
  UsageError,
} from "../../commands/context.ts";
import { endDaemon } from "./stop.ts";
import { neededFolder, targetFolder } from "./target.ts";

/** A launch that takes longer has gone wrong. */
const LAUNCH_WAIT_MS = 30_000;

/** Makes a folder. */
export const initCommand: CommandHandler = (context, input) => {
  const global = flag(input, "global");
  const given = input.arguments[0];
  if (typeof given !== "string") throw new UsageError("name the folder: gobi init <folder>.");
  const made = initialiseFolder(resolve(context.cwd, given), flag(input, "adopt"));
  context.write(`${made.madeDatabase ? "Made" : "Found"} the database ${made.database}.\n`);
  if (global)
    context.write(`Registered as the default folder in ${registerDefaultFolder(context.environment, made.folder)}.\n`);
  context.write(`Mount it with: gobi ${global ? "daemon start" : `mount ${given}`}\n`);
  return EXIT.ok;
};

/** Mounts the folder that is named; makes it when it is missing. */
export const mountCommand: CommandHandler = (context, input) => {
  const folder = resolve(context.cwd, String(input.arguments[0]));
  makeFolder(folder);
  return mount(context, input, orderOf(context, input, folder));
};

/** Mounts the folder that is meant without naming one: the registered one. */
export const daemonStartCommand: CommandHandler = (context, input) => {
  const argument = input.arguments[0];
  const { environment } = context;
  const home = environment["GOBI_HOME"] ?? "";
  // Without a name the registered folder is meant, wherever the command is given.
  const folder =
    argument === undefined && home === ""
      ? (defaultFolder(environment) ?? targetFolder(context, undefined))
      : targetFolder(context, argument);
  if (folder === undefined)
    throw new UsageError("no folder is registered; gobi init --global <folder> makes one, or use gobi mount <folder>.");
  if (!existsSync(folder))
    throw new UsageError(`the folder ${folder} is gone; gobi init --global <folder> registers another.`);
  return mount(context, input, orderOf(context, input, folder));
};

/** Lands a daemon and starts it again as it was mounted. */
export const daemonRestartCommand: CommandHandler = async (context, input) => {
  const folder = neededFolder(context, input.arguments[0]);
  const state = folderState(folder);
  if (state.kind === "stopped" || state.kind === "unreadable")
    return mount(context, input, orderOf(context, input, folder));
  const { file } = state;
  const code = await endDaemon(context, folder, input);
  if (code !== EXIT.ok && code !== EXIT.notRunning) return code;
  return mount(context, input, {
    ...orderOf(context, input, folder),
    mode: file.supervisor === null ? "daemon" : "supervisor",
    configFile: file.configFile ?? undefined,
    sets: file.sets,
  });
};

function orderOf(context: CommandContext, input: CommandInput, folder: string): DaemonOrder {
  const config = textOption(input, "config");
  return {
    mode: flag(input, "supervise") ? "supervisor" : "daemon",
    folder,
    configFile: config === undefined ? undefined : resolve(context.cwd, config),
    sets: list(input.options["set"]),
    foreground: flag(input, "foreground"),
    supervisor: undefined,
  };
}

async function mount(context: CommandContext, input: CommandInput, order: DaemonOrder): Promise<number> {
  const startedMs = performance.now();
  const { ready, child } = await launchDaemon(order, {
    environment: context.environment,
    waitMs: LAUNCH_WAIT_MS,
    ...(order.foreground ? { onStarted: passSignals } : {}),
  });
  if (flag(input, "json")) context.write(`${JSON.stringify(ready)}\n`);
  else context.write(readyText(ready, performance.now() - startedMs));
  if (!order.foreground) return EXIT.ok;
  if (child.exitCode !== null) return child.exitCode;
  // A daemon with a thread that nothing can end tells its exit code, and ends by a signal.
  let told: number | undefined;
  child.on("message", (message: FromDaemon) => {
    if (message.kind === "landed") told = message.exitCode;
  });
  return new Promise((done) => child.on("exit", (code) => done(code ?? told ?? EXIT.failed)));
}

/** Signals go to the daemon, which lands or reloads; this process ends with its exit code. */
function passSignals(child: ChildProcess): void {
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, pass);
}

function readyText(ready: DaemonReady, tookMs: number): string {
  const lines = [
    ...ready.mended,
    `Mounted ${ready.folder} as ${ready.instance} (process ${ready.pid}, ready after ${printDuration(Math.max(1, tookMs))}).`,
    `  socket    ${ready.socket}`,
    ...ready.listening.filter((each) => !each.startsWith("unix:")).map((each) => `  listening ${each}`),
    `  database  ${ready.database}`,
  ];
  return `${lines.join("\n")}\n`;
}
