// Tables whose rows are referred to by columns without an index: for each of their rows that goes, the engine reads the whole table that refers to them.
import type { DatabaseSchema, TableSchema } from "../../base/schema.ts";
import { sqlTokens } from "./dynamic-sql.ts";

/** True when a row of the table that goes costs a look at all rows of another table. */
export function hasUnindexedReferences(schema: DatabaseSchema, name: string): boolean {
  const wanted = name.toLowerCase();
  return schema.tables.some((table) =>
    table.foreignKeys.some(
      ({ table: parent, columns }) => parent.toLowerCase() === wanted && !isIndexed(schema, table, columns),
    ),
  );
}

/** True when an index, or the primary key, begins with the columns in whatever order. */
function isIndexed(schema: DatabaseSchema, table: TableSchema, columns: readonly string[]): boolean {
  const wanted = new Set(columns.map((column) => column.toLowerCase()));
  const begins = (list: readonly string[]): boolean =>
    list.length >= wanted.size && list.slice(0, wanted.size).every((column) => wanted.has(column.toLowerCase()));
  const { primaryKey, rowidColumn, uniques } = table;
  if (begins(primaryKey) || (rowidColumn !== undefined && begins([rowidColumn]))) return true;
  if (uniques.some(({ columns: list, where }) => where === undefined && begins(list))) return true;
  return schema.otherNames.some(
    ({ kind, table: on, sql }) =>
      kind === "index" && sql !== undefined && on.toLowerCase() === table.name.toLowerCase() && begins(columnsOf(sql)),
  );
}

/** The columns of CREATE INDEX; none for one that has not all rows. */
function columnsOf(sql: string): readonly string[] {
  const tokens = sqlTokens(sql);
  const open = tokens.findIndex(({ text }) => text === "(");
  const close = tokens.findLastIndex(({ text }) => text === ")");
  if (tokens.slice(open).some(({ kind, text }) => kind === "word" && text.toLowerCase() === "where")) return [];
  const columns: string[] = [];
  for (let at = open + 1; at < close; at += 1) {
    const token = tokens[at];
    const isFirst = at === open + 1 || tokens[at - 1]?.text === ",";
    if (token !== undefined && isFirst) columns.push(tokens[at + 1]?.text === "(" ? "" : token.text);
  }
  return columns;
}
