// Declared column types of SQLite: their affinity, our type for them, and how our own type names are declared there (LANGUAGE.md 15.27).
// The one table for both sides: storage introspection reads types by it, the compiler's catalog reads DDL by it.
// Affinity rules: https://sqlite.org/datatype3.html section 3.1.
import { scalarByName, type ScalarName } from "./scalar.ts";

/** Column affinity of SQLite. `blob` is also the affinity of a column without a type. */
export type Affinity = "integer" | "text" | "blob" | "real" | "numeric";

/** What a declared type means. `type` undefined: any. `args` are the numbers in parentheses. */
export interface DeclaredType {
  readonly type: ScalarName | undefined;
  readonly args: readonly number[];
  readonly affinity: Affinity;
}

/** Type names that only we know and that SQLite would give the wrong affinity, with what is declared instead. */
const OURS_ONLY: Readonly<Record<string, string>> = {
  string: "TEXT",
  bytes: "BLOB",
  bytea: "BLOB",
  binary: "BLOB",
  varbinary: "BLOB",
  u8: "INTEGER",
  u16: "INTEGER",
  u32: "INTEGER",
  u64: "INTEGER",
  // With JSON's own NUMERIC affinity the document 1.50 would be kept as the number 1.5.
  json: "JSONTEXT",
  jsonb: "JSONTEXT",
};

/** Names that occur in SQLite schemas and are no names of our language. */
const SQLITE_ONLY: Readonly<Record<string, ScalarName>> = {
  decimaltext: "decimal",
  jsontext: "json",
  "double precision": "float",
  "character varying": "string",
  "varying character": "string",
  "native character": "string",
  "unsigned big int": "int",
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
  "time without time zone": "time",
};

/** A decimal with more digits than this is kept as text (ARCHITECTURE.md section 5). */
const NUMERIC_DIGITS_MAX = 15;

/** Our type by affinity, for names that nobody knows. NUMERIC affinity takes any value as it is: `price MONEY` may hold 12.5 and 'free'. */
const TYPE_OF_AFFINITY: Readonly<Record<Affinity, ScalarName | undefined>> = {
  integer: "int",
  text: "string",
  blob: "bytes",
  real: "float",
  numeric: undefined,
};

/** SQLite's own rule for the affinity of a declared type; the order of the tests matters. */
export function sqliteAffinity(declared: string): Affinity {
  const upper = declared.toUpperCase();
  if (upper.includes("INT")) return "integer";
  if (upper.includes("CHAR") || upper.includes("CLOB") || upper.includes("TEXT")) return "text";
  if (upper.includes("BLOB") || upper.trim() === "") return "blob";
  if (upper.includes("REAL") || upper.includes("FLOA") || upper.includes("DOUB")) return "real";
  return "numeric";
}

/** Our type and the affinity of a column that SQLite has with this declared type. Names we don't know get the type of their affinity. */
export function sqliteColumnType(declared: string): DeclaredType {
  const { name, args } = splitDeclared(declared);
  const affinity = sqliteAffinity(declared);
  if (name === "" || name === "any") return { type: undefined, args: [], affinity: name === "" ? "blob" : affinity };
  const type = SQLITE_ONLY[name] ?? scalarByName(name) ?? TYPE_OF_AFFINITY[affinity];
  return { type, args, affinity };
}

/**
 * How a type as written in our DDL is declared to SQLite: as written, except names that only we know (`string`, `bytes`, `u8` …)
 * and decimals of more than 15 digits, which become `DECIMALTEXT(p, s)` so that they have TEXT affinity.
 */
export function sqliteDeclaration(written: string): string {
  const { name, args } = splitDeclared(written);
  const other = OURS_ONLY[name];
  if (other !== undefined) return other;
  if (scalarByName(name) === "decimal" && (args[0] ?? 0) > NUMERIC_DIGITS_MAX) return `DECIMALTEXT(${args.join(", ")})`;
  return written;
}

/** True when the name in this declared type is one that the tables know; false for `MONEY` or the name of an enum or struct. */
export function isKnownDeclaredType(declared: string): boolean {
  const { name } = splitDeclared(declared);
  return name === "" || name === "any" || name in SQLITE_ONLY || scalarByName(name) !== undefined;
}

interface SplitType {
  readonly name: string;
  readonly args: readonly number[];
}

/** Declared types seen so far: a schema repeats a handful. Emptied when it grows beyond what any schema has. */
const SPLIT_TYPES = new Map<string, SplitType>();
const SPLIT_TYPES_MAX = 1000;

function splitDeclared(declared: string): SplitType {
  const known = SPLIT_TYPES.get(declared);
  if (known !== undefined) return known;
  const split = readDeclared(declared);
  if (SPLIT_TYPES.size >= SPLIT_TYPES_MAX) SPLIT_TYPES.clear();
  SPLIT_TYPES.set(declared, split);
  return split;
}

/** `VARCHAR (20)` is name `varchar` and args [20]; words after the parentheses belong to the name. */
function readDeclared(declared: string): SplitType {
  const match = /^\s*([^(]*?)\s*(?:\(([^)]*)\)\s*(.*))?$/.exec(declared);
  if (match === null) return { name: declared.trim().toLowerCase(), args: [] };
  const after = match[3] ?? "";
  const name = `${match[1] ?? ""}${after === "" ? "" : ` ${after}`}`
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/^["`[]|["`\]]$/g, "");
  const args = (match[2] ?? "")
    .split(",")
    .map((text) => Number(text))
    .filter((value) => Number.isFinite(value));
  return { name, args: match[2] === undefined || match[2].trim() === "" ? [] : args };
}
