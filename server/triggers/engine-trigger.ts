// A trigger that was written for SQLite, taken apart so that we can fire it: its point, WHEN, and the statements of its body with the values of NEW and OLD as parameters.
// A scan over tokens: the engine has accepted the text, and what the statements mean stays the engine's business.
import { sqlTokens, type SqlToken } from "../sql/dynamic-sql.ts";
import type { StatementText } from "./engine-collations.ts";
import type { RowEvent } from "./firing-table.ts";

/** A piece of the text in which ` ? ` stands for each value of a row, in order. */
export interface RowText {
  readonly sql: string;
  readonly values: readonly RowValue[];
  /** The whole statement or condition that it is, or is a part of. */
  readonly whole: StatementText;
}

/** A column of NEW or OLD, folded. `compared`: it stands beside a comparison. `at`: where it stands in the trigger's text. */
export interface RowValue {
  readonly row: "new" | "old";
  readonly column: string;
  readonly compared: boolean;
  readonly at: number;
}

/** What a statement of a body writes. */
export interface BodyWrite {
  readonly schema: string | undefined;
  readonly table: string;
  readonly event: RowEvent;
  readonly upsert: boolean;
  /** Columns of SET, folded. */
  readonly columns: readonly string[];
  readonly or: string | undefined;
}

/** One statement of a body. */
export interface BodyStatement {
  readonly text: RowText;
  /** Undefined for a query. */
  readonly write: BodyWrite | undefined;
  /** What stands behind `INSERT`, `UPDATE` and what they say about conflicts: where the firing statement says something, that counts instead. */
  readonly behindOr: RowText | undefined;
}

/** A trigger of the engine. */
export interface EngineTrigger {
  readonly name: string;
  /** Where it is stored: `main`, `temp` or the alias of an attached database. */
  readonly schema: string;
  readonly timing: "before" | "after" | "instead of";
  readonly event: RowEvent;
  /** The table or view it stands on. */
  readonly on: readonly [schema: string | undefined, table: string];
  /** Columns of UPDATE OF, folded; empty: any. */
  readonly columns: readonly string[];
  readonly when: RowText | undefined;
  readonly body: readonly BodyStatement[];
}

/** Tokens of a text from one to before another, with the text. */
class Scan {
  readonly text: string;
  readonly tokens: readonly SqlToken[];
  at = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = sqlTokens(text);
  }

  word(at = this.at): string {
    const token = this.tokens[at];
    return token?.kind === "word" || token?.kind === "symbol" ? token.text.toLowerCase() : "";
  }

  /** Steps over these words when they stand here. */
  skip(...words: readonly string[]): boolean {
    if (!words.every((word, offset) => this.word(this.at + offset) === word)) return false;
    this.at += words.length;
    return true;
  }

  name(): string {
    const text = this.tokens[this.at]?.text ?? "";
    this.at += 1;
    return text;
  }

  /** `name` or `schema.name`. */
  qualified(): readonly [schema: string | undefined, name: string] {
    const first = this.name();
    return this.skip(".") ? [first, this.name()] : [undefined, first];
  }

  /** The first place from here on at which a word stands outside of parentheses. */
  find(word: string, from: number, end = this.tokens.length): number {
    let depth = 0;
    for (let at = from; at < end; at += 1) {
      const here = this.word(at);
      if (here === "(") depth += 1;
      else if (here === ")") depth -= 1;
      else if (depth === 0 && here === word && this.word(at - 1) !== ".") return at;
    }
    return -1;
  }
}

/** What stands before a body, as places among the tokens: WHEN's condition from `when` to `begin`, which is BEGIN. */
interface Head extends Pick<EngineTrigger, "timing" | "event" | "on" | "columns"> {
  readonly hasWhen: boolean;
  readonly when: number;
  readonly begin: number;
}

function headOf(scan: Scan): Head | undefined {
  scan.skip("create");
  if (!scan.skip("temp")) scan.skip("temporary");
  if (!scan.skip("trigger")) return undefined;
  scan.skip("if", "not", "exists");
  scan.qualified();
  const timing = scan.skip("after")
    ? "after"
    : scan.skip("instead", "of")
      ? "instead of"
      : (scan.skip("before"), "before");
  const event = eventOf(scan.word());
  if (event === undefined) return undefined;
  scan.at += 1;
  const columns: string[] = [];
  if (scan.skip("of"))
    do columns.push(scan.name().toLowerCase());
    while (scan.skip(","));
  if (!scan.skip("on")) return undefined;
  const on = scan.qualified();
  scan.skip("for", "each", "row");
  const hasWhen = scan.skip("when");
  const when = scan.at;
  const begin = scan.find("begin", when);
  return begin < 0 || (!hasWhen && begin !== when) ? undefined : { timing, event, on, columns, hasWhen, when, begin };
}

/** Where the condition of WHEN stands in a trigger's text; an empty place before BEGIN when it has none; undefined when the text is not understood. */
export function whenOf(text: string): { readonly start: number; readonly end: number } | undefined {
  const scan = new Scan(text);
  const head = headOf(scan);
  const first = head && scan.tokens[head.when];
  const last = head && scan.tokens[head.begin - 1];
  if (head === undefined || first === undefined || last === undefined) return undefined;
  return { start: first.start, end: head.hasWhen ? last.end : first.start };
}

/** Takes a trigger's text apart; undefined when it is not understood. */
export function engineTrigger(name: string, schema: string, text: string): EngineTrigger | undefined {
  const scan = new Scan(text);
  const head = headOf(scan);
  const end = scan.tokens.findLastIndex((_, at) => scan.word(at) === "end");
  if (head === undefined || end < head.begin) return undefined;
  const { timing, event, on, columns, hasWhen, when, begin } = head;
  return {
    name,
    schema,
    timing,
    event,
    on,
    columns,
    when: hasWhen ? rowText(scan, when, begin, wholeOf(scan, when, begin, true)) : undefined,
    body: bodyOf(scan, begin + 1, end),
  };
}

function eventOf(word: string): RowEvent | undefined {
  return word === "insert" || word === "update" || word === "delete" ? word : undefined;
}

function bodyOf(scan: Scan, from: number, end: number): readonly BodyStatement[] {
  const statements: BodyStatement[] = [];
  let start = from;
  for (let at = scan.find(";", start, end); at >= 0; at = scan.find(";", start, end)) {
    if (at > start) statements.push(statementOf(scan, start, at));
    start = at + 1;
  }
  return statements;
}

function wholeOf({ text, tokens }: Scan, from: number, end: number, isCondition: boolean): StatementText {
  const start = tokens[from]?.start ?? 0;
  return { text: text.slice(start, tokens[end - 1]?.end ?? text.length), start, isCondition };
}

function statementOf(scan: Scan, from: number, end: number): BodyStatement {
  const whole = wholeOf(scan, from, end, false);
  const text = rowText(scan, from, end, whole);
  const verb = scan.word(from);
  scan.at = from + 1;
  if (verb === "delete") {
    scan.skip("from");
    const [schema, table] = scan.qualified();
    const write = { schema, table, event: "delete", upsert: false, columns: [], or: undefined } as const;
    return { text, write, behindOr: undefined };
  }
  if (verb !== "insert" && verb !== "replace" && verb !== "update")
    return { text, write: undefined, behindOr: undefined };
  const or = verb === "replace" ? "replace" : scan.skip("or") ? scan.name().toLowerCase() : undefined;
  const behindOr = rowText(scan, scan.at, end, whole);
  scan.skip("into");
  const [schema, table] = scan.qualified();
  const event = verb === "update" ? "update" : "insert";
  const conflict = event === "insert" ? scan.find("conflict", scan.at, end) : -1;
  const upsert = conflict >= 0 && scan.find("set", conflict, end) >= 0;
  const columns = event === "update" ? setColumns(scan, end) : [];
  return { text, write: { schema, table, event, upsert, columns, or }, behindOr };
}

/** The columns that SET names. */
function setColumns(scan: Scan, end: number): readonly string[] {
  const columns: string[] = [];
  let depth = 0;
  let isName = true;
  for (let at = scan.find("set", scan.at, end) + 1; at > 0 && at < end; at += 1) {
    const word = scan.word(at);
    if (depth === 0 && (word === "from" || word === "where")) break;
    if (word === "(") depth += 1;
    else if (word === ")") depth -= 1;
    else if (word === "=" && isName) isName = false;
    else if (word === "," && depth === 0) isName = true;
    else if (isName && word !== ",") columns.push((scan.tokens[at]?.text ?? "").toLowerCase());
  }
  return columns;
}

/** Words and signs beside which values are compared. */
const COMPARING: ReadonlySet<string> = new Set([
  "=",
  "<",
  ">",
  "!",
  "is",
  "not",
  "in",
  "between",
  "and",
  "case",
  "when",
  "from",
]);

/** What stands for RAISE: a function that notes what was raised. */
export const RAISE_FUNCTION = "gobi_raise";

function rowText(scan: Scan, from: number, end: number, whole: StatementText): RowText {
  const { text, tokens } = scan;
  const values: RowValue[] = [];
  let sql = "";
  let copied = tokens[from]?.start ?? 0;
  for (let at = from; at < end; at += 1) {
    const token = tokens[at];
    if (token === undefined || token.kind === "string") continue;
    const word = token.text.toLowerCase();
    const column = tokens[at + 2];
    if ((word === "new" || word === "old") && scan.word(at + 1) === "." && scan.word(at - 1) !== "." && column) {
      values.push({
        row: word,
        column: column.text.toLowerCase(),
        compared: COMPARING.has(scan.word(at - 1)) || COMPARING.has(scan.word(at + 3)),
        at: token.start,
      });
      sql += `${text.slice(copied, token.start)}${VALUE}`;
      copied = column.end;
      at += 2;
    } else if (word === "raise" && token.kind === "word" && scan.word(at + 1) === "(") {
      const kind = scan.word(at + 2);
      const rest = scan.word(at + 3) === ")" ? ", NULL" : "";
      sql += `${text.slice(copied, token.start)}${RAISE_FUNCTION}('${kind}'${rest}`;
      copied = tokens[at + 2]?.end ?? copied;
      at += 2;
    }
  }
  return { sql: sql + text.slice(copied, tokens[end - 1]?.end ?? text.length), values, whole };
}

/** Stands where a value is to be put in. */
export const VALUE = "\u0000";
