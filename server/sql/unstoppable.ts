// Statements that the engine carries out from their begin to their end without asking anybody: neither a cancellation nor a deadline is seen meanwhile, and only
// the end of the process ends them. Found by their first words, as SQLite has them; all others are printed with ticks (storage/sqlite/ticks.ts).
// Measured at 263 MB (2.2 million rows, 2 cores): CREATE INDEX 4.5 s, VACUUM 1.7 s, DROP COLUMN, REINDEX, integrity_check and a backup 1 to 1.3 s, ANALYZE 0.4 s, DROP TABLE 0.3 s.
import type { DatabaseSchema } from "../../base/schema.ts";
import { type SqlToken, sqlTokens } from "./dynamic-sql.ts";
import { hasUnindexedReferences } from "./unindexed-references.ts";

/** A statement that nothing can stop. */
export interface Unstoppable {
  /** As people call it: `CREATE INDEX`. */
  readonly what: string;
  /** True when its work is a small multiple of the database's size; false: a few rows can keep it busy for ever. */
  readonly bounded: boolean;
}

/** What decides whether the work is bounded. */
type Work =
  /** The pages of the database. */
  | "pages"
  /** Expressions of the statement, and those of the tables and indexes that are there. */
  | "expressions"
  /** Rows that refer to each row of the table. */
  | "references";

const KINDS: Readonly<Record<string, Work>> = {
  "create index": "expressions",
  "create unique index": "expressions",
  "alter table": "expressions",
  "drop table": "references",
  "drop index": "pages",
  analyze: "pages",
  reindex: "expressions",
  vacuum: "pages",
  "backup database": "pages",
  "restore database": "pages",
  "pragma integrity_check": "expressions",
  "pragma quick_check": "expressions",
  "pragma foreign_key_check": "pages",
  "pragma optimize": "pages",
  "pragma wal_checkpoint": "pages",
  "pragma journal_mode": "pages",
  "pragma incremental_vacuum": "pages",
};
const WORDS_MAX = 3;

/** Functions that look at each character of what they get once, and make no more than that. */
const LINEAR: ReadonlySet<string> = new Set(
  `abs ceil ceiling char coalesce concat concat_ws date datetime floor hex if ifnull iif json json_array json_array_length json_extract json_object json_type
  json_valid julianday length likely lower ltrim max min mod nullif octet_length pow power quote random randomblob round rtrim sign sqrt strftime substr
  substring time timediff trim trunc typeof unhex unicode unixepoch unlikely upper`.split(/\s+/u),
);
/** Words in front of a bracket that is no call. */
const NOT_CALLED: ReadonlySet<string> = new Set(
  "and or not in is between case when then else cast collate where on".split(" "),
);
const SEARCHES: ReadonlySet<string> = new Set(["like", "glob", "regexp", "match"]);
/** Tokens of expressions whose work is still a small multiple of the rows. */
const TOKENS_MAX = 200;

/** What nothing can stop of a statement, given as SQLite gets it or as it was written; undefined: it asks while it works. */
export function unstoppable(text: string, schema: () => DatabaseSchema): Unstoppable | undefined {
  // Cheap for what is most.
  if (!FIRST.test(text)) return undefined;
  const tokens = sqlTokens(text);
  const words = tokens.slice(0, WORDS_MAX + 2).map((token) => token.text.toLowerCase());
  // PRAGMA main.integrity_check
  if (words[0] === "pragma" && words[2] === ".") words.splice(1, 2);
  for (let count = WORDS_MAX; count > 0; count -= 1) {
    const kind = words.slice(0, count).join(" ");
    const work = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (work !== undefined) return { what: kind.toUpperCase(), bounded: isBounded(work, tokens, schema) };
  }
  return undefined;
}

const FIRST = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(?:create|alter|drop|analyze|reindex|vacuum|backup|restore|pragma)\b/iu;

function isBounded(work: Work, tokens: readonly SqlToken[], schema: () => DatabaseSchema): boolean {
  switch (work) {
    case "pages":
      return true;
    case "references":
      return !hasUnindexedReferences(schema(), droppedName(tokens));
    case "expressions":
      return isLinear(tokens) && storedTexts(schema()).every(isLinearText);
  }
}

/** DROP TABLE [IF EXISTS] [schema .] name: the last name. */
function droppedName(tokens: readonly SqlToken[]): string {
  return tokens.findLast(({ kind }) => kind === "word" || kind === "quoted")?.text ?? "";
}

/** Expressions of tables and indexes are computed again when a table is rewritten or checked, and generated columns when an index is made. */
function storedTexts({ tables, otherNames }: DatabaseSchema): readonly string[] {
  const texts = [
    ...tables.filter(({ kind }) => kind === "table").map(({ sql }) => sql),
    ...otherNames.filter(({ kind }) => kind === "index").map(({ sql }) => sql),
  ];
  return texts.filter((text) => text !== undefined);
}

/** Texts that were looked at; schemas are read again with each change. */
const known = new Map<string, boolean>();
const KNOWN_MAX = 1000;

function isLinearText(text: string): boolean {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size >= KNOWN_MAX) known.clear();
  const linear = isLinear(sqlTokens(text));
  known.set(text, linear);
  return linear;
}

/** True when each expression of a definition costs no more than to look at each character of a row some times. */
function isLinear(tokens: readonly SqlToken[]): boolean {
  const expressions = expressionsOf(tokens);
  return expressions.length <= TOKENS_MAX && expressions.every((token, at) => isLinearToken(token, at, expressions));
}

/** What is computed of a definition: the list of an index with its WHERE; CHECK (…) and AS (…) of a table. */
function expressionsOf(tokens: readonly SqlToken[]): readonly SqlToken[] {
  if (tokens.slice(0, 3).some(({ text }) => text.toLowerCase() === "index"))
    return tokens.slice(tokens.findIndex(({ text }) => text === "(") + 1);
  const found: SqlToken[] = [];
  /** Brackets that are open since CHECK or AS. */
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1]?.text.toLowerCase();
    if (token.text === "(" && (depth > 0 || before === "check" || before === "as")) depth += 1;
    else if (token.text === ")" && depth > 0) depth -= 1;
    if (depth > 0) found.push(token);
  }
  return found;
}

function isLinearToken({ kind, text }: SqlToken, at: number, tokens: readonly SqlToken[]): boolean {
  if (kind !== "word" && kind !== "quoted") return true;
  const word = text.toLowerCase();
  if (kind === "word" && SEARCHES.has(word)) return false;
  const isCall = tokens[at + 1]?.text === "(" && !NOT_CALLED.has(word) && tokens[at - 1]?.text.toLowerCase() !== "as";
  return !isCall || LINEAR.has(word) || word.startsWith("gobi_");
}
