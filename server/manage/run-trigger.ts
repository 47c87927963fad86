// RUN TRIGGER t WITH {new: {…}, old: {…}}: fires a trigger by hand and tells what it did. It is a statement like any other: what the body writes stays
// unless the transaction is undone.
import { StructValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { numberOf, readRows } from "../sql/rows.ts";
import { eventOf, type HandFiring } from "../triggers/by-hand.ts";
import { engineTrigger } from "../triggers/engine-trigger.ts";
import { isSwitchedOff } from "../triggers/engine-switch.ts";
import type { KnownTrigger } from "../triggers/registry.ts";
import { engineTriggers } from "./engine-triggers.ts";
import { noSuchObject, tableFromRows, type ManageWorld } from "./world.ts";

/** What WITH may hold. */
const FIELDS: ReadonlySet<string> = new Set(["new", "old", "event", "timing"]);

/** Fires it; gives one row. @throws Trap of the body; WrongArguments, ObjectDisabled, NoSuchObject. */
export function runTrigger(world: ManageWorld, name: string, given: Value | undefined): Value {
  const fields = fieldsOf(given);
  const before = totalChanges(world);
  const firing = ourFiring(world, name, fields) ?? engineFiring(world, name, fields);
  if (firing === undefined) return noSuchObject("trigger", name);
  const { outcome, row } = world.fireByHand(firing);
  return tableFromRows(
    ["trigger", "event", "outcome", "rows_written", "row"],
    [[firing.trigger.name, firing.event, outcome, totalChanges(world) - before, row ?? null]],
  );
}

function totalChanges(world: ManageWorld): number {
  return numberOf(readRows(world.connection, "SELECT total_changes()")[0]?.[0]);
}

type Fields = ReadonlyMap<string, Value>;

function fieldsOf(given: Value | undefined): Fields {
  if (given === undefined || given === null) return new Map();
  const entries =
    given instanceof StructValue
      ? given.shape.fields.map((field, slot) => [field.toLowerCase(), given.slots[slot] ?? null] as const)
      : undefined;
  const wrong = entries?.find(([field]) => !FIELDS.has(field))?.[0];
  if (entries === undefined || wrong !== undefined)
    throw trap(
      "WrongArguments",
      `RUN TRIGGER … WITH takes new, old, event and timing${wrong === undefined ? "" : `, not ${wrong}`}, for example WITH {new: {id: 1}}.`,
    );
  return new Map(entries);
}

function textIn(fields: Fields, field: string): string | undefined {
  const value = fields.get(field) ?? null;
  return value === null ? undefined : String(value);
}

type Rows = Pick<HandFiring, "now" | "old">;

function rowsIn(fields: Fields): Rows {
  return { now: fields.get("new") ?? undefined, old: fields.get("old") ?? undefined };
}

function eventIn(name: string, events: HandFiring["event"][], fields: Fields): HandFiring["event"] {
  const { now, old } = rowsIn(fields);
  return eventOf(name, events, textIn(fields, "event"), { now: now !== undefined, old: old !== undefined });
}

function ourFiring(world: ManageWorld, wanted: string, fields: Fields): HandFiring | undefined {
  const known = world.triggers.all().find(({ stored }) => stored.name.toLowerCase() === wanted.toLowerCase());
  if (known === undefined) return undefined;
  refuse(world, known);
  const { definition, stored } = known;
  const timing = textIn(fields, "timing")?.toLowerCase();
  const trigger = world.triggers
    .of(definition.schema, definition.table)
    ?.triggers.find((ready) => ready.id === stored.id && (timing === undefined || ready.timing === timing));
  if (trigger === undefined)
    throw trap(
      "WrongArguments",
      `Trigger ${stored.name} does not fire ${timing ?? ""}; it fires ${definition.timings.join(", ")}.`,
    );
  const event = eventIn(
    stored.name,
    trigger.events.map((row) => row.event),
    fields,
  );
  return { schema: definition.schema, table: definition.table, trigger, event, ...rowsIn(fields) };
}

/** Those that could not fire by themselves do not fire by hand either. */
function refuse(world: ManageWorld, { stored, call, definition, ...rest }: KnownTrigger): void {
  const { name } = stored;
  if (!world.triggers.isOn({ stored, call, definition, ...rest }))
    throw trap("ObjectDisabled", `Trigger ${name} is disabled; ENABLE TRIGGER ${name} lets it fire.`);
  if (call.kind === "pipeline")
    throw trap(
      "WrongArguments",
      `Trigger ${name} asks for a run of a pipeline: RUN PIPELINE ${call.name} does that by hand.`,
    );
  if (call.kind === "unbound")
    throw trap(
      "NoSuchRoutine",
      `Trigger ${name} is unbound: there is nothing named ${definition.call ?? name} that it could call.`,
    );
}

function engineFiring(world: ManageWorld, wanted: string, fields: Fields): HandFiring | undefined {
  const row = engineTriggers(world).find((other) => other.name.toLowerCase() === wanted.toLowerCase());
  if (row === undefined) return undefined;
  const { name, schema = "main", table, sql = "" } = row;
  if (isSwitchedOff(sql))
    throw trap("ObjectDisabled", `Trigger ${name} is disabled; ENABLE TRIGGER ${name} lets it fire.`);
  const trigger = engineTrigger(name, schema, sql);
  if (trigger === undefined)
    throw trap(
      "NotImplemented",
      `The text of the SQLite trigger ${name} is not understood here, so it cannot be fired by hand.`,
    );
  const timing = textIn(fields, "timing")?.toLowerCase();
  if (timing !== undefined && timing !== trigger.timing)
    throw trap("WrongArguments", `Trigger ${name} does not fire ${timing}; it fires ${trigger.timing}.`);
  return { schema, table, trigger, event: eventIn(name, [trigger.event], fields), ...rowsIn(fields) };
}
