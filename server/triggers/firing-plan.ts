// What a statement would fire, in which order and way, without running it: for EXPLAIN TRIGGERS FOR.
import type { FiredStatement } from "./after.ts";
import { statementTriggers } from "./after.ts";
import { type ColumnNames, firesFor, referencedColumns, writingAction } from "./reach.ts";
import { type FiringTable, type RowEvent, triggersAt } from "./firing-table.ts";
import type { FiringTables } from "./tables.ts";
import type { ReadyTrigger, TriggerEvent, TriggerTiming, TriggerWay } from "./types.ts";

/** One trigger that may fire. */
export interface PlannedFiring {
  readonly point: `${TriggerTiming} ${"row" | "statement"}`;
  readonly table: string;
  readonly event: TriggerEvent;
  readonly trigger: ReadyTrigger;
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

function rowFirings(
  statement: FiredStatement,
  written: readonly Written[],
  timing: TriggerTiming,
): readonly PlannedFiring[] {
  return written.flatMap(({ table, event, columns, indirect }) => {
    const isUpsert = statement.upsert && !indirect && event !== "delete";
    const events: readonly TriggerEvent[] = isUpsert ? [event, "upsert"] : [event];
    const native = table.triggers.filter(
      (trigger) =>
        trigger.way === "native" && trigger.timing === timing && trigger.events.some((row) => row.event === event),
    );
    return [...native, ...triggersAt(table, timing, "row", events)]
      .filter((trigger) => event !== "update" || firesFor(trigger, columns))
      .map((trigger) => ({
        point: `${timing} row` as const,
        table: table.table.name,
        event: trigger.events.some((row) => row.event === event) ? event : ("upsert" as const),
        trigger,
        way: trigger.way === "native" ? "native" : timing === "after" ? "captured" : "managed",
        indirect,
      }));
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
      way: timing === "after" ? "captured" : "managed",
      indirect: false,
    }));
  const isView = statement.target?.table.kind === "view";
  const all = [
    ...ofStatement("before"),
    ...rowFirings(statement, written, isView ? "instead of" : "before"),
    ...(isView ? [] : rowFirings(statement, written, "after")),
    ...ofStatement("after"),
  ];
  return all.filter(
    (firing, at) =>
      all.findIndex(
        (other) =>
          other.trigger === firing.trigger && other.point === firing.point && other.indirect === firing.indirect,
      ) === at,
  );
}
