// The table of gobic's commands: names, arguments, options, examples and where the handler is.
// Help, shell completion, the reference page and the argument parser all derive from it.
import type { CommandHandler } from "./context.ts";

/** A positional argument. */
export interface ArgumentRow {
  readonly name: string;
  readonly doc: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
}
/** An option. `value` names its value; without it the option is a flag. */
export interface OptionRow {
  readonly flags: string;
  readonly value?: string;
  readonly doc: string;
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
}
/** A command. */
export interface CommandRow {
  readonly summary: string;
  readonly arguments: readonly ArgumentRow[];
  readonly options: readonly OptionRow[];
  readonly examples: readonly string[];
  /** True where the exit code or the work counts, also when the reader of the output goes away (`gobic check . | head`). Others end then. */
  readonly finishes?: true;
  /** Loaded only when the command runs, so that `check` does not pay for the others. */
  readonly load: () => Promise<CommandHandler>;
}

const DATABASE: OptionRow = { flags: "--db", value: "file", doc: "SQLite database to work on." };
const SCHEMA: OptionRow = {
  flags: "--schema",
  value: "file",
  doc: "Schema to check against: a .sql file with DDL, or a gobi.schema.json. Default: the nearest gobi.schema.json.",
};
const JSON_OUTPUT: OptionRow = { flags: "--json", doc: "Print JSON for programs." };
const LIMIT_OPTIONS: readonly OptionRow[] = [
  { flags: "--timeout", value: "time", doc: "Stop after this time: 500ms, 5s, 2m." },
  { flags: "--fuel", value: "n", doc: "Stop after this much work (see the opcode reference)." },
  { flags: "--memory", value: "size", doc: "Stop above this much live data: 256MB, 1GB (default 1GB)." },
  { flags: "--depth", value: "n", doc: "Nested calls allowed (default 10000)." },
  { flags: "--rows", value: "n", doc: "Rows that one call may read." },
];
const FORMAT: OptionRow = {
  flags: "--format",
  value: "format",
  doc: "How results are printed.",
  choices: ["table", "json", "csv", "arrow"],
};
const ARGUMENT: OptionRow = {
  flags: "--arg",
  value: "name=value",
  doc: "Set a script variable; the value is JSON, or else text. May be repeated.",
  repeatable: true,
};
const PATHS: ArgumentRow = { name: "paths", doc: "Files or folders; - reads standard input.", variadic: true };

/** A program of the package with its commands. */
export interface ProgramRow {
  readonly name: string;
  readonly description: string;
  readonly commands: Readonly<Record<string, CommandRow>>;
  /** Other words for the first word of commands: `procedure` for `procedures`. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** Every command by the words that call it. */
export const COMMANDS = {
  check: {
    summary: "Find mistakes: syntax, names, types, null, SQL, errors that may escape.",
    arguments: [PATHS],
    options: [
      DATABASE,
      SCHEMA,
      { flags: "--strict", doc: "Late-bound tables and routines, and undeclared raises, are errors." },
      JSON_OUTPUT,
    ],
    examples: [
      "gobic check etl.grz --schema schema.sql",
      "gobic check . --db shop.db --strict",
      "gobic check etl.grz --json",
    ],
    finishes: true,
    load: async () => (await import("./check.ts")).checkCommand,
  },
  run: {
    summary: "Run a file or a text, by default in an empty in-memory database.",
    arguments: [{ name: "file", doc: "File to run; - reads standard input." }],
    options: [
      { flags: "-e, --execute", value: "text", doc: "Run this text instead of a file." },
      DATABASE,
      ARGUMENT,
      FORMAT,
      ...LIMIT_OPTIONS,
      { flags: "--read-only", doc: "Refuse to write." },
    ],
    examples: [
      "gobic run etl.grz --db shop.db",
      `gobic run -e "SELECT 1 + 1 AS two" --format json`,
      "gobic run report.grz --arg day=2026-01-31 --timeout 5s",
    ],
    load: async () => (await import("./run.ts")).runCommand,
  },
  call: {
    summary: "Call a stored procedure or function and print what it returns.",
    arguments: [
      { name: "name", doc: "Procedure or function.", required: true },
      { name: "values", doc: "Arguments in order: JSON, or else text.", variadic: true },
    ],
    options: [DATABASE, ARGUMENT, FORMAT, ...LIMIT_OPTIONS],
    examples: ["gobic call daily_etl source target --db shop.db", "gobic call total --arg customer=3 --db shop.db"],
    load: async () => (await import("./call.ts")).callCommand,
  },
  fmt: {
    summary: "Format files in place.",
    arguments: [PATHS],
    options: [
      { flags: "--check", doc: "Change nothing; exit 1 when a file would change." },
      {
        flags: "--diff",
        doc: "Change nothing; print what would change as a diff, and exit 1 when there is something.",
      },
      { flags: "--stdin", doc: "Read standard input and print it formatted; the same as the path -." },
    ],
    examples: ["gobic fmt .", "gobic fmt --check etl.grz", "gobic fmt --diff .", "gobic fmt --stdin < etl.grz"],
    finishes: true,
    load: async () => (await import("./fmt.ts")).fmtCommand,
  },
  test: {
    summary: "Run the test blocks of files; everything is rolled back.",
    arguments: [PATHS],
    options: [
      DATABASE,
      { flags: "--filter", value: "text", doc: "Only tests whose name contains this text." },
      JSON_OUTPUT,
      { flags: "--coverage", doc: "Print the lines that no test ran." },
    ],
    examples: ["gobic test etl.grz --db shop.db", "gobic test . --filter refund --json"],
    finishes: true,
    load: async () => (await import("./test.ts")).testCommand,
  },
  explain: {
    summary: "Explain a diagnostic code, with an example that fails and one that is mended.",
    arguments: [{ name: "code", doc: "For example E3014.", required: true }],
    options: [],
    examples: ["gobic explain E3001"],
    load: async () => (await import("./explain.ts")).explainCommand,
  },
  effects: {
    summary: "Print what each routine reads, writes, calls and raises.",
    arguments: [PATHS],
    options: [DATABASE, SCHEMA, JSON_OUTPUT],
    examples: ["gobic effects etl.grz --schema schema.sql"],
    load: async () => (await import("./effects.ts")).effectsCommand,
  },
  disassemble: {
    summary: "Print the verified bytecode of a file.",
    arguments: [{ name: "file", doc: "File to compile.", required: true }],
    options: [DATABASE],
    examples: ["gobic disassemble etl.grz"],
    load: async () => (await import("./disassemble.ts")).disassembleCommand,
  },
  "schema pull": {
    summary: "Write the schema of a database to gobi.schema.json, for checks without the database.",
    arguments: [],
    options: [
      { ...DATABASE, doc: "SQLite database to read." },
      { flags: "--out", value: "file", doc: "File to write (default gobi.schema.json)." },
    ],
    examples: ["gobic schema pull --db shop.db"],
    load: async () => (await import("./schema.ts")).schemaPullCommand,
  },
  repl: {
    summary: "Work interactively.",
    arguments: [],
    options: [
      DATABASE,
      FORMAT,
      { flags: "--read-only", doc: "Refuse to write." },
      {
        flags: "--attach",
        value: "target",
        doc: "Work on a daemon: Gobi for the one of this machine, or a folder, name or address as `gobi sql` takes it.",
      },
    ],
    examples: ["gobic repl --db shop.db", "gobic repl --attach Gobi"],
    load: async () => (await import("./repl.ts")).replCommand,
  },
  lsp: {
    summary: "Serve editors: the language server protocol on standard input and output.",
    arguments: [],
    options: [{ flags: "--stdio", doc: "Standard input and output, which is the only way; editors pass it." }],
    examples: ["gobic lsp --stdio"],
    load: async () => (await import("./lsp.ts")).lspCommand,
  },
  completion: {
    summary: "Print a completion script for a shell.",
    arguments: [{ name: "shell", doc: "bash, zsh or fish.", required: true }],
    options: [],
    examples: ["gobic completion bash > ~/.local/share/bash-completion/completions/gobic"],
    load: async () => (await import("./completion.ts")).completionCommand,
  },
} as const satisfies Record<string, CommandRow>;

/** The program that needs no daemon: check, run, test, format. */
export const GOBIC: ProgramRow = {
  name: "gobic",
  description: "PL-GRIZZLY: typed procedures, functions and embedded SQL for databases.",
  commands: COMMANDS,
  aliases: {},
};
