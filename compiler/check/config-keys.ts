// The keys of metadata, triggers, schedules and pipelines (LANGUAGE.md 7 to 10): one table, from which checks, completion and documentation derive.

/** What a value may be. `name` is a bare word or a text; `names` one or a list of them; `set` alternatives joined by `|` or a list. */
export type KeyShape =
  | "name"
  | "names"
  | "text"
  | "literal"
  | "texts"
  | "int"
  | "bool"
  | "object"
  | "actions"
  | "steps"
  | "template"
  | "duration"
  | "moment"
  | "hook"
  | "previous"
  | "boolOrNames"
  | "any"
  | { readonly choice: readonly string[] }
  | { readonly set: readonly string[] };

interface KeyRow {
  readonly shape: KeyShape;
  /** The smallest value of a whole number. */
  readonly least?: number;
  readonly doc: string;
}

const KINDS = [
  "",
  "default",
  "FULL",
  "VIEW",
  "EMBEDDED",
  "SEED",
  "INCREMENTAL_BY_TIME_RANGE",
  "incremental",
  "INCREMENTAL_BY_UNIQUE_KEY",
  "INCREMENTAL_BY_PARTITION",
  "SCD_TYPE_2",
  "EXTERNAL",
  "CUSTOM",
];

/** Keys by what they configure. */
export const CONFIG_KEYS = {
  metadata: {
    kind: { shape: { choice: KINDS }, doc: "Model kind." },
    sched: { shape: "texts", doc: "Schedules by name, or cron texts." },
    trig: { shape: "names", doc: "Triggers that call this procedure." },
    description: { shape: "text", doc: "What it is for." },
    owner: { shape: "name", doc: "Who answers for it." },
    tags: { shape: "names", doc: "Labels for selection." },
    pipeline: { shape: "names", doc: "Pipelines it belongs to." },
    time_column: { shape: "name", doc: "Column that says to which interval a row belongs." },
    unique_key: { shape: "names", doc: "Columns that identify a row." },
    start: { shape: "any", doc: "First interval." },
    lookback: { shape: "int", doc: "Intervals that are computed again." },
    batch_size: { shape: "int", doc: "Intervals per run." },
    audits: { shape: "any", doc: "Checks of the result." },
    retries: { shape: "int", doc: "How often a failed run is tried again." },
    timeout: { shape: "duration", doc: "Longest run." },
    limits: { shape: "object", doc: "fuel, memory and rows of one call." },
  },
  trigger: {
    timing: { shape: { set: ["before", "after", "instead of"] }, doc: "When it fires." },
    event: { shape: { set: ["insert", "update", "delete", "upsert"] }, doc: "What fires it." },
    target: { shape: "name", doc: "Table or view." },
    of: { shape: "names", doc: "Columns whose update fires it." },
    exe: { shape: { set: ["procedure", "pipeline", "function"] }, doc: "What is called." },
    call: { shape: "name", doc: "Name of what is called." },
    each: { shape: { choice: ["row", "statement"] }, doc: "Per row or per statement." },
    when: { shape: "any", doc: "Condition on OLD and NEW." },
    order: { shape: "int", doc: "Place among triggers of the same event." },
    on_error: { shape: { choice: ["abort", "log"] }, doc: "What an error of an AFTER trigger does." },
    async: { shape: "bool", doc: "Run after commit." },
    retries: { shape: "int", doc: "How often an asynchronous run is tried again." },
    key: { shape: "names", doc: "Columns whose rows keep their order in asynchronous runs; default: the primary key." },
    max_depth: { shape: "int", doc: "Firings inside each other before TriggerDepth is raised." },
    recursive: { shape: "bool", doc: "Whether it fires while it is running already." },
    enabled: { shape: "bool", doc: "Whether it fires." },
    pipeline: { shape: "names", doc: "Pipelines of which what it calls is a step." },
    description: { shape: "text", doc: "What it is for." },
  },
  schedule: {
    sched: { shape: "texts", doc: "Cron text." },
    exe: { shape: { set: ["procedure", "pipeline", "function"] }, doc: "What is run." },
    call: {
      shape: "name",
      doc: "Name of what is run; besides it, procedures whose metadata names the schedule.",
    },
    tz: { shape: "name", doc: "Time zone of the cron texts (IANA name); UTC when it is not given." },
    dst_gap: {
      shape: { choice: ["shift", "skip"] },
      doc: "A local time that a change of the clock leaves out: later by as much, or not at all.",
    },
    dst_fold: {
      shape: { choice: ["first", "both"] },
      doc: "A local time that comes twice; schedules of every hour run both times anyway.",
    },
    args: { shape: "object", doc: "Arguments of the call." },
    enabled: { shape: "bool", doc: "Whether it runs." },
    priority: { shape: "int", least: 1, doc: "1 goes before 9 when runs wait; 5 when it is not given." },
    jitter: { shape: "duration", doc: "Starts are spread over this long, each occurrence always at the same place." },
    start: { shape: "moment", doc: "No occurrence before (UTC)." },
    end: { shape: "moment", doc: "No occurrence after (UTC)." },
    overlap: { shape: { choice: ["skip", "queue", "replace", "allow"] }, doc: "A run that is due while another runs." },
    max_concurrent_runs: { shape: "int", least: 1, doc: "Runs side by side." },
    constraints: { shape: "object", doc: "Registered constraints by name, each with its configuration." },
    max_runs_per_hour: { shape: "int", least: 1, doc: "Runs that may start within an hour." },
    catch_up: { shape: "bool", doc: "Whether occurrences that were missed while nothing ran are run later." },
    catch_up_window: { shape: "duration", doc: "How far back." },
    catch_up_policy: { shape: { choice: ["all", "last"] }, doc: "All missed occurrences, or only the last." },
    max_expected_run_time: { shape: "duration", doc: "Longer runs are violations." },
    max_allowed_run_time: { shape: "duration", doc: "Longer runs are stopped." },
    pre_run_hook: { shape: "hook", doc: "Request to another system that must agree before a run." },
    post_run_hook: { shape: "hook", doc: "Request after a run; it fails when the other system does not agree." },
    require_previous_success: {
      shape: "previous",
      doc: "Only when the latest run of a schedule succeeded: true for its own, a name, or a block with args and allow_first.",
    },
    recheck_on_retry: { shape: "boolOrNames", doc: "Constraints that are checked again before a retry." },
    fail_mode: {
      shape: { choice: ["closed", "open"] },
      doc: "Whether a run fails or goes on when a check cannot be made.",
    },
    manual_allowed: { shape: "bool", doc: "Whether RUN SCHEDULE may start it." },
    manual_fields: { shape: "names", doc: "Arguments that RUN SCHEDULE … WITH may set; all when it is not given." },
    lane: { shape: "name", doc: "Lane in which it runs." },
    owner: { shape: "name", doc: "Who answers for it." },
    tags: { shape: "names", doc: "Labels for selection." },
    on_failure: { shape: "actions", doc: "After a failed run." },
    on_success: { shape: "actions", doc: "After a run that went well." },
    on_violation: { shape: "actions", doc: "After a violation." },
    on_timeout: { shape: "actions", doc: "After a run that was stopped." },
    pipeline: { shape: "names", doc: "Pipelines it belongs to." },
    description: { shape: "text", doc: "What it is for." },
    retries: {
      shape: "int",
      least: 0,
      doc: "How often a failed run is tried again; the same as on_failure: retry(max: n).",
    },
  },
  pipeline: {
    steps: { shape: "steps", doc: "Procedures, SQL and query templates in no order but what `after` and data demand." },
    on_error: { shape: { choice: ["stop", "continue"] }, doc: "What a failed step does to the others." },
    resources: { shape: "object", doc: "Memory and other limits." },
    sched: { shape: "texts", doc: "Schedules by name, or cron texts." },
    retries: { shape: "int", doc: "How often a failed step is tried again." },
    timeout: { shape: "duration", doc: "Longest run." },
    max_parallel: { shape: "int", least: 1, doc: "Steps side by side." },
    description: { shape: "text", doc: "What it is for." },
    owner: { shape: "name", doc: "Who answers for it." },
    tags: { shape: "names", doc: "Labels for selection." },
  },
  step: {
    after: { shape: "names", doc: "Steps that must be done before." },
    call: { shape: "name", doc: "Procedure or function that the step runs; default: the one of its name." },
    sql: { shape: "literal", doc: "SQL that the step runs instead of a procedure." },
    query: { shape: "template", doc: "Query template that the step runs instead of a procedure, by number or name." },
    args: { shape: "object", doc: "Arguments by name; results of earlier steps go by their names." },
    params: {
      shape: "object",
      doc: "Parameters of the query template by name; results of earlier steps go by their names.",
    },
    when: { shape: "any", doc: "Condition over the results of earlier steps; false skips the step." },
    retries: { shape: "int", doc: "How often the step is tried again when it fails." },
    timeout: { shape: "duration", doc: "Longest run of one try." },
    on_error: { shape: { choice: ["stop", "continue"] }, doc: "What its failure does to the other steps." },
  },
  limits: {
    fuel: { shape: "int", doc: "Work of one call." },
    memory: { shape: "any", doc: "Memory of one call." },
    rows: { shape: "int", doc: "Rows of one call." },
  },
} as const satisfies Record<string, Record<string, KeyRow>>;

/** What is configured. */
export type ConfigOwner = keyof typeof CONFIG_KEYS;

/** The row of a key, in any case, with its canonical name. */
export function configKey(
  owner: ConfigOwner,
  key: string,
): { readonly name: string; readonly row: KeyRow } | undefined {
  const rows: Readonly<Record<string, KeyRow>> = CONFIG_KEYS[owner];
  const name = key.toLowerCase();
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  return row === undefined ? undefined : { name, row };
}

/** Kinds that only store their meaning until models are built (LANGUAGE.md 15.28). */
export function isRecordedKind(kind: string): boolean {
  const known = KINDS.some((each) => each.toLowerCase() === kind.toLowerCase());
  return known && !["", "default", "view"].includes(kind.toLowerCase());
}
