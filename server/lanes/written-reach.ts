// Tables that are written when others are: by triggers of the engine and of ours, and by what foreign keys do, as the schema is now.
// For routines, whose effects are those of the time when they were stored: a trigger may have come since. Wider than the truth: it asks for no event and no column.
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { childKeysOf } from "../../compiler/check/sql/foreign-keys.ts";
import { targetName } from "../../compiler/check/sql/triggers-fired.ts";
import { storedHeader } from "../../compiler/check/trigger-shape.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import { foldName } from "../../compiler/types/make.ts";

/** These tables (`main.users`) and all that follow them; anything, where a trigger may write anything. */
export function writtenReach(catalog: CatalogView, tables: Iterable<string>): ReadonlySet<string> | "anything" {
  const reached = new Set<string>();
  const open = [...tables];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    if (reached.has(table)) continue;
    reached.add(table);
    const followers = followersOf(catalog, table);
    if (followers === "anything") return followers;
    open.push(...followers);
  }
  return reached;
}

function followersOf(catalog: CatalogView, name: string): readonly string[] | "anything" {
  const dot = name.indexOf(".");
  const table = catalog.table(name.slice(0, dot), name.slice(dot + 1));
  if (table === undefined) return [];
  const written: string[] = [];
  for (const { child } of childKeysOf(catalog, table)) written.push(`${child.schema}.${child.name}`);
  for (const { body } of table.triggers?.() ?? [])
    for (const statement of body) {
      const target = targetName(statement);
      if (target !== undefined) written.push(`main.${target}`);
    }
  for (const { fires, declaration, effectsJson } of catalog.triggers()) {
    if (!fires || foldName(storedHeader(declaration).table ?? "") !== foldName(table.name)) continue;
    const effects = effectsFromJson(effectsJson);
    if (effects === undefined || effects.dynamic || effects.jobs) return "anything";
    written.push(...effects.writes.map(({ table: each }) => each));
  }
  return written;
}
