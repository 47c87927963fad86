// Runs a gobic command line inside the test's process and collects what it prints.
import type { CommandContext } from "../../cli/commands/context.ts";
import { main } from "../../cli/main.ts";
import { PLAIN } from "../../cli/output/style.ts";

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs with standard input `input` in the folder `cwd`. */
export async function runCommandLineWith(
  options: { readonly cwd?: string; readonly input?: string },
  ...argv: string[]
): Promise<CommandResult> {
  let out = "";
  let err = "";
  const context: CommandContext = {
    cwd: options.cwd ?? process.cwd(),
    environment: {},
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
  const code = await main(context, argv);
  return { code, out, err };
}

/** Runs without input in the current folder. */
export async function runCommandLine(...argv: string[]): Promise<CommandResult> {
  return await runCommandLineWith({}, ...argv);
}
