// Types of the language, as texts of the catalog, written in TypeScript as the client gives and takes their values.
// Names that are neither scalars nor known become `unknown`.
import { parseTypeText, type TypeText } from "../../base/type-text.ts";
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

/** What a type is written with. */
interface Writing {
  readonly choices: TypeChoices;
  readonly direction: Direction;
}

/** The TypeScript type of a type's text. */
export function typeScriptOf(text: string, direction: Direction, choices: TypeChoices): string {
  return written(parseTypeText(text), { choices, direction });
}

function written(type: TypeText, writing: Writing): string {
  switch (type.kind) {
    case "name":
      return nameOf(writing, type.name);
    case "nullable":
      return orNull(written(type.type, writing));
    case "struct":
      return `{ ${type.fields.map((field) => `readonly ${keyText(field.name)}: ${written(field.type, writing)}`).join("; ")} }`;
    case "list":
      return `readonly ${inParentheses(written(type.item, writing))}[]`;
    case "table": {
      const row = written(type.item, writing);
      return row === "unknown" ? "readonly Row[]" : `readonly ${inParentheses(row)}[]`;
    }
    case "map":
      return `ReadonlyMap<string, ${written(type.item, writing)}>`;
    case "function":
      // It cannot leave the program.
      return "unknown";
  }
}

function orNull(type: string): string {
  return /(^|\| )null$/u.test(type) || type === "unknown" ? type : `${type} | null`;
}

function inParentheses(type: string): string {
  return /^[\w$]+$|^\{.*\}$/u.test(type) ? type : `(${type})`;
}

function nameOf({ direction, choices }: Writing, name: string): string {
  const scalar = scalarByName(name);
  if (scalar === "int" && direction === "taken" && choices.int === "bigint") return "bigint";
  if (scalar !== undefined) return (direction === "given" ? GIVEN[scalar] : undefined) ?? TAKEN[scalar];
  switch (name) {
    case "void":
      return "void";
    case "null":
      return "null";
    case "error":
      return "{ readonly code: string; readonly message: string; readonly detail: unknown }";
    default:
      return choices.named(name) ?? "unknown";
  }
}

/** A property's name, in quotes where it is no identifier. */
export function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/u.test(name) ? name : JSON.stringify(name);
}
