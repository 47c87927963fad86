// gobi sql: statements on a daemon, from -c, a file, a pipe or the terminal. Results are printed while they arrive.
// Exit codes: 0 all went well, 1 a statement failed or the daemon cannot be reached, 2 called wrongly, 130 Ctrl-C has cancelled the statement; a second one ends at once.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { toJs } from "../../base/library/js-values.ts";
import { openConnection } from "../../protocol/client/client.ts";
import type { Connection } from "../../protocol/client/connection.ts";
import type { ConnectOptions } from "../../protocol/client/types.ts";
import { namedValues } from "../argument-values.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  list,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { readSource } from "../files.ts";
import { TRANSACTION_LEFT } from "../output/errors.ts";
import { replFormat, resultPrinter } from "../output/result-printer.ts";
import { standardSink } from "../output/standard-sink.ts";
import { drawingNotices, drawRemoteError, printAnswer, type RemoteRun } from "../repl/remote-target.ts";
import { connectOptionsOf } from "./daemon-options.ts";
import { countOption, durationOption } from "./options.ts";

const ROWS_MAX = 999_999_999;
/** As shells have it for a process that Ctrl-C has ended. */
const INTERRUPTED = 130;

interface Source {
  readonly name: string;
  readonly text: string;
}

/** The text to run, or undefined when the user types it. @throws UsageError. */
async function sourceOf(context: CommandContext, input: CommandInput): Promise<Source | undefined> {
  const texts = list(input.options["command"]);
  const file = textOption(input, "file");
  if (texts.length > 0 && file !== undefined) throw new UsageError("give -c TEXT or -f FILE, not both.");
  // A line's end ends a statement.
  if (texts.length > 0) return { name: "<text>", text: texts.join("\n") };
  if (file === undefined && context.stdin.isTTY && context.stdout.isTTY) return undefined;
  if (file === undefined || file === "-") return { name: "<stdin>", text: await context.readInput() };
  return readSource(context, file);
}

/** Connects as the options say. Arrow is written as it comes, so that it must not be compressed: not every reader knows every codec. */
function opener(context: CommandContext, input: CommandInput): () => Promise<Connection> {
  const target = input.arguments[0];
  const options = connectOptionsOf(context, input, typeof target === "string" ? target : undefined);
  const isArrow = textOption(input, "format") === "arrow";
  const chosen: ConnectOptions = isArrow ? { ...options, compression: [] } : options;
  return async () => await openConnection(chosen, { cwd: context.cwd, environment: context.environment });
}

/** Runs it. */
export const sqlCommand: CommandHandler = async (context, input) => {
  const source = await sourceOf(context, input);
  const open = opener(context, input);
  if (source !== undefined) return await runOnce(context, input, source, open);
  return await interact(context, input, open);
};

/** The REPL on a daemon. Without a terminal it takes what is piped, line by line. */
export const attachCommand: CommandHandler = async (context, input) => {
  const [service] = input.arguments;
  // The word of the statement ATTACH Gobi; a daemon of that name is found by its folder.
  const isService = typeof service === "string" && service.toLowerCase() === "gobi";
  const open = opener(context, isService ? { ...input, arguments: [] } : input);
  return await interact(context, input, open);
};

async function interact(
  context: CommandContext,
  input: CommandInput,
  open: () => Promise<Connection>,
): Promise<number> {
  const format = replFormat(input, "gobi sql -c TEXT --format arrow");
  if (!context.stdin.isTTY || !context.stdout.isTTY)
    return await (await import("../repl/remote-pipe.ts")).runPipedRemotely(context, open, format);
  const { runTerminal } = await import("../repl/terminal.ts");
  const { remoteBackend } = await import("../repl/remote-backend.ts");
  return await runTerminal(context, await remoteBackend(context, open, format));
}

async function runOnce(
  context: CommandContext,
  input: CommandInput,
  source: Source,
  open: () => Promise<Connection>,
): Promise<number> {
  const run = remoteRun(input, source.name);
  const connection = await open();
  const interruption = listenForInterrupts();
  const options = { ...run.options, signal: interruption.signal };
  const sink = standardSink(context);
  try {
    await printAnswer(
      connection,
      drawingNotices(
        context.errorStyle,
        source,
        (text) => context.writeError(text),
        (kind, text) =>
          kind === "print" ? sink.print(text) : kind === "notice" ? sink.notice(text) : sink.log(kind, text),
      ),
      resultPrinter(context, input),
      source.text,
      { ...run, options },
    );
    if (connection.inTransaction) context.writeError(TRANSACTION_LEFT);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    context.writeError(`${drawRemoteError(context.errorStyle, error, source.name, source.text)}\n`);
    return interruption.signal.aborted && error.code === "Cancelled" ? INTERRUPTED : EXIT.failed;
  } finally {
    interruption.release();
    connection.close();
  }
}

function remoteRun(input: CommandInput, name: string): RemoteRun {
  const deadlineMs = durationOption(input, "timeout");
  const rowsMax = countOption(input, "rows", 0, ROWS_MAX);
  const named = Object.entries(namedValues(list(input.options["arg"])));
  const values = { int: "auto", timestamp: "micros" } as const;
  return {
    name,
    params: Object.fromEntries(named.map(([key, value]) => [key, toJs(value, values)])),
    options: {
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(rowsMax === 0 ? {} : { rowsMax }),
    },
  };
}

/** The first Ctrl-C cancels, the second ends the process. */
function listenForInterrupts(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const interrupted = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on("SIGINT", interrupted);
  return { signal: controller.signal, release: () => void process.off("SIGINT", interrupted) };
}
