// LIST TRIGGERS and SHOW TRIGGER: stored triggers with what they call, how they fire and why, what they did; and the engine's own triggers.
import type { Value } from "../../base/value/value.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows } from "../sql/rows.ts";
import type { KnownTrigger } from "../triggers/registry.ts";
import { engineTrigger } from "../triggers/engine-trigger.ts";
import { isSwitchedOff, switchedOn } from "../triggers/engine-switch.ts";
import { engineTriggers } from "./engine-triggers.ts";
import { tableFromRows, type ManageWorld } from "./world.ts";

/** Columns of LIST TRIGGERS. */
export const TRIGGER_COLUMNS = ["name", "timing", "events", "target", "each", "calls", "class", "enabled"] as const;

/** The rows of LIST TRIGGERS, by name; the engine's own triggers after ours. */
export function triggerRows(world: ManageWorld): readonly (readonly Value[])[] {
  const own = [...world.triggers.all()].sort((left, right) => (left.stored.name < right.stored.name ? -1 : 1));
  const byName = [...engineTriggers(world)].sort((left, right) => (left.name < right.name ? -1 : 1));
  const engine = byName.map(({ name, schema = "main", table, sql = "" }) => {
    const parts = engineTrigger(name, schema, sql);
    const events = parts && eventText(parts.event, parts.columns);
    const state = isSwitchedOff(sql) ? "no" : "yes";
    return [name, parts?.timing ?? null, events ?? null, table, "row", "its body", "native", state] as const;
  });
  return [...own.map((trigger) => listed(world, trigger)), ...engine];
}

function listed(world: ManageWorld, trigger: KnownTrigger): readonly Value[] {
  const { stored, definition } = trigger;
  return [
    stored.name,
    definition.timings.join(", "),
    eventsOf(trigger),
    definition.schema === undefined ? definition.table : `${definition.schema}.${definition.table}`,
    definition.each,
    callsOf(trigger),
    classOf(trigger),
    stored.enabled ? (world.triggers.isOn(trigger) ? "yes" : "not in this session") : "no",
  ];
}

function eventsOf({ definition }: KnownTrigger): string {
  return definition.events.map(({ event, columns }) => eventText(event, columns)).join(", ");
}

function eventText(event: string, columns: readonly string[]): string {
  return columns.length === 0 ? event : `${event} of ${columns.join(", ")}`;
}

/** What it calls, for people. */
export function callsOf({ call, definition }: KnownTrigger): string {
  switch (call.kind) {
    case "body":
      return "its body";
    case "routine":
      return call.routine.name;
    case "pipeline":
      return `pipeline ${call.name}`;
    case "unbound":
      return definition.call ?? definition.name;
  }
}

/** How it fires: native, captured, managed; `async` after the commit; `unbound` not at all. */
export function classOf({ call, definition, way }: KnownTrigger): string {
  if (call.kind === "unbound") return "unbound";
  if (call.kind === "pipeline" || definition.isAsync) return "async";
  return way;
}

/** SHOW TRIGGER as one row; undefined when there is none of that name. */
export function showTrigger(world: ManageWorld, name: string): Value | undefined {
  const wanted = name.toLowerCase();
  const names = ["name", "enabled", "class", "reason", "calls", "status", "fired", "failed", "skipped", "source"];
  const trigger = world.triggers.all().find(({ stored }) => stored.name.toLowerCase() === wanted);
  if (trigger !== undefined) return tableFromRows(names, [shown(world, trigger)]);
  const engine = engineTriggers(world).find((other) => other.name.toLowerCase() === wanted);
  return engine === undefined
    ? undefined
    : tableFromRows(names, [
        [
          engine.name,
          !isSwitchedOff(engine.sql ?? ""),
          "native",
          null,
          "its body",
          "valid",
          null,
          null,
          null,
          switchedOn(engine.sql ?? ""),
        ],
      ]);
}

function shown(world: ManageWorld, trigger: KnownTrigger): readonly Value[] {
  const { stored } = trigger;
  const sql = `SELECT coalesce(sum(fired), 0), coalesce(sum(failed), 0), coalesce(sum(skipped_when), 0) FROM ${storedTable("trigger_stats")} WHERE trigger_id = ?`;
  const [counts] = readRows(world.connection, sql, [stored.id]);
  return [
    stored.name,
    world.triggers.isOn(trigger),
    classOf(trigger),
    stored.program?.wayReason ?? null,
    callsOf(trigger),
    trigger.call.kind === "unbound" ? "unbound" : (stored.program?.status ?? "valid"),
    counts?.[0] ?? 0,
    counts?.[1] ?? 0,
    counts?.[2] ?? 0,
    stored.source,
  ];
}
