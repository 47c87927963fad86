// What a trigger's text says, in both forms: when it fires, on what, how, and whom it calls. Knows the tree, not the database.
import { parse } from "../../compiler/syntax/parse.ts";
import type { TriggerDeclaration } from "../../compiler/syntax/tree.ts";
import { configText, configValues, configWords, type ConfigValue } from "../catalog/config-values.ts";
import type { ReadyTrigger, TriggerEvent, TriggerTiming } from "./types.ts";

/** A trigger as it was declared. */
export interface TriggerDefinition {
  readonly name: string;
  readonly timings: readonly TriggerTiming[];
  readonly events: ReadyTrigger["events"];
  readonly each: "row" | "statement";
  /** Undefined: `main`, or where the table is found. */
  readonly schema: string | undefined;
  readonly table: string;
  readonly inline: boolean;
  readonly call: string | undefined;
  /** What may be called: procedure, function, pipeline; empty: a procedure. */
  readonly callable: readonly string[];
  readonly onError: "abort" | "log";
  readonly isAsync: boolean;
  readonly retries: number;
  readonly key: readonly string[];
  readonly maxDepth: number;
  readonly recursive: boolean;
}

/** How often an asynchronous trigger is tried again unless it says so. */
const RETRIES = 3;
/** Firings inside each other unless the trigger says so (ARCHITECTURE.md section 10 of the project's decisions). */
const DEPTH = 16;

const EVENTS: readonly TriggerEvent[] = ["insert", "update", "delete", "upsert"];
const TIMINGS: readonly TriggerTiming[] = ["before", "after", "instead of"];

/** Parsed triggers by their text. Texts do not change, so this outlives what a session knows; the oldest go first. */
const parsedTriggers = new Map<string, TriggerDeclaration | undefined>();
const PARSED_MAX = 2000;

/** The declaration of a stored text; undefined when it no longer parses as a trigger. */
export function triggerOfText(text: string): TriggerDeclaration | undefined {
  if (parsedTriggers.has(text)) return parsedTriggers.get(text);
  const { items } = parse({ name: "trigger", text }).value;
  const statement = items.length === 1 ? items[0]?.statement : undefined;
  const declaration = statement?.kind === "trigger" ? statement : undefined;
  parsedTriggers.set(text, declaration);
  for (const oldest of parsedTriggers.keys()) {
    if (parsedTriggers.size <= PARSED_MAX) break;
    parsedTriggers.delete(oldest);
  }
  return declaration;
}

/** Reads a declaration; `text` is what its spans refer to. */
export function definitionOf(declaration: TriggerDeclaration, text: string): TriggerDefinition {
  const config = configValues(declaration.config, text);
  const parts = declaration.target?.parts.map((part) => part.text) ?? configText(config["target"])?.split(".") ?? [];
  const timings = TIMINGS.filter((timing) => configWords(config["timing"]).includes(timing));
  return {
    name: declaration.name.text,
    timings: declaration.timing === undefined ? (timings.length > 0 ? timings : ["before"]) : [declaration.timing],
    events: declaration.events.length > 0 ? writtenEvents(declaration) : configuredEvents(config),
    each: (declaration.each ?? configText(config["each"])?.toLowerCase()) === "statement" ? "statement" : "row",
    schema: parts.length > 1 ? parts[0] : undefined,
    table: parts.at(-1) ?? "",
    inline: declaration.body !== undefined,
    call: configText(config["call"]),
    callable: configWords(config["exe"]),
    onError: configText(config["on_error"])?.toLowerCase() === "log" ? "log" : "abort",
    isAsync: config["async"] === true,
    retries: numberIn(config["retries"], RETRIES),
    key: namesIn(config["key"]),
    maxDepth: numberIn(config["max_depth"], DEPTH),
    recursive: config["recursive"] !== false,
  };
}

function writtenEvents(declaration: TriggerDeclaration): ReadyTrigger["events"] {
  return declaration.events.map(({ event, columns }) => ({
    event,
    columns: columns.map((column) => column.text.toLowerCase()),
  }));
}

function configuredEvents(config: Readonly<Record<string, ConfigValue>>): ReadyTrigger["events"] {
  const words = configWords(config["event"]);
  const columns = namesIn(config["of"]).map((column) => column.toLowerCase());
  return EVENTS.filter((event) => words.includes(event)).map((event) => ({
    event,
    columns: event === "update" ? columns : [],
  }));
}

function namesIn(value: ConfigValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? (value as readonly ConfigValue[]) : [value]).flatMap((each) => configText(each) ?? []);
}

function numberIn(value: ConfigValue | undefined, otherwise: number): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}
