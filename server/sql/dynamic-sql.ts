// Prepares the text of `execute` for the engine: `:name` and `?` become numbered parameters, one statement only, and statements that belong to the
// session (transactions, ATTACH, PRAGMA, VACUUM) or that would write the catalog's own tables are refused.
// A scanner over SQL tokens, not a parser: what the text means is the engine's business.
import { trap } from "../../bytecode/trap.ts";

/** One token of SQL. Comments and white space are left out. */
export interface SqlToken {
  readonly kind: "word" | "quoted" | "string" | "number" | "parameter" | "symbol";
  /** Words as written, quoted names without quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s/;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD_PART = /[A-Za-z0-9_$\u0080-\uffff]/;
const NUMBER_PART = /[0-9A-Fa-fxX.]/;
const CLOSERS: Readonly<Record<string, string>> = { '"': '"', "`": "`", "[": "]", "'": "'" };

function endOfQuoted(text: string, start: number, closer: string): number {
  let at = start + 1;
  while (at < text.length) {
    if (text[at] === closer) {
      if (closer === "]" || text[at + 1] !== closer) return at + 1;
      at += 1;
    }
    at += 1;
  }
  return text.length;
}

function endOfWhile(text: string, start: number, pattern: RegExp): number {
  let at = start;
  while (at < text.length && pattern.test(text.charAt(at))) at += 1;
  return at;
}

function endOfComment(text: string, start: number): number | undefined {
  if (text.startsWith("--", start)) {
    const end = text.indexOf("\n", start);
    return end < 0 ? text.length : end + 1;
  }
  if (!text.startsWith("/*", start)) return undefined;
  const end = text.indexOf("*/", start + 2);
  return end < 0 ? text.length : end + 2;
}

/** A text between dollars, as PostgreSQL has it: `$$ … $$`, `$body$ … $body$`. */
const DOLLARS = /\$(?:[A-Za-z_]\w*)?\$/y;

function dollarQuoted(text: string, start: number): SqlToken | undefined {
  DOLLARS.lastIndex = start;
  const tag = DOLLARS.exec(text)?.[0];
  if (tag === undefined) return undefined;
  const close = text.indexOf(tag, start + tag.length);
  if (close < 0) return undefined;
  return { kind: "string", text: text.slice(start + tag.length, close), start, end: close + tag.length };
}

/** Words behind which a value may stand without a space. */
const BEFORE_VALUES =
  /^(?:and|or|not|in|is|like|ilike|glob|match|regexp|between|escape|case|when|then|else|select|distinct|all|where|on|having|by|limit|offset|values|set|return)$/iu;

/** True for the `?` of a type that takes null: it stands at the type's name. */
function marksType(text: string, start: number): boolean {
  const before = /(?:\w+|\])$/u.exec(text.slice(Math.max(0, start - 64), start))?.[0];
  return before !== undefined && !BEFORE_VALUES.test(before);
}

function tokenAt(text: string, start: number): SqlToken {
  const first = text.charAt(start);
  const between = first === "$" ? dollarQuoted(text, start) : undefined;
  if (between !== undefined) return between;
  const closer = CLOSERS[first];
  if (closer !== undefined) {
    const end = endOfQuoted(text, start, closer);
    const inner = text.slice(start + 1, text[end - 1] === closer && end - 1 > start ? end - 1 : end);
    return { kind: first === "'" ? "string" : "quoted", text: inner.replaceAll(closer + closer, closer), start, end };
  }
  if (WORD_START.test(first)) {
    const end = endOfWhile(text, start, WORD_PART);
    return { kind: "word", text: text.slice(start, end), start, end };
  }
  if (/[0-9]/.test(first)) {
    const end = endOfWhile(text, start, NUMBER_PART);
    return { kind: "number", text: text.slice(start, end), start, end };
  }
  if (first === "?" && text[start + 1] === "?") return { kind: "symbol", text: "??", start, end: start + 2 };
  if (first === "?" && marksType(text, start)) return { kind: "symbol", text: first, start, end: start + 1 };
  // `::` is PostgreSQL's cast.
  if (
    first === "?" ||
    (((first === ":" && text[start - 1] !== ":") || first === "@" || first === "$") &&
      WORD_PART.test(text.charAt(start + 1)))
  ) {
    const end = endOfWhile(text, start + 1, first === "?" ? /[0-9]/ : WORD_PART);
    return { kind: "parameter", text: text.slice(start, end), start, end };
  }
  return { kind: "symbol", text: first, start, end: start + 1 };
}

/** The tokens of a text. Never fails: what is not closed ends with the text. */
export function sqlTokens(text: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    if (SPACE.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const afterComment = endOfComment(text, at);
    if (afterComment !== undefined) {
      at = afterComment;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** First words of statements that only the session may carry out, with what to write instead. */
const SESSION_WORDS: Readonly<Record<string, string>> = {
  begin: "use transaction { … }",
  commit: "use transaction { … }",
  end: "use transaction { … }",
  rollback: "use transaction { … }",
  savepoint: "use transaction { … }",
  release: "use transaction { … }",
  attach: "write ATTACH as a statement",
  detach: "write DETACH as a statement",
  pragma: "write PRAGMA at the top level of a script",
  vacuum: "write VACUUM at the top level of a script",
};

const WRITING_WORDS: ReadonlySet<string> = new Set([
  "insert",
  "update",
  "delete",
  "replace",
  "create",
  "drop",
  "alter",
  "with",
]);
const WRITING_VERBS: ReadonlySet<string> = new Set([
  "insert",
  "update",
  "delete",
  "replace",
  "create",
  "drop",
  "alter",
]);

/** What the statement does, as far as its first words tell. */
export type DynamicVerb = "query" | "write" | "ddl";

/** A text that is ready for the engine. */
export interface DynamicStatement {
  /** Text in which every parameter is a `?`. */
  readonly sql: string;
  /** For each `?`, which of the given values it takes. */
  readonly order: readonly number[];
  readonly verb: DynamicVerb;
  /** Lower-case names that the text mentions, quoted ones included. */
  readonly names: ReadonlySet<string>;
}

function verbOf(tokens: readonly SqlToken[]): DynamicVerb {
  const first = (tokens[0]?.text ?? "").toLowerCase();
  if (first === "create" || first === "drop" || first === "alter" || first === "analyze" || first === "reindex")
    return "ddl";
  if (first !== "with") return WRITING_WORDS.has(first) ? "write" : "query";
  // After WITH the verb stands outside all parentheses.
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth -= 1;
    else if (depth === 0 && token.kind === "word" && WRITING_VERBS.has(token.text.toLowerCase())) return "write";
  }
  return "query";
}

function oneStatement(tokens: readonly SqlToken[]): readonly SqlToken[] {
  const first = tokens[0];
  if (first === undefined) throw trap("SqlError", "execute got an empty text.");
  const instead = first.kind === "word" ? SESSION_WORDS[first.text.toLowerCase()] : undefined;
  if (instead !== undefined)
    throw trap("PermissionDenied", `execute cannot run ${first.text.toUpperCase()}: ${instead}.`);
  // The body of CREATE TRIGGER holds semicolons; there the engine finds a second statement by itself.
  if (
    first.text.toLowerCase() === "create" &&
    tokens.some((token) => token.kind === "word" && token.text.toLowerCase() === "trigger")
  )
    return tokens;
  const semicolon = tokens.findIndex((token) => token.kind === "symbol" && token.text === ";");
  if (semicolon < 0) return tokens;
  if (tokens.slice(semicolon).some((token) => token.text !== ";"))
    throw trap("SqlError", "execute takes one statement, the text holds several.");
  return tokens.slice(0, semicolon);
}

function indexOfParameter(token: SqlToken, positional: number, names: readonly (string | undefined)[]): number {
  if (token.text.startsWith("?")) {
    const number = token.text.length > 1 ? Number(token.text.slice(1)) : positional;
    if (number < 1 || number > names.length) {
      throw trap(
        "SqlError",
        `The text of execute has parameter ${token.text.length > 1 ? token.text : `number ${number}`}, but using gives ${names.length} ${names.length === 1 ? "value" : "values"}.`,
      );
    }
    return number - 1;
  }
  const name = token.text.slice(1).toLowerCase();
  const index = names.findIndex((candidate) => candidate?.toLowerCase() === name);
  if (index < 0)
    throw trap("SqlError", `The text of execute has parameter ${token.text}, but using gives no value of that name.`);
  return index;
}

/** The engine's functions in which the text 'now' is a moment. */
const TIME_FUNCTIONS: ReadonlySet<string> = new Set([
  "date",
  "time",
  "datetime",
  "julianday",
  "unixepoch",
  "strftime",
  "timediff",
]);

/** Whether a token is the text 'now' of a time function: julianday() is the same moment by the session's clock. */
function isNow(token: SqlToken, calls: readonly string[]): boolean {
  return token.kind === "string" && token.text.toLowerCase() === "now" && TIME_FUNCTIONS.has(calls.at(-1) ?? "");
}

/**
 * Prepares a text for the engine. `names` are the names of the given values, undefined for positional ones.
 * @throws Trap SqlError when parameters and values do not match or the text is not one statement; PermissionDenied for statements of the session.
 */
export function prepareDynamic(text: string, names: readonly (string | undefined)[]): DynamicStatement {
  const tokens = oneStatement(sqlTokens(text));
  const order: number[] = [];
  const used = new Set<number>();
  let positional = 0;
  let sql = "";
  let copied = 0;
  const calls: string[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.text === "(" && token.kind === "symbol") calls.push(tokens[at - 1]?.text.toLowerCase() ?? "");
    else if (token.text === ")" && token.kind === "symbol") calls.pop();
    if (isNow(token, calls)) {
      sql += `${text.slice(copied, token.start)}julianday()`;
      copied = token.end;
    }
    if (token.kind !== "parameter") continue;
    if (token.text === "?") positional += 1;
    const index = indexOfParameter(token, positional, names);
    used.add(index);
    order.push(index);
    sql += `${text.slice(copied, token.start)}?`;
    copied = token.end;
  }
  const unused = names.findIndex((_, index) => !used.has(index));
  if (unused >= 0)
    throw trap(
      "SqlError",
      `The text of execute does not use ${names[unused] === undefined ? `value number ${unused + 1}` : `the value ${names[unused]}`}.`,
    );
  sql += text.slice(copied, tokens.at(-1)?.end ?? text.length);
  const mentioned = tokens
    .filter((token) => token.kind === "word" || token.kind === "quoted")
    .map((token) => token.text.toLowerCase());
  return { sql, order, verb: verbOf(tokens), names: new Set(mentioned) };
}
