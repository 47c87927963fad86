// Texts of triggers written for SQLite with the values of NEW and OLD put in, so that they mean what they mean inside of a trigger: as parameters, which have neither
// affinity nor collation, with what SQLite gives a column of NEW or OLD at its place; and columns that SQLite computes before a row is written.
import type { Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { type ColumnText, columnTexts } from "./column-texts.ts";
import { collatingPlaces } from "./engine-collations.ts";
import { type EngineTrigger, type RowText, type RowValue, VALUE } from "./engine-trigger.ts";
import type { FiringTable } from "./firing-table.ts";
import type { RowsJob, RowsWorld } from "./rows.ts";

/** A row by folded names, as the engine has it; columns without a value are not there. */
export type EngineRow = ReadonlyMap<string, Value>;

/** The rows of a firing. */
export interface EngineRows {
  readonly new: EngineRow | undefined;
  readonly old: EngineRow | undefined;
}

/** Where the rowid stands in a row. */
export const ROWID = "rowid";
const ROWID_NAMES: ReadonlySet<string> = new Set([ROWID, "oid", "_rowid_"]);

/** A text for the engine, with its values. @throws Trap NotImplemented. */
export function bound(
  job: RowsJob,
  table: FiringTable,
  trigger: EngineTrigger,
  { sql, values, whole }: RowText,
  rows: EngineRows,
): { readonly sql: string; readonly values: readonly Value[] } {
  const given: Value[] = [];
  let at = 0;
  const text = sql.replaceAll(VALUE, () => {
    const wanted = values[at];
    at += 1;
    if (wanted === undefined) return VALUE;
    const row = rows[wanted.row];
    const column = row?.has(wanted.column) === true || !ROWID_NAMES.has(wanted.column) ? wanted.column : ROWID;
    const value =
      row?.get(column) ?? (row?.has(column) === true ? null : generatedValue(job.world, table, row, column));
    if (value === undefined)
      throw trap(
        "NotImplemented",
        `The SQLite trigger ${trigger.name} of ${table.table.name} reads ${wanted.row.toUpperCase()}.${wanted.column}, which has no value here.`,
      );
    given.push(value);
    if (typeof value === "string")
      return withCollation(job, table, trigger, collatingPlaces(whole), { ...wanted, column });
    const isRowid = column === ROWID || column === table.table.rowidColumn?.toLowerCase();
    return wanted.compared && isRowid ? " CAST( ? AS INTEGER) " : " ? ";
  });
  return { sql: text, values: given };
}

const texts = new WeakMap<FiringTable, ReadonlyMap<string, ColumnText>>();

function textsOf(table: FiringTable): ReadonlyMap<string, ColumnText> {
  let known = texts.get(table);
  if (known === undefined) {
    known = columnTexts(table.table.sql ?? "");
    texts.set(table, known);
  }
  return known;
}

/** A text as a parameter. As SQLite has it, columns of NEW and OLD have no affinity beside a comparison, but their collations count. */
function withCollation(
  job: RowsJob,
  table: FiringTable,
  trigger: EngineTrigger,
  places: ReadonlySet<number> | undefined,
  { column, compared, at }: RowValue,
): string {
  if (places !== undefined && !places.has(at)) return " ? ";
  const collation = collationOf(job, table, column);
  if (places !== undefined) return ` ? COLLATE ${PLAIN_NAME.test(collation) ? collation : quoted(collation)} `;
  if (compared && collation.toLowerCase() !== BINARY)
    throw trap(
      "NotImplemented",
      `The SQLite trigger ${trigger.name} of ${table.table.name} compares ${column}, which has a collation, in a way that cannot be done while it writes a table whose triggers must see its rows.`,
    );
  return " ? ";
}

const BINARY = "binary";
const PLAIN_NAME = /^[A-Za-z_]\w*$/u;

const collationsOfViews = new WeakMap<FiringTable, Map<string, string>>();

function collationOf(job: RowsJob, table: FiringTable, column: string): string {
  if (table.table.kind !== "view") return textsOf(table).get(column)?.collation ?? BINARY;
  const known = collationsOfViews.get(table) ?? new Map<string, string>();
  collationsOfViews.set(table, known);
  let collation = known.get(column);
  if (collation === undefined) {
    // A view's column has the collation of what it stands for, which its text does not tell: the engine is asked how it compares.
    const { schema, name } = table.table;
    const sql = `WITH x(c) AS MATERIALIZED (SELECT ${quoted(column)} FROM ${quoted(schema)}.${quoted(name)} WHERE 0 UNION ALL SELECT 'a')
      SELECT CASE WHEN c = 'A' THEN 'nocase' WHEN c = 'a ' THEN 'rtrim' ELSE '${BINARY}' END FROM x`;
    collation = String(job.world.text(sql, []));
    known.set(column, collation);
  }
  return collation;
}

/** The value that SQLite gives a generated column of a row that is not written yet: that of a table of the same columns in which it alone stands. */
export function generatedValue(
  world: Pick<RowsWorld, "text">,
  table: FiringTable,
  row: EngineRow | undefined,
  column: string,
): Value | undefined {
  const isGenerated = table.table.columns.some(({ name, generated }) => generated && name.toLowerCase() === column);
  if (row === undefined || !isGenerated || table.table.kind !== "table") return undefined;
  const columns = textsOf(table);
  const stored = table.table.columns.filter(({ generated }) => !generated);
  world.text(`CREATE TEMP TABLE ${ONE_ROW} (${[...columns.values()].map(({ plain }) => plain).join(", ")})`, []);
  try {
    world.text(
      `INSERT INTO temp.${ONE_ROW} (${stored.map(({ name }) => quoted(name)).join(", ")}) VALUES (${stored.map(() => "?").join(", ")})`,
      stored.map(({ name }) => row.get(name.toLowerCase()) ?? null),
    );
    return world.text(`SELECT ${quoted(column)} FROM temp.${ONE_ROW}`, []);
  } finally {
    world.text(`DROP TABLE temp.${ONE_ROW}`, []);
  }
}

const ONE_ROW = "gobi_one_row";

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
