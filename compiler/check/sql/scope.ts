// What is visible inside a query: sources (tables, subqueries, CTEs), their columns with nullability, and the scopes around.
// Nullability is state of a scope's columns: outer joins extend a source with null rows, conditions narrow columns, and both can be undone.
import type { Affinity } from "../../../base/sqlite-types.ts";
import type { CatalogTable } from "../../catalog-view.ts";
import type { Expression, Name } from "../../syntax/tree.ts";
import { foldName, mayBeNull, nullable, prune, withoutNull } from "../../types/make.ts";
import type { ColumnOrigin, Type } from "../../types/type.ts";
import type { SqlColumnInfo } from "../checked.ts";

/** The type of an expression in SQL: the type without its null, and whether it may be null. */
export interface SqlValue {
  readonly type: Type;
  readonly nullable: boolean;
  readonly reason: string | undefined;
  /** Set for a plain column: evidence and messages name it. */
  readonly column?: ScopeColumn | undefined;
}

/** One side of an outer join that may be missing. `matched` once a condition has excluded the missing row. */
export interface Extension {
  matched: boolean;
  readonly reason: string;
  /** The sources whose rows may be missing. */
  readonly sources: ReadonlySet<Source>;
}

/** A column of a source as seen at the moment. */
export interface ScopeColumn {
  readonly name: string;
  readonly type: Type;
  readonly affinity: Affinity | "none";
  readonly source: Source;
  /** Null by declaration or by the query it comes from. */
  baseNullable: boolean;
  reason: string | undefined;
  narrowed: boolean;
  extensions: readonly Extension[];
  /** True for the right one of a USING or NATURAL pair: not part of a bare `*` and not found by its bare name. */
  hidden: boolean;
  /** True for the rowid, hidden columns of table functions and columns of open tables: part of no star. */
  implicit: boolean;
  readonly origin: ColumnOrigin | undefined;
  /** For the merged column of a RIGHT or FULL JOIN: those that its value comes from. */
  readonly mergedFrom?: readonly ScopeColumn[];
}

/** One table, subquery or value in FROM. */
export interface Source {
  /** How columns are qualified: the alias, else the name. */
  readonly alias: string | undefined;
  /** The alias or name as written in this query. */
  readonly written: Name | undefined;
  readonly schema: string | undefined;
  readonly table: CatalogTable | undefined;
  /** Name for effects: `main.users`, `{name}`; undefined for derived rows. */
  readonly effectName: string | undefined;
  readonly columns: ScopeColumn[];
  readonly byName: Map<string, ScopeColumn>;
  /** True when it may have columns that we don't know: unknown names become fresh columns. */
  readonly open: boolean;
  /** False where no rowid exists: views, subqueries, WITHOUT ROWID tables. */
  readonly hasRowid: boolean;
  /** True when it has at most one row whatever the conditions are. */
  readonly atMostOne: boolean;
}

/** Columns of a derived table or CTE. */
export interface RowShape {
  readonly columns: readonly RowColumn[];
  readonly open: boolean;
}
export interface RowColumn {
  readonly name: string;
  readonly value: SqlValue;
  readonly affinity: Affinity | "none";
  readonly table: CatalogTable | undefined;
  readonly origin?: ColumnOrigin | undefined;
}

/** A named query that is visible in table position. */
export interface CommonRows {
  readonly name: string;
  readonly declaredAt: Name;
  shape: RowShape;
  /** Set when it is found by its name. */
  used?: boolean;
}

/** Clauses in which names are looked up; they differ in aliases, aggregates and messages. */
export type Clause =
  | "select"
  | "where"
  | "group"
  | "having"
  | "order"
  | "on"
  | "values"
  | "set"
  | "limit"
  | "check"
  | "returning";

/** One level of names. Subqueries have the query around as parent. */
export interface SqlScope {
  readonly parent: SqlScope | undefined;
  readonly sources: Source[];
  /** Columns merged by USING and NATURAL, by folded name. */
  readonly merged: Map<string, ScopeColumn>;
  readonly common: Map<string, CommonRows>;
  /** Names of result columns, visible after FROM; inferred when first used. */
  readonly aliases: Map<string, ResultAlias>;
  /** Conditions that hold for every row, for cardinality. `only`: the sources whose rows an outer join's ON limits. */
  readonly conditions: { readonly expression: Expression; readonly only: ReadonlySet<Source> | undefined }[];
  /** Columns that USING and NATURAL make equal to one of another source, where their own has a row; for cardinality. */
  readonly equated: { readonly column: ScopeColumn; readonly other: ScopeColumn }[];
  /** The two sides of each FULL JOIN: rows of either stand alone unless a condition asks for the other. */
  readonly fullJoins: (readonly Extension[])[];
  clause: Clause;
  /** Inside an aggregate's arguments, where another aggregate is wrong and bare columns are of existing rows. */
  insideAggregate: boolean;
  /** Aggregate query without GROUP BY: over no rows it gives one row in which bare columns are null. */
  bareNullable: boolean;
  /** Set when an aggregate in a subquery is over columns of this scope: SQLite then aggregates here. */
  correlatedAggregate: boolean;
  readonly windows: Set<string>;
}

/** A named result column. `value` is undefined until a clause asks for it, and while it is being inferred. */
export interface ResultAlias {
  readonly expression: Expression;
  value: SqlValue | undefined;
  readonly origin: ColumnOrigin | undefined;
}

/** A scope inside `parent`. */
export function newSqlScope(parent: SqlScope | undefined): SqlScope {
  return {
    parent,
    sources: [],
    merged: new Map(),
    common: new Map(),
    aliases: new Map(),
    conditions: [],
    equated: [],
    fullJoins: [],
    clause: "select",
    insideAggregate: false,
    bareNullable: false,
    correlatedAggregate: false,
    windows: new Set(),
  };
}

/** The value of a known type; nullability is taken from the type. */
export function valueOf(type: Type, reason?: string): SqlValue {
  const pruned = prune(type);
  if (pruned.kind === "null") return { type: pruned, nullable: true, reason: reason ?? "it is null" };
  return { type: withoutNull(pruned), nullable: mayBeNull(pruned), reason };
}

/** A value of that type that is never null. */
export function neverNull(type: Type): SqlValue {
  return { type, nullable: false, reason: undefined };
}

/** A value of that type that may be null, for a reason. */
export function maybeNull(type: Type, reason: string | undefined): SqlValue {
  return { type, nullable: true, reason };
}

/** The language type of a SQL value. */
export function typeOfValue(value: SqlValue): Type {
  return value.nullable ? nullable(value.type) : value.type;
}

/** The columns of sources that a column's value comes from: itself, or those that USING merged. */
export function partsOf(column: ScopeColumn): readonly ScopeColumn[] {
  return column.mergedFrom ?? [column];
}

/** Whether a column may be null now: by itself unless narrowed, or by an outer join that has not been excluded. */
export function isNullableNow(column: ScopeColumn): boolean {
  return (column.baseNullable && !column.narrowed) || column.extensions.some((extension) => !extension.matched);
}

/** The column's value now. */
export function columnValue(column: ScopeColumn, scope: SqlScope | undefined): SqlValue {
  const missing = column.extensions.find((extension) => !extension.matched);
  const bare = scope !== undefined && scope.bareNullable && !scope.insideAggregate;
  const isNull = isNullableNow(column) || bare;
  const reason =
    missing?.reason ??
    (bare ? "an aggregate query without GROUP BY gives one row even when there are none" : column.reason);
  return { type: column.type, nullable: isNull, reason, column };
}

/** What the checker tells of a column. */
export function columnInfo(column: ScopeColumn): SqlColumnInfo {
  const value = columnValue(column, undefined);
  return {
    name: column.name,
    type: typeOfValue(value),
    table: column.source.table,
    affinity: column.affinity,
    nullReason: value.reason,
    origin: column.origin,
  };
}

/** Adds a column to a source. The first of a name is found by it. */
export function addColumn(
  source: Source,
  column: {
    readonly name: string;
    readonly value: SqlValue;
    readonly affinity: Affinity | "none";
    readonly origin?: ColumnOrigin | undefined;
  },
): ScopeColumn {
  const made: ScopeColumn = {
    name: column.name,
    type: column.value.type,
    affinity: column.affinity,
    source,
    baseNullable: column.value.nullable,
    reason: column.value.reason,
    narrowed: false,
    extensions: [],
    hidden: false,
    implicit: false,
    origin: column.origin,
  };
  source.columns.push(made);
  const key = foldName(column.name);
  if (!source.byName.has(key)) source.byName.set(key, made);
  return made;
}

/** A source over rows. */
export function sourceOfRows(alias: Name | string | undefined, shape: RowShape, facts: Partial<Source> = {}): Source {
  const name = typeof alias === "object" ? alias.text : alias;
  const source: Source = {
    alias: name,
    written: typeof alias === "object" ? alias : undefined,
    schema: undefined,
    table: undefined,
    effectName: undefined,
    columns: [],
    byName: new Map(),
    open: shape.open,
    hasRowid: false,
    atMostOne: false,
    ...facts,
  };
  for (const column of shape.columns) addColumn(source, column);
  return source;
}

/** Says that rows of these columns may be missing from now on (the other side of an outer join); gives that side. */
export function extendWithNull(columns: readonly ScopeColumn[], reason: string): Extension {
  const extension: Extension = { matched: false, reason, sources: new Set(columns.map((column) => column.source)) };
  for (const column of columns) {
    if (column.narrowed) {
      column.baseNullable = false;
      column.narrowed = false;
    }
    column.extensions = [...column.extensions, extension];
  }
  return extension;
}

/** What a condition tells: a column that is not null, or a side of an outer join that has a row. */
export type NotNullFact = ScopeColumn | Extension;

/** Says that these hold from now on; gives a function that takes it back. */
export function narrowColumns(facts: Iterable<NotNullFact>): () => void {
  const undo: (() => void)[] = [];
  const match = (extension: Extension): void => {
    if (extension.matched) return;
    extension.matched = true;
    undo.push(() => {
      extension.matched = false;
    });
  };
  for (const fact of facts) {
    if ("matched" in fact) {
      match(fact);
      continue;
    }
    if (fact.baseNullable && !fact.narrowed) {
      fact.narrowed = true;
      undo.push(() => {
        fact.narrowed = false;
      });
    }
    fact.extensions.forEach(match);
  }
  return () => {
    for (const step of undo) step();
  };
}

/** The shape whose columns and types nobody knows. */
export const OPEN_SHAPE: RowShape = { columns: [], open: true };
