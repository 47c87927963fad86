// Keeps stored effects right when triggers change: whoever writes a table does what its triggers do (LANGUAGE.md 13). Routines and triggers that write a table whose
// triggers have changed are compiled again, then those that call or fire them, until nothing changes any more.
import type { Connection } from "../../storage/engine.ts";
import { doing } from "../catalog/dependants.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { readRows, textOf } from "../sql/rows.ts";

/** What following needs. */
export interface EffectsWorld {
  readonly connection: Connection;
  /** Compiles the routines of a name again; true when their effects have changed. */
  routine(name: string): boolean;
  /** Compiles a trigger again; gives its table when its effects have changed. */
  trigger(id: string): string | undefined;
}

/** Effects only grow along a circle, so that few rounds are enough; more than this would be a fault. */
const ROUNDS_MAX = 10_000;

/** Where a change begins: tables (`main.t`) whose triggers have changed, routines that have other effects now. */
export interface ChangedEffects {
  readonly tables: readonly string[];
  readonly routines: readonly string[];
}

/** Follows a change, inside the caller's transaction; the catalog must exist and know of it. @throws EngineError. */
export function followEffects(world: EffectsWorld, { tables, routines: changed }: ChangedEffects): void {
  const open: (readonly ["write" | "call", string])[] = [
    ...tables.map((table) => ["write", table] as const),
    ...changed.map((name) => ["call", name] as const),
  ];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = open.pop();
    if (next === undefined) return;
    const { routines, triggers } = doing(world.connection, ...next);
    for (const name of routines) if (world.routine(name)) open.push(["call", name]);
    for (const id of triggers) {
      const table = world.trigger(id);
      if (table !== undefined) open.push(["write", table]);
    }
  }
}

/** Texts of triggers written for SQLite by their table (`main.t`). Reads the engine's own list, which costs less than the whole schema. @throws EngineError. */
export function engineTriggerTexts(connection: Connection): ReadonlyMap<string, string> {
  const byTable = new Map<string, string>();
  const sql = `SELECT g.tbl_name, g.sql FROM main.sqlite_schema g WHERE g.type = 'trigger' AND g.name NOT LIKE '${CATALOG_PREFIX.replace("_", "\\_")}%' ESCAPE '\\'
    AND EXISTS (SELECT 1 FROM main.sqlite_schema t WHERE t.type IN ('table', 'view') AND t.name = g.tbl_name COLLATE NOCASE)`;
  for (const [table, text] of readRows(connection, sql)) {
    const key = `main.${textOf(table)}`.toLowerCase();
    byTable.set(key, `${byTable.get(key) ?? ""}\n${textOf(text)}`);
  }
  return byTable;
}

/** Tables whose texts differ. */
export function tablesThatDiffer(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((table) => before.get(table) !== after.get(table));
}
