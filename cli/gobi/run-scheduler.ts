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

/** The signals that end the command. */
interface Signals {
  /** Resolved when the process is told to stop. The second time it ends at once. */
  readonly told: Promise<void>;
  readonly wasTold: boolean;
  /** Lets signals act as before. */
  release(): void;
}

function listenForSignals(log: Log): Signals {
  let wasTold = false;
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const stop = (signal: NodeJS.Signals): void => {
    if (wasTold) {
      log("warn", `${signal} again: ending at once.`);
      process.exit(EXIT.failed);
    }
    wasTold = true;
    log("info", `${signal}: nothing new is started; running work may end. Again ends at once.`);
    tell();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  return {
    told,
    get wasTold() {
      return wasTold;
    },
    release: () => {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
    },
  };
}

async function begin(context: CommandContext, input: CommandInput, log: Log): Promise<Automation> {
  const file = databaseOf(context, input);
  const concurrency = countOption(input, "concurrency", EXECUTOR_SETTINGS.concurrentMax, CONCURRENCY_MAX);
  if (concurrency === 0)
    throw new UsageError("--concurrency 0: nothing would ever run; write 1 or more, for example 10.");
  const shutdownMs = durationOption(input, "shutdown");
  try {
    return await startAutomation({
      place: { file },
      directory: context.cwd,
      allowHosts: flag(input, "allowAllHosts") ? "all" : list(input.options["allowHost"]),
      environment: context.environment,
      settings: { concurrentMax: concurrency },
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
  // From before the start on: a signal while it lasts ends what has begun in order, once it is done.
  const signals = listenForSignals(log);
  try {
    const automation = await begin(context, input, log);
    if (!signals.wasTold)
      log(
        "info",
        automation.leading
          ? `Running the schedules of ${textOption(input, "db") ?? "the database"} (${automation.instanceId}).`
          : `Another process runs the schedules; standing by (${automation.instanceId}).`,
      );
    await signals.told;
    await automation.stop();
  } finally {
    signals.release();
  }
  log("info", "Stopped.");
  return EXIT.ok;
};
