// The neutral SQL form: a statement as parts, made by the compiler and printed per dialect by the engines.
// Plain JSON data, because it is stored in a program's constants. Names are resolved, variables are numbered parameters, and every construct
// that engines spell differently is a part of its own; the rest is common SQL text.
import type { ScalarName } from "./scalar.ts";
import type { Affinity } from "./sqlite-types.ts";

/** Static type of an expression inside SQL, as far as printing cares. */
export type SqlType = ScalarName | "any";

/** One part. Texts are joined without adding spaces: a part brings its own. */
export type SqlPart =
  /** SQL text that all engines share. */
  | string
  /** An identifier, quoted by the dialect when it must be. */
  | { readonly p: "name"; readonly name: string }
  /** A string literal. */
  | { readonly p: "text"; readonly value: string }
  /** A boolean literal. */
  | { readonly p: "bool"; readonly value: boolean }
  | { readonly p: "bytes"; readonly hex: string }
  /** A date, time, timestamp or interval literal; `value` is its canonical text. */
  | {
      readonly p: "temporal";
      readonly type: "date" | "time" | "timestamp" | "timestamptz" | "interval";
      readonly value: string;
    }
  /** Bound parameter number `index`. `place` is `integerColumn` where the value is stored into or compared with a column of INTEGER affinity.
   * `wide`: a decimal that meets decimals of more than 15 digits, which SQLite keeps as text. */
  | {
      readonly p: "parameter";
      readonly index: number;
      readonly type: SqlType;
      readonly place: "integerColumn" | "value";
      readonly wide?: true;
    }
  /** A table whose name is parameter `index` (a string); checked and quoted at run time. */
  | { readonly p: "tableName"; readonly index: number }
  /** A list or table parameter in table position; `columns` are its columns. A list of scalars has the one column `value`.
   * No columns: a table whose columns only the value knows; the host puts them in before the statement goes to the engine. */
  | {
      readonly p: "rows";
      readonly index: number;
      readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly wide?: true }[];
    }
  /** A function whose spelling or argument order may differ by engine: canonical name of our function table. `scale`: digits after the point of a sum or average of decimals. */
  | {
      readonly p: "call";
      readonly name: string;
      readonly args: readonly SqlParts[];
      readonly argTypes: readonly SqlType[];
      readonly type: SqlType;
      readonly suffix?: SqlParts;
      readonly scale?: number;
      readonly wide?: true;
    }
  /** An operator that may differ: `||`, `/`, `%`, `ilike`, `is`, `is not`, `->`, `->>`, comparison of timestamps, date ± interval, decimal arithmetic and comparison.
   * `operandType` is the type both sides meet in; `rightType` is given where the right side has another (`date + interval`). `wide`: an operand is a decimal of more than 15 digits.
   * `scale`: digits after the point of a result of decimals, which the engine may compute as floats. */
  | {
      readonly p: "operator";
      readonly operator: string;
      readonly left: SqlParts;
      readonly right: SqlParts;
      readonly type: SqlType;
      readonly operandType: SqlType;
      readonly rightType?: SqlType;
      readonly scale?: number;
      readonly wide?: true;
    }
  /** `from` is the type of the value, when it is known. */
  | {
      readonly p: "cast";
      readonly value: SqlParts;
      readonly type: SqlType;
      readonly from?: SqlType;
      readonly precision?: number;
      readonly scale?: number;
    }
  /** A key of sorting, grouping or comparison (without direction) whose type may not sort by the engine's own order: wide decimals, timestamps in several text forms. */
  | { readonly p: "sortKey"; readonly value: SqlParts; readonly type: SqlType; readonly wide?: true }
  /** Where an engine that must be stoppable puts a predicate that is evaluated for each row; others print nothing. `where`: the query has no WHERE, `and`: its condition follows,
   * `guard`: the engine needs some WHERE here, and a `where` before it may have printed one. `sources`: a column of each joined table, so that the innermost loop evaluates it. */
  | { readonly p: "tick"; readonly at: "where" | "and" | "guard"; readonly sources: readonly SqlParts[] }
  | { readonly p: "limit"; readonly limit: SqlParts | undefined; readonly offset: SqlParts | undefined }
  /** `UPSERT INTO`: insert, on conflict of `keys` update the other columns. */
  | {
      readonly p: "upsert";
      readonly table: SqlParts;
      readonly columns: readonly string[];
      readonly keys: readonly string[];
      readonly source: SqlParts;
    }
  /** Declared column type in DDL: our type when `type` is given, else the text as written. */
  | {
      readonly p: "columnType";
      readonly type: ScalarName | undefined;
      readonly text: string;
      readonly args: readonly number[];
    }
  /** The result that a table of calls made before the statement holds for these arguments: parameter `index` is a list of structs, one field per argument and the result last. */
  | { readonly p: "lookup"; readonly index: number; readonly args: readonly SqlParts[]; readonly type: SqlType }
  /** A function of ours that runs inside SQL: `name` is what the host registers on the connection. */
  | { readonly p: "routine"; readonly name: string; readonly args: readonly SqlParts[]; readonly type: SqlType }
  /** A piece of a statement that writes, so that it can be taken apart (`SqlForm.dml`); printed as its parts. `columns`: those that it is about. */
  | {
      readonly p: "piece";
      readonly piece: SqlPieceName;
      readonly columns: readonly string[];
      readonly parts: SqlParts;
    };

/**
 * Pieces of statements that write, as they stand in the text:
 * - `with`: `WITH … ` · `target`: table, alias, hint · `source`: query or VALUES of an INSERT; missing for DEFAULT VALUES
 * - `set`: the value of a column, or of several, in SET or DO UPDATE SET · `from`: the tables behind FROM · `where`: ` WHERE …` · `order`: ` ORDER BY … LIMIT …`
 * - `conflict`: ` ON CONFLICT …` with `conflictTarget` (`(a, b) WHERE …`; its columns when all are plain), `set` and `where` inside · `returning`: ` RETURNING …`
 */
export type SqlPieceName =
  | "with"
  | "target"
  | "source"
  | "set"
  | "from"
  | "where"
  | "order"
  | "conflict"
  | "conflictTarget"
  | "returning";

/** What a statement that writes rows does, for triggers. UPSERT INTO has its own part instead of pieces. */
export interface DmlForm {
  readonly event: "insert" | "update" | "delete";
  /** Upsert triggers fire too. */
  readonly upsert: boolean;
  /** Name of the table, with its schema in front when it is written; missing when a parameter names it. */
  readonly table?: readonly string[];
  readonly alias?: string;
  /** The columns of the INSERT's list, empty when it has none; those of SET. */
  readonly columns: readonly string[];
  readonly or?: "abort" | "fail" | "ignore" | "replace" | "rollback";
}

/** A sequence of parts. */
export type SqlParts = readonly SqlPart[];

/** A column of the result. `type` any: the engine's own value decides. */
export interface SqlColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** Digits after the point of a decimal column; SQLite keeps `12.50` as 12.5. */
  readonly scale?: number;
  /** Table and column it comes from, for messages about stored values that do not fit. */
  readonly source?: { readonly table: string; readonly column: string };
  /** Given when the values are on their way into a column of this affinity: they are read as it would keep them. */
  readonly affinity?: Affinity;
}

/** A statement. */
export interface SqlForm {
  readonly parts: SqlParts;
  /** Whether it returns rows; `columns` is then what the checker promised, or undefined when only the engine knows (`SELECT *` of a dynamic table). */
  readonly returnsRows: boolean;
  readonly columns: readonly SqlColumn[] | undefined;
  /** What it does, for transactions and read-only sessions. */
  readonly verb: "query" | "insert" | "update" | "delete" | "ddl" | "other";
  readonly parameterCount: number;
  /** True when the query cannot give more than one row whatever the data (aggregate without GROUP BY, unique key equality, LIMIT 1): engines then fetch instead of stream. */
  readonly atMostOneRow?: true;
  /** For statements that write rows. */
  readonly dml?: DmlForm;
}
