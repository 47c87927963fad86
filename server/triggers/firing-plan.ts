// What a statement would fire, in which order and way, without running it: for EXPLAIN TRIGGERS FOR.
import type { FiredStatement } from "./after.ts";
import { statementTriggers } from "./after.ts";
import { engineTrigger } from "./engine-trigger.ts";
import { isSwitchedOff } from "./engine-switch.ts";
import { type ColumnNames, namesOneOf, firesFor, referencedColumns, writingAction } from "./reach.ts";
import { type FiringTable, type RowEvent, triggersAt } from "./firing-table.ts";
import type { FiringTables } from "./tables.ts";
import type { ReadyTrigger, TriggerEvent, TriggerTiming, TriggerWay } from "./types.ts";

/** One trigger that may fire. */
export interface PlannedFiring {
  readonly point: `${TriggerTiming} ${"row" | "statement"}`;
  readonly table: string;
  readonly event: TriggerEvent;
  /** Undefined for one that was written for SQLite. */
  readonly trigger: ReadyTrigger | undefined;
  readonly name: string;
  readonly way: TriggerWay;
  /** It fires for rows that a foreign key changes, or that REPLACE pushes out. */
  readonly indirect: boolean;
}

interface Written {
  readonly table: FiringTable;
  readonly event: RowEvent;
  readonly columns: ColumnNames;
  readonly indirect: boolean;
}

function addCascades(tables: FiringTables, written: Written, all: Written[]): void {
  const { table, event, columns } = written;
  if (event === "insert") return;
  for (const { child, key } of table.children) {
    const action = writingAction(event === "delete" ? key.onDelete : key.onUpdate);
    if (action === undefined) continue;
    if (event === "update" && columns !== undefined && !referencedColumns(table, key).some((name) => columns.has(name)))
      continue;
    const names = new Set(key.columns.map((name) => name.toLowerCase()));
    const next: Written =
      action === "cascade" && event === "delete"
        ? { table: tables.of(child), event: "delete", columns: undefined, indirect: true }
        : { table: tables.of(child), event: "update", columns: names, indirect: true };
    if (all.some((other) => other.table === next.table && other.event === next.event && other.indirect)) continue;
    all.push(next);
    addCascades(tables, next, all);
  }
}

/** What a statement writes: its own rows first. */
function writtenBy(tables: FiringTables, statement: FiredStatement, or: string | undefined): readonly Written[] {
  const { target, event, upsert } = statement;
  if (target === undefined) return [];
  const columns = event === "update" ? new Set(statement.columns) : undefined;
  const all: Written[] = [{ table: target, event, columns, indirect: false }];
  if (upsert && event === "insert") all.push({ table: target, event: "update", columns: undefined, indirect: false });
  if (or === "replace") all.push({ table: target, event: "delete", columns: undefined, indirect: true });
  for (const written of all.slice()) addCascades(tables, written, all);
  return all;
}

/** Triggers that were written for SQLite, which fires the last created first; managed where we fire them ourselves. */
function engineFirings(tables: FiringTables, written: Written, timing: TriggerTiming): readonly PlannedFiring[] {
  const { table, event, columns, indirect } = written;
  const all = tables.nativeOn(table.table).flatMap(({ name, schema = "main", sql = "" }) => {
    const trigger = isSwitchedOff(sql) ? undefined : engineTrigger(name, schema, sql);
    return trigger === undefined ? [] : [trigger];
  });
  return all
    .filter((trigger) => trigger.timing === timing && trigger.event === event)
    .filter((trigger) => namesOneOf(trigger.columns, columns))
    .reverse()
    .map(({ name }) => ({
      point: `${timing} row` as const,
      table: table.table.name,
      event,
      trigger: undefined,
      name,
      way: table.engine.length > 0 ? "managed" : "native",
      indirect,
    }));
}

function rowFirings(
  tables: FiringTables,
  statement: FiredStatement,
  written: readonly Written[],
  timing: TriggerTiming,
): readonly PlannedFiring[] {
  return written.flatMap((row) => {
    const { table, event, columns, indirect } = row;
    const isUpsert = statement.upsert && !indirect && event !== "delete";
    const events: readonly TriggerEvent[] = isUpsert ? [event, "upsert"] : [event];
    const native = table.triggers.filter(
      (trigger) =>
        trigger.way === "native" && trigger.timing === timing && trigger.events.some((row) => row.event === event),
    );
    const ours: readonly PlannedFiring[] = [...native, ...triggersAt(table, timing, "row", events)]
      .filter((trigger) => event !== "update" || firesFor(trigger, columns))
      .map((trigger) => ({
        point: `${timing} row` as const,
        table: table.table.name,
        event: trigger.events.some((each) => each.event === event) ? event : ("upsert" as const),
        trigger,
        name: trigger.name,
        way: trigger.way === "native" ? "native" : timing === "after" ? "captured" : "managed",
        indirect,
      }));
    // The engine's own fire with the write: behind BEFORE bodies of ours, ahead of AFTER ones.
    const engine = engineFirings(tables, row, timing);
    return timing === "after" ? [...engine, ...ours] : [...ours, ...engine];
  });
}

/** The triggers that a statement may fire, in the order of their points. Each trigger stands once per point, table and event. */
export function planFirings(
  tables: FiringTables,
  statement: FiredStatement,
  or: string | undefined,
): readonly PlannedFiring[] {
  const written = writtenBy(tables, statement, or);
  const ofStatement = (timing: "before" | "after"): readonly PlannedFiring[] =>
    statementTriggers(statement, timing).map((trigger) => ({
      point: `${timing} statement` as const,
      table: statement.target?.table.name ?? "",
      event: statement.event,
      trigger,
      name: trigger.name,
      way: timing === "after" ? "captured" : "managed",
      indirect: false,
    }));
  const isView = statement.target?.table.kind === "view";
  const all = [
    ...ofStatement("before"),
    ...rowFirings(tables, statement, written, isView ? "instead of" : "before"),
    ...(isView ? [] : rowFirings(tables, statement, written, "after")),
    ...ofStatement("after"),
  ];
  return all.filter(
    (firing, at) =>
      all.findIndex(
        (other) =>
          other.trigger === firing.trigger &&
          other.name === firing.name &&
          other.point === firing.point &&
          other.indirect === firing.indirect,
      ) === at,
  );
}
