// Definitions: tables, indexes, views, native triggers, ALTER and DROP.
// The declared type of a column is kept as text too, since SQLite takes its affinity from the words.
import { InternalError } from "../../base/failure.ts";
import {
  all,
  has,
  kids,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanOf,
  textOf,
  type View,
  words,
} from "./build-node.ts";
import { buildSqlExpression } from "./build-sql-expressions.ts";
import { buildLiteral } from "./build-literals.ts";
import { buildColumnNames, buildQuery } from "./build-sql-select.ts";
import type { Expression } from "./tree/expressions.ts";
import type {
  AlterTable,
  ColumnConstraint,
  ColumnDefinition,
  ConflictPolicy,
  CreateIndex,
  CreateNativeTrigger,
  CreateTable,
  CreateView,
  CreateVirtualTable,
  DropObject,
  ForeignKey,
  ForeignKeyAction,
  IndexedColumn,
  TableConstraint,
} from "./tree/sql.ts";

const nameIn = (view: View) => qualifiedNameOf(one(view, "QualifiedName"));

/** CREATE TABLE. Holes among the columns are left out; `tableHasHole` tells of them. */
export function buildCreateTable(view: View): CreateTable {
  const body = only(one(view, "TableBody"));
  const elements = listOf(body, "TableElement", "CommaTableElement").map(only);
  const options = maybe(body, "TableOptions");
  return {
    kind: "createTable",
    temporary: has(view, "Temporary"),
    ifNotExists: has(view, "IfNotExists"),
    name: nameIn(view),
    columns: elements.filter((element) => rule(element) === "ColumnDefinition").map(buildColumnDefinition),
    constraints: elements.filter((element) => rule(element) === "TableConstraint").map(buildTableConstraint),
    options: listOf(options, "TableOption", "CommaTableOption").map((option) =>
      rule(only(option)) === "kSTRICT" ? "strict" : "without rowid",
    ),
    as: rule(body) === "TableAs" ? buildQuery(one(body, "Query")) : undefined,
    span: spanOf(view),
  };
}

function buildColumnDefinition(view: View): ColumnDefinition {
  const type = maybe(view, "ColumnType");
  return {
    name: nameOf(one(view, "sqlName")),
    type: type === undefined ? undefined : view.ctx.build.type(type),
    typeText: type === undefined ? "" : textOf(type).trim(),
    constraints: all(view, "ColumnConstraint").map(buildColumnConstraint),
    span: spanOf(view),
  };
}

function constraintBase(view: View): { name: ColumnConstraint["name"]; span: ColumnConstraint["span"] } {
  const name = maybe(view, "ConstraintName");
  return { name: name === undefined ? undefined : nameOf(one(name, "sqlName")), span: spanOf(view) };
}

function onConflict(view: View): ConflictPolicy {
  const inner = maybe(view, "OnConflict");
  return inner === undefined ? undefined : (words(one(inner, "conflictWord")) as ConflictPolicy);
}

function directionOf(view: View): "asc" | "desc" | undefined {
  const inner = maybe(view, "Direction");
  return inner === undefined ? undefined : (words(inner) as "asc" | "desc");
}

function buildColumnConstraint(view: View): ColumnConstraint {
  const base = constraintBase(view);
  const body = only(one(view, "ColumnConstraintBody"));
  switch (rule(body)) {
    case "ColumnPrimaryKey":
      return {
        ...base,
        kind: "primaryKey",
        direction: directionOf(body),
        onConflict: onConflict(body),
        autoincrement: has(body, "kAUTOINCREMENT"),
      };
    case "ColumnNotNull":
      return { ...base, kind: "notNull", onConflict: onConflict(body) };
    case "ColumnNull":
      return { ...base, kind: "nullable" };
    case "ColumnUnique":
      return { ...base, kind: "unique", onConflict: onConflict(body) };
    case "Check":
      return { ...base, kind: "check", condition: buildSqlExpression(one(body, "SqlExpr")) };
    case "Default":
      return { ...base, kind: "default", value: buildDefault(only(one(body, "DefaultValue"))) };
    case "Collate":
      return { ...base, kind: "collate", collation: nameOf(one(body, "sqlName")) };
    case "References":
      return { ...base, kind: "references", foreignKey: buildForeignKey(body) };
    case "Generated": {
      const kind = maybe(body, "GeneratedKind");
      return {
        ...base,
        kind: "generated",
        value: buildSqlExpression(one(body, "SqlExpr")),
        stored: kind !== undefined && has(kind, "kSTORED"),
      };
    }
    default:
      throw new InternalError(`build: column constraint ${rule(body)}`);
  }
}

function buildDefault(view: View): Expression {
  if (rule(view) === "DefaultExpr") {
    return { kind: "parenthesized", inner: buildSqlExpression(one(view, "SqlExpr")), span: spanOf(view) };
  }
  return rule(view) === "SignedNumberLiteral" ? buildSignedNumber(view) : buildSqlExpression(view);
}

/** `-1`, `+2.5`. */
export function buildSignedNumber(view: View): Expression {
  const value = buildLiteral(one(view, "sqlNumber"));
  const sign = maybe(view, "sign");
  return sign === undefined
    ? value
    : { kind: "unary", operator: words(sign) as "+" | "-", operand: value, span: spanOf(view) };
}

function buildForeignKey(view: View): ForeignKey {
  const options = all(view, "ReferenceOption").map(only);
  const option = (name: string): View | undefined => options.find((inner) => rule(inner) === name);
  const action = (inner: View | undefined): ForeignKeyAction | undefined =>
    inner === undefined ? undefined : (words(one(inner, "ReferenceAction")) as ForeignKeyAction);
  const match = option("ReferenceMatch");
  const deferrable = option("Deferrable");
  const initially = deferrable === undefined ? undefined : maybe(deferrable, "Initially");
  return {
    table: nameIn(view),
    columns: buildColumnNames(maybe(view, "ColumnNames")),
    onDelete: action(option("OnDelete")),
    onUpdate: action(option("OnUpdate")),
    match: match === undefined ? undefined : nameOf(one(match, "sqlName")),
    deferrable: deferrable === undefined ? undefined : !has(deferrable, "kNOT"),
    initially:
      initially === undefined ? undefined : (words(one(initially, "InitiallyWord")) as "deferred" | "immediate"),
    span: spanOf(view),
  };
}

function buildTableConstraint(view: View): TableConstraint {
  const base = constraintBase(view);
  const body = only(one(view, "TableConstraintBody"));
  switch (rule(body)) {
    case "TablePrimaryKey":
      return {
        ...base,
        kind: "primaryKey",
        columns: buildIndexedColumns(one(body, "IndexedColumns")),
        onConflict: onConflict(body),
        autoincrement: has(body, "kAUTOINCREMENT"),
      };
    case "TableUnique":
      return {
        ...base,
        kind: "unique",
        columns: buildIndexedColumns(one(body, "IndexedColumns")),
        onConflict: onConflict(body),
        autoincrement: false,
      };
    case "Check":
      return { ...base, kind: "check", condition: buildSqlExpression(one(body, "SqlExpr")) };
    case "TableForeignKey":
      return {
        ...base,
        kind: "foreignKey",
        columns: buildColumnNames(one(body, "ColumnNames")),
        foreignKey: buildForeignKey(one(body, "References")),
      };
    default:
      throw new InternalError(`build: table constraint ${rule(body)}`);
  }
}

/** The columns of an index, key or conflict target. */
export function buildIndexedColumns(view: View): readonly IndexedColumn[] {
  return listOf(view, "IndexedColumn", "CommaIndexedColumn").map((column) => ({
    value: buildSqlExpression(one(column, "SqlExpr")),
    direction: directionOf(column),
    span: spanOf(column),
  }));
}

/** CREATE INDEX. */
export function buildCreateIndex(view: View): CreateIndex {
  const where = maybe(view, "Where");
  return {
    kind: "createIndex",
    unique: has(view, "kUNIQUE"),
    ifNotExists: has(view, "IfNotExists"),
    name: nameIn(view),
    table: nameOf(one(view, "sqlName")),
    columns: buildIndexedColumns(one(view, "IndexedColumns")),
    where: where === undefined ? undefined : buildSqlExpression(one(where, "SqlExpr")),
    span: spanOf(view),
  };
}

/** CREATE VIEW. */
export function buildCreateView(view: View): CreateView {
  return {
    kind: "createView",
    temporary: has(view, "Temporary"),
    orReplace: has(view, "OrReplace"),
    ifNotExists: has(view, "IfNotExists"),
    name: nameIn(view),
    columns: buildColumnNames(maybe(view, "ColumnNames")),
    query: buildQuery(one(view, "Query")),
    span: spanOf(view),
  };
}

/** CREATE VIRTUAL TABLE. */
export function buildCreateVirtualTable(view: View): CreateVirtualTable {
  const args = maybe(view, "ModuleArguments");
  return {
    kind: "createVirtualTable",
    ifNotExists: has(view, "IfNotExists"),
    name: nameIn(view),
    module: nameOf(one(view, "sqlName")),
    argumentsText: args === undefined ? undefined : textOf(args).slice(1, -1).trim(),
    span: spanOf(view),
  };
}

/** SQLite's CREATE TRIGGER … BEGIN … END. */
export function buildNativeTrigger(view: View): CreateNativeTrigger {
  const [name, table] = all(view, "QualifiedName").map(qualifiedNameOf);
  if (name === undefined || table === undefined) throw new InternalError("build: a trigger without table");
  const timing = maybe(view, "TriggerTiming");
  const event = only(one(view, "TriggerEvent"));
  const columns = rule(event) === "UpdateEvent" ? maybe(event, "UpdateColumns") : undefined;
  const when = maybe(view, "TriggerWhen");
  return {
    kind: "createNativeTrigger",
    temporary: has(view, "Temporary"),
    ifNotExists: has(view, "IfNotExists"),
    name,
    timing: timing === undefined ? undefined : (words(timing) as "before" | "after" | "instead of"),
    event: rule(event) === "UpdateEvent" ? "update" : (words(event) as "insert" | "delete"),
    columns: buildColumnNames(columns),
    table,
    forEachRow: has(view, "ForEachRow"),
    when: when === undefined ? undefined : buildSqlExpression(one(when, "SqlExpr")),
    body: all(view, "NativeTriggerStatement").map((statement) =>
      view.ctx.build.sqlStatement(only(one(statement, "NativeTriggerBody"))),
    ),
    span: spanOf(view),
  };
}

/** ALTER TABLE. */
export function buildAlterTable(view: View): AlterTable {
  const inner = only(one(view, "AlterAction"));
  const names = kids(inner)
    .filter((kid) => rule(kid) === "sqlName")
    .map(nameOf);
  const [first, second] = names;
  const action = (): AlterTable["action"] => {
    if (rule(inner) === "AddColumn")
      return { kind: "addColumn", column: buildColumnDefinition(one(inner, "ColumnDefinition")) };
    if (first === undefined) throw new InternalError("build: ALTER TABLE without name");
    if (rule(inner) === "RenameTo") return { kind: "renameTo", name: first };
    if (rule(inner) === "DropColumn") return { kind: "dropColumn", name: first };
    if (second === undefined) throw new InternalError("build: RENAME COLUMN without new name");
    return { kind: "renameColumn", from: first, to: second };
  };
  return { kind: "alterTable", name: nameIn(view), action: action(), span: spanOf(view) };
}

/** DROP TABLE, INDEX, VIEW. */
export function buildDropObject(view: View): DropObject {
  return {
    kind: "drop",
    object: words(one(view, "DropObjectKind")) as DropObject["object"],
    ifExists: has(view, "IfExists"),
    name: nameIn(view),
    span: spanOf(view),
  };
}
