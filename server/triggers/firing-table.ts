// One table as firing looks at it: its triggers by point and event, its rows, what is captured of them.
import type { ForeignKeySchema, TableSchema } from "../../base/schema.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import type { Shape } from "../../base/value/value.ts";
import type { Trap } from "../../bytecode/trap.ts";
import type { EngineTrigger } from "./engine-trigger.ts";
import type { ReadyTrigger, TriggerEvent, TriggerTiming } from "./types.ts";

/** Events that happen to a row. */
export type RowEvent = Exclude<TriggerEvent, "upsert">;

/** A foreign key, seen from the table that it refers to. */
export interface ChildKey {
  readonly child: TableSchema;
  readonly key: ForeignKeySchema;
}

/** The columns that the bodies of captured triggers look at, as slots in order. */
export interface CapturedSlots {
  readonly old: readonly number[];
  readonly new: readonly number[];
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
  /** The engine's own triggers that we fire (engine-taken.ts), in firing order; found out when all tables are known. */
  readonly engine: EngineTrigger[];
  /** Triggers by point, as they were asked for. */
  readonly points: Map<string, readonly ReadyTrigger[]>;
  /** What is captured by event, once it was asked for. */
  readonly captured: Map<RowEvent, CapturedSlots>;
}

/** One firing: the trigger and, where bits of marks decide, which one must be set. */
export function columnSetOf(table: FiringTable, columns: readonly string[]): number {
  return table.columnSets.findIndex((set) => sameColumns(set, columns));
}

function sameColumns(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, at) => name === right[at]);
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
