// What AFTER triggers must be given of written rows: the columns that their bodies look at. Each column that is not captured saves 50 ns a row.
import type { SqlColumn } from "../../base/sql-form.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { CaptureRequest } from "../../storage/engine.ts";
import { type BodyShape, shapeOfBody } from "./body-shape.ts";
import type { CapturedSlots, FiringTable, RowEvent } from "./firing-table.ts";
import type { ReadyTrigger } from "./types.ts";

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

const ROW_EVENTS: readonly RowEvent[] = ["insert", "update", "delete"];

/** What is to be captured of a table. `events`: those that AFTER triggers wait for. */
export function requestsOf(firing: FiringTable, events: ReadonlySet<RowEvent>): readonly CaptureRequest[] {
  const { table, refusal } = firing;
  const columns = (slots: readonly number[]): readonly SqlColumn[] =>
    slots.flatMap((slot) => firing.columns[slot] ?? []);
  if (table.kind !== "table") return [];
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
