// What webhooks say, per kind of receiver: Slack, New Relic events, PagerDuty Events v2, and templates of one's own. Texts may hold `${env.X}`, which the port fills in.
import { fillTemplate, type TemplateVariable } from "../../base/webhook-template.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { FireOn, RunRow, Violation } from "../runs/types.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";

/** Kinds of receivers. */
export type WebhookType = "slack" | "newrelic" | "pagerduty" | "custom";

/** What happened, as a message tells it. */
export interface WebhookOccasion {
  readonly fireOn: FireOn | "pre_run_hook" | "post_run_hook";
  readonly run: RunRow;
  readonly schedule: ScheduleDefinition;
  readonly violation: Violation | undefined;
  readonly cluster: string;
  readonly database: string;
  readonly runUrl: string | undefined;
}

/** A message: its headers and its body as JSON data. */
export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: ConfigValue;
}

type Config = Readonly<Record<string, ConfigValue>>;

/** Values of template variables for an occasion. */
export function templateValues(occasion: WebhookOccasion): Readonly<Record<TemplateVariable, string>> {
  const { run, schedule, violation, cluster, database, runUrl } = occasion;
  const took =
    run.startedAt === undefined || run.completedAt === undefined ? "" : String(run.completedAt - run.startedAt);
  return {
    cluster,
    jobName: inert(schedule.name),
    jobNamespace: database,
    jobCommand: inert(run.target.name),
    jobArgs: inert(JSON.stringify(run.args)),
    runID: run.id,
    status: violation === undefined ? run.status : "violation",
    error: inert(violation?.message ?? run.error ?? ""),
    attempt: String(run.attempt),
    durationMs: took,
    runUrl: runUrl ?? "",
  };
}

/** Data that cannot be taken for a secret: only what the configuration says is filled in from the environment, never what a program said. */
function inert(text: string): string {
  return text.replaceAll("${env.", "$ {env.");
}

function inertData(value: ConfigValue): ConfigValue {
  if (typeof value === "string") return inert(value);
  if (Array.isArray(value)) return (value as readonly ConfigValue[]).map(inertData);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [inert(key), inertData(item)]));
}

function text(config: Config, key: string): string | undefined {
  const value = config[key];
  return typeof value === "string" ? value : undefined;
}

/** One line for people. */
function sentence(occasion: WebhookOccasion): string {
  const { run, schedule, violation } = occasion;
  if (violation !== undefined) return inert(`${schedule.name}: ${violation.message} (run ${run.id})`);
  if (occasion.fireOn === "pre_run_hook") return inert(`${schedule.name} is about to run (run ${run.id})`);
  if (occasion.fireOn === "post_run_hook") return inert(`${schedule.name} has run (run ${run.id})`);
  const reason = run.error === undefined ? "" : `: ${run.error}`;
  return inert(`${schedule.name} ${run.status}${reason} (run ${run.id}, attempt ${run.attempt})`);
}

function slack(config: Config, occasion: WebhookOccasion): WebhookMessage {
  const channel = text(config, "channel");
  return { headers: {}, payload: { ...(channel === undefined ? {} : { channel }), text: sentence(occasion) } };
}

function newRelic(config: Config, occasion: WebhookOccasion): WebhookMessage {
  const values = templateValues(occasion);
  const key = text(config, "api_key");
  return {
    headers: key === undefined ? {} : { "Api-Key": key },
    payload: [
      {
        eventType: text(config, "event_type") ?? "GobiRun",
        fireOn: occasion.fireOn,
        schedule: values.jobName,
        database: values.jobNamespace,
        runId: values.runID,
        status: values.status,
        error: values.error,
        attempt: occasion.run.attempt,
        ...(values.durationMs === "" ? {} : { durationMs: Number(values.durationMs) }),
      },
    ],
  };
}

function pagerDuty(config: Config, occasion: WebhookOccasion): WebhookMessage {
  const { run, schedule, violation } = occasion;
  return {
    headers: {},
    payload: {
      routing_key: text(config, "routing_key") ?? "",
      event_action: "trigger",
      // One incident per run, however often it is told.
      dedup_key: run.id,
      payload: {
        summary: sentence(occasion),
        source: occasion.cluster,
        severity: text(config, "severity") ?? (violation === undefined ? "error" : "warning"),
        timestamp: new Date(run.completedAt ?? run.startedAt ?? run.scheduledAt).toISOString(),
        component: inert(schedule.name),
        custom_details: { ...templateValues(occasion) },
      },
    },
  };
}

function custom(config: Config, occasion: WebhookOccasion): WebhookMessage {
  const { template } = config;
  const values = templateValues(occasion);
  const payload =
    template === undefined || template === null
      ? {
          schedule: values.jobName,
          runId: values.runID,
          status: values.status,
          error: values.error,
          args: inertData(occasion.run.args),
        }
      : filled(template, values);
  return { headers: {}, payload };
}

/** A template with its texts filled in. A text that is JSON itself becomes data, its values escaped for JSON. */
function filled(template: ConfigValue, values: Readonly<Record<TemplateVariable, string>>): ConfigValue {
  if (typeof template === "string") {
    const escaped = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, JSON.stringify(value).slice(1, -1)]),
    ) as Record<TemplateVariable, string>;
    try {
      return JSON.parse(fillTemplate(template, escaped)) as ConfigValue;
    } catch {
      // No JSON: a text for people.
      return { text: fillTemplate(template, values) };
    }
  }
  return filledDeep(template, values);
}

function filledDeep(template: ConfigValue, values: Readonly<Record<TemplateVariable, string>>): ConfigValue {
  if (typeof template === "string") return fillTemplate(template, values);
  if (Array.isArray(template)) return (template as readonly ConfigValue[]).map((item) => filledDeep(item, values));
  if (typeof template !== "object" || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filledDeep(value, values)]));
}

const MAKERS: Readonly<Record<WebhookType, (config: Config, occasion: WebhookOccasion) => WebhookMessage>> = {
  slack,
  newrelic: newRelic,
  pagerduty: pagerDuty,
  custom,
};

/** What a hook without a template sends. */
export function hookPayload(occasion: WebhookOccasion): ConfigValue {
  const { run, schedule, fireOn } = occasion;
  return {
    hook: fireOn,
    runId: run.id,
    schedule: inert(schedule.name),
    scheduledAt: new Date(run.scheduledAt).toISOString(),
    args: inertData(run.args),
  };
}

/** The message for an occasion. Headers of the configuration come on top of the receiver's own. */
export function webhookMessage(type: WebhookType, config: Config, occasion: WebhookOccasion): WebhookMessage {
  const message = MAKERS[type](config, occasion);
  const { headers } = config;
  const own =
    typeof headers === "object" && headers !== null && !Array.isArray(headers)
      ? Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : []))
      : [];
  return { headers: { ...message.headers, ...Object.fromEntries(own) }, payload: message.payload };
}
