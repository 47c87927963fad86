// CREATE TABLE as a catalog table: types by base/sqlite-types.ts, nullability and keys as SQLite has them (LANGUAGE.md 15.27).
import { isKnownDeclaredType, sqliteColumnType, sqliteDeclaration, type Affinity } from "../../base/sqlite-types.ts";
import type { ScalarName } from "../../base/scalar.ts";
import type { CatalogColumn, CatalogTable, CatalogView } from "../catalog-view.ts";
import type { ColumnDefinition, CreateTable, ForeignKey, IndexedColumn } from "../syntax/tree.ts";
import { sameNames } from "./from-schema.ts";

/** A column of a query, as CREATE TABLE … AS takes it over. */
export interface QueryColumn {
  readonly name: string;
  readonly type: ScalarName | undefined;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };
type Key = CatalogTable["uniqueKeys"][number];

/** What a column's nullability depends on beyond its own definition. */
export interface ColumnSetting {
  readonly tableName: string;
  readonly rowidColumn: string | undefined;
  readonly primaryKey: readonly string[];
  readonly withoutRowid: boolean;
  readonly strict: boolean;
}

/** The table that a CREATE TABLE makes. `asColumns` are those of its query, for CREATE TABLE … AS. */
export function tableFromDdl(
  statement: CreateTable,
  place: { readonly schema: string; readonly name: string },
  asColumns: readonly QueryColumn[] | undefined,
  view: CatalogView,
  item: object | undefined,
): CatalogTable {
  const keys = keysOf(statement);
  const setting: ColumnSetting = {
    tableName: place.name,
    rowidColumn: rowidColumnOf(statement, keys.primaryKey),
    primaryKey: keys.primaryKey,
    withoutRowid: statement.options.includes("without rowid"),
    strict: statement.options.includes("strict"),
  };
  return {
    schema: place.schema,
    name: place.name,
    kind: "table",
    columns:
      statement.as === undefined
        ? statement.columns.map((column) => columnFromDdl(column, setting))
        : (asColumns ?? []).map((column) => columnFromQuery(column, place.name)),
    ...(statement.as !== undefined && asColumns === undefined ? { openColumns: true } : {}),
    primaryKey: keys.primaryKey,
    uniqueKeys: keys.uniqueKeys,
    partialUniques: [],
    foreignKeys: foreignKeysOf(statement, view),
    hasChecks:
      statement.constraints.some((constraint) => constraint.kind === "check") ||
      statement.columns.some((column) => column.constraints.some((constraint) => constraint.kind === "check")),
    hasCollations: statement.columns.some(hasCollation),
    rowidColumn: setting.rowidColumn,
    withoutRowid: setting.withoutRowid,
    ...(item === undefined ? {} : { origin: { item, span: statement.name.span } }),
  };
}

/** Whether a column is declared with a collation. */
export function hasCollation(column: ColumnDefinition): boolean {
  return column.constraints.some((constraint) => constraint.kind === "collate");
}

/** One column definition as a catalog column. */
export function columnFromDdl(column: ColumnDefinition, setting: ColumnSetting): CatalogColumn {
  const declared = sqliteColumnType(sqliteDeclaration(column.typeText));
  const has = (kind: ColumnDefinition["constraints"][number]["kind"]): boolean =>
    column.constraints.some((constraint) => constraint.kind === kind);
  const name = column.name.text;
  const isKey = setting.primaryKey.some((key) => key.toLowerCase() === name.toLowerCase());
  const isRowid = setting.rowidColumn?.toLowerCase() === name.toLowerCase();
  const notNull = has("notNull");
  const path = `${setting.tableName}.${name}`;
  const keyNeverNull = isKey && (setting.withoutRowid || setting.strict);
  return {
    name,
    type: declared.type,
    typeArgs: declared.args,
    ...(isKnownDeclaredType(column.typeText) ? {} : { typeName: column.typeText }),
    nullable: !(notNull || isRowid || keyNeverNull),
    nullReason: isRowid
      ? `${path} is the INTEGER PRIMARY KEY`
      : notNull
        ? `${path} is declared NOT NULL`
        : keyNeverNull
          ? `${path} is in the primary key of a ${setting.withoutRowid ? "WITHOUT ROWID" : "STRICT"} table`
          : `${path} is not declared NOT NULL`,
    hasDefault: column.constraints.some(
      (constraint) => constraint.kind === "default" && constraint.value.kind !== "null",
    ),
    generated: has("generated"),
    affinity: declared.affinity,
  };
}

/** SQLite gives columns of CREATE TABLE … AS the affinity of the expression and no NOT NULL. */
function columnFromQuery(column: QueryColumn, tableName: string): CatalogColumn {
  const affinity: Affinity =
    column.type === undefined ? "blob" : sqliteColumnType(column.type === "string" ? "TEXT" : column.type).affinity;
  return {
    name: column.name,
    type: column.type,
    typeArgs: [],
    nullable: true,
    nullReason: `${tableName}.${column.name} comes from CREATE TABLE … AS, which keeps no NOT NULL`,
    hasDefault: false,
    generated: false,
    affinity,
  };
}

/** The column that is the rowid: a single INTEGER key, declared with exactly that word, not DESC in the column itself. */
function rowidColumnOf(statement: CreateTable, primaryKey: readonly string[]): string | undefined {
  const [only] = primaryKey;
  if (only === undefined || primaryKey.length !== 1 || statement.options.includes("without rowid")) return undefined;
  const column = statement.columns.find((candidate) => candidate.name.text.toLowerCase() === only.toLowerCase());
  if (column === undefined || sqliteDeclaration(column.typeText).trim().toLowerCase() !== "integer") return undefined;
  const descending = column.constraints.some(
    (constraint) => constraint.kind === "primaryKey" && constraint.direction === "desc",
  );
  return descending ? undefined : column.name.text;
}

function keysOf(statement: CreateTable): {
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly Key[];
} {
  let primaryKey: readonly string[] = [];
  const uniqueKeys: Mutable<Key>[] = [];
  const addUnique = (name: string | undefined, columns: readonly string[]): void => {
    if (!uniqueKeys.some((key) => sameNames(key.columns, columns)))
      uniqueKeys.push({
        name: name ?? columns.map((column) => `${statement.name.parts.at(-1)?.text ?? ""}.${column}`).join(", "),
        columns,
      });
  };
  for (const column of statement.columns) {
    for (const constraint of column.constraints) {
      if (constraint.kind === "primaryKey") primaryKey = [column.name.text];
      if (constraint.kind === "primaryKey" || constraint.kind === "unique")
        addUnique(constraint.name?.text, [column.name.text]);
    }
  }
  for (const constraint of statement.constraints) {
    if (constraint.kind !== "primaryKey" && constraint.kind !== "unique") continue;
    const columns = constraint.columns.flatMap(columnNameOf);
    if (columns.length !== constraint.columns.length) continue;
    if (constraint.kind === "primaryKey") primaryKey = columns;
    addUnique(constraint.name?.text, columns);
  }
  return { primaryKey, uniqueKeys };
}

function columnNameOf(column: IndexedColumn): readonly string[] {
  const value = column.value.kind === "collate" ? column.value.value : column.value;
  if (value.kind === "name") return [value.name.text];
  return value.kind === "string" ? [value.value] : [];
}

function foreignKeysOf(statement: CreateTable, view: CatalogView): CatalogTable["foreignKeys"] {
  const keys: CatalogTable["foreignKeys"][number][] = [];
  const add = (columns: readonly string[], key: ForeignKey): void => {
    const table = key.table.parts.at(-1)?.text ?? "";
    const parent = view.table(undefined, table);
    const referenced = key.columns.length > 0 ? key.columns.map((column) => column.text) : (parent?.primaryKey ?? []);
    keys.push({
      columns,
      table,
      referenced,
      onDelete: key.onDelete ?? "no action",
      onUpdate: key.onUpdate ?? "no action",
    });
  };
  for (const column of statement.columns)
    for (const constraint of column.constraints)
      if (constraint.kind === "references") add([column.name.text], constraint.foreignKey);
  for (const constraint of statement.constraints)
    if (constraint.kind === "foreignKey")
      add(
        constraint.columns.map((column) => column.text),
        constraint.foreignKey,
      );
  return keys;
}
