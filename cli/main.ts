// Builds the argument parser from the command table, runs one command and gives its exit code.
// Exit codes: 0 fine, 1 the program or the data has errors, 2 the command was called wrongly.
import { Command, CommanderError, Option } from "commander";
import { type CommandContext, type CommandInput, EXIT, UsageError } from "./commands/context.ts";
import { COMMANDS, type CommandRow, type OptionRow } from "./commands/table.ts";
import { VERSION } from "../base/version.ts";

function addOption(command: Command, row: OptionRow): void {
  const flags = row.value === undefined ? row.flags : `${row.flags} <${row.value}>`;
  const option = new Option(flags, row.doc);
  if (row.choices !== undefined) option.choices(row.choices);
  if (row.repeatable === true) {
    option.default([], "none");
    option.argParser((value: string, previous: readonly string[]) => [...previous, value]);
  }
  command.addOption(option);
}

function addCommand(
  program: Command,
  words: string,
  row: CommandRow,
  run: (row: CommandRow, input: CommandInput) => Promise<void>,
): void {
  let parent = program;
  const path = words.split(" ");
  for (const word of path.slice(0, -1)) {
    const found = parent.commands.find((candidate) => candidate.name() === word);
    parent = found ?? parent.command(word).description(`Commands on ${word}.`);
  }
  const command = parent.command(path.at(-1) ?? words).description(row.summary);
  for (const argument of row.arguments) {
    const inner = argument.variadic === true ? `${argument.name}...` : argument.name;
    command.argument(argument.required === true ? `<${inner}>` : `[${inner}]`, argument.doc);
  }
  for (const option of row.options) addOption(command, option);
  command.addHelpText("after", `\nExamples:\n${row.examples.map((example) => `  $ ${example}`).join("\n")}`);
  command.action(async (...parts: unknown[]) => {
    const positional = parts.slice(0, row.arguments.length) as CommandInput["arguments"];
    await run(row, { arguments: positional, options: command.opts() });
  });
}

/** Makes the parser; `run` carries a parsed command out. */
export function buildProgram(
  context: CommandContext,
  run: (row: CommandRow, input: CommandInput) => Promise<void>,
): Command {
  const program = new Command("gobic")
    .description("PL-GRIZZLY: typed procedures, functions and embedded SQL for databases.")
    .version(VERSION)
    .option("--no-color", "Print without colours.")
    .showHelpAfterError("(gobic --help shows the commands)")
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.write(text), writeErr: (text) => context.writeError(text) });
  for (const [words, row] of Object.entries(COMMANDS)) addCommand(program, words, row, run);
  copySettings(program, program);
  return program;
}

/** Sub-commands answer errors and print help as the program itself does. */
function copySettings(program: Command, command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(program);
    copySettings(program, child);
  }
}

/** Runs the command line `argv` (without node and script) and gives the exit code. */
export async function main(context: CommandContext, argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = buildProgram(context, async (row, input) => {
    const handler = await row.load();
    exitCode = await handler(context, input);
  });
  if (argv.length === 0) {
    context.writeError(program.helpInformation());
    return EXIT.usage;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof UsageError) {
      context.writeError(`gobic: ${error.message}\n`);
      return EXIT.usage;
    }
    throw error;
  }
}
