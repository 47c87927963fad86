// The state of checking one outermost SQL statement: facts gathered, values and columns by node, and the other rules.
// Rules call each other through `sq.rules`, so that no file imports in a circle (as in check/context.ts).
import type { DiagnosticData, DiagnosticName } from "../../../base/diagnostics/diagnostics.ts";
import type { Need } from "../../../base/privileges.ts";
import type { Span } from "../../../base/source.ts";
import type { CatalogView } from "../../catalog-view.ts";
import type { Effects } from "../../effects/effects.ts";
import { effectsWith } from "../../effects/join.ts";
import type { Expression, Name, Select, SqlStatement, TableExpression } from "../../syntax/tree.ts";
import { freshVariable } from "../../types/make.ts";
import type { Reason, Type } from "../../types/type.ts";
import type { CallResolution, Resolution, RoutineInfo, SqlInfo, TableResolution } from "../checked.ts";
import type { CheckContext } from "../context.ts";
import { because } from "../expect.ts";
import { problem, type FindingExtras } from "../findings.ts";
import {
  type CommonRows,
  type RowShape,
  type ScopeColumn,
  type SqlScope,
  type SqlValue,
  typeOfValue,
} from "./scope.ts";

/** What a statement does, gathered while it is checked. */
export interface StatementFacts {
  readonly reads: Map<string, Set<string> | "*">;
  readonly writes: Map<string, Set<string> | "*">;
  /** What is read and written behind the statement: by views, triggers of the engine and foreign keys. */
  readonly behind: Pick<StatementFacts, "reads" | "writes">;
  /** What it needs besides reading what it reads itself; see check/sql/needs.ts. */
  readonly needs: Need[];
  readonly defines: Set<string>;
  readonly routines: { readonly routine: RoutineInfo; readonly span: Span }[];
  readonly raises: { readonly error: string; readonly span: Span; readonly cause: string }[];
  clock: boolean;
  random: boolean;
  files: boolean;
  dynamic: boolean;
  manages: boolean;
  /** A table stands in it that is not known now: the engine cannot confirm it. */
  unknownTables: boolean;
}

/** Rows of a query. */
export interface QueryResult {
  readonly shape: RowShape;
  readonly cardinality: SqlInfo["cardinality"];
}

/** The state of one outermost statement. */
export interface SqlCheck {
  readonly ctx: CheckContext;
  /** Text that spans of the statement refer to. */
  readonly text: string;
  /** The catalog with temporary tables of the body. */
  readonly catalog: CatalogView;
  readonly facts: StatementFacts;
  /** Columns and values by node, also while nothing is recorded for others. */
  readonly columns: Map<object, ScopeColumn>;
  readonly values: Map<Expression, SqlValue>;
  /** Expressions that may be rows or lists where they stand: after IN, in braces, as arguments of a table function. */
  readonly rowsAllowed: Set<Expression>;
  /** Names of variables that the statement's conditions test for null themselves: `x = :part OR :part IS NULL`. */
  readonly nullTested: Set<string>;
  /** Above zero: problems are not reported (views, first passes of recursive CTEs). */
  quiet: number;
  /** False inside views: their nodes are not part of the module, and they see no variables. */
  readonly ours: boolean;
  /** Views being expanded, against circles. */
  readonly viewStack: readonly string[];
  /** Common tables of the statement, each reported in the end unless it is used. */
  readonly common: { readonly rows: CommonRows; readonly name: Name }[];
  readonly rules: SqlRules;
}

/** The rules of embedded SQL; sql.ts puts them together. */
export interface SqlRules {
  infer(sq: SqlCheck, scope: SqlScope, expression: Expression): SqlValue;
  query(sq: SqlCheck, query: Select, outer: SqlScope | undefined): QueryResult;
  statement(sq: SqlCheck, statement: SqlStatement, outer: SqlScope | undefined): QueryResult | undefined;
  /** Adds the sources of a table expression to the scope. */
  from(sq: SqlCheck, scope: SqlScope, table: TableExpression): void;
}

/** Facts of nothing. */
export function newFacts(): StatementFacts {
  return {
    reads: new Map(),
    writes: new Map(),
    behind: { reads: new Map(), writes: new Map() },
    needs: [],
    defines: new Set(),
    routines: [],
    raises: [],
    clock: false,
    random: false,
    files: false,
    dynamic: false,
    manages: false,
    unknownTables: false,
  };
}

/** The facts as effects. */
export function effectsOfFacts(facts: StatementFacts): Effects {
  const accesses = (map: StatementFacts["reads"]): Effects["reads"] =>
    [...map].map(([table, columns]) => ({
      table,
      columns: columns === "*" || columns.size === 0 ? "*" : [...columns],
    }));
  return effectsWith({
    reads: [...accesses(facts.reads), ...accesses(facts.behind.reads)],
    writes: [...accesses(facts.writes), ...accesses(facts.behind.writes)],
    needs: needsOfFacts(facts),
    defines: [...facts.defines],
    calls: facts.routines.map(({ routine }) => routine.name),
    raises: facts.raises.map((site) => site.error),
    clock: facts.clock,
    random: facts.random,
    files: facts.files,
    dynamic: facts.dynamic,
    manages: facts.manages,
  });
}

/** What a statement needs: to read what it reads itself, and what was noted. Tables that variables name are asked for when they are known. */
export function needsOfFacts(facts: Pick<StatementFacts, "reads" | "needs">): readonly Need[] {
  const reads = [...facts.reads].map(
    ([table, columns]): Need => ({
      privilege: "SELECT",
      objectKind: "table",
      objectName: table,
      columns: columns === "*" ? undefined : [...columns],
    }),
  );
  return [...reads, ...facts.needs].filter(({ objectName }) => !objectName.startsWith("{"));
}

/** Notes that columns of a table are read or written; `*` is all of them and the existence of rows. */
export function noteAccess(
  map: StatementFacts["reads"],
  table: string | undefined,
  columns: readonly string[] | "*",
): void {
  if (table === undefined) return;
  const known = map.get(table);
  if (known === "*") return;
  if (columns === "*") {
    map.set(table, "*");
    return;
  }
  const set = known ?? new Set<string>();
  for (const column of columns) set.add(column);
  map.set(table, set);
}

/** Reports a problem of the statement, unless it is checked quietly. */
export function reportSql<N extends DiagnosticName>(
  sq: SqlCheck,
  name: N,
  span: Span,
  data: DiagnosticData<N>,
  extras: FindingExtras = {},
): void {
  if (sq.quiet === 0) problem(sq.ctx, name, span, data, extras);
}

/** Runs `body` without reports. */
export function quietly<T>(sq: SqlCheck, body: () => T): T {
  sq.quiet += 1;
  const result = body();
  sq.quiet -= 1;
  return result;
}

/** Records the type of an expression and gives the value back. */
export function recordValue(sq: SqlCheck, expression: Expression, value: SqlValue): SqlValue {
  sq.values.set(expression, value);
  if (sq.ours) sq.ctx.state.types.set(expression, typeOfValue(value));
  return value;
}

/** Records what a name means. */
export function recordName(sq: SqlCheck, node: object, resolution: Resolution): void {
  if (sq.ours) sq.ctx.state.names.set(node, resolution);
}

/** Records what stands in table position. */
export function recordTable(sq: SqlCheck, node: object, resolution: TableResolution): void {
  if (sq.ours) sq.ctx.state.tables.set(node, resolution);
}

/** Records how a call is carried out. */
export function recordCall(sq: SqlCheck, node: Expression, resolution: CallResolution): void {
  if (sq.ours) sq.ctx.state.calls.set(node, resolution);
}

/** A type that is not known. */
export function freshType(sq: SqlCheck): Type {
  return freshVariable(sq.ctx.state.supply, sq.ctx.level);
}

/** Why an unknown gets its type here. */
export function reasonAt(sq: SqlCheck, span: Span, text: string): Reason {
  return because(sq.ctx, span, text);
}

/** The text of a span, as written. */
export function textOf(sq: SqlCheck, span: Span): string {
  return sq.text.slice(span.start, span.end);
}
