// The keys of metadata, triggers, schedules and pipelines (LANGUAGE.md 7 to 10): one table, from which checks, completion and documentation derive.

/** What a value may be. `name` is a bare word or a text; `names` one or a list of them; `set` alternatives joined by `|` or a list. */
export type KeyShape =
  | "name"
  | "names"
  | "text"
  | "texts"
  | "int"
  | "bool"
  | "object"
  | "actions"
  | "steps"
  | "duration"
  | "any"
  | { readonly choice: readonly string[] }
  | { readonly set: readonly string[] };

interface KeyRow {
  readonly shape: KeyShape;
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
    call: { shape: "name", doc: "Name of what is run." },
    tz: { shape: "text", doc: "Time zone (IANA)." },
    dst_gap: { shape: { choice: ["shift", "skip"] }, doc: "A time that does not exist." },
    dst_fold: { shape: { choice: ["first", "both"] }, doc: "A time that exists twice." },
    args: { shape: "object", doc: "Arguments of the call." },
    enabled: { shape: "bool", doc: "Whether it runs." },
    priority: { shape: "int", doc: "Which of several waiting runs goes first." },
    jitter: { shape: "duration", doc: "Spread of the start." },
    start: { shape: "any", doc: "Not before." },
    end: { shape: "any", doc: "Not after." },
    overlap: { shape: { choice: ["skip", "queue", "replace", "allow"] }, doc: "A run that is due while another runs." },
    max_concurrent_runs: { shape: "int", doc: "Runs side by side." },
    catch_up: { shape: "any", doc: "Runs missed while the daemon was down." },
    catch_up_window: { shape: "duration", doc: "How far back." },
    max_expected_run_time: { shape: "duration", doc: "Longer runs are violations." },
    max_allowed_run_time: { shape: "duration", doc: "Longer runs are stopped." },
    pre_run_hook: { shape: "name", doc: "Called before a run." },
    post_run_hook: { shape: "name", doc: "Called after a run." },
    require_previous_success: { shape: "bool", doc: "Only after a success." },
    on_failure: { shape: "actions", doc: "After a failed run." },
    on_success: { shape: "actions", doc: "After a run that went well." },
    on_violation: { shape: "actions", doc: "After a violation." },
    on_timeout: { shape: "actions", doc: "After a run that was stopped." },
    pipeline: { shape: "names", doc: "Pipelines it belongs to." },
    description: { shape: "text", doc: "What it is for." },
    retries: { shape: "int", doc: "How often a failed run is tried again." },
  },
  pipeline: {
    steps: { shape: "steps", doc: "Procedures in no order but what `after` and data demand." },
    on_error: { shape: { choice: ["stop", "continue"] }, doc: "What a failed step does to the others." },
    resources: { shape: "object", doc: "Memory and other limits." },
    sched: { shape: "texts", doc: "Schedules by name, or cron texts." },
    retries: { shape: "int", doc: "How often a failed step is tried again." },
    timeout: { shape: "duration", doc: "Longest run." },
    max_parallel: { shape: "int", doc: "Steps side by side." },
    description: { shape: "text", doc: "What it is for." },
    owner: { shape: "name", doc: "Who answers for it." },
    tags: { shape: "names", doc: "Labels for selection." },
  },
  step: {
    after: { shape: "names", doc: "Steps that must be done before." },
    call: { shape: "name", doc: "Procedure or function that the step runs; default: the one of its name." },
    args: { shape: "object", doc: "Arguments by name; results of earlier steps go by their names." },
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
