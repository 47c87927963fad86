// Rows on their way into a table, one by one: BEFORE bodies, cascades whose child has a BEFORE trigger, the write itself.
// What the engine would do after the write (AFTER triggers, other cascades) it still does; the AFTER rows are captured.
import { required } from "../../base/failure.ts";
import type { SqlColumn, SqlForm } from "../../base/sql-form.ts";
import { cell, type Column } from "../../base/value/column.ts";
import { equalValues } from "../../base/value/compare.ts";
import { keyText } from "../../base/value/key.ts";
import { Shape, StructValue, TableValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { RowBatch, SqlFunction } from "../../storage/engine.ts";
import type { HostRows } from "../../vm/host.ts";
import { joinBatches, sourceOf } from "../../storage/rows.ts";
import { type Bodies, type Counts, NOT_FIRED } from "./bodies.ts";
import { type ColumnNames, firesFor } from "./reach.ts";
import { type FiringTable, type RowEvent, triggersAt } from "./firing-table.ts";
import type { FiringTables } from "./tables.ts";
import type { TriggerEvent, TriggerTiming } from "./types.ts";

/** What a statement gave. */
export interface WrittenRows {
  readonly changes: number;
  readonly rows: TableValue | undefined;
}

/** The session, as row by row work sees it. */
export interface RowsWorld {
  /** Runs a statement without looking at triggers. @throws Trap. */
  plain(form: SqlForm, parameters: readonly Value[]): WrittenRows;
  /** Runs a query over the rows that a statement is about; no limit of rows. @throws Trap. */
  query(form: SqlForm, parameters: readonly Value[]): HostRows;
  /** Registers a function on the connection. */
  define(definition: SqlFunction): void;
  /** Runs a text as the engine has it; gives the first value of a query. @throws Trap. */
  text(sql: string, values: readonly Value[]): Value;
  /** Runs a text that writes, with the triggers that it fires; gives why when our compiler does not understand it. @throws Trap. */
  statement(sql: string, values: readonly Value[]): string | undefined;
  /** Takes the engine's own triggers that we fire out of the file until the statement has ended. @throws Trap. */
  takeOut(tables: FiringTables): void;
  /** Ends the transaction as RAISE(ROLLBACK) does. @throws Trap always. */
  endTransaction(message: string): never;
  /** Whether writes are recorded, so that they can be done again after the transaction was undone. */
  recording(): boolean;
  /** For tests: no statement is done in a faster way than row by row. */
  readonly alwaysByRows: boolean;
  /** Makes a form of ours that holds pieces of a program's find the functions of that program. */
  derived(form: SqlForm, from: SqlForm): void;
}

/** One statement that is done row by row. */
export interface RowsJob {
  readonly world: RowsWorld;
  readonly bodies: Bodies;
  readonly tables: FiringTables;
  readonly counts: Counts;
  readonly target: FiringTable;
  readonly form: SqlForm;
  readonly parameters: readonly Value[];
  readonly upsert: boolean;
  /** Rows that cascades have deleted meanwhile, by table and identity. */
  readonly gone: Set<string>;
  changes: number;
  /** Rows of RETURNING. */
  readonly returned: RowBatch[];
  /** Their names, from the engine where the statement does not promise them. */
  names: readonly string[];
}

/** All rows of a query as arrays of values. */
export function rowsOf(rows: HostRows): readonly Value[][] {
  const all: Value[][] = [];
  eachRow(rows, (values) => void all.push(values));
  return all;
}

/** Gives the rows of a query one after the other, as arrays of values; closes it. */
export function eachRow(rows: HostRows, use: (values: Value[]) => void): void {
  try {
    for (let batch = rows.next(); batch !== undefined; batch = rows.next()) {
      const { columns, length } = batch;
      for (let row = 0; row < length; row += 1) {
        const values = new Array<Value>(columns.length);
        for (let at = 0; at < columns.length; at += 1) values[at] = cell(columns[at] as Column, row);
        use(values);
      }
    }
  } finally {
    rows.close();
  }
}

/** A row of a table; `shared`, so that who changes it changes a copy. */
export function oldRow(table: FiringTable, values: Value[]): StructValue {
  const row = new StructValue(table.shape, values);
  row.shared = true;
  return row;
}

/** What a body gave back as a row of the table. */
export function givenRow(table: FiringTable, given: Value, name: string): StructValue {
  if (!(given instanceof StructValue))
    throw trap("InvalidCast", `Trigger ${name} gives back no row of ${table.table.name}.`);
  if (given.shape === table.shape || given.shape.fields.length === table.shape.fields.length) return given;
  return new StructValue(
    table.shape,
    table.shape.fields.map((field) => given.slots[given.shape.slotOf(field)] ?? null),
  );
}

/** What is about to happen to a row. */
export interface RowChange {
  readonly table: FiringTable;
  readonly timing: Exclude<TriggerTiming, "after">;
  readonly event: RowEvent;
  readonly now: StructValue | null;
  readonly old: StructValue | null;
  /** Columns that an update sets, folded. */
  readonly columns: ColumnNames;
}

const ALONE: Readonly<Record<RowEvent, readonly TriggerEvent[]>> = {
  insert: ["insert"],
  update: ["update"],
  delete: ["delete"],
};
const WITH_UPSERT: Readonly<Record<RowEvent, readonly TriggerEvent[]>> = {
  insert: ["insert", "upsert"],
  update: ["update", "upsert"],
  delete: ["delete"],
};

/** Runs the BEFORE or INSTEAD OF bodies of a row. Gives the row that they want written (for a delete the old one), undefined when one of them skips it. @throws Trap. */
export function fireBefore(job: RowsJob, change: RowChange): StructValue | undefined {
  const { table, event, old, columns } = change;
  const isUpsert = job.upsert && table === job.target && event !== "delete";
  const events = isUpsert ? WITH_UPSERT[event] : ALONE[event];
  // An INSERT that turned out to be an update has fired them already, before its insert.
  const upsertFired = isUpsert && event === "update" && job.form.dml?.event === "insert";
  let { now } = change;
  for (const trigger of triggersAt(table, change.timing, "row", events)) {
    if (upsertFired && trigger.events.some((row) => row.event === "upsert")) continue;
    if (event === "update") {
      const byOther = trigger.events.some((row) => row.event !== "update" && events.includes(row.event));
      if (!byOther && !firesFor(trigger, columns)) continue;
    }
    const given = job.bodies.fire(trigger, event, [now, old], job.counts);
    if (given === NOT_FIRED) continue;
    if (given === null) return undefined;
    if (event !== "delete") now = givenRow(table, given, trigger.name);
  }
  return required(event === "delete" ? old : now, "the row of a change");
}

/** Numbers of the columns in which two rows differ. */
export function changedSlots(table: FiringTable, before: readonly Value[], after: readonly Value[]): readonly number[] {
  return table.table.columns.flatMap((column, slot) =>
    column.generated || same(before[slot] ?? null, after[slot] ?? null) ? [] : [slot],
  );
}

function same(left: Value, right: Value): boolean {
  return left === right || (left !== null && right !== null && typeof left === "object" && equalValues(left, right));
}

/** Adds what one write gave to the statement's result. */
export function written(job: RowsJob, result: WrittenRows): number {
  job.changes += result.changes;
  if (result.rows !== undefined) job.names = result.rows.shape.fields;
  if (result.rows !== undefined && result.rows.length > 0)
    job.returned.push({ columns: result.rows.columns, length: result.rows.length });
  return result.changes;
}

/** The result of the whole statement. */
export function resultOf(job: RowsJob): WrittenRows {
  const { form, returned, changes, names } = job;
  if (!form.returnsRows) return { changes, rows: undefined };
  const columns: readonly SqlColumn[] = form.columns ?? [];
  const joined = joinBatches(sourceOf(columns, returned));
  const shape = new Shape("", names.length > 0 ? names : columns.map((column) => column.name));
  return {
    changes,
    rows: joined === undefined ? emptyRows(shape) : new TableValue(shape, joined.columns, joined.length),
  };
}

function emptyRows(shape: Shape): TableValue {
  const columns = shape.fields.map(() => ({
    kind: "values" as const,
    type: "any" as const,
    data: [],
    nulls: undefined,
  }));
  return new TableValue(shape, columns, 0);
}

/** A row's place among `gone`. */
export function rowKey(table: FiringTable, identity: readonly Value[]): string {
  return `${table.table.schema}.${table.table.name}:${identity.map((value) => keyText(value)).join(",")}`;
}
