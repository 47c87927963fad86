// OR REPLACE as delete and insert (LANGUAGE.md 15.24): the rows that a new one would push out are deleted by themselves first, so that BEFORE DELETE triggers see them.
// Only done where such triggers can fire; else the engine replaces.
import type { SqlForm, SqlParts } from "../../base/sql-form.ts";
import type { StructValue, Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { keyText } from "../../base/value/key.ts";
import { deleteRow, type StandingRow } from "./changes.ts";
import {
  columnValue,
  formOf,
  identityColumns,
  identityOf,
  joined,
  name,
  qualifiedTable,
  rowForms,
} from "./row-forms.ts";
import { oldRow, rowsOf, type RowsJob } from "./rows.ts";
import type { FiringTable } from "./firing-table.ts";

const forms = new WeakMap<FiringTable, Map<string, SqlForm>>();

interface PlainKey {
  readonly columns: readonly string[];
  readonly where: string | undefined;
}

/** Unique keys whose columns are all plain. */
function keysOf(table: FiringTable): readonly PlainKey[] {
  const { primaryKey, uniques } = table.table;
  const known = (columns: readonly string[]): boolean =>
    columns.length > 0 && columns.every((column) => table.shape.slotOf(column) >= 0);
  return [{ columns: primaryKey, where: undefined }, ...uniques].filter(({ columns }) => known(columns));
}

function folded(names: readonly string[]): string {
  return names
    .map((text) => text.toLowerCase())
    .sort()
    .join();
}

// Parameters: the values of all columns. `wanted`: the columns of one key, none: all keys.
function formFor(table: FiringTable, wanted: readonly string[]): SqlForm {
  const ofTable = forms.get(table) ?? new Map<string, SqlForm>();
  forms.set(table, ofTable);
  const id = folded(wanted);
  const known = ofTable.get(id);
  if (known !== undefined) return known;
  const keys = keysOf(table).filter(({ columns }) => wanted.length === 0 || folded(columns) === id);
  const form = conflictQuery(table, keys);
  ofTable.set(id, form);
  return form;
}

function conflictQuery(table: FiringTable, keys: readonly PlainKey[]): SqlForm {
  const { columns } = table.table;
  const equal = (column: string): SqlParts => {
    const slot = table.shape.slotOf(column);
    return [name(column), " = ", columnValue(columns[slot], slot)];
  };
  const conditions = keys.map(
    (key): SqlParts => [
      "(",
      ...joined(key.columns.map(equal), " AND "),
      key.where === undefined ? "" : ` AND (${key.where})`,
      ")",
    ],
  );
  return formOf(
    [
      "SELECT ",
      ...joined(
        [...identityOf(table), ...table.shape.fields].map((column) => [name(column)]),
        ", ",
      ),
      " FROM ",
      ...qualifiedTable(table.table),
      " WHERE ",
      ...(conditions.length === 0 ? ["FALSE"] : joined(conditions, " OR ")),
    ],
    "query",
    columns.length,
    [...identityColumns(table), ...table.columns],
  );
}

/** The row that has the same values as `row` in the columns of a key, or in any key when none is named. @throws Trap. */
export function conflictingRow(
  job: RowsJob,
  table: FiringTable,
  row: StructValue,
  columns: readonly string[],
): StandingRow | undefined {
  const width = identityOf(table).length;
  const [found] = rowsOf(job.world.query(formFor(table, columns), row.slots));
  return found && { table, identity: found.slice(0, width), old: oldRow(table, found.slice(width)) };
}

/** Deletes the rows that stand in the way of `row`, except the one that it is. @throws Trap. */
export function replaceRows(job: RowsJob, table: FiringTable, row: StructValue, except: readonly Value[]): void {
  const width = identityOf(table).length;
  const own = except.map((value) => keyText(value)).join();
  for (const values of rowsOf(job.world.query(formFor(table, []), row.slots))) {
    const identity = values.slice(0, width);
    if (except.length > 0 && identity.map((value) => keyText(value)).join() === own) continue;
    const found = { table, identity, old: oldRow(table, values.slice(width)) };
    if (!deleteRow(job, found, { forms: rowForms(table), parameters: [], own: false }))
      throw trap("UniqueViolation", `A BEFORE trigger of ${table.table.name} keeps a row that must be replaced.`);
  }
}
