// Templates of webhooks of type custom: `{{jobName}}` and its kin in texts. The checker refuses unknown variables, the server fills them in.

/** Variables and what they stand for. */
export const TEMPLATE_VARIABLES = {
  cluster: "Name of the machine that runs the schedules.",
  jobName: "Name of the schedule.",
  jobNamespace: "Name of the database.",
  jobCommand: "What the schedule runs.",
  jobArgs: "Arguments of the run as JSON.",
  runID: "Id of the run.",
  status: "How the run ended, or `violation`.",
  error: "Error of the run, or message of the violation; empty when there is none.",
  attempt: "Number of the attempt.",
  durationMs: "How long the run took, in milliseconds.",
  runUrl: "Address of the run's page, when one is configured.",
} as const;

/** Name of a template variable. */
export type TemplateVariable = keyof typeof TEMPLATE_VARIABLES;

const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Variables of a text that do not exist, as written. */
export function unknownTemplateVariables(text: string): readonly string[] {
  return [...text.matchAll(VARIABLE)]
    .map((match) => match[1] ?? "")
    .filter((name) => !Object.hasOwn(TEMPLATE_VARIABLES, name));
}

/** The text with its variables filled in; unknown ones stay as they are. */
export function fillTemplate(text: string, values: Readonly<Record<TemplateVariable, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) =>
    Object.hasOwn(TEMPLATE_VARIABLES, name) ? values[name as TemplateVariable] : whole,
  );
}
