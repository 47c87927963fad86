// Which statements must be done row by row: those that may write a row which a BEFORE ROW or INSTEAD OF trigger wants to see first, directly, by REPLACE or by a cascade.
import type { ForeignKeySchema } from "../../base/schema.ts";
import { type FiringTable, type RowEvent, triggersAt, updateColumns } from "./firing-table.ts";
import type { EngineTrigger } from "./engine-trigger.ts";
import type { FiringTables } from "./tables.ts";
import type { ReadyTrigger, TriggerEvent } from "./types.ts";

/** Actions of foreign keys that write the child. */
export type CascadeAction = "cascade" | "set null" | "set default";

/** Folded names of columns; undefined: any of them. */
export type ColumnNames = ReadonlySet<string> | undefined;

/** Whether an update of these columns fires a trigger. */
export function firesFor(trigger: ReadyTrigger, columns: ColumnNames): boolean {
  const lists = updateColumns(trigger);
  return lists === undefined || columns === undefined || lists.some((list) => list.some((name) => columns.has(name)));
}

/** The action, when it writes. */
export function writingAction(action: string): CascadeAction | undefined {
  return action === "cascade" || action === "set null" || action === "set default" ? action : undefined;
}

/** The columns of the parent that a key refers to, folded. */
export function referencedColumns(parent: FiringTable, key: ForeignKeySchema): readonly string[] {
  const names = key.referenced.length > 0 ? key.referenced : parent.table.primaryKey;
  return names.map((name) => name.toLowerCase());
}

function folded(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

/** Whether UPDATE OF these columns, or of any, is about one that is set. */
export function namesOneOf(of: readonly string[], columns: ColumnNames): boolean {
  return of.length === 0 || columns === undefined || of.some((name) => columns.has(name));
}

/** The engine's own triggers that we fire for a row, in firing order. */
export function engineTriggersFor(
  table: FiringTable,
  event: TriggerEvent,
  columns: ColumnNames,
): readonly EngineTrigger[] {
  if (table.engine.length === 0) return table.engine;
  return table.engine.filter((trigger) => trigger.event === event && namesOneOf(trigger.columns, columns));
}

/** Whether rows must be written one by one for a trigger that fires before the write, or for one of the engine that we fire. */
function hasBefore(table: FiringTable, event: TriggerEvent, columns: ColumnNames): boolean {
  return (
    engineTriggersFor(table, event, columns).length > 0 ||
    triggersAt(table, "before", "row", [event]).some(
      (trigger) =>
        event !== "update" || trigger.events.some((row) => row.event !== "update") || firesFor(trigger, columns),
    )
  );
}

function isBare(table: FiringTable): boolean {
  return table.triggers.length === 0 && table.children.length === 0 && table.engine.length === 0;
}

/** Whether deleting rows of the table may fire a BEFORE ROW trigger, there or in a cascade. */
export function deleteReaches(tables: FiringTables, table: FiringTable, seen = new Set<FiringTable>()): boolean {
  if (isBare(table)) return false;
  if (hasBefore(table, "delete", undefined)) return true;
  if (seen.has(table)) return false;
  seen.add(table);
  return table.children.some(({ child, key }) =>
    childReaches(tables, tables.of(child), key, key.onDelete, seen, "delete"),
  );
}

/** Whether updating these columns may fire a BEFORE ROW trigger, there or in a cascade. */
export function updateReaches(
  tables: FiringTables,
  table: FiringTable,
  columns: ColumnNames,
  seen = new Set<FiringTable>(),
): boolean {
  if (isBare(table)) return false;
  if (hasBefore(table, "update", columns)) return true;
  if (seen.has(table)) return false;
  seen.add(table);
  return table.children.some(({ child, key }) => {
    const touched = columns === undefined || referencedColumns(table, key).some((name) => columns.has(name));
    return touched && childReaches(tables, tables.of(child), key, key.onUpdate, seen, "update");
  });
}

/** Whether what a key does to its child when the parent goes or changes may fire a BEFORE ROW trigger. */
export function childReaches(
  tables: FiringTables,
  child: FiringTable,
  key: ForeignKeySchema,
  action: string,
  seen: Set<FiringTable>,
  event: Exclude<RowEvent, "insert">,
): boolean {
  const writing = writingAction(action);
  if (writing === undefined) return false;
  return writing === "cascade" && event === "delete"
    ? deleteReaches(tables, child, seen)
    : updateReaches(tables, child, folded(key.columns), seen);
}

/** What decides whether a statement is done by rows. */
export interface StatementReach {
  readonly target: FiringTable | undefined;
  readonly event: RowEvent;
  readonly upsert: boolean;
  readonly columns: readonly string[];
  readonly or: string | undefined;
}

/** Whether a statement must be done row by row. */
export function needsRows(tables: FiringTables, statement: StatementReach): boolean {
  const { target, event, upsert } = statement;
  if (target === undefined) return false;
  if (target.table.kind === "view")
    return (
      triggersAt(target, "instead of", "row", upsert ? [event, "upsert"] : [event]).length > 0 ||
      engineTriggersFor(target, event, undefined).length > 0
    );
  if (upsert && hasBefore(target, "upsert", undefined)) return true;
  if (statement.or === "replace" && deleteReaches(tables, target)) return true;
  if (event === "delete") return deleteReaches(tables, target);
  if (event === "update") return updateReaches(tables, target, new Set(statement.columns));
  return hasBefore(target, "insert", undefined) || (upsert && updateReaches(tables, target, undefined));
}
