// The tables that have triggers of ours, as firing looks at them: which triggers belong to which point and event, what must be captured, how a row looks.
// Made anew when the triggers or the schema changed, once for the whole database: any statement may reach any table by cascades and native triggers.
import type { DatabaseSchema, ForeignKeySchema, TableSchema } from "../../base/schema.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import { Shape } from "../../base/value/value.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import type { CaptureRequest } from "../../storage/engine.ts";
import { type BodyShape, shapeOfBody } from "./body-shape.ts";
import type { ReadyTrigger, TableTriggers, TriggerEvent, TriggerRegistry, TriggerTiming } from "./types.ts";

/** Events that happen to a row. */
export type RowEvent = Exclude<TriggerEvent, "upsert">;

/** A foreign key, seen from the table that it refers to. */
export interface ChildKey {
  readonly child: TableSchema;
  readonly key: ForeignKeySchema;
}

/** A table or view, with its enabled triggers if it has any. */
export interface FiringTable {
  readonly table: TableSchema;
  readonly triggers: readonly ReadyTrigger[];
  /** All columns, read as their types. */
  readonly columns: readonly SqlColumn[];
  readonly shape: Shape;
  /** Lists of columns of AFTER UPDATE OF triggers where they must be told apart; the bits of marks. */
  readonly columnSets: readonly (readonly string[])[];
  /** Columns of which an update must name one to be captured; empty: any. */
  readonly updatesOf: readonly string[];
  /** The triggers cannot be compiled: every write to the table fails with this. */
  readonly refusal: Trap | undefined;
  readonly children: readonly ChildKey[];
  /** Triggers by point, as they were asked for. */
  readonly points: Map<string, readonly ReadyTrigger[]>;
  /** What is captured by event, once it was asked for. */
  readonly captured: Map<RowEvent, CapturedSlots>;
}

/** Everything that may fire. */
export interface FiringTables {
  /** The table that a statement names, with triggers or without. */
  find(schema: string | undefined, name: string): FiringTable | undefined;
  of(table: TableSchema): FiringTable;
  /** Whether the engine has triggers of its own on the table. */
  nativeOn(table: TableSchema): boolean;
  readonly requests: readonly CaptureRequest[];
  /** The table of each request. */
  readonly requestTables: ReadonlyMap<CaptureRequest, FiringTable>;
  /** Tables with triggers. */
  readonly all: readonly FiringTable[];
}

/** Bits of a mark that JavaScript keeps apart. */
const COLUMN_SETS_MAX = 31;

/** One firing: the trigger and, where bits of marks decide, which one must be set. */
export function columnSetOf(table: FiringTable, columns: readonly string[]): number {
  return table.columnSets.findIndex((set) => sameColumns(set, columns));
}

function sameColumns(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, at) => name === right[at]);
}

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

/** The triggers of a point in the order in which they fire: those for upsert first, each once. */
export function triggersAt(
  table: FiringTable,
  timing: TriggerTiming,
  each: "row" | "statement",
  events: readonly TriggerEvent[],
): readonly ReadyTrigger[] {
  if (table.triggers.length === 0) return table.triggers;
  const [first, second] = events;
  if (each === "row" && first !== undefined && events.length <= 2 && (second === undefined || second === "upsert"))
    return rowTriggersAt(table, ROW_POINTS[timing][second ?? "alone"][first]);
  return findTriggersAt(table, timing, each, events);
}

/** A point of row triggers, with the name under which its triggers are kept: it is asked for each row. */
interface RowPoint {
  readonly key: string;
  readonly timing: TriggerTiming;
  readonly events: readonly TriggerEvent[];
}

function rowPoints(timing: TriggerTiming, also: readonly TriggerEvent[]): Readonly<Record<TriggerEvent, RowPoint>> {
  const point = (event: TriggerEvent): RowPoint => ({
    key: `${timing} ${event} ${also.join()}`,
    timing,
    events: [event, ...also],
  });
  return { insert: point("insert"), update: point("update"), delete: point("delete"), upsert: point("upsert") };
}

const ROW_POINTS: Readonly<
  Record<TriggerTiming, Readonly<Record<"alone" | "upsert", Readonly<Record<TriggerEvent, RowPoint>>>>>
> = {
  before: { alone: rowPoints("before", []), upsert: rowPoints("before", ["upsert"]) },
  after: { alone: rowPoints("after", []), upsert: rowPoints("after", ["upsert"]) },
  "instead of": { alone: rowPoints("instead of", []), upsert: rowPoints("instead of", ["upsert"]) },
};

function rowTriggersAt(table: FiringTable, { key, timing, events }: RowPoint): readonly ReadyTrigger[] {
  let found = table.points.get(key);
  if (found === undefined) {
    found = findTriggersAt(table, timing, "row", events);
    table.points.set(key, found);
  }
  return found;
}

function findTriggersAt(
  table: FiringTable,
  timing: TriggerTiming,
  each: "row" | "statement",
  events: readonly TriggerEvent[],
): readonly ReadyTrigger[] {
  const at = table.triggers.filter(
    (trigger) => trigger.timing === timing && trigger.each === each && trigger.way !== "native",
  );
  const has = (trigger: ReadyTrigger, wanted: (event: TriggerEvent) => boolean): boolean =>
    trigger.events.some(({ event }) => events.includes(event) && wanted(event));
  const first = at.filter((trigger) => has(trigger, (event) => event === "upsert"));
  return [...first, ...at.filter((trigger) => !first.includes(trigger) && has(trigger, () => true))];
}

/** The lists of columns that decide about a trigger for an update; undefined when any update fires it. */
export function updateColumns(trigger: ReadyTrigger): readonly (readonly string[])[] | undefined {
  const lists = trigger.events.filter(({ event }) => event === "update").map(({ columns }) => columns);
  return lists.length === 0 || lists.some((columns) => columns.length === 0) ? undefined : lists;
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

function triggersOf(registry: TriggerRegistry, table: TableSchema): TableTriggers | Trap | undefined {
  try {
    return registry.of(table.schema, table.name);
  } catch (error) {
    if (error instanceof Trap) return error;
    throw error;
  }
}

const ROW_EVENTS: readonly RowEvent[] = ["insert", "update", "delete"];

/** Reads the registry for all tables of a database. */
export function readTables(registry: TriggerRegistry, schema: DatabaseSchema): FiringTables {
  const all: FiringTable[] = [];
  const requests: CaptureRequest[] = [];
  const requestTables = new Map<CaptureRequest, FiringTable>();
  const find = finder(schema);
  const children = childrenOf(schema);
  const native = new Set(
    schema.otherNames.filter(({ kind }) => kind === "trigger").map(({ table }) => table.toLowerCase()),
  );
  const known = new Map<TableSchema, FiringTable>();
  const add = (table: TableSchema, found: TableTriggers | Trap | undefined): FiringTable => {
    const firing = firingTable(table, found, children.get(table) ?? []);
    known.set(table, firing);
    return firing;
  };
  for (const table of schema.tables) {
    const found = triggersOf(registry, table);
    if (found === undefined) continue;
    const firing = add(table, found);
    all.push(firing);
    for (const request of requestsOf(firing)) {
      requests.push(request);
      requestTables.set(request, firing);
    }
  }
  const of = (table: TableSchema): FiringTable => known.get(table) ?? add(table, undefined);
  return {
    all,
    requests,
    requestTables,
    of,
    nativeOn: (table) => native.has(table.name.toLowerCase()),
    find: (schemaName, name) => {
      const table = find(schemaName, name);
      return table === undefined ? undefined : of(table);
    },
  };
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
    points: new Map(),
    captured: new Map(),
  };
}

/** The columns that the bodies of captured triggers look at, as slots in order. */
export interface CapturedSlots {
  readonly old: readonly number[];
  readonly new: readonly number[];
}

/** What AFTER triggers must be given of the rows of an event. */
export function capturedSlots(firing: FiringTable, event: RowEvent): CapturedSlots {
  const known = firing.captured.get(event);
  if (known !== undefined) return known;
  const all = firing.table.columns.map((_, slot) => slot);
  const reads = readsOf(firing, event);
  const some = (side: "new" | "old"): readonly number[] =>
    reads === undefined ? all : all.filter((slot) => reads.some((read) => read[side].has(slot)));
  const slots = { old: event === "insert" ? [] : some("old"), new: event === "delete" ? [] : some("new") };
  firing.captured.set(event, slots);
  return slots;
}

type Reads = NonNullable<BodyShape["reads"]>;

/** What each body reads; undefined when one may look at anything. */
function readsOf(firing: FiringTable, event: RowEvent): readonly Reads[] | undefined {
  const reads: Reads[] = [];
  for (const trigger of firing.triggers) {
    const concerned = trigger.events.some(
      (row) => row.event === event || (row.event === "upsert" && event !== "delete"),
    );
    if (trigger.timing !== "after" || trigger.way === "native" || !concerned) continue;
    if (trigger.each === "statement" || trigger.outbox !== undefined) return undefined;
    const shape = bodyReads(trigger);
    if (shape === undefined) return undefined;
    reads.push(...shape);
  }
  return reads;
}

function bodyReads(trigger: ReadyTrigger): readonly Reads[] | undefined {
  try {
    const { reads } = shapeOfBody(trigger.body);
    const condition = trigger.when === undefined ? NO_READS : shapeOfBody(trigger.when).reads;
    return reads === undefined || condition === undefined ? undefined : [reads, condition];
  } catch (error) {
    // A body that no longer compiles is an error when it is to be called.
    if (error instanceof Trap) return undefined;
    throw error;
  }
}

const NO_READS: Reads = { new: new Set(), old: new Set() };

function requestsOf(firing: FiringTable): readonly CaptureRequest[] {
  const { table, refusal } = firing;
  const columns = (slots: readonly number[]): readonly SqlColumn[] =>
    slots.flatMap((slot) => firing.columns[slot] ?? []);
  if (table.kind !== "table") return [];
  const events = capturedEvents(firing.triggers);
  return ROW_EVENTS.filter((event) => events.has(event) || refusal !== undefined).map((event) => ({
    schema: table.schema,
    table: table.name,
    event,
    old: columns(capturedSlots(firing, event).old),
    new: columns(capturedSlots(firing, event).new),
    only: event === "update" ? firing.updatesOf : [],
    columnSets: event === "update" ? firing.columnSets : [],
    refusal,
  }));
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
