// What lowering carries along: the module's side tables and program so far, and per routine its variables and labels.
import { required } from "../../base/failure.ts";
import { report, type Problem, type ProblemExtras } from "../../base/problem.ts";
import type { DiagnosticData, DiagnosticName } from "../../base/diagnostics/diagnostics.ts";
import { shiftSpan, type Span } from "../../base/source.ts";
import type { CheckedModule, RoutineInfo, Variable } from "../check/checked.ts";
import type { CatalogView } from "../catalog-view.ts";
import type { Expression, Item, Name, SqlStatement, Statement, TableExpression } from "../syntax/tree.ts";
import type { StructType, Type } from "../types/type.ts";
import { hiddenLocal } from "./build.ts";
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { CoreExpression, CoreRoutine, CoreStatement } from "./core.ts";
import type { CoreShape, Global, Label, Local, Place, Rep, SqlResult } from "./core-parts.ts";
import { registerTypeOf } from "./types.ts";

/** The areas of lowering as they call each other: through here, so that no file imports in a circle. Set up in lower.ts. */
export interface Rules {
  /** An expression with its coercions. */
  expression(ctx: Lowering, expression: Expression): CoreExpression;
  statements(ctx: Lowering, statements: readonly Statement[]): CoreStatement[];
  /** A query or DML as a value. */
  query(ctx: Lowering, statement: SqlStatement, want: SqlResult, rep: Rep): CoreExpression;
  /** A SQL statement in code. */
  sqlStatement(ctx: Lowering, statement: SqlStatement): CoreStatement[];
  /** The form and arguments of a query, for loops and cursors. */
  queryForm(
    ctx: Lowering,
    statement: SqlStatement,
  ): { readonly form: SqlForm; readonly args: readonly CoreExpression[] };
  /** The rows of a table expression that meet the conditions, by default all. */
  tableForm(
    ctx: Lowering,
    table: TableExpression,
    row: StructType | undefined,
    where?: RowConditions,
  ): { readonly form: SqlForm; readonly args: readonly CoreExpression[] };
  /** The Core routine of one of this program's (or the standard library's) routines. */
  routine(ctx: Lowering, info: RoutineInfo): CoreRoutine;
}

/** Conditions on the rows of a table, as parts; `bind` makes a value a parameter of the statement. */
export type RowConditions = (
  bind: (value: Expression, place: "integerColumn" | "value") => SqlPart,
) => readonly SqlParts[];

/** Lowering of one program. */
export interface ProgramLowering {
  readonly rules: Rules;
  readonly checked: CheckedModule;
  readonly catalog: CatalogView;
  readonly problems: Problem[];
  readonly routines: CoreRoutine[];
  /** Routines already lowered or being lowered, by declaration. */
  readonly byDeclaration: Map<object, CoreRoutine>;
  readonly globals: Global[];
  readonly globalByVariable: Map<Variable, Global>;
  readonly sqlFunctions: { readonly name: string; readonly routine: CoreRoutine; readonly deterministic: boolean }[];
  /** Line of each coverage counter, when the program is compiled for coverage. */
  readonly coverageLines: number[] | undefined;
  /** Bodies still to lower; done in a loop, so that recursion between routines needs no recursion here. */
  readonly pending: (() => void)[];
}

/** How a variable of the program is held. */
export type Binding =
  | Place
  /** A row of a loop: cells are loaded only when used. */
  | { readonly kind: "row"; readonly row: RowBinding };

/** A loop row of which only the used parts are loaded. */
export interface RowBinding {
  readonly shape: CoreShape | undefined;
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
  /** Locals made so far, by column position. */
  readonly cells: Map<number, Local>;
  /** Set once the row is used as a whole. */
  whole: Local | undefined;
}

/** Lowering of one routine. */
export interface Lowering {
  readonly program: ProgramLowering;
  /** Side tables of the module that the routine comes from (the file's own, or the standard library's). */
  readonly checked: CheckedModule;
  readonly item: Item;
  readonly routine: RoutineInfo | undefined;
  /** True in the code of a top-level statement: its variables are globals. */
  readonly entry: boolean;
  readonly variables: Map<Variable, Binding>;
  /** `self`, NEW and OLD, by folded name. */
  readonly implicit: ReadonlyMap<string, Local>;
  /** Columns of a row that are variables (`THEN { }`), by folded name; looked up for resolutions to columns outside SQL. */
  readonly rowColumns: RowBinding[];
  readonly loops: LoopFrame[];
  /** Error of the innermost handler, for `raise` without a value. */
  readonly handled: Local[];
  /** List that `yield` appends to, in a function that returns a table. */
  readonly yields: { readonly local: Local; readonly shape: CoreShape | undefined } | undefined;
  readonly result: Type | undefined;
  /** Rows of a trigger: a return without a value gives the first of them that is not null. Empty elsewhere. */
  readonly kept: readonly Local[];
  /** Locals of out and inout parameters, in order; empty for others. */
  readonly outs: readonly Local[];
  /** Where `row_count()` of an earlier top-level statement is found. */
  readonly rowCount: Global | undefined;
}

/** A loop or labelled block of the program. */
export interface LoopFrame {
  readonly name: string | undefined;
  readonly exit: Label;
  /** Undefined for a block: `continue` does not see it. */
  readonly next: Label | undefined;
}

/** Reports a problem found while lowering; `span` is relative to the item. */
export function complain<N extends DiagnosticName>(
  ctx: Lowering,
  name: N,
  span: Span,
  data: DiagnosticData<N>,
  extras: ProblemExtras = {},
): void {
  report(ctx.program.problems, name, shiftSpan(span, ctx.item.offset), data, extras);
}

/** The checker's type of an expression, before its coercions. */
export function typeOf(ctx: Lowering, expression: Expression): Type {
  return ctx.checked.types.get(expression) ?? { kind: "any" };
}
/** The type of an expression after its coercions. */
export function finalTypeOf(ctx: Lowering, expression: Expression): Type {
  const coercions = ctx.checked.coercions.get(expression);
  return coercions?.at(-1)?.to ?? typeOf(ctx, expression);
}
/** The variable that a declaring name introduces. */
export function declaredVariable(ctx: Lowering, name: Name): Variable {
  return required(ctx.checked.variables.get(name), `variable ${name.text}`);
}

/** A new local for a variable of the program, which the variable is then bound to. */
export function bindLocal(ctx: Lowering, variable: Variable, rep: Rep = registerTypeOf(variable.type)): Local {
  const local: Local = { name: variable.name, rep, hidden: false };
  ctx.variables.set(variable, { kind: "local", local });
  return local;
}

/** The global slot of a script-level variable. */
export function globalFor(program: ProgramLowering, variable: Variable): Global {
  const known = program.globalByVariable.get(variable);
  if (known !== undefined) return known;
  const made: Global = { name: variable.name, rep: registerTypeOf(variable.type), slot: program.globals.length };
  program.globals.push(made);
  program.globalByVariable.set(variable, made);
  return made;
}

/** The local that holds one column of a row binding. */
export function cellOf(row: RowBinding, column: number): Local {
  const known = row.cells.get(column);
  if (known !== undefined) return known;
  const info = required(row.columns[column], "column of a row binding");
  const made: Local = { name: info.name, rep: registerTypeOf(info.type), hidden: true };
  row.cells.set(column, made);
  return made;
}

/** The local that holds the row as a struct. */
export function wholeOf(row: RowBinding): Local {
  row.whole ??= hiddenLocal("row", "struct");
  return row.whole;
}

/** An expression with its coercions. */
export function lower(ctx: Lowering, expression: Expression): CoreExpression {
  return ctx.program.rules.expression(ctx, expression);
}
