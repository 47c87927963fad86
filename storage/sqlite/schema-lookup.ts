// Quick questions about names in the schema, answered by SQLite's own pragmas: which tables exist, which columns they have, whether anything has changed.
import type Database from "better-sqlite3";
import type { Value } from "../../base/value/value.ts";
import { EngineError } from "../engine.ts";
import { quoteName } from "./identifiers.ts";
import type { SchemaNames } from "./refusal.ts";

/** Questions to one database handle; statements are prepared when first needed. */
export class SchemaLookup implements SchemaNames {
  readonly #db: Database.Database;
  #versions: readonly Database.Statement<unknown[], unknown>[] | undefined;
  #list: Database.Statement<unknown[], unknown> | undefined;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Changes whenever the schema of any attached database may have changed. */
  version(): string {
    this.#versions ??= this.#databases().map((name) =>
      this.#db.prepare<unknown[], unknown>(`PRAGMA ${quoteName(name)}.schema_version`).pluck(),
    );
    let version = "";
    for (const statement of this.#versions) version += `${String(statement.get())}.`;
    return version + String(this.#versions.length);
  }

  /** Databases may have been attached or detached. */
  refresh(): void {
    this.#versions = undefined;
  }

  tableExists(name: string, schema?: string): boolean {
    const rows = this.#tablesNamed(name);
    return schema === undefined ? rows.length > 0 : rows.some((row) => row.toLowerCase() === schema.toLowerCase());
  }

  /** True when what has this name, in whichever schema, is a table and no view. */
  isTable(name: string): boolean {
    const types = this.#db
      .prepare<unknown[], string>("SELECT type FROM pragma_table_list WHERE name = ? COLLATE NOCASE")
      .pluck()
      .all(name);
    return types.length > 0 && types.every((type) => type === "table");
  }

  isTaken(name: string): boolean {
    return this.#databases().some(
      (schema) =>
        this.#db.prepare(`SELECT 1 FROM ${quoteName(schema)}.sqlite_schema WHERE name = ? COLLATE NOCASE`).get(name) !==
        undefined,
    );
  }

  hasColumn(table: string, column: string): boolean {
    try {
      return (
        this.#db.prepare("SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE").get(table, column) !==
        undefined
      );
    } catch (error) {
      // A view over tables that are gone has no columns that one could ask for.
      if (error instanceof Error && "code" in error && error.code === "SQLITE_ERROR") return false;
      throw error;
    }
  }

  /**
   * The quoted name of the table that a string value names, as `table` or `schema.table`.
   * @throws EngineError `noSuchTable` when there is none.
   */
  quotedTable(value: Value): string {
    if (typeof value !== "string")
      throw new EngineError("The name of a table is null or no string.", {
        kind: "noSuchTable",
        code: "GOBI_TABLE_NAME",
      });
    if (this.tableExists(value)) return quoteName(value);
    const dot = value.indexOf(".");
    const [schema, table] = [value.slice(0, dot), value.slice(dot + 1)];
    if (dot > 0 && this.tableExists(table, schema)) return `${quoteName(schema)}.${quoteName(table)}`;
    throw new EngineError(`There is no table named ${value}.`, {
      kind: "noSuchTable",
      code: "GOBI_TABLE_NAME",
      table: value,
    });
  }

  #databases(): readonly string[] {
    return this.#db.prepare<unknown[], string>("SELECT name FROM pragma_database_list").pluck().all();
  }

  /** Schemas that have a table or view of the name. */
  #tablesNamed(name: string): readonly string[] {
    this.#list ??= this.#db
      .prepare<unknown[], unknown>("SELECT schema FROM pragma_table_list WHERE name = ? COLLATE NOCASE")
      .pluck();
    return this.#list.all(name) as string[];
  }
}
