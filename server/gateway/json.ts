// Results as JSON text, written from columns: the same bytes for the same values on every engine (HY-34). Ints beyond 2^53 and decimals are strings,
// timestamps `2023-12-25 14:30:00.123`, bytes base64. And JSON of requests, whose big ints keep their digits.
import { cell } from "../../base/value/column.ts";
import { JSON_STYLE, jsonText } from "../../base/value/json.ts";
import { parseJson } from "../../base/value/json-parse.ts";
import { kindOf } from "../../base/value/kind.ts";
import { printDecimal } from "../../base/value/decimal.ts";
import { printTimestamp } from "../../base/value/temporal.ts";
import {
  type Decimal,
  FloatBox,
  ListValue,
  MapValue,
  type TableValue,
  type Timestamp,
  type Value,
} from "../../base/value/value.ts";
import { valueText, type ValueStyle } from "../../base/value/write-value.ts";
import { LimitPassed } from "../../base/value/work.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import type { JsonData } from "./parameters.ts";

const HTTP_STYLE: ValueStyle = { ...JSON_STYLE, scalar: scalarText };

function scalarText(value: Value): string {
  switch (kindOf(value)) {
    case "int":
      return typeof value === "bigint" ? `"${value}"` : String(value as number);
    case "decimal":
      return `"${printDecimal(value as Decimal)}"`;
    case "timestamp":
      return `"${printTimestamp(value as Timestamp)
        .replace("T", " ")
        .replace(/Z$/u, "")}"`;
    default:
      return jsonText(value);
  }
}

/** JSON text of a value. */
export function httpJson(value: Value): string {
  return valueText(value, HTTP_STYLE);
}

/** A result with rows. */
export type RawTable = RawResult & { readonly kind: "table" };

/** Names of columns, each once: the second `id` is `id_2`. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}

/** Rows as a JSON array of objects. */
export function rowsJson({ columns, parts }: RawTable): string {
  const keys = uniqueNames(columns.map(({ name }) => name)).map((name) => `${JSON.stringify(name)}:`);
  return `[${parts.flatMap((part) => rowTexts(part, keys)).join(",")}]`;
}

function rowTexts(table: TableValue, keys: readonly string[]): readonly string[] {
  return Array.from({ length: table.length }, (_, row) => {
    const cells = table.columns.map((column, at) => `${keys[at] ?? ""}${httpJson(cell(column, row))}`);
    return `{${cells.join(",")}}`;
  });
}

/** Number of rows of a result. */
export function rowCount({ parts }: RawTable): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Columns as JSON data. */
export function columnsJson({ columns }: RawTable): readonly { readonly name: string; readonly type: string }[] {
  const names = uniqueNames(columns.map(({ name }) => name));
  return columns.map(({ type }, at) => ({ name: names[at] ?? "", type }));
}

/** An object as JSON text, some of whose members are JSON texts already. */
export function jsonObject(
  members: Readonly<Record<string, unknown>>,
  texts: Readonly<Record<string, string>> = {},
): string {
  const written = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const given = Object.entries(texts).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return `{${[...written, ...given].join(",")}}`;
}

/** Reads JSON of a request. Ints beyond 2^53 are bigints. */
export function readJson(text: string): { readonly data: JsonData } | { readonly message: string } {
  try {
    const { fault, value } = parseJson(text);
    return fault === undefined ? { data: dataOf(value) } : { message: `Unexpected token at position ${fault.offset}` };
  } catch (error) {
    if (error instanceof LimitPassed) return { message: `It has ${error.message}` };
    throw error;
  }
}

function dataOf(value: Value): JsonData {
  if (value instanceof MapValue)
    return Object.fromEntries([...value.entries].map(([name, inner]) => [name, dataOf(inner)]));
  if (value instanceof ListValue) return value.items.map(dataOf);
  if (value instanceof FloatBox) return value.value;
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  return typeof value === "bigint" ? value : Number(jsonText(value));
}
