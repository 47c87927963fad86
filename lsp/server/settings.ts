// The settings of the server: one table with type, default and meaning. The client's configuration section is `grizzly`.
// Values of a wrong type are told to the user once and the default is used.

interface SettingRow {
  readonly type: "boolean" | "string" | "number";
  readonly default: boolean | string | number;
  readonly doc: string;
}

/** Every setting by its name below `grizzly`. */
export const SETTINGS = {
  database: {
    type: "string",
    default: "",
    doc: "Database or gobi.schema.json to check against, absolute or relative to the workspace folder; empty: the nearest one.",
  },
  strict: {
    type: "boolean",
    default: false,
    doc: "Tables and routines that are unknown now, and undeclared raises, are errors.",
  },
  "completion.maxItems": {
    type: "number",
    default: 200,
    doc: "Longest list of proposals; longer ones are marked incomplete.",
  },
  "inlayHints.types": { type: "boolean", default: true, doc: "Show types that were inferred." },
  "inlayHints.parameters": { type: "boolean", default: true, doc: "Show names of parameters before plain values." },
  "inlayHints.nulls": {
    type: "boolean",
    default: true,
    doc: "Show which result columns may be null although their table says not.",
  },
} as const satisfies Record<string, SettingRow>;

type SettingName = keyof typeof SETTINGS;
type ValueOf<Row extends SettingRow> = Row["type"] extends "boolean"
  ? boolean
  : Row["type"] extends "number"
    ? number
    : string;

/** The settings in force. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };

/** The settings before the client has told any. */
export function defaultSettings(): Settings {
  return Object.fromEntries(Object.entries(SETTINGS).map(([name, row]) => [name, row.default])) as Settings;
}

/** Reads what the client sent: nested (`{completion: {maxItems: 3}}`) or flat (`{"completion.maxItems": 3}`). `refused` names settings of a wrong type. */
export function readSettings(sent: unknown): { readonly settings: Settings; readonly refused: readonly string[] } {
  const refused: string[] = [];
  const entries = Object.entries<SettingRow>(SETTINGS).map(([name, row]) => {
    const value = valueAt(sent, name);
    if (value === undefined || value === null) return [name, row.default];
    if (typeof value === row.type && (typeof value !== "number" || (Number.isFinite(value) && value > 0)))
      return [name, value];
    refused.push(`grizzly.${name} should be a ${row.type}, not ${JSON.stringify(value)}`);
    return [name, row.default];
  });
  return { settings: Object.fromEntries(entries) as Settings, refused };
}

function valueAt(sent: unknown, name: string): unknown {
  if (typeof sent !== "object" || sent === null) return undefined;
  const fields = sent as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(fields, name)) return fields[name];
  const dot = name.indexOf(".");
  if (dot < 0) return undefined;
  const head = name.slice(0, dot);
  return Object.hasOwn(fields, head) ? valueAt(fields[head], name.slice(dot + 1)) : undefined;
}
