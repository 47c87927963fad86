// Typed parameters of a template: `{"INTEGER": {"START": 1}, "STRING": {"NAME": "x"}}` (or `{"START": 1, "NAME": "x"}`) checked against what the template declares.
// What is wrong is told as one sentence for each mistake (HY-49); values are bound, never written into the text.
import { mentions } from "../../base/mentioned-names.ts";
import { parseDate, parseTime, parseTimestamp } from "../../base/value/temporal.ts";
import { boxFloat } from "../../base/value/value.ts";
import { PARAMETER_TYPES, type ParameterType, type QueryTemplate } from "./types.ts";

/** What a request gave for a template. `messages` tells parameters that the template does not use. */
export type BoundParameters =
  | {
      readonly kind: "bound";
      readonly values: Readonly<Record<string, unknown>>;
      readonly messages: readonly string[];
    }
  | { readonly kind: "refused"; readonly message: string };

/** JSON of a request. */
export type JsonData =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonData[]
  | { readonly [name: string]: JsonData };

interface Given {
  readonly name: string;
  /** Undefined: the caller did not say. */
  readonly type: ParameterType | undefined;
  readonly value: JsonData;
}

/** Binds what a request gives. */
export function bindParameters(
  template: Pick<QueryTemplate, "params" | "text">,
  data: JsonData | undefined,
): BoundParameters {
  const given = givenOf(data);
  if (typeof given === "string") return { kind: "refused", message: given };
  const wrong: string[] = [];
  const values: Record<string, unknown> = {};
  const names = new Set(given.map(({ name }) => name));
  const missing = Object.keys(template.params).filter((name) => !names.has(name));
  if (missing.length > 0) wrong.push(`Missing parameters: ${missing.join(", ")}`);
  for (const row of given) {
    const type = declared(template, row.name);
    if (type === undefined) continue;
    const bound = bindOne(row, type);
    if (bound === undefined) wrong.push(notBound(row, type));
    else values[row.name] = bound.value;
  }
  if (wrong.length > 0) return { kind: "refused", message: wrong.join("; ") };
  // What is declared and not used either: its value would be refused with the text.
  const used = ({ name }: Given): boolean => declared(template, name) !== undefined && mentions(template.text, name);
  const unused = given.filter((row) => !used(row)).map((row) => row.name);
  for (const name of unused) delete values[name];
  return { kind: "bound", values, messages: unused.length === 0 ? [] : [`Unused Parameters: ${unused.join(", ")}`] };
}

/** The type that a template declares; names that every object of JavaScript has are none. */
function declared({ params }: Pick<QueryTemplate, "params">, name: string): ParameterType | undefined {
  return Object.hasOwn(params, name) ? params[name] : undefined;
}

function isObject(data: JsonData | undefined): data is { readonly [name: string]: JsonData } {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function isParameterType(name: string): name is ParameterType {
  return (PARAMETER_TYPES as readonly string[]).includes(name);
}

function givenOf(data: JsonData | undefined): readonly Given[] | string {
  if (data === undefined || data === null) return [];
  if (!isObject(data)) return `Parameters must be an object, found ${jsonType(data)}`;
  const rows: Given[] = [];
  for (const [name, value] of Object.entries(data)) {
    // The name of a type with an object is a group; a parameter may have such a name with any other value.
    if (isParameterType(name) && isObject(value))
      for (const [inner, each] of Object.entries(value)) rows.push({ name: inner, type: name, value: each });
    else rows.push({ name, type: undefined, value });
  }
  const seen = new Set<string>();
  for (const { name } of rows) {
    if (seen.has(name)) return `${name} is given twice`;
    seen.add(name);
  }
  return rows;
}

/** Name of a JSON value's type, as messages say it. */
function jsonType(value: JsonData): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "real";
  if (typeof value === "bigint") return "integer";
  return typeof value;
}

/** What was given where another type belongs: the group, or the value in the right group. */
function foundType({ type: said, value }: Given, type: ParameterType): string {
  return said === undefined || said === type ? jsonType(value) : said;
}

/** One that is of the right type may be too large for it. */
function notBound(row: Given, type: ParameterType): string {
  const found = foundType(row, type);
  if (type === "INTEGER" && found === "integer")
    return `${row.name} is out of the range of INTEGER, ${INT_MIN} to ${INT_MAX}`;
  return `${row.name}(${found}) is not ${row.name}(${type})`;
}

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;

/** What each type takes; undefined: the value is of another type. */
const BINDERS: Readonly<Record<ParameterType, (value: JsonData) => unknown>> = {
  INTEGER: (value) => {
    const whole = typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
    return typeof whole === "bigint" && whole >= INT_MIN && whole <= INT_MAX ? whole : undefined;
  },
  STRING: textIn,
  TEXT: textIn,
  BOOLEAN: (value) => (typeof value === "boolean" ? value : undefined),
  FLOAT: (value) => (typeof value === "number" || typeof value === "bigint" ? boxFloat(Number(value)) : undefined),
  DATE: (value) => (typeof value === "string" && parseDate(value) !== undefined ? value : undefined),
  TIME: (value) => (typeof value === "string" && parseTime(value) !== undefined ? value : undefined),
  DATETIME: timestampIn,
  TIMESTAMP: timestampIn,
};

function textIn(value: JsonData): unknown {
  return typeof value === "string" ? value : undefined;
}

function timestampIn(value: JsonData): unknown {
  return typeof value === "string" ? parseTimestamp(value) && value : undefined;
}

function bindOne({ type: said, value }: Given, type: ParameterType): { readonly value: unknown } | undefined {
  if (said !== undefined && said !== type && !(said === "INTEGER" && type === "FLOAT")) return undefined;
  if (value === null) return { value: null };
  const bound = BINDERS[type](value);
  return bound === undefined ? undefined : { value: bound };
}
