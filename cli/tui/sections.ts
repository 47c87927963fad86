// The sections of the terminal interface: one table. Lists, details and actions are the statements of gobi's commands (cli/gobi/object-table.ts), by other keys.
import { OBJECT_COMMANDS } from "../gobi/object-table.ts";
import type { ObjectNoun } from "../gobi/object-types.ts";
import { objectRequest, SPELLING } from "../gobi/object-request.ts";
import { required } from "../../base/failure.ts";
import { SECTION_NAMES, type SectionName } from "./section-names.ts";

/** A row by its columns' names. */
export type RowFields = Readonly<Record<string, string | null>>;

/** What an action does: a statement, or an action of SERVICE_CONTROL. */
export type Deed =
  | { readonly kind: "statement"; readonly text: string }
  | { readonly kind: "control"; readonly action: string; readonly argument: unknown };

/** One thing that can be done with a row. It is shown as it will be sent, and confirmed. */
export interface ActionRow {
  readonly key: string;
  readonly name: string;
  readonly doc: string;
  /** What the user is asked for first, with an example; undefined: nothing. */
  readonly asks?: (row: RowFields) => string | undefined;
  readonly deed: (row: RowFields, given: string) => Deed;
}

/** One page about a row. */
export interface DetailRow {
  readonly name: string;
  readonly statement: (id: string) => string;
}

/** One list of a section. */
export interface BlockRow {
  readonly title: string;
  /** Where the rows come from: a statement, or what the screen itself knows (`health` of the daemon, `feed` of events). */
  readonly from: { readonly statement: string } | { readonly own: "health" | "feed" };
  /** False (default): a daemon is needed. */
  readonly inFile?: boolean;
}

/** One section. */
export interface SectionRow {
  readonly key: string;
  readonly doc: string;
  /** The first is the list whose rows are chosen, unless `isReport`. */
  readonly blocks: readonly BlockRow[];
  /** True: blocks stand one below the other and rows are read, not chosen. */
  readonly isReport?: boolean;
  /** Topics of events after which it is loaded again. */
  readonly topics: readonly string[];
  /** Column that names a row; details and actions are about it. */
  readonly id?: string;
  /** Columns in the order of their worth; those that are not named come last. */
  readonly columns: readonly string[];
  readonly details: readonly DetailRow[];
  readonly actions: readonly ActionRow[];
}

/** Rows of lists that grow without end. */
const LATEST = "500";

function statement(noun: ObjectNoun, verb: string, name = "", options: Readonly<Record<string, string>> = {}): string {
  const command = OBJECT_COMMANDS[noun].find((each) => each.verb === verb);
  return required(command, `gobi ${noun} ${verb}`).statement(objectRequest(name, options));
}

function detail(noun: ObjectNoun, verb: string, name: string): DetailRow {
  return { name, statement: (id) => statement(noun, verb, id) };
}

function action(noun: ObjectNoun, verb: string, key: string, doc: string): ActionRow {
  return { key, name: verb, doc, deed: (row) => ({ kind: "statement", text: statement(noun, verb, nameOf(row)) }) };
}

function nameOf(row: RowFields): string {
  return row["name"] ?? row["run_id"] ?? "";
}

const isOn = (row: RowFields): boolean => row["enabled"] === "yes" || row["enabled"] === "true";

function toggle(noun: ObjectNoun, singular: string): ActionRow {
  return {
    key: "e",
    name: "enable/disable",
    doc: `Switch the ${singular} off, or on again.`,
    deed: (row) => ({ kind: "statement", text: statement(noun, isOn(row) ? "disable" : "enable", nameOf(row)) }),
  };
}

/** What a routine, trigger or pipeline reads, writes and calls, as the catalog keeps it. */
function effects(kind: string, table: string, id: string): DetailRow {
  return {
    name: "effects",
    statement: (name) =>
      `SELECT d.access_mode AS does, d.referenced_kind AS kind, d.referenced_name AS name, d.column_names AS columns FROM system.dependencies d JOIN system.${table} o ON o.${id} = d.dependent_id WHERE d.dependent_kind = '${kind}' AND lower(o.name) = lower(${SPELLING.text(name)}) AND d.dependent_version = (SELECT max(l.dependent_version) FROM system.dependencies l WHERE l.dependent_id = d.dependent_id) ORDER BY 1, 2, 3`,
  };
}

function routines(noun: "procedures" | "functions", singular: string, key: string): SectionRow {
  return {
    key,
    doc: `Stored ${noun}: source, runs, log of the last run, effects.`,
    blocks: [{ title: noun, from: { statement: statement(noun, "list") }, inFile: true }],
    topics: ["catalog"],
    id: "name",
    columns: ["name", "parameters", "returns", "status", "version", "modified_at", "raises", "mode", "description"],
    details: [
      detail(noun, "show", "source"),
      detail(noun, "history", "runs"),
      detail(noun, "logs", "log"),
      effects("routine", "routines", "routine_id"),
    ],
    actions: [
      {
        key: "r",
        name: "run",
        doc: `Call the ${singular}; its arguments are asked for.`,
        asks: (row) => (row["parameters"] === "" ? undefined : `Arguments (${row["parameters"] ?? ""})`),
        deed: (row, given) => ({
          kind: "statement",
          text: `${noun === "functions" ? "SELECT" : "CALL"} ${SPELLING.quoted(nameOf(row))}(${given})`,
        }),
      },
      action(noun, "drop", "D", `Drop the ${singular}.`),
    ],
  };
}

const RUN_COLUMNS = [
  "status",
  "calls",
  "schedule",
  "scheduled_at",
  "started_at",
  "completed_at",
  "attempt",
  "reason",
  "kind",
  "error_code",
  "run_id",
];
const COUNTED = ["procedures", "functions", "triggers", "schedules", "pipelines", "active_runs"] as const;

/** Every section. */
export const SECTIONS: Readonly<Record<SectionName, SectionRow>> = {
  overview: {
    key: "1",
    doc: "How the daemon is, what it holds, what is at work, what has failed.",
    isReport: true,
    blocks: [
      { title: "health", from: { own: "health" } },
      {
        title: "stored",
        from: {
          statement: `SELECT ${COUNTED.map((table) => `(SELECT count(*) FROM system.${table}) AS ${table}`).join(", ")}`,
        },
        inFile: true,
      },
      { title: "lanes", from: { statement: "LIST LANES" } },
      {
        title: "last failures",
        from: { statement: statement("runs", "list", "", { status: "failed", limit: "5" }) },
        inFile: true,
      },
      { title: "last runs", from: { statement: statement("runs", "list", "", { limit: "10" }) }, inFile: true },
    ],
    topics: ["runs", "catalog", "lanes", "sessions", "tables"],
    columns: ["label", "state", "sessions", "depth", "execute_ms_p95", "completed", "failed", ...RUN_COLUMNS],
    details: [],
    actions: [],
  },
  procedures: routines("procedures", "procedure", "2"),
  functions: routines("functions", "function", "3"),
  triggers: {
    key: "4",
    doc: "Triggers: source, how often they fired, runs of asynchronous ones.",
    blocks: [{ title: "triggers", from: { statement: statement("triggers", "list") }, inFile: true }],
    topics: ["catalog"],
    id: "name",
    columns: ["name", "enabled", "timing", "events", "target", "calls", "each", "class"],
    details: [
      detail("triggers", "show", "source"),
      detail("triggers", "history", "runs"),
      detail("triggers", "logs", "log"),
      effects("trigger", "triggers", "trigger_id"),
    ],
    actions: [toggle("triggers", "trigger"), action("triggers", "drop", "D", "Drop the trigger.")],
  },
  schedules: {
    key: "5",
    doc: "Schedules: times, source, runs, log of the last run.",
    blocks: [{ title: "schedules", from: { statement: statement("schedules", "list") }, inFile: true }],
    topics: ["catalog", "runs"],
    id: "name",
    columns: ["name", "enabled", "next_run_at", "when", "zone", "runs"],
    details: [
      detail("schedules", "show", "source"),
      detail("schedules", "history", "runs"),
      detail("schedules", "logs", "log"),
    ],
    actions: [
      action("schedules", "run", "r", "Run the schedule now, once."),
      toggle("schedules", "schedule"),
      action("schedules", "drop", "D", "Drop the schedule."),
    ],
  },
  pipelines: {
    key: "6",
    doc: "Pipelines: steps and their order, runs, log of the last run.",
    blocks: [{ title: "pipelines", from: { statement: statement("pipelines", "list") }, inFile: true }],
    topics: ["catalog", "runs"],
    id: "name",
    columns: ["name", "enabled", "last_status", "last_run", "steps", "version"],
    details: [
      detail("pipelines", "show", "steps"),
      detail("pipelines", "history", "runs"),
      detail("pipelines", "logs", "log"),
    ],
    actions: [
      action("pipelines", "run", "r", "Run the pipeline now."),
      toggle("pipelines", "pipeline"),
      action("pipelines", "drop", "D", "Drop the pipeline."),
    ],
  },
  runs: {
    key: "7",
    doc: "Runs, newest first: attempts, changes of state, steps, log.",
    blocks: [{ title: "runs", from: { statement: statement("runs", "list", "", { limit: LATEST }) }, inFile: true }],
    topics: ["runs", "tables"],
    id: "run_id",
    columns: RUN_COLUMNS,
    details: [
      detail("runs", "show", "run"),
      detail("runs", "logs", "log"),
      detail("runs", "history", "states"),
      detail("runs", "steps", "steps"),
    ],
    actions: [action("runs", "cancel", "c", "Cancel the run.")],
  },
  sessions: {
    key: "8",
    doc: "Sessions of the daemon: whose they are, what they run and wait for.",
    blocks: [{ title: "sessions", from: { statement: "LIST SESSIONS" } }],
    topics: ["sessions", "lanes"],
    id: "session_id",
    columns: ["session_id", "user", "client", "state", "lane", "text", "last_seen", "waits_for", "holds"],
    details: [
      { name: "session", statement: (id) => `SELECT * FROM system.sessions WHERE session_id = ${Number(id)}` },
      { name: "locks", statement: (id) => `SELECT * FROM system.locks WHERE session_id = ${Number(id)}` },
    ],
    actions: [
      {
        key: "K",
        name: "kill",
        doc: "End the session; what it had open is undone.",
        deed: (row) => ({
          kind: "control",
          action: "kill_session",
          argument: { session_id: Number(row["session_id"]) },
        }),
      },
    ],
  },
  lanes: {
    key: "9",
    doc: "The Lead and its lanes: state, requests, times.",
    blocks: [{ title: "lanes", from: { statement: "LIST LANES" } }],
    topics: ["lanes", "sessions"],
    id: "label",
    columns: ["label", "state", "sessions", "depth", "submitted", "completed", "failed", "execute_ms_p95", "rss_bytes"],
    details: [
      { name: "lane", statement: (id) => `SELECT * FROM system.lanes WHERE label = ${SPELLING.text(id)}` },
      { name: "sessions", statement: (id) => `SELECT * FROM system.sessions WHERE lane = ${SPELLING.text(id)}` },
    ],
    actions: [
      {
        key: "K",
        name: "kill",
        doc: "Kill the lane's process; it is replaced, its sessions end.",
        deed: (row) => ({ kind: "control", action: "kill_lane", argument: { lane: row["label"] } }),
      },
    ],
  },
  locks: {
    key: "0",
    doc: "Locks that sessions hold or wait for.",
    blocks: [{ title: "locks", from: { statement: "LIST LOCKS" } }],
    topics: ["sessions", "tables"],
    id: "session_id",
    columns: ["object", "mode", "state", "session_id", "user", "since"],
    details: [{ name: "session", statement: (id) => `SELECT * FROM system.sessions WHERE session_id = ${Number(id)}` }],
    actions: [],
  },
  logs: {
    key: "l",
    doc: "What runs have logged, newest first.",
    blocks: [
      {
        title: "logs",
        from: {
          statement: `SELECT l.at, l.level, json_extract(r.target, '$.name') AS calls, l.message, l.run_id FROM system.run_logs l JOIN system.runs r ON r.run_id = l.run_id ORDER BY l.at DESC, l.seq DESC LIMIT ${LATEST}`,
        },
        inFile: true,
      },
    ],
    topics: ["runs"],
    id: "run_id",
    columns: ["at", "level", "calls", "message", "run_id"],
    details: [detail("runs", "logs", "log"), detail("runs", "show", "run")],
    actions: [],
  },
  events: {
    key: "v",
    doc: "Events that came since the interface was opened, and the daemon's counts of them.",
    isReport: true,
    blocks: [
      {
        title: "events of the daemon",
        from: { statement: "SELECT * FROM system.events WHERE consumers > 0 OR delivered > 0" },
      },
      { title: "heard here", from: { own: "feed" } },
    ],
    topics: ["runs", "tables", "catalog", "lanes", "sessions"],
    columns: [],
    details: [],
    actions: [],
  },
};

/** The section of a word, a beginning of one that is no other's, or its key. */
export function findSection(word: string): SectionName | undefined {
  const wanted = word.trim().toLowerCase();
  if (wanted === "") return undefined;
  const exact = SECTION_NAMES.find((name) => name === wanted || name === `${wanted}s`);
  if (exact !== undefined) return exact;
  const [only, second] = SECTION_NAMES.filter((name) => name.startsWith(wanted));
  return second === undefined ? only : undefined;
}
