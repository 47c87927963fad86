// Foreign keys seen from the parent: which tables refer to a table, found once per catalog.
import type { CatalogTable, CatalogView } from "../../catalog-view.ts";
import { foldName } from "../../types/make.ts";

/** A foreign key with its child table. */
export interface ChildKey {
  readonly child: CatalogTable;
  readonly key: CatalogTable["foreignKeys"][number];
}

const childrenByCatalog = new WeakMap<CatalogView, ReadonlyMap<string, readonly ChildKey[]>>();

/** The foreign keys of all tables that refer to this one. */
export function childKeysOf(catalog: CatalogView, parent: CatalogTable): readonly ChildKey[] {
  let known = childrenByCatalog.get(catalog);
  if (known === undefined) {
    known = collect(catalog);
    childrenByCatalog.set(catalog, known);
  }
  return known.get(foldName(parent.name)) ?? [];
}

function collect(catalog: CatalogView): ReadonlyMap<string, readonly ChildKey[]> {
  const children = new Map<string, ChildKey[]>();
  for (const name of catalog.tableNames()) {
    if (name.startsWith("system.")) continue;
    const dot = name.indexOf(".");
    const child = dot < 0 ? catalog.table(undefined, name) : catalog.table(name.slice(0, dot), name.slice(dot + 1));
    for (const key of child?.foreignKeys ?? []) {
      if (child === undefined) continue;
      const parent = foldName(key.table);
      const group = children.get(parent) ?? [];
      group.push({ child, key });
      children.set(parent, group);
    }
  }
  return children;
}
