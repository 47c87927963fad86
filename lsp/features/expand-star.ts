// Replaces `*` and `t.*` in a SELECT by the columns that they stand for, as the checker knows them.
import type { QualifiedName, SelectCore, TableExpression } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import type { StructType } from "../../compiler/types/type.ts";
import { itemAt } from "../index/mentions.ts";
import type { Document } from "../types.ts";
import type { CodeAction, Rewriting } from "./code-actions.ts";
import { nameAsWritten } from "./rename.ts";

interface Source {
  readonly name: string;
  readonly columns: readonly string[];
}

/** The star under the range, as a list of columns. Not where a table has columns that nobody knows, or a join merges some. */
export const expandStar: Rewriting = (document, range): CodeAction | undefined => {
  const item = itemAt(document, range.start);
  if (item === undefined) return undefined;
  const open: unknown[] = [item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const core = (node as { readonly kind?: string }).kind === "core" ? (node as SelectCore) : undefined;
    for (const column of core?.columns ?? []) {
      const start = item.offset + column.span.start;
      const end = item.offset + column.span.end;
      if (column.kind !== "star" || start > range.end || range.start > end) continue;
      const columns = core === undefined ? undefined : columnsOf(document, core, column.table);
      if (columns === undefined) return undefined;
      return {
        title: column.table === undefined ? "Write out the columns of *" : "Write out the columns of this star",
        kind: "refactor.rewrite",
        edits: [{ span: { start, end }, text: columns.join(", ") }],
      };
    }
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return undefined;
};

function columnsOf(
  document: Document,
  core: SelectCore,
  table: QualifiedName | undefined,
): readonly string[] | undefined {
  const sources = core.from === undefined ? undefined : sourcesOf(document, core.from);
  if (sources === undefined) return undefined;
  const wanted = table?.parts.at(-1);
  const meant = wanted === undefined ? sources : sources.filter(({ name }) => foldName(name) === foldName(wanted.text));
  if (meant.length === 0) return undefined;
  const qualified = sources.length > 1 || wanted !== undefined;
  const found = meant.flatMap(({ name, columns }) =>
    columns.map((column) => (qualified ? `${nameAsWritten(name)}.${nameAsWritten(column)}` : nameAsWritten(column))),
  );
  return found.length === 0 ? undefined : found;
}

/** What stands in FROM with its columns; undefined when one is not known or columns are merged. */
function sourcesOf(document: Document, from: TableExpression): readonly Source[] | undefined {
  switch (from.kind) {
    case "join": {
      if (from.natural || from.using.length > 0) return undefined;
      const left = sourcesOf(document, from.left);
      if (from.type === "semi" || from.type === "anti") return left;
      const right = sourcesOf(document, from.right);
      return left === undefined || right === undefined ? undefined : [...left, ...right];
    }
    case "table": {
      const resolution = document.checked().tables.get(from);
      const row: StructType | undefined = resolution !== undefined && "row" in resolution ? resolution.row : undefined;
      const name = from.alias ?? from.name.parts.at(-1);
      if (row === undefined || name === undefined || row.fields.length === 0) return undefined;
      return [{ name: name.text, columns: row.fields.map((field) => field.name) }];
    }
    case "subquery": {
      const { body } = from.query;
      if (from.alias === undefined || body.kind !== "core") return undefined;
      const columns = resultNames(document, body);
      return columns === undefined ? undefined : [{ name: from.alias.text, columns }];
    }
    case "parenthesizedTable":
      return from.alias === undefined ? sourcesOf(document, from.inner) : undefined;
    case "tableCall":
    case "tableValue":
    case "hole":
      return undefined;
  }
}

/** The names of the columns of a SELECT; undefined when one has no plain name. */
function resultNames(document: Document, core: SelectCore): readonly string[] | undefined {
  const names: string[] = [];
  for (const column of core.columns) {
    if (column.kind === "star") {
      const sources = core.from === undefined ? undefined : sourcesOf(document, core.from);
      const wanted = column.table?.parts.at(-1)?.text;
      if (sources === undefined) return undefined;
      for (const source of sources)
        if (wanted === undefined || foldName(source.name) === foldName(wanted)) names.push(...source.columns);
      continue;
    }
    const { value } = column;
    const name = column.alias?.text ?? (value.kind === "name" || value.kind === "member" ? value.name.text : undefined);
    if (name === undefined) return undefined;
    names.push(name);
  }
  return names;
}
