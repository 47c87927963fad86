// Statements for which the engine's own triggers must not fire: those that read what such a trigger writes (they would see it half done), and those of a session that
// switched one off. For these the triggers are taken out of the file inside the statement's transaction, where nobody else sees it, and put back after it.
import type { SqlForm, SqlParts } from "../../base/sql-form.ts";
import { nativeName } from "../../compiler/triggers/native-candidate.ts";
import type { Connection } from "../../storage/engine.ts";
import { writeRows } from "../sql/rows.ts";
import { nativeTriggers, writtenBy } from "./native-sync.ts";
import { isThere, putBack, takeOut } from "./engine-taken.ts";
import type { KnownTrigger } from "./registry.ts";
import type { NativeTrigger } from "./tables.ts";

/** The native triggers of a database as statements look at them. */
export interface NativeNow {
  /** Folded names of all tables that native triggers write. */
  readonly written: ReadonlySet<string>;
  /** Folded names of tables whose native triggers this session switched off. */
  readonly off: ReadonlySet<string>;
  /** Triggers written for SQLite on tables where this session switched one off, those that are on too, in the order of creation. */
  readonly engine: readonly EngineSwitch[];
}

/** A trigger written for SQLite, as this session has it. */
export interface EngineSwitch {
  readonly row: NativeTrigger;
  readonly isOn: boolean;
}

/** What the native triggers write, and which are off. */
export function nativeNow(
  native: readonly KnownTrigger[],
  isOn: (trigger: KnownTrigger) => boolean,
  engine: readonly EngineSwitch[],
): NativeNow {
  const tables = new Set(engine.flatMap(({ row, isOn: on }) => (on ? [] : [row.table.toLowerCase()])));
  return {
    engine: engine.filter(({ row }) => tables.has(row.table.toLowerCase())),
    written: new Set(native.flatMap((trigger) => [...writtenBy(trigger)])),
    off: new Set(native.filter((trigger) => !isOn(trigger)).map(({ definition }) => definition.table.toLowerCase())),
  };
}

/** Whether a statement must be run without them. */
export function mustBeApart(now: NativeNow, form: SqlForm): boolean {
  // A cascade may reach any table.
  if (now.off.size > 0 || now.engine.length > 0) return true;
  if (now.written.size === 0) return false;
  const target = form.dml?.table?.at(-1)?.toLowerCase();
  return namesIn(form).some((name) => now.written.has(name) && name !== target);
}

const namesByForm = new WeakMap<SqlForm, readonly string[]>();

function namesIn(form: SqlForm): readonly string[] {
  let names = namesByForm.get(form);
  if (names === undefined) {
    const found = new Set<string>();
    collect(form.parts, found);
    names = [...found];
    namesByForm.set(form, names);
  }
  return names;
}

function collect(parts: SqlParts, into: Set<string>): void {
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if ("p" in node && node.p === "name" && "name" in node && typeof node.name === "string")
      into.add(node.name.toLowerCase());
    for (const part of Object.values(node)) visit(part);
  };
  visit(parts);
}

/** Takes the engine's triggers that stand for these out of the file; gives what puts them back. Inside a transaction. @throws EngineError. */
export function takeAway(connection: Connection, engine: readonly EngineSwitch[]): () => void {
  const taken = nativeTriggers(connection);
  const run = (sql: string): void => void writeRows(connection, sql);
  const off = engine.flatMap(({ row, isOn }) => (isOn ? [] : [row]));
  const on = engine.flatMap(({ row, isOn }) => (isOn ? [row] : []));
  takeOut(off, run);
  for (const { name } of taken) writeRows(connection, `DROP TRIGGER main."${name.replaceAll('"', '""')}"`);
  return () => {
    // The engine may have undone the transaction, and the dropping with it.
    const there = new Set(nativeTriggers(connection).map(({ name }) => name));
    for (const { name, text } of taken) if (!there.has(name)) writeRows(connection, text);
    // The engine fires in the order of creation.
    if (off.some((row) => !isThere(connection, row))) takeOut(on, run);
    putBack(
      connection,
      engine.map(({ row }) => row),
      run,
    );
  };
}

/** Whether the engine's trigger that stands for one of ours is in the file. */
export function isInFile(trigger: string, file: readonly { readonly name: string }[]): boolean {
  const name = nativeName(trigger).toLowerCase();
  return file.some((each) => each.name.toLowerCase() === name);
}
