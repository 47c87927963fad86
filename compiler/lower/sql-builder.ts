// Collects one statement's neutral form: parts, and the values of its parameters.
import type { SqlColumn, SqlForm, SqlPart, SqlParts, SqlPieceName } from "../../base/sql-form.ts";
import type { Variable } from "../check/checked.ts";
import type {
  Expression,
  Name,
  OrderTerm,
  QualifiedName,
  Select,
  SqlStatement,
  TableExpression,
  WindowSpec,
  WithClause,
} from "../syntax/tree.ts";
import { finalTypeOf, lower, type Lowering } from "./context.ts";
import type { CoreExpression } from "./core.ts";
import { isOpenScale, scaleOfNumber } from "../types/numbers.ts";
import type { Type } from "../types/type.ts";
import { mayBeNull, sqlTypeOf, withoutNull } from "./types.ts";

/** Where a parameter stands: INTEGER-affinity columns take plain numbers. */
export type ParameterPlace = "integerColumn" | "value";

/** What the SQL files need of each other: handed along, so that no file imports in a circle. Set up in sql-statements.ts. */
export interface SqlRules {
  expression(sql: SqlLowering, e: Expression, place?: ParameterPlace): SqlPart[];
  order(sql: SqlLowering, terms: readonly OrderTerm[]): SqlPart[];
  window(sql: SqlLowering, window: WindowSpec | Name): SqlPart[];
  /** A whole SELECT without parentheses. */
  select(sql: SqlLowering, query: Select, options?: SelectOptions): SqlPart[];
  table(sql: SqlLowering, table: TableExpression): SqlPart[];
  /** `WITH … ` with a space behind, or nothing. */
  with(sql: SqlLowering, clause: WithClause | undefined): SqlPart[];
}
/** `named`: columns without an alias get their source text as one, because the name is visible outside (views, subqueries in FROM).
 * `searched`: the query is the right side of IN. */
export interface SelectOptions {
  readonly named: boolean;
  readonly searched?: true;
}

/** The tables that the clause being lowered reads, for functions that are called once per row. */
export interface SqlScope {
  /** Prints them as after FROM. */
  readonly from: (sql: SqlLowering) => SqlPart[];
  /** Their names or aliases, folded. */
  readonly names: readonly string[];
  readonly where: Expression | undefined;
  /** True in UPDATE and DELETE: a subquery there may see rows that the statement has changed already. */
  readonly writes: boolean;
  /** WITH clauses around, outermost first. */
  readonly withs: readonly WithClause[];
}

/** A statement being lowered. */
export interface SqlLowering {
  readonly ctx: Lowering;
  readonly rules: SqlRules;
  readonly args: CoreExpression[];
  readonly byVariable: Map<Variable, number>;
  /** True inside views, triggers, indexes, checks: no parameters can be bound there. */
  readonly fixed: boolean;
  /** Parameters of a function whose query is being inlined, with what stands in for them. */
  readonly inlined: ReadonlyMap<Variable, SqlParts>;
  /** Undefined where no tables are read, or where one row of them means nothing. */
  readonly scope: SqlScope | undefined;
  /** WITH clauses around. */
  readonly withs: readonly WithClause[];
}

/** A new statement. */
export function newSql(
  ctx: Lowering,
  rules: SqlRules,
  options: { readonly fixed: boolean } = { fixed: false },
): SqlLowering {
  return {
    ctx,
    rules,
    args: [],
    byVariable: new Map(),
    fixed: options.fixed,
    inlined: new Map(),
    scope: undefined,
    withs: [],
  };
}

/** Number of a value computed before the statement runs. */
export function argument(sql: SqlLowering, value: CoreExpression, variable?: Variable): number {
  if (variable !== undefined) {
    const known = sql.byVariable.get(variable);
    if (known !== undefined) return known;
    sql.byVariable.set(variable, sql.args.length);
  }
  sql.args.push(value);
  return sql.args.length - 1;
}

/** A value of code as a bound parameter. */
export function parameter(sql: SqlLowering, e: Expression, place: ParameterPlace): SqlPart {
  const resolution = sql.ctx.checked.names.get(e);
  const variable =
    resolution?.kind === "variable" && (e.kind === "name" || e.kind === "parameter") ? resolution.variable : undefined;
  return {
    p: "parameter",
    index: argument(sql, lower(sql.ctx, e), variable),
    type: sqlTypeOf(finalTypeOf(sql.ctx, e)),
    place,
  };
}

/** Joins lists of parts with a separator. */
export function joined(lists: readonly SqlParts[], separator: string): SqlPart[] {
  return lists.flatMap((parts, at) => (at === 0 ? [...parts] : [separator, ...parts]));
}

/** A name as an identifier. */
export function identifier(name: Name | string): SqlPart {
  return { p: "name", name: typeof name === "string" ? name : name.text };
}

/** `a.b` as identifiers. */
export function qualified(name: QualifiedName): SqlPart[] {
  return joined(
    name.parts.map((part) => [identifier(part)]),
    ".",
  );
}

/** `(a, b)` of names. */
export function nameList(names: readonly Name[]): SqlPart[] {
  return [
    "(",
    ...joined(
      names.map((name) => [identifier(name)]),
      ", ",
    ),
    ")",
  ];
}

/** Digits after the point that results of SQL's arithmetic are rounded to: the engine may compute with floats. None where values may have more. */
export function exactScaleOf(type: Type): { readonly scale?: number } {
  const seen = withoutNull(type);
  return seen.kind === "scalar" && seen.name === "decimal" && !isOpenScale(seen) ? { scale: scaleOfNumber(seen) } : {};
}

/** Adjacent texts as one. */
function merged(parts: SqlParts): SqlPart[] {
  const result: SqlPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === "string" && typeof last === "string") result[result.length - 1] = last + part;
    else if (part !== "") result.push(part);
  }
  return result;
}

/** A piece of the statement, or nothing when it has none. */
export function piece(name: SqlPieceName, parts: SqlParts, columns: readonly string[] = []): SqlPart[] {
  return parts.length === 0 ? [] : [{ p: "piece", piece: name, columns, parts: merged(parts) }];
}

/** The finished form. `columns` are what the checker promised of `statement`. */
export function finished(
  sql: SqlLowering,
  parts: SqlParts,
  verb: SqlForm["verb"],
  returnsRows: boolean,
  statement: SqlStatement | undefined,
): SqlForm {
  const cardinality =
    verb === "query" && statement !== undefined ? sql.ctx.checked.sql.get(statement)?.cardinality : undefined;
  return {
    parts: merged(parts),
    returnsRows,
    columns: returnsRows && statement !== undefined ? resultColumns(sql.ctx, statement) : undefined,
    verb,
    parameterCount: sql.args.length,
    ...(cardinality === "one" || cardinality === "atMostOne" ? { atMostOneRow: true } : {}),
  };
}

function resultColumns(ctx: Lowering, statement: SqlStatement): readonly SqlColumn[] | undefined {
  return ctx.checked.sql.get(statement)?.columns?.map((column) => ({
    name: column.name,
    type: sqlTypeOf(column.type),
    nullable: mayBeNull(column.type),
    ...scaleOf(column.type),
    ...(column.table === undefined ? {} : { source: { table: column.table.name, column: column.name } }),
  }));
}

/** Digits that a decimal shows at least: the engine may keep 12.50 as 12.5. */
export function scaleOf(type: Type): { readonly scale?: number } {
  const seen = withoutNull(type);
  if (seen.kind !== "scalar" || seen.name !== "decimal") return {};
  return seen.scale === undefined && seen.computed === undefined ? {} : { scale: scaleOfNumber(seen) };
}
