// Which triggers fire natively, given everything else that stands on their tables (ARCHITECTURE.md section 6, native).
// Native only where nobody can tell the order: the engine interleaves AFTER ROW triggers with the rows and fires the newest first.
import type { NativeSchema } from "./native-candidate.ts";

/** A trigger as its neighbours see it. */
export interface TriggerNeighbour {
  readonly name: string;
  readonly table: string;
  /** It fires for each row, as a routine: pipelines run once per statement. */
  readonly perRow: boolean;
  /** Its text could be the engine's own (native-candidate.ts). */
  readonly isCandidate: boolean;
  /** Folded names of the tables that it writes, without `main`. */
  readonly writes: ReadonlySet<string>;
}

/** The triggers of a database, by what is asked for. */
export interface Neighbours<T extends TriggerNeighbour> {
  readonly schema: NativeSchema;
  readonly byTable: ReadonlyMap<string, readonly T[]>;
  readonly byWritten: ReadonlyMap<string, readonly T[]>;
}

/** The neighbours among triggers that fire: those that are enabled and bound. */
export function neighboursOf<T extends TriggerNeighbour>(firing: readonly T[], schema: NativeSchema): Neighbours<T> {
  const byTable = new Map<string, T[]>();
  const byWritten = new Map<string, T[]>();
  const add = (map: Map<string, T[]>, key: string, trigger: T): void => {
    const group = map.get(key);
    if (group === undefined) map.set(key, [trigger]);
    else group.push(trigger);
  };
  for (const trigger of firing) {
    add(byTable, trigger.table.toLowerCase(), trigger);
    for (const name of trigger.writes) add(byWritten, name, trigger);
  }
  return { schema, byTable, byWritten };
}

/** Why a trigger that is a candidate cannot fire natively beside the others; undefined: it can. The trigger is one of them, or fires no more. */
export function reasonOfNeighbours<T extends TriggerNeighbour>(
  neighbours: Neighbours<T>,
  trigger: T,
): string | undefined {
  return reasonOfTable(neighbours, trigger) ?? reasonOfWritten(neighbours, trigger);
}

/** How a trigger fires that the engine does not fire itself. */
export function ownWay(timings: readonly string[]): "captured" | "managed" {
  return timings.every((timing) => timing === "after") ? "captured" : "managed";
}

/** What else stands on the trigger's table, or is reached from it. */
function reasonOfTable<T extends TriggerNeighbour>(neighbours: Neighbours<T>, trigger: T): string | undefined {
  const { table, writes } = trigger;
  const { schema } = neighbours;
  if (schema.hasEngineTriggers(table)) return `${table} has triggers of the engine's own`;
  for (const other of neighbours.byTable.get(table.toLowerCase()) ?? []) {
    if (other === trigger || !other.perRow) continue;
    if (!other.isCandidate) return `${other.name} on ${table} is not native`;
    if ([...other.writes].some((name) => writes.has(name))) return `${other.name} writes the same table`;
  }
  if (!reaches(schema, table)) return undefined;
  const rival = [...writes].flatMap((name) => neighbours.byWritten.get(name) ?? []).find((other) => other !== trigger);
  return rival === undefined
    ? undefined
    : `${rival.name} writes the same table, and ${table} has foreign keys that cascade`;
}

/** What else stands on the tables that the trigger writes. */
function reasonOfWritten<T extends TriggerNeighbour>(neighbours: Neighbours<T>, trigger: T): string | undefined {
  const { schema } = neighbours;
  for (const name of trigger.writes) {
    const written = schema.table(name);
    if (neighbours.byTable.has(name)) return `${written?.name ?? name} has triggers`;
    if (schema.hasEngineTriggers(name)) return `${written?.name ?? name} has triggers of the engine's own`;
    if (written === undefined || written.foreignKeys.length > 0) return `${name} has foreign keys`;
    if (schema.tables().some((each) => each.foreignKeys.some((key) => same(key.table, name))))
      return `${name} is referred to by foreign keys`;
  }
  return undefined;
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether writes to the table reach others through foreign keys. */
function reaches(schema: NativeSchema, table: string): boolean {
  return schema
    .tables()
    .some((child) =>
      child.foreignKeys.some(
        (key) =>
          same(key.table, table) &&
          [key.onDelete, key.onUpdate].some((action) => action !== "no action" && action !== "restrict"),
      ),
    );
}
