// The state of a check and what every rule uses: the tables being filled, the current scope, flow and effects, and the other rules.
// Two areas share it: the language (compiler/check/*) and embedded SQL (compiler/check/sql/*). They call each other only through `ctx.rules`,
// so that no file imports in a circle. Spans are relative to `ctx.item`; they become absolute when the module is finished.
// Functions over the context: problem reporting in findings.ts, variables in scope.ts, narrowing in flow.ts, effects in frames.ts, expected types in expect.ts.
import type { CronPort } from "../../base/cron/fields.ts";
import type { DiagnosticName } from "../../base/diagnostics/diagnostics.ts";
import type { Fix, Severity } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import type { Steps } from "../../base/steps.ts";
import type { CatalogTable, CatalogView } from "../catalog-view.ts";
import type { Effects } from "../effects/effects.ts";
import type {
  Block,
  CallExpression,
  Expression,
  Item,
  LambdaExpression,
  Module,
  Name,
  RoutineDeclaration,
  ScheduleDeclaration,
  SqlStatement,
  Statement,
  TableExpression,
  TestDeclaration,
  TriggerDeclaration,
  TypeNode,
} from "../syntax/tree.ts";
import type { TypeSupply } from "../types/make.ts";
import type { DeferredOperator } from "../types/deferred.ts";
import type { EnumType, ErrorType, StructField, StructType, Type, TypeVariable } from "../types/type.ts";
import type {
  CallResolution,
  CheckedModule,
  Coercion,
  Resolution,
  RoutineInfo,
  SqlColumnInfo,
  SqlInfo,
  TableResolution,
  TriggerFacts,
  Variable,
} from "./checked.ts";
import type { Layers } from "./layers.ts";
import type { Probe } from "./seen.ts";

/** What a check needs from outside, all read-only. */
export interface Environment {
  readonly catalog: CatalogView;
  /** `--strict`: late binding and undeclared raises become errors. */
  readonly strict: boolean;
  /** Variables that exist before the script starts: those of a session, arguments of `gobic run --arg`. */
  readonly globals?: readonly { readonly name: string; readonly type: Type; readonly isParameter?: boolean }[];
  /** The standard library's module that declares a routine of that name, parsed; undefined when none does. Asked once per name. */
  standardModule(routine: string): Module | undefined;
  /** Names of the standard library's routines, for suggestions. */
  standardNames(): readonly string[];
  /** The module that `import name` means, parsed; undefined when there is none. */
  /** A module by its name, or a file by its path relative to the importing file `from` (`lib/math.grz`). */
  importModule(name: string, from: string): Module | undefined;
  /** The check of an imported module that somebody has already; undefined or missing: it is checked here. "circle": it is being checked, and imports this one. */
  checkedModule?(module: Module): CheckedModule | "circle" | undefined;
  /** A question of an editor about one place; see check/probe.ts. */
  readonly probe?: Probe;
  /** Reads cron texts, and knows the time. */
  readonly cron: CronPort;
}

/** A place in some item of the module. */
export interface Place {
  readonly span: Span;
  readonly item: Item;
}

/** A problem before its spans are absolute. */
export interface Finding {
  readonly name: DiagnosticName;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
  readonly help: string | undefined;
  readonly related: readonly { readonly place: Place; readonly label: string }[];
  readonly fixes: readonly Fix[];
}

/** The tables of one module's check. Filled by all rules; turned into a CheckedModule at the end. */
export interface ModuleState {
  readonly module: Module;
  readonly environment: Environment;
  readonly supply: TypeSupply;
  readonly findings: Finding[];
  /** Findings already reported, by item: the same one at the same place counts once. */
  readonly reported: Map<Item, Set<string>>;
  readonly types: Map<Expression, Type>;
  readonly coercions: Map<Expression, readonly Coercion[]>;
  readonly names: Map<object, Resolution>;
  readonly tables: Map<TableExpression | object, TableResolution>;
  readonly calls: Map<CallExpression | Expression, CallResolution>;
  readonly sql: Map<SqlStatement, SqlInfo>;
  readonly variables: Map<Name, Variable>;
  readonly captures: Map<LambdaExpression, readonly Variable[]>;
  readonly routines: Map<RoutineDeclaration | TriggerDeclaration | ScheduleDeclaration | TestDeclaration, RoutineInfo>;
  readonly structs: Map<string, StructType>;
  readonly enums: Map<string, EnumType>;
  readonly errors: Map<string, { readonly fields: readonly StructField[]; readonly parent: string | undefined }>;
  readonly effects: Map<Item, Effects>;
  readonly blockEffects: Map<Statement | Expression, Effects>;
  /** All values that flow into a variable by assignment: dynamic SQL must be built from constants (injection.ts). */
  readonly texts: Map<Variable, readonly Expression[]>;
  /** Texts of `execute` statements, judged when all assignments are known. */
  readonly executed: { readonly text: Expression; readonly place: Place }[];
  /** Operators that wait for evidence from callers of procedures. */
  readonly waiting: { readonly operator: DeferredOperator; readonly ctx: CheckContext }[];
  readonly triggerFacts: Map<TriggerDeclaration, TriggerFacts>;
  /** Errors that handlers name, with the frame that they guard. */
  readonly handlers: { readonly error: string; readonly frame: EffectFrame; readonly place: Place }[];
  /** Frames of try blocks and calls; turned into blockEffects when all routines are known. */
  readonly frames: Map<Statement | Expression, EffectFrame>;
  /** Values that flow into inferred types: their coercions are known only when inference is done (expect.ts). */
  readonly flows: {
    readonly expression: Expression;
    readonly found: Type;
    readonly expected: Type;
    readonly place: Place;
  }[];
  readonly uses: Set<CheckedModule>;
  /** Where the module's own routines come from. */
  readonly origin: RoutineInfo["origin"];
  /** Routines that the module declares, by folded name. */
  readonly routineIndex: Map<string, RoutineInfo[]>;
  /** Routines found outside the module, by folded name. */
  readonly routineCache: Map<string, readonly RoutineInfo[]>;
  /** Imported modules by folded name. */
  readonly imports: Map<string, CheckedModule>;
  /** Columns that are variables in `SELECT … THEN { }`. */
  readonly columnVariables: Map<Variable, SqlColumnInfo>;
  /** Items with a hole or an error: not to be run or stored. */
  readonly holes: Set<Item>;
  nextVariable: number;
}

/** A block of names. Keys are folded (types/make.ts foldName). */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Variable>;
  /** Set on the outermost scope of a lambda: variables found beyond it are captured. */
  readonly lambda: { readonly node: LambdaExpression; readonly captured: Set<Variable> } | undefined;
}

/**
 * What is known at one point of the control flow.
 * `narrowed` has for a variable (`#id`) the places with a type that is more precise than the declared one: itself and field paths of it (`#id.field`).
 * `assigned` holds variables declared without a value that have one by now. Both are replaced, never changed in place.
 */
export interface Flow {
  readonly reachable: boolean;
  readonly narrowed: Layers<string, ReadonlyMap<string, Type>>;
  readonly assigned: Layers<Variable, true>;
  /** What came from one row each. */
  readonly rows: readonly RowVariables[];
}

/** Variables that got the columns of one row, or null together when none came: one of them that is not null tells of all whose column is never null. */
export interface RowVariables {
  /** The same for what is left of a group after some of its variables were written. */
  readonly origin: object;
  readonly variables: ReadonlyMap<Variable, "never null" | "any">;
}

/** One error that may escape from here. */
export interface RaiseSite {
  readonly error: string;
  readonly place: Place;
  /** How it comes about: "raise", "calls f", "the unique key users.email". */
  readonly cause: string;
}

/**
 * Effects of one region: a body, a try block, a call. Regions nest; a try's region removes what its handlers catch.
 * Callees of the same recursive group are kept as calls and joined when all are known (frames.ts).
 */
export interface EffectFrame {
  readonly own: Effects[];
  readonly raises: RaiseSite[];
  readonly callees: {
    readonly routine: RoutineInfo;
    readonly place: Place;
    readonly cause: string;
    /** A trigger that a statement fires: no call of the statement's own. */
    readonly fired?: true;
  }[];
  readonly children: EffectFrame[];
  /** Errors that do not leave this frame; "all" for `catch e`. */
  catches: readonly string[] | "all";
}

/** The body being checked: a routine, trigger, schedule or test, or the script of top-level statements. */
export interface Owner {
  readonly kind: "routine" | "trigger" | "schedule" | "test" | "script";
  readonly name: string;
  readonly info: RoutineInfo | undefined;
  /** True when it is stored in the catalog, so that unknown tables and routines are bound late (a warning instead of an error). */
  readonly stored: boolean;
  /** What `return` must give; undefined where `return` has no value. */
  result: Type | undefined;
  /** Row type of `yield` in a function that returns a table. */
  yields: Type | undefined;
  /** The trigger around this body: what NEW and OLD are, whether NEW may be assigned. */
  readonly trigger: TriggerScope | undefined;
  /** Temporary tables: made in this body (a table) or dropped in it ("dropped"), by folded name. Kept by check/sql. */
  readonly localTables: Map<string, CatalogTable | "dropped">;
  readonly deferred: DeferredOperator[];
  /** Variables declared in this body, for unused reports. */
  readonly declared: Variable[];
  returnsSeen: number;
}

export interface TriggerScope {
  readonly timing: "before" | "after" | "instead of";
  readonly each: "row" | "statement";
  readonly row: StructType | undefined;
  /** In words, for messages: "insert or update". */
  readonly events: string;
}

/** The state at the point being checked. Rules change `scope`, `flow` and `frame` and put them back. */
export interface CheckContext {
  readonly state: ModuleState;
  readonly rules: Rules;
  readonly item: Item;
  readonly owner: Owner;
  /** Tables and routines as seen here: the environment's catalog with the file's own DDL over it. Look in owner.localTables first. */
  readonly catalog: CatalogView;
  /** Level of fresh type variables: 0 at module level (never generalised), 1 inside a routine. */
  readonly level: number;
  scope: Scope;
  flow: Flow;
  frame: EffectFrame;
  /** The statement being checked, for effects that have no place of their own. */
  at: Span;
  /** Expressions that stand as statements: nobody takes their value. */
  readonly discards: WeakSet<Expression>;
  /** Labels of enclosing loops and blocks, innermost last. */
  loops: readonly LoopScope[];
  /** Non-zero inside a lambda, where `return` leaves the lambda. */
  lambda: LambdaScope | undefined;
  /** Type variables by letter while a signature is read; undefined elsewhere. */
  letters: Map<string, TypeVariable> | undefined;
  /** The error of the innermost handler, for `raise` without a value. */
  caught: ErrorType | undefined;
}
export interface LoopScope {
  readonly label: string | undefined;
  readonly kind: "loop" | "block";
  /** Flows at each `break`, joined after the loop. */
  readonly breaks: Flow[];
  used: boolean;
}
export interface LambdaScope {
  readonly result: Type;
  returns: number;
}

/** How a SQL statement is used; decides what its value must be. */
export type SqlUse =
  /** A statement of its own, or EXISTS: rows are shown at top level, dropped in a body; INTO targets are assigned. */
  | { readonly kind: "statement" }
  /** A value that stays rows (untyped let, print, for … in, table<…> expected). `row` is the expected row, if known. */
  | { readonly kind: "table"; readonly row: StructType | undefined }
  /** One value is wanted; `type` is what, undefined when not known. More than one column is an error (the SQL rules report it). */
  | { readonly kind: "scalar"; readonly type: Type | undefined }
  /** One row is wanted as a struct: destructuring, `(SELECT …).field`. */
  | { readonly kind: "row" };

/** How a call of a language routine or intrinsic is checked. */
export interface CallUse {
  /** In SQL only sync functions without writes may be called, and arguments see columns. */
  readonly place: "code" | "sql";
  /** Infers one argument; in SQL this looks at columns first. `expected` may be undefined. */
  inferArgument(argument: Expression, expected: Type | undefined): Type;
}

/** The doors between the rules; check.ts puts them together. */
export interface Rules {
  /** Infers an expression of code, records its type, and checks it against `expected` as far as that helps (literals, lambdas, queries); callers then call expectType. */
  infer(ctx: CheckContext, expression: Expression, expected?: Type): Type;
  /** Infers a condition: reports non-booleans and comparisons with null; gives the flows when it holds and when not. */
  checkCondition(ctx: CheckContext, expression: Expression): { readonly whenTrue: Flow; readonly whenFalse: Flow };
  /** Checks the statements of a block in a new scope. */
  checkBlock(ctx: CheckContext, block: Block): void;
  /** The same for the body of a declaration, a statement in each step: a body may be as long as a file. */
  bodySteps(ctx: CheckContext, body: Block): Steps<void>;
  checkStatement(ctx: CheckContext, statement: Statement): void;
  /**
   * Checks a call of a language function, intrinsic, closure or late-bound routine and records it in `state.calls`.
   * Undefined when nothing of that name is known and `use.place` is "sql": the SQL rules then look at the engine's functions and report.
   */
  checkCall(ctx: CheckContext, call: CallExpression, use: CallUse, expected?: Type): Type | undefined;
  /** A written type as a type; reports unknown names. */
  typeFromNode(ctx: CheckContext, node: TypeNode): Type;
  /** The struct, enum, error or row type of a table that a name means; undefined when nothing has it. */
  typeNamed(ctx: CheckContext, name: string): Type | undefined;
  /** Implemented in check/sql/sql.ts. Records types, names, tables and `state.sql` for everything below the statement, reports problems, records effects in ctx.frame. */
  checkSqlStatement(ctx: CheckContext, statement: SqlStatement, use: SqlUse): SqlInfo;
  /** Implemented in check/sql/sql.ts: what stands in table position of a comprehension (`FROM x IN users`). The row is undefined when only the engine knows. */
  checkTableSource(
    ctx: CheckContext,
    table: TableExpression,
  ): { readonly row: StructType | undefined; readonly resolution: TableResolution };
  /**
   * Implemented in check/sql/sql.ts: an expression of a comprehension over a table, or of a WHEN clause, where `columns` are visible as in a SQL clause.
   * Gives its type.
   */
  inferSqlExpression(ctx: CheckContext, expression: Expression, columns: readonly SqlColumnInfo[]): Type;
  /** Checks another module (standard library, import); undefined while it is being checked itself. */
  checkOther(module: Module, environment: Environment, origin: RoutineInfo["origin"]): CheckedModule | undefined;
  /** Implemented in compiler/catalog: the catalog with the file's own CREATE, ALTER and DROP over it, in order. */
  catalogWithFile(base: CatalogView, module: Module): CatalogView;
}
