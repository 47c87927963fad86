// DDL applied to a catalog view: each statement gives a new view; the old one stays as it was.
// Used for the file's own CREATE TABLE, for schema.sql and for CREATE TEMP TABLE inside bodies. Does not report: check/sql/ddl.ts does.
import { addChanges, changeCatalog, changesOf, indexOf, tableKey } from "./catalog.ts";
import { columnFromDdl, hasCollation, type QueryColumn, tableFromDdl } from "./ddl-table.ts";
import { virtualTableFromDdl } from "./virtual.ts";
import type { CatalogTable, CatalogView } from "../catalog-view.ts";
import type {
  AlterTable,
  CreateIndex,
  CreateNativeTrigger,
  CreateView,
  QualifiedName,
  Select,
  SqlStatement,
  Statement,
} from "../syntax/tree.ts";

/** What applying DDL may need beyond the statement. */
export interface DdlOptions {
  /** Top-level item that holds the statement, for related places. */
  readonly item?: object;
  /** Columns of a query against a view: needed for CREATE TABLE … AS. Without it such a table has open columns. */
  readonly queryColumns?: (query: Select, view: CatalogView) => readonly QueryColumn[] | undefined;
}

/** The view after the statement. Statements that define nothing, and those that would fail, leave it as it is. */
export function applyDdl(view: CatalogView, statement: SqlStatement, options: DdlOptions = {}): CatalogView {
  switch (statement.kind) {
    case "createTable": {
      const place = placeOf(statement.name, statement.temporary);
      if (place.schema === "system") return view;
      if (statement.ifNotExists && view.table(place.schema, place.name) !== undefined) return view;
      const asColumns = statement.as === undefined ? undefined : options.queryColumns?.(statement.as, view);
      return withTable(view, tableFromDdl(statement, place, asColumns, view, options.item));
    }
    case "createView":
      return createView(view, statement, options);
    case "createVirtualTable": {
      const place = placeOf(statement.name, false);
      if (statement.ifNotExists && view.table(place.schema, place.name) !== undefined) return view;
      return withTable(view, virtualTableFromDdl(statement, place));
    }
    case "createIndex":
      return createIndex(view, statement);
    case "createNativeTrigger":
      return createTrigger(view, statement);
    case "alterTable":
      return alterTable(view, statement);
    case "drop":
      return drop(view, statement.object, statement.name);
    default:
      return view;
  }
}

/** Applies all DDL among the statements in order (a schema.sql, or the top level of a file). Bodies of routines are not entered. */
export function applyDdlStatements(
  view: CatalogView,
  statements: readonly Statement[],
  options: DdlOptions = {},
): CatalogView {
  let current = view;
  for (const statement of statements)
    if (statement.kind === "sql") current = applyDdl(current, statement.statement, options);
  return current;
}

/** Schema and name of an object that DDL creates; TEMP wins over no schema, no schema is main. */
function placeOf(name: QualifiedName, temporary: boolean): { readonly schema: string; readonly name: string } {
  const schema = name.parts.length > 1 ? (name.parts[0]?.text ?? "main").toLowerCase() : temporary ? "temp" : "main";
  return { schema, name: lastPart(name) };
}

/** The last part of a qualified name. */
export function lastPart(name: QualifiedName): string {
  return name.parts[name.parts.length - 1]?.text ?? "";
}

/** The table that a qualified name means in a view. */
export function tableOfName(view: CatalogView, name: QualifiedName): CatalogTable | undefined {
  return view.table(name.parts.length > 1 ? name.parts[0]?.text : undefined, lastPart(name));
}

function withTable(view: CatalogView, changed: CatalogTable): CatalogView {
  const { base, changes, addedObjects } = changesOf(view);
  // What it was read from is no longer all of it.
  const { texts: _, ...table } = changed;
  return changeCatalog(base, addChanges(changes, new Map([[tableKey(table.schema, table.name), table]])), addedObjects);
}

function withoutTable(view: CatalogView, table: CatalogTable): CatalogView {
  const { base, changes, addedObjects } = changesOf(view);
  return changeCatalog(
    base,
    addChanges(changes, new Map([[tableKey(table.schema, table.name), undefined]])),
    addedObjects,
  );
}

function withObject(view: CatalogView, kind: "trigger", name: string): CatalogView {
  const { base, changes, addedObjects } = changesOf(view);
  return changeCatalog(base, changes, new Set([...addedObjects, `${kind} ${name.toLowerCase()}`]));
}

function createView(view: CatalogView, statement: CreateView, options: DdlOptions): CatalogView {
  const place = placeOf(statement.name, statement.temporary);
  if (place.schema === "system") return view;
  if (statement.ifNotExists && view.table(place.schema, place.name) !== undefined) return view;
  const definition = { query: statement.query, columns: statement.columns };
  return withTable(view, {
    schema: place.schema,
    name: place.name,
    kind: "view",
    columns: [],
    openColumns: true,
    definition: () => definition,
    primaryKey: [],
    uniqueKeys: [],
    partialUniques: [],
    foreignKeys: [],
    hasChecks: false,
    rowidColumn: undefined,
    withoutRowid: false,
    ...(options.item === undefined ? {} : { origin: { item: options.item, span: statement.name.span } }),
  });
}

function createTrigger(view: CatalogView, statement: CreateNativeTrigger): CatalogView {
  const named = withObject(view, "trigger", lastPart(statement.name));
  const table = tableOfName(named, statement.table);
  if (table === undefined) return named;
  const triggers = table.triggers?.() ?? [];
  return withTable(named, { ...table, triggers: () => [...triggers, statement] });
}

function createIndex(view: CatalogView, statement: CreateIndex): CatalogView {
  const table = view.table(
    statement.name.parts.length > 1 ? statement.name.parts[0]?.text : undefined,
    statement.table.text,
  );
  if (table === undefined) return view;
  const index = indexOf(statement);
  const earlier = table.indexes?.() ?? [];
  const indexed = { ...table, indexes: () => [...earlier, index] };
  const columns = index.columns.filter((column) => column !== undefined);
  // A unique index over an expression identifies no row by columns.
  if (!statement.unique || columns.length < index.columns.length) return withTable(view, indexed);
  const key = { name: index.name, columns };
  if (statement.where !== undefined)
    return withTable(view, { ...indexed, partialUniques: [...table.partialUniques, key] });
  return withTable(view, { ...indexed, uniqueKeys: [...table.uniqueKeys, key] });
}

function alterTable(view: CatalogView, statement: AlterTable): CatalogView {
  const table = tableOfName(view, statement.name);
  if (table === undefined || table.kind === "system") return view;
  const { action } = statement;
  switch (action.kind) {
    case "renameTo":
      return withTable(renameReferences(withoutTable(view, table), table.name, action.name.text), {
        ...table,
        name: action.name.text,
      });
    case "renameColumn":
      return withTable(view, renameColumn(table, action.from.text, action.to.text));
    case "addColumn": {
      const column = columnFromDdl(action.column, {
        tableName: table.name,
        rowidColumn: undefined,
        primaryKey: [],
        withoutRowid: false,
        strict: false,
      });
      const unique = action.column.constraints.some((constraint) => constraint.kind === "check");
      return withTable(view, {
        ...table,
        columns: [...table.columns, column],
        hasChecks: table.hasChecks || unique,
        hasCollations: table.hasCollations === true || hasCollation(action.column),
      });
    }
    case "dropColumn": {
      const dropped = action.name.text.toLowerCase();
      return withTable(view, {
        ...table,
        columns: table.columns.filter((column) => column.name.toLowerCase() !== dropped),
      });
    }
  }
}

function renameColumn(table: CatalogTable, from: string, to: string): CatalogTable {
  const rename = (name: string): string => (name.toLowerCase() === from.toLowerCase() ? to : name);
  const renameKey = <T extends { readonly columns: readonly string[] }>(key: T): T => ({
    ...key,
    columns: key.columns.map(rename),
  });
  const indexes = table.indexes?.() ?? [];
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: rename(column.name) })),
    primaryKey: table.primaryKey.map(rename),
    uniqueKeys: table.uniqueKeys.map(renameKey),
    partialUniques: table.partialUniques.map(renameKey),
    indexes: () =>
      indexes.map((index) => ({
        ...index,
        columns: index.columns.map((name) => (name === undefined ? undefined : rename(name))),
      })),
    foreignKeys: table.foreignKeys.map(renameKey),
    rowidColumn: table.rowidColumn === undefined ? undefined : rename(table.rowidColumn),
  };
}

/** Foreign keys follow their parent's new name, as in SQLite. */
function renameReferences(view: CatalogView, from: string, to: string): CatalogView {
  let current = view;
  for (const name of view.tableNames()) {
    const dot = name.indexOf(".");
    const table = dot < 0 ? current.table(undefined, name) : current.table(name.slice(0, dot), name.slice(dot + 1));
    if (table === undefined || !table.foreignKeys.some((key) => key.table.toLowerCase() === from.toLowerCase()))
      continue;
    current = withTable(current, {
      ...table,
      foreignKeys: table.foreignKeys.map((key) =>
        key.table.toLowerCase() === from.toLowerCase() ? { ...key, table: to } : key,
      ),
    });
  }
  return current;
}

function drop(view: CatalogView, object: "table" | "index" | "view", name: QualifiedName): CatalogView {
  if (object === "index") return dropIndex(view, lastPart(name));
  const table = tableOfName(view, name);
  if (table === undefined || table.kind === "system" || (table.kind === "view") !== (object === "view")) return view;
  return withoutTable(view, table);
}

function dropIndex(view: CatalogView, index: string): CatalogView {
  const wanted = index.toLowerCase();
  const isIt = (key: { readonly name: string }): boolean => key.name.toLowerCase() === wanted;
  for (const name of view.tableNames()) {
    const table = view.table(undefined, name);
    const indexes = table?.indexes?.() ?? [];
    if (table === undefined || !indexes.some(isIt)) continue;
    return withTable(view, {
      ...table,
      indexes: () => indexes.filter((other) => !isIt(other)),
      uniqueKeys: table.uniqueKeys.filter((key) => !isIt(key)),
      partialUniques: table.partialUniques.filter((key) => !isIt(key)),
    });
  }
  return view;
}
