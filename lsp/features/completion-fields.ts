// Fields of a struct that is being written: `Person {…}`, `let p: Person = {…}`, `f({…})`, and the fields of an error in `raise E("text", {…})`.
// What is meant is read from the words before the brace: a literal that is not finished is often no program, so nobody can be asked.
import { foldName } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Document, Workspace } from "../types.ts";
import { callAt } from "./call-context.ts";
import { callablesNamed } from "./callables.ts";
import type { Cursor, CursorToken } from "./cursor.ts";
import type { Proposal } from "./proposal.ts";

/** A field, and its type as it is shown. */
interface Field {
  readonly name: string;
  readonly type: string;
}

/** The fields that may follow at the cursor; undefined where no field of a known struct begins. */
export function fieldProposals(
  workspace: Workspace,
  document: Document,
  cursor: Cursor,
): readonly Proposal[] | undefined {
  const brace = cursor.open.at(-1);
  const last = cursor.tokens.at(-1);
  if (brace?.text !== "{" || (last?.text !== "{" && last?.text !== ",")) return undefined;
  const fields = fieldsBefore(workspace, document, cursor, brace.index);
  if (fields === undefined) return undefined;
  const given = new Set(
    cursor.tokens.flatMap(({ kind, text }, at) =>
      at > brace.index && kind === "word" && ["{", ","].includes(cursor.tokens[at - 1]?.text ?? "")
        ? [foldName(text)]
        : [],
    ),
  );
  return fields
    .filter(({ name }) => !given.has(foldName(name)))
    .map(({ name, type }) => ({ label: name, kind: "field", detail: type, insert: `${name}: `, rank: 0 }));
}

/** The fields of what a brace opens. */
function fieldsBefore(
  workspace: Workspace,
  document: Document,
  cursor: Cursor,
  brace: number,
): readonly Field[] | undefined {
  const before = cursor.tokens[brace - 1];
  if (before?.kind === "word") return opensBody(cursor, brace) ? undefined : fieldsOfName(document, before.written);
  if (before?.text === "=") {
    const type = cursor.tokens[brace - 2];
    const colon = cursor.tokens[brace - 3];
    return type?.kind === "word" && colon?.text === ":" ? fieldsOfName(document, type.written) : undefined;
  }
  if (before?.text !== "(" && before?.text !== ",") return undefined;
  const call = callAt({ ...cursor, tokens: cursor.tokens.slice(0, brace), open: cursor.open.slice(0, -1) });
  if (call === undefined) return undefined;
  const error = fieldsOfName(document, call.callee, "error");
  if (error !== undefined) return error;
  const [callable] = callablesNamed(workspace, document, call.callee);
  const written = callable?.parameters[call.argument]?.text.match(/[\p{L}_][\p{L}\p{N}_]*/gu)?.[1];
  return written === undefined ? undefined : fieldsOfName(document, written);
}

/** Statements whose header a block follows: no literal stands there. */
const HEADERS: ReadonlySet<string> = new Set(["if", "elsif", "while", "for", "match", "catch", "struct", "error"]);

/** Whether the brace behind a name begins a body: of a routine, of a statement, or of a type. */
function opensBody({ tokens, open }: Cursor, brace: number): boolean {
  const isFirst = open.findIndex(({ index }) => index === brace) === 0;
  const words = tokens.slice(0, brace).map(({ text }) => text);
  const declares = words.slice(0, 5).some((text) => text === "function" || text === "procedure");
  if (isFirst && (declares || (words[0] === "type" && brace <= 4))) return true;
  return headerWordBefore(tokens.slice(0, brace)) !== undefined;
}

/** Words behind which another statement or a value begins. */
const STARTERS: ReadonlySet<string> = new Set(
  "then else loop begin do let const set return print raise throw call yield".split(" "),
);

/** The word with which the statement begins that the last token belongs to, if a block follows there. */
function headerWordBefore(tokens: readonly CursorToken[]): string | undefined {
  for (const { text, kind } of tokens.toReversed()) {
    if (kind === "sign" && ["{", "}", ";", "(", ","].includes(text)) return undefined;
    if (kind === "word" && STARTERS.has(text)) return undefined;
    if (kind === "word" && HEADERS.has(text)) return text;
  }
  return undefined;
}

/** The fields of a struct or an error: as they were checked last, else as they are written in the file. */
function fieldsOfName(document: Document, name: string, only?: "error"): readonly Field[] | undefined {
  const key = foldName(name);
  const checked = document.lastCheck();
  const known = [...(only === undefined ? (checked?.structs ?? []) : []), ...(checked?.errors ?? [])].find(
    ([each]) => foldName(each) === key,
  )?.[1];
  if (known !== undefined) return known.fields.map((field) => ({ name: field.name, type: showType(field.type) }));
  for (const { statement, text } of document.module.items) {
    const isWanted = statement.kind === "error" || (statement.kind === "struct" && only === undefined);
    if (!isWanted || foldName(statement.name.text) !== key) continue;
    return statement.fields.map((field) => ({
      name: field.name.text,
      type: field.type === undefined ? "any" : text.slice(field.type.span.start, field.type.span.end),
    }));
  }
  return undefined;
}
