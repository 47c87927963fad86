// gobi sessions, lanes and locks: what the daemon's Lead knows of them, and ending them. Asked over the control socket, which only the owner can open.
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { DAEMON_TABLES, listedColumns } from "../../../base/system-tables/daemon.ts";
import { askDaemon } from "../../../server/daemon/control-socket.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { tableFromRows } from "../../../server/manage/world.ts";
import { type CommandContext, type CommandHandler, type CommandInput, EXIT, flag } from "../../commands/context.ts";
import { printResult } from "../../output/results.ts";
import { printerFor } from "../options.ts";
import { targetFolder } from "./target.ts";

const ANSWER_WAIT_MS = 10_000;

/** Kinds of things that can be listed. */
type Listed = "sessions" | "lanes" | "locks";
type ListedRow = Readonly<Record<string, string | number | boolean | null>>;

/** The socket of the daemon that is meant; undefined when none runs, which is told. */
function controlSocket(context: CommandContext, argument: unknown): string | undefined {
  const folder = targetFolder(context, argument);
  const state = folder === undefined ? undefined : folderState(folder);
  if (state?.kind === "running") return state.file.controlSocket;
  context.writeError(folder === undefined ? "No daemon runs.\n" : `No daemon runs on ${folder}.\n`);
  return undefined;
}

/** Lists them. */
export function listCommand(what: Listed): CommandHandler {
  return async (context, input) => {
    const socket = controlSocket(context, input.arguments[0]);
    if (socket === undefined) return EXIT.notRunning;
    const rows = (await askDaemon(socket, what, undefined, ANSWER_WAIT_MS)) as readonly ListedRow[];
    if (flag(input, "json")) {
      context.write(`${JSON.stringify(rows)}\n`);
      return EXIT.ok;
    }
    const names = listedColumns(what);
    const types: Readonly<Record<string, string>> = DAEMON_TABLES[what].columns;
    const table = tableFromRows(
      names,
      rows.map((row) => names.map((name) => shown(row[name] ?? null, types[name] ?? "any"))),
    );
    printResult(printerFor(context, input), {
      kind: "table",
      table,
      types: table.columns.map((column) => column.type),
    });
    return EXIT.ok;
  };
}

/** Times are milliseconds since 1970 in the answer. */
function shown(value: ListedRow[string], type: string): string | number | boolean | null {
  return typeof value === "number" && type.startsWith("timestamp") ? new Date(value).toISOString() : value;
}

/** Ends one of them. */
export function killCommand(what: "session" | "lane"): CommandHandler {
  return async (context: CommandContext, input: CommandInput) => {
    const socket = controlSocket(context, input.arguments[1]);
    if (socket === undefined) return EXIT.notRunning;
    const id = String(input.arguments[0]);
    const argument = what === "session" ? { session_id: id } : { lane: id };
    try {
      const answer = await askDaemon(socket, `kill_${what}`, argument, ANSWER_WAIT_MS);
      context.write(flag(input, "json") ? `${JSON.stringify(answer)}\n` : `Ended the ${what} ${id}.\n`);
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof GrizzlyError) || error.code !== "WrongArguments") throw error;
      context.writeError(`${error.message}\n`);
      return EXIT.failed;
    }
  };
}
