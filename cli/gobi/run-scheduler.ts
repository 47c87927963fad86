// gobi run-scheduler: runs the schedules of a database in the foreground until it is told to stop (SIGTERM, SIGINT).
// The first signal lets running work end within the time of --shutdown; the second ends the process at once (what ran is found as orphaned by the next one).
import { printTimestamp } from "../../base/value/temporal.ts";
import { Timestamp } from "../../base/value/value.ts";
import { startAutomation, type Automation } from "../../server/automation/automation.ts";
import { EXECUTOR_SETTINGS } from "../../server/runs/world.ts";
import { Trap } from "../../bytecode/trap.ts";
import { EngineError } from "../../storage/engine.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  list,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { databaseOf } from "./database.ts";
import { countOption, durationOption } from "./options.ts";

/** Runs at the same time that make sense in one process. */
const CONCURRENCY_MAX = 1000;

type Log = (level: "info" | "warn" | "error", text: string) => void;

/** Lines for people, or one JSON object per line. */
function logTo(context: CommandContext, json: boolean): Log {
  const { dim, yellow, red } = context.errorStyle;
  const words = { info: dim("info"), warn: yellow("warn"), error: red("error") };
  return (level, text) => {
    const at = printTimestamp(new Timestamp(Date.now() * 1000));
    context.writeError(
      json ? `${JSON.stringify({ at, level, message: text })}\n` : `${dim(at)} ${words[level]} ${text}\n`,
    );
  };
}

/** Resolved when the process is told to stop. The second time it ends at once. */
function toldToStop(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (told) {
        log("warn", `${signal} again: ending at once.`);
        process.exit(EXIT.failed);
      }
      told = true;
      log("info", `${signal}: nothing new is started; running work may end. Again ends at once.`);
      resolve();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}

async function begin(context: CommandContext, input: CommandInput, log: Log): Promise<Automation> {
  const file = databaseOf(context, input);
  const concurrency = countOption(input, "concurrency", EXECUTOR_SETTINGS.concurrentMax, CONCURRENCY_MAX);
  const shutdownMs = durationOption(input, "shutdown");
  try {
    return await startAutomation({
      place: { file },
      directory: context.cwd,
      allowHosts: flag(input, "allowAllHosts") ? "all" : list(input.options["allowHost"]),
      environment: context.environment,
      settings: { concurrentMax: Math.max(1, concurrency) },
      ...(shutdownMs === undefined ? {} : { shutdownMs }),
      log,
    });
  } catch (error) {
    if (error instanceof EngineError || error instanceof Trap)
      throw new UsageError(`cannot automate ${file}: ${error.message}`);
    throw error;
  }
}

/** Runs until a signal comes. */
export const runSchedulerCommand: CommandHandler = async (context, input) => {
  const log = logTo(context, flag(input, "json"));
  const automation = await begin(context, input, log);
  const stopping = toldToStop(log);
  log(
    "info",
    automation.leading
      ? `Running the schedules of ${textOption(input, "db") ?? "the database"} (${automation.instanceId}).`
      : `Another process runs the schedules; standing by (${automation.instanceId}).`,
  );
  await stopping;
  await automation.stop();
  log("info", "Stopped.");
  return EXIT.ok;
};
