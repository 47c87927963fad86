// What gobi can do with each kind of object: the words, their arguments, and the statement that each becomes.
import type { ArgumentRow, OptionRow } from "../commands/table.ts";
import type { ObjectCommand, ObjectNoun, ObjectRequest, ObjectSubject } from "./object-types.ts";

const NAME: ArgumentRow = { name: "name", doc: "Name of the object.", required: true };
const RUN: ArgumentRow = { name: "run", doc: "Id of the run.", required: true };
const LIMIT: OptionRow = { flags: "-n, --limit", value: "count", doc: "How many, newest first (default 20)." };
const RUN_COLUMNS = `r.run_id, r.kind, (SELECT s.name FROM system.schedules s WHERE s.schedule_id = r.schedule_id) AS schedule, json_extract(r.target, '$.name') AS calls,
  r.status, r.scheduled_at, r.started_at, r.completed_at, r.attempt, r.error_code, coalesce(r.error, r.skip_reason) AS reason`;

type Optional = "argument" | "options" | "examples" | "writes" | "tries" | "subject";
type Row = Omit<ObjectCommand, Optional> & Partial<Pick<ObjectCommand, Optional>>;

function command(row: Row): ObjectCommand {
  return {
    argument: undefined,
    options: [],
    writes: false,
    tries: false,
    subject: undefined,
    ...row,
    examples: row.examples ?? [row.argument === undefined ? "" : row.argument === RUN ? "01JX3…" : "nightly"],
  };
}

function listed(what: string): ObjectCommand {
  return command({ verb: "list", summary: `List ${what}.`, statement: () => `LIST ${what.toUpperCase()}` });
}

/** Triggers, schedules and pipelines belong to no schema: a dot is part of the name. */
function spelled(noun: string, { name, quoted, whole }: ObjectRequest): string {
  return ["trigger", "schedule", "pipeline"].includes(noun) ? whole(name) : quoted(name);
}

function shown(noun: string): ObjectCommand {
  return command({
    verb: "show",
    summary: `Show one ${noun}: its text and what is known of it.`,
    argument: NAME,
    statement: (request) => `SHOW ${noun.toUpperCase()} ${spelled(noun, request)}`,
  });
}

function switched(noun: string): readonly ObjectCommand[] {
  return (["enable", "disable"] as const).map((verb) =>
    command({
      verb,
      summary: `${verb === "enable" ? "Switch on" : "Switch off"} a ${noun}.`,
      argument: NAME,
      writes: true,
      statement: (request) => `${verb.toUpperCase()} ${noun.toUpperCase()} ${spelled(noun, request)}`,
    }),
  );
}

/** `cascade`: what CASCADE does, for kinds that know it. */
function dropped(noun: string, cascade?: string): ObjectCommand {
  return command({
    verb: "drop",
    summary: `Drop a ${noun}.`,
    argument: NAME,
    options: [
      { flags: "--if-exists", doc: "Be content when there is none of that name." },
      ...(cascade === undefined ? [] : [{ flags: "--cascade", doc: cascade }]),
    ],
    examples: cascade === undefined ? ["nightly"] : ["nightly", "nightly --cascade"],
    writes: true,
    statement: (request) =>
      `DROP ${noun.toUpperCase()}${request.flag("ifExists") ? " IF EXISTS" : ""} ${spelled(noun, request)}${request.flag("cascade") ? " CASCADE" : ""}`,
  });
}

/** Objects of one kind, as the runs of one of them are found. */
interface Runner extends ObjectSubject {
  /** Joins the object to its runs `r`. */
  readonly join: string;
  readonly condition: (name: string) => string;
}

function runner(noun: string, table: string, key: string, where = ""): Runner {
  const condition = (name: string): string => `lower(o.name) = lower(${name})${where}`;
  return {
    noun,
    join: `JOIN system.${table} o ON o.${key} = r.${key}`,
    condition,
    query: ({ name, text }) => `SELECT o.name FROM system.${table} o WHERE ${condition(text(name))}`,
  };
}

/** The runs of one object, newest first. */
function ran(subject: Runner): ObjectCommand {
  const { noun, join, condition } = subject;
  return command({
    verb: "history",
    summary: `The last runs of a ${noun}.`,
    argument: NAME,
    options: [LIMIT],
    subject,
    statement: ({ name, text, count }) =>
      `SELECT ${RUN_COLUMNS} FROM system.runs r ${join} WHERE ${condition(text(name))} ORDER BY r.scheduled_at DESC, r.run_id DESC LIMIT ${count("limit", 20)}`,
  });
}

/** The log of the last run of an object. */
function logged(subject: Runner): ObjectCommand {
  const { noun, join, condition } = subject;
  return command({
    verb: "logs",
    summary: `The log of the last run of a ${noun}.`,
    argument: NAME,
    subject,
    statement: ({ name, text }) =>
      `SELECT l.run_id, l.attempt, l.at, l.level, l.message FROM system.run_logs l WHERE l.run_id = (SELECT r.run_id FROM system.runs r ${join} WHERE ${condition(text(name))} AND r.started_at IS NOT NULL ORDER BY r.scheduled_at DESC, r.run_id DESC LIMIT 1) ORDER BY l.seq`,
  });
}

const SCHEDULE = runner("schedule", "schedules", "schedule_id");
const PIPELINE = runner("pipeline", "pipelines", "pipeline_id");
const OF_TRIGGER = runner("trigger", "triggers", "trigger_id");
/** Those that the engine fires have no runs, but are there. */
const TRIGGER: Runner = {
  ...OF_TRIGGER,
  query: (request) =>
    `${OF_TRIGGER.query(request)} UNION ALL SELECT name FROM sqlite_schema WHERE type = 'trigger' AND lower(name) = lower(${request.text(request.name)})`,
};
const ONE_RUN: ObjectSubject = {
  noun: "run",
  query: ({ name, text }) => `SELECT r.run_id FROM system.runs r WHERE r.run_id = ${text(name)}`,
};

const CANCEL = command({
  verb: "cancel",
  summary: "Cancel a run.",
  argument: RUN,
  writes: true,
  statement: ({ name, text }) => `CANCEL RUN ${text(name)}`,
});

const ROW_OPTION = "An object by column names, or for statement triggers a list of them";
const FIRED = command({
  verb: "run",
  summary: "Fire a trigger by hand for rows that you give, tell what it does, and undo it again.",
  argument: NAME,
  options: [
    { flags: "--new", value: "row", doc: `What the trigger sees as NEW. ${ROW_OPTION}.` },
    { flags: "--old", value: "row", doc: `What the trigger sees as OLD. ${ROW_OPTION}.` },
    { flags: "--event", value: "event", doc: "insert, update, delete or upsert, where the rows do not tell." },
    { flags: "--timing", value: "timing", doc: "before or after, for a trigger with both." },
    { flags: "--commit", doc: "Keep what it writes." },
  ],
  examples: [
    "audit_orders --new '{id: 7, customer: \"Ann\"}'",
    "stamp --old '{id: 7}' --new '{status: \"sent\"}' --commit",
  ],
  writes: true,
  tries: true,
  statement: ({ name, whole, option, text }) => {
    const entry = (field: string, value: string | undefined): readonly string[] =>
      value === undefined ? [] : [`${field}: ${value}`];
    const word = (field: string): readonly string[] => {
      const value = option(field);
      return entry(field, value === undefined ? undefined : text(value));
    };
    const entries = [
      ...entry("new", option("new")),
      ...entry("old", option("old")),
      ...word("event"),
      ...word("timing"),
    ];
    return `RUN TRIGGER ${whole(name)}${entries.length === 0 ? "" : ` WITH {${entries.join(", ")}}`}`;
  },
});

function routines(noun: "procedure" | "function"): readonly ObjectCommand[] {
  const subject = runner(noun, "routines", "routine_id", ` AND o.kind = '${noun}'`);
  return [
    listed(`${noun}s`),
    shown(noun),
    ran(subject),
    logged(subject),
    CANCEL,
    dropped(noun, "Also when something uses it, which then cannot run."),
  ];
}

/** Every command, by the object it acts on. */
export const OBJECT_COMMANDS: Readonly<Record<ObjectNoun, readonly ObjectCommand[]>> = {
  procedures: routines("procedure"),
  functions: routines("function"),
  triggers: [
    listed("triggers"),
    shown("trigger"),
    FIRED,
    ran(TRIGGER),
    logged(TRIGGER),
    CANCEL,
    ...switched("trigger"),
    dropped("trigger"),
  ],
  schedules: [
    listed("schedules"),
    shown("schedule"),
    command({
      verb: "run",
      summary: "Run a schedule now, once, whatever its times are.",
      argument: NAME,
      options: [
        { flags: "--with", value: "args", doc: "Arguments of this run, as an object: '{day: \"2026-01-31\"}'." },
      ],
      examples: ["nightly", "nightly --with '{day: \"2026-01-31\"}'"],
      writes: true,
      statement: ({ name, whole, option }) =>
        `RUN SCHEDULE ${whole(name)}${option("with") === undefined ? "" : ` WITH ${option("with") ?? ""}`}`,
    }),
    command({
      verb: "history",
      summary: "The last runs of a schedule, or of all.",
      argument: { ...NAME, required: false },
      options: [LIMIT],
      examples: ["", "nightly -n 5"],
      statement: ({ name, whole, count }) =>
        `SCHEDULE HISTORY${name === "" ? "" : ` ${whole(name)}`} LIMIT ${count("limit", 20)}`,
    }),
    logged(SCHEDULE),
    CANCEL,
    ...switched("schedule"),
    dropped("schedule"),
  ],
  pipelines: [
    listed("pipelines"),
    shown("pipeline"),
    command({
      verb: "run",
      summary: "Run a pipeline now, all of it or from a step on.",
      argument: NAME,
      options: [
        {
          flags: "--from",
          value: "step",
          doc: "First step to run; what else is completed, and does not come after it, counts as done.",
        },
      ],
      examples: ["nightly", "nightly --from load"],
      writes: true,
      statement: ({ name, whole, option }) => {
        const from = option("from");
        return `RUN PIPELINE ${whole(name)}${from === undefined ? "" : ` FROM ${whole(from)}`}`;
      },
    }),
    ran(PIPELINE),
    logged(PIPELINE),
    CANCEL,
    ...switched("pipeline"),
    dropped("pipeline", "Also when schedules or triggers run it: they fail until it is there again."),
  ],
  runs: [
    command({
      verb: "list",
      summary: "The last runs of everything.",
      options: [
        LIMIT,
        { flags: "--status", value: "status", doc: "Only runs of this status: pending, running, failed, …" },
      ],
      examples: ["", "--status failed -n 5"],
      statement: ({ option, text, count }) =>
        `SELECT ${RUN_COLUMNS} FROM system.runs r ${option("status") === undefined ? "" : `WHERE r.status = ${text(option("status") ?? "")} `}ORDER BY r.scheduled_at DESC, r.run_id DESC LIMIT ${count("limit", 20)}`,
    }),
    command({
      verb: "show",
      summary: "One run: times, attempts, error.",
      argument: RUN,
      subject: ONE_RUN,
      statement: ({ name, text }) =>
        `SELECT ${RUN_COLUMNS}, r.args, r.result FROM system.runs r WHERE r.run_id = ${text(name)}`,
    }),
    command({
      verb: "run",
      summary: "Run the same once more: what a run called, with its arguments. It is a run of its own.",
      argument: RUN,
      writes: true,
      statement: ({ name, text }) => `RUN RUN ${text(name)}`,
    }),
    command({
      verb: "history",
      summary: "Every change of state of a run.",
      argument: RUN,
      subject: ONE_RUN,
      statement: ({ name, text }) =>
        `SELECT t.seq, t.attempt, t.from_state, t.to_state, t.at, t.reason FROM system.run_transitions t WHERE t.run_id = ${text(name)} ORDER BY t.seq`,
    }),
    command({
      verb: "steps",
      summary: "The steps of a pipeline's run.",
      argument: RUN,
      subject: ONE_RUN,
      statement: ({ name, text }) =>
        `SELECT s.attempt, s.step_no, s.name, s.status, s.started_at, s.completed_at, s.row_count, s.error FROM system.run_steps s WHERE s.run_id = ${text(name)} ORDER BY s.attempt, s.step_no`,
    }),
    command({
      verb: "logs",
      summary: "The log of a run.",
      argument: RUN,
      subject: ONE_RUN,
      statement: ({ name, text }) =>
        `SELECT l.attempt, l.at, l.level, l.message FROM system.run_logs l WHERE l.run_id = ${text(name)} ORDER BY l.seq`,
    }),
    CANCEL,
  ],
  violations: [
    command({
      verb: "list",
      summary: "Constraints that runs did not meet, newest first.",
      options: [LIMIT],
      statement: ({
        count,
      }) => `SELECT v.violation_time, (SELECT s.name FROM system.schedules s WHERE s.schedule_id = r.schedule_id) AS schedule, t.name AS violated,
        json_extract(v.details, '$.message') AS message, v.action_taken, v.run_id FROM system.constraint_violations v JOIN system.constraint_types t ON t.id = v.constraint_type_id
        JOIN system.runs r ON r.run_id = v.run_id ORDER BY v.violation_time DESC, v.id DESC LIMIT ${count("limit", 20)}`,
    }),
  ],
  deadletters: [
    command({
      verb: "list",
      summary: "What could not be written or delivered and was not dealt with.",
      options: [LIMIT],
      statement: ({ count }) =>
        `SELECT d.seq, d.at, d.component, d.error FROM system.dead_letters d WHERE d.resolved_at IS NULL ORDER BY d.seq DESC LIMIT ${count("limit", 20)}`,
    }),
  ],
};
