// Decides whether what was typed so far is a whole statement, so that Enter runs it, or whether more lines must follow.
// Looks at tokens only: brackets, quotes, BEGIN/CASE/IF/LOOP … END, and how the text ends.
import {
  backtickEnd,
  commentEnd,
  doubleStringEnd,
  isSpace,
  isWordStart,
  singleStringEnd,
  wordEnd,
} from "../../grammar/characters.ts";

/** What is still open at the end of a text. */
export interface OpenInput {
  /** Brackets and keyword blocks that are not closed; negative when too many were closed. */
  readonly depth: number;
  readonly openQuote: boolean;
  readonly openComment: boolean;
  /** Last character that is neither blank nor comment. */
  readonly last: string;
  readonly firstWord: string;
  readonly lastWord: string;
}

const BEGINS_TRANSACTION: ReadonlySet<string> = new Set(["", "transaction", "deferred", "immediate", "exclusive"]);
/** Words after which a new statement starts. */
const STATEMENT_FOLLOWS: ReadonlySet<string> = new Set(["begin", "then", "else", "loop", "try", "finally", "as"]);

function wordAfter(text: string, position: number): string {
  let at = position;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return text.slice(at, wordEnd(text, at)).toLowerCase();
}

/** Measures a text. */
export function openInput(text: string): OpenInput {
  let depth = 0;
  let openQuote = false;
  let openComment = false;
  let last = "";
  let firstWord = "";
  let lastWord = "";
  let statementStart = true;
  let pendingIf = false;
  let position = 0;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    const comment = commentEnd(text, position);
    if (comment > position) {
      openComment = text.startsWith("/*", position) && comment === text.length && !text.endsWith("*/");
      position = comment;
      continue;
    }
    if (isSpace(code)) {
      position += 1;
      continue;
    }
    const character = text[position] ?? "";
    last = character;
    if (character === "'" || character === '"' || character === "`") {
      const end =
        character === "'"
          ? singleStringEnd(text, position)
          : character === '"'
            ? doubleStringEnd(text, position)
            : backtickEnd(text, position);
      openQuote = end < 0;
      position = end < 0 ? text.length : end;
      lastWord = "";
      statementStart = false;
      continue;
    }
    if (isWordStart(code)) {
      const end = wordEnd(text, position);
      const word = text.slice(position, end).toLowerCase();
      if (firstWord === "") firstWord = word;
      const next = wordAfter(text, end);
      if (word === "end") depth -= 1;
      else if (word === "case" && lastWord !== "end") depth += 1;
      else if (
        word === "begin" &&
        !(
          depth === 0 &&
          statementStart &&
          BEGINS_TRANSACTION.has(next) &&
          text.slice(end).trim().length <= 1 + next.length
        )
      )
        depth += 1;
      else if (word === "loop" && lastWord !== "end" && !/^\s*\{/u.test(text.slice(end))) depth += 1;
      else if (word === "if" && statementStart) pendingIf = true;
      else if (word === "then" && pendingIf) {
        depth += 1;
        pendingIf = false;
      }
      statementStart = STATEMENT_FOLLOWS.has(word) && word !== "as";
      lastWord = word;
      position = end;
      continue;
    }
    if ("([{".includes(character)) {
      depth += 1;
      if (character === "{") pendingIf = false;
    } else if (")]}".includes(character)) depth -= 1;
    statementStart = character === ";" || character === "{" || character === "}";
    lastWord = "";
    position += 1;
  }
  return { depth, openQuote, openComment, last, firstWord, lastWord };
}

/** Statements that often go on in the next line: they want a `;` or an empty line. Everything else, expressions included, is whole at a line end. */
const GO_ON: ReadonlySet<string> = new Set([
  "select",
  "with",
  "values",
  "from",
  "insert",
  "update",
  "delete",
  "replace",
  "upsert",
  "merge",
  "create",
  "alter",
  "explain",
  "execute",
  "grant",
  "revoke",
  "declare",
  "procedure",
  "function",
  "trigger",
  "schedule",
  "pipeline",
  "type",
  "error",
  "export",
  "if",
  "while",
  "for",
  "loop",
  "try",
  "match",
  "test",
]);

/** Words after which an expression is not at its end. */
const GOES_ON_AFTER: ReadonlySet<string> = new Set([
  "and",
  "or",
  "not",
  "is",
  "in",
  "between",
  "like",
  "as",
  "then",
  "else",
]);

/**
 * Whether Enter should run the text. Queries and DML want a `;` (they often go on in the next line), or an empty line;
 * statements of one line and closed blocks do not.
 */
export function isWhole(text: string): boolean {
  const open = openInput(text);
  if (open.depth > 0 || open.openQuote || open.openComment) return false;
  if (open.last === "") return true;
  if (open.last === ";") return true;
  if (/\n[ \t]*\n[ \t]*$/u.test(text)) return true;
  if (open.last === "}" || open.lastWord === "end") return true;
  return !GO_ON.has(open.firstWord) && !/[-+*/%=|&<>?!:.,]$/u.test(text.trimEnd()) && !GOES_ON_AFTER.has(open.lastWord);
}
