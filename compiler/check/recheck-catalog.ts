// What checks asked of a catalog, remembered, and what of it another catalog answers differently.
// A live database answers for now, also through a view that it gave out earlier: to compare later, the answers of then are needed.
import type {
  CatalogRoutine,
  CatalogTable,
  CatalogTemplate,
  CatalogTrigger,
  CatalogType,
  CatalogView,
} from "../catalog-view.ts";
import { foldName } from "../types/make.ts";
import { storedTriggerNames } from "./recheck-reach.ts";

/** What was asked so far, by folded name. */
interface Asked {
  readonly routines: Map<string, readonly CatalogRoutine[]>;
  readonly types: Map<string, CatalogType | undefined>;
  /** By kind and name. */
  readonly objects: Map<string, boolean>;
  routineNames: readonly string[] | undefined;
  triggers: readonly CatalogTrigger[] | undefined;
  templates: readonly CatalogTemplate[] | undefined;
}

/** A catalog that gives the same answers for ever, and knows what it was asked. */
export interface RememberingCatalog extends CatalogView {
  readonly asked: Asked;
}

const REMEMBERING = new WeakMap<CatalogView, RememberingCatalog>();

/** The catalog, remembering; one for each catalog. */
export function remembering(catalog: CatalogView): RememberingCatalog {
  const known = REMEMBERING.get(catalog);
  if (known !== undefined) return known;
  const asked: Asked = {
    routines: new Map(),
    types: new Map(),
    objects: new Map(),
    routineNames: undefined,
    triggers: undefined,
    templates: undefined,
  };
  const made: RememberingCatalog = {
    asked,
    engine: catalog.engine,
    table: (schema, name) => catalog.table(schema, name),
    routines: (name) => remembered(asked.routines, foldName(name), () => catalog.routines(name)),
    type: (name) => remembered(asked.types, foldName(name), () => catalog.type(name)),
    tableNames: () => catalog.tableNames(),
    routineNames: () => (asked.routineNames ??= catalog.routineNames()),
    schemas: () => catalog.schemas(),
    hasObject: (kind, name) =>
      remembered(asked.objects, `${kind} ${foldName(name)}`, () => catalog.hasObject(kind, name)),
    triggers: () => (asked.triggers ??= catalog.triggers()),
    queryTemplates: () => (asked.templates ??= catalog.queryTemplates()),
  };
  REMEMBERING.set(catalog, made);
  return made;
}

function remembered<T>(answers: Map<string, T>, key: string, ask: () => T): T {
  if (!answers.has(key)) answers.set(key, ask());
  return answers.get(key) as T;
}

/** How two catalogs differ, as far as checks have asked. */
export interface CatalogChange {
  /** Folded names of tables, indexes, routines, types, triggers and other objects that came, went or are not what they were. */
  readonly names: ReadonlySet<string>;
  /** Whether there are other names now, which may be suggested. */
  readonly suggestions: boolean;
  /** Whether there are other triggers now. */
  readonly triggers: boolean;
}

const CHANGES = new WeakMap<
  RememberingCatalog,
  { readonly after: RememberingCatalog; readonly change: CatalogChange | undefined }
>();

/** How the second catalog differs from the first. Undefined: in all respects, as another engine or attached database does. */
export function catalogChange(before: RememberingCatalog, after: RememberingCatalog): CatalogChange | undefined {
  const known = CHANGES.get(before);
  if (known?.after === after) return known.change;
  const change = difference(before, after);
  CHANGES.set(before, { after, change });
  return change;
}

function difference(before: RememberingCatalog, after: RememberingCatalog): CatalogChange | undefined {
  if (before.engine !== after.engine || !isSame(before.schemas(), after.schemas())) return undefined;
  const names = new Set<string>();
  addTables(before, after, names);
  // What was asked of the one is asked of the other, which the next change is compared with.
  for (const [name, routines] of before.asked.routines)
    if (!isSame(routines.map(outlineOf), after.routines(name).map(outlineOf))) names.add(name);
  for (const [name, type] of before.asked.types) if (!isSame(type, after.type(name))) names.add(name);
  for (const [key, was] of before.asked.objects) {
    const [kind, name] = splitOnce(key);
    if (after.hasObject(kind as "trigger" | "schedule" | "pipeline", name) !== was) names.add(name);
  }
  const { triggers, routineNames, templates } = before.asked;
  // Steps name templates by numbers too, which are no words: all that have the key are looked at.
  if (templates !== undefined && !isSame(templates, after.queryTemplates())) names.add("query");
  const withoutTriggers = names.size;
  if (triggers !== undefined) addTriggers(triggers, after.triggers(), names);
  const isNamed = [...before.asked.types].every(
    ([name, type]) => (type === undefined) === (after.type(name) === undefined),
  );
  const suggestions =
    !isNamed ||
    !isSame(before.tableNames(), after.tableNames()) ||
    (routineNames !== undefined && !isSame(routineNames, after.routineNames()));
  return { names, suggestions, triggers: names.size > withoutTriggers };
}

function splitOnce(key: string): readonly [string, string] {
  const space = key.indexOf(" ");
  return [key.slice(0, space), key.slice(space + 1)];
}

/** All that decides what a stored routine is; its declaration is its source. */
function outlineOf({ name, version, source, signature }: CatalogRoutine): unknown {
  return { name, version, source, signature };
}

function addTables(before: CatalogView, after: CatalogView, names: Set<string>): void {
  const schemas = before.schemas().filter((schema) => schema !== "system");
  for (const shown of new Set([...before.tableNames(), ...after.tableNames()])) {
    const name = foldName(shown.slice(shown.lastIndexOf(".") + 1));
    for (const schema of schemas) {
      const [then, now] = [before.table(schema, name), after.table(schema, name)];
      if (then === now || (then !== undefined && now !== undefined && isSameTable(then, now))) continue;
      names.add(name);
      for (const { name: index } of [...(then?.indexes?.() ?? []), ...(now?.indexes?.() ?? [])])
        names.add(foldName(index));
    }
  }
}

/** Whether two tables are alike. What is parsed when asked for is compared by its text, where that is known. */
function isSameTable(left: CatalogTable, right: CatalogTable): boolean {
  const { texts: leftTexts, definition: leftDefinition, triggers: leftTriggers, indexes: leftIndexes, ...one } = left;
  const {
    texts: rightTexts,
    definition: rightDefinition,
    triggers: rightTriggers,
    indexes: rightIndexes,
    ...other
  } = right;
  if (!isSame(one, other)) return false;
  if (leftTexts !== undefined && rightTexts !== undefined) return isSame(leftTexts, rightTexts);
  return (
    isSame(leftDefinition?.(), rightDefinition?.()) &&
    isSame(leftTriggers?.(), rightTriggers?.()) &&
    isSame(leftIndexes?.(), rightIndexes?.())
  );
}

function addTriggers(before: readonly CatalogTrigger[], after: readonly CatalogTrigger[], names: Set<string>): void {
  const add = (trigger: CatalogTrigger | undefined): void => {
    if (trigger !== undefined) for (const name of storedTriggerNames(trigger)) names.add(name);
  };
  const isReordered = !isSame(
    before.map(({ name }) => name),
    after.map(({ name }) => name),
  );
  for (const name of new Set([...before, ...after].map((trigger) => trigger.name))) {
    const [then, now] = [before, after].map((list) => list.find((each) => each.name === name));
    if (!isReordered && isSame(then, now)) continue;
    add(then);
    add(now);
  }
}

/** Whether two plain values have the same content. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  const [keys, others] = [Object.keys(left), Object.keys(right)];
  if (keys.length !== others.length || Array.isArray(left) !== Array.isArray(right)) return false;
  return keys.every(
    (key) => key in right && isSame((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  );
}
