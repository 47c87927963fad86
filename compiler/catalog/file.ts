// The catalog as a file's own statements leave it: CREATE, ALTER and DROP at the top level, in order, over a base view.
import type { CatalogView } from "../catalog-view.ts";
import type { Item, Module } from "../syntax/tree.ts";
import { applyDdl, lastPart, type DdlOptions } from "./ddl.ts";

/**
 * The base with the file's own top-level DDL over it, as routines see it: they may run at any time after their declaration, so a table that the file
 * makes and drops again stays known. Bodies are not entered: what a routine defines exists only once it ran.
 */
export function catalogWithFile(
  base: CatalogView,
  module: Module,
  options: Omit<DdlOptions, "item"> = {},
): CatalogView {
  let view = base;
  const made = new Set<string>();
  for (const item of module.items) {
    if (item.statement.kind !== "sql") continue;
    const { statement } = item.statement;
    if (statement.kind === "createTable" || statement.kind === "createView")
      made.add(lastPart(statement.name).toLowerCase());
    if (statement.kind === "drop" && statement.object !== "index" && made.has(lastPart(statement.name).toLowerCase()))
      continue;
    view = applyDdl(view, statement, { ...options, item });
  }
  return view;
}

/** The catalog before each top-level item, as the script sees it: statements run in order. */
export function catalogsAlongFile(
  base: CatalogView,
  module: Module,
  options: Omit<DdlOptions, "item"> = {},
): ReadonlyMap<Item, CatalogView> {
  const views = new Map<Item, CatalogView>();
  let view = base;
  for (const item of module.items) {
    views.set(item, view);
    if (item.statement.kind === "sql") view = applyDdl(view, item.statement.statement, { ...options, item });
  }
  return views;
}
