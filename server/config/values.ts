// Values of configuration keys: from TOML values and from texts (command line, environment, database), checked against the key's row, and back to text.
import { assertNever } from "../../base/failure.ts";
import { durationMs, printDuration, sizeBytes } from "../../base/quantity.ts";
import type { ConfigRow } from "./keys.ts";

/** A value of any key; undefined where a key without default is not given. */
export type ConfigValue = number | boolean | string | readonly string[] | undefined;

/** A value, or what is wrong with what was given, as the end of a sentence that begins with the key: `must be …`. */
export type ReadValue = { readonly value: ConfigValue } | { readonly problem: string };

/** The type in words, with an example. */
export function typeInWords(row: ConfigRow): string {
  switch (row.type) {
    case "duration":
      return 'a duration such as "30s" or "5m"';
    case "size":
      return 'a size such as "10MB"';
    case "count":
      return "a whole number";
    case "flag":
      return "true or false";
    case "text":
      return row.choices === undefined ? "a text" : `one of ${row.choices.join(", ")}`;
    case "list":
      return "a list of texts";
    default:
      return assertNever(row.type, "typeInWords");
  }
}

/** Reads a value as TOML has it, or a text that stands outside of TOML (`loose`: whole numbers, flags and lists with commas are texts there). */
export function readValue(row: ConfigRow, given: unknown, loose: boolean): ReadValue {
  const value = typedValue(row, loose && typeof given === "string" ? looseValue(row, given) : given);
  if (value === undefined) return { problem: `must be ${typeInWords(row)}, not ${written(given)}` };
  if (typeof value !== "number") return { value };
  const least = row.least ?? 1;
  if (value < least)
    return { problem: `must be ${least === 1 ? "above zero" : `${least} or more`}, not ${written(given)}` };
  if (row.most !== undefined && value > row.most)
    return { problem: `must be at most ${printValue(row, row.most)}, not ${written(given)}` };
  return { value };
}

function looseValue(row: ConfigRow, text: string): unknown {
  if (row.type === "count" && /^-?\d{1,15}$/u.test(text.trim())) return Number(text);
  if (row.type === "flag") {
    if (/^(?:true|yes|on|1)$/iu.test(text)) return true;
    if (/^(?:false|no|off|0)$/iu.test(text)) return false;
  }
  if (row.type === "list") {
    const parts = text.split(",").map((part) => part.trim());
    return parts.filter((part) => part !== "");
  }
  return text;
}

/** Undefined: not of the type. Numbers below zero are let through, so that they are told to be too small. */
function typedValue(row: ConfigRow, given: unknown): ConfigValue {
  switch (row.type) {
    case "duration":
      return quantity(given, durationMs);
    case "size":
      return quantity(given, sizeBytes);
    case "count":
      return typeof given === "number" && Number.isSafeInteger(given) ? given : undefined;
    case "flag":
      return typeof given === "boolean" ? given : undefined;
    case "text":
      return typeof given === "string" && given !== "" && (row.choices?.includes(given) ?? true) ? given : undefined;
    case "list":
      return Array.isArray(given) && given.every((each) => typeof each === "string") ? given : undefined;
    default:
      return assertNever(row.type, "typedValue");
  }
}

/** `0` and `-5s` have no unit or a sign, and are told to be too small rather than not to be read. */
function quantity(given: unknown, read: (text: string) => number | undefined): number | undefined {
  if (given === 0 || given === "0") return 0;
  if (typeof given === "number") return given < 0 ? given : undefined;
  if (typeof given !== "string") return undefined;
  const negative = given.trim().startsWith("-");
  const value = read(negative ? given.trim().slice(1) : given);
  return value === undefined
    ? negative && /^-\d+$/u.test(given.trim())
      ? Number(given)
      : undefined
    : negative
      ? -value
      : value;
}

function written(given: unknown): string {
  if (typeof given === "string") return given === "" ? "empty" : given;
  return given instanceof Date ? given.toISOString() : (JSON.stringify(given) ?? String(given));
}

/** A value as people write it; `none` for a missing one. */
export function printValue(row: ConfigRow, value: ConfigValue): string {
  if (value === undefined) return "none";
  if (row.type === "duration" && typeof value === "number") return printDuration(value);
  if (row.type === "size" && typeof value === "number") return printSize(value);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function printSize(bytes: number): string {
  for (const [unit, factor] of [
    ["GB", 1024 ** 3],
    ["MB", 1024 ** 2],
    ["KB", 1024],
  ] as const)
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  return `${bytes}B`;
}
