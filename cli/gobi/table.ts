// The table of gobi's commands. Most act on one kind of object (procedures, schedules, runs, …) and are the statements of the language by other words:
// objects.ts makes the statement. Help, completion and the reference page derive from this table.
import type { CommandRow, OptionRow, ProgramRow } from "../commands/table.ts";
import { OBJECT_COMMANDS, type ObjectCommand, OBJECT_NOUNS, type ObjectNoun } from "./object-table.ts";

const DATABASE: OptionRow = { flags: "--db", value: "file", doc: "SQLite database to work on (default: GOBI_DB)." };
const JSON_OUTPUT: OptionRow = { flags: "--json", doc: "Print JSON for programs." };

function objectRow(noun: ObjectNoun, command: ObjectCommand): CommandRow {
  const words = `${noun} ${command.verb}`;
  return {
    summary: command.summary,
    arguments: command.argument === undefined ? [] : [command.argument],
    options: [DATABASE, JSON_OUTPUT, ...command.options],
    examples: command.examples.map((example) => `gobi ${words}${example === "" ? "" : ` ${example}`} --db shop.db`),
    load: async () => {
      const { objectHandler } = await import("./objects.ts");
      return objectHandler(command);
    },
  };
}

const OBJECT_ROWS: Readonly<Record<string, CommandRow>> = Object.fromEntries(
  OBJECT_NOUNS.flatMap((noun) =>
    OBJECT_COMMANDS[noun].map((command) => [`${noun} ${command.verb}`, objectRow(noun, command)] as const),
  ),
);

/** The program that looks after databases: what is stored, what runs, what ran. */
export const GOBI: ProgramRow = {
  name: "gobi",
  description: "PL-GRIZZLY: administration of a database with its procedures, triggers, schedules, pipelines and runs.",
  commands: OBJECT_ROWS,
  aliases: Object.fromEntries(OBJECT_NOUNS.map((noun) => [noun, noun.slice(0, -1)])),
};
