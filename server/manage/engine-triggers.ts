// Triggers that SQLite's own CREATE TRIGGER made, in lists and switched off: the engine knows no switch, so one that is off keeps its text and never fires, by a WHEN that is false.
// It is off for every program that opens the file, as DISABLE TRIGGER promises.
import type { DatabaseSchema } from "../../base/schema.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { writeRows } from "../sql/rows.ts";
import { putBack, takeOut } from "../triggers/engine-taken.ts";
import { isSwitchedOff, switchedOff, switchedOn } from "../triggers/engine-switch.ts";
import type { ManageWorld } from "./world.ts";

type OtherName = DatabaseSchema["otherNames"][number];

/** Triggers that SQLite's own CREATE TRIGGER made, without those that stand for ours. */
export function engineTriggers(world: ManageWorld): readonly OtherName[] {
  return world.connection
    .introspect()
    .otherNames.filter((other) => other.kind === "trigger" && !other.name.toLowerCase().startsWith(CATALOG_PREFIX));
}

/** Switches those of a name, of a table, or all on or off; gives how many it names. Inside a transaction. @throws EngineError. */
export function switchEngineTriggers(
  world: ManageWorld,
  enabled: boolean,
  name: string | undefined,
  table: string | undefined,
): number {
  const same = (left: string, right: string | undefined): boolean =>
    right === undefined || left.toLowerCase() === right.toLowerCase();
  const all = engineTriggers(world);
  const named = all.filter((other) => same(other.name, name) && same(other.table, table));
  const changed = new Map(
    named
      .filter(({ sql = "" }) => isSwitchedOff(sql) === enabled)
      .map((other) => [other, { ...other, sql: (enabled ? switchedOn : switchedOff)(other.sql ?? "") }] as const),
  );
  // The order of creation is the order of firing: a table's triggers are made anew together.
  const tables = new Set([...changed.keys()].map((other) => other.table.toLowerCase()));
  const anew = all.filter((other) => tables.has(other.table.toLowerCase()));
  const run = (sql: string): void => void writeRows(world.connection, sql);
  takeOut(anew, run);
  putBack(
    world.connection,
    anew.map((other) => changed.get(other) ?? other),
    run,
  );
  if (changed.size > 0) world.schemaChanged();
  return named.length;
}
