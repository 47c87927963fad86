// Runs a command line of gobic or gobi inside the test's process and collects what it prints.
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandContext } from "../../cli/commands/context.ts";
import { GOBIC, type ProgramRow } from "../../cli/commands/table.ts";
import { GOBI } from "../../cli/gobi/table.ts";
import { main } from "../../cli/main.ts";
import { PLAIN } from "../../cli/output/style.ts";

/** A runtime folder that is not there: commands of tests find no daemon of the machine's user. */
const NO_DAEMONS = join(tmpdir(), `grizzly-no-daemons-${process.pid}`);

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Where and with what a command runs. */
export interface CommandSetting {
  readonly cwd?: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs gobic with standard input `input` in the folder `cwd`. */
export async function runCommandLineWith(options: CommandSetting, ...argv: string[]): Promise<CommandResult> {
  return await runProgram(GOBIC, options, argv);
}

/** Runs gobi in the folder `cwd`. */
export async function runGobi(options: CommandSetting, ...argv: string[]): Promise<CommandResult> {
  return await runProgram(GOBI, options, argv);
}

async function runProgram(
  program: ProgramRow,
  options: CommandSetting,
  argv: readonly string[],
): Promise<CommandResult> {
  let out = "";
  let err = "";
  const context: CommandContext = {
    cwd: options.cwd ?? process.cwd(),
    environment: { XDG_RUNTIME_DIR: NO_DAEMONS, ...options.environment },
    write: (text) => {
      out += typeof text === "string" ? text : Buffer.from(text).toString("latin1");
    },
    writeError: (text) => {
      err += text;
    },
    readInput: () => Promise.resolve(options.input ?? ""),
    stdin: process.stdin,
    stdout: process.stdout,
    style: PLAIN,
    errorStyle: PLAIN,
  };
  const code = await main(context, argv, program);
  return { code, out, err };
}

/** Runs without input in the current folder. */
export async function runCommandLine(...argv: string[]): Promise<CommandResult> {
  return await runCommandLineWith({}, ...argv);
}
