// What schedules may do on the outcome of a run (LANGUAGE.md 9): actions with their arguments, and the fields of a hook. One table for checks, storing and documentation.

/** What an argument may be. */
export type ArgumentShape =
  | "int"
  | "number"
  | "text"
  | "name"
  | "names"
  | "duration"
  | "object"
  | "url"
  | "any"
  | "statuses";

/** An argument of an action, or a field of a hook. */
export interface ArgumentRow {
  readonly shape: ArgumentShape;
  readonly required?: true;
  /** The only values of a text or name. */
  readonly choices?: readonly string[];
  /** True when `{{variables}}` are filled in. */
  readonly template?: true;
  /** Another word for it, from older definitions. */
  readonly alias?: string;
  readonly doc: string;
}

/** Kinds of addressees that know their own form of a message. */
export const WEBHOOK_TYPES = ["slack", "newrelic", "pagerduty", "custom"] as const;

/** Constraints that an action on_violation may be limited to, with their numbers (`system.constraint_types`). */
export const CONSTRAINT_NAMES = {
  max_concurrent_runs: 1,
  catch_up: 2,
  pre_run_hook: 3,
  post_run_hook: 4,
  catch_up_window: 5,
  max_expected_run_time: 6,
  max_allowed_run_time: 7,
  require_previous_success: 8,
  max_runs_per_hour: 9,
} as const satisfies Record<string, number>;

const CONSTRAINT: ArgumentRow = {
  shape: "name",
  choices: Object.keys(CONSTRAINT_NAMES),
  doc: "Only for violations of this constraint.",
};

const REQUEST = {
  url: {
    shape: "url",
    required: true,
    doc: "Where the request goes; `${env.NAME}` stands for a variable of the environment.",
  },
  type: { shape: "name", choices: WEBHOOK_TYPES, doc: "The form of the message." },
  channel: { shape: "text", doc: "Channel of a chat." },
  template: { shape: "any", template: true, doc: "Body of a custom request, with `{{variables}}`." },
  headers: { shape: "object", template: true, doc: "Headers of the request." },
  routing_key: { shape: "text", doc: "Key of a PagerDuty service." },
  severity: { shape: "name", choices: ["critical", "error", "warning", "info"], doc: "Severity of a PagerDuty event." },
  api_key: { shape: "text", doc: "Key of a New Relic account." },
  event_type: { shape: "text", doc: "Name of the New Relic event." },
} as const satisfies Record<string, ArgumentRow>;

/** Actions by name, with their arguments in the order in which they may stand without a name. */
export const ACTIONS = {
  retry: {
    typeId: 1,
    doc: "Tries the run again.",
    arguments: {
      max: { shape: "int", required: true, alias: "max_retries", doc: "Attempts after the first." },
      delay: { shape: "duration", alias: "initial_delay", doc: "Before the first of them; 1s when it is not given." },
      factor: {
        shape: "number",
        alias: "backoff_multiplier",
        doc: "By which the delay grows; 2 when it is not given.",
      },
      max_delay: { shape: "duration", doc: "Longest delay." },
      retry_on: {
        shape: "names",
        doc: "Names of the errors that are tried again; all that may be when it is not given.",
      },
    },
  },
  kickOffJob: {
    typeId: 2,
    doc: "Runs another schedule.",
    arguments: {
      schedule: { shape: "name", required: true, alias: "jobID", doc: "Its name." },
      args: { shape: "object", doc: "Arguments in place of its own." },
      constraint: CONSTRAINT,
    },
  },
  webhook: { typeId: 3, doc: "Tells another system.", arguments: { ...REQUEST, constraint: CONSTRAINT } },
  killAllInstances: {
    typeId: 4,
    doc: "Cancels the other runs of the schedule.",
    arguments: { constraint: CONSTRAINT },
  },
  killLatestInstance: { typeId: 5, doc: "Cancels the run that started last.", arguments: { constraint: CONSTRAINT } },
  skipNextInstance: { typeId: 6, doc: "Skips the next occurrence.", arguments: { constraint: CONSTRAINT } },
} as const satisfies Record<
  string,
  { readonly typeId: number; readonly doc: string; readonly arguments: Readonly<Record<string, ArgumentRow>> }
>;

/** Name of an action. */
export type ActionName = keyof typeof ACTIONS;

/** Fields of a hook given as a block. */
export const HOOK_FIELDS: Readonly<Record<string, ArgumentRow>> = {
  ...REQUEST,
  expect: { shape: "statuses", doc: "HTTP status codes that let the run go on; 200 when it is not given." },
};

/** Fields of `require_previous_success` given as a block. */
export const PREVIOUS_SUCCESS_FIELDS: Readonly<Record<string, ArgumentRow>> = {
  schedule: {
    shape: "name",
    required: true,
    alias: "jobID",
    doc: "The schedule whose latest run must have succeeded.",
  },
  args: { shape: "object", doc: "Only runs with these arguments count." },
  allow_first: { shape: "any", doc: "true: met as long as there was no such run." },
};

/** The canonical name of an action in any case. */
export function actionNamed(name: string): ActionName | undefined {
  return (Object.keys(ACTIONS) as ActionName[]).find((action) => action.toLowerCase() === name.toLowerCase());
}

/** The canonical name of an argument or field, by its name or its other word, in any case. */
export function argumentNamed(rows: Readonly<Record<string, ArgumentRow>>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.keys(rows).find((row) => row.toLowerCase() === wanted || rows[row]?.alias?.toLowerCase() === wanted);
}
