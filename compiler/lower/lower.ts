// The door of lowering: a checked module becomes a Core program with one entry routine per top-level statement and one routine per declaration.
// Items with errors or holes are left out. Problems found here are those that only lowering can see (what an engine cannot do).
import type { Problem } from "../../base/problem.ts";
import { lineInFile } from "../../base/source.ts";
import type { Steps } from "../../base/steps.ts";
import type { CatalogView } from "../catalog-view.ts";
import type { CheckedModule } from "../check/checked.ts";
import type { Declaration, Expression, Item, Statement } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import { converted, nullValue } from "./build.ts";
import { lower, type Lowering, type ProgramLowering } from "./context.ts";
import type { CoreExpression, CoreProgram, CoreRoutine, CoreStatement } from "./core.ts";
import type { Global } from "./core-parts.ts";
import { executedText } from "./cursors.ts";
import { lowerExpression } from "./expressions.ts";
import { lowerManagement } from "./management.ts";
import { promoteGlobals } from "./promote-globals.ts";
import { bodyContext, routineOf, scheduleRoutine, testRoutines } from "./routines.ts";
import { lowerQuery, lowerSqlStatement, queryForm, statementValue, tableForm } from "./sql-statements.ts";
import { covered, lowerStatement, lowerStatements } from "./statements.ts";
import { triggerRoutines } from "./triggers.ts";
import { registerTypeOf } from "./types.ts";
import { keptCount } from "./variables.ts";

/** A lowered module: the program, and which routine belongs to which item. */
export interface Lowered {
  readonly program: CoreProgram;
  /** Runnable items in order. */
  readonly entries: readonly { readonly item: Item; readonly routine: CoreRoutine }[];
  readonly tests: readonly {
    readonly item: Item;
    readonly routine: CoreRoutine;
    readonly cases: CoreRoutine | undefined;
  }[];
  readonly declared: readonly {
    readonly declaration: Declaration;
    readonly item: Item;
    readonly routine: CoreRoutine;
    /** Triggers: the condition, when there is one. */
    readonly when?: CoreRoutine | undefined;
  }[];
  readonly globals: readonly { readonly name: string; readonly slot: number; readonly type: Type }[];
  /** 1-based line of each coverage counter. */
  readonly coverageLines: readonly number[];
  readonly problems: readonly Problem[];
}

/** How to lower. */
export interface LowerOptions {
  /** Counts how often each statement is reached. */
  readonly coverage: boolean;
}

/** Lowers what can be run of a checked module, a body in a step. */
export function* lowerModule(checked: CheckedModule, catalog: CatalogView, options: LowerOptions): Steps<Lowered> {
  const program: ProgramLowering = {
    checked,
    catalog,
    problems: [],
    routines: [],
    byDeclaration: new Map(),
    globals: [],
    globalByVariable: new Map(),
    sqlFunctions: [],
    pending: [],
    coverageLines: options.coverage ? [] : undefined,
    rules: {
      expression: lowerExpression,
      statements: lowerStatements,
      query: lowerQuery,
      sqlStatement: lowerSqlStatement,
      queryForm,
      tableForm,
      routine: (ctx, info) => routineOf(ctx.program, info),
    },
  };
  const entries: { item: Item; routine: CoreRoutine }[] = [];
  const tests: { item: Item; routine: CoreRoutine; cases: CoreRoutine | undefined }[] = [];
  const declared: Lowered["declared"][number][] = [];
  const rowCount = rowCountGlobal(program);
  for (const item of checked.module.items) {
    if (checked.broken.has(item)) continue;
    const { statement } = item;
    switch (statement.kind) {
      case "struct":
      case "enum":
      case "error":
      case "pipeline":
      case "import":
        continue;
      case "routine": {
        const info = checked.routines.get(statement);
        if (info !== undefined && statement.body !== undefined)
          declared.push({ declaration: statement, item, routine: routineOf(program, info) });
        continue;
      }
      case "trigger": {
        const routines = triggerRoutines(program, item, statement);
        if (routines !== undefined) declared.push({ declaration: statement, item, ...routines });
        continue;
      }
      case "schedule":
        if (statement.body !== undefined)
          declared.push({
            declaration: statement,
            item,
            routine: scheduleRoutine(program, item, statement, statement.body),
          });
        continue;
      case "test": {
        tests.push({ item, ...testRoutines(program, item, statement) });
        continue;
      }
      default:
        entries.push({ item, routine: entryRoutine(program, item, statement, rowCount) });
    }
    yield* drain(program);
    yield;
  }
  yield* drain(program);
  promoteGlobals(program.routines);
  return {
    program: { routines: program.routines, globals: program.globals, sqlFunctions: program.sqlFunctions },
    entries,
    tests,
    declared,
    problems: program.problems,
    globals: [...program.globalByVariable].map(([variable, global]) => ({
      name: variable.name,
      slot: global.slot,
      type: variable.type,
    })),
    coverageLines: program.coverageLines ?? [],
  };
}

/** Lowers the bodies that were asked for. */
function* drain(program: ProgramLowering): Steps<void> {
  for (let work = program.pending.shift(); work !== undefined; work = program.pending.shift()) {
    work();
    yield;
  }
}

// `row_count()` and FOUND of an earlier top-level statement: kept only in files that ask for it.
function rowCountGlobal(program: ProgramLowering): Global | undefined {
  const asks = program.checked.module.items.some((item) => /\b(?:row_count|found)\b/i.test(item.text));
  if (!asks) return undefined;
  const global: Global = { name: "row_count()", rep: "int", slot: program.globals.length };
  program.globals.push(global);
  return global;
}

function entryRoutine(
  program: ProgramLowering,
  item: Item,
  statement: Statement,
  rowCount: Global | undefined,
): CoreRoutine {
  const ctx: Lowering = {
    ...bodyContext(program, program.checked, item, { result: { kind: "any" } }),
    entry: true,
    rowCount,
  };
  const { span } = statement;
  const { before: work, value } = entryValue(ctx, statement);
  const before = [...covered(ctx, statement), ...work];
  const count = keptCount(ctx, statement);
  const result: CoreStatement[] =
    count.length === 0
      ? [...before, { kind: "return", span, value: converted(value, "any") }]
      : keepResult(span, before, value, count);
  const routine: CoreRoutine = {
    name: `line ${lineOf(program, item)}`,
    kind: "entry",
    receiver: undefined,
    parameters: [],
    captures: [],
    resultRep: "any",
    item,
    span,
    body: result,
  };
  program.routines.push(routine);
  return routine;
}

function keepResult(
  span: Statement["span"],
  before: readonly CoreStatement[],
  value: CoreExpression,
  count: readonly CoreStatement[],
): CoreStatement[] {
  const local = { name: "result", rep: "any", hidden: true } as const;
  return [
    ...before,
    { kind: "set", span, place: { kind: "local", local }, value: converted(value, "any") },
    ...count,
    { kind: "return", span, value: { kind: "local", span, rep: "any", local } },
  ];
}

function lineOf(program: ProgramLowering, item: Item): number {
  return lineInFile(program.checked.module.file, item.offset + item.statement.span.start);
}

// What a top-level statement gives to whoever runs the script.
function entryValue(
  ctx: Lowering,
  statement: Statement,
): { readonly before: readonly CoreStatement[]; readonly value: CoreExpression } {
  const { span } = statement;
  switch (statement.kind) {
    case "sql": {
      const sql = statement.statement;
      const hasNoValue = (sql.kind === "select" && sql.into.length > 0) || (sql.kind === "createView" && sql.orReplace);
      return hasNoValue
        ? { before: lowerStatement(ctx, statement), value: nullValue(span) }
        : { before: [], value: statementValue(ctx, sql) };
    }
    case "execute":
      return statement.into.length > 0
        ? { before: lowerStatement(ctx, statement), value: nullValue(span) }
        : { before: [], value: executedText(ctx, statement) };
    case "callStatement":
      return { before: [], value: awaited(lower(ctx, statement.call)) };
    case "expressionStatement":
      // `xs.push(1)` changes its variable; the list is not a result.
      return updates(ctx, statement.value)
        ? { before: lowerStatement(ctx, statement), value: nullValue(span) }
        : { before: [], value: lower(ctx, statement.value) };
    case "management":
      return { before: [], value: lowerManagement(ctx, statement.statement) };
    default:
      return { before: lowerStatement(ctx, statement), value: nullValue(span) };
  }
}

function updates(ctx: Lowering, e: Expression): boolean {
  const resolution = ctx.checked.calls.get(e);
  return (
    resolution?.kind === "intrinsic" &&
    resolution.args.some((argument) => argument.kind === "value" && argument.assignBack)
  );
}

// `CALL p(…)` of an asynchronous procedure in a script waits for its result.
function awaited(value: CoreExpression): CoreExpression {
  return value.rep === "handle"
    ? { kind: "await", span: value.span, rep: registerTypeOf({ kind: "any" }), handle: value }
    : value;
}
