// The tables that have triggers of ours, as firing looks at them: which triggers belong to which point and event, what must be captured, how a row looks.
// Made anew when the triggers or the schema changed, once for the whole database: any statement may reach any table by cascades and native triggers.
import type { DatabaseSchema, TableSchema } from "../../base/schema.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import { Shape } from "../../base/value/value.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import type { CaptureRequest } from "../../storage/engine.ts";
import { requestsOf } from "./captured-columns.ts";
import { takeOver } from "./engine-taken.ts";
import { type ChildKey, type FiringTable, type RowEvent, updateColumns } from "./firing-table.ts";
import type { ReadyTrigger, TableTriggers, TriggerRegistry } from "./types.ts";

/** Everything that may fire. */
export interface FiringTables {
  /** The table that a statement names, with triggers or without. */
  find(schema: string | undefined, name: string): FiringTable | undefined;
  of(table: TableSchema): FiringTable;
  /** Triggers that the engine itself has on the table; without those that are ours. */
  nativeOn(table: TableSchema): readonly NativeTrigger[];
  readonly requests: readonly CaptureRequest[];
  /** The engine's own triggers that we fire, as the schema has them. */
  readonly taken: readonly NativeTrigger[];
  /** The table of each request. */
  readonly requestTables: ReadonlyMap<CaptureRequest, FiringTable>;
  /** Tables with triggers. */
  readonly all: readonly FiringTable[];
}

/** A trigger written for the engine. */
export type NativeTrigger = DatabaseSchema["otherNames"][number];

/** Triggers of ours that are stored in the file: what they write has no triggers. */
const OURS = /^gobi_native_/i;

/** Bits of a mark that JavaScript keeps apart. */
const COLUMN_SETS_MAX = 31;

/** A table's columns as result columns. */
export function columnsOf(table: TableSchema): readonly SqlColumn[] {
  return table.columns.map((column) => {
    const scale = column.type === "decimal" ? column.typeArgs[1] : undefined;
    return {
      name: column.name,
      type: column.type ?? "any",
      nullable: column.nullable,
      ...(scale === undefined ? {} : { scale }),
      source: { table: table.name, column: column.name },
    };
  });
}

function capturedEvents(triggers: readonly ReadyTrigger[]): ReadonlySet<RowEvent> {
  const events = new Set<RowEvent>();
  for (const trigger of triggers) {
    if (trigger.timing !== "after" || trigger.way === "native") continue;
    for (const { event } of trigger.events) {
      if (event === "upsert") {
        events.add("insert");
        events.add("update");
      } else events.add(event);
    }
  }
  return events;
}

function columnSetsOf(triggers: readonly ReadyTrigger[]): Pick<FiringTable, "columnSets" | "updatesOf"> {
  const sets = new Map<string, readonly string[]>();
  let any = false;
  for (const trigger of triggers) {
    if (trigger.timing !== "after" || trigger.way === "native") continue;
    if (!trigger.events.some(({ event }) => event === "update" || event === "upsert")) continue;
    const lists = trigger.events.some(({ event }) => event === "upsert") ? undefined : updateColumns(trigger);
    if (lists === undefined) any = true;
    for (const columns of updateColumns(trigger) ?? []) sets.set(JSON.stringify(columns), columns);
  }
  const columnSets = [...sets.values()];
  return any || columnSets.length > 1
    ? { columnSets, updatesOf: any ? [] : [...new Set(columnSets.flat())] }
    : { columnSets: [], updatesOf: columnSets.flat() };
}

function tooManySets(table: TableSchema): Trap {
  return trap(
    "LimitExceeded",
    `The AFTER UPDATE OF triggers of ${table.name} name more than ${COLUMN_SETS_MAX} different lists of columns.`,
  );
}

// A trigger that names no schema stands for a temporary table where main has none of the name.
function triggersOf(
  registry: TriggerRegistry,
  table: TableSchema,
  find: ReturnType<typeof finder>,
): TableTriggers | Trap | undefined {
  try {
    const found = registry.of(table.schema, table.name);
    return found === undefined && table.schema === "temp" && find("main", table.name) === undefined
      ? registry.of("main", table.name)
      : found;
  } catch (error) {
    if (error instanceof Trap) return error;
    throw error;
  }
}

/** Reads the registry for all tables of a database. */
export function readTables(registry: TriggerRegistry, schema: DatabaseSchema): FiringTables {
  const all: FiringTable[] = [];
  const requests: CaptureRequest[] = [];
  const requestTables = new Map<CaptureRequest, FiringTable>();
  const find = finder(schema);
  const children = childrenOf(schema);
  const native = nativeTriggers(schema);
  const known = new Map<TableSchema, FiringTable>();
  const add = (table: TableSchema, found: TableTriggers | Trap | undefined): FiringTable => {
    const firing = firingTable(table, found, children.get(table) ?? []);
    known.set(table, firing);
    return firing;
  };
  for (const table of schema.tables) {
    const found = triggersOf(registry, table, find);
    if (found === undefined) continue;
    const firing = add(table, found);
    all.push(firing);
    for (const request of requestsOf(firing, capturedEvents(firing.triggers))) {
      requests.push(request);
      requestTables.set(request, firing);
    }
  }
  const of = (table: TableSchema): FiringTable => known.get(table) ?? add(table, undefined);
  const tables = {
    all,
    requests,
    requestTables,
    of,
    nativeOn: (table) => native.get(table.name.toLowerCase()) ?? [],
    find: (schemaName, name) => {
      const table = find(schemaName, name);
      return table === undefined ? undefined : of(table);
    },
  } satisfies Omit<FiringTables, "taken">;
  return { ...tables, taken: takeOver({ ...tables, taken: [] }, [...native.values()].flat()) };
}

function nativeTriggers(schema: DatabaseSchema): ReadonlyMap<string, readonly NativeTrigger[]> {
  const byTable = new Map<string, NativeTrigger[]>();
  for (const other of schema.otherNames) {
    if (other.kind !== "trigger" || OURS.test(other.name)) continue;
    const table = other.table.toLowerCase();
    byTable.set(table, [...(byTable.get(table) ?? []), other]);
  }
  return byTable;
}

function firingTable(
  table: TableSchema,
  found: TableTriggers | Trap | undefined,
  children: readonly ChildKey[],
): FiringTable {
  const triggers = found === undefined || found instanceof Trap ? [] : found.triggers;
  const { columnSets, updatesOf } = columnSetsOf(triggers);
  const names = table.columns.map((column) => column.name);
  return {
    table,
    triggers,
    columns: columnsOf(table),
    shape: new Shape("", names),
    columnSets,
    updatesOf,
    refusal: found instanceof Trap ? found : columnSets.length > COLUMN_SETS_MAX ? tooManySets(table) : undefined,
    children,
    engine: [],
    points: new Map(),
    captured: new Map(),
  };
}

function childrenOf(schema: DatabaseSchema): ReadonlyMap<TableSchema, readonly ChildKey[]> {
  const byName = new Map(schema.tables.map((table) => [`${table.schema}.${table.name}`.toLowerCase(), table]));
  const children = new Map<TableSchema, ChildKey[]>();
  for (const child of schema.tables) {
    for (const key of child.foreignKeys) {
      const parent = byName.get(`${child.schema}.${key.table}`.toLowerCase());
      if (parent === undefined) continue;
      const keys = children.get(parent) ?? [];
      keys.push({ child, key });
      children.set(parent, keys);
    }
  }
  return children;
}

// SQLite looks for an unqualified name in temp first, then in main, then in the attached databases.
function finder(schema: DatabaseSchema): (schemaName: string | undefined, name: string) => TableSchema | undefined {
  const bySchema = new Map<string, TableSchema>();
  const byName = new Map<string, TableSchema>();
  const rank = (table: TableSchema): number => (table.schema === "temp" ? 0 : table.schema === "main" ? 1 : 2);
  for (const table of schema.tables) {
    const name = table.name.toLowerCase();
    bySchema.set(`${table.schema.toLowerCase()}.${name}`, table);
    const known = byName.get(name);
    if (known === undefined || rank(table) < rank(known)) byName.set(name, table);
  }
  return (schemaName, name) =>
    schemaName === undefined
      ? byName.get(name.toLowerCase())
      : bySchema.get(`${schemaName.toLowerCase()}.${name.toLowerCase()}`);
}
