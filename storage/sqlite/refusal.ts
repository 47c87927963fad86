// Finds out why SQLite refuses a statement when its code says no more than SQLITE_ERROR.
// The message only offers a name; whether that name is a missing table, a missing column or taken already is decided by the statement's tokens and the schema.
import type { EngineErrorKind } from "../engine.ts";
import { EngineError } from "../engine.ts";
import { sentence } from "./errors.ts";
import { isWord, scanSql, type Token } from "./scan.ts";

/** What the schema can be asked on the error path. Names match as SQLite matches them, without regard to case. */
export interface SchemaNames {
  /** True when a table or view of this name exists in some schema, or in `schema`. */
  tableExists(name: string, schema?: string): boolean;
  /** True when a table, view, index or trigger has this name. */
  isTaken(name: string): boolean;
  /** True when the table or view has the column. */
  hasColumn(table: string, column: string): boolean;
}

const TABLE_FOLLOWS = new Set(["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "REFERENCES", "ON"]);
const FROM_ENDS = new Set([
  "WHERE",
  "GROUP",
  "ORDER",
  "LIMIT",
  "HAVING",
  "WINDOW",
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "SET",
  "RETURNING",
  "SELECT",
  "VALUES",
]);
/** Words that are no names unless they are quoted. */
const CLAUSE_WORDS = new Set([...TABLE_FOLLOWS, ...FROM_ENDS]);
const BETWEEN_UPDATE_AND_TABLE = new Set([
  "OR",
  "ROLLBACK",
  "ABORT",
  "REPLACE",
  "FAIL",
  "IGNORE",
  "IF",
  "EXISTS",
  "NOT",
]);

/** Places of names in table position: after FROM, JOIN, INTO, UPDATE, TABLE and after commas of a FROM clause. Names with `.` give their last part. */
function tablePlaces(tokens: readonly Token[]): ReadonlySet<number> {
  const places = new Set<number>();
  const fromAtDepth: boolean[] = [false];
  let expectsTable = false;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as Token;
    const depth = fromAtDepth.length - 1;
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    if (token.text === "(") fromAtDepth.push(expectsTable);
    else if (token.text === ")") {
      if (depth > 0) fromAtDepth.pop();
      expectsTable = false;
    } else if (token.text === ",") expectsTable = fromAtDepth[depth] === true;
    else if (TABLE_FOLLOWS.has(word)) {
      expectsTable = word !== "ON" || isWord(tokens[0], "CREATE");
      if (word === "FROM") fromAtDepth[depth] = true;
    } else if (FROM_ENDS.has(word)) {
      fromAtDepth[depth] = false;
      expectsTable = false;
    } else if (
      expectsTable &&
      !BETWEEN_UPDATE_AND_TABLE.has(word) &&
      (token.kind === "word" || token.kind === "quoted")
    ) {
      if (tokens[i + 1]?.text === ".") i += 2;
      places.add(i);
      expectsTable = false;
    }
  }
  return places;
}

/** The name that the message speaks of: what stands after `: `, else its last word, which in a message about a definition is no name. */
function namedIn(
  message: string,
  tokens: readonly Token[],
): { readonly qualifier: string | undefined; readonly name: string } {
  const defines = isWord(tokens[0], "CREATE") || isWord(tokens[0], "ALTER");
  const after = /: (.+)$/.exec(message)?.[1] ?? (defines ? "" : (/(\S+)$/.exec(message)?.[1] ?? ""));
  const parts = after.split(".");
  return { qualifier: parts.length > 1 ? parts.at(-2) : undefined, name: parts.at(-1) ?? "" };
}

interface Finding {
  readonly kind: EngineErrorKind;
  readonly message: string;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
}

function sameName(token: Token | undefined, name: string): boolean {
  return token !== undefined && token.name !== "" && token.name.toLowerCase() === name.toLowerCase();
}

/** Name and schema of the object that a CREATE statement makes. */
function createdName(tokens: readonly Token[]): string | undefined {
  if (!isWord(tokens[0], "CREATE")) return undefined;
  let at = tokens.findIndex((token) => ["TABLE", "VIEW", "INDEX", "TRIGGER"].includes(token.text.toUpperCase()));
  if (at < 0) return undefined;
  at += 1;
  if (isWord(tokens[at], "IF")) at += 3;
  return tokens[at + 1]?.text === "." ? tokens[at + 2]?.name : tokens[at]?.name;
}

function missingName(tokens: readonly Token[], message: string, schema: SchemaNames): Finding | undefined {
  const { qualifier, name } = namedIn(message, tokens);
  const places = tablePlaces(tokens);
  const isKeyword = (token: Token): boolean => token.kind === "word" && CLAUSE_WORDS.has(token.text.toUpperCase());
  const found = tokens.findIndex(
    (token, i) => sameName(token, name) && !isKeyword(token) && tokens[i + 1]?.text !== "(" && !places.has(i),
  );
  for (const place of places) {
    if (sameName(tokens[place], name) && !schema.tableExists(name, qualifier))
      return { kind: "noSuchTable", message: `There is no table named ${name}.`, table: name };
  }
  if (found < 0) return undefined;
  const tables = [...places].map((place) => tokens[place]?.name ?? "").filter((table) => schema.tableExists(table));
  if (tables.some((table) => schema.hasColumn(table, name)) && qualifier === undefined) return undefined;
  const table =
    qualifier !== undefined && schema.tableExists(qualifier) ? qualifier : tables.length === 1 ? tables[0] : undefined;
  if (table !== undefined && schema.hasColumn(table, name)) return undefined;
  return {
    kind: "noSuchColumn",
    message: `There is no column named ${name}${table === undefined ? "" : ` in ${table}`}.`,
    table,
    column: name,
  };
}

/** What is wrong with the name of a new object. */
function refusedName(created: string | undefined, schema: SchemaNames): Finding | undefined {
  if (created === undefined) return undefined;
  if (schema.isTaken(created))
    return { kind: "alreadyExists", message: `There is already something named ${created}.`, table: created };
  return /^sqlite_/iu.test(created)
    ? { kind: "other", message: `${created} cannot be made: names that begin with sqlite_ are SQLite's own.` }
    : undefined;
}

/**
 * The EngineError of a statement that failed with a bare SQLITE_ERROR.
 * `otherwise` is the kind when the schema explains nothing: `syntax` while preparing, `other` while running.
 */
export function refusedStatement(
  error: Error & { readonly code: string },
  sql: string,
  schema: SchemaNames,
  otherwise: "syntax" | "other",
  transactionEnded: boolean,
): EngineError {
  const tokens = scanSql(sql);
  const created = createdName(tokens);
  const finding: Finding = refusedName(created, schema) ??
    missingName(tokens, error.message, schema) ?? { kind: otherwise, message: sentence(error.message) };
  return new EngineError(finding.message, {
    kind: finding.kind,
    code: error.code,
    table: finding.table,
    column: finding.column,
    transactionEnded,
    cause: error,
  });
}
