// The table of gobi's commands. Most act on one kind of object (procedures, schedules, runs, …) and are the statements of the language by other words:
// objects.ts makes the statement. Help, completion and the reference page derive from this table.
import type { ArgumentRow, CommandRow, OptionRow, ProgramRow } from "../commands/table.ts";
import { CLIENT_ROWS } from "./client-rows.ts";
import { DAEMON_ROWS } from "./daemon/rows.ts";
import { OBJECT_COMMANDS } from "./object-table.ts";
import { type ObjectCommand, OBJECT_NOUNS, type ObjectNoun } from "./object-types.ts";

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

const SETTING: ArgumentRow = { name: "name", doc: "Name of the setting.", required: true };

const MIGRATED: ArgumentRow = {
  name: "folder",
  doc: "Folder that is or can be mounted. Default: GOBI_HOME, the folder around the current one, the only daemon.",
};
const MIGRATION_PLACE: readonly OptionRow[] = [
  {
    flags: "--db",
    value: "file",
    doc: "Database file, without a folder that is mounted; it is made when it is missing.",
  },
  {
    flags: "--from",
    value: "folder",
    doc: "Folder of the migrations (default: migrations.folder of the configuration).",
  },
];

const NAMESPACE: OptionRow = {
  flags: "--for",
  value: "mount",
  doc: "Name of the mount that they are for: another one that has this one as its gateway.host_database (default: this one).",
};

const CALL_ROW: CommandRow = {
  summary: "Call it and print what it returns.",
  arguments: [
    { name: "name", doc: "Procedure or function.", required: true },
    { name: "values", doc: "Arguments in order: JSON, or else text.", variadic: true },
  ],
  options: [
    DATABASE,
    {
      flags: "--arg",
      value: "name=value",
      doc: "An argument by name; the value is JSON, or else text. May be repeated.",
      repeatable: true,
    },
  ],
  examples: ["gobi procedures run daily_etl source target --db shop.db"],
  load: async () => (await import("./call.ts")).callOnDatabase,
};

const OWN_ROWS: Readonly<Record<string, CommandRow>> = {
  "run-scheduler": {
    summary: "Run the schedules of a database in the foreground, until SIGTERM or Ctrl-C.",
    arguments: [],
    options: [
      DATABASE,
      { flags: "--concurrency", value: "n", doc: "Runs at the same time (default 10)." },
      { flags: "--shutdown", value: "time", doc: "How long running work may go on after the signal (default 30s)." },
      {
        flags: "--allow-host",
        value: "host",
        doc: "Host of a private network or of this machine that webhooks and hooks may reach. May be repeated.",
        repeatable: true,
      },
      { flags: "--allow-all-hosts", doc: "Webhooks and hooks may reach every address." },
      { flags: "--json", doc: "Log lines as JSON." },
    ],
    examples: [
      "gobi run-scheduler --db shop.db",
      "gobi run-scheduler --db shop.db --concurrency 4 --allow-host localhost",
    ],
    load: async () => (await import("./run-scheduler.ts")).runSchedulerCommand,
  },
  "schedules next": {
    summary: "The coming times of a schedule.",
    arguments: [{ name: "name", doc: "Schedule.", required: true }],
    options: [
      DATABASE,
      { flags: "-n, --count", value: "count", doc: "How many (default 5)." },
      { flags: "--tz", value: "zone", doc: "Time zone of the times shown (default: the schedule's)." },
      JSON_OUTPUT,
    ],
    examples: [
      "gobi schedules next nightly -n 10 --db shop.db",
      "gobi schedules next nightly --tz Asia/Tokyo --db shop.db",
    ],
    load: async () => (await import("./schedules-next.ts")).schedulesNextCommand,
  },
  "procedures run": CALL_ROW,
  "functions run": { ...CALL_ROW, examples: ["gobi functions run total 3 --db shop.db"] },
  "settings list": {
    summary: "Settings of schedules and runs, with their defaults.",
    arguments: [],
    options: [DATABASE, JSON_OUTPUT],
    examples: ["gobi settings list --db shop.db"],
    load: async () => (await import("./settings.ts")).settingsListCommand,
  },
  "settings set": {
    summary: "Set a setting; it holds from the next start of the scheduler on.",
    arguments: [SETTING, { name: "value", doc: "For example 30s, 90d, 100.", required: true }],
    options: [DATABASE],
    examples: ["gobi settings set retention.runs 30d --db shop.db"],
    load: async () => (await import("./settings.ts")).settingsSetCommand,
  },
  "settings unset": {
    summary: "Take a setting back to its default.",
    arguments: [SETTING],
    options: [DATABASE],
    examples: ["gobi settings unset retention.runs --db shop.db"],
    load: async () => (await import("./settings.ts")).settingsUnsetCommand,
  },
  "audit verify": {
    summary: "Check that no row of the audit log was changed, removed or put in; exit code 1 when one was.",
    arguments: [],
    options: [
      DATABASE,
      {
        flags: "--expect",
        value: "hash",
        doc: "A hash that an earlier check has told: it must still be in the log, which shows whether all of it was made anew.",
      },
      JSON_OUTPUT,
    ],
    examples: ["gobi audit verify --db shop.db"],
    finishes: true,
    load: async () => (await import("./audit.ts")).auditVerifyCommand,
  },
  "queries load": {
    summary: "Load query templates for the gateway: files, or folders with .sql files.",
    arguments: [
      {
        name: "files",
        doc: "Files of templates; each begins with `-- @query <number> <name>`.",
        variadic: true,
        required: true,
      },
    ],
    options: [DATABASE, NAMESPACE],
    examples: ["gobi queries load queries/ --db shop.db", "gobi queries load b/ --db host.db --for b"],
    finishes: true,
    load: async () => (await import("./queries.ts")).queriesLoadCommand,
  },
  "queries list": {
    summary: "Query templates of the gateway.",
    arguments: [],
    options: [DATABASE, JSON_OUTPUT],
    examples: ["gobi queries list --db shop.db"],
    load: async () => (await import("./queries.ts")).queriesListCommand,
  },
  "queries remove": {
    summary: "Remove a query template.",
    arguments: [{ name: "id", doc: "Number of the query.", required: true }],
    options: [
      DATABASE,
      NAMESPACE,
      { flags: "--cascade", doc: "Also when pipelines use it: their steps cannot run until it is there again." },
    ],
    examples: ["gobi queries remove 57 --db shop.db"],
    load: async () => (await import("./queries.ts")).queriesRemoveCommand,
  },
  migrate: {
    summary: "Apply the migrations of a folder that are not applied yet; --verify tries them on a copy instead.",
    arguments: [MIGRATED],
    options: [
      ...MIGRATION_PLACE,
      {
        flags: "--verify",
        doc: "Up, down and up again on a scratch copy must give the same schema; the database is not touched.",
      },
    ],
    examples: ["gobi migrate shop", "gobi migrate --verify", "gobi migrate --db shop.db --from migrations"],
    finishes: true,
    load: async () => (await import("./migrate.ts")).migrateCommand,
  },
  "migrate status": {
    summary: "Which migrations are there, recorded and applied. Exit code 1 when one is not applied.",
    arguments: [MIGRATED],
    options: [...MIGRATION_PLACE, JSON_OUTPUT],
    examples: ["gobi migrate status shop"],
    load: async () => (await import("./migrate.ts")).migrateStatusCommand,
  },
  "deadletters replay": {
    summary: "Write again what the database had refused: all dead letters, or one.",
    arguments: [{ name: "seq", doc: "Number of the letter." }],
    options: [DATABASE],
    examples: ["gobi deadletters replay --db shop.db", "gobi deadletters replay 3 --db shop.db"],
    finishes: true,
    load: async () => (await import("./dead-letters.ts")).deadLettersReplayCommand,
  },
};

/** The program that looks after databases: what is stored, what runs, what ran. */
export const GOBI: ProgramRow = {
  name: "gobi",
  description: "PL-GRIZZLY: administration of a database with its procedures, triggers, schedules, pipelines and runs.",
  commands: { ...DAEMON_ROWS, ...CLIENT_ROWS, ...OWN_ROWS, ...OBJECT_ROWS },
  aliases: { ...Object.fromEntries(OBJECT_NOUNS.map((noun) => [noun, noun.slice(0, -1)])), daemon: "service" },
};
