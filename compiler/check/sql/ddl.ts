// DDL in code: names and expressions of CREATE TABLE, VIEW, INDEX, native triggers, ALTER and DROP.
// What a statement defines is known from there on: in owner.localTables, over the catalog (LANGUAGE.md section 4).
import type { CatalogTable } from "../../catalog-view.ts";
import { applyDdl, lastPart, tableOfName } from "../../catalog/ddl.ts";
import { allChanges, changesOf } from "../../catalog/catalog.ts";
import type {
  AlterTable,
  ColumnDefinition,
  CreateIndex,
  CreateNativeTrigger,
  CreateTable,
  CreateView,
  DropObject,
  ForeignKey,
  Name,
  QualifiedName,
  Select,
  SqlStatement,
} from "../../syntax/tree.ts";
import { foldName, prune } from "../../types/make.ts";
import type { Scope } from "../context.ts";
import { reportUnknownColumn } from "./names.ts";
import { noteReferences } from "./needs.ts";
import { newSqlScope, sourceOfRows, type SqlScope, type Source } from "./scope.ts";
import { needsOfFacts, newFacts, quietly, reportSql, type SqlCheck } from "./state.ts";
import { catalogMeaning, effectNameOf, tableShape, sourceOfMeaning, reportUnknownTable } from "./table-lookup.ts";
import { checkTriggerBody } from "./native-triggers.ts";
import type { QueryColumn } from "../../catalog/ddl-table.ts";

/** The view after a DDL statement, and the statement's tables kept for what follows in this body. */
export function defineHere(sq: SqlCheck, statement: SqlStatement): void {
  const top = sq.ctx.item.statement;
  const isItem = top.kind === "sql" && top.statement === statement; // Those are in the catalog along the file.
  if (!sq.ours || isItem) return;
  const after = applyDdl(sq.catalog, statement, {
    item: sq.ctx.item,
    queryColumns: (query, view) => queryColumns({ ...sq, catalog: view }, query),
  });
  if (after === sq.catalog) return;
  const before = allChanges(changesOf(sq.catalog).changes);
  for (const [key, table] of allChanges(changesOf(after).changes)) {
    if (before.get(key) === table && before.has(key)) continue;
    sq.ctx.owner.localTables.set(key, table ?? "dropped");
    if (table !== undefined) MADE_IN.set(table, sq.ctx.scope);
  }
}

/** Columns of a query for CREATE TABLE … AS; undefined when only the engine knows them. */
export function queryColumns(sq: SqlCheck, query: Select): readonly QueryColumn[] | undefined {
  const { shape } = quietly(sq, () => sq.rules.query(sq, query, undefined));
  if (shape.open) return undefined;
  return shape.columns.map((column) => {
    const type = prune(column.value.type);
    return { name: column.name, type: type.kind === "scalar" ? type.name : undefined };
  });
}

/** Checks CREATE TABLE. */
export function checkCreateTable(sq: SqlCheck, node: CreateTable): void {
  if (isSystem(node.name)) {
    reportSql(sq, "BuiltinTable", node.name.span, { name: node.name.parts.map((part) => part.text).join(".") });
    return;
  }
  warnIfExists(sq, node.name, node.ifNotExists, node.temporary);
  if (node.as !== undefined) sq.rules.query(sq, node.as, undefined);
  const seen = new Set<string>();
  for (const column of node.columns) {
    if (seen.has(foldName(column.name.text)))
      reportSql(sq, "DoubleColumn", column.name.span, { name: column.name.text, table: lastPart(node.name) });
    seen.add(foldName(column.name.text));
  }
  const table = tableOfName(applyDdl(sq.catalog, { ...node, ifNotExists: false }), node.name);
  if (table === undefined || node.as !== undefined) return;
  const scope = checkScope(sq, table);
  for (const column of node.columns) {
    for (const constraint of column.constraints) {
      if (constraint.kind === "check") sq.rules.infer(sq, scope, constraint.condition);
      if (constraint.kind === "generated") sq.rules.infer(sq, scope, constraint.value);
      if (constraint.kind === "default") checkDefault(sq, constraint.value);
      if (constraint.kind === "references") checkForeignKey(sq, table, constraint.foreignKey);
    }
  }
  for (const constraint of node.constraints) {
    if (constraint.kind === "check") sq.rules.infer(sq, scope, constraint.condition);
    if (constraint.kind === "primaryKey" || constraint.kind === "unique")
      for (const column of constraint.columns) sq.rules.infer(sq, scope, column.value);
    if (constraint.kind === "foreignKey") {
      for (const name of constraint.columns) requireColumn(sq, scope.sources[0], name);
      checkForeignKey(sq, table, constraint.foreignKey);
    }
  }
}

/** Defaults see no columns; a bare word is text to SQLite there. */
function checkDefault(sq: SqlCheck, value: Parameters<SqlCheck["rules"]["infer"]>[2]): void {
  if (value.kind === "name") return;
  const scope = newSqlScope(undefined);
  scope.clause = "check";
  sq.rules.infer(sq, scope, value);
}

/** A scope in which the table's own columns are visible, for CHECK and index expressions. */
function checkScope(sq: SqlCheck, table: CatalogTable): SqlScope {
  const scope = newSqlScope(undefined);
  scope.clause = "check";
  scope.sources.push(
    sourceOfRows(table.name, tableShape(sq, table), { table, hasRowid: table.kind === "table" && !table.withoutRowid }),
  );
  return scope;
}

function requireColumn(sq: SqlCheck, source: Source | undefined, name: Name): void {
  if (source === undefined || source.open || source.byName.has(foldName(name.text))) return;
  reportUnknownColumn(sq, name, source);
}

/** A column that is added may refer to another table. */
function noteAddedReferences(sq: SqlCheck, { constraints }: ColumnDefinition): void {
  for (const constraint of constraints) {
    if (constraint.kind !== "references") continue;
    const { table, columns } = constraint.foreignKey;
    const parent = sq.catalog.table(undefined, lastPart(table));
    if (parent !== undefined) noteReferences(sq, parent, columns);
  }
}

/** A foreign key must refer to a known table, and there to its primary key or a unique key. */
function checkForeignKey(sq: SqlCheck, child: CatalogTable, key: ForeignKey): void {
  const name = lastPart(key.table);
  const parent = foldName(name) === foldName(child.name) ? child : sq.catalog.table(undefined, name);
  if (parent === undefined) {
    reportUnknownTable(sq, key.table);
    return;
  }
  noteReferences(sq, parent, key.columns);
  const source = sourceOfRows(parent.name, tableShape(sq, parent), { table: parent });
  for (const column of key.columns) requireColumn(sq, source, column);
  if (key.columns.length === 0 || key.columns.some((column) => !source.byName.has(foldName(column.text)))) return;
  const wanted = key.columns.map((column) => foldName(column.text));
  const isKey = [parent.primaryKey, ...parent.uniqueKeys.map((unique) => unique.columns)].some(
    (columns) => columns.length === wanted.length && columns.every((column) => wanted.includes(foldName(column))),
  );
  if (!isKey)
    reportSql(sq, "ForeignKeyTarget", key.span, {
      table: parent.name,
      columns: key.columns.map((column) => column.text),
    });
}

/** Checks CREATE VIEW. */
export function checkCreateView(sq: SqlCheck, node: CreateView): void {
  if (isSystem(node.name)) {
    reportSql(sq, "BuiltinTable", node.name.span, { name: node.name.parts.map((part) => part.text).join(".") });
    return;
  }
  if (!node.orReplace) warnIfExists(sq, node.name, node.ifNotExists, node.temporary);
  const { shape } = sq.rules.query(sq, node.query, undefined);
  if (node.columns.length > 0 && !shape.open && node.columns.length !== shape.columns.length) {
    reportSql(sq, "CommonTableColumnCount", node.name.span, {
      name: lastPart(node.name),
      names: node.columns.length,
      columns: shape.columns.length,
    });
  }
}

/** Checks CREATE INDEX. */
export function checkCreateIndex(sq: SqlCheck, node: CreateIndex): void {
  const table = sq.catalog.table(node.name.parts.length > 1 ? node.name.parts[0]?.text : undefined, node.table.text);
  if (table === undefined) {
    reportUnknownTable(sq, { parts: [node.table], span: node.table.span });
    return;
  }
  const scope = checkScope(sq, table);
  for (const column of node.columns) sq.rules.infer(sq, scope, column.value);
  if (node.where !== undefined) sq.rules.infer(sq, scope, node.where);
}

/** Checks a trigger in SQLite's own form: its body sees NEW and OLD as rows. What it does is no effect of making it. */
export function checkNativeTrigger(sq: SqlCheck, node: CreateNativeTrigger): void {
  const table = tableOfName(sq.catalog, node.table);
  if (table === undefined) {
    reportUnknownTable(sq, node.table);
    return;
  }
  const body: SqlCheck = { ...sq, facts: newFacts() };
  const meaning = catalogMeaning(body, table);
  for (const column of node.columns) {
    requireColumn(body, sourceOfMeaning(meaning, node.table.parts[node.table.parts.length - 1], undefined), column);
  }
  checkTriggerBody(body, node, meaning);
  // It runs for whoever writes the table, without a question: who makes it must have the rights that its body needs.
  sq.facts.needs.push(...needsOfFacts(body.facts));
  if (body.facts.unknownTables) sq.facts.unknownTables = true;
}

/** Checks ALTER TABLE. */
export function checkAlterTable(sq: SqlCheck, node: AlterTable): void {
  const table = tableOfName(sq.catalog, node.name);
  if (table === undefined) {
    reportUnknownTable(sq, node.name);
    return;
  }
  sq.facts.defines.add(effectNameOf(table));
  const source = sourceOfRows(table.name, tableShape(sq, table), { table });
  const { action } = node;
  if (action.kind === "renameColumn") requireColumn(sq, source, action.from);
  if (action.kind === "dropColumn") requireColumn(sq, source, action.name);
  if (action.kind === "addColumn") noteAddedReferences(sq, action.column);
  if (action.kind === "addColumn" && source.byName.has(foldName(action.column.name.text)))
    reportSql(sq, "DoubleColumn", action.column.name.span, { name: action.column.name.text, table: table.name });
}

/** Checks DROP of a table, view or index. */
export function checkDrop(sq: SqlCheck, node: DropObject): void {
  if (node.object === "index" || node.ifExists || isSystem(node.name)) return;
  const table = tableOfName(sq.catalog, node.name);
  const isRight = table !== undefined && (table.kind === "view") === (node.object === "view");
  if (!isRight) reportSql(sq, "DropUnknown", node.name.span, { kind: node.object, name: lastPart(node.name) });
}

function isSystem(name: QualifiedName): boolean {
  return name.parts.length > 1 && name.parts[0]?.text.toLowerCase() === "system";
}

function warnIfExists(sq: SqlCheck, name: QualifiedName, ifNotExists: boolean, temporary: boolean): void {
  if (ifNotExists) return;
  const schema = temporary ? "temp" : name.parts.length > 1 ? name.parts[0]?.text : "main";
  const table = sq.catalog.table(schema, lastPart(name));
  if (table !== undefined && !isItself(sq, table, name) && !isOfOtherBranch(sq, table))
    reportSql(sq, "TableExists", name.span, { name: lastPart(name), kind: table.kind === "view" ? "view" : "table" });
}

/** The block in which a body made a table: one made in another branch is known, but need not be there. */
const MADE_IN = new WeakMap<CatalogTable, Scope>();

function isOfOtherBranch(sq: SqlCheck, table: CatalogTable): boolean {
  const made = MADE_IN.get(table);
  if (made === undefined) return false;
  for (let scope: Scope | undefined = sq.ctx.scope; scope !== undefined; scope = scope.parent)
    if (scope === made) return false;
  return true;
}

function isItself(sq: SqlCheck, table: CatalogTable, name: QualifiedName): boolean {
  return table.origin?.item === sq.ctx.item && table.origin.span.start === name.span.start;
}
