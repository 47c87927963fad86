// Which of the engine's own triggers we fire ourselves: those of a table where one of them writes rows that triggers of ours must see before they are written, or whose
// statement they must see. For a statement that meets such a table they are taken out of the file inside its transaction, where nobody else sees it, and put back after it.
import type { DatabaseSchema } from "../../base/schema.ts";
import type { Connection } from "../../storage/engine.ts";
import { readRows } from "../sql/rows.ts";
import { type BodyWrite, type EngineTrigger, engineTrigger } from "./engine-trigger.ts";
import type { FiringTable } from "./firing-table.ts";
import { needsRows } from "./reach.ts";
import type { FiringTables, NativeTrigger } from "./tables.ts";

interface Group {
  readonly table: FiringTable;
  readonly triggers: readonly { readonly row: NativeTrigger; readonly trigger: EngineTrigger }[];
}

/** Gives the tables the triggers that we fire there; returns their rows of the schema, in the order of creation. */
export function takeOver(tables: FiringTables, rows: readonly NativeTrigger[]): readonly NativeTrigger[] {
  // A table without triggers of ours anywhere leaves the engine alone.
  if (tables.all.length === 0) return [];
  const taken = new Set<NativeTrigger>();
  let waiting = groupsOf(tables, rows);
  for (let more = true; more; ) {
    const found = waiting.filter(({ triggers }) =>
      triggers.some(({ trigger }) =>
        trigger.body.some(({ write }) => write !== undefined && mayNeedUs(tables, trigger, write)),
      ),
    );
    more = found.length > 0;
    waiting = waiting.filter((group) => !found.includes(group));
    for (const { table, triggers } of found) {
      for (const { row } of triggers) taken.add(row);
      // The engine fires the last created first, and those of the temporary database before others.
      const last = triggers.map(({ trigger }) => trigger).reverse();
      const isTemp = ({ schema }: EngineTrigger): boolean => schema === "temp";
      table.engine.push(...last.filter(isTemp), ...last.filter((trigger) => !isTemp(trigger)));
    }
  }
  return rows.filter((row) => taken.has(row));
}

function groupsOf(tables: FiringTables, rows: readonly NativeTrigger[]): readonly Group[] {
  const groups = new Map<FiringTable, Group["triggers"][number][]>();
  for (const row of rows) {
    const trigger = engineTrigger(row.name, row.schema ?? "main", row.sql ?? "");
    const table = trigger && tableOf(tables, trigger, ...trigger.on);
    if (trigger === undefined || table === undefined) continue;
    groups.set(table, [...(groups.get(table) ?? []), { row, trigger }]);
  }
  return [...groups].map(([table, triggers]) => ({ table, triggers }));
}

// Names in a trigger mean its own database; in one of the temporary database they mean any.
function tableOf(
  tables: FiringTables,
  { schema }: EngineTrigger,
  wanted: string | undefined,
  name: string,
): FiringTable | undefined {
  return tables.find(wanted ?? (schema === "temp" ? undefined : schema), name);
}

/** Whether what a body writes must be done by us. */
export function needsUs(tables: FiringTables, trigger: EngineTrigger, write: BodyWrite): boolean {
  const target = tableOf(tables, trigger, write.schema, write.table);
  if (target === undefined) return false;
  const { event, upsert } = write;
  return (
    needsRows(tables, { ...write, target }) ||
    target.triggers.some(
      (own) =>
        (own.each === "statement" && own.events.some((row) => row.event === event)) ||
        (upsert && own.events.some((row) => row.event === "upsert")),
    )
  );
}

// The firing statement may say OR REPLACE.
function mayNeedUs(tables: FiringTables, trigger: EngineTrigger, write: BodyWrite): boolean {
  return needsUs(tables, trigger, write) || needsUs(tables, trigger, { ...write, or: "replace" });
}

/** The schema as it was before triggers were taken away. */
export function withTaken(schema: DatabaseSchema, taken: readonly NativeTrigger[]): DatabaseSchema {
  const there = new Set(schema.otherNames.map(keyOf));
  const missing = taken.filter((row) => !there.has(keyOf(row)));
  return missing.length === 0 ? schema : { ...schema, otherNames: [...schema.otherNames, ...missing] };
}

function keyOf({ kind, schema, name }: NativeTrigger): string {
  return `${kind} ${schema ?? "main"}.${name}`.toLowerCase();
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Runs a statement of ours that changes the schema. */
type RunText = (sql: string) => void;

/** Takes triggers out of the file. Inside a transaction. @throws Trap. */
export function takeOut(taken: readonly NativeTrigger[], run: RunText): void {
  for (const { schema, name } of taken) run(`DROP TRIGGER ${quoteName(schema ?? "main")}.${quoteName(name)}`);
}

/** Puts them back, in the order in which they were. @throws Trap. */
export function putBack(connection: Connection, taken: readonly NativeTrigger[], run: RunText): void {
  for (const trigger of taken) {
    const { schema = "main", sql = "" } = trigger;
    // The engine may have undone the transaction, and the dropping with it.
    if (!isThere(connection, trigger))
      run(sql.replace(/^CREATE\s+TRIGGER\s+/iu, `CREATE TRIGGER ${quoteName(schema)}.`));
  }
}

/** Whether the file holds a trigger now. @throws EngineError. */
export function isThere(connection: Connection, { schema = "main", name }: NativeTrigger): boolean {
  const sql = `SELECT 1 FROM ${quoteName(schema)}.sqlite_schema WHERE type = 'trigger' AND name = ?`;
  return readRows(connection, sql, [name]).length > 0;
}
