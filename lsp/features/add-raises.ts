// Writes the errors that escape from a routine into its header, where it has no `raises` clause yet.
// Where it has one, the diagnostic about the missing error brings the fix.
import { itemAt } from "../index/mentions.ts";
import type { CodeAction, Rewriting } from "./code-actions.ts";

/** `raises A, B` behind the parameters of the routine whose header the range touches. */
export const addRaises: Rewriting = (document, range): CodeAction | undefined => {
  const item = itemAt(document, range.start);
  if (item?.statement.kind !== "routine" || item.statement.raises !== undefined) return undefined;
  const { statement } = item;
  const { body } = statement;
  const headEnd = body === undefined ? statement.span.end : body.span.start;
  if (body === undefined || range.start > item.offset + headEnd) return undefined;
  const errors = document.checked().routines.get(statement)?.effects.raises ?? [];
  if (errors.length === 0) return undefined;
  const last = statement.parameters?.at(-1)?.span.end ?? statement.name.span.end;
  const closing = statement.parameters === undefined ? -1 : item.text.indexOf(")", last);
  const at = item.offset + (closing < 0 || closing > headEnd ? last : closing + 1);
  const list = [...new Set(errors)].join(", ");
  return {
    title: `Add raises ${list}`,
    kind: "refactor.rewrite",
    edits: [{ span: { start: at, end: at }, text: ` raises ${list}` }],
  };
};
