// The types of the language as the checker sees them. Immutable except type variables and row variables, which unification binds.
// Written types (tree/type-nodes.ts) become these in types/from-node.ts; names for people come from types/show.ts.
import type { ScalarName } from "../../base/scalar.ts";
import type { Span } from "../../base/source.ts";
import type { CatalogTable } from "../catalog-view.ts";
import type { Name } from "../syntax/tree.ts";

/** A type. `nullable` wraps a type that is itself not nullable, never another nullable, any, void or null. */
export type Type =
  | ScalarType
  | ListType
  | MapType
  | StructType
  | EnumType
  | TableType
  | FunctionType
  | HandleType
  | CursorType
  | NullableType
  | ErrorType
  | SimpleType
  | TypeVariable;

/** `precision`/`scale` of decimal, `length` of char(n)/varchar(n), `range` of narrow ints (checked at assignment). */
export interface ScalarType {
  readonly kind: "scalar";
  readonly name: ScalarName;
  readonly precision?: number;
  readonly scale?: number;
  readonly length?: number;
  readonly range?: readonly [bigint, bigint];
  /** Of a decimal that SQL computed: digits after the point, and whether it may have more than 15 digits. `open`: it may have more digits after the point. Not a
   * declared type: nothing is rounded to it at assignments. */
  readonly computed?: { readonly scale: number; readonly wide: boolean; readonly open: boolean };
}
export interface ListType {
  readonly kind: "list";
  readonly element: Type;
}
/** Keys are strings. */
export interface MapType {
  readonly kind: "map";
  readonly value: Type;
}
/** A struct or a row. `name` set: nominal (declared struct, or table row `users`). `rest` set: at least these fields (inference). */
export interface StructType {
  readonly kind: "struct";
  readonly name: string | undefined;
  readonly fields: readonly StructField[];
  readonly rest: RowVariable | undefined;
}
export interface StructField {
  readonly name: string;
  /** Set on the first of several columns of one name: the columns that the name could mean (`a.id`, `b.id`). Reading it by name is an error. */
  readonly couldBe?: readonly string[];
  readonly type: Type;
  /** Where the name comes from, for rows of queries and tables: tools follow it. It is no part of the type. */
  readonly origin?: ColumnOrigin | undefined;
}
/** Where a column has its name from: a table of the catalog, a table that is not known now, or a name written in a query (an alias, the column list of WITH). */
export type ColumnOrigin =
  | { readonly kind: "unknown"; readonly table: string; readonly column: string }
  | { readonly kind: "catalog"; readonly table: CatalogTable; readonly column: string }
  | { readonly kind: "written"; readonly name: Name };
export interface EnumType {
  readonly kind: "enum";
  readonly name: string;
  readonly values: readonly string[];
}
/** Rows. `row` undefined: known only at run time (`table<any>`). */
export interface TableType {
  readonly kind: "table";
  readonly row: StructType | TypeVariable | undefined;
}
export interface FunctionType {
  readonly kind: "function";
  readonly parameters: readonly Type[];
  readonly result: Type;
}
export interface HandleType {
  readonly kind: "handle";
  readonly result: Type;
}
export interface CursorType {
  readonly kind: "cursor";
  readonly row: StructType | undefined;
}
export interface NullableType {
  readonly kind: "nullable";
  readonly inner: Type;
}
/** A caught error. `name` undefined: any error (`Exception`). */
export interface ErrorType {
  readonly kind: "error";
  readonly name: string | undefined;
  readonly fields: readonly StructField[];
}
/** `null` is the type of the literal; `never` of `raise` and of unreachable code; `any` gives up checking. */
export interface SimpleType {
  readonly kind: "any" | "void" | "null" | "never";
}
/** An unknown type. After inference `binding` is set, or the variable was generalised (functions) or became any (stored bodies). */
export interface TypeVariable {
  readonly kind: "variable";
  readonly id: number;
  level: number;
  binding: Type | undefined;
  /** True for a variable that a function keeps: printed as A, B, …; at run time it is any. */
  generic: boolean;
  /** Only numbers, only strings or numbers …: what operators demanded so far. */
  demand: "none" | "numeric" | "additive" | "ordered" | "tableName";
  /** Whether null was seen to flow in. */
  nullable: boolean;
  /** Why it has its type, for hover and conflict messages. */
  readonly reasons: Reason[];
}
export interface RowVariable {
  readonly id: number;
  binding: { readonly fields: readonly StructField[]; readonly rest: RowVariable | undefined } | undefined;
}

/** Why a type was inferred: "it is compared with users.email". */
export interface Reason {
  readonly text: string;
  readonly span: Span;
  /** Item the span is relative to; undefined for another file or the catalog. */
  readonly item: object | undefined;
}
