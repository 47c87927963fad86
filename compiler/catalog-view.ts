// The read-only port through which the checker sees a database: tables, views, routines, types.
// Made from a live connection, a schema.sql, gobi.schema.json or the file's own DDL; the checker cannot tell which.
import type { ScalarName } from "../base/scalar.ts";
import type {
  CreateNativeTrigger,
  ErrorDeclaration,
  EnumDeclaration,
  Name,
  RoutineDeclaration,
  Select,
  StructDeclaration,
  TriggerDeclaration,
} from "./syntax/tree.ts";

/** What the checker may ask. Names match ASCII case-insensitively. */
export interface CatalogView {
  readonly engine: "sqlite" | "postgres" | "mysql";
  /** A table or view; `schema` undefined searches temp, main, then attached databases. `system.*` tables are found under schema `system`. */
  table(schema: string | undefined, name: string): CatalogTable | undefined;
  /** A stored routine; `receiver` is the printed receiver type for methods. */
  routines(name: string): readonly CatalogRoutine[];
  type(name: string): CatalogType | undefined;
  /** All names, for suggestions and completion. */
  tableNames(): readonly string[];
  routineNames(): readonly string[];
  /** Schemas that exist: main, temp, attached aliases, system. */
  schemas(): readonly string[];
  /** True when an object of that kind exists (triggers, schedules, pipelines). */
  hasObject(kind: "trigger" | "schedule" | "pipeline", name: string): boolean;
  /** Stored triggers, in firing order. Read when a program writes, or declares a procedure or trigger. */
  triggers(): readonly CatalogTrigger[];
  /** Query templates of the database itself, by number. Read when a step of a pipeline names one. */
  queryTemplates(): readonly CatalogTemplate[];
}

export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "view" | "virtual" | "system";
  readonly columns: readonly CatalogColumn[];
  readonly primaryKey: readonly string[];
  /** Column sets that identify a row: primary key, unique constraints, unique indexes without WHERE. */
  readonly uniqueKeys: readonly { readonly name: string; readonly columns: readonly string[] }[];
  /** Unique indexes with WHERE: they can be violated but do not identify a row. */
  readonly partialUniques: readonly { readonly name: string; readonly columns: readonly string[] }[];
  readonly foreignKeys: readonly {
    readonly columns: readonly string[];
    readonly table: string;
    readonly referenced: readonly string[];
    readonly onDelete: string;
    readonly onUpdate: string;
  }[];
  /** Indexes made by CREATE INDEX, unique or not, read when first asked for. Keys and constraints have indexes too, which are not here. */
  readonly indexes?: () => readonly CatalogIndex[];
  readonly hasChecks: boolean;
  /** A column compares by a collation of its own. */
  readonly hasCollations?: boolean;
  /** The INTEGER PRIMARY KEY column, if any. */
  readonly rowidColumn: string | undefined;
  readonly withoutRowid: boolean;
  /** True when it has columns beyond those listed (virtual tables of unknown modules): unknown names are then silent. */
  readonly openColumns?: boolean;
  /** Views: the defining query, parsed when first asked for; undefined when its text cannot be parsed. Use `tableColumns` of check/sql to see the view's columns with nullability. */
  readonly definition?: () => ViewDefinition | undefined;
  /** The engine's own triggers on it, parsed when first asked for. What they do counts as effects of the statements that fire them. */
  readonly triggers?: () => readonly CreateNativeTrigger[];
  /** The texts that definition, triggers and indexes are parsed from: where these are the same, so are those. */
  readonly texts?: readonly string[];
  /** Where it was declared in the checked file, for related places. */
  readonly origin?: { readonly item: object; readonly span: { readonly start: number; readonly end: number } };
}
/** An index: its columns in order, undefined for an expression. */
export interface CatalogIndex {
  readonly name: string;
  readonly columns: readonly (string | undefined)[];
}
/** A view's query. Spans are relative to the text it was parsed from. */
export interface ViewDefinition {
  readonly query: Select;
  readonly columns: readonly Name[];
}
export interface CatalogColumn {
  readonly name: string;
  /** Undefined: any (LANGUAGE.md 15.27). */
  readonly type: ScalarName | undefined;
  readonly typeArgs: readonly number[];
  /** Name of an enum or struct type when the column is declared with one. */
  readonly typeName?: string;
  readonly nullable: boolean;
  /** Why it may be null or not: "declared NOT NULL", "the rowid", "comes from the right side of a LEFT JOIN". */
  readonly nullReason?: string;
  readonly hasDefault: boolean;
  readonly generated: boolean;
  readonly affinity: "integer" | "text" | "blob" | "real" | "numeric";
}
/** A stored routine, as its declaration (parsed from the stored source) with what was inferred for it. */
export interface CatalogRoutine {
  readonly name: string;
  readonly version: number;
  readonly declaration: RoutineDeclaration;
  /** Text the declaration's spans refer to. */
  readonly source: string;
  /** Inferred signature in our type syntax, used instead of checking the body again. */
  readonly signature: {
    readonly parameters: readonly string[];
    readonly result: string;
    readonly raises: readonly string[];
    readonly mode: "sync" | "async";
    readonly effectsJson: string;
  };
}
/** A stored trigger of ours. */
export interface CatalogTrigger {
  readonly name: string;
  readonly declaration: TriggerDeclaration;
  /** Whether it fires: it is enabled and bound. */
  readonly fires: boolean;
  /** What firing it does, in the form of `effectsToJson`. */
  readonly effectsJson: string;
  /** Its text could be the engine's own (compiler/triggers/). Known of those in a database. */
  readonly isNativeCandidate?: boolean;
}
/** A query template: SQL with parameters that have names and types. */
export interface CatalogTemplate {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly description: string | undefined;
  /** Not for everybody: who uses it needs USE on it. */
  readonly isPrivate: boolean;
  readonly parameters: readonly TemplateParameter[];
  /** Its SQL, with parameters by their `inner` names. */
  readonly text: string;
}
/** A parameter of a template. */
export interface TemplateParameter {
  readonly name: string;
  /** Its name within the text, which no column has. */
  readonly inner: string;
  readonly type: ScalarName;
}
export type CatalogType = StructDeclaration | EnumDeclaration | ErrorDeclaration;
