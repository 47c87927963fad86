// Mentions in embedded SQL that are no expressions: tables, aliases, common tables, result columns, windows, targets of writes, DDL.
// Columns in expressions are resolved by the checker and collected with other names.
import type {
  Assignment,
  ColumnDefinition,
  CommonTable,
  CreateIndex,
  CreateNativeTrigger,
  CreateTable,
  CreateView,
  AlterTable,
  Expression,
  ForeignKey,
  IndexedColumn,
  Insert,
  Name,
  QualifiedName,
  SelectCore,
  TableCall,
  TableExpression,
  TargetTable,
  WindowSpec,
} from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import { addName, addSpan, enclosing, type Collector } from "./collector.ts";
import { catalogTable, namedTable, routineSymbol, tableColumn } from "./facts.ts";
import { type LanguageSymbol, localSymbol, type MentionRole, sharedSymbol } from "./symbols.ts";

/** The table that a name means, as the checker resolved it at `node`, else by its name. Undefined for variables, which are found as names. */
function tableMeaning(collector: Collector, node: object, name: QualifiedName): LanguageSymbol | undefined {
  const resolution = collector.facts.checked.tables.get(node);
  switch (resolution?.kind) {
    case "catalog":
      return catalogTable(collector.facts, resolution.table);
    case "cte":
      return localSymbol("commonTable", resolution.name, resolution.declaredAt);
    case "routine":
      return routineSymbol(collector.facts, resolution.routine);
    case "unknown":
      return namedTable(collector.facts, name);
    case "tableVariable":
    case "listVariable":
    case "nameVariable":
    case "value":
    case "engineFunction":
      return undefined;
    case undefined:
      return byName(collector, name);
  }
}

/** A table by its name alone: where the checker records nothing (DDL, triggers, management). */
export function byName(collector: Collector, name: QualifiedName): LanguageSymbol {
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  const schema = name.parts.length > 1 ? name.parts[0]?.text : undefined;
  const table = collector.facts.catalog.table(schema, last);
  return table === undefined || collector.facts.tables.has(foldName(last))
    ? namedTable(collector.facts, name)
    : catalogTable(collector.facts, table);
}

function lastName(name: QualifiedName): Name | undefined {
  return name.parts[name.parts.length - 1];
}

/** Adds the table at the last part of its name. */
export function addTable(collector: Collector, name: QualifiedName, symbol: LanguageSymbol, role: MentionRole): void {
  const last = lastName(name);
  if (last !== undefined) addName(collector, last, symbol, role);
}

function addAlias(collector: Collector, alias: Name | undefined): void {
  if (alias === undefined) return;
  const symbol = localSymbol("alias", alias.text, alias);
  collector.sources.set(alias, symbol);
  addName(collector, alias, symbol, "declaration");
}

/** What stands after FROM: the table and its alias. */
export function collectTable(collector: Collector, node: Exclude<TableExpression, { kind: "join" | "hole" }>): void {
  addAlias(collector, node.alias);
  if (node.kind === "tableCall") return collectTableCall(collector, node);
  if (node.kind !== "table") return;
  const symbol = tableMeaning(collector, node, node.name);
  const last = lastName(node.name);
  if (last === undefined) return;
  if (symbol !== undefined) addName(collector, last, symbol, "read");
  const resolution = collector.facts.checked.names.get(node);
  const own =
    symbol ?? (resolution?.kind === "variable" ? localSymbol("variable", last.text, resolution.variable) : undefined);
  if (node.alias === undefined && own !== undefined) collector.sources.set(last, own);
}

/** A routine in table position; one that is not known here may be somewhere. */
function collectTableCall(collector: Collector, node: TableCall): void {
  const { callee } = node.call;
  const resolution = collector.facts.checked.tables.get(node);
  if (callee.kind !== "name" || collector.facts.checked.calls.has(node.call)) return;
  if (resolution?.kind === "routine")
    addName(collector, callee.name, routineSymbol(collector.facts, resolution.routine), "call");
  else if (resolution?.kind === "engineFunction")
    addName(collector, callee.name, sharedSymbol("builtin", callee.name.text, undefined), "call");
  else if (resolution === undefined || resolution.kind === "value")
    addName(collector, callee.name, sharedSymbol("routine", callee.name.text, undefined), "call");
}

/** A table after IN, as an expression. */
export function collectTableSet(collector: Collector, node: Expression): void {
  const resolution = collector.facts.checked.tables.get(node);
  if (resolution === undefined || (node.kind !== "name" && node.kind !== "member")) return;
  const symbol = tableMeaning(collector, node, { parts: [node.name], span: node.span });
  if (symbol !== undefined) addName(collector, node.name, symbol, "read");
}

/** The target of INSERT, UPDATE, DELETE and MERGE. */
export function collectTarget(collector: Collector, target: TargetTable): void {
  addAlias(collector, target.alias);
  if (target.name === undefined) return;
  const symbol = tableMeaning(collector, target, target.name);
  const last = lastName(target.name);
  if (symbol === undefined || last === undefined) return;
  addName(collector, last, symbol, "write");
  if (target.alias === undefined) collector.sources.set(last, symbol);
}

/** Columns of a target that the checker did not record: keys of UPSERT, conflict targets, all of them where the table is not known here. */
export function collectInsert(collector: Collector, node: Insert): void {
  const table = collectWritten(collector, node.target, node.columns);
  if (table === undefined) return;
  for (const { assignments } of node.conflicts)
    for (const { columns } of assignments) collectWritten(collector, node.target, columns);
  for (const key of node.upsertKeys) addName(collector, key, tableColumn(table, key.text), "read");
  for (const conflict of node.conflicts) addColumns(collector, table, conflict.target);
}

/** Columns that are written: the checker has recorded those of tables that it knows. Gives the table. */
function collectWritten(
  collector: Collector,
  target: TargetTable,
  columns: readonly Name[],
): LanguageSymbol | undefined {
  for (const name of columns) collector.writes.add(name);
  const table = target.name === undefined ? undefined : tableMeaning(collector, target, target.name);
  if (table === undefined) return undefined;
  for (const name of columns)
    if (!collector.facts.checked.names.has(name)) addName(collector, name, tableColumn(table, name.text), "write");
  return table;
}

/** Columns of SET are written. */
export function collectAssignments(
  collector: Collector,
  target: TargetTable,
  assignments: readonly Assignment[],
): void {
  for (const { columns } of assignments) collectWritten(collector, target, columns);
}

/** A table of WITH and its columns. */
export function collectCommonTable(collector: Collector, node: CommonTable): void {
  addName(collector, node.name, localSymbol("commonTable", node.name.text, node.name), "declaration");
  for (const column of node.columns)
    addName(collector, column, localSymbol("resultColumn", column.text, column), "declaration");
}

/** Names of result columns, qualified stars and named windows of one SELECT. */
export function collectCore(collector: Collector, core: SelectCore): void {
  for (const column of core.columns) {
    if (column.kind === "column") {
      if (column.alias !== undefined)
        addName(collector, column.alias, localSymbol("resultColumn", column.alias.text, column.alias), "declaration");
      continue;
    }
    const qualifier = column.table === undefined ? undefined : lastName(column.table);
    if (qualifier === undefined || core.from === undefined) continue;
    const written = sourceNames(core.from).find((name) => foldName(name.text) === foldName(qualifier.text));
    collector.later.push(() => {
      const symbol = written === undefined ? undefined : collector.sources.get(written);
      if (symbol !== undefined) addName(collector, qualifier, symbol, "read");
    });
  }
  for (const { name } of core.windows) addName(collector, name, localSymbol("window", name.text, name), "declaration");
}

/** The aliases and names in a FROM clause. */
function sourceNames(from: TableExpression): readonly Name[] {
  if (from.kind === "join") return [...sourceNames(from.left), ...sourceNames(from.right)];
  if (from.kind === "hole") return [];
  if (from.alias !== undefined) return [from.alias];
  if (from.kind === "parenthesizedTable") return sourceNames(from.inner);
  const last = from.kind === "table" ? lastName(from.name) : undefined;
  return last === undefined ? [] : [last];
}

/** The window that OVER or another window names. */
export function collectWindowName(collector: Collector, name: Name | undefined): void {
  if (name === undefined) return;
  const declared = enclosing(collector, (node) => {
    const windows = (node as { readonly kind?: string }).kind === "core" ? (node as SelectCore).windows : [];
    return windows.find((window) => foldName(window.name.text) === foldName(name.text))?.name;
  });
  if (declared !== undefined) addName(collector, name, localSymbol("window", declared.text, declared), "read");
}

/** `OVER name`, `OVER (name …)`. */
export function collectOver(collector: Collector, over: WindowSpec | Name | undefined): void {
  if (over === undefined) return;
  collectWindowName(collector, "partitionBy" in over ? over.base : over);
}

function addColumns(collector: Collector, table: LanguageSymbol, columns: readonly IndexedColumn[]): void {
  for (const { value } of columns)
    if (value.kind === "name" && !collector.facts.checked.names.has(value))
      addName(collector, value.name, tableColumn(table, value.name.text), "read");
}

/** CREATE TABLE: the table, its columns, keys and what they refer to. */
export function collectCreateTable(collector: Collector, node: CreateTable): void {
  const table = namedTable(collector.facts, node.name);
  addTable(collector, node.name, table, "declaration");
  for (const column of node.columns) collectColumn(collector, table, column);
  if (node.as !== undefined && node.columns.length === 0)
    for (const name of resultNames(node.as.body)) declareColumn(collector, table, name);
  for (const constraint of node.constraints) {
    if (constraint.kind === "foreignKey") {
      for (const column of constraint.columns) addName(collector, column, tableColumn(table, column.text), "read");
      collectForeignKey(collector, constraint.foreignKey);
    }
    if (constraint.kind === "primaryKey" || constraint.kind === "unique")
      addColumns(collector, table, constraint.columns);
    if (constraint.kind === "check") addConditionColumns(collector, table, constraint.condition);
  }
}

function declareColumn(collector: Collector, table: LanguageSymbol, name: Name): void {
  addName(collector, name, tableColumn(table, name.text), "declaration");
}

/** The aliases of a query, which name the columns of CREATE TABLE … AS. */
function resultNames(body: NonNullable<CreateTable["as"]>["body"]): readonly Name[] {
  if (body.kind !== "core") return [];
  return body.columns.flatMap((column) =>
    column.kind === "column" && column.alias !== undefined ? [column.alias] : [],
  );
}

function collectColumn(collector: Collector, table: LanguageSymbol, column: ColumnDefinition): void {
  declareColumn(collector, table, column.name);
  for (const constraint of column.constraints) {
    if (constraint.kind === "references") collectForeignKey(collector, constraint.foreignKey);
    if (constraint.kind === "check") addConditionColumns(collector, table, constraint.condition);
    if (constraint.kind === "generated") addConditionColumns(collector, table, constraint.value);
  }
}

/** Bare names of a condition over the table's own columns, where the checker has not recorded them. */
function addConditionColumns(collector: Collector, table: LanguageSymbol, condition: Expression): void {
  const open: unknown[] = [condition];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const expression = node as Expression;
    if (expression.kind === "name" && !collector.facts.checked.names.has(expression))
      addName(collector, expression.name, tableColumn(table, expression.name.text), "read");
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
}

function collectForeignKey(collector: Collector, key: ForeignKey): void {
  const table = byName(collector, key.table);
  addTable(collector, key.table, table, "read");
  for (const column of key.columns) addName(collector, column, tableColumn(table, column.text), "read");
}

/** CREATE INDEX: the index, its table and plain columns. */
export function collectCreateIndex(collector: Collector, node: CreateIndex): void {
  const name = lastName(node.name);
  if (name !== undefined)
    addName(collector, name, sharedSymbol("index", name.text, collector.facts.path), "declaration");
  const table = byName(collector, { parts: [node.table], span: node.table.span });
  addName(collector, node.table, table, "read");
  addColumns(collector, table, node.columns);
}

/** CREATE VIEW: the view, and the columns that it names. */
export function collectCreateView(collector: Collector, node: CreateView): void {
  const view = namedTable(collector.facts, node.name, "view");
  addTable(collector, node.name, view, "declaration");
  for (const column of node.columns) declareColumn(collector, view, column);
  if (node.columns.length === 0) for (const name of resultNames(node.query.body)) declareColumn(collector, view, name);
}

/** A trigger in SQLite's own form: its name, its table, columns of UPDATE OF. */
export function collectNativeTrigger(collector: Collector, node: CreateNativeTrigger): void {
  const name = lastName(node.name);
  if (name !== undefined)
    addName(collector, name, sharedSymbol("trigger", name.text, collector.facts.path), "declaration");
  const table = byName(collector, node.table);
  addTable(collector, node.table, table, "read");
  for (const column of node.columns) addName(collector, column, tableColumn(table, column.text), "read");
}

/** ALTER TABLE: the table and the column that changes; a new name declares. */
export function collectAlterTable(collector: Collector, node: AlterTable): void {
  const table = byName(collector, node.name);
  addTable(collector, node.name, table, "write");
  const { action } = node;
  switch (action.kind) {
    case "renameColumn":
      addName(collector, action.from, tableColumn(table, action.from.text), "write");
      declareColumn(collector, table, action.to);
      return;
    case "addColumn":
      collectColumn(collector, table, action.column);
      return;
    case "dropColumn":
      addName(collector, action.name, tableColumn(table, action.name.text), "write");
      return;
    case "renameTo":
      addSpan(
        collector,
        action.name.span,
        namedTable(collector.facts, { parts: [action.name], span: action.name.span }),
        "declaration",
        false,
      );
  }
}
