// Checking configuration blocks against the key table, and reading their values as texts and sets.
import { durationMs } from "../../base/quantity.ts";
import { parseDate, parseTimestamp } from "../../base/value/temporal.ts";
import type { ConfigBlock, ConfigEntry, Expression } from "../syntax/tree.ts";
import { configKey, CONFIG_KEYS, type ConfigOwner, type KeyShape } from "./config-keys.ts";
import type { CheckContext } from "./context.ts";
import { nearest, problem, replaceFix } from "./findings.ts";

/** Entries by key in lower case, after they were checked: unknown and doubled keys, shapes, choices. */
export function checkConfig(
  ctx: CheckContext,
  block: ConfigBlock,
  owner: ConfigOwner,
  what: string,
): ReadonlyMap<string, ConfigEntry> {
  const entries = new Map<string, ConfigEntry>();
  if (block.hasHole) {
    ctx.state.holes.add(ctx.item);
    problem(ctx, "IncompleteProgram", block.span, {});
  }
  for (const entry of block.entries) {
    const known = configKey(owner, entry.key.text);
    if (known === undefined) {
      const near = nearest(entry.key.text, Object.keys(CONFIG_KEYS[owner]));
      problem(
        ctx,
        "UnknownKey",
        entry.key.span,
        { key: entry.key.text, owner: what },
        near === undefined
          ? {}
          : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, entry.key.span, near)] },
      );
      continue;
    }
    if (entries.has(known.name)) problem(ctx, "DoubleKey", entry.key.span, { key: entry.key.text });
    entries.set(known.name, entry);
    checkValue(ctx, entry, known.row.shape);
    checkLeast(ctx, entry, known.row.least);
  }
  return entries;
}

function checkLeast(ctx: CheckContext, entry: ConfigEntry, least: number | undefined): void {
  const { key, value } = entry;
  if (least === undefined || !("kind" in value) || value.kind !== "number") return;
  if (Number(value.text) < least) problem(ctx, "KeyRange", value.span, { key: key.text, least });
}

function checkValue(ctx: CheckContext, entry: ConfigEntry, shape: KeyShape): void {
  const { value, key } = entry;
  if (isBlock(value)) {
    if (shape === "object" && key.text.toLowerCase() === "limits")
      checkConfig(ctx, value, "limits", "The block limits");
    else if (!BLOCK_SHAPES.has(shape)) wrong(ctx, entry, shapeName(shape), "a block");
    return;
  }
  if (value.kind === "hole") return holeIn(ctx, value);
  noteHoles(ctx, value);
  if (typeof shape === "object") checkChoices(ctx, entry, value, shape);
  else if (shape === "duration") checkDuration(ctx, entry, value);
  else if (!fitsShape(value, shape))
    wrong(ctx, entry, shapeName(shape), ctx.item.text.slice(value.span.start, value.span.end));
}

/** Shapes of values that may be blocks. */
const BLOCK_SHAPES: ReadonlySet<KeyShape> = new Set<KeyShape>(["object", "any", "hook", "previous"]);

function isBlock(value: ConfigEntry["value"]): value is ConfigBlock {
  return "entries" in value;
}

function holeIn(ctx: CheckContext, node: { readonly span: ConfigEntry["span"] }): void {
  ctx.state.holes.add(ctx.item);
  problem(ctx, "IncompleteProgram", node.span, {});
}

function noteHoles(ctx: CheckContext, value: Expression): void {
  if (value.kind === "hole") holeIn(ctx, value);
  if (value.kind === "list") for (const element of value.elements) noteHoles(ctx, element);
}

function wrong(ctx: CheckContext, entry: ConfigEntry, expected: string, found: string): void {
  problem(ctx, "WrongKeyType", entry.value.span, { key: entry.key.text, expected, found });
}

/** `5m`, `2h30m`, `PT1H`, INTERVAL '5 minutes'. A number has no unit and is none. */
function checkDuration(ctx: CheckContext, entry: ConfigEntry, value: Expression): void {
  const text =
    value.kind === "temporal" ? value.text : (nameOf(value) ?? ctx.item.text.slice(value.span.start, value.span.end));
  if ((durationMs(text ?? "") ?? 0) > 0) return;
  problem(
    ctx,
    "UnknownDuration",
    value.span,
    { key: entry.key.text, text: text ?? "" },
    { help: "Write for example '90s', '5m', '2h30m', '500ms' or 'PT1H'." },
  );
}

const SHAPE_NAMES: Readonly<Record<Extract<KeyShape, string>, string>> = {
  name: "a name",
  names: "a name or a list of names",
  text: "a text",
  literal: "a text as it stands",
  texts: "a text or a list of texts",
  int: "a whole number",
  bool: "true or false",
  object: "a block",
  actions: "an action or a list of actions",
  steps: "a list of steps",
  template: "the number or the name of a query template",
  duration: "a duration such as '5m'",
  moment: "a date or a time such as '2026-01-31 12:00:00'",
  hook: "an address (https://…) or a block with url",
  previous: "true, the name of a schedule, or a block",
  boolOrNames: "true or names of constraints",
  any: "a value",
};

function shapeName(shape: KeyShape): string {
  return typeof shape === "string" ? SHAPE_NAMES[shape] : "one of its values";
}

function fitsShape(value: Expression, shape: Extract<KeyShape, string>): boolean {
  if (value.kind === "hole" || value.kind === "skipped") return true;
  switch (shape) {
    case "name":
      return nameOf(value) !== undefined;
    case "text":
      return value.kind === "string" || value.kind === "template" || value.kind === "binary";
    case "literal":
      return value.kind === "string";
    case "names":
    case "texts":
      return value.kind === "list"
        ? value.elements.every((element) => element.kind === "hole" || nameOf(element) !== undefined)
        : nameOf(value) !== undefined;
    case "int":
      return value.kind === "number" && value.form === "int";
    case "bool":
      return value.kind === "boolean";
    case "object":
      return value.kind === "object";
    case "template":
      if (value.kind === "string") return value.value.trim() !== "";
      return value.kind === "name" || (value.kind === "number" && value.form === "int");
    case "moment":
      return isMoment(value.kind === "temporal" ? (value.text ?? "") : (nameOf(value) ?? ""));
    case "boolOrNames":
      return value.kind === "boolean" || fitsShape(value, "names");
    case "actions":
      return value.kind === "list" ? value.elements.every(isAction) : isAction(value);
    case "steps":
      return (
        value.kind === "list" &&
        value.elements.every(
          (element) => element.kind === "hole" || element.kind === "call" || nameOf(element) !== undefined,
        )
      );
    // Judged where their meaning is known: durations below, hooks and successes with the schedule.
    case "duration":
    case "hook":
    case "previous":
    case "any":
      return true;
  }
}

function isMoment(text: string): boolean {
  return parseDate(text) !== undefined || parseTimestamp(text) !== undefined;
}

function isAction(value: Expression): boolean {
  return value.kind === "call" || value.kind === "hole" || nameOf(value) !== undefined;
}

function checkChoices(
  ctx: CheckContext,
  entry: ConfigEntry,
  value: Expression,
  shape: Exclude<KeyShape, string>,
): void {
  const choices = "set" in shape ? shape.set : shape.choice;
  const words = "set" in shape ? setOf(value) : nameOf(value) === undefined ? undefined : [nameOf(value) ?? ""];
  if (words === undefined) {
    if (value.kind !== "hole")
      wrong(
        ctx,
        entry,
        `one of ${choices.filter((choice) => choice !== "").join(", ")}`,
        ctx.item.text.slice(value.span.start, value.span.end),
      );
    return;
  }
  for (const word of words) {
    if (choices.some((choice) => choice.toLowerCase() === word.toLowerCase())) continue;
    const near = nearest(word, choices);
    problem(
      ctx,
      "UnknownValue",
      value.span,
      { key: entry.key.text, value: word, choices: choices.filter((choice) => choice !== "").join(", ") },
      near === undefined ? {} : { help: `Did you mean ${near}?` },
    );
  }
}

/** A bare word or a text; `a.b` keeps its dot. */
export function nameOf(value: ConfigEntry["value"] | undefined): string | undefined {
  if (value === undefined || !("kind" in value)) return undefined;
  if (value.kind === "string") return value.value;
  if (value.kind === "name") return value.name.text;
  if (value.kind === "boolean") return String(value.value);
  if (value.kind === "null") return "null";
  if (value.kind === "member") {
    const object = nameOf(value.object);
    return object === undefined ? undefined : `${object}.${value.name.text}`;
  }
  return undefined;
}

/** Names of a value that may be one or a list. */
export function namesOf(value: ConfigEntry["value"] | undefined): readonly string[] {
  if (value === undefined || !("kind" in value)) return [];
  if (value.kind === "list") return value.elements.flatMap((element) => nameOf(element) ?? []);
  const name = nameOf(value);
  return name === undefined ? [] : [name];
}

/** Alternatives: `'insert|update'`, `insert`, `['insert', 'update']`. */
export function setOf(value: ConfigEntry["value"] | undefined): readonly string[] | undefined {
  if (value === undefined || !("kind" in value)) return undefined;
  if (value.kind === "list") {
    const parts = value.elements.map(nameOf);
    return parts.every((part) => part !== undefined) ? parts.flatMap((part) => part ?? []) : undefined;
  }
  if (value.kind === "binary" && (value.operator === "|" || value.operator === "or")) {
    const left = setOf(value.left);
    const right = setOf(value.right);
    return left === undefined || right === undefined ? undefined : [...left, ...right];
  }
  const text = nameOf(value);
  return text === undefined ? undefined : text.split("|").map((part) => part.trim());
}

/** Whether a text is a cron text rather than a schedule's name. */
export function isCronText(text: string): boolean {
  return /[\s@*]/.test(text.trim());
}
