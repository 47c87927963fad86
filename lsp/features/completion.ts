// Completion: what may stand at the cursor. The checker is asked with a word in the cursor's place (Document.ask), so that scopes, narrowed types, columns of
// joins and common tables are what they are there; where the text is too broken to be asked, the tokens before the cursor must do.
// Nothing here waits for a check of the whole file: then the last check and the tree answer, and the list is marked incomplete, so that it is asked for again.
import type { Seen, SeenVariable } from "../../compiler/check/seen.ts";
import { SCALARS } from "../../base/scalar.ts";
import { builtinNames, builtinsNamed } from "../../compiler/check/builtins.ts";
import { ERROR_FIELDS, STANDARD_ERRORS } from "../../compiler/check/error-types.ts";
import { fieldsOf, withoutNull } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Type } from "../../compiler/types/type.ts";
import type { Document, Workspace } from "../types.ts";
import { callAt } from "./call-context.ts";
import { callableNames, callablesNamed } from "./callables.ts";
import { configProposals } from "./completion-config.ts";
import { fieldProposals } from "./completion-fields.ts";
import { columnProposals, joinProposals, sourceProposals, tableProposals } from "./completion-sources.ts";
import {
  clauseOf,
  expressionWords,
  headerWords,
  isAfterOperand,
  startsStatement,
  statementWords,
} from "./completion-words.ts";
import { type Cursor, cursorAt } from "./cursor.ts";
import { chosen, type Proposal, type Proposals, variableProposal } from "./proposal.ts";
import { tablesBefore } from "./tables-before.ts";
import { hasToWait, unchecked, variablesAround } from "./unchecked.ts";

/** How to complete. */
export interface CompletionOptions {
  readonly max: number;
  /** Whether still another way of asking may be tried; completion never takes long. */
  readonly mayGoOn: () => boolean;
  /** True when the answer is due: what is known by then is told, and marked incomplete. */
  readonly isDue: () => boolean;
}

/** A word that no program has. */
const PROBE = "grizzly_cursor_zz";

/** Proposals at an offset; undefined where none are wanted (comments, texts). */
export function completion(
  workspace: Workspace,
  document: Document,
  offset: number,
  options: CompletionOptions,
): Proposals | undefined {
  const cursor = cursorAt(document, offset);
  if (cursor.inComment) return undefined;
  const configured = configProposals(document, cursor);
  if (configured === undefined && cursor.string !== undefined && cursor.string.quote !== "`") return undefined;
  const known = hasToWait(document) ? unchecked(document) : document;
  const { proposals, isPreliminary } =
    configured === undefined
      ? proposalsAt(workspace, known, cursor, options)
      : { proposals: configured, isPreliminary: false };
  const { items, isIncomplete } = chosen(proposals, cursor.prefix, options.max);
  return { start: cursor.start, end: cursor.end, items, isIncomplete: isIncomplete || isPreliminary };
}

/** What stands at a place, and whether more is known once the file has been checked. */
interface Found {
  readonly proposals: readonly Proposal[];
  readonly isPreliminary: boolean;
}

const complete = (proposals: readonly Proposal[]): Found => ({ proposals, isPreliminary: false });

function proposalsAt(workspace: Workspace, document: Document, cursor: Cursor, options: CompletionOptions): Found {
  const before = cursor.tokens.at(-1);
  if (before?.kind === "number" && before.end === cursor.start) return complete([]);
  const special = bySyntax(workspace, document, cursor);
  if (special !== undefined) return { proposals: special, isPreliminary: document.lastCheck() === undefined };
  const goesOn = isAfterOperand(cursor) && before?.end !== cursor.start;
  const words = goesOn ? expressionWords(cursor, clauseOf(cursor) !== undefined) : [];
  // On a line of its own another statement may begin as well.
  if (goesOn && !startsStatement(cursor)) return complete(words);
  const named = argumentNames(workspace, document, cursor);
  const seen = ask(document, cursor, options);
  const found =
    seen === undefined || seen === "long"
      ? withoutAsking(workspace, document, cursor)
      : fromSeen(workspace, document, cursor, seen);
  const statements =
    before?.text !== "." && startsStatement(cursor) ? statementWords(cursor.open.some(({ text }) => text === "{")) : [];
  return { proposals: [...words, ...named, ...found, ...statements], isPreliminary: seen === "long" };
}

/** Places that the words before the cursor decide. */
function bySyntax(workspace: Workspace, document: Document, cursor: Cursor): readonly Proposal[] | undefined {
  const { tokens } = cursor;
  const [beforeLast, last] = [tokens.at(-2), tokens.at(-1)];
  if (last === undefined) return undefined;
  const fields = fieldProposals(workspace, document, cursor);
  if (fields !== undefined) return fields;
  if (["raise", "throw", "raises", "throws"].includes(last.text)) return errorProposals(document, cursor);
  if (beforeLast?.text === "catch" && last.text === "(") return errorProposals(document, cursor);
  if (["import", "load"].includes(last.text) && tokens.length === 1) return moduleProposals(workspace, document);
  if (last.text === "::" || last.text === "returns") return typeProposals(document);
  if (["function", "procedure", "as"].includes(last.text) && declaresNow(cursor)) return [];
  if (last.text === ")" && cursor.open.length === 0 && declaresNow(cursor)) return headerWords();
  if (declaresNow(cursor) && isParameterType(cursor)) return typeProposals(document);
  if (last.text === "(" || last.text === ",") return insertColumns(document, cursor);
  return undefined;
}

function declaresNow({ tokens }: Cursor): boolean {
  return (
    tokens.slice(0, 5).some(({ text }) => text === "function" || text === "procedure") &&
    !tokens.some(({ text }) => text === "begin")
  );
}

/** `procedure p (name …`: behind a parameter's name its type stands. */
function isParameterType({ tokens, open }: Cursor): boolean {
  const [bracket, ...inner] = open;
  if (bracket?.text !== "(" || inner.length > 0) return false;
  const signs = tokens.slice(-3).map(({ text }) => text);
  const [, name, colon] = signs.length === 3 ? signs : ["", ...signs];
  if (colon === ":") return name !== ":" && ["(", ","].includes(signs[0] ?? "");
  return ["(", ","].includes(tokens.at(-2)?.text ?? "") && tokens.at(-1)?.kind === "word";
}

/** `INSERT INTO t (`: columns of t that are not there yet. */
function insertColumns(document: Document, { tokens, open }: Cursor): readonly Proposal[] | undefined {
  const bracket = open.at(-1);
  const name = bracket === undefined ? undefined : tokens[bracket.index - 1];
  if (bracket?.text !== "(" || name?.kind !== "word" || tokens[bracket.index - 2]?.text !== "into") return undefined;
  const table = document.catalog.table(undefined, name.written);
  if (table === undefined) return undefined;
  const given = new Set(tokens.slice(bracket.index + 1).map(({ text }) => text));
  return table.columns
    .filter((column) => !column.generated && !given.has(column.name.toLowerCase()))
    .map((column) => ({
      label: column.name,
      kind: "column" as const,
      detail: `${column.type ?? "any"}${column.nullable ? "?" : ""}`,
      rank: 0,
    }));
}

/** The texts with which the checker is asked: the word alone, as an assignment, and before a block, whichever is a program. */
const ENDINGS = ["", " = 1", " { }", " THEN NULL END"];

function ask(document: Document, cursor: Cursor, options: CompletionOptions): Seen | "long" | undefined {
  const { text } = document;
  for (const [index, ending] of ENDINGS.entries()) {
    if (index > 0 && !options.mayGoOn()) return "long";
    const other = `${text.slice(0, cursor.start)}${PROBE}${ending}${text.slice(cursor.end)}`;
    const seen = document.ask(other, PROBE, options.isDue);
    if (seen !== undefined) return seen;
  }
  return undefined;
}

function fromSeen(workspace: Workspace, document: Document, cursor: Cursor, seen: Seen): readonly Proposal[] {
  switch (seen.kind) {
    case "value":
      return [
        ...(clauseOf(cursor) === "on" ? joinProposals(seen.sources) : []),
        ...seen.sources.flatMap((source) => sourceProposals(source, seen.sources)),
        ...seen.variables.map(variableProposal),
        ...routineProposals(workspace, document, cursor, seen.inSql),
        ...(seen.inSql ? [] : typeNames(document)),
        ...expressionWords(cursor, seen.inSql),
      ];
    case "member":
      return memberProposals(document, seen.type);
    case "enumValue":
      return seen.type.values.map((label) => ({ label, kind: "enumValue", detail: seen.type.name, rank: 0 }));
    case "columns":
      return columnProposals(seen.source, false);
    case "table":
      return [
        ...seen.common.map((label) => ({ label, kind: "table" as const, detail: "common table", rank: 0 })),
        ...tableProposals(document, seen.schema),
        ...(seen.schema === undefined ? seen.variables.filter(isRows).map(variableProposal) : []),
      ];
    case "type":
      return typeProposals(document);
    default:
      return [];
  }
}

/** When the text cannot be asked: tables that stand before and behind the cursor, and what can be called. */
function withoutAsking(workspace: Workspace, document: Document, cursor: Cursor): readonly Proposal[] {
  const last = cursor.tokens.at(-1);
  const clause = clauseOf(cursor);
  if (last !== undefined && ["from", "join", "into", "update", "table", "on"].includes(last.text) && clause !== "join")
    return tableProposals(document, undefined);
  const sources = tablesBefore(document, cursor);
  if (last?.text === ".") {
    const owner = cursor.tokens.at(-2)?.written.toLowerCase();
    const source = sources.find(({ alias, table }) => (alias ?? table?.name)?.toLowerCase() === owner);
    return source === undefined ? [] : columnProposals(source, false);
  }
  const inSql = clause !== undefined;
  const variables = variablesAround(document, cursor.start);
  return [
    ...sources.flatMap((source) => sourceProposals(source, sources)),
    ...variables,
    ...routineProposals(workspace, document, cursor, inSql),
    ...expressionWords(cursor, inSql),
  ];
}

function isRows({ type }: SeenVariable): boolean {
  const whole = withoutNull(type);
  return whole.kind === "table" || whole.kind === "list" || (whole.kind === "scalar" && whole.name === "string");
}

/** Routines with a call to fill in. Names only: what they take is told when one is chosen or called. */
function routineProposals(
  workspace: Workspace,
  document: Document,
  cursor: Cursor,
  inSql: boolean,
): readonly Proposal[] {
  const called = document.text[cursor.end] === "(";
  const own = new Set([...document.lately().routines.values()].map(({ name }) => name));
  return callableNames(workspace, document, inSql).map((label) => ({
    label,
    kind: "function",
    rank: own.has(label) ? 10 : 30,
    ...(called ? {} : { insert: `${label}()`, snippet: `${label}($0)` }),
  }));
}

/** Arguments of the call around the cursor that may be given by name. */
function argumentNames(workspace: Workspace, document: Document, cursor: Cursor): readonly Proposal[] {
  const call = callAt(cursor);
  if (call === undefined || !call.startsArgument) return [];
  const parameters = callablesNamed(workspace, document, call.callee)
    .filter(({ kind }) => kind !== "sql" && kind !== "builtin")
    .flatMap((callable) => callable.parameters.slice(call.argument));
  return parameters
    .filter(({ name }) => !call.named.includes(name.toLowerCase()))
    .map(({ name, text }, index, { length }) => ({
      label: `${name}:`,
      kind: "argument",
      detail: text,
      insert: `${name}: `,
      // In the order in which the routine takes them.
      rank: 4 + index / length,
    }));
}

/** Fields and methods of a value. */
function memberProposals(document: Document, type: Type): readonly Proposal[] {
  const whole = withoutNull(type);
  const fields =
    whole.kind === "struct" ? fieldsOf(whole) : whole.kind === "error" ? [...whole.fields, ...ERROR_FIELDS] : [];
  const found: Proposal[] = fields.map((field) => ({
    label: field.name,
    kind: "field",
    detail: showType(field.type),
    rank: 0,
  }));
  const shown = showType(whole);
  for (const routine of document.lately().routines.values())
    if (routine.receiver !== undefined && showType(routine.receiver.type) === shown)
      found.push(methodProposal(routine.name, 5));
  for (const name of builtinNames())
    if (builtinsNamed(name).some(({ receiver }) => receiver !== undefined && takes(receiver, whole)))
      found.push(methodProposal(name, 20));
  return found;
}

function methodProposal(label: string, rank: number): Proposal {
  return { label, kind: "method", insert: `${label}()`, snippet: `${label}($0)`, rank };
}

/** Whether a parameter that is written so takes a value of the type, roughly: proposals may be generous, not silly. */
function takes(written: string, type: Type): boolean {
  const name = written.replace(/[?!]$/u, "");
  if (type.kind === "scalar") return name === type.name || (name.includes("|") && name.includes(type.name));
  if (type.kind === "list") return name.startsWith("list<");
  if (type.kind === "map") return name.startsWith("map<");
  if (type.kind === "table") return name.startsWith("list<") || name.startsWith("table");
  return false;
}

function errorProposals(document: Document, cursor: Cursor): readonly Proposal[] {
  // The word that is being typed is an error that is declared by its use.
  const own = [...document.lately().errors.keys()].flatMap((label) =>
    label === cursor.prefix ? [] : [{ label, kind: "error" as const, rank: 0 }],
  );
  return [...own, ...Object.keys(STANDARD_ERRORS).map((label) => ({ label, kind: "error" as const, rank: 20 }))];
}

function moduleProposals(workspace: Workspace, document: Document): readonly Proposal[] {
  const folder = document.path.slice(0, document.path.lastIndexOf("/") + 1);
  return workspace.paths().flatMap((path) => {
    const name = path.slice(folder.length).replace(/\.grz$/u, "");
    return path.startsWith(folder) && path !== document.path && !name.includes("/")
      ? [{ label: name, kind: "module" as const, rank: 0 }]
      : [];
  });
}

function typeNames(document: Document): readonly Proposal[] {
  const checked = document.lately();
  return [...checked.structs.keys(), ...checked.enums.keys()].map((label) => ({ label, kind: "type", rank: 25 }));
}

function typeProposals(document: Document): readonly Proposal[] {
  const scalars = Object.entries(SCALARS).map(([label, { doc }]) => ({
    label,
    kind: "type" as const,
    about: doc,
    rank: 5,
  }));
  const shapes = ["list<$0>", "map<string, $0>", "table<$0>", "void", "any"].map((snippet) => ({
    label: snippet.replace("$0", "…"),
    kind: "type" as const,
    insert: snippet.replace("$0", ""),
    snippet,
    rank: 10,
  }));
  const tables = document.catalog
    .tableNames()
    .map((label) => ({ label, kind: "table" as const, detail: "row type", rank: 30 }));
  return [...typeNames(document), ...scalars, ...shapes, ...tables];
}
