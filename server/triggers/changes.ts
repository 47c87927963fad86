// Updates and deletes one row of a table, with BEFORE triggers, and what foreign keys do to rows of other tables where those have BEFORE triggers: the engine's own
// cascades would pass them by. Cascades without such triggers are left to the engine, which finds them when the row is written.
import type { ForeignKeySchema } from "../../base/schema.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import { equalValues } from "../../base/value/compare.ts";
import { StructValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { IGNORED, withEngineTriggers } from "./engine-fire.ts";
import { childReaches, referencedColumns, writingAction } from "./reach.ts";
import { columnValue, formOf, identityOf, joined, name, type RowForms, rowForms, rowsWhere } from "./row-forms.ts";
import { changedSlots, fireBefore, oldRow, rowKey, rowsOf, type RowsJob, written } from "./rows.ts";
import type { FiringTable, RowEvent } from "./firing-table.ts";

/** A row as it stands. */
export interface StandingRow {
  readonly table: FiringTable;
  readonly identity: readonly Value[];
  readonly old: StructValue;
}

/** The rows that a form of `rowsWhere` gives. @throws Trap. */
export function standingRows(
  job: RowsJob,
  table: FiringTable,
  form: SqlForm,
  values: readonly Value[],
): readonly StandingRow[] {
  const width = identityOf(table).length;
  return rowsOf(job.world.query(form, values)).map((found) => ({
    table,
    identity: found.slice(0, width),
    old: oldRow(table, found.slice(width)),
  }));
}

/** How the row is written: by the statement's own forms, or by those of the table. */
export interface RowWriting {
  readonly forms: RowForms;
  readonly parameters: readonly Value[];
  /** The statement's own row: it counts, and shows in RETURNING. */
  readonly own: boolean;
  /** What the statement says about conflicts. */
  readonly or?: string | undefined;
  /** Called with the row that is about to be written. */
  readonly before?: (wanted: StructValue) => void;
}

function tableWriting(table: FiringTable): RowWriting {
  return { forms: rowForms(table), parameters: [], own: false };
}

function write(job: RowsJob, writing: RowWriting, form: SqlForm, values: readonly Value[]): number {
  const result = job.world.plain(form, [...writing.parameters, ...values]);
  return writing.own ? written(job, result) : result.changes;
}

/** Deletes a row. Gives false when a BEFORE trigger keeps it. @throws Trap. */
export function deleteRow(job: RowsJob, row: StandingRow, writing: RowWriting): boolean {
  const { table, identity, old } = row;
  const kept = fireBefore(job, { table, timing: "before", event: "delete", now: null, old, columns: undefined });
  if (kept === undefined) return false;
  const change = { table, event: "delete", now: null, old, identity, columns: undefined, or: writing.or } as const;
  const done = withEngineTriggers(job, change, () => {
    cascade(job, row, undefined);
    job.gone.add(rowKey(table, identity));
    return write(job, writing, writing.forms.delete(), identity);
  });
  return done !== IGNORED;
}

/** Updates a row to `now`, in which `slots` are set. Gives false when a BEFORE trigger skips it. @throws Trap. */
export function updateRow(
  job: RowsJob,
  row: StandingRow,
  now: StructValue,
  slots: readonly number[],
  writing: RowWriting,
): boolean {
  const { table, identity, old } = row;
  const before = now.slots.slice();
  const columns = new Set(slots.map((slot) => (table.shape.fields[slot] ?? "").toLowerCase()));
  const wanted = fireBefore(job, { table, timing: "before", event: "update", now, old, columns });
  if (wanted === undefined) return false;
  const changed = changedSlots(table, before, wanted.slots).filter((slot) => !slots.includes(slot));
  const all = [...slots, ...changed];
  if (all.length === 0) return true;
  for (const slot of changed) columns.add((table.shape.fields[slot] ?? "").toLowerCase());
  const change = { table, event: "update", now: wanted, old, identity, columns, or: writing.or } as const;
  const done = withEngineTriggers(job, change, () => {
    cascade(job, row, wanted);
    writing.before?.(wanted);
    const values = [...all.map((slot) => wanted.slots[slot] ?? null), ...identity];
    return write(job, writing, writing.forms.update(all), values);
  });
  return done !== IGNORED;
}

// --- what foreign keys do ---

/** The values of the parent that a key refers to. */
function keyValues(parent: FiringTable, key: ForeignKeySchema, row: StructValue): readonly Value[] {
  return referencedColumns(parent, key).map((column) => row.slots[parent.shape.slotOf(column)] ?? null);
}

/** Does the cascades of a row that goes (`now` undefined) or changes, where the child has BEFORE triggers. */
function cascade(job: RowsJob, row: StandingRow, now: StructValue | undefined): void {
  const { table, old } = row;
  for (const { child: schema, key } of table.children) {
    const child = job.tables.of(schema);
    const event: Exclude<RowEvent, "insert"> = now === undefined ? "delete" : "update";
    const action = now === undefined ? key.onDelete : key.onUpdate;
    const values = keyValues(table, key, old);
    const next = now === undefined ? undefined : keyValues(table, key, now);
    if (values.includes(null) || next?.every((value, at) => equalValues(value, values[at] ?? null)) === true) continue;
    if (!childReaches(job.tables, child, key, action, new Set(), event)) continue;
    if (next !== undefined) deferKeys(job);
    for (const found of childRows(job, child, key, values)) cascadeTo(job, found, key, action, next);
  }
}

function cascadeTo(
  job: RowsJob,
  row: StandingRow,
  key: ForeignKeySchema,
  action: string,
  next: readonly Value[] | undefined,
): void {
  const { table } = row;
  if (job.gone.has(rowKey(table, row.identity))) return;
  const writing = writingAction(action);
  if (writing === "cascade" && next === undefined) {
    if (!deleteRow(job, row, tableWriting(table))) throw kept(table, key);
    return;
  }
  const slots = key.columns.map((column) => table.shape.slotOf(column));
  const values =
    writing === "set null" ? slots.map(() => null) : writing === "cascade" ? next : defaultsOf(job, table, slots);
  const now = new StructValue(table.shape, row.old.slots.slice());
  slots.forEach((slot, at) => (now.slots[slot] = values?.[at] ?? null));
  if (!updateRow(job, row, now, slots, tableWriting(table))) throw kept(table, key);
}

function kept(table: FiringTable, key: ForeignKeySchema): Error {
  return trap(
    "ForeignKeyViolation",
    `A BEFORE trigger of ${table.table.name} keeps a row that must follow its row of ${key.table}.`,
  );
}

// A child that follows a changed key does so before the parent has it: the check waits for the end of the transaction.
const DEFER = formOf(["PRAGMA defer_foreign_keys = ON"], "other", 0, undefined);

function deferKeys(job: RowsJob): void {
  job.world.plain(DEFER, []);
}

const childForms = new WeakMap<ForeignKeySchema, SqlForm>();

function childForm(child: FiringTable, key: ForeignKeySchema): SqlForm {
  const known = childForms.get(key);
  if (known !== undefined) return known;
  const { columns } = child.table;
  const form = rowsWhere(
    child,
    joined(
      key.columns.map((column, at) => [name(column), " = ", columnValue(columns[child.shape.slotOf(column)], at)]),
      " AND ",
    ),
    key.columns.length,
  );
  childForms.set(key, form);
  return form;
}

function childRows(
  job: RowsJob,
  child: FiringTable,
  key: ForeignKeySchema,
  values: readonly Value[],
): readonly StandingRow[] {
  return standingRows(job, child, childForm(child, key), values);
}

function defaultsOf(job: RowsJob, table: FiringTable, slots: readonly number[]): readonly Value[] {
  const columns = slots.map((slot) => table.table.columns[slot]);
  const form = formOf(
    [
      "SELECT ",
      ...joined(
        columns.map((column) => [`(${column?.defaultText ?? "NULL"})`]),
        ", ",
      ),
    ],
    "query",
    0,
    slots.flatMap((slot) => table.columns[slot] ?? []),
  );
  return rowsOf(job.world.query(form, []))[0] ?? slots.map(() => null);
}
