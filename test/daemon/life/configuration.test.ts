// gobi.toml and its other sources: which value holds and where it came from (IT-02), every mistake told with its place (IT-01, GR-10), secrets of the environment kept (HY-29).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CONFIG_KEY_NAMES,
  problemLines,
  type ReadConfiguration,
  readConfiguration,
} from "../../../server/config/configuration.ts";
import { CONFIG_KEYS, type ConfigKey, configRow, variableOf } from "../../../server/config/keys.ts";
import { tomlPlaces } from "../../../server/config/toml-places.ts";
import { printValue, readValue } from "../../../server/config/values.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly sets?: readonly string[];
  readonly stored?: Readonly<Record<string, string>>;
}

function request(given: Given): Parameters<typeof readConfiguration>[0] {
  const path = join(folder, "gobi.toml");
  rmSync(path, { force: true });
  if (given.file !== undefined) writeFileSync(path, given.file);
  return {
    file: { path, name: "gobi.toml", mustExist: false },
    environment: given.environment ?? {},
    commandLine: given.sets ?? [],
    stored: given.stored ?? {},
  };
}

function read(given: Given): ReadConfiguration {
  return readConfiguration(request(given));
}

function problems(given: Given): string {
  return problemLines(read(given).problems);
}

describe("sources", () => {
  it("holds the strongest one: command line, environment, file, database, default", () => {
    const key = "scheduler.grace_period";
    const sources = {
      sets: [`${key}=1m`],
      environment: { GOBI_SCHEDULER_GRACE_PERIOD: "2m" },
      file: '[scheduler]\ngrace_period = "3m"\n',
      stored: { [key]: "4m" },
    };
    const seen: (readonly [number, string, string])[] = [];
    const names = Object.keys(sources) as (keyof typeof sources)[];
    for (let left = 0; left <= names.length; left += 1) {
      const given = Object.fromEntries(names.slice(left).map((name) => [name, sources[name]]));
      const { configuration, problems: found } = read(given);
      expect(found).toEqual([]);
      const { source, place } = configuration.origin(key);
      seen.push([configuration.get(key) / 60_000, source, place]);
    }
    expect(seen).toEqual([
      [1, "command line", "--set"],
      [2, "environment", "GOBI_SCHEDULER_GRACE_PERIOD"],
      [3, "file", "gobi.toml:2:1"],
      [4, "database", "gobi settings, scheduler.grace_period"],
      [0.5, "default", ""],
    ]);
  });
  it("gives every key a variable of its own", () => {
    expect(new Set(CONFIG_KEY_NAMES.map(variableOf)).size).toBe(CONFIG_KEY_NAMES.length);
  });
  it("has defaults that keep to the rules", () => {
    expect(problems({})).toBe("");
    for (const key of CONFIG_KEY_NAMES) {
      const row = configRow(key);
      if (row?.default !== undefined && row.type !== "list" && row.type !== "text")
        expect(readValue(row, printValue(row, row.default), true), key).toEqual({ value: row.default });
    }
  });
});

describe("mistakes", () => {
  const numbers = CONFIG_KEY_NAMES.filter((key) => ["duration", "size", "count"].includes(CONFIG_KEYS[key].type));
  it.each(numbers)("%s refuses what is too small and names itself", (key: ConfigKey) => {
    const row = configRow(key);
    if (row?.least === undefined)
      expect(problems({ sets: [`${key}=0`] })).toContain(`--set: ${key} must be above zero`);
    expect(problems({ sets: [`${key}=-1`] })).toContain(`--set: ${key} must be`);
    expect(problems({ environment: { [variableOf(key)]: "soon" } })).toContain(`${variableOf(key)}: ${key} must be`);
  });
  it("GR-10 tells all of them, each with its place", () => {
    const file = [
      "nmae = 'shop'",
      "",
      "[lanes.fast]",
      "min = 5",
      "max = 2 # too few",
      "[lanes]",
      "fsat.max = 1",
      "[scheduler]",
      'lookahead_window = "30s"',
      "[logging]",
      'level = "loud"',
      "format = 3",
      "[limits]",
      "deadline = 5",
    ].join("\n");
    expect(problems({ file })).toMatchInlineSnapshot(`
      "gobi.toml:1:1: There is no key nmae; did you mean name?
      gobi.toml:7:1: There is no key lanes.fsat; did you mean lanes.fast?
      gobi.toml:11:1: logging.level must be one of debug, info, warn, error, not loud.
      gobi.toml:12:1: logging.format must be one of text, json, not 3.
      gobi.toml:14:1: limits.deadline must be a duration such as "30s" or "5m", not 5.
      gobi.toml:9:1: scheduler.index_rebuild_interval must be shorter than scheduler.lookahead_window.
      gobi.toml:4:1: lanes.fast.min must not be above lanes.fast.max."
    `);
  });
  it("says where a text is no TOML", () => {
    expect(problems({ file: 'name = "a"\n[lanes\nx = 1' })).toMatch(/^gobi\.toml:2:\d+: The file is not TOML: /u);
    expect(problems({ file: 'name = "a"\nname = "b"' })).toMatch(/^gobi\.toml:2:\d+: The file is not TOML: /u);
  });
  it("refuses tables in the place of keys and keys in the place of tables", () => {
    expect(problems({ file: "lanes = 3" })).toBe("gobi.toml:1:1: lanes is a table of keys, not a key.");
    expect(problems({ file: "[logging.level]\nx = 1" })).toContain("logging.level must be one of");
  });
  it("wants a file that was named", () => {
    const { problems: found } = readConfiguration({
      ...request({}),
      file: { path: join(folder, "other.toml"), name: "other.toml", mustExist: true },
    });
    expect(problemLines(found)).toBe("other.toml: There is no such file.");
  });
  it("GR-10, GR-22 wants TLS where other machines come in", () => {
    const tls = ["listen.tls_cert=/c", "listen.tls_key=/k"];
    const said =
      "listen.tcp can be reached from other machines, which needs listen.tls_cert and listen.tls_key; 127.0.0.1 needs none.";
    for (const address of ["0.0.0.0:7171", "[::]:7171", "10.0.0.1:1", "shop.example:7171"]) {
      expect(problems({ sets: [`listen.tcp=${address}`] }), address).toBe(`--set: ${said}`);
      expect(problems({ sets: [`listen.tcp=${address}`, ...tls] }), address).toBe("");
    }
    for (const address of ["127.0.0.1:7171", "127.3.2.1:0", "[::1]:7171", "localhost:1"])
      expect(problems({ sets: [`listen.tcp=${address}`] }), address).toBe("");
  });
  it("wants --set to be key=value", () => {
    expect(problems({ sets: ["name"] })).toBe("--set: Write --set key=value, not name.");
    expect(problems({ sets: ["lanes.fast.mx=1"] })).toBe(
      "--set: There is no key lanes.fast.mx; did you mean lanes.fast.max?",
    );
  });
});

describe("${env.X}", () => {
  it("stands for a variable and is shown as it was written", () => {
    const { configuration, problems: found } = read({
      file: 'name = "shop-${env.STAGE}"',
      environment: { STAGE: "s3cret" },
    });
    expect(found).toEqual([]);
    expect(configuration.get("name")).toBe("shop-s3cret");
    expect(configuration.shown("name")).toBe("shop-${env.STAGE}");
  });
  it("names the variable that is not set, and its key", () => {
    expect(problems({ file: 'name = "${env.STAGE}"' })).toBe(
      "gobi.toml:1:1: name names the environment variable STAGE, which is not set.",
    );
  });
  it("does not repeat a value from the environment in a problem", () => {
    const said = problems({ file: 'limits.deadline = "${env.TOKEN}"', environment: { TOKEN: "s3cret" } });
    expect(said).toContain("limits.deadline must be a duration");
    expect(said).not.toContain("s3cret");
  });
});

describe("reload", () => {
  it("gives reloadable keys at once, tells the others, and keeps all when something is wrong", () => {
    const { configuration } = read({ file: 'logging.level = "info"\nautomation.concurrency = 3' });
    const next = configuration.reload(request({ file: 'logging.level = "debug"\nautomation.concurrency = 4' }));
    expect(next).toEqual({ applied: ["logging.level"], needRestart: ["automation.concurrency"], problems: [] });
    expect(configuration.get("logging.level")).toBe("debug");
    expect(configuration.get("automation.concurrency")).toBe(3);
    const wrong = configuration.reload(request({ file: 'logging.level = "warn"\nnope = 1' }));
    expect(wrong.problems).toHaveLength(1);
    expect(configuration.get("logging.level")).toBe("debug");
  });
});

describe("places", () => {
  it("finds every key of any TOML text", () => {
    const key = fc.string({ unit: fc.constantFrom(..."abc.#\"=[ '-"), minLength: 1, maxLength: 5 });
    const leaf = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.string({ unit: fc.constantFrom(..."ab\"'#=[]{}\n\\ ") }),
      fc.array(fc.string({ unit: fc.constantFrom(...'a]"#,\n') }), { maxLength: 3 }),
    );
    const table = fc.letrec((tie) => ({
      node: fc.dictionary(key, fc.oneof({ maxDepth: 2 }, leaf, tie("node")), { maxKeys: 4 }),
    })).node;
    fc.assert(
      fc.property(table, (value) => {
        const text = stringify(value as Record<string, unknown>);
        const places = tomlPlaces(text);
        const lines = text.split("\n");
        for (const place of places.values()) expect(lines[place.line - 1]?.[place.column - 1]).toMatch(/[[\w"'-]/u);
        expect(places.size).toBeGreaterThanOrEqual(Object.keys(value as object).length === 0 ? 0 : 1);
      }),
      { numRuns: 300 },
    );
  });
  it("is not led astray by strings over several lines", () => {
    const text =
      'a = """\n[no]\nb = 1\n"""\n[t]\nc = [\n  "]", # ]\n  "x",\n]\nd = \'\'\'\n[u]\'\'\'\n"q.r" = { x = 1, y = [2] }\n';
    expect([...tomlPlaces(text)].map(([name, { line }]) => `${name}:${line}`)).toEqual([
      "a:1",
      "t:5",
      "t.c:6",
      "t.d:10",
      "t.q.r:12",
    ]);
  });
});
