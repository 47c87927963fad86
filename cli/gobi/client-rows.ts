// Commands of gobi that are clients of a daemon: rows of the table of commands.
import type { ArgumentRow, CommandRow, OptionRow } from "../commands/table.ts";
import { SECTION_NAMES } from "../tui/section-names.ts";
import { DAEMON_OPTIONS, TARGET } from "./daemon-options.ts";

const FORMAT: OptionRow = {
  flags: "--format",
  value: "format",
  doc: "How results are printed.",
  choices: ["table", "json", "csv", "arrow"],
};

const FEED: ArgumentRow = { name: "feed", doc: "Name of the feed.", required: true };

/** Clients of a daemon. */
export const CLIENT_ROWS: Readonly<Record<string, CommandRow>> = {
  sql: {
    summary: "Run statements on a daemon: from -c, a file, a pipe or the terminal.",
    arguments: [TARGET],
    options: [
      {
        flags: "-c, --command",
        value: "text",
        doc: "Statements to run. May be repeated: one text after the other.",
        repeatable: true,
      },
      { flags: "-f, --file", value: "file", doc: "File with statements to run; - is standard input." },
      FORMAT,
      {
        flags: "--arg",
        value: "name=value",
        doc: "Value of :name; JSON, or else text. May be repeated.",
        repeatable: true,
      },
      { flags: "--timeout", value: "time", doc: "Stop after this time: 5s, 2m." },
      { flags: "--rows", value: "n", doc: "Rows that one result may have." },
      ...DAEMON_OPTIONS,
    ],
    examples: [
      "gobi sql",
      'gobi sql /srv/shop -c "SELECT count(*) FROM orders"',
      "gobi sql shop -f month.grz --arg month=7",
      'gobi sql -c "SELECT * FROM orders" --format csv | head',
      "gobi sql gobi://db.example.com:7171 --token-file token.txt",
    ],
    load: async () => (await import("./sql.ts")).sqlCommand,
  },
  attach: {
    summary: "Work interactively on a daemon, as `gobi sql` without statements does.",
    arguments: [
      { name: "service", doc: "The word Gobi, as the statement ATTACH Gobi has it, or a target of `gobi sql`." },
    ],
    options: [{ ...FORMAT, choices: ["table", "json", "csv"] }, ...DAEMON_OPTIONS],
    examples: ["gobi attach Gobi", "gobi attach /srv/shop"],
    load: async () => (await import("./sql.ts")).attachCommand,
  },
  "events register": {
    summary: "Register a feed: what happens to a table from now on, by whatever program, custom events, or deadlocks.",
    arguments: [FEED, TARGET],
    options: [
      { flags: "--table", value: "table", doc: "Rows that are inserted, updated and deleted in it." },
      {
        flags: "--event",
        value: "name",
        doc: "Events that programs raise with INSERT INTO <name> (data) VALUES ('…').",
      },
      { flags: "--deadlocks", doc: "Sessions that had to give up because they waited for each other." },
      ...DAEMON_OPTIONS,
    ],
    examples: [
      "gobi events register billing --table orders",
      "gobi events register alarms shop --event price_alarm",
      "gobi events register circles --deadlocks",
    ],
    load: async () => (await import("./events.ts")).eventsRegisterCommand,
  },
  "events unregister": {
    summary: "Take a feed away, with the triggers that only it needed.",
    arguments: [FEED, TARGET],
    options: DAEMON_OPTIONS,
    examples: ["gobi events unregister billing"],
    load: async () => (await import("./events.ts")).eventsUnregisterCommand,
  },
  "events list": {
    summary: "List the feeds: how far each has come, how many events wait.",
    arguments: [TARGET],
    options: [{ flags: "--json", doc: "Print JSON for programs." }, ...DAEMON_OPTIONS],
    examples: ["gobi events list shop"],
    load: async () => (await import("./events.ts")).eventsListCommand,
  },
  "events listen": {
    summary: "Print the events of a feed, one line of JSON each, from the last one on that was confirmed.",
    arguments: [FEED, TARGET],
    options: [
      { flags: "--count", value: "n", doc: "End after so many events (default: go on until Ctrl-C)." },
      ...DAEMON_OPTIONS,
    ],
    examples: ["gobi events listen billing", "gobi events listen billing shop --count 1"],
    load: async () => (await import("./events.ts")).eventsListenCommand,
  },
  tui: {
    summary: "Look after a daemon on a screen: lists, details, runs, sessions, actions. Press ? there for the keys.",
    arguments: [
      { name: "section", doc: `Section to begin with: ${SECTION_NAMES.join(", ")}. Default overview.` },
      { ...TARGET, doc: `${TARGET.doc} May stand in place of a section.` },
    ],
    options: [
      { flags: "--db", value: "file", doc: "Work on a database file, without a daemon (default: GOBI_DB)." },
      ...DAEMON_OPTIONS,
    ],
    examples: ["gobi tui", "gobi tui runs", "gobi tui schedules shop", "gobi tui procedures --db shop.db"],
    load: async () => (await import("./tui.ts")).tuiCommand,
  },
  "generate client": {
    summary: "Write a TypeScript file with a typed function for each stored procedure and function.",
    arguments: [TARGET],
    options: [
      { flags: "--db", value: "file", doc: "Read a database file instead of asking a daemon." },
      { flags: "--out", value: "file", doc: "File to write (default: standard output)." },
      {
        flags: "--int",
        value: "how",
        doc: "How ints come, as connect() was told: auto (default) or bigint.",
        choices: ["auto", "bigint"],
      },
      { flags: "--from", value: "package", doc: "Package of the client's types (default pl-grizzly)." },
      ...DAEMON_OPTIONS,
    ],
    examples: ["gobi generate client shop --out src/shop.ts", "gobi generate client --db shop.gobi --int bigint"],
    load: async () => (await import("./generate-client.ts")).generateClientCommand,
  },
};
