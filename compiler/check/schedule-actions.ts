// What a schedule does on the outcome of a run: actions with their arguments, hooks, and the success that a run waits for, checked against action-table.ts.
import { durationMs } from "../../base/quantity.ts";
import type { Span } from "../../base/source.ts";
import { TEMPLATE_VARIABLES, unknownTemplateVariables } from "../../base/webhook-template.ts";
import type { ConfigEntry, Expression, Name } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import {
  ACTIONS,
  actionNamed,
  argumentNamed,
  HOOK_FIELDS,
  PREVIOUS_SUCCESS_FIELDS,
  type ArgumentRow,
  type ArgumentShape,
} from "./action-table.ts";
import { nameOf } from "./config-values.ts";
import type { CheckContext } from "./context.ts";
import { nearest, problem, replaceFix } from "./findings.ts";

type Rows = Readonly<Record<string, ArgumentRow>>;
type ConfigValue = ConfigEntry["value"];

/** An argument or field as written; undefined name: by position. */
export interface Given {
  readonly name: Name | undefined;
  readonly value: ConfigValue;
}

/** True when the module or the catalog has a schedule of that name. */
export function declaresSchedule(ctx: CheckContext, name: string): boolean {
  const own = ctx.state.module.items.some(
    ({ statement }) => statement.kind === "schedule" && foldName(statement.name.text) === foldName(name),
  );
  return own || ctx.catalog.hasObject("schedule", name);
}

/** The actions of a key such as `on_failure`. */
export function checkActions(ctx: CheckContext, entry: ConfigEntry | undefined): void {
  const value = entry?.value;
  if (value === undefined || !("kind" in value) || value.kind === "hole") return;
  for (const element of value.kind === "list" ? value.elements : [value]) checkAction(ctx, element);
}

function checkAction(ctx: CheckContext, element: Expression): void {
  if (element.kind === "hole") return;
  const callee = element.kind === "call" ? element.callee : element;
  const written = nameOf(callee);
  if (written === undefined) return;
  const name = actionNamed(written);
  if (name === undefined) {
    const near = nearest(written, Object.keys(ACTIONS));
    problem(
      ctx,
      "UnknownAction",
      callee.span,
      { name: written },
      near === undefined
        ? { help: `Actions are ${Object.keys(ACTIONS).join(", ")}.` }
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, callee.span, near)] },
    );
    return;
  }
  const given = element.kind === "call" ? element.arguments : [];
  const found = checkGiven(ctx, name, ACTIONS[name].arguments, given, element.span);
  if (name !== "kickOffJob") return;
  const target = found.get("schedule");
  const schedule = nameOf(target);
  if (target !== undefined && schedule !== undefined && !declaresSchedule(ctx, schedule))
    problem(ctx, "PendingSchedule", target.span, { name: schedule });
}

/** A hook: an address, or a block with one. */
export function checkHook(ctx: CheckContext, entry: ConfigEntry | undefined): void {
  if (entry === undefined) return;
  const { key, value } = entry;
  const fields = fieldsOf(value);
  if (fields !== undefined) return void checkGiven(ctx, key.text, HOOK_FIELDS, fields, value.span);
  if (!("kind" in value) || value.kind === "hole") return;
  if (!fits(value, "url"))
    problem(ctx, "WrongKeyType", value.span, {
      key: key.text,
      expected: "an address (https://…) or a block with url",
      found: sourceOf(ctx, value.span),
    });
}

/** `require_previous_success`: true, the name of a schedule, or a block. */
export function checkPreviousSuccess(ctx: CheckContext, entry: ConfigEntry | undefined, own: string): void {
  if (entry === undefined) return;
  const { key, value } = entry;
  const fields = fieldsOf(value);
  const target =
    fields === undefined
      ? value
      : checkGiven(ctx, key.text, PREVIOUS_SUCCESS_FIELDS, fields, value.span).get("schedule");
  if (target === undefined || !("kind" in target) || target.kind === "boolean" || target.kind === "hole") return;
  const name = nameOf(target);
  if (name === undefined)
    problem(ctx, "WrongKeyType", target.span, {
      key: key.text,
      expected: "true, the name of a schedule, or a block",
      found: sourceOf(ctx, target.span),
    });
  else if (foldName(name) === foldName(own)) return;
  else if (!declaresSchedule(ctx, name)) problem(ctx, "PendingSchedule", target.span, { name }, { severity: "error" });
  else checkSuccessCircle(ctx, own, name, target.span);
}

/** Schedules of the module that wait for each other's success would all wait forever. */
function checkSuccessCircle(ctx: CheckContext, own: string, first: string, span: Span): void {
  const path = [own];
  for (let next: string | undefined = first; next !== undefined; next = waitsFor(ctx, next)) {
    const known = path.some((name) => foldName(name) === foldName(next ?? ""));
    path.push(next);
    if (!known) continue;
    if (foldName(next) === foldName(own)) problem(ctx, "SuccessCircle", span, { path: path.join(" → ") });
    return;
  }
}

/** The schedule whose success a schedule of the module waits for, when it is another one. */
function waitsFor(ctx: CheckContext, name: string): string | undefined {
  for (const { statement } of ctx.state.module.items) {
    if (statement.kind !== "schedule" || foldName(statement.name.text) !== foldName(name)) continue;
    const entry = statement.config?.entries.find((each) => foldName(each.key.text) === "require_previous_success");
    const fields = entry === undefined ? undefined : fieldsOf(entry.value);
    const target = fields?.find(
      ({ name: key }) => key !== undefined && argumentNamed(PREVIOUS_SUCCESS_FIELDS, key.text) === "schedule",
    )?.value;
    const wanted = nameOf(fields === undefined ? entry?.value : target);
    return wanted === undefined || wanted === "true" || foldName(wanted) === foldName(name) ? undefined : wanted;
  }
  return undefined;
}

function sourceOf(ctx: CheckContext, span: Span): string {
  return ctx.item.text.slice(span.start, span.end);
}

/** Entries of a block or fields of an object; undefined for other values. */
export function fieldsOf(value: ConfigValue): readonly Given[] | undefined {
  if ("entries" in value) return value.entries.map((entry) => ({ name: entry.key, value: entry.value }));
  return value.kind === "object" ? value.fields.map((field) => ({ name: field.name, value: field.value })) : undefined;
}

/** Checks what is given against rows, and that nothing is missing; gives the values by canonical name. */
function checkGiven(
  ctx: CheckContext,
  owner: string,
  rows: Rows,
  given: readonly Given[],
  span: Span,
): ReadonlyMap<string, ConfigValue> {
  const order = Object.keys(rows);
  const found = new Map<string, ConfigValue>();
  let position = 0;
  for (const { name, value } of given) {
    const key = name === undefined ? order[position++] : argumentNamed(rows, name.text);
    const row = key === undefined ? undefined : rows[key];
    if (key === undefined || row === undefined) {
      reportUnknown(ctx, owner, rows, name, value);
      continue;
    }
    if (found.has(key)) problem(ctx, "DoubleKey", value.span, { key });
    found.set(key, value);
    checkArgument(ctx, `${owner}.${key}`, row, value);
  }
  for (const key of order)
    if (rows[key]?.required === true && !found.has(key))
      problem(ctx, "ActionNeeds", span, { action: owner, argument: key });
  return found;
}

function reportUnknown(ctx: CheckContext, owner: string, rows: Rows, name: Name | undefined, value: ConfigValue): void {
  const near = name === undefined ? undefined : nearest(name.text, Object.keys(rows));
  const argument = name?.text ?? sourceOf(ctx, value.span);
  const span = name?.span ?? value.span;
  problem(
    ctx,
    "ActionArgument",
    span,
    { action: owner, argument },
    near === undefined
      ? { help: `It takes ${Object.keys(rows).join(", ")}.` }
      : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, span, near)] },
  );
}

const SHAPE_TEXTS: Readonly<Record<ArgumentShape, string>> = {
  int: "a whole number",
  number: "a number",
  text: "a text",
  name: "a name",
  names: "a name or a list of names",
  duration: "a duration such as '5m'",
  object: "a block",
  url: "an address (https://…)",
  any: "a value",
  statuses: "a number or a list of numbers",
};

/** Variables in the texts of a template, at any depth. */
function checkTemplate(ctx: CheckContext, value: ConfigValue): void {
  const inner = fieldsOf(value);
  if (inner !== undefined) return inner.forEach((field) => checkTemplate(ctx, field.value));
  if (!("kind" in value)) return;
  if (value.kind === "list") return value.elements.forEach((element) => checkTemplate(ctx, element));
  if (value.kind !== "string") return;
  for (const name of unknownTemplateVariables(value.value)) {
    const near = nearest(name, Object.keys(TEMPLATE_VARIABLES));
    problem(
      ctx,
      "UnknownTemplateVariable",
      value.span,
      { name },
      {
        help:
          near === undefined ? `Variables are ${Object.keys(TEMPLATE_VARIABLES).join(", ")}.` : `Did you mean ${near}?`,
      },
    );
  }
}

function checkArgument(ctx: CheckContext, key: string, row: ArgumentRow, value: ConfigValue): void {
  if ("kind" in value && value.kind === "hole") return;
  if (row.template === true) checkTemplate(ctx, value);
  if (!fits(value, row.shape)) {
    problem(ctx, "WrongKeyType", value.span, {
      key,
      expected: SHAPE_TEXTS[row.shape],
      found: sourceOf(ctx, value.span),
    });
    return;
  }
  const word = nameOf(value);
  const choices = row.choices;
  if (choices === undefined || word === undefined) return;
  if (choices.some((choice) => choice.toLowerCase() === word.toLowerCase())) return;
  const near = nearest(word, choices);
  problem(
    ctx,
    "UnknownValue",
    value.span,
    { key, value: word, choices: choices.join(", ") },
    near === undefined ? {} : { help: `Did you mean ${near}?` },
  );
}

function fits(value: ConfigValue, shape: ArgumentShape): boolean {
  if ("entries" in value) return shape === "object" || shape === "any";
  const isInt = (each: Expression): boolean => each.kind === "number" && each.form === "int";
  switch (shape) {
    case "int":
      return value.kind === "number" && value.form === "int" && Number(value.text) > 0;
    case "number":
      return value.kind === "number" && Number(value.text.replace(/d$/iu, "")) > 0;
    case "text":
      return value.kind === "string";
    case "name":
      return nameOf(value) !== undefined;
    case "names":
      return value.kind === "list"
        ? value.elements.every((element) => nameOf(element) !== undefined)
        : nameOf(value) !== undefined;
    case "duration":
      return (value.kind === "string" || value.kind === "temporal") && isDuration(nameOf(value) ?? temporalText(value));
    case "object":
      return value.kind === "object";
    case "url":
      return value.kind === "string" && /^(https?:\/\/|\$\{env\.)/iu.test(value.value);
    case "any":
      return true;
    case "statuses":
      return value.kind === "list" ? value.elements.every(isInt) : value.kind !== "hole" && isInt(value);
  }
}

function temporalText(value: Expression): string {
  return value.kind === "temporal" ? (value.text ?? "") : "";
}

/** True for the text of a duration that is longer than nothing. */
export function isDuration(text: string): boolean {
  return (durationMs(text) ?? 0) > 0;
}
