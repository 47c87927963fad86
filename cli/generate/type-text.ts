// Types of the language, as texts of the catalog, written in TypeScript as the client gives and takes their values.
// A hand parser of the texts that `@TypeOf` prints; names that are neither scalars nor known become `unknown`.
import { scalarByName, type ScalarName } from "../../base/scalar.ts";

/** Where a type stands: what a program gives to a call may be written in more ways than what it gets. */
export type Direction = "given" | "taken";

/** How values of some types come. */
export interface TypeChoices {
  /** As `connect({int})` was told: `auto` gives a number when it is safe, else a bigint. */
  readonly int: "auto" | "bigint";
  /** TypeScript's name of a declared type or of a table's row, or undefined when there is none. */
  readonly named: (name: string) => string | undefined;
}

const TAKEN: Readonly<Record<ScalarName, string>> = {
  int: "number | bigint",
  float: "number",
  decimal: "string",
  bool: "boolean",
  string: "string",
  bytes: "Uint8Array",
  date: "string",
  time: "string",
  timestamp: "Date",
  timestamptz: "Date",
  interval: "string",
  json: "unknown",
  uuid: "string",
};

const GIVEN: Readonly<Partial<Record<ScalarName, string>>> = {
  float: "number",
  decimal: "string | number",
  timestamp: "Date | string",
  timestamptz: "Date | string",
};

const TOKEN = /`[^`]*`|[A-Za-z_][A-Za-z0-9_]*|\d+|->|\.\.\.|[<>{}(),:?]/g;

interface Reader {
  readonly tokens: readonly string[];
  at: number;
  readonly choices: TypeChoices;
  readonly direction: Direction;
}

/** The TypeScript type of a type's text. */
export function typeScriptOf(text: string, direction: Direction, choices: TypeChoices): string {
  const reader: Reader = { tokens: text.match(TOKEN) ?? [], at: 0, choices, direction };
  return readType(reader);
}

function accept(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.at] !== token) return false;
  reader.at += 1;
  return true;
}

function take(reader: Reader): string {
  const token = reader.tokens[reader.at] ?? "";
  reader.at += 1;
  return token.replaceAll("`", "");
}

function readType(reader: Reader): string {
  let type = readPlain(reader);
  while (accept(reader, "?")) if (!/(^|\| )null$/u.test(type) && type !== "unknown") type = `${type} | null`;
  return type;
}

function readPlain(reader: Reader): string {
  if (accept(reader, "{")) return readFields(reader);
  if (accept(reader, "(")) {
    const inner = readType(reader);
    accept(reader, ")");
    return inner;
  }
  const name = take(reader);
  if (name === "fn") return readFunction(reader);
  if (accept(reader, "<")) return readInner(reader, name);
  if (accept(reader, "(")) while (reader.at < reader.tokens.length && !accept(reader, ")")) take(reader);
  return nameOf(reader, name);
}

function readFields(reader: Reader): string {
  const fields: string[] = [];
  while (reader.at < reader.tokens.length && !accept(reader, "}")) {
    if (accept(reader, "...")) continue;
    const name = take(reader);
    accept(reader, ":");
    fields.push(`readonly ${keyText(name)}: ${readType(reader)}`);
    accept(reader, ",");
  }
  return `{ ${fields.join("; ")} }`;
}

/** A function cannot leave the program; its text is read past. */
function readFunction(reader: Reader): string {
  accept(reader, "(");
  while (reader.at < reader.tokens.length && !accept(reader, ")")) {
    readType(reader);
    accept(reader, ",");
  }
  accept(reader, "->");
  readType(reader);
  return "unknown";
}

function readInner(reader: Reader, outer: string): string {
  const parts: string[] = [];
  while (reader.at < reader.tokens.length && !accept(reader, ">")) {
    parts.push(readType(reader));
    accept(reader, ",");
  }
  const last = parts.at(-1) ?? "unknown";
  if (outer === "list") return `readonly ${inParentheses(last)}[]`;
  if (outer === "table") return last === "unknown" ? "readonly Row[]" : `readonly ${inParentheses(last)}[]`;
  if (outer === "map") return `ReadonlyMap<string, ${last}>`;
  return "unknown";
}

function inParentheses(type: string): string {
  return /^[\w$]+$|^\{.*\}$/u.test(type) ? type : `(${type})`;
}

function nameOf(reader: Reader, name: string): string {
  const scalar = scalarByName(name);
  if (scalar === "int" && reader.direction === "taken" && reader.choices.int === "bigint") return "bigint";
  if (scalar !== undefined) return (reader.direction === "given" ? GIVEN[scalar] : undefined) ?? TAKEN[scalar];
  switch (name) {
    case "void":
      return "void";
    case "null":
      return "null";
    case "error":
      return "{ readonly code: string; readonly message: string; readonly detail: unknown }";
    default:
      return reader.choices.named(name) ?? "unknown";
  }
}

/** A property's name, in quotes where it is no identifier. */
export function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/u.test(name) ? name : JSON.stringify(name);
}
