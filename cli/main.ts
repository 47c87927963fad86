// Builds the argument parser of a program from its command table, runs one command and gives its exit code.
// Exit codes: 0 fine, 1 the program or the data has errors, 2 the command was called wrongly.
import { Command, CommanderError, Option } from "commander";
import { type CommandContext, type CommandInput, EXIT, UsageError } from "./commands/context.ts";
import { type CommandRow, GOBIC, type OptionRow, type ProgramRow } from "./commands/table.ts";
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
  aliases: ProgramRow["aliases"],
  run: (row: CommandRow, input: CommandInput) => Promise<void>,
): void {
  let parent = program;
  const path = words.split(" ");
  for (const word of path.slice(0, -1)) {
    const found = parent.commands.find((candidate) => candidate.name() === word);
    parent = found ?? group(parent, word, aliases[word]);
  }
  const command = parent.command(path.at(-1) ?? words).description(row.summary);
  for (const argument of row.arguments) {
    const inner = argument.variadic === true ? `${argument.name}...` : argument.name;
    command.argument(argument.required === true ? `<${inner}>` : `[${inner}]`, argument.doc);
  }
  // A word that is a command of its own and has others below it: `gobi daemon`, `gobi daemon stop`.
  const alias = path.length === 1 ? aliases[words] : undefined;
  if (alias !== undefined) command.alias(alias);
  for (const option of row.options) addOption(command, option);
  // The program's own option may stand behind any word; process-context.ts reads it.
  command.addOption(new Option("--no-color").hideHelp());
  command.addHelpText("after", `\nExamples:\n${row.examples.map((example) => `  $ ${example}`).join("\n")}`);
  command.action(async (...parts: unknown[]) => {
    const positional = parts.slice(0, row.arguments.length) as CommandInput["arguments"];
    await run(row, { arguments: positional, options: command.opts() });
  });
}

/** The command of a first word that has others below it. */
function group(parent: Command, word: string, alias: string | undefined): Command {
  const made = parent.command(word).description(`Commands on ${word}.`);
  return alias === undefined ? made : made.alias(alias);
}

/** Makes the parser; `run` carries a parsed command out. */
export function buildProgram(
  context: CommandContext,
  { name, description, commands, aliases }: ProgramRow,
  run: (row: CommandRow, input: CommandInput) => Promise<void>,
): Command {
  const program = new Command(name)
    .description(description)
    .version(VERSION)
    .option("--no-color", "Print without colours.")
    // `gobi daemon status --json`: an option belongs to the last word before it.
    .enablePositionalOptions()
    .showHelpAfterError(`(${name} --help shows the commands)`)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.write(text), writeErr: (text) => context.writeError(text) });
  for (const [words, row] of Object.entries(commands)) addCommand(program, words, row, aliases, run);
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
export async function main(context: CommandContext, argv: readonly string[], of: ProgramRow = GOBIC): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = buildProgram(context, of, async (row, input) => {
    const handler = await row.load();
    if (row.finishes === true) context.finishUnread?.();
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
      context.writeError(`${of.name}: ${error.message}\n`);
      return EXIT.usage;
    }
    const failure = (await import("./output/failures.ts")).failureText(context.errorStyle, error);
    if (failure === undefined) throw error;
    context.writeError(`${of.name}: ${failure}\n`);
    return EXIT.failed;
  }
}
