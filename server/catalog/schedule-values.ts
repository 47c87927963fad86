// What the configuration of a schedule says beyond plain values, as data: actions with named arguments, hooks, durations, moments.
// The checker has refused what does not fit (compiler/check/declare-schedules.ts); here everything is in order or left out.
import { durationMs } from "../../base/quantity.ts";
import { DAY_MICROS } from "../../base/value/calendar.ts";
import { parseDate, parseTimestamp } from "../../base/value/temporal.ts";
import {
  ACTIONS,
  actionNamed,
  argumentNamed,
  HOOK_FIELDS,
  PREVIOUS_SUCCESS_FIELDS,
  type ActionName,
  type ArgumentRow,
} from "../../compiler/check/action-table.ts";
import type { ConfigBlock, ConfigEntry, Expression } from "../../compiler/syntax/tree.ts";
import { configText, configValue, type ConfigValue } from "./config-values.ts";

/** JSON data by name. */
export type ConfigRecord = Readonly<Record<string, ConfigValue>>;

/** An action as written, with its arguments by their canonical names. */
export interface WrittenAction {
  readonly name: ActionName;
  readonly args: ConfigRecord;
}

/** The actions of a key such as `on_failure`. `text` is what the spans refer to. */
export function writtenActions(entry: ConfigEntry | undefined, text: string): readonly WrittenAction[] {
  const value = entry?.value;
  if (value === undefined || "entries" in value) return [];
  const elements = value.kind === "list" ? value.elements : [value];
  return elements.flatMap((element) => writtenAction(element, text) ?? []);
}

function writtenAction(expression: Expression, text: string): WrittenAction | undefined {
  const called = expression.kind === "call" ? expression.callee : expression;
  const word = configText(configValue(called, text)) ?? "";
  const name = actionNamed(word);
  if (name === undefined) return undefined;
  const rows: Readonly<Record<string, ArgumentRow>> = ACTIONS[name].arguments;
  const order = Object.keys(rows);
  const args: Record<string, ConfigValue> = {};
  let position = 0;
  for (const argument of expression.kind === "call" ? expression.arguments : []) {
    const key = argument.name === undefined ? order[position++] : argumentNamed(rows, argument.name.text);
    if (key !== undefined) args[key] = configValue(argument.value, text);
  }
  return { name, args };
}

/** A value that is data of named fields. */
export function isRecord(value: ConfigValue | undefined): value is ConfigRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withCanonicalNames(value: ConfigRecord, rows: Readonly<Record<string, ArgumentRow>>): ConfigRecord {
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [argumentNamed(rows, key) ?? key, field]));
}

/** A hook's fields: an address alone stands for a block with it. Undefined when there is none. */
export function hookValue(value: ConfigValue | undefined): ConfigRecord | undefined {
  if (typeof value === "string") return { url: value };
  return isRecord(value) ? withCanonicalNames(value, HOOK_FIELDS) : undefined;
}

/** `require_previous_success`: true stands for the schedule itself, from its second run on; a name for another one. */
export function previousSuccessValue(value: ConfigValue | undefined, schedule: string): ConfigRecord | undefined {
  if (value === true) return { schedule, allow_first: true };
  if (typeof value === "string") return { schedule: value };
  return isRecord(value) ? withCanonicalNames(value, PREVIOUS_SUCCESS_FIELDS) : undefined;
}

/** The text of a duration as it was written, undefined when it is none. */
export function durationText(value: ConfigValue | undefined): string | undefined {
  const text = configText(value);
  return text !== undefined && durationMs(text) !== undefined ? text : undefined;
}

/** Milliseconds of a stored duration. */
export function durationOf(value: ConfigValue | undefined): number | undefined {
  const text = configText(value);
  return text === undefined ? undefined : durationMs(text);
}

/** Microseconds since 1970 of a moment: a timestamp in UTC, or the midnight (UTC) of a date. */
export function momentMicros(value: ConfigValue | undefined): number | undefined {
  const text = configText(value);
  if (text === undefined) return undefined;
  const timestamp = parseTimestamp(text);
  if (timestamp !== undefined) return Number(timestamp.micros);
  const day = parseDate(text);
  return day === undefined ? undefined : day.days * DAY_MICROS;
}

/** The entry of a key in any case. */
export function entryOf(block: ConfigBlock | undefined, key: string): ConfigEntry | undefined {
  return block?.entries.find((entry) => entry.key.text.toLowerCase() === key);
}
