// Puts a configuration together from its sources, strongest first: command line, environment, gobi.toml, settings of the database, defaults.
// Every problem of every source is told at once. A configuration with problems is never used: a reload that finds some leaves all as it was.
import { readFileSync } from "node:fs";
import type { Environment } from "../../protocol/client/registry.ts";
import { type ConfigProblem, type GivenValue, readConfigText, unknownKey } from "./file.ts";
import { CONFIG_KEYS, type ConfigKey, configRow, type ConfigValueOf, variableOf } from "./keys.ts";
import { CONFIG_RULES } from "./rules.ts";
import type { ConfigOrigin, ConfigSource, Configuration } from "./types.ts";
import { type ConfigValue, printValue, readValue } from "./values.ts";

/** Where to read from. */
export interface ConfigRequest {
  /** Path of gobi.toml. A file that does not exist holds nothing, unless it `mustExist`. */
  readonly file: { readonly path: string; readonly name: string; readonly mustExist: boolean };
  readonly environment: Environment;
  /** `key=value` as they were given by `--set`. */
  readonly commandLine: readonly string[];
  /** Settings that stand in the database, by name. */
  readonly stored: Readonly<Record<string, string>>;
}

/** What a request gave. */
export interface ReadConfiguration {
  readonly configuration: LiveConfiguration;
  readonly problems: readonly ConfigProblem[];
}

/** What changed by a reload. */
export interface Reloaded {
  /** Keys whose new value holds now. */
  readonly applied: readonly ConfigKey[];
  /** Keys whose new value needs a restart. */
  readonly needRestart: readonly ConfigKey[];
  /** When there are some, nothing was changed. */
  readonly problems: readonly ConfigProblem[];
}

/** A configuration that can be read anew, and shown. */
export interface LiveConfiguration extends Configuration {
  /** Reads all sources again. */
  reload(request: ConfigRequest): Reloaded;
  /** The value for people: never a secret, `${env.X}` as it was written. */
  shown(key: ConfigKey): string;
}

interface Held {
  readonly value: ConfigValue;
  readonly origin: ConfigOrigin;
  readonly shown: string;
}

/** Names of all keys. */
export const CONFIG_KEY_NAMES: readonly ConfigKey[] = Object.keys(CONFIG_KEYS) as ConfigKey[];

/** Reads all sources. */
export function readConfiguration(request: ConfigRequest): ReadConfiguration {
  const read = readSources(request);
  let values = read.values;
  const held = (key: ConfigKey): Held => values.get(key) ?? defaultOf(key);
  const configuration: LiveConfiguration = {
    get: <K extends ConfigKey>(key: K) => held(key).value as ConfigValueOf<K>,
    origin: (key) => held(key).origin,
    shown: (key) => held(key).shown,
    reload: (again) => {
      const next = readSources(again);
      const problems = [...next.problems, ...brokenRules(next.values)];
      if (problems.length > 0) return { applied: [], needRestart: [], problems };
      const changed = CONFIG_KEY_NAMES.filter(
        (key) => JSON.stringify((next.values.get(key) ?? defaultOf(key)).value) !== JSON.stringify(held(key).value),
      );
      const applied = changed.filter((key) => configRow(key)?.reloadable === true);
      const needRestart = changed.filter((key) => configRow(key)?.reloadable !== true);
      const kept = needRestart.map((key) => [key, held(key)] as const);
      values = new Map([...next.values, ...kept]);
      return { applied, needRestart, problems: [] };
    },
  };
  return { configuration, problems: [...read.problems, ...brokenRules(values)] };
}

/** The problems as lines: place, then the sentence. */
export function problemLines(problems: readonly ConfigProblem[]): string {
  return problems.map(({ place, message }) => (place === "" ? message : `${place}: ${message}`)).join("\n");
}

function defaultOf(key: ConfigKey): Held {
  const row = configRow(key);
  const value = row?.default;
  return {
    value,
    origin: { source: "default", place: "" },
    shown: row === undefined ? "" : printValue(row, value),
  };
}

interface Sources {
  readonly values: ReadonlyMap<ConfigKey, Held>;
  readonly problems: readonly ConfigProblem[];
}

function readSources(request: ConfigRequest): Sources {
  const problems: ConfigProblem[] = [];
  const values = new Map<ConfigKey, Held>();
  const take = (source: ConfigSource, given: ReadonlyMap<string, GivenValue>): void => {
    for (const [key, { value, place, shown }] of given) {
      const row = configRow(key);
      if (row === undefined || values.has(key as ConfigKey)) continue;
      const text = row.secret === true ? "(secret)" : (shown ?? printValue(row, value));
      values.set(key as ConfigKey, { value, origin: { source, place }, shown: text });
    }
  };
  take("command line", fromCommandLine(request.commandLine, problems));
  take("environment", fromEnvironment(request.environment, problems));
  take("file", fromFile(request, problems));
  take(
    "database",
    fromTexts(request.stored, (key) => `gobi settings, ${key}`, problems),
  );
  return { values, problems };
}

function fromCommandLine(given: readonly string[], problems: ConfigProblem[]): ReadonlyMap<string, GivenValue> {
  const texts: Record<string, string> = {};
  for (const each of given) {
    const [key = "", ...rest] = each.split("=");
    if (rest.length === 0)
      problems.push({ key: undefined, place: "--set", message: `Write --set key=value, not ${each}.` });
    else if (configRow(key.trim()) === undefined)
      problems.push({ key: key.trim(), place: "--set", message: unknownKey(key.trim()) });
    else texts[key.trim()] = rest.join("=").trim();
  }
  return fromTexts(texts, () => "--set", problems);
}

function fromEnvironment(environment: Environment, problems: ConfigProblem[]): ReadonlyMap<string, GivenValue> {
  const texts: Record<string, string> = {};
  for (const key of CONFIG_KEY_NAMES) {
    const text = environment[variableOf(key)];
    if (text !== undefined && text !== "") texts[key] = text;
  }
  return fromTexts(texts, variableOf, problems);
}

function fromTexts(
  texts: Readonly<Record<string, string>>,
  placeOf: (key: string) => string,
  problems: ConfigProblem[],
): ReadonlyMap<string, GivenValue> {
  const values = new Map<string, GivenValue>();
  for (const [key, text] of Object.entries(texts)) {
    const row = configRow(key);
    if (row === undefined) continue;
    const read = readValue(row, text, true);
    const place = placeOf(key);
    if ("problem" in read) problems.push({ key, place, message: `${key} ${read.problem}.` });
    else values.set(key, { value: read.value, place, shown: undefined });
  }
  return values;
}

function fromFile({ file, environment }: ConfigRequest, problems: ConfigProblem[]): ReadonlyMap<string, GivenValue> {
  let text: string;
  try {
    text = readFileSync(file.path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || file.mustExist)
      problems.push({
        key: undefined,
        place: file.name,
        message: code === "ENOENT" ? "There is no such file." : `The file cannot be read (${String(code)}).`,
      });
    return new Map();
  }
  const read = readConfigText(text, file.name, environment);
  problems.push(...read.problems);
  return read.values;
}

/** What the values say together. */
function brokenRules(values: ReadonlyMap<ConfigKey, Held>): readonly ConfigProblem[] {
  const get = (key: ConfigKey): ConfigValue => (values.get(key) ?? defaultOf(key)).value;
  return CONFIG_RULES.flatMap(({ keys, broken }) => {
    const message = broken(get);
    const blamed = keys.find((key) => values.has(key)) ?? keys[0];
    return message === undefined || blamed === undefined
      ? []
      : [{ key: blamed, place: values.get(blamed)?.origin.place ?? "", message }];
  });
}
