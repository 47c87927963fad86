// Checks the nested forms inside constants: types, SQL statements, management statements. They arrive as decoded JSON, so every field is looked at.
// `broken` ends the check; nesting is bounded so that a deep form cannot exhaust the stack.
import { LIMITS } from "../base/limits.ts";
import { scalarByName, SCALARS } from "../base/scalar.ts";
import type { DmlForm } from "../base/sql-form.ts";
import { INT_MAX, INT_MIN } from "../base/value/int.ts";

/** Ends a check with a reason; never returns. */
export type Broken = (what: string) => never;

/** An object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object. */
export function fieldsOf(form: unknown, what: string, broken: Broken): Fields {
  return typeof form === "object" && form !== null && !Array.isArray(form)
    ? (form as Fields)
    : broken(`${what} is not an object`);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function only(form: Fields, known: readonly string[], what: string, broken: Broken): void {
  for (const key of Object.keys(form)) if (!known.includes(key)) broken(`${what} has the unknown field ${key}`);
}

const TYPE_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(SCALARS),
  "any",
  "list",
  "map",
  "struct",
  "table",
  "closure",
  "error",
  "cursor",
  "handle",
  "enum",
]);
const TYPE_FIELDS = [
  "name",
  "nullable",
  "precision",
  "scale",
  "length",
  "padded",
  "range",
  "values",
  "element",
  "fields",
  "typeName",
];

/** Checks a type form. */
export function verifyTypeForm(form: unknown, broken: Broken, depth = 0): void {
  if (depth > LIMITS.nestingMax.value) broken("a type is nested too deeply");
  const type = fieldsOf(form, "a type", broken);
  only(type, TYPE_FIELDS, "a type", broken);
  const { name } = type as { name?: unknown };
  if (typeof name !== "string" || !TYPE_NAMES.has(name)) broken("a type has an unknown name");
  for (const key of ["precision", "scale", "length"])
    if (type[key] !== undefined && !isCount(type[key])) broken(`a type's ${key} is not a number`);
  for (const key of ["nullable", "padded"])
    if (type[key] !== undefined && typeof type[key] !== "boolean") broken(`a type's ${key} is not a bool`);
  verifyDecimalBounds(type, broken);
  verifyRange(type["range"], broken);
  const values = type["values"];
  if (values !== undefined && !(Array.isArray(values) && values.every((value) => typeof value === "string")))
    broken("an enum's values are not strings");
  if (name === "enum" && values === undefined) broken("an enum has no values");
  if (type["typeName"] !== undefined && typeof type["typeName"] !== "string")
    broken("a type's declared name is not a string");
  if (type["element"] !== undefined) verifyTypeForm(type["element"], broken, depth + 1);
  const fields = type["fields"];
  if (fields === undefined) return;
  if (!Array.isArray(fields)) return broken("a type's fields are not a list");
  for (const field of fields) {
    const row = fieldsOf(field, "a field", broken);
    if (typeof row["name"] !== "string") broken("a field has no name");
    verifyTypeForm(row["type"], broken, depth + 1);
  }
}

function verifyDecimalBounds(type: Fields, broken: Broken): void {
  const precision = type["precision"];
  const scale = type["scale"] ?? 0;
  if (precision === undefined) return;
  if (
    !isCount(precision) ||
    precision === 0 ||
    precision > LIMITS.decimalDigitsMax.value ||
    !isCount(scale) ||
    scale > precision
  )
    broken("a decimal's precision and scale do not fit");
}

function verifyRange(range: unknown, broken: Broken): void {
  if (range === undefined) return;
  const [low, high, ...rest] = Array.isArray(range) ? (range as unknown[]) : [];
  if (
    typeof low !== "bigint" ||
    typeof high !== "bigint" ||
    rest.length > 0 ||
    low > high ||
    low < INT_MIN ||
    high > INT_MAX
  )
    broken("an int range is not a pair within 64 bits");
}

/** Checks a SQL statement. */
export function verifySqlForm(form: unknown, broken: Broken): void {
  const sql = fieldsOf(form, "a statement", broken);
  const parameterCount = sql["parameterCount"];
  if (!isCount(parameterCount) || parameterCount > LIMITS.registersMax.value)
    return broken("a statement's parameter count is not a number");
  if (typeof sql["returnsRows"] !== "boolean") broken("a statement does not say whether it returns rows");
  if (!["query", "insert", "update", "delete", "ddl", "other"].includes(String(sql["verb"])))
    broken("a statement has an unknown verb");
  verifyParts(sql["parts"], parameterCount, broken, 0);
  if (sql["dml"] !== undefined) verifyDml(sql["dml"], broken);
  const columns = sql["columns"];
  if (columns === undefined) return;
  if (!Array.isArray(columns)) return broken("a statement's columns are not a list");
  for (const column of columns) {
    const row = fieldsOf(column, "a column", broken);
    if (typeof row["name"] !== "string" || typeof row["nullable"] !== "boolean")
      broken("a column has no name or nullability");
    verifySqlType(row["type"], broken);
  }
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function verifyDml(form: unknown, broken: Broken): void {
  const dml = fieldsOf(form, "a statement's summary", broken);
  const { event, upsert, table, alias, columns, or } = dml as Record<keyof DmlForm, unknown>;
  if (!["insert", "update", "delete"].includes(String(event))) broken("a statement's summary has an unknown event");
  if (typeof upsert !== "boolean") broken("a statement's summary does not say whether it is an upsert");
  if (!areTexts(columns) || (table !== undefined && !areTexts(table)))
    broken("a statement's summary has no list of names");
  if (alias !== undefined && typeof alias !== "string") broken("a statement's summary has an alias that is no text");
  if (or !== undefined && !["abort", "fail", "ignore", "replace", "rollback"].includes(String(or)))
    broken("a statement's summary has an unknown conflict action");
}

function verifySqlType(type: unknown, broken: Broken): void {
  if (type !== "any" && !(typeof type === "string" && scalarByName(type) === type))
    broken("an expression has an unknown type");
}

/** Fields of each part kind: `text`, `type`, `parts`, `index` (a parameter), `list` of parts; `?` after it: may be missing. Others are checked by hand below. */
const PART_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  name: { name: "text" },
  text: { value: "text" },
  bool: { value: "bool" },
  bytes: { hex: "text" },
  temporal: { type: "text", value: "text" },
  parameter: { index: "index", type: "type", place: "text", wide: "bool?" },
  tableName: { index: "index" },
  rows: { index: "index", columns: "columns" },
  call: { name: "text", args: "list", argTypes: "types", type: "type", suffix: "parts?", wide: "bool?" },
  operator: {
    operator: "text",
    left: "parts",
    right: "parts",
    type: "type",
    operandType: "type",
    rightType: "type?",
    wide: "bool?",
  },
  cast: { value: "parts", type: "type", from: "type?", precision: "count?", scale: "count?" },
  sortKey: { value: "parts", type: "type", wide: "bool?" },
  tick: { at: "text", sources: "list" },
  limit: { limit: "parts?", offset: "parts?" },
  upsert: { table: "parts", columns: "texts", keys: "texts", source: "parts" },
  columnType: { type: "type?", text: "text", args: "counts" },
  lookup: { index: "index", args: "list", type: "type" },
  routine: { name: "text", args: "list", type: "type" },
  piece: { piece: "text", columns: "texts", parts: "parts" },
};

function verifyParts(parts: unknown, parameterCount: number, broken: Broken, depth: number): void {
  if (depth > LIMITS.nestingMax.value) broken("a statement is nested too deeply");
  if (!Array.isArray(parts)) return broken("a statement's parts are not a list");
  for (const part of parts) {
    if (typeof part === "string") continue;
    const row = fieldsOf(part, "a part", broken);
    const kind = String(row["p"]);
    const fields = Object.hasOwn(PART_FIELDS, kind) ? PART_FIELDS[kind] : undefined;
    if (fields === undefined) return broken("a part has an unknown kind");
    for (const [key, kind] of Object.entries(fields)) verifyPartField(row[key], kind, parameterCount, broken, depth);
  }
}

function verifyPartField(value: unknown, kind: string, parameterCount: number, broken: Broken, depth: number): void {
  if (kind.endsWith("?") && value === undefined) return;
  switch (kind.endsWith("?") ? kind.slice(0, -1) : kind) {
    case "text":
      if (typeof value !== "string") broken("a part lacks a text");
      return;
    case "bool":
      if (typeof value !== "boolean") broken("a part lacks a bool");
      return;
    case "type":
      return verifySqlType(value, broken);
    case "index":
      if (!isCount(value) || value >= parameterCount) broken("a part names a parameter that is not there");
      return;
    case "count":
      if (!isCount(value)) broken("a part lacks a number");
      return;
    case "parts":
      return verifyParts(value, parameterCount, broken, depth + 1);
    default:
      return verifyPartList(value, kind, parameterCount, broken, depth);
  }
}

function verifyPartList(value: unknown, kind: string, parameterCount: number, broken: Broken, depth: number): void {
  if (!Array.isArray(value)) return broken("a part lacks a list");
  for (const item of value as unknown[]) {
    if (kind === "list") verifyParts(item, parameterCount, broken, depth + 1);
    else if (kind === "types") verifySqlType(item, broken);
    else if (kind === "texts" && typeof item !== "string") broken("a part lacks a text");
    else if (kind === "counts" && typeof item !== "number") broken("a part lacks a number");
    else if (kind === "columns") {
      const column = fieldsOf(item, "a column", broken);
      if (typeof column["name"] !== "string") broken("a column has no name");
      verifySqlType(column["type"], broken);
    }
  }
}

/** Checks that a form is plain data: null, bool, number, string, bigint, lists and objects of these. */
export function verifyPlain(form: unknown, broken: Broken, depth = 0): void {
  if (depth > LIMITS.nestingMax.value) broken("a form is nested too deeply");
  if (form === null || form === undefined || ["boolean", "number", "string", "bigint"].includes(typeof form)) return;
  if (typeof form !== "object" || (!Array.isArray(form) && Object.getPrototypeOf(form) !== Object.prototype))
    broken("a form is not plain data");
  for (const value of Object.values(form as object)) verifyPlain(value, broken, depth + 1);
}
