// The tables that a statement names, read from its words: for completion where the text is too broken to be asked.
import type { SeenSource } from "../../compiler/check/seen.ts";
import { KEYWORDS } from "../../grammar/keywords.ts";
import { nullable, scalar } from "../../compiler/types/make.ts";
import type { Document } from "../types.ts";
import { itemAt } from "../workspace/documents.ts";
import type { Cursor } from "./cursor.ts";

const NAMED = /\b(?:from|join|into|update)\s+([\p{L}_][\p{L}\p{N}_.]*)(?:\s+(?:as\s+)?([\p{L}_][\p{L}\p{N}_]*))?/giu;
/** So far around the cursor tables count. */
const REACH = 1500;

/** The tables near the cursor, in its own declaration. */
export function tablesBefore(document: Document, cursor: Cursor): readonly SeenSource[] {
  const item = itemAt(document.module, cursor.start);
  const from = Math.max(item?.offset ?? 0, cursor.start - REACH);
  const end = Math.min(
    item === undefined ? document.text.length : item.offset + item.text.length,
    cursor.start + REACH,
  );
  const statement = statementAround(document.text.slice(from, Math.max(end, cursor.end)), cursor.start - from);
  return [...statement.matchAll(NAMED)].flatMap((match) => {
    const parts = (match[1] ?? "").split(".");
    const table = document.catalog.table(parts.length > 1 ? parts[0] : undefined, parts.at(-1) ?? "");
    if (table === undefined) return [];
    const alias = match[2] !== undefined && !Object.hasOwn(KEYWORDS, match[2].toLowerCase()) ? match[2] : parts.at(-1);
    const columns = table.columns.map((column) => {
      const type = column.type === undefined ? ({ kind: "any" } as const) : scalar(column.type);
      return {
        name: column.name,
        type: column.nullable ? nullable(type) : type,
        table,
        affinity: column.affinity,
        nullReason: column.nullReason,
        origin: undefined,
      };
    });
    return [{ alias, table, columns }];
  });
}

/** From the last statement word before the place to the next blank line or semicolon. */
function statementAround(text: string, at: number): string {
  const before = text.slice(0, at);
  const start = Math.max(before.lastIndexOf(";"), before.lastIndexOf("{"), before.lastIndexOf("\n\n"));
  const rest = text.slice(at);
  const stop = /[;{}]|\n\s*\n/u.exec(rest);
  return text.slice(start + 1, at + (stop?.index ?? rest.length));
}
