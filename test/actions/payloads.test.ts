// What webhooks say (IT-53, IT-63): one golden file for all receivers and occasions, templates, escaping.
import { describe, expect, test } from "vitest";
import { fillTemplate, TEMPLATE_VARIABLES, unknownTemplateVariables } from "../../base/webhook-template.ts";
import {
  templateValues,
  webhookMessage,
  type WebhookOccasion,
  type WebhookType,
} from "../../server/actions/payloads.ts";
import type { ConfigValue } from "../../server/catalog/config-values.ts";
import { schedule, stage } from "./fixture.ts";

const nightly = schedule("nightly");
const RUN = {
  ...stage().addRun(nightly, "failed", { args: { day: "2026-01-31" } }),
  id: "run-1",
  startedAt: Date.UTC(2026, 0, 31, 2),
  completedAt: Date.UTC(2026, 0, 31, 2, 0, 3),
  error: 'Overflow: "9" is too large',
  attempt: 2,
};
const FAILURE: WebhookOccasion = {
  fireOn: "on_failure",
  run: RUN,
  schedule: nightly,
  violation: undefined,
  cluster: "machine",
  database: "shop.db",
  runUrl: undefined,
};
const VIOLATION: WebhookOccasion = {
  ...FAILURE,
  fireOn: "on_violation",
  violation: { id: "v1", typeId: 6, message: "It runs longer than 1m.", currentValue: 61_000, threshold: 60_000 },
};
const CONFIGS: Readonly<Record<WebhookType, Readonly<Record<string, ConfigValue>>>> = {
  slack: { channel: "#data" },
  newrelic: { api_key: "${env.NEW_RELIC_KEY}" },
  pagerduty: { routing_key: "${env.PAGERDUTY_KEY}" },
  custom: {
    headers: { authorization: "Bearer ${env.TOKEN}" },
    template: '{"job": "{{jobName}}", "why": "{{error}}", "args": {{ jobArgs }}}'.replace(
      "{{ jobArgs }}",
      '"{{ jobArgs }}"',
    ),
  },
};

test.each(Object.keys(CONFIGS) as WebhookType[])("%s", async (type) => {
  const messages = {
    failure: webhookMessage(type, CONFIGS[type], FAILURE),
    violation: webhookMessage(type, CONFIGS[type], VIOLATION),
  };
  await expect(`${JSON.stringify(messages, undefined, 2)}\n`).toMatchFileSnapshot(`../fixtures/webhooks/${type}.json`);
});

describe("templates", () => {
  test("every variable has a value", () => {
    const all = Object.keys(TEMPLATE_VARIABLES)
      .map((name) => `${name}={{${name}}}`)
      .join("\n");
    const text = fillTemplate(all, templateValues({ ...FAILURE, runUrl: "https://example.org/runs/run-1" }));
    expect(text).not.toContain("{{");
    expect(text.split("\n")).toEqual([
      "cluster=machine",
      "jobName=nightly",
      "jobNamespace=shop.db",
      "jobCommand=nightly_procedure",
      'jobArgs={"day":"2026-01-31"}',
      "runID=run-1",
      "status=failed",
      'error=Overflow: "9" is too large',
      "attempt=2",
      "durationMs=3000",
      "runUrl=https://example.org/runs/run-1",
    ]);
  });
  test("what a program says is never taken for a secret", () => {
    const run = { ...RUN, error: "${env.TOKEN}", args: { "${env.A}": ["${env.B}"] } };
    for (const type of Object.keys(CONFIGS) as WebhookType[])
      for (const config of [CONFIGS[type], {}]) {
        const { payload } = webhookMessage(type, config, { ...FAILURE, run });
        expect(JSON.stringify(payload)).not.toMatch(/\$\{env\.(?:TOKEN|A|B)\}/u);
      }
  });
  test("unknown variables are found", () => {
    expect(unknownTemplateVariables("{{jobName}} {{ jobname }} {{x}}")).toEqual(["jobname", "x"]);
  });
  test("a template that is data is filled in its texts", () => {
    const template = { a: ["{{status}}", 1], b: { c: "{{error}}" } };
    expect(webhookMessage("custom", { template }, FAILURE).payload).toEqual({
      a: ["failed", 1],
      b: { c: 'Overflow: "9" is too large' },
    });
  });
  test("a template that is no JSON is a text", () => {
    expect(webhookMessage("custom", { template: "{{jobName}} {{status}}" }, FAILURE).payload).toEqual({
      text: "nightly failed",
    });
  });
});
