// Reads the schema of all databases of a connection: tables, views, virtual tables, their columns, keys, checks.
// A few set-based queries over SQLite's pragma functions per database, so that thousands of tables take a fraction of a second.
// Views and virtual tables are asked one by one when asking for all of them fails: a view over a table that is gone, a module that is not loaded.
import type Database from "better-sqlite3";
import type { ColumnSchema, DatabaseSchema, ForeignKeySchema, TableSchema } from "../../base/schema.ts";
import { sqliteColumnType } from "../../base/sqlite-types.ts";
import { CAPTURE_PREFIX } from "./capture.ts";
import { checksOf, indexWhere } from "./create-text.ts";
import { isSqliteError } from "./errors.ts";
import { quoteName, quoteText } from "./identifiers.ts";

interface ObjectRow {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string | null;
}
interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly declared: string;
  readonly isRequired: number;
  readonly defaultText: string | null;
  readonly keyPlace: number;
  /** 0 usual, 1 hidden column of a virtual table, 2 virtual and 3 stored generated column. */
  readonly hidden: number;
}
interface IndexRow {
  readonly table: string;
  readonly index: string;
  /** `c` CREATE INDEX, `u` UNIQUE constraint, `pk` PRIMARY KEY. */
  readonly origin: string;
  readonly column: string | null;
}
interface KeyRow {
  readonly table: string;
  readonly id: number;
  readonly parent: string;
  readonly from: string;
  readonly to: string | null;
  readonly onUpdate: string;
  readonly onDelete: string;
}
interface KindRow {
  readonly name: string;
  readonly kind: string;
  readonly withoutRowid: number;
  readonly strict: number;
}

/** @throws what the driver throws for a damaged schema. */
export function introspectDatabase(db: Database.Database): DatabaseSchema {
  const names = db.prepare<unknown[], string>("SELECT name FROM pragma_database_list ORDER BY seq").pluck().all();
  const tables: TableSchema[] = [];
  const otherNames: DatabaseSchema["otherNames"][number][] = [];
  for (const schema of names) {
    const objects = db
      .prepare<unknown[], ObjectRow>(
        `SELECT type, name, tbl_name AS "table", sql FROM ${quoteName(schema)}.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .all();
    if (objects.length === 0) continue;
    tables.push(...readTables(db, schema, objects));
    for (const object of objects) {
      if (object.type === "index" || object.type === "trigger")
        if (!object.name.startsWith(CAPTURE_PREFIX))
          otherNames.push({
            kind: object.type,
            ...(schema === "main" ? {} : { schema }),
            name: object.name,
            table: object.table,
            sql: object.sql ?? undefined,
          });
    }
  }
  return { tables, otherNames };
}

function grouped<R extends { readonly table: string }>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.table);
    if (group === undefined) groups.set(row.table, [row]);
    else group.push(row);
  }
  return groups;
}

/** Rows of a pragma function for every table of the schema. `condition` chooses among the rows `m` of sqlite_schema. */
function forTables<R>(
  db: Database.Database,
  schema: string,
  condition: string,
  columns: string,
  pragmas: string,
): readonly R[] {
  const text = `SELECT m.name AS "table", ${columns} FROM ${quoteName(schema)}.sqlite_schema m, ${pragmas.replaceAll("$schema", quoteText(schema))} WHERE ${condition}`;
  return db.prepare<unknown[], R>(text).all();
}

const IS_TABLE = "m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.sql NOT LIKE 'CREATE VIRTUAL%'";
const COLUMN_FIELDS =
  'x.name, x.type AS declared, x."notnull" AS isRequired, x.dflt_value AS defaultText, x.pk AS keyPlace, x.hidden';

/** Columns of views or virtual tables; those that SQLite cannot answer for have none. */
function columnsOfFragile(db: Database.Database, schema: string, objects: readonly ObjectRow[]): readonly ColumnRow[] {
  const statement = db.prepare<unknown[], ColumnRow>(
    `SELECT ? AS "table", ${COLUMN_FIELDS} FROM pragma_table_xinfo(?, ?) x`,
  );
  return objects.flatMap((object) => {
    try {
      return statement.all(object.name, object.name, schema);
    } catch (error) {
      if (isSqliteError(error)) return [];
      throw error;
    }
  });
}

function readTables(db: Database.Database, schema: string, objects: readonly ObjectRow[]): readonly TableSchema[] {
  const kinds = new Map(
    db
      .prepare<unknown[], KindRow>(
        "SELECT name, type AS kind, wr AS withoutRowid, strict FROM pragma_table_list WHERE schema = ?",
      )
      .all(schema)
      .map((row) => [row.name, row]),
  );
  const tables = objects.filter((object) => object.type === "table" || object.type === "view");
  const fragile = tables.filter((object) => object.type === "view" || kinds.get(object.name)?.kind === "virtual");
  const columns = grouped([
    ...forTables<ColumnRow>(db, schema, IS_TABLE, COLUMN_FIELDS, "pragma_table_xinfo(m.name, $schema) x"),
    ...columnsOfFragile(db, schema, fragile),
  ]);
  const indexes = grouped(
    forTables<IndexRow>(
      db,
      schema,
      `${IS_TABLE} AND i."unique"`,
      'i.name AS "index", i.origin, c.name AS "column"',
      "pragma_index_list(m.name, $schema) i, pragma_index_info(i.name, $schema) c",
    ),
  );
  const keys = grouped(
    forTables<KeyRow>(
      db,
      schema,
      IS_TABLE,
      'k.id, k."table" AS parent, k."from", k."to", k.on_update AS onUpdate, k.on_delete AS onDelete',
      "pragma_foreign_key_list(m.name, $schema) k",
    ),
  );
  const indexSql = new Map(
    objects.filter((object) => object.type === "index").map((object) => [object.name, object.sql]),
  );
  return tables.map((object) =>
    tableOf(
      schema,
      object,
      kinds.get(object.name),
      columns.get(object.name) ?? [],
      indexes.get(object.name) ?? [],
      keys.get(object.name) ?? [],
      indexSql,
    ),
  );
}

function tableOf(
  schema: string,
  object: ObjectRow,
  kind: KindRow | undefined,
  columnRows: readonly ColumnRow[],
  indexRows: readonly IndexRow[],
  keyRows: readonly KeyRow[],
  indexSql: ReadonlyMap<string, string | null>,
): TableSchema {
  const withoutRowid = kind?.withoutRowid === 1;
  const keyRow = columnRows.filter((row) => row.keyPlace > 0).sort((a, b) => a.keyPlace - b.keyPlace);
  const [only] = keyRow;
  // `INTEGER PRIMARY KEY DESC` is no rowid: SQLite then keeps an index for the key.
  const isRowid =
    !withoutRowid &&
    keyRow.length === 1 &&
    only?.declared.toUpperCase() === "INTEGER" &&
    !indexRows.some((row) => row.origin === "pk");
  const rowidColumn = isRowid ? only?.name : undefined;
  return {
    schema,
    name: object.name,
    kind: object.type === "view" ? "view" : kind?.kind === "virtual" ? "virtual" : "table",
    columns: columnRows
      .filter((row) => row.hidden !== 1)
      .map((row) => columnOf(row, row.name === rowidColumn || (withoutRowid && row.keyPlace > 0))),
    primaryKey: keyRow.map((row) => row.name),
    rowidColumn,
    withoutRowid,
    strict: kind?.strict === 1,
    uniques: uniquesOf(indexRows, indexSql),
    foreignKeys: foreignKeysOf(keyRows),
    checks: object.type === "table" && object.sql !== null ? checksOf(object.sql) : [],
    sql: object.sql ?? undefined,
  };
}

function columnOf(row: ColumnRow, isKeyWithoutNull: boolean): ColumnSchema {
  const { type, args, affinity } = sqliteColumnType(row.declared);
  return {
    name: row.name,
    declaredType: row.declared,
    type,
    typeArgs: args,
    nullable: row.isRequired === 0 && !isKeyWithoutNull,
    defaultText: row.defaultText ?? undefined,
    generated: row.hidden === 2 || row.hidden === 3,
    affinity,
  };
}

/** Unique constraints and indexes over plain columns; the primary key is told apart, an index over an expression promises nothing about columns. */
function uniquesOf(rows: readonly IndexRow[], indexSql: ReadonlyMap<string, string | null>): TableSchema["uniques"] {
  const byIndex = new Map<string, IndexRow[]>();
  for (const row of rows) if (row.origin !== "pk") byIndex.set(row.index, [...(byIndex.get(row.index) ?? []), row]);
  const uniques: TableSchema["uniques"][number][] = [];
  for (const [name, parts] of byIndex) {
    const columns = parts.flatMap((part) => (part.column === null ? [] : [part.column]));
    if (columns.length !== parts.length) continue;
    const sql = indexSql.get(name);
    uniques.push({ name, columns, where: sql === undefined || sql === null ? undefined : indexWhere(sql) });
  }
  return uniques;
}

function foreignKeysOf(rows: readonly KeyRow[]): readonly ForeignKeySchema[] {
  const byId = new Map<number, KeyRow[]>();
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  // SQLite numbers foreign keys from the last declared to the first.
  return [...byId.entries()]
    .sort(([a], [b]) => b - a)
    .map(([, parts]) => ({
      columns: parts.map((part) => part.from),
      table: parts[0]?.parent ?? "",
      referenced: parts.flatMap((part) => (part.to === null ? [] : [part.to])),
      onDelete: (parts[0]?.onDelete ?? "").toLowerCase(),
      onUpdate: (parts[0]?.onUpdate ?? "").toLowerCase(),
    }));
}
