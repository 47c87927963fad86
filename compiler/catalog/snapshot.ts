// gobi.schema.json: a database schema as committed text, so that editors and CI check without the database.
// Reading checks the whole shape, because the file may have been edited by hand.
import type { ColumnSchema, DatabaseSchema, ForeignKeySchema, TableSchema } from "../../base/schema.ts";

/** Version of the format; readers refuse others. */
export const SNAPSHOT_FORMAT = 1;

/** Text of gobi.schema.json: stable order, one line per column, so that differences read well. */
export function snapshotToJson(schema: DatabaseSchema): string {
  const tables = [...schema.tables].sort((a, b) => compare(`${a.schema}.${a.name}`, `${b.schema}.${b.name}`));
  const otherNames = [...schema.otherNames].sort((a, b) => compare(`${a.kind} ${a.name}`, `${b.kind} ${b.name}`));
  return `${JSON.stringify({ format: SNAPSHOT_FORMAT, tables, otherNames }, undefined, 2)}\n`;
}

/** Why a snapshot was not read, in words that can follow "gobi.schema.json". */
export interface SnapshotFailure {
  readonly failure: string;
}

/** Reads gobi.schema.json. Returns a failure for text that is no snapshot of this format; never throws. */
export function snapshotFromJson(text: string): DatabaseSchema | SnapshotFailure {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return { failure: `is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isObject(data)) return { failure: "does not hold an object" };
  if (data["format"] !== SNAPSHOT_FORMAT)
    return { failure: `has format ${JSON.stringify(data["format"])}; this version reads format ${SNAPSHOT_FORMAT}` };
  if (!isArrayOf(data["tables"], isTable))
    return { failure: "has a table that lacks a field or has one of the wrong type" };
  if (!isArrayOf(data["otherNames"], isOtherName)) return { failure: "has an index or trigger that lacks a field" };
  return {
    tables: data["tables"].map(withOptionals),
    otherNames: data["otherNames"].map((other) => ({ ...other, sql: other.sql })),
  };
}

type Fields = { readonly [field: string]: unknown };

/** JSON leaves out undefined fields: put them back, so that schemas compare equal. */
function withOptionals(table: TableSchema): TableSchema {
  return {
    ...table,
    rowidColumn: table.rowidColumn,
    sql: table.sql,
    columns: table.columns.map((column) => ({ ...column, type: column.type, defaultText: column.defaultText })),
    uniques: table.uniques.map((unique) => ({ ...unique, where: unique.where })),
    checks: table.checks.map((check) => ({ ...check, name: check.name })),
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isArrayOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}
function isString(value: unknown): value is string {
  return typeof value === "string";
}
function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
function isTable(value: unknown): value is TableSchema {
  return (
    isObject(value) &&
    isString(value["schema"]) &&
    isString(value["name"]) &&
    (value["kind"] === "table" || value["kind"] === "view" || value["kind"] === "virtual") &&
    isArrayOf(value["columns"], isColumn) &&
    isArrayOf(value["primaryKey"], isString) &&
    isOptionalString(value["rowidColumn"]) &&
    typeof value["withoutRowid"] === "boolean" &&
    typeof value["strict"] === "boolean" &&
    isArrayOf(value["uniques"], isUnique) &&
    isArrayOf(value["foreignKeys"], isForeignKey) &&
    isArrayOf(value["checks"], isCheck) &&
    isOptionalString(value["sql"])
  );
}
function isColumn(value: unknown): value is ColumnSchema {
  return (
    isObject(value) &&
    isString(value["name"]) &&
    isString(value["declaredType"]) &&
    isOptionalString(value["type"]) &&
    isArrayOf(value["typeArgs"], (item): item is number => typeof item === "number") &&
    typeof value["nullable"] === "boolean" &&
    isOptionalString(value["defaultText"]) &&
    typeof value["generated"] === "boolean" &&
    isString(value["affinity"])
  );
}
function isUnique(value: unknown): value is TableSchema["uniques"][number] {
  return (
    isObject(value) &&
    isString(value["name"]) &&
    isArrayOf(value["columns"], isString) &&
    isOptionalString(value["where"])
  );
}
function isForeignKey(value: unknown): value is ForeignKeySchema {
  return (
    isObject(value) &&
    isArrayOf(value["columns"], isString) &&
    isString(value["table"]) &&
    isArrayOf(value["referenced"], isString) &&
    isString(value["onDelete"]) &&
    isString(value["onUpdate"])
  );
}
function isCheck(value: unknown): value is TableSchema["checks"][number] {
  return isObject(value) && isOptionalString(value["name"]) && isString(value["text"]);
}
function isOtherName(value: unknown): value is DatabaseSchema["otherNames"][number] {
  return (
    isObject(value) &&
    (value["kind"] === "index" || value["kind"] === "trigger") &&
    isOptionalString(value["schema"]) &&
    isString(value["name"]) &&
    isString(value["table"]) &&
    isOptionalString(value["sql"])
  );
}
