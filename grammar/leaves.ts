// Native matchers of the lexical rules: the same meaning as lexical.ohm, without Ohm's work per character.
// A matcher returns the end of its match or -1, and notes in `reach` how far it has looked, so that incremental parsing stays honest.
import {
  assignOperatorEnd,
  commentEnd,
  doubleStringEnd,
  isLineBreak,
  isWordStart,
  lowerWordAt,
  singleStringEnd,
  skipInline,
  skipSpace,
  startsStatement,
  wordEnd,
} from "./characters.ts";
import {
  CALLABLE_WORDS,
  CLOSING_WORDS,
  NO_ALIAS_WORDS,
  OPERAND_WORDS,
  RESERVED_WORDS,
  SQL_NAME_WORDS,
  STATEMENT_WORDS,
} from "./keywords.ts";
import { skippedHeaderEnd, skippedTextEnd } from "./recovery.ts";
import {
  anyWord,
  blob,
  bracketName,
  codeOperator,
  codePrefix,
  double,
  firstOf,
  innerOperator,
  type Leaf,
  markOf,
  number,
  OPERATOR_WORDS,
  operatorLeaf,
  plainAssign,
  prefixed,
  questionRest,
  quoted,
  single,
  SQL_SYMBOLS,
  sqlNumber,
  sqlPrefix,
  unlessWord,
  wordLeaf,
  wordOf,
} from "./leaf-tokens.ts";

/** A leaf with what it may begin with: characters, `A` for word starts, `*` for anything (also for leaves that take no text). */
export interface LeafRow {
  readonly match: Leaf;
  readonly first: string;
  /** What a message calls it; undefined leaves it out of messages. */
  readonly label: string | undefined;
}

const bareName = wordOf((word) => !RESERVED_WORDS.has(word));

// A standard function whose name is reserved: only directly before its arguments.
const callable = wordOf((word) => CALLABLE_WORDS.has(word));

const callableWord: Leaf = (text, position) => {
  const end = callable(text, position);
  return end >= 0 && text.charCodeAt(skipInline(text, end)) === 40 ? end : -1;
};

const BLOCK_WORDS: ReadonlySet<string> = new Set(["if", "loop", "while", "for", "case", "try"]);

function sqlWord(text: string, position: number): number {
  const end = wordEnd(text, position);
  if (end === position) return -1;
  const word = text.slice(position, end).toLowerCase();
  if (!SQL_NAME_WORDS.has(word)) return -1;
  if (word !== "end") return end;
  const next = skipSpace(text, end);
  const code = text.charCodeAt(next);
  return next >= text.length || code === 59 || code === 125 || BLOCK_WORDS.has(lowerWordAt(text, next)) ? -1 : end;
}

function implicitAlias(text: string, position: number): number {
  const near = skipInline(text, position);
  let at = near;
  if (isLineBreak(text, near)) {
    at = skipSpace(text, near);
    if (startsStatement(text, at)) return -1;
  }
  const word = wordEnd(text, at);
  if (word > at) {
    const lower = text.slice(at, word).toLowerCase();
    return RESERVED_WORDS.has(lower) || NO_ALIAS_WORDS.has(lower) ? -1 : word;
  }
  return firstOf(quoted, double, single, bracketName)(text, at);
}

function statementEnd(text: string, position: number): number {
  const at = skipSpace(text, position);
  if (at >= text.length) return at;
  const code = text.charCodeAt(at);
  if (code === 59) return at + 1;
  if (code === 125 || code === 41) return at;
  if (CLOSING_WORDS.has(lowerWordAt(text, at))) return at;
  return isLineBreak(text, skipInline(text, position)) && startsStatement(text, at) ? at : -1;
}

function configSeparator(text: string, position: number): number {
  const at = skipSpace(text, position);
  if (text.charCodeAt(at) === 44) return at + 1;
  const next = text.charCodeAt(at);
  return isLineBreak(text, skipInline(text, position)) &&
    (isWordStart(next) || next === 96 || text.startsWith("...", at))
    ? at
    : -1;
}

const modeWord = wordOf((word) => word === "async" || word === "sync");

/** `async`, `sync`, `async|sync`. */
function modeWords(text: string, position: number): number {
  let end = modeWord(text, position);
  while (end >= 0) {
    const bar = skipSpace(text, end);
    const next = text.charCodeAt(bar) === 124 ? modeWord(text, skipSpace(text, bar + 1)) : -1;
    if (next < 0) return end;
    end = next;
  }
  return -1;
}

const transactionWord = wordOf(
  (word) => word === "transaction" || word === "deferred" || word === "immediate" || word === "exclusive",
);

const isolationWord = wordLeaf(["isolation"]);
const levelWord = wordLeaf(["level"]);

/** `isolation level`. */
function isolationLevel(text: string, position: number): number {
  const end = isolationWord(text, position);
  if (end < 0) return -1;
  const at = skipSpace(text, end);
  return at > end ? levelWord(text, at) : -1;
}

function transactionFollower(text: string, position: number): number {
  if (position >= text.length) return position;
  if (text.charCodeAt(position) === 59) return position + 1;
  const end = transactionWord(text, position);
  return end >= 0 ? end : isolationLevel(text, position);
}

/** The rest of a line behind the name of CATCH: nothing, `;` or THEN. */
function catchLineEnd(text: string, position: number): number {
  const at = skipInline(text, position);
  const code = text.charCodeAt(at);
  if (code === 10 || code === 13 || code === 59) return at + 1;
  if (isLineBreak(text, at)) return commentEnd(text, at);
  return lowerWordAt(text, at) === "then" ? at + 4 : -1;
}

/** The arguments of a virtual table's module: everything up to the bracket that closes them. */
function moduleTextEnd(text: string, position: number): number {
  let depth = 0;
  let at = position;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const string = code === 39 ? singleStringEnd(text, at) : code === 34 ? doubleStringEnd(text, at) : -1;
    if (code === 40) depth += 1;
    else if (code === 41) {
      if (depth === 0) return at;
      depth -= 1;
    }
    at = string > at ? string : at + 1;
  }
  return depth === 0 ? at : -1;
}

const PRECISION = /[ \t]+precision(?![\w$])/iy;

function typeWord(text: string, position: number): number {
  const end = firstOf(quoted, bareName)(text, position);
  if (end !== position + 6 || lowerWordAt(text, position) !== "double") return end;
  PRECISION.lastIndex = end;
  return PRECISION.test(text) ? PRECISION.lastIndex : end;
}

const closingWord = wordOf((word) => CLOSING_WORDS.has(word));

/** A closing word or bracket that closes nothing; END takes its IF or LOOP along. */
function strayWord(text: string, position: number): number {
  const code = text.charCodeAt(position);
  if (code === 41 || code === 93) return position + 1;
  const end = closingWord(text, position);
  if (end < 0 || lowerWordAt(text, position) !== "end") return end;
  const next = skipInline(text, end);
  return BLOCK_WORDS.has(lowerWordAt(text, next)) ? wordEnd(text, next) : end;
}

const row = (match: Leaf, first: string, label?: string): LeafRow => ({ match, first, label });

/** Lexical rules that have a native matcher, by rule name. Keyword rules are added by the engine. */
export const LEAVES: Readonly<Record<string, LeafRow>> = {
  word: row(anyWord, "A", "a name"),
  bareName: row(bareName, "A", "a name"),
  name: row(firstOf(quoted, bareName, callableWord), "A`", "a name"),
  anyName: row(firstOf(quoted, anyWord), "A`", "a name"),
  quotedName: row(quoted, "`"),
  sqlName: row(firstOf(bareName, quoted, double, single, bracketName, sqlWord), "A`\"'[", "a name"),
  sqlTypeName: row(firstOf(bareName, quoted, double, single, bracketName, sqlWord), "A`\"'[", "a type"),
  sqlOperandName: row(firstOf(bareName, quoted, bracketName, sqlWord), "A`[", "a name"),
  bracketName: row(bracketName, "["),
  implicitAlias: row(implicitAlias, "*"),
  singleString: row(single, "'", "a string"),
  doubleString: row(double, '"', "a string"),
  blob: row(blob, "xX"),
  number: row(number, "0123456789", "a number"),
  sqlNumber: row(sqlNumber, "0123456789.", "a number"),
  integer: row(
    (text, position) => {
      const end = questionRest(text, position);
      return end > position ? unlessWord(text, end) : -1;
    },
    "0123456789",
    "a whole number",
  ),
  atName: row(
    (text, position) => (lowerWordAt(text, position + 1) === "typeof" ? -1 : prefixed(64, anyWord)(text, position)),
    "@",
  ),
  plainAssign: row(plainAssign, "="),
  nameContinuation: row(firstOf(plainAssign, markOf(".", "+=", "-=", "|>", ",")), "=.+-|,"),
  plainContinuation: row(markOf("=", ".", "(", "[", "+=", "-=", "|>"), "=.([+-|"),
  blockContinuation: row(markOf("|>", "."), "|."),
  rangeDots: row(
    (text, position) => (text.startsWith("..", position) && text.charCodeAt(position + 2) !== 46 ? position + 2 : -1),
    ".",
    "`..`",
  ),
  variadicMark: row(markOf("..."), "."),
  allFollower: row(markOf(")", ",", "."), "),."),
  castStop: row(firstOf(markOf("<{", "{"), wordLeaf(["async", "sync"])), "<{aAsS"),
  modeWords: row(modeWords, "aAsS", "SYNC or ASYNC"),
  endMark: row((text, position) => (position >= text.length ? position : markOf(";")(text, position)), "*", "`;`"),
  isolationLevel: row(isolationLevel, "iI"),
  transactionFollower: row(transactionFollower, "*"),
  catchLineEnd: row(catchLineEnd, "*"),
  moduleText: row(moduleTextEnd, "*"),
  typeWord: row(typeWord, "A`", "a type"),
  hole: row((text, position) => (text.startsWith("...", position) ? position + 3 : -1), "."),
  singleColon: row(
    (text, position) => (text.charCodeAt(position) === 58 && text.charCodeAt(position + 1) !== 58 ? position + 1 : -1),
    ":",
    "`:`",
  ),
  colonParameter: row(prefixed(58, anyWord), ":"),
  atParameter: row(prefixed(64, anyWord), "@"),
  dollarParameter: row(prefixed(36, anyWord), "$"),
  questionParameter: row(prefixed(63, questionRest), "?"),
  parameter: row(
    firstOf(prefixed(58, anyWord), prefixed(64, anyWord), prefixed(36, anyWord), prefixed(63, questionRest)),
    ":@$?",
  ),
  pragmaWord: row(anyWord, "A", "a name"),
  configWord: row(anyWord, "A", "a name"),
  wildcardWord: row((text, position) => (text.charCodeAt(position) === 95 ? unlessWord(text, position + 1) : -1), "_"),
  sign: row(
    (text, position) => (text.charCodeAt(position) === 43 || text.charCodeAt(position) === 45 ? position + 1 : -1),
    "+-",
  ),
  strayText: row(
    (text, position) => (text.charCodeAt(position) === 125 ? position + 1 : strayWord(text, position)),
    "A)]}",
  ),
  strayWord: row(strayWord, "A)]"),
  codeOperator: row(codeOperator, "|&=!<>?.+-*/%oOaAcC", "an operator"),
  innerOperator: row(innerOperator, "|&=!<>?.+-*/%oOaAcC", "an operator"),
  sqlOperator: row(operatorLeaf(OPERATOR_WORDS, SQL_SYMBOLS), "|&=!<>?+-*/%oOaAcC", "an operator"),
  assignOperator: row(assignOperatorEnd, "=|?+-*/%", "`=`"),
  codePrefix: row(codePrefix, "+-~!nN"),
  sqlPrefix: row(sqlPrefix, "+-~nN"),
  operandWord: row(
    wordOf((word) => OPERAND_WORDS.has(word)),
    "A",
  ),
  standardName: row(wordLeaf(["extract", "position", "trim", "substring", "overlay"]), "eEpPtTsSoO"),
  standardSide: row(wordLeaf(["both", "leading", "trailing"]), "bBlLtT"),
  standardLink: row(wordLeaf(["from", "for", "in", "placing"]), "fFiIpP"),
  statementWord: row(
    wordOf((word) => STATEMENT_WORDS.has(word)),
    "A",
  ),
  sameLine: row((text, position) => {
    const at = skipInline(text, position);
    return at < text.length && !isLineBreak(text, at) ? at : -1;
  }, "*"),
  anywhere: row((_text, position) => position, "*"),
  never: row(() => -1, ""),
  statementEnd: row(statementEnd, "*", "`;`"),
  configSeparator: row(configSeparator, "*", "`,`"),
  skippedText: row(skippedTextEnd, "*"),
  skippedHeader: row(skippedHeaderEnd, "*"),
};
