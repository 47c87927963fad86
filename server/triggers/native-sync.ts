// Keeps the engine's own triggers in step with ours: which of them fire natively now (compiler/triggers/), and their statements in the file.
import type { DatabaseSchema } from "../../base/schema.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import { NATIVE_PREFIX, nativeName } from "../../compiler/triggers/native-candidate.ts";
import {
  type Neighbours,
  neighboursOf,
  ownWay,
  reasonOfNeighbours,
  type TriggerNeighbour,
} from "../../compiler/triggers/native-neighbours.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { nativeSchemaOf } from "./native-schema.ts";
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
    const way = native ? "native" : ownWay(trigger.definition.timings);
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
  readonly allowed: boolean;
  readonly neighbours: Neighbours<TriggerNeighbour>;
  readonly known: ReadonlyMap<KnownTrigger, TriggerNeighbour>;
}

function lookupOf(world: NativeWorld): Lookup {
  const known = new Map(world.triggers.map((trigger) => [trigger, neighbourOf(trigger)]));
  const firing = [...known].flatMap(([{ stored, call }, neighbour]) =>
    stored.enabled && call.kind !== "unbound" ? [neighbour] : [],
  );
  return { allowed: world.allowed, neighbours: neighboursOf(firing, nativeSchemaOf(world.schema)), known };
}

function neighbourOf(trigger: KnownTrigger): TriggerNeighbour {
  const { stored, definition, call } = trigger;
  return {
    name: stored.name,
    table: definition.table,
    perRow: definition.each === "row" && call.kind !== "pipeline",
    isCandidate: stored.program?.nativeText !== undefined,
    writes: writtenBy(trigger),
  };
}

/** Why a trigger cannot fire natively now; undefined: it can. */
function reasonAgainst(lookup: Lookup, trigger: KnownTrigger): string | undefined {
  const { program } = trigger.stored;
  if (!lookup.allowed) return "this session fires all triggers itself";
  if (trigger.call.kind === "unbound" || trigger.call.kind === "pipeline") return "it calls no procedure";
  if (program?.nativeText === undefined) return program?.wayReason ?? "it was not compiled yet";
  const neighbour = lookup.known.get(trigger);
  return neighbour === undefined ? undefined : reasonOfNeighbours(lookup.neighbours, neighbour);
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
