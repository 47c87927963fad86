// What runs after a statement's rows were written: the AFTER ROW bodies in the order in which the rows were finished, then the AFTER STATEMENT ones.
// The rows come from the capture triggers of the connection (storage/sqlite/capture.ts), those of cascades and REPLACE too.
import { required } from "../../base/failure.ts";
import { cell } from "../../base/value/column.ts";
import { StructValue, TableValue, type Value } from "../../base/value/value.ts";
import type { CapturedRows, RowBatch } from "../../storage/engine.ts";
import { joinBatches, sourceOf } from "../../storage/rows.ts";
import type { Bodies, Counts } from "./bodies.ts";
import type { RowColumn } from "./body-shape.ts";
import { columnSetOf, type FiringTable, type RowEvent, triggersAt, updateColumns } from "./firing-table.ts";
import { capturedSlots } from "./captured-columns.ts";
import type { FiringTables } from "./tables.ts";
import type { ReadyTrigger, TriggerEvent } from "./types.ts";

/** The statement behind the rows. */
export interface FiredStatement {
  readonly target: FiringTable | undefined;
  readonly event: RowEvent;
  readonly upsert: boolean;
  /** Columns that an UPDATE sets. */
  readonly columns: readonly string[];
}

/** A trigger of one point; `bits`: an update fires it only when its mark has one of them. */
interface PointTrigger {
  readonly trigger: ReadyTrigger;
  readonly bits: number;
}

/** Rows of one request, read in order. */
interface Reading {
  readonly table: FiringTable;
  readonly event: RowEvent;
  readonly triggers: readonly PointTrigger[];
  readonly marks: readonly number[];
  /** By slot: the column of the batch that holds it, -1: nobody looks at it. */
  readonly oldAt: readonly number[];
  readonly newAt: readonly number[];
  readonly next: () => RowBatch | undefined;
  /** Every batch that was read, for transition tables. */
  readonly read: RowBatch[];
  batch: RowBatch | undefined;
  row: number;
  total: number;
}

const ANY_UPDATE = 0;

function bitsOf(table: FiringTable, trigger: ReadyTrigger): number {
  if (table.columnSets.length === 0) return ANY_UPDATE;
  return (updateColumns(trigger) ?? []).reduce(
    (bits, columns) => bits | (1 << columnSetOf(table, columns)),
    ANY_UPDATE,
  );
}

/** The events that a written row stands for. */
function eventsOf(statement: FiredStatement, table: FiringTable, event: RowEvent): readonly TriggerEvent[] {
  return statement.upsert && statement.target === table && event !== "delete" ? [event, "upsert"] : [event];
}

function readingsOf(
  tables: FiringTables,
  statement: FiredStatement,
  captured: CapturedRows,
): readonly (Reading | undefined)[] {
  return captured.rows.map((rows, at) => {
    if (rows === undefined) return undefined;
    const request = required(captured.requests[at], "the request of captured rows");
    const { event } = request;
    const table = tables.requestTables.get(request);
    // The triggers were changed while the statement ran.
    if (table === undefined) return undefined;
    const events = eventsOf(statement, table, event);
    const triggers = triggersAt(table, "after", "row", events).map((trigger) => {
      const byUpdate = trigger.events.every((row) => row.event === "update" || !events.includes(row.event));
      return { trigger, bits: event === "update" && byUpdate ? bitsOf(table, trigger) : ANY_UPDATE };
    });
    const slots = capturedSlots(table, event);
    return {
      table,
      event,
      triggers,
      marks: rows.marks,
      oldAt: placesOf(table, slots.old, 0),
      newAt: placesOf(table, slots.new, slots.old.length),
      next: () => rows.source.next(),
      read: [],
      batch: undefined,
      row: 0,
      total: 0,
    };
  });
}

function placesOf(table: FiringTable, slots: readonly number[], first: number): readonly number[] {
  return table.shape.fields.map((_, slot) => {
    const at = slots.indexOf(slot);
    return at < 0 ? -1 : first + at;
  });
}

/** The batch in which the next row stands. */
function advance(reading: Reading): RowBatch {
  if (reading.batch === undefined || reading.row === reading.batch.length) {
    reading.batch = required(reading.next(), "the rows that were captured");
    reading.row = 0;
    reading.read.push(reading.batch);
  }
  return reading.batch;
}

function valueAt(batch: RowBatch, place: number, row: number): Value {
  const column = place < 0 ? undefined : batch.columns[place];
  return column === undefined ? null : cell(column, row);
}

function structAt(table: FiringTable, batch: RowBatch, places: readonly number[], row: number): StructValue {
  const slots: Value[] = [];
  for (const place of places) slots.push(valueAt(batch, place, row));
  return new StructValue(table.shape, slots);
}

function fireRow(bodies: Bodies, reading: Reading, counts: Counts): void {
  const batch = advance(reading);
  const { table, event, triggers, row } = reading;
  const mark = reading.marks[reading.total] ?? 0;
  reading.row += 1;
  reading.total += 1;
  for (const { trigger, bits } of triggers) {
    if (bits !== ANY_UPDATE && (bits & mark) === 0) continue;
    if (bodies.fireInserts(trigger, counts, (column) => valueOf(reading, batch, row, column))) continue;
    // Each body gets rows of its own: what it does with them is not seen by the next.
    const old = event === "insert" ? null : structAt(table, batch, reading.oldAt, row);
    const now = event === "delete" ? null : structAt(table, batch, reading.newAt, row);
    bodies.fire(trigger, event, [now, old], counts);
  }
}

function valueOf(reading: Reading, batch: RowBatch, row: number, column: RowColumn): Value {
  return valueAt(batch, (column.row === "old" ? reading.oldAt : reading.newAt)[column.slot] ?? -1, row);
}

// --- statement triggers ---

/** No rows of a table. */
export function emptyTable(table: FiringTable): TableValue {
  const columns = table.columns.map(() => ({
    kind: "values" as const,
    type: "any" as const,
    data: [],
    nulls: undefined,
  }));
  return new TableValue(table.shape, columns, 0);
}

/** Rows of one side of some readings as a table. */
function transition(table: FiringTable, readings: readonly Reading[], side: "inserted" | "deleted"): TableValue {
  const width = table.shape.fields.length;
  const batches = readings.flatMap((reading) => {
    if (reading.event === (side === "inserted" ? "delete" : "insert")) return [];
    // A table with statement triggers is captured whole.
    const from = reading.event === "update" && side === "inserted" ? width : 0;
    return reading.read.map((batch) => ({ columns: batch.columns.slice(from, from + width), length: batch.length }));
  });
  const joined = joinBatches(sourceOf(table.columns, batches));
  return joined === undefined ? emptyTable(table) : new TableValue(table.shape, joined.columns, joined.length);
}

/** The events of a statement for its own table's statement triggers. */
export function statementEvents(statement: FiredStatement): readonly TriggerEvent[] {
  return statement.upsert
    ? statement.event === "insert"
      ? ["insert", "update", "upsert"]
      : [statement.event, "upsert"]
    : [statement.event];
}

/** Whether the columns of a statement concern a trigger. */
function concerns(trigger: ReadyTrigger, statement: FiredStatement): boolean {
  if (
    statement.event !== "update" ||
    trigger.events.some(({ event }) => event !== "update" && statementEvents(statement).includes(event))
  )
    return true;
  const lists = updateColumns(trigger);
  const set = new Set(statement.columns.map((column) => column.toLowerCase()));
  return lists === undefined || lists.some((columns) => columns.some((column) => set.has(column)));
}

/** The statement triggers of the statement's own table at one point. */
export function statementTriggers(statement: FiredStatement, timing: "before" | "after"): readonly ReadyTrigger[] {
  if (statement.target === undefined) return [];
  return triggersAt(statement.target, timing, "statement", statementEvents(statement)).filter((trigger) =>
    concerns(trigger, statement),
  );
}

function fireStatementTriggers(
  bodies: Bodies,
  tables: FiringTables,
  statement: FiredStatement,
  readings: readonly Reading[],
  counts: Counts,
): void {
  const own = statement.target;
  for (const table of tables.all) {
    const ofTable = readings.filter((reading) => reading.table === table);
    if (table !== own && ofTable.length === 0) continue;
    const events = new Set<TriggerEvent>(ofTable.map((reading) => reading.event));
    const fromRows = triggersAt(table, "after", "statement", [...events]);
    const triggers = table === own ? withFirst(table, statementTriggers(statement, "after"), fromRows) : fromRows;
    for (const trigger of triggers) {
      const mine = ofTable.filter((reading) =>
        trigger.events.some(
          ({ event }) =>
            event === reading.event || (event === "upsert" && statement.upsert && reading.event !== "delete"),
        ),
      );
      const args = [transition(table, mine, "inserted"), transition(table, mine, "deleted")] as const;
      bodies.fire(trigger, statement.event, args, counts);
    }
  }
}

// What REPLACE deletes and what cascades onto the own table fire as well, in the order of the table.
function withFirst(
  table: FiringTable,
  first: readonly ReadyTrigger[],
  rest: readonly ReadyTrigger[],
): readonly ReadyTrigger[] {
  const own = first.filter((trigger) => trigger.events.some(({ event }) => event === "upsert"));
  const all = new Set([...first, ...rest.filter((trigger) => !updateOnly(trigger) || first.includes(trigger))]);
  return [...own, ...table.triggers.filter((trigger) => all.has(trigger) && !own.includes(trigger))];
}

function updateOnly(trigger: ReadyTrigger): boolean {
  return trigger.events.every(({ event }) => event === "update");
}

function fireRuns(
  bodies: Bodies,
  runs: readonly number[],
  readings: readonly (Reading | undefined)[],
  counts: Counts,
): void {
  for (let at = 0; at < runs.length; at += 2) {
    const reading = readings[runs[at] ?? -1];
    const count = runs[at + 1] ?? 0;
    for (let row = 0; reading !== undefined && row < count; row += 1) fireRow(bodies, reading, counts);
  }
}

/** Runs the bodies. @throws Trap of a body. */
export function fireAfter(
  bodies: Bodies,
  tables: FiringTables,
  statement: FiredStatement,
  captured: readonly CapturedRows[],
  counts: Counts,
): void {
  const all: Reading[] = [];
  for (const rows of captured) {
    const readings = readingsOf(tables, statement, rows);
    all.push(...readings.filter((reading) => reading !== undefined));
    bodies.rows("after", () => fireRuns(bodies, rows.runs, readings, counts));
  }
  fireStatementTriggers(bodies, tables, statement, all, counts);
}
