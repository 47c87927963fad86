// What the checker hands to lowering, to the language server and to the catalog: side tables keyed by syntax nodes.
// The tree itself is never changed, so it can be cached and shared.
import type { Problem } from "../../base/problem.ts";
import type { CatalogTable } from "../catalog-view.ts";
import type { Effects } from "../effects/effects.ts";
import type {
  CallExpression,
  Expression,
  Item,
  LambdaExpression,
  Module,
  Name,
  ParameterNode,
  RoutineDeclaration,
  SqlStatement,
  Statement,
  TableExpression,
  TestDeclaration,
  TriggerDeclaration,
  ScheduleDeclaration,
} from "../syntax/tree.ts";
import type { DeferredOperator } from "../types/deferred.ts";
import type { ColumnOrigin, EnumType, ErrorType, Reason, StructField, StructType, Type } from "../types/type.ts";

/** A variable: parameter, let, const, loop variable, pattern binding, lambda parameter, caught error, `self`, NEW/OLD. */
export interface Variable {
  /** Distinct within one checked module. */
  readonly id: number;
  readonly name: string;
  readonly kind:
    | "parameter"
    | "let"
    | "const"
    | "loop"
    | "pattern"
    | "lambda"
    | "error"
    | "self"
    | "row"
    | "column"
    | "argument";
  /** What its storage must hold: `T?` for a variable that is declared without a value. */
  type: Type;
  /** What may be assigned to it, when that is narrower than `type`: T for `DECLARE x T`, which starts as null. */
  accepts?: Type;
  /** Why it may be null although its type says any: an aggregate over a table that is known only at run time. */
  nullReason?: string;
  readonly declaredAt: Name | undefined;
  readonly item: Item;
  /** Set when it is assigned after its declaration; captured variables that are assigned are errors (LANGUAGE.md 15.6). */
  assigned: boolean;
  used: boolean;
  /** True for the value of a parameter that a client gave with its text: a column of its name hides it, `:name` means it always. */
  isParameter?: boolean;
  readonly reasons: Reason[];
}

/** What a name expression means. */
export type Resolution =
  | { readonly kind: "variable"; readonly variable: Variable }
  /** A column in a SQL clause. `source` is the name in FROM (alias, else table) of what it is a column of. */
  | {
      readonly kind: "column";
      readonly column: SqlColumnInfo;
      readonly qualifier: string | undefined;
      readonly source?: Name | undefined;
    }
  | { readonly kind: "routine"; readonly routine: RoutineInfo }
  | { readonly kind: "intrinsic"; readonly intrinsic: string }
  | { readonly kind: "enumType"; readonly type: EnumType }
  | { readonly kind: "enumValue"; readonly type: EnumType; readonly value: string }
  | { readonly kind: "errorType"; readonly error: ErrorType }
  /** A double-quoted word or an unknown that stays text for the engine (rowid, CURRENT_TIMESTAMP …). */
  | { readonly kind: "engine"; readonly text: string };

/** A column visible in a SQL scope. */
export interface SqlColumnInfo {
  readonly name: string;
  readonly type: Type;
  readonly table: CatalogTable | undefined;
  /** Integer affinity: parameters compared with it may be bound as plain numbers. */
  readonly affinity: "integer" | "text" | "blob" | "real" | "numeric" | "none";
  /** Why it may be null (or not), for hover. */
  readonly nullReason: string | undefined;
  readonly origin?: ColumnOrigin | undefined;
}

/** What stands in table position. */
export type TableResolution =
  | { readonly kind: "catalog"; readonly table: CatalogTable; readonly row: StructType }
  | { readonly kind: "cte"; readonly name: string; readonly declaredAt: Name; readonly row: StructType }
  /** A variable of type table<…>, list<…> or string (a table name). */
  | {
      readonly kind: "tableVariable" | "listVariable" | "nameVariable";
      readonly variable: Variable;
      readonly row: StructType | undefined;
    }
  /** `{x}` with any expression. */
  | { readonly kind: "value"; readonly row: StructType | undefined; readonly form: "table" | "list" | "name" }
  /** A table-valued function of the engine or of ours. */
  | { readonly kind: "engineFunction"; readonly row: StructType }
  | { readonly kind: "routine"; readonly routine: RoutineInfo; readonly row: StructType }
  /** Not known now: late binding. */
  | { readonly kind: "unknown"; readonly name: string };

/** A routine as callers see it, whether declared in the file, stored in the catalog or in the standard library. */
export interface RoutineInfo {
  readonly name: string;
  readonly routine: "function" | "procedure";
  readonly origin: "module" | "catalog" | "stdlib";
  readonly declaration: RoutineDeclaration;
  readonly item: Item | undefined;
  readonly receiver: { readonly type: Type; readonly binding: string } | undefined;
  readonly parameters: readonly ParameterInfo[];
  result: Type;
  /** Type variables that each call instantiates anew. */
  readonly mode: "sync" | "async" | "async|sync";
  /** Declared raises; undefined when the clause is missing (then `effects.raises` is the inferred set). */
  readonly raises: readonly string[] | undefined;
  effects: Effects;
  readonly version: number | undefined;
  /** Operators on generic parameters, decided per call. */
  operators: readonly DeferredOperator[];
}
export interface ParameterInfo {
  readonly name: string;
  readonly node: ParameterNode | undefined;
  readonly variable: Variable;
  type: Type;
  readonly declared: string | undefined;
  readonly mode: "in" | "out" | "inout";
  readonly hasDefault: boolean;
  readonly variadic: boolean;
}

/** How a call is carried out. */
export type CallResolution =
  | {
      readonly kind: "routine";
      readonly routine: RoutineInfo;
      readonly args: readonly CallArgument[];
      readonly version: number | undefined;
      readonly asynchronous: boolean;
    }
  /** An intrinsic by its row name in bytecode/intrinsics; `args` in its parameter order. */
  | { readonly kind: "intrinsic"; readonly intrinsic: string; readonly args: readonly CallArgument[] }
  /** Calling a value of type fn. */
  | { readonly kind: "closure"; readonly args: readonly CallArgument[] }
  /** A function of the engine inside a SQL clause. `canonical` is the name in our SQL function table. */
  | { readonly kind: "sqlFunction"; readonly canonical: string; readonly aggregate: boolean; readonly window: boolean }
  /** Building an error: `raise ETLError("text", {…})`. */
  | {
      readonly kind: "error";
      readonly error: ErrorType;
      readonly message: Expression | undefined;
      readonly detail: Expression | undefined;
      readonly fields: readonly { readonly field: string; readonly value: Expression }[];
    }
  /** Nothing of that name now: bound at run time (LANGUAGE.md 15.12). */
  | { readonly kind: "late"; readonly name: string; readonly args: readonly CallArgument[] };
/** One argument in parameter order; `default` when the caller left it out. */
export type CallArgument =
  | { readonly kind: "value"; readonly value: Expression; readonly assignBack: boolean }
  /** `parameter` is undefined for an intrinsic, whose row has the default. */
  | { readonly kind: "default"; readonly parameter: ParameterInfo | undefined }
  | { readonly kind: "variadic"; readonly values: readonly Expression[] };

/** Facts about one embedded SQL statement (outermost query, DML or DDL in code). */
export interface SqlInfo {
  /** Result row; undefined for statements without rows or when only the engine knows. */
  readonly row: StructType | undefined;
  /** Columns in order with nullability reasons (names may repeat, as the engine prints them `id`, `id_2`). */
  readonly columns: readonly SqlColumnInfo[] | undefined;
  /** `one`: exactly one row; `atMostOne`: unique key or LIMIT 1; `many`. */
  readonly cardinality: "one" | "atMostOne" | "many";
  readonly effects: Effects;
  /** Deterministic, reads only, no dynamic names. */
  readonly pure: boolean;
  /** True when all its tables are known now: the engine can then prepare it for confirmation (check/sql/confirm.ts). */
  readonly confirmable: boolean;
  /** The top-level item that holds it. */
  readonly item: Item;
}

/** Where a value must be converted after it is computed: widening int → decimal → float, table → scalar, handle → value, enum from text. */
export type Coercion =
  | { readonly kind: "widen"; readonly from: Type; readonly to: Type }
  /** A one-column query or table used as a scalar: null when no row, TooManyRows when several (unless statically one). */
  | { readonly kind: "scalar"; readonly from: Type; readonly to: Type }
  /** A one-row query used as a struct. */
  | { readonly kind: "row"; readonly from: Type; readonly to: Type }
  | { readonly kind: "await"; readonly from: Type; readonly to: Type }
  /** From any, or to a narrower declared type (decimal(15,0), varchar(n), u8): checked at run time. */
  | { readonly kind: "check"; readonly from: Type; readonly to: Type }
  | { readonly kind: "list"; readonly from: Type; readonly to: Type };

/** A row of a trigger; for a statement trigger the table of these rows. */
export type TriggerRow = "new" | "old";

/** What the checker found about a trigger. */
export interface TriggerFacts {
  readonly timings: readonly ("before" | "after" | "instead of")[];
  readonly each: "row" | "statement";
  /** The routine that is called; undefined: the trigger's own body, a pipeline, or nothing yet. */
  readonly callee: RoutineInfo | undefined;
  /** Per parameter of the callee: the row it gets; undefined: its default. */
  readonly given: readonly (TriggerRow | undefined)[];
  readonly when: Expression | undefined;
}

/** The side tables of a checked module. Every expression of a clean item has a type. */
export interface CheckedModule {
  readonly module: Module;
  readonly types: ReadonlyMap<Expression, Type>;
  readonly coercions: ReadonlyMap<Expression, readonly Coercion[]>;
  /** Name expressions, member expressions that resolve as a whole (`t.c`, `Mood.happy`), parameters `:x`. */
  readonly names: ReadonlyMap<object, Resolution>;
  readonly tables: ReadonlyMap<TableExpression | object, TableResolution>;
  readonly calls: ReadonlyMap<CallExpression | Expression, CallResolution>;
  readonly sql: ReadonlyMap<SqlStatement, SqlInfo>;
  /** The variable that a declaring name node introduces. */
  readonly variables: ReadonlyMap<Name, Variable>;
  readonly captures: ReadonlyMap<LambdaExpression, readonly Variable[]>;
  /** Name patterns that turned out to be enum values rather than bindings are in `names`. */
  readonly routines: ReadonlyMap<
    RoutineDeclaration | TriggerDeclaration | ScheduleDeclaration | TestDeclaration,
    RoutineInfo
  >;
  readonly structs: ReadonlyMap<string, StructType>;
  readonly enums: ReadonlyMap<string, EnumType>;
  readonly errors: ReadonlyMap<
    string,
    { readonly fields: readonly StructField[]; readonly parent: string | undefined }
  >;
  readonly triggerFacts: ReadonlyMap<TriggerDeclaration, TriggerFacts>;
  /** Effects of each top-level statement. */
  readonly effects: ReadonlyMap<Item, Effects>;
  /** Effects of try bodies and calls that may need a savepoint. */
  readonly blockEffects: ReadonlyMap<Statement | Expression, Effects>;
  /** Modules checked for this one: standard library and imports. Their side tables hold the bodies of routines with origin stdlib. */
  readonly uses: readonly CheckedModule[];
  /** All problems: syntax, names, types, effects; absolute in the file, sorted by place. */
  readonly problems: readonly Problem[];
  /** Items that must not be run or stored because an error stands in them, or because they contain a hole. */
  readonly broken: ReadonlySet<Item>;
}
