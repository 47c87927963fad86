// A database's schema, as introspection or gobi.schema.json gives it, seen as catalog tables.
// Views keep their defining text; it is parsed only when a query reads the view.
import { required } from "../../base/failure.ts";
import type { ColumnSchema, DatabaseSchema, TableSchema } from "../../base/schema.ts";
import { isKnownDeclaredType } from "../../base/sqlite-types.ts";
import type {
  CatalogColumn,
  CatalogRoutine,
  CatalogTable,
  CatalogType,
  CatalogView,
  ViewDefinition,
} from "../catalog-view.ts";
import { parse } from "../syntax/parse.ts";
import type { CreateNativeTrigger, SqlStatement } from "../syntax/tree.ts";
import { indexOf, makeCatalog } from "./catalog.ts";

/** What a live database adds to its tables: stored routines, types and objects. */
export interface StoredObjects {
  readonly engine?: CatalogView["engine"];
  readonly routines?: readonly CatalogRoutine[];
  readonly types?: readonly CatalogType[];
  readonly objects?: readonly { readonly kind: "trigger" | "schedule" | "pipeline"; readonly name: string }[];
}

/** The catalog view of a database schema. */
export function catalogFromSchema(schema: DatabaseSchema, stored: StoredObjects = {}): CatalogView {
  const nativeTriggers = schema.otherNames
    .filter((other) => other.kind === "trigger")
    .map((other) => ({ kind: "trigger" as const, name: other.name }));
  return makeCatalog({
    ...stored,
    tables: schema.tables.map((table) => withTriggers(withIndexes(tableFromSchema(table), schema), schema)),
    objects: [...nativeTriggers, ...(stored.objects ?? [])],
  });
}

/** One table or view of a database as the checker sees it. */
export function tableFromSchema(table: TableSchema): CatalogTable {
  const uniqueKeys = table.uniques
    .filter((unique) => unique.where === undefined)
    .map(({ name, columns }) => ({ name, columns }));
  const hasPrimary =
    table.primaryKey.length === 0 || uniqueKeys.some((unique) => sameNames(unique.columns, table.primaryKey));
  return {
    schema: table.schema,
    name: table.name,
    kind: table.kind,
    columns: table.columns.map((column) => columnFromSchema(column, table)),
    primaryKey: table.primaryKey,
    uniqueKeys: hasPrimary ? uniqueKeys : [{ name: "primary key", columns: table.primaryKey }, ...uniqueKeys],
    partialUniques: table.uniques
      .filter((unique) => unique.where !== undefined)
      .map(({ name, columns }) => ({ name, columns })),
    foreignKeys: table.foreignKeys,
    hasChecks: table.checks.length > 0,
    hasCollations: /\bcollate\b/iu.test(table.sql ?? ""),
    rowidColumn: table.rowidColumn,
    withoutRowid: table.withoutRowid,
    ...(table.kind === "virtual" ? { openColumns: true } : {}),
    ...(table.kind === "view" && table.sql !== undefined
      ? { definition: lazyDefinition(table.sql), texts: [table.sql] }
      : { texts: [] }),
  };
}

/** True when both name the same columns, in any order. */
export function sameNames(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  const names = new Set(left.map((name) => name.toLowerCase()));
  return right.every((name) => names.has(name.toLowerCase()));
}

function columnFromSchema(column: ColumnSchema, table: TableSchema): CatalogColumn {
  return {
    name: column.name,
    type: column.type,
    typeArgs: column.typeArgs,
    ...(isKnownDeclaredType(column.declaredType) ? {} : { typeName: column.declaredType }),
    nullable: column.nullable,
    nullReason: nullReasonOf(column, table),
    hasDefault: column.defaultText !== undefined,
    generated: column.generated,
    affinity: column.affinity,
  };
}

function nullReasonOf(column: ColumnSchema, table: TableSchema): string {
  const path = `${table.name}.${column.name}`;
  if (table.kind !== "table") return `${path} is a column of a ${table.kind === "view" ? "view" : "virtual table"}`;
  if (!column.nullable)
    return table.rowidColumn === column.name ? `${path} is the INTEGER PRIMARY KEY` : `${path} is declared NOT NULL`;
  return `${path} is not declared NOT NULL`;
}

/** Texts of the indexes or triggers of a table. */
function textsOn(table: CatalogTable, schema: DatabaseSchema, kind: "index" | "trigger"): readonly string[] {
  return schema.otherNames.flatMap((other) =>
    other.kind === kind && other.sql !== undefined && other.table.toLowerCase() === table.name.toLowerCase()
      ? [other.sql]
      : [],
  );
}

/** Parses texts when they are first asked for; what the parser does not know is left out. */
function lazily<T>(texts: readonly string[], pick: (statement: SqlStatement) => readonly T[]): () => readonly T[] {
  let parsed: readonly T[] | undefined;
  return () => {
    parsed ??= texts.flatMap((text) => {
      const statement = onlyStatement(text);
      return statement === undefined ? [] : pick(statement);
    });
    return parsed;
  };
}

/** The table with the native triggers that stand on it. */
function withTriggers(table: CatalogTable, schema: DatabaseSchema): CatalogTable {
  const texts = textsOn(table, schema, "trigger");
  if (texts.length === 0) return table;
  const pick = (statement: SqlStatement): readonly CreateNativeTrigger[] =>
    statement.kind === "createNativeTrigger" ? [statement] : [];
  return { ...table, triggers: lazily(texts, pick), texts: [...(table.texts ?? []), ...texts] };
}

/** The table with the indexes that CREATE INDEX made. */
function withIndexes(table: CatalogTable, schema: DatabaseSchema): CatalogTable {
  const texts = textsOn(table, schema, "index");
  if (texts.length === 0) return table;
  return {
    ...table,
    texts: [...(table.texts ?? []), ...texts],
    indexes: lazily(texts, (statement) => (statement.kind === "createIndex" ? [indexOf(statement)] : [])),
  };
}

/** The one SQL statement of a text; undefined when it is none of ours. */
function onlyStatement(text: string): SqlStatement | undefined {
  const module = parse({ name: "<schema>", text }).value;
  const statement = module.items.length === 1 ? required(module.items[0], "first item").statement : undefined;
  return statement?.kind === "sql" ? statement.statement : undefined;
}

function lazyDefinition(sql: string): () => ViewDefinition | undefined {
  let asked = false;
  let definition: ViewDefinition | undefined;
  return () => {
    if (!asked) {
      asked = true;
      const statement = onlyStatement(sql);
      if (statement?.kind === "createView") definition = { query: statement.query, columns: statement.columns };
    }
    return definition;
  };
}
