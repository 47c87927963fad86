// What DESCRIBE answers, for generators, gateways and other tools: routines with signatures and effects, tables with columns and keys, declared types. Types only.
// Types of the language are texts as `@TypeOf` prints them: `int`, `string?`, `list<{id: int}>`, `table<users>`, names of declared types and of tables.

/** A parameter of a routine. */
export interface DescribedParameter {
  readonly name: string;
  readonly type: string;
  readonly mode: "in" | "out" | "inout";
  /** True when a call may leave it out. */
  readonly optional: boolean;
}

/** A stored procedure or function in its current version. */
export interface DescribedRoutine {
  readonly kind: "procedure" | "function";
  readonly name: string;
  /** Type that it is a method of; "" for others. */
  readonly receiver: string;
  readonly version: number;
  readonly parameters: readonly DescribedParameter[];
  readonly returns: string;
  readonly raises: readonly string[];
  readonly mode: "sync" | "async";
  /** True when neither it nor what it calls changes anything. */
  readonly readOnly: boolean;
  /** True when the same arguments and tables give the same result. */
  readonly deterministic: boolean;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly doc: string | undefined;
}

/** A column of a table, or a field of a struct. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
}

/** A table or view. */
export interface DescribedTable {
  readonly kind: "table" | "view" | "virtual";
  readonly name: string;
  readonly columns: readonly DescribedColumn[];
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly {
    readonly columns: readonly string[];
    readonly table: string;
    readonly referenced: readonly string[];
  }[];
}

/** A declared type. Structs and errors have fields, enums have values. */
export interface DescribedType {
  readonly kind: "struct" | "enum" | "error";
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  readonly values: readonly string[];
}

/** Answer of DESCRIBE `schema`. */
export interface DescribedSchema {
  readonly tables: readonly DescribedTable[];
  readonly types: readonly DescribedType[];
}
