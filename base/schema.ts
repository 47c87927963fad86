// What introspection of a database finds, as plain data: tables, columns, keys, checks, names taken.
// Made by the engines, read by the compiler's catalog, written to gobi.schema.json; it knows neither drivers nor our syntax tree.
import type { ScalarName } from "./scalar.ts";
import type { Affinity } from "./sqlite-types.ts";

/** What introspection finds. */
export interface DatabaseSchema {
  readonly tables: readonly TableSchema[];
  /** Indexes, native triggers: names taken in the schema. */
  readonly otherNames: readonly {
    readonly kind: "index" | "trigger";
    /** Where it is stored, when not in `main`. */
    readonly schema?: string;
    readonly name: string;
    readonly table: string;
    readonly sql: string | undefined;
  }[];
}
/** A table or view. */
export interface TableSchema {
  /** `main`, `temp` or the alias of an attached database. */
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "view" | "virtual";
  readonly columns: readonly ColumnSchema[];
  /** Columns of the primary key in key order; empty when there is none. */
  readonly primaryKey: readonly string[];
  /** The one INTEGER PRIMARY KEY column that is the rowid, if any. */
  readonly rowidColumn: string | undefined;
  readonly withoutRowid: boolean;
  readonly strict: boolean;
  /** UNIQUE constraints and unique indexes; partial ones have `where`. */
  readonly uniques: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly where: string | undefined;
  }[];
  readonly foreignKeys: readonly ForeignKeySchema[];
  /** Text of CHECK constraints, when the engine keeps it. */
  readonly checks: readonly { readonly name: string | undefined; readonly text: string }[];
  /** The statement that made it, when the engine keeps it (views: needed for nullability and lineage). */
  readonly sql: string | undefined;
}
/** A foreign key; `referenced` is empty when it means the parent's primary key. Actions are in lower case: `no action`, `cascade`, … */
export interface ForeignKeySchema {
  readonly columns: readonly string[];
  readonly table: string;
  readonly referenced: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
}
/** A column. `declaredType` is the engine's text; `type` our type by the engine's type map, undefined when unknown (any). */
export interface ColumnSchema {
  readonly name: string;
  readonly declaredType: string;
  readonly type: ScalarName | undefined;
  readonly typeArgs: readonly number[];
  readonly nullable: boolean;
  readonly defaultText: string | undefined;
  readonly generated: boolean;
  /** SQLite affinity, for the binding rule. */
  readonly affinity: Affinity;
}
