// Fires the engine's own triggers that we took over around the write of one row: BEFORE, the write, AFTER, as SQLite does, each statement of a body by itself.
// What a body writes fires triggers of ours like any other statement; what does not concern them goes to the engine as it stands, with the values of NEW and OLD bound.
import type { SqlColumn, SqlForm } from "../../base/sql-form.ts";
import type { StructValue, Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { EngineError } from "../../storage/engine.ts";
import type { BodyStatement, EngineTrigger, RowText } from "./engine-trigger.ts";
import { RAISE_FUNCTION } from "./engine-trigger.ts";
import { bound, type EngineRow, type EngineRows, ROWID } from "./engine-values.ts";
import { needsUs } from "./engine-taken.ts";
import type { FiringTable, RowEvent } from "./firing-table.ts";
import { type ColumnNames, engineTriggersFor } from "./reach.ts";
import { formOf, identityCondition, identityOf, joined, name, qualifiedTable } from "./row-forms.ts";
import { rowsOf, type RowsJob, type RowsWorld } from "./rows.ts";

/** What is about to happen to a row. */
export interface EngineChange {
  readonly table: FiringTable;
  readonly event: RowEvent;
  /** The row as it is to be written; null for a delete. */
  readonly now: StructValue | null;
  /** The row as it stands; null for an insert. */
  readonly old: StructValue | null;
  /** Of the standing row; undefined for an insert, and on a view. */
  readonly identity: readonly Value[] | undefined;
  /** Columns that an update sets, folded. */
  readonly columns: ColumnNames;
  /** What the statement says about conflicts: that counts in bodies too. */
  readonly or: string | undefined;
}

/** Given for a row that RAISE(IGNORE) left as it was. */
export const IGNORED: unique symbol = Symbol("ignored");

/** Runs `write`, which gives the number of rows that it wrote, between the engine's triggers for it. @throws Trap. */
export function withEngineTriggers(job: RowsJob, change: EngineChange, write: () => number): number | typeof IGNORED {
  const { table, event, identity } = change;
  const triggers = engineTriggersFor(table, event, change.columns);
  if (triggers.length === 0) return write();
  if (table.table.kind === "view") {
    const rows = { new: change.now && typedRow(table, change.now), old: change.old && typedRow(table, change.old) };
    const done = fireAll(job, change, triggers, { new: rows.new ?? undefined, old: rows.old ?? undefined });
    return done ? write() : IGNORED;
  }
  job.world.takeOut(job.tables);
  const at = (timing: EngineTrigger["timing"]): readonly EngineTrigger[] =>
    triggers.filter((trigger) => trigger.timing === timing);
  const old = identity && storedRow(job, table, identity);
  const before = at("before");
  if (before.length > 0) {
    const now = change.now === null ? undefined : comingRow(table, change.now, identity);
    if (!fireAll(job, change, before, { new: now, old })) return IGNORED;
  }
  const count = write();
  const after = at("after");
  if (count > 0 && after.length > 0) {
    const now = change.now === null ? undefined : storedRow(job, table, identityAfter(table, change.now, identity));
    fireAll(job, change, after, { new: now, old });
  }
  return count;
}

// --- rows ---

function typedRow(table: FiringTable, row: StructValue): Map<string, Value> {
  return new Map(table.shape.fields.map((field, slot) => [field.toLowerCase(), row.slots[slot] ?? null]));
}

/** A row that is not written yet: the engine gives it the rowid -1 where it has none, and generated columns have no value. */
function comingRow(table: FiringTable, row: StructValue, identity: readonly Value[] | undefined): EngineRow {
  const values = typedRow(table, row);
  for (const column of table.table.columns) if (column.generated) values.delete(column.name.toLowerCase());
  if (table.table.withoutRowid) return values;
  const key = table.table.rowidColumn?.toLowerCase();
  const number = (key === undefined ? identity?.[0] : values.get(key)) ?? -1;
  if (key !== undefined) values.set(key, number);
  return values.set(ROWID, number);
}

/** The identity of a row after it was written; undefined: the engine's last inserted row. */
function identityAfter(
  table: FiringTable,
  row: StructValue,
  before: readonly Value[] | undefined,
): readonly Value[] | undefined {
  const keys = table.table.withoutRowid
    ? table.table.primaryKey
    : table.table.rowidColumn === undefined
      ? []
      : [table.table.rowidColumn];
  if (keys.length === 0 || (before === undefined && !table.table.withoutRowid)) return before;
  return keys.map((key) => row.slots[table.shape.slotOf(key)] ?? null);
}

const storedForms = new WeakMap<FiringTable, { readonly byIdentity: SqlForm; readonly inserted: SqlForm }>();

function storedFormsOf(table: FiringTable): { readonly byIdentity: SqlForm; readonly inserted: SqlForm } {
  const known = storedForms.get(table);
  if (known !== undefined) return known;
  const identity = identityOf(table);
  const names = [...(table.table.withoutRowid ? [] : identity), ...table.shape.fields];
  const columns: readonly SqlColumn[] = names.map((text) => ({ name: text, type: "any", nullable: true }));
  const query = (condition: SqlForm["parts"], count: number): SqlForm =>
    formOf(
      [
        "SELECT ",
        ...joined(
          names.map((text) => [name(text)]),
          ", ",
        ),
        " FROM ",
        ...qualifiedTable(table.table),
        " WHERE ",
        ...condition,
      ],
      "query",
      count,
      columns,
    );
  const forms = {
    byIdentity: query(identityCondition(table, [name(table.table.name)], 0), identity.length),
    inserted: query([name(identity[0] ?? ROWID), " = last_insert_rowid()"], 0),
  };
  storedForms.set(table, forms);
  return forms;
}

/** A row as it is stored; undefined when it is not there. */
function storedRow(job: RowsJob, table: FiringTable, identity: readonly Value[] | undefined): EngineRow | undefined {
  const { byIdentity, inserted } = storedFormsOf(table);
  const [values] = rowsOf(job.world.query(identity === undefined ? inserted : byIdentity, identity ?? []));
  if (values === undefined) return undefined;
  const names = [...(table.table.withoutRowid ? [] : [ROWID]), ...table.shape.fields];
  return new Map(names.map((text, at) => [text.toLowerCase(), values[at] ?? null] as const));
}

// --- firing ---

/** What a trigger did: `not meant`: its WHEN is not true; `ignored`: RAISE(IGNORE). */
export type EngineFired = "fired" | "not meant" | "ignored";

/** What the statements of a body must know. */
type Fired = Pick<EngineChange, "table" | "or">;

/** Fires one trigger alone, for rows that need not be in the table; they have a rowid where a column is it. @throws Trap. */
export function fireEngineTrigger(
  job: RowsJob,
  rows: { readonly table: FiringTable; readonly now: StructValue | null; readonly old: StructValue | null },
  trigger: EngineTrigger,
): EngineFired {
  const { table } = rows;
  const rowOf = (row: StructValue | null): EngineRow | undefined =>
    row === null ? undefined : withRowid(table, typedRow(table, row));
  return fire(job, { table, or: undefined }, trigger, { new: rowOf(rows.now), old: rowOf(rows.old) });
}

function withRowid(table: FiringTable, values: Map<string, Value>): EngineRow {
  for (const { name: column, generated } of table.table.columns)
    if (generated && values.get(column.toLowerCase()) === null) values.delete(column.toLowerCase());
  const number = values.get(table.table.rowidColumn?.toLowerCase() ?? "");
  return number === undefined || number === null ? values : values.set(ROWID, number);
}

/** Fires these; false when RAISE(IGNORE) ended it. */
function fireAll(job: RowsJob, change: EngineChange, triggers: readonly EngineTrigger[], rows: EngineRows): boolean {
  for (const trigger of triggers) if (fire(job, change, trigger, rows) === "ignored") return false;
  return true;
}

function fire(job: RowsJob, change: Fired, trigger: EngineTrigger, rows: EngineRows): EngineFired {
  const { world } = job;
  const raised = raising(world);
  return job.bodies.within(trigger.name, () => {
    try {
      if (!applies(job, change.table, trigger, rows)) return "not meant";
      for (const statement of trigger.body) runStatement(job, change, trigger, statement, rows);
      return "fired";
    } catch (error) {
      const what = raised.take();
      if (what?.kind === "ignore") return "ignored";
      if (what?.kind === "rollback") world.endTransaction(what.message);
      throw error;
    }
  });
}

function applies(job: RowsJob, table: FiringTable, trigger: EngineTrigger, rows: EngineRows): boolean {
  if (trigger.when === undefined) return true;
  const { sql, values } = bound(job, table, trigger, trigger.when, rows);
  return job.world.text(`SELECT CASE WHEN (${sql}\n) THEN 1 ELSE 0 END`, values) === 1;
}

function runStatement(
  job: RowsJob,
  { table, or }: Fired,
  trigger: EngineTrigger,
  { text, write, behindOr }: BodyStatement,
  rows: EngineRows,
): void {
  const own = write && (or === undefined || behindOr === undefined ? write : { ...write, or });
  const isOurs = own !== undefined && needsUs(job.tables, trigger, own);
  const source: RowText =
    own === write || behindOr === undefined
      ? text
      : { ...behindOr, sql: `${own?.event === "update" ? "UPDATE" : "INSERT"} OR ${or} ${behindOr.sql}` };
  const { sql, values } = bound(job, table, trigger, source, rows);
  if (!isOurs) {
    job.world.text(sql, values);
    return;
  }
  const problem = job.world.statement(sql, values);
  if (problem !== undefined)
    throw trap(
      "NotImplemented",
      `The SQLite trigger ${trigger.name} of ${table.table.name} writes ${own.table}, whose triggers must see it, in a way that is not understood here: ${problem}`,
    );
}

// --- RAISE ---

interface Raised {
  readonly kind: string;
  readonly message: string;
}

const raisedIn = new WeakMap<RowsWorld, { last: Raised | undefined; take(): Raised | undefined }>();

/** Makes the function that stands for RAISE, once; gives what was raised last. */
function raising(world: RowsWorld): { take(): Raised | undefined } {
  const known = raisedIn.get(world);
  if (known !== undefined) return known;
  const state = {
    last: undefined as Raised | undefined,
    take: (): Raised | undefined => {
      const { last } = state;
      state.last = undefined;
      return last;
    },
  };
  world.define({
    name: RAISE_FUNCTION,
    parameterCount: 2,
    deterministic: false,
    result: "any",
    parameters: ["string", "any"],
    call: (kind, message) => {
      const text = message === null || message === undefined ? "" : String(message);
      state.last = { kind: String(kind), message: text };
      throw new EngineError(text, { kind: "otherConstraint", code: "SQLITE_CONSTRAINT_TRIGGER" });
    },
  });
  raisedIn.set(world, state);
  return state;
}
