// Keeps the engine's own triggers in step with ours: which of them fire natively now, given everything else that stands on their tables, and their statements in the file.
// Native only where nobody can tell the order: the engine interleaves AFTER ROW triggers with the rows and fires the newest first.
import type { DatabaseSchema } from "../../base/schema.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { NATIVE_PREFIX, nativeName } from "./native-candidate.ts";
import type { KnownTrigger } from "./registry.ts";

/** What deciding needs. */
interface NativeWorld {
  readonly connection: Connection;
  /** False: none may be. */
  readonly allowed: boolean;
  readonly triggers: readonly KnownTrigger[];
  readonly schema: DatabaseSchema;
}

/** Decides anew and makes the file so. True when something was changed. Runs inside the caller's transaction. @throws EngineError. */
export function syncNative(world: NativeWorld): boolean {
  const wanted = new Map<string, string>();
  const lookup = lookupOf(world);
  let changed = false;
  for (const trigger of world.triggers) {
    const { stored } = trigger;
    const { program } = stored;
    if (program === undefined) continue;
    const reason = stored.enabled ? reasonAgainst(lookup, trigger) : undefined;
    const native = stored.enabled && reason === undefined;
    if (native && program.nativeText !== undefined)
      wanted.set(nativeName(stored.name).toLowerCase(), program.nativeText);
    const otherwise = trigger.definition.timings.every((timing) => timing === "after") ? "captured" : "managed";
    const way = native ? "native" : otherwise;
    if (program.way === way && program.wayReason === reason) continue;
    // A disabled trigger keeps its reason.
    if (!stored.enabled && program.way === way) continue;
    changed = true;
    writeRows(
      world.connection,
      `UPDATE ${storedTable("trigger_programs")} SET way = ?, way_reason = ? WHERE trigger_id = ?`,
      [way, reason ?? null, stored.id],
    );
  }
  return syncFile(world.connection, wanted) || changed;
}

function syncFile(connection: Connection, wanted: ReadonlyMap<string, string>): boolean {
  const there = new Map(
    nativeTriggers(connection).map(({ name, text }) => [name.toLowerCase(), { name, text }] as const),
  );
  let changed = false;
  for (const [key, { name, text }] of there) {
    if (wanted.get(key) === text) continue;
    writeRows(connection, `DROP TRIGGER main."${name.replaceAll('"', '""')}"`);
    there.delete(key);
    changed = true;
  }
  for (const [key, text] of wanted) {
    if (there.has(key)) continue;
    writeRows(connection, text);
    changed = true;
  }
  return changed;
}

/** The engine's triggers that stand for ours, as they are in the file. @throws EngineError. */
export function nativeTriggers(connection: Connection): readonly { readonly name: string; readonly text: string }[] {
  const sql = `SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ${NATIVE_PREFIX.length}) = '${NATIVE_PREFIX}'`;
  return readRows(connection, sql).map((row) => ({ name: textOf(row[0]), text: textOf(row[1]) }));
}

/** What deciding looks up for each trigger. */
interface Lookup {
  readonly world: NativeWorld;
  readonly writes: ReadonlyMap<KnownTrigger, ReadonlySet<string>>;
  /** Enabled and bound triggers by folded name of their table. */
  readonly byTable: ReadonlyMap<string, readonly KnownTrigger[]>;
  /** The same by folded names of the tables that they write. */
  readonly byWritten: ReadonlyMap<string, readonly KnownTrigger[]>;
  /** Triggers of the engine's own, by folded name of their table. */
  readonly engine: ReadonlySet<string>;
}

function lookupOf(world: NativeWorld): Lookup {
  const writes = new Map(world.triggers.map((trigger) => [trigger, writtenBy(trigger)]));
  const byTable = new Map<string, KnownTrigger[]>();
  const byWritten = new Map<string, KnownTrigger[]>();
  const add = (map: Map<string, KnownTrigger[]>, key: string, trigger: KnownTrigger): void => {
    const group = map.get(key);
    if (group === undefined) map.set(key, [trigger]);
    else group.push(trigger);
  };
  for (const trigger of world.triggers) {
    if (!trigger.stored.enabled || trigger.call.kind === "unbound") continue;
    add(byTable, trigger.definition.table.toLowerCase(), trigger);
    for (const name of writes.get(trigger) ?? []) add(byWritten, name, trigger);
  }
  const engine = world.schema.otherNames.filter(
    (other) => other.kind === "trigger" && !other.name.toLowerCase().startsWith(NATIVE_PREFIX),
  );
  return { world, writes, byTable, byWritten, engine: new Set(engine.map(({ table }) => table.toLowerCase())) };
}

/** Why a trigger cannot fire natively now; undefined: it can. */
function reasonAgainst(lookup: Lookup, trigger: KnownTrigger): string | undefined {
  const { program } = trigger.stored;
  if (!lookup.world.allowed) return "this session fires all triggers itself";
  if (trigger.call.kind === "unbound" || trigger.call.kind === "pipeline") return "it calls no procedure";
  if (program?.nativeText === undefined) return program?.wayReason ?? "it was not compiled yet";
  return reasonOfTable(lookup, trigger) ?? reasonOfWritten(lookup, trigger);
}

/** What else stands on the trigger's table, or is reached from it. */
function reasonOfTable(lookup: Lookup, trigger: KnownTrigger): string | undefined {
  const { table } = trigger.definition;
  const writes = lookup.writes.get(trigger) ?? new Set();
  if (lookup.engine.has(table.toLowerCase())) return `${table} has triggers of the engine's own`;
  for (const other of lookup.byTable.get(table.toLowerCase()) ?? []) {
    if (other === trigger || other.definition.each === "statement" || other.call.kind === "pipeline") continue;
    if (other.stored.program?.nativeText === undefined) return `${other.stored.name} on ${table} is not native`;
    if ([...(lookup.writes.get(other) ?? [])].some((name) => writes.has(name)))
      return `${other.stored.name} writes the same table`;
  }
  if (!reaches(lookup.world.schema, table)) return undefined;
  const rival = [...writes].flatMap((name) => lookup.byWritten.get(name) ?? []).find((other) => other !== trigger);
  return rival === undefined
    ? undefined
    : `${rival.stored.name} writes the same table, and ${table} has foreign keys that cascade`;
}

/** What else stands on the tables that the trigger writes. */
function reasonOfWritten(lookup: Lookup, trigger: KnownTrigger): string | undefined {
  const { schema } = lookup.world;
  for (const name of lookup.writes.get(trigger) ?? []) {
    const written = schema.tables.find((candidate) => same(candidate.name, name));
    if (lookup.byTable.has(name)) return `${written?.name ?? name} has triggers`;
    if (lookup.engine.has(name)) return `${written?.name ?? name} has triggers of the engine's own`;
    if (written === undefined || written.foreignKeys.length > 0) return `${name} has foreign keys`;
    if (schema.tables.some((each) => each.foreignKeys.some((key) => same(key.table, name))))
      return `${name} is referred to by foreign keys`;
  }
  return undefined;
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Folded names of the tables that a trigger writes. */
export function writtenBy(trigger: KnownTrigger): ReadonlySet<string> {
  const text = trigger.stored.program?.effectsJson ?? "";
  let written = writtenByText.get(text);
  if (written === undefined) {
    written = new Set(effectsFromJson(text)?.writes.map(({ table }) => table.replace(/^main\./i, "").toLowerCase()));
    writtenByText.set(text, written);
    if (writtenByText.size > TEXTS_MAX) writtenByText.clear();
  }
  return written;
}

/** Effects are kept as text, and read whenever anything stored changes. */
const writtenByText = new Map<string, ReadonlySet<string>>();
const TEXTS_MAX = 2000;

/** Whether writes to the table reach others through foreign keys. */
function reaches(schema: DatabaseSchema, table: string): boolean {
  return schema.tables.some((child) =>
    child.foreignKeys.some(
      (key) =>
        same(key.table, table) &&
        [key.onDelete, key.onUpdate].some((action) => action !== "no action" && action !== "restrict"),
    ),
  );
}
