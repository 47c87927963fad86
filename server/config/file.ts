// Reads gobi.toml into values by key, each with its place. All that is wrong is told at once, by place; nothing of the text is trusted.
// `${env.X}` in a string stands for a variable of the environment; the value is never shown, only the text with the variable's name.
import { parse, TomlError } from "smol-toml";
import { nearest } from "../../base/nearest.ts";
import type { Environment } from "../../protocol/client/registry.ts";
import { CONFIG_KEYS, configRow } from "./keys.ts";
import { type TextPlace, tomlPlaces } from "./toml-places.ts";
import { type ConfigValue, readValue } from "./values.ts";

/** Something wrong with a configuration: one sentence, with the place where it is known. */
export interface ConfigProblem {
  /** The key, when it is one. */
  readonly key: string | undefined;
  /** `gobi.toml:3:1`, `GOBI_NAME`, `--set`; empty when the problem has no one place. */
  readonly place: string;
  readonly message: string;
}

/** A value that was given. */
export interface GivenValue {
  readonly value: ConfigValue;
  readonly place: string;
  /** The text as it was written, where the value holds something from the environment. */
  readonly shown: string | undefined;
}

export interface ConfigFile {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads a text; `name` is the file's name for messages. */
export function readConfigText(text: string, name: string, environment: Environment): ConfigFile {
  let read: Readonly<Record<string, unknown>>;
  try {
    read = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { values: new Map(), problems: [syntaxProblem(error, name)] };
  }
  const reading: Reading = {
    name,
    environment,
    places: tomlPlaces(text),
    values: new Map(),
    problems: [],
  };
  readTable(reading, [], read);
  return reading;
}

interface Reading extends ConfigFile {
  readonly name: string;
  readonly environment: Environment;
  readonly places: ReadonlyMap<string, TextPlace>;
  readonly values: Map<string, GivenValue>;
  readonly problems: ConfigProblem[];
}

function syntaxProblem(error: TomlError, name: string): ConfigProblem {
  const [first = "", ...rest] = error.message.split("\n");
  const reason = first.replace(/^Invalid TOML document: /u, "");
  const line = rest.find((each) => each.includes(`${error.line}:`))?.trim();
  return {
    key: undefined,
    place: `${name}:${error.line}:${error.column}`,
    message: `The file is not TOML: ${reason}${line === undefined ? "" : ` (line ${line})`}.`,
  };
}

const TABLES: ReadonlySet<string> = new Set(
  Object.keys(CONFIG_KEYS).flatMap((key) => {
    const parts = key.split(".");
    return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
  }),
);

function readTable(reading: Reading, path: readonly string[], table: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(table)) {
    const here = [...path, key];
    const name = here.join(".");
    const row = configRow(name);
    const place = placeOf(reading, here);
    if (row !== undefined) readKey(reading, name, place, value);
    else if (TABLES.has(name) && isTable(value)) readTable(reading, here, value);
    else reading.problems.push({ key: name, place, message: unknownKey(name, TABLES.has(name)) });
  }
}

function readKey(reading: Reading, key: string, place: string, raw: unknown): void {
  const row = configRow(key);
  if (row === undefined) return;
  const expanded = expand(raw, reading.environment);
  if ("missing" in expanded)
    return void reading.problems.push({
      key,
      place,
      message: `${key} names the environment variable ${expanded.missing}, which is not set.`,
    });
  const read = readValue(row, expanded.value, expanded.used);
  if ("problem" in read)
    reading.problems.push({ key, place, message: `${key} ${maskedProblem(read.problem, expanded.used)}.` });
  else reading.values.set(key, { value: read.value, place, shown: expanded.used ? shownText(raw) : undefined });
}

/** What came from the environment may be a secret: it is not repeated. */
function maskedProblem(problem: string, fromEnvironment: boolean): string {
  return fromEnvironment ? problem.replace(/, not .*$/su, ", not what the environment gives") : problem;
}

function shownText(raw: unknown): string {
  return Array.isArray(raw) ? raw.map(String).join(", ") : String(raw);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The place of a key, or of what is nearest around it. */
function placeOf(reading: Reading, path: readonly string[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const place = reading.places.get(path.slice(0, length).join("."));
    if (place !== undefined) return `${reading.name}:${place.line}:${place.column}`;
  }
  return reading.name;
}

/** The sentence about a name that is no key. */
export function unknownKey(name: string, isTableName = false): string {
  if (isTableName) return `${name} is a table of keys, not a key.`;
  const near =
    nearest(name, [...Object.keys(CONFIG_KEYS), ...TABLES]) ??
    Object.keys(CONFIG_KEYS).find((key) => key.endsWith(`.${name}`));
  return near === undefined ? `There is no key ${name}.` : `There is no key ${name}; did you mean ${near}?`;
}

type Expanded =
  | { readonly value: unknown; readonly used: boolean }
  /** The first variable that is not set. */
  | { readonly missing: string };

const VARIABLE = /\$\{env\.([A-Za-z_]\w*)\}/gu;

function expand(raw: unknown, environment: Environment): Expanded {
  if (typeof raw === "string") return expandText(raw, environment);
  if (!Array.isArray(raw)) return { value: raw, used: false };
  const parts = raw.map((each: unknown) => expand(each, environment));
  const values: unknown[] = [];
  for (const part of parts) {
    if ("missing" in part) return part;
    values.push(part.value);
  }
  return { value: values, used: parts.some((part) => "used" in part && part.used) };
}

function expandText(text: string, environment: Environment): Expanded {
  let used = false;
  let missing: string | undefined;
  const value = text.replace(VARIABLE, (_, name: string) => {
    used = true;
    const found = environment[name];
    if (found === undefined) missing ??= name;
    return found ?? "";
  });
  return missing === undefined ? { value, used } : { missing };
}
