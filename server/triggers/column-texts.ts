// The columns of a CREATE TABLE text, as far as values behave by them: type, collation, and the expression of a generated column. A scan over tokens, because
// the engine has accepted the text.
import { sqlTokens, type SqlToken } from "../sql/dynamic-sql.ts";

/** One column as it was declared. */
export interface ColumnText {
  /** Undefined: BINARY. */
  readonly collation: string | undefined;
  /** `name type COLLATE c AS (…)`: without keys, defaults and checks. */
  readonly plain: string;
}

/** Words that end a column's type. */
const CONSTRAINTS: ReadonlySet<string> = new Set([
  "constraint",
  "primary",
  "not",
  "null",
  "unique",
  "check",
  "default",
  "collate",
  "references",
  "generated",
  "as",
]);
/** Words that begin a constraint of the table. */
const TABLE_CONSTRAINTS: ReadonlySet<string> = new Set(["constraint", "primary", "unique", "check", "foreign"]);

/** By folded name, in order. Empty for a text without columns: a view's, a virtual table's. */
export function columnTexts(sql: string): ReadonlyMap<string, ColumnText> {
  const tokens = sqlTokens(sql);
  const columns = new Map<string, ColumnText>();
  const isTable = tokens.slice(0, 3).some((token) => wordOf(token) === "table");
  const open =
    isTable && !tokens.some((token, at) => at < 3 && wordOf(token) === "virtual")
      ? tokens.findIndex(isSymbol("("))
      : -1;
  if (open < 0) return columns;
  for (const part of partsOf(tokens, open + 1)) {
    const [first] = part;
    if (first === undefined || (first.kind === "word" && TABLE_CONSTRAINTS.has(wordOf(first)))) break;
    columns.set(first.text.toLowerCase(), columnOf(sql, part));
  }
  return columns;
}

function wordOf(token: SqlToken | undefined): string {
  return token?.kind === "word" ? token.text.toLowerCase() : "";
}

function isSymbol(text: string): (token: SqlToken | undefined) => boolean {
  return (token) => token?.kind === "symbol" && token.text === text;
}

/** What stands between commas, up to the closing parenthesis. */
function partsOf(tokens: readonly SqlToken[], from: number): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(from)) {
    if (isSymbol(")")(token) && depth === 0) break;
    if (isSymbol("(")(token)) depth += 1;
    if (isSymbol(")")(token)) depth -= 1;
    if (isSymbol(",")(token) && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** The place behind the parentheses that open at `at`. */
function behind(part: readonly SqlToken[], at: number): number {
  let depth = 0;
  for (let place = at; place < part.length; place += 1) {
    if (isSymbol("(")(part[place])) depth += 1;
    if (isSymbol(")")(part[place])) depth -= 1;
    if (depth === 0) return place + 1;
  }
  return part.length;
}

function columnOf(sql: string, part: readonly SqlToken[]): ColumnText {
  const textOf = (from: number, end: number): string => sql.slice(part[from]?.start, part[end - 1]?.end);
  let at = 1;
  while (at < part.length && !CONSTRAINTS.has(wordOf(part[at])))
    at = isSymbol("(")(part[at]) ? behind(part, at) : at + 1;
  const kept = [textOf(0, at)];
  let collation: string | undefined;
  while (at < part.length) {
    const word = wordOf(part[at]);
    if (word === "collate") {
      collation = part[at + 1]?.text;
      kept.push(textOf(at, at + 2));
      at += 2;
    } else if (word === "as" && isSymbol("(")(part[at + 1])) {
      const end = behind(part, at + 1);
      kept.push(textOf(at, end));
      at = end;
    } else at = isSymbol("(")(part[at]) ? behind(part, at) : at + 1;
  }
  return { collation: collation?.toLowerCase() === "binary" ? undefined : collation, plain: kept.join(" ") };
}
