// Statements of code to Core: the dispatch by kind, declarations of variables, blocks, raise and assert.
// Loops, try, match, returns and cursors have files of their own.
import { lineInFile } from "../../base/source.ts";
import { InternalError } from "../../base/failure.ts";
import type {
  AssertStatement,
  Declaration,
  LetStatement,
  Name,
  Statement,
  TransactionBlock,
  RaiseStatement,
} from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { acceptedType, lowerAssign } from "./assign.ts";
import {
  converted,
  hiddenLocal,
  label,
  nullValue,
  readLocal,
  setLocal,
  setPlace,
  stringValue,
  emptyValue,
} from "./build.ts";
import { bindLocal, complain, declaredVariable, finalTypeOf, globalFor, lower, type Lowering } from "./context.ts";
import { raising, stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { Place } from "./core-parts.ts";
import { lowerClose, lowerExecute, lowerFetch, lowerOpen } from "./cursors.ts";
import { plainError } from "./errors.ts";
import { lowerBreak, lowerContinue, lowerFor, lowerForRange, lowerLoop, lowerThen, lowerWhile } from "./loops.ts";
import { lowerManagement } from "./management.ts";
import { lowerMatchStatement } from "./match.ts";
import { asCondition } from "./operators.ts";
import { fieldOf } from "./paths.ts";
import { asTable, lowerReturn, lowerYield } from "./returns.ts";
import { streamedLoop } from "./streamed-tables.ts";
import { errorName, lowerTryStatement } from "./try.ts";
import { withoutNull } from "./types.ts";
import { keptCount } from "./variables.ts";
import { textOf } from "./world.ts";

/** A counter is an operand of at most this size; lines beyond it are not counted. */
const COVERAGE_COUNTERS_MAX = 65_536;

type Kind = Exclude<Statement, Declaration>["kind"];
type Lowerers = {
  readonly [K in Kind]: (ctx: Lowering, statement: Extract<Statement, { readonly kind: K }>) => CoreStatement[];
};

const LOWERERS: Lowerers = {
  let: lowerLet,
  assign: lowerAssign,
  ifStatement: (ctx, e) =>
    e.branches.reduceRight<CoreStatement[]>(
      (otherwise, branch) => [
        {
          kind: "if",
          span: branch.condition.span,
          condition: asCondition(lower(ctx, branch.condition)),
          then: lowerStatements(ctx, branch.body.statements),
          otherwise,
        },
      ],
      e.otherwise === undefined ? [] : lowerStatements(ctx, e.otherwise.statements),
    ),
  while: lowerWhile,
  loop: lowerLoop,
  for: lowerFor,
  forRange: lowerForRange,
  matchStatement: (ctx, e) => lowerMatchStatement(ctx, e.match),
  break: lowerBreak,
  continue: lowerContinue,
  return: lowerReturn,
  skip: (ctx, e) => [{ kind: "return", span: e.span, value: ctx.result === undefined ? undefined : nullValue(e.span) }],
  yield: lowerYield,
  emit: (ctx, e) => [{ kind: "emit", span: e.span, value: asTable(lower(ctx, e.value), finalTypeOf(ctx, e.value)) }],
  callStatement: (ctx, e) => [{ kind: "evaluate", span: e.span, value: lower(ctx, e.call) }],
  expressionStatement: (ctx, e) => [{ kind: "evaluate", span: e.span, value: lower(ctx, e.value) }],
  raise: lowerRaise,
  assert: lowerAssert,
  tryStatement: lowerTryStatement,
  blockStatement: (ctx, e) => {
    const exit = label(e.label?.text ?? "block");
    const inner: Lowering = {
      ...ctx,
      loops: [...ctx.loops, { name: e.label?.text.toLowerCase(), exit, next: undefined }],
    };
    return [{ kind: "block", span: e.span, label: exit, body: lowerStatements(inner, e.body.statements) }];
  },
  transactionBlock: (ctx, e: TransactionBlock) => [
    { kind: "transaction", span: e.span, mode: e.mode, body: lowerStatements(ctx, e.body.statements) },
  ],
  execute: lowerExecute,
  print: (ctx, e) => [{ kind: "print", span: e.span, value: lower(ctx, e.value) }],
  open: lowerOpen,
  fetch: lowerFetch,
  close: lowerClose,
  then: lowerThen,
  sql: (ctx, e) => ctx.program.rules.sqlStatement(ctx, e.statement),
  management: (ctx, e) => [{ kind: "evaluate", span: e.span, value: lowerManagement(ctx, e.statement) }],
  hole: (_ctx, e) => [
    {
      kind: "evaluate",
      span: e.span,
      value: raising(e.span, "NotImplemented", "This part of the program is not written yet."),
    },
  ],
  skipped: (_ctx, e) => [
    {
      kind: "evaluate",
      span: e.span,
      value: raising(e.span, "NotImplemented", "This part of the program has a syntax error."),
    },
  ],
};

/** Lowers a list of statements. What stands inside a body is not a top-level variable, so blocks see locals only. */
export function lowerStatements(ctx: Lowering, statements: readonly Statement[]): CoreStatement[] {
  const inner: Lowering = ctx.entry ? { ...ctx, entry: false } : ctx;
  const lowered: CoreStatement[] = [];
  for (let at = 0; at < statements.length; at += 1) {
    const statement = statements[at];
    if (statement === undefined) break;
    lowered.push(...covered(inner, statement));
    const loop = streamedLoop(inner, statements, at);
    if (loop !== undefined) at += 1;
    if (loop !== undefined) lowered.push(...covered(inner, loop));
    lowered.push(...lowerStatement(inner, loop ?? statement), ...keptCount(inner, loop ?? statement));
  }
  return lowered;
}

/** The coverage counter of a statement, in programs that are compiled for coverage. Code of other files is not counted. */
export function covered(ctx: Lowering, statement: Statement): CoreStatement[] {
  const { coverageLines, checked } = ctx.program;
  if (coverageLines === undefined || ctx.checked !== checked || coverageLines.length >= COVERAGE_COUNTERS_MAX)
    return [];
  coverageLines.push(lineOf(ctx, statement.span.start));
  return [{ kind: "cover", span: statement.span, counter: coverageLines.length - 1 }];
}

function lineOf(ctx: Lowering, start: number): number {
  return lineInFile(ctx.checked.module.file, ctx.item.offset + start);
}

/** Lowers one statement. With `ctx.entry` its variables are the script's globals. */
export function lowerStatement(ctx: Lowering, statement: Statement): CoreStatement[] {
  const lowerer = Object.hasOwn(LOWERERS, statement.kind)
    ? (LOWERERS as Readonly<Record<string, (ctx: Lowering, statement: Statement) => CoreStatement[]>>)[statement.kind]
    : undefined;
  if (lowerer === undefined) {
    complain(ctx, "DeclarationInBody", statement.span, {});
    return [];
  }
  return lowerer(ctx, statement);
}

function declare(ctx: Lowering, name: Name): { readonly place: Place; readonly type: Type } {
  const variable = declaredVariable(ctx, name);
  if (ctx.entry)
    return { place: { kind: "global", global: globalFor(ctx.program, variable) }, type: acceptedType(variable) };
  return { place: { kind: "local", local: bindLocal(ctx, variable) }, type: acceptedType(variable) };
}

function lowerLet(ctx: Lowering, e: LetStatement): CoreStatement[] {
  const { target, span } = e;
  if (target.kind === "fields") return lowerDestructuring(ctx, e, target.fields);
  if (e.value === undefined) {
    const { place } = declare(ctx, target.name);
    const rep = place.kind === "local" ? place.local.rep : place.global.rep;
    return [setPlace(span, place, emptyValue(span, rep))];
  }
  // The value is computed before its name exists, so that `let x = x + 1` reads the outer x.
  const value = lower(ctx, e.value);
  const from = finalTypeOf(ctx, e.value);
  const { place, type } = declare(ctx, target.name);
  return [setPlace(span, place, stored(value, from, type))];
}

function lowerDestructuring(
  ctx: Lowering,
  e: LetStatement,
  fields: readonly { readonly field: Name; readonly name: Name }[],
): CoreStatement[] {
  if (e.value === undefined) throw new InternalError("lower: destructuring needs a value");
  const value = lower(ctx, e.value);
  const type = finalTypeOf(ctx, e.value);
  const row = hiddenLocal("row", value.rep);
  return [
    setLocal(e.span, row, value),
    ...fields.map(({ field, name }): CoreStatement => {
      const { place, type: wanted } = declare(ctx, name);
      const struct = withoutNull(type);
      const fieldType =
        struct.kind === "struct"
          ? (fieldsOf(struct).find((candidate) => candidate.name.toLowerCase() === field.text.toLowerCase())?.type ??
            wanted)
          : wanted;
      const from: Type = value.rep === "struct" ? fieldType : { kind: "nullable", inner: withoutNull(fieldType) };
      return setPlace(
        e.span,
        place,
        stored(fieldOf(readLocal(e.span, row), type, field.text, field.span, from), from, wanted),
      );
    }),
  ];
}

function lowerRaise(ctx: Lowering, e: RaiseStatement): CoreStatement[] {
  const { span } = e;
  if (e.value === undefined) {
    const handled = ctx.handled.at(-1);
    if (handled === undefined) throw new InternalError("lower: raise without a value outside a handler");
    return [{ kind: "raise", span, error: readLocal(span, handled), again: true }];
  }
  let value = e.value;
  while (value.kind === "parenthesized") value = value.inner;
  const resolution = ctx.checked.names.get(value);
  if (
    value.kind === "name" &&
    (resolution === undefined || resolution.kind === "errorType") &&
    ctx.checked.calls.get(value) === undefined
  ) {
    return [
      {
        kind: "raise",
        span,
        error: plainError(
          ctx,
          span,
          resolution?.kind === "errorType"
            ? (resolution.error.name ?? value.name.text)
            : errorName(ctx, value.name.text),
        ),
        again: false,
      },
    ];
  }
  const error = lower(ctx, value);
  const type = withoutNull(finalTypeOf(ctx, value));
  if (type.kind === "error" || error.rep === "error") {
    const caught = value.kind === "name";
    return [{ kind: "raise", span, error: converted(error, "error"), again: caught }];
  }
  // `RAISE 'text'`: the plain exception with that text.
  return [
    {
      kind: "raise",
      span,
      again: false,
      error: {
        kind: "error",
        span,
        rep: "error",
        code: "Exception",
        parents: [],
        message: textOf(error),
        detail: nullValue(span),
      },
    },
  ];
}

function lowerAssert(ctx: Lowering, e: AssertStatement): CoreStatement[] {
  const message =
    e.message === undefined ? stringValue(e.span, "The assertion does not hold.") : textOf(lower(ctx, e.message));
  const error: CoreExpression = {
    kind: "error",
    span: e.span,
    rep: "error",
    code: "AssertionFailed",
    parents: [],
    message,
    detail: nullValue(e.span),
  };
  return [
    {
      kind: "if",
      span: e.span,
      condition: asCondition(lower(ctx, e.condition)),
      then: [],
      otherwise: [{ kind: "raise", span: e.span, error, again: false }],
    },
  ];
}
