// Catalog views: an empty one, one from given contents, and one layered over another.
// All lookups are by map; names match ASCII case-insensitively. DDL is applied by ddl.ts, database schemas come in through from-schema.ts.
import type {
  CatalogIndex,
  CatalogRoutine,
  CatalogTable,
  CatalogTemplate,
  CatalogTrigger,
  CatalogType,
  CatalogView,
} from "../catalog-view.ts";
import type { CreateIndex } from "../syntax/tree.ts";
import { systemTable, systemTableNames } from "./system.ts";

/** What a catalog view may be made from. */
export interface CatalogContents {
  readonly engine?: CatalogView["engine"];
  readonly tables?: readonly CatalogTable[];
  readonly routines?: readonly CatalogRoutine[];
  readonly types?: readonly CatalogType[];
  /** Aliases of attached databases, in the order in which unqualified names are searched. */
  readonly attached?: readonly string[];
  readonly objects?: readonly { readonly kind: "trigger" | "schedule" | "pipeline"; readonly name: string }[];
  readonly triggers?: readonly CatalogTrigger[];
  readonly queryTemplates?: readonly CatalogTemplate[];
}

/** Key of a table in the maps of this folder. */
export function tableKey(schema: string, name: string): string {
  return `${schema.toLowerCase()}.${name.toLowerCase()}`;
}

/** Groups by a key, keeping order. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** A catalog view over fixed contents. Contents may be left out; an empty one knows only the system tables. */
export function makeCatalog(contents: CatalogContents = {}): CatalogView {
  const tables = new Map((contents.tables ?? []).map((table) => [tableKey(table.schema, table.name), table]));
  const routines = groupBy(contents.routines ?? [], (routine) => routine.name.toLowerCase());
  const types = new Map((contents.types ?? []).map((type) => [type.name.text.toLowerCase(), type]));
  const objects = new Set((contents.objects ?? []).map((object) => `${object.kind} ${object.name.toLowerCase()}`));
  const schemas = ["temp", "main", ...(contents.attached ?? [])];
  for (const table of contents.tables ?? [])
    if (!schemas.includes(table.schema.toLowerCase())) schemas.push(table.schema.toLowerCase());
  return {
    engine: contents.engine ?? "sqlite",
    table: (schema, name) => findTable(schemas, schema, name, (key) => tables.get(key)),
    routines: (name) => routines.get(name.toLowerCase()) ?? [],
    type: (name) => types.get(name.toLowerCase()),
    tableNames: () => [...[...tables.values()].map(printedName), ...systemTableNames()],
    routineNames: () => [...routines.values()].flatMap((group) => group.slice(0, 1).map((routine) => routine.name)),
    schemas: () => [...schemas, "system"],
    hasObject: (kind, name) => objects.has(`${kind} ${name.toLowerCase()}`),
    triggers: () => contents.triggers ?? [],
    queryTemplates: () => contents.queryTemplates ?? [],
  };
}

/** The search order of LANGUAGE.md section 5: temp, main, attached databases; `system.x` only when it is written so. */
export function findTable(
  schemas: readonly string[],
  schema: string | undefined,
  name: string,
  lookup: (key: string) => CatalogTable | undefined,
): CatalogTable | undefined {
  if (schema !== undefined) {
    if (schema.toLowerCase() === "system") return systemTable(name);
    return lookup(tableKey(schema, name));
  }
  for (const candidate of schemas) {
    if (candidate === "system") continue;
    const found = lookup(tableKey(candidate, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How a table is named in messages and suggestions: without `main`. */
export function printedName(table: CatalogTable): string {
  return table.schema === "main" || table.schema === "temp" ? table.name : `${table.schema}.${table.name}`;
}

/** A view in which what `over` has hides what `under` has (a file's own DDL over a database). */
export function layerCatalogs(over: CatalogView, under: CatalogView): CatalogView {
  const schemas = [...new Set([...over.schemas(), ...under.schemas()])];
  return {
    engine: under.engine,
    table: (schema, name) => over.table(schema, name) ?? under.table(schema, name),
    routines: (name) => {
      const own = over.routines(name);
      return own.length > 0 ? own : under.routines(name);
    },
    type: (name) => over.type(name) ?? under.type(name),
    tableNames: () => [...new Set([...over.tableNames(), ...under.tableNames()])],
    routineNames: () => [...new Set([...over.routineNames(), ...under.routineNames()])],
    schemas: () => schemas,
    hasObject: (kind, name) => over.hasObject(kind, name) || under.hasObject(kind, name),
    triggers: () => {
      const own = over.triggers();
      const names = new Set(own.map((trigger) => trigger.name.toLowerCase()));
      return [...under.triggers().filter((trigger) => !names.has(trigger.name.toLowerCase())), ...own];
    },
    queryTemplates: () => under.queryTemplates(),
  };
}

/**
 * Tables changed over a base, newest first; `undefined` is a table that was dropped. Each DDL statement adds a layer that shares the older ones,
 * and layers of equal size are folded, so that a schema of thousands of tables is neither copied at each statement nor deep to search.
 */
export interface Changes {
  readonly newest: ReadonlyMap<string, CatalogTable | undefined>;
  readonly older: Changes | undefined;
}

/** No changes. */
export const NO_CHANGES: Changes = { newest: new Map(), older: undefined };

/** The changes with more of them on top. */
export function addChanges(changes: Changes, newest: ReadonlyMap<string, CatalogTable | undefined>): Changes {
  let merged = newest;
  let older: Changes | undefined = changes;
  while (older !== undefined && older.newest.size <= merged.size) {
    const both = new Map(older.newest);
    for (const [key, table] of merged) both.set(key, table);
    merged = both;
    older = older.older;
  }
  return { newest: merged, older };
}

/** All changes as one map. */
export function allChanges(changes: Changes): ReadonlyMap<string, CatalogTable | undefined> {
  if (changes.older === undefined) return changes.newest;
  const layers: Changes[] = [];
  for (let layer: Changes | undefined = changes; layer !== undefined; layer = layer.older) layers.push(layer);
  const all = new Map<string, CatalogTable | undefined>();
  for (const layer of layers.reverse()) for (const [key, table] of layer.newest) all.set(key, table);
  return all;
}

/** A view that differs from `base` by some tables. */
export interface ChangedCatalog extends CatalogView {
  readonly base: CatalogView;
  readonly changes: Changes;
  readonly addedObjects: ReadonlySet<string>;
}

/** Puts `changes` over `base`. */
export function changeCatalog(base: CatalogView, changes: Changes, addedObjects: ReadonlySet<string>): ChangedCatalog {
  const schemas = base.schemas();
  let named: readonly string[] | undefined;
  const lookup = (key: string): CatalogTable | undefined => {
    for (let layer: Changes | undefined = changes; layer !== undefined; layer = layer.older) {
      if (layer.newest.has(key)) return layer.newest.get(key);
    }
    const dot = key.indexOf(".");
    return base.table(key.slice(0, dot), key.slice(dot + 1));
  };
  return {
    base,
    changes,
    addedObjects,
    engine: base.engine,
    table: (schema, name) => findTable(schemas, schema, name, lookup),
    routines: (name) => base.routines(name),
    type: (name) => base.type(name),
    tableNames: () => changedNames(base, allChanges(changes)),
    routineNames: () => base.routineNames(),
    schemas: () => (named ??= changedSchemas(schemas, changes)),
    hasObject: (kind, name) => addedObjects.has(`${kind} ${name.toLowerCase()}`) || base.hasObject(kind, name),
    triggers: () => base.triggers(),
    queryTemplates: () => base.queryTemplates(),
  };
}

/** Schemas with those that tables were made in: a file may attach a database that nobody knows yet. */
function changedSchemas(schemas: readonly string[], changes: Changes): readonly string[] {
  const known = new Set(schemas);
  for (const [key, table] of allChanges(changes)) if (table !== undefined) known.add(key.slice(0, key.indexOf(".")));
  return [...known];
}

function changedNames(base: CatalogView, changes: ReadonlyMap<string, CatalogTable | undefined>): readonly string[] {
  const added = [...changes.values()].flatMap((table) => (table === undefined ? [] : [printedName(table)]));
  const dropped = new Set(
    [...changes].flatMap(([key, table]) => (table === undefined ? [key.replace(/^(main|temp)\./, "")] : [])),
  );
  return [...new Set([...added, ...base.tableNames().filter((name) => !dropped.has(name.toLowerCase()))])];
}

/** The base and the changes so far of a view. */
export function changesOf(view: CatalogView): {
  readonly base: CatalogView;
  readonly changes: Changes;
  readonly addedObjects: ReadonlySet<string>;
} {
  if ("changes" in view) return view as ChangedCatalog;
  return { base: view, changes: NO_CHANGES, addedObjects: new Set() };
}

/** What CREATE INDEX makes. */
export function indexOf(statement: CreateIndex): CatalogIndex {
  const columns = statement.columns.map(({ value }) => {
    const column = value.kind === "collate" ? value.value : value;
    return column.kind === "name" ? column.name.text : undefined;
  });
  return { name: statement.name.parts.at(-1)?.text ?? "", columns };
}
