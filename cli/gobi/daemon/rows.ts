// Rows of gobi's command table about daemons: mounting, looking at them, ending them, their configuration and logs.
import type { ArgumentRow, CommandRow, OptionRow } from "../../commands/table.ts";

const FOLDER: ArgumentRow = {
  name: "folder",
  doc: "Mounted folder, or a name from gobi daemon list. Default: GOBI_HOME, the folder around the current one, the only daemon, the registered folder.",
};
const JSON_OUTPUT: OptionRow = { flags: "--json", doc: "Print JSON for programs." };
const CONFIG: OptionRow = {
  flags: "--config",
  value: "file",
  doc: "Configuration in place of gobi.toml in the folder.",
};
const SET: OptionRow = {
  flags: "--set",
  value: "key=value",
  doc: "A key of the configuration; stronger than the environment and the file. May be repeated.",
  repeatable: true,
};
const MOUNT_OPTIONS: readonly OptionRow[] = [
  { flags: "--foreground", doc: "Stay attached: the log goes to the error output, Ctrl-C lands." },
  { flags: "--supervise", doc: "Start the daemon again when it dies." },
  CONFIG,
  SET,
  JSON_OUTPUT,
];
const STOP_OPTIONS: readonly OptionRow[] = [
  { flags: "--wait", value: "time", doc: "How long it may take to land (default 40s)." },
  { flags: "--force", doc: "Kill what has not landed by then." },
];

const STATUS_ROW: CommandRow = {
  summary: "What runs and how it is. Exit code 0 ready, 1 not well or dead without landing, 3 not running.",
  arguments: [FOLDER],
  options: [JSON_OUTPUT],
  examples: ["gobi daemon status", "gobi daemon status shop --json"],
  load: async () => (await import("./status.ts")).daemonStatusCommand,
};

/** Commands about daemons by the words that call them. */
export const DAEMON_ROWS: Readonly<Record<string, CommandRow>> = {
  init: {
    summary: "Make a folder that can be mounted: an empty database and a gobi.toml.",
    arguments: [{ name: "folder", doc: "Folder to make.", required: true }],
    options: [
      { flags: "--global", doc: "Register it as the folder that gobi daemon start mounts." },
      { flags: "--adopt", doc: "Allow a folder that holds files; they stay as they are." },
    ],
    examples: ["gobi init shop", "gobi init --global /var/lib/gobi"],
    load: async () => (await import("./mount.ts")).initCommand,
  },
  mount: {
    summary: "Start a daemon on a folder; returns when it accepts clients. Makes the folder when it is missing.",
    arguments: [{ name: "folder", doc: "Folder to mount.", required: true }],
    options: MOUNT_OPTIONS,
    examples: ["gobi mount shop", "gobi mount shop --supervise --set lanes.fast.max=8"],
    load: async () => (await import("./mount.ts")).mountCommand,
  },
  unmount: {
    summary: "End the daemon of a folder: requests and runs under way may end first.",
    arguments: [FOLDER],
    options: STOP_OPTIONS,
    examples: ["gobi unmount shop", "gobi unmount shop --wait 5s --force"],
    load: async () => (await import("./stop.ts")).unmountCommand,
  },
  daemon: STATUS_ROW,
  "daemon start": {
    summary: "Mount the folder that is meant: the registered one, unless another is named.",
    arguments: [FOLDER],
    options: MOUNT_OPTIONS,
    examples: ["gobi daemon start"],
    load: async () => (await import("./mount.ts")).daemonStartCommand,
  },
  "daemon stop": {
    summary: "End the daemon. Exit code 3 when none runs.",
    arguments: [FOLDER],
    options: STOP_OPTIONS,
    examples: ["gobi daemon stop"],
    load: async () => (await import("./stop.ts")).daemonStopCommand,
  },
  "daemon status": STATUS_ROW,
  "daemon restart": {
    summary: "End the daemon and start it again as it was mounted.",
    arguments: [FOLDER],
    options: [...STOP_OPTIONS, JSON_OUTPUT],
    examples: ["gobi daemon restart"],
    load: async () => (await import("./mount.ts")).daemonRestartCommand,
  },
  "daemon reload": {
    summary: "Have the daemon read its configuration again, as SIGHUP does.",
    arguments: [FOLDER],
    options: [],
    examples: ["gobi daemon reload"],
    load: async () => (await import("./ask.ts")).reloadCommand,
  },
  "daemon list": {
    summary: "All daemons of this user.",
    arguments: [],
    options: [JSON_OUTPUT],
    examples: ["gobi daemon list"],
    load: async () => (await import("./status.ts")).daemonListCommand,
  },
  "config show": {
    summary: "Every key of the configuration with the value that holds; secrets are not shown.",
    arguments: [FOLDER],
    options: [{ flags: "--origin", doc: "Also where each value comes from." }, CONFIG, SET, JSON_OUTPUT],
    examples: ["gobi config show --origin"],
    load: async () => (await import("./config.ts")).configShowCommand,
  },
  "config check": {
    summary: "Look for mistakes in the configuration: unknown keys, wrong values, what does not fit together.",
    arguments: [FOLDER],
    options: [CONFIG, SET, JSON_OUTPUT],
    examples: ["gobi config check shop"],
    load: async () => (await import("./config.ts")).configCheckCommand,
  },
  logs: {
    summary: "The last lines of the daemon's log.",
    arguments: [FOLDER],
    options: [
      { flags: "-n, --lines", value: "count", doc: "How many (default 50)." },
      {
        flags: "--level",
        value: "level",
        doc: "Only this level and above.",
        choices: ["debug", "info", "warn", "error"],
      },
      { flags: "-f, --follow", doc: "Go on with the lines that come, until Ctrl-C." },
    ],
    examples: ["gobi logs --level warn", "gobi logs shop --follow"],
    load: async () => (await import("./logs.ts")).logsCommand,
  },
  "sessions list": {
    summary: "Sessions of the daemon: whose they are, what they run and wait for.",
    arguments: [FOLDER],
    options: [JSON_OUTPUT],
    examples: ["gobi sessions list", "gobi sessions list shop --json"],
    load: async () => (await import("./room.ts")).listCommand("sessions"),
  },
  "sessions kill": {
    summary: "End a session; what it had open is undone.",
    arguments: [{ name: "session", doc: "Number of the session.", required: true }, FOLDER],
    options: [JSON_OUTPUT],
    examples: ["gobi sessions kill 12", "gobi sessions kill 12 shop"],
    load: async () => (await import("./room.ts")).killCommand("session"),
  },
  "lanes list": {
    summary: "The Lead and its lanes: state, requests, times.",
    arguments: [FOLDER],
    options: [JSON_OUTPUT],
    examples: ["gobi lanes list", "gobi lanes list shop --json"],
    load: async () => (await import("./room.ts")).listCommand("lanes"),
  },
  "lanes kill": {
    summary: "Kill the process of a lane: it is replaced, its sessions end.",
    arguments: [{ name: "lane", doc: "Label of the lane.", required: true }, FOLDER],
    options: [JSON_OUTPUT],
    examples: ["gobi lanes kill DQM-shop-01-M"],
    load: async () => (await import("./room.ts")).killCommand("lane"),
  },
  "locks list": {
    summary: "Locks that sessions hold or wait for.",
    arguments: [FOLDER],
    options: [JSON_OUTPUT],
    examples: ["gobi locks list"],
    load: async () => (await import("./room.ts")).listCommand("locks"),
  },
  doctor: {
    summary: "Examine a mount and everything it needs; names what is not well.",
    arguments: [FOLDER],
    options: [JSON_OUTPUT],
    examples: ["gobi doctor", "gobi doctor shop --json"],
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  metrics: {
    summary: "Metrics of the daemon, in the text format of Prometheus.",
    arguments: [FOLDER],
    options: [],
    examples: ["gobi metrics shop"],
    load: async () => (await import("./ask.ts")).metricsCommand,
  },
};
