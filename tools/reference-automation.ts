// Reference pages of what a database does by itself: keys of triggers, schedules and pipelines, actions, hooks, template variables, and the system tables.
import { SYSTEM_TABLES } from "../base/system-tables.ts";
import type { SystemTableRow } from "../base/system-tables/row.ts";
import { TEMPLATE_VARIABLES } from "../base/webhook-template.ts";
import { ACTIONS, type ArgumentRow, HOOK_FIELDS, PREVIOUS_SUCCESS_FIELDS } from "../compiler/check/action-table.ts";
import { CONFIG_KEYS, type ConfigOwner, type KeyShape } from "../compiler/check/config-keys.ts";
import { page, type Page, table } from "./reference-page.ts";

const OWNERS: Readonly<Record<ConfigOwner, string>> = {
  metadata: "Metadata of procedures and functions",
  trigger: "Triggers",
  schedule: "Schedules",
  pipeline: "Pipelines",
  step: "Steps of a pipeline",
  limits: "The block limits of metadata",
};

/** What a value may be, in words. */
function shapeText(shape: KeyShape): string {
  if (typeof shape === "string") return shape;
  const choices = "set" in shape ? shape.set : shape.choice;
  const words = choices.filter((choice) => choice !== "").map((choice) => `\`${choice}\``);
  return `${"set" in shape ? "some of" : "one of"} ${words.join(", ")}`;
}

function argumentRows(rows: Readonly<Record<string, ArgumentRow>>): readonly (readonly string[])[] {
  return Object.entries(rows).map(([name, row]) => [
    `\`${name}\`${row.alias === undefined ? "" : ` (\`${row.alias}\`)`}`,
    row.choices === undefined ? row.shape : row.choices.map((choice) => `\`${choice}\``).join(", "),
    row.required === true ? "yes" : "",
    row.doc,
  ]);
}

const ARGUMENT_HEAD = ["argument", "value", "needed", "meaning"];

/** Keys, actions, hooks. */
export function automationPage(): Page {
  const keys = (Object.keys(OWNERS) as ConfigOwner[]).flatMap((owner) => [
    `## ${OWNERS[owner]}`,
    "",
    table(
      ["key", "value", "meaning"],
      Object.entries<{ readonly shape: KeyShape; readonly doc: string }>(CONFIG_KEYS[owner]).map(([name, row]) => [
        `\`${name}\``,
        shapeText(row.shape),
        row.doc,
      ]),
    ),
    "",
  ]);
  const actions = Object.entries(ACTIONS).flatMap(([name, row]) => [
    `## Action ${name}`,
    "",
    row.doc,
    "",
    table(ARGUMENT_HEAD, argumentRows(row.arguments)),
    "",
  ]);
  return page(
    "automation.md",
    "Keys of triggers, schedules and pipelines",
    "compiler/check/config-keys.ts, compiler/check/action-table.ts and base/webhook-template.ts",
    ...keys,
    ...actions,
    "## Hooks",
    "",
    table(ARGUMENT_HEAD, argumentRows(HOOK_FIELDS)),
    "",
    "## require_previous_success",
    "",
    table(ARGUMENT_HEAD, argumentRows(PREVIOUS_SUCCESS_FIELDS)),
    "",
    "## Variables of webhook templates",
    "",
    table(
      ["variable", "meaning"],
      Object.entries(TEMPLATE_VARIABLES).map(([name, doc]) => [`\`{{${name}}}\``, doc]),
    ),
  );
}

/** Tables below `system.`. */
export function systemTablesPage(): Page {
  const sections = Object.entries<SystemTableRow>(SYSTEM_TABLES).flatMap(([name, row]) => [
    `## system.${name}`,
    "",
    `${row.doc} Key: ${row.key.join(", ")}.`,
    "",
    table(
      ["column", "type"],
      Object.entries(row.columns).map(([column, type]) => [column, type]),
    ),
    "",
  ]);
  return page(
    "system-tables.md",
    "System tables",
    "base/system-tables/",
    "They can be read like tables; statements of the language change them.",
    "",
    ...sections,
  );
}
