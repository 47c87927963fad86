// UPDATE OR REPLACE as delete and update (LANGUAGE.md 15.24): the rows that the changed one would push out are deleted by themselves first, so that BEFORE DELETE triggers
// see them. Only done where such triggers can fire; else the engine replaces. What an INSERT would push out the engine says by itself (finding.ts).
import type { SqlColumn, SqlForm, SqlParts } from "../../base/sql-form.ts";
import type { StructValue, Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { keyText } from "../../base/value/key.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import { deleteRow, type StandingRow, standingRows } from "./changes.ts";
import { columnValue, formOf, joined, name, rowForms, rowsWhere } from "./row-forms.ts";
import { rowsOf, type RowsJob } from "./rows.ts";
import type { FiringTable } from "./firing-table.ts";

const forms = new WeakMap<FiringTable, SqlForm>();

/** A unique index by its text: what must be equal, and which rows are in it. */
interface IndexText {
  readonly terms: readonly string[];
  readonly where: string | undefined;
}

const INDEX_TEXTS: readonly SqlColumn[] = [{ name: "sql", type: "string", nullable: false }];

/** The unique indexes that have a text; keys of the table itself have none. */
function indexTexts(job: RowsJob, { table }: FiringTable): readonly IndexText[] {
  const form = formOf(
    [
      "SELECT m.sql FROM ",
      name(table.schema),
      ".sqlite_schema m JOIN pragma_index_list(",
      { p: "text", value: table.name },
      ", ",
      { p: "text", value: table.schema },
      `) i ON i.name = m.name WHERE i."unique" AND m.type = 'index' AND m.sql IS NOT NULL`,
    ],
    "query",
    0,
    INDEX_TEXTS,
  );
  return rowsOf(job.world.query(form, [])).map(([text]) => indexText(typeof text === "string" ? text : ""));
}

function indexText(text: string): IndexText {
  const tokens = sqlTokens(text);
  const first = tokens.findIndex((token) => token.text === "(" && token.kind === "symbol");
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (const [at, token] of tokens.entries()) {
    if (at < first || token.kind !== "symbol") continue;
    if (token.text === "(") {
      depth += 1;
      if (depth === 1) start = token.end;
    } else if ((token.text === "," && depth === 1) || (token.text === ")" && depth === 1)) {
      terms.push(text.slice(start, token.start).replace(/\s+(?:asc|desc)\s*$/iu, ""));
      start = token.end;
    }
    if (token.text !== ")") continue;
    depth -= 1;
    if (depth > 0) continue;
    const where = tokens[at + 1]?.text.toLowerCase() === "where" ? tokens[at + 1] : undefined;
    return { terms, where: where && text.slice(where.end) };
  }
  return { terms, where: undefined };
}

// Parameters: the values of all columns. The texts of indexes look at the changed row as at a row of the table.
function conflictForm(job: RowsJob, table: FiringTable): SqlForm {
  const known = forms.get(table);
  if (known !== undefined) return known;
  const { columns, primaryKey, uniques } = table.table;
  const valueOf = (column: string): SqlParts => {
    const slot = table.shape.slotOf(column);
    return [name(column), " = ", columnValue(columns[slot], slot)];
  };
  const keys = [primaryKey, ...uniques.flatMap((key) => (key.where === undefined ? [key.columns] : []))].filter(
    (key) => key.length > 0 && key.every((column) => table.shape.slotOf(column) >= 0),
  );
  const ofChanged = (text: string): string => `(SELECT (${text}\n) FROM gobi_changed)`;
  const conditions = [
    ...keys.map((key) => joined(key.map(valueOf), " AND ")),
    ...indexTexts(job, table).map(({ terms, where }) => [
      [
        ...terms.map((term) => `(${term}\n) = ${ofChanged(term)}`),
        ...(where === undefined ? [] : [`(${where}\n)`, ofChanged(where)]),
      ].join(" AND "),
    ]),
  ];
  const changed: SqlParts = [
    "WITH gobi_changed AS (SELECT ",
    ...joined(
      columns.map((column, slot): SqlParts => [columnValue(column, slot), " AS ", name(column.name)]),
      ", ",
    ),
    ") ",
  ];
  const form = rowsWhere(
    table,
    conditions.length === 0
      ? ["FALSE"]
      : joined(
          conditions.map((parts): SqlParts => ["(", ...parts, ")"]),
          " OR ",
        ),
    columns.length,
    changed,
  );
  forms.set(table, form);
  return form;
}

/** Deletes the rows that stand in the way of `row`, except the one that it is. @throws Trap. */
export function replaceRows(job: RowsJob, table: FiringTable, row: StructValue, except: readonly Value[]): void {
  const own = except.map((value) => keyText(value)).join();
  for (const found of standingRows(job, table, conflictForm(job, table), row.slots))
    if (found.identity.map((value) => keyText(value)).join() !== own) deleteReplaced(job, found);
}

/** Deletes a row that another one pushes out. @throws Trap `UniqueViolation` when a BEFORE trigger keeps it. */
export function deleteReplaced(job: RowsJob, found: StandingRow): void {
  const { table } = found;
  if (!deleteRow(job, found, { forms: rowForms(table), parameters: [], own: false, or: "replace" }))
    throw trap("UniqueViolation", `A BEFORE trigger of ${table.table.name} keeps a row that must be replaced.`);
}
