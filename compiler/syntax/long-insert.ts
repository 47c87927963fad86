// A long INSERT … VALUES is cut at rows and parsed in pieces, so that data files of any length load without a giant parse.
// Each piece is a whole INSERT with the same head; the rows are put back into one statement with their own places.
import type { Problem } from "../../base/problem.ts";
import { shiftSpan, type Span } from "../../base/source.ts";
import {
  commentEnd,
  doubleStringEnd,
  lowerWordAt,
  singleStringEnd,
  skipSpace,
  wordEnd,
} from "../../grammar/characters.ts";
import type { Chunk } from "./scan.ts";
import type { Item } from "./tree.ts";
import type { Expression } from "./tree/expressions.ts";
import type { Insert, ValuesBody } from "./tree/sql.ts";

/** A part of the rows, written behind the statement's head. */
export interface InsertPiece {
  readonly text: string;
  /** Where the rows stand in `text` and in the whole statement. */
  readonly rowsAt: number;
  readonly from: number;
}

/** Where the rows of INSERT … VALUES begin and the separators between them; undefined for other statements. */
function findRows(text: string): { head: number; commas: readonly number[]; end: number } | undefined {
  const first = lowerWordAt(text, skipSpace(text, 0));
  if (first !== "insert" && first !== "replace" && first !== "upsert") return undefined;
  let at = 0;
  let depth = 0;
  let head = -1;
  const commas: number[] = [];
  while (at < text.length) {
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    const word = wordEnd(text, at);
    if (word > at) {
      const lower = text.slice(at, word).toLowerCase();
      if (depth === 0 && head < 0 && lower === "values") head = word;
      else if (depth === 0 && head < 0 && (lower === "select" || lower === "with")) return undefined;
      else if (depth === 0 && head >= 0) return { head, commas, end: at };
      at = word;
      continue;
    }
    if (code === 40) depth += 1;
    else if (code === 41) depth -= 1;
    else if (depth === 0 && head >= 0 && code === 44) commas.push(at);
    else if (depth === 0 && head >= 0 && code === 59) return { head, commas, end: at };
    at = tokenEnd(text, at);
  }
  return head < 0 ? undefined : { head, commas, end: text.length };
}

function tokenEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const end = code === 39 ? singleStringEnd(text, at) : code === 34 ? doubleStringEnd(text, at) : commentEnd(text, at);
  return end > at ? end : at + 1;
}

/** Cuts a statement into pieces below half of `bytesMax`; undefined when it is no INSERT … VALUES or one row is too long. */
export function insertPieces(text: string, bytesMax: number): readonly InsertPiece[] | undefined {
  const rows = findRows(text);
  if (rows === undefined) return undefined;
  const head = text.slice(0, rows.head);
  // UTF-8 takes up to three bytes for a code unit.
  const lengthMax = Math.floor(bytesMax / 3) - head.length - (text.length - rows.end) - 2;
  const pieces: InsertPiece[] = [];
  let from = rows.head;
  let last = -1;
  const add = (to: number): boolean => {
    if (to - from > lengthMax) return false;
    pieces.push({ text: `${head} ${text.slice(from, to)}`, rowsAt: head.length + 1, from });
    return true;
  };
  for (const comma of [...rows.commas, rows.end]) {
    if (comma - from > lengthMax) {
      if (last < 0 || !add(last)) return undefined;
      from = last + 1;
    }
    last = comma;
  }
  // The last piece keeps what stands behind the rows: ON CONFLICT, RETURNING.
  if (rows.end - from > lengthMax) return undefined;
  pieces.push({ text: `${head} ${text.slice(from)}`, rowsAt: head.length + 1, from });
  return pieces;
}

/** One item of the pieces' items. Pieces with a problem keep it at its place. */
export function joinPieces(
  chunk: Chunk,
  pieces: readonly InsertPiece[],
  parsed: readonly (readonly Item[])[],
): readonly Item[] {
  const problems: Problem[] = [...chunk.problems];
  const rows: (readonly Expression[])[] = [];
  let whole: Insert | undefined;
  pieces.forEach((piece, i) => {
    const item = parsed[i]?.[0];
    const offset = piece.from - piece.rowsAt;
    if (item === undefined) return;
    for (const problem of item.problems) {
      // Problems of the head are the same in each piece.
      if (i === 0 || problem.span.start >= piece.rowsAt)
        problems.push({ ...problem, span: place(problem.span, piece) });
    }
    const insert = insertOf(item);
    if (insert === undefined) return;
    for (const row of valuesOf(insert)?.rows ?? []) rows.push(shiftTree(row, offset));
    whole = i === 0 ? insert : withTail(whole ?? insert, insert, offset);
  });
  const behind = itemsBehind(pieces, parsed);
  const text = chunk.text.slice(0, behind[0]?.offset).trimEnd();
  const span: Span = { start: 0, end: text.replace(/;\s*$/, "").length };
  const values = whole === undefined ? undefined : valuesOf(whole);
  if (whole?.source === undefined || values === undefined)
    return [{ offset: 0, text, statement: { kind: "skipped", span }, problems }, ...behind];
  const body: ValuesBody = { ...values, rows, span: { start: values.span.start, end: span.end } };
  const statement: Insert = { ...whole, source: { ...whole.source, body, span: body.span }, span };
  return [{ offset: 0, text, statement: { kind: "sql", statement, span }, problems }, ...behind];
}

/** Statements that follow the INSERT in its chunk, on lines of their own without `;` before them. */
function itemsBehind(pieces: readonly InsertPiece[], parsed: readonly (readonly Item[])[]): readonly Item[] {
  const last = pieces.at(-1);
  const [, ...items] = parsed.at(-1) ?? [];
  return last === undefined ? [] : items.map((item) => ({ ...item, offset: item.offset + last.from - last.rowsAt }));
}

function place(span: Span, piece: InsertPiece): Span {
  return span.start >= piece.rowsAt ? shiftSpan(span, piece.from - piece.rowsAt) : span;
}

function insertOf(item: Item): Insert | undefined {
  const { statement } = item;
  return statement.kind === "sql" && statement.statement.kind === "insert" ? statement.statement : undefined;
}

function valuesOf(insert: Insert): ValuesBody | undefined {
  const body = insert.source?.body;
  return body?.kind === "values" ? body : undefined;
}

/** The clauses behind the rows stand in the last piece. */
function withTail(whole: Insert, last: Insert, offset: number): Insert {
  return {
    ...whole,
    upsertKeys: shiftTree(last.upsertKeys, offset),
    conflicts: shiftTree(last.conflicts, offset),
    returning: shiftTree(last.returning, offset),
  };
}

/** A copy of a tree with all spans moved. */
function shiftTree<T>(tree: T, offset: number): T {
  if (Array.isArray(tree)) return tree.map((element: unknown) => shiftTree(element, offset)) as T;
  if (tree === null || typeof tree !== "object") return tree;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(tree))
    copy[key] = isSpan(field) ? shiftSpan(field, offset) : shiftTree(field, offset);
  return copy as T;
}

function isSpan(value: unknown): value is Span {
  return (
    value !== null && typeof value === "object" && "start" in value && "end" in value && Object.keys(value).length === 2
  );
}
