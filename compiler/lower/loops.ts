// Loops of the language: while, loop, for over values and queries, counted for, THEN blocks; break and continue with labels and conditions.
import { InternalError } from "../../base/failure.ts";
import type {
  BreakStatement,
  ContinueStatement,
  Expression,
  ForRangeStatement,
  ForStatement,
  LoopStatement,
  Name,
  ThenStatement,
  WhileStatement,
  Statement,
} from "../syntax/tree.ts";
import { converted, hiddenLocal, label, readLocal, setLocal } from "./build.ts";
import { bindLocal, declaredVariable, lower, type Lowering, type RowBinding } from "./context.ts";
import type { CoreStatement } from "./core.ts";
import type { Label } from "./core-parts.ts";
import { eachSource } from "./iterate.ts";
import { asCondition } from "./operators.ts";

interface Frame {
  readonly ctx: Lowering;
  readonly exit: Label;
  readonly next: Label;
}

function enter(ctx: Lowering, name: Name | undefined): Frame {
  const exit = label(name?.text ?? "loop");
  const next = label("next");
  return { ctx: { ...ctx, loops: [...ctx.loops, { name: name?.text.toLowerCase(), exit, next }] }, exit, next };
}

function bodyOf(frame: Frame, statements: readonly Statement[]): CoreStatement[] {
  return frame.ctx.program.rules.statements(frame.ctx, statements);
}

export function lowerWhile(ctx: Lowering, e: WhileStatement): CoreStatement[] {
  const frame = enter(ctx, e.label);
  return [
    {
      kind: "while",
      span: e.span,
      condition: asCondition(lower(ctx, e.condition)),
      exit: frame.exit,
      next: frame.next,
      body: bodyOf(frame, e.body.statements),
    },
  ];
}

export function lowerLoop(ctx: Lowering, e: LoopStatement): CoreStatement[] {
  const frame = enter(ctx, e.label);
  return [{ kind: "loop", span: e.span, exit: frame.exit, next: frame.next, body: bodyOf(frame, e.body.statements) }];
}

/** `for x in …`: over a query as of its start, a range without a list in between, or a value. */
export function lowerFor(ctx: Lowering, e: ForStatement): CoreStatement[] {
  const frame = enter(ctx, e.label);
  const { exit, next } = frame;
  const { span, names } = e;
  const body = (): CoreStatement[] => bodyOf(frame, e.body.statements);
  let source: Expression = e.source;
  while (source.kind === "parenthesized" && ctx.checked.coercions.get(source) === undefined) source = source.inner;
  const [name] = names;
  if (source.kind === "range" && names.length === 1 && name !== undefined) {
    const variable = declaredVariable(ctx, name);
    const local = bindLocal(frame.ctx, variable);
    return [
      count(
        ctx,
        { span, local, from: source.from, to: source.to, step: undefined, reverse: false, assigned: variable.assigned },
        frame,
        body,
      ),
    ];
  }
  return eachSource(frame.ctx, { span, names, exit, next, body }, source);
}

interface Counting {
  readonly span: Expression["span"];
  readonly local: ReturnType<typeof bindLocal>;
  readonly from: Expression;
  readonly to: Expression;
  readonly step: Expression | undefined;
  readonly reverse: boolean;
  readonly assigned: boolean;
}

function count(ctx: Lowering, e: Counting, frame: Frame, body: () => CoreStatement[]): CoreStatement {
  // A loop variable that nobody assigns is the counter itself; otherwise it is a copy, so that changing it does not change the number of rounds.
  const counter = e.assigned || e.local.rep !== "int" ? hiddenLocal("counter", "int") : e.local;
  const bound = (end: Expression) => converted(lower(ctx, end), "int");
  return {
    kind: "count",
    span: e.span,
    local: counter,
    from: bound(e.from),
    to: bound(e.to),
    step: e.step === undefined ? undefined : bound(e.step),
    reverse: e.reverse,
    exit: frame.exit,
    next: frame.next,
    body: counter === e.local ? body() : [setLocal(e.span, e.local, readLocal(e.span, counter)), ...body()],
  };
}

/** `for i in [reverse] a..b [by s]`. */
export function lowerForRange(ctx: Lowering, e: ForRangeStatement): CoreStatement[] {
  const frame = enter(ctx, e.label);
  const variable = declaredVariable(ctx, e.name);
  const local = bindLocal(frame.ctx, variable);
  return [
    count(
      ctx,
      { span: e.span, local, from: e.from, to: e.to, step: e.step, reverse: e.reverse, assigned: variable.assigned },
      frame,
      () => bodyOf(frame, e.body.statements),
    ),
  ];
}

/** `SELECT … THEN { }`: the block for each row, with the columns as variables. */
export function lowerThen(ctx: Lowering, e: ThenStatement): CoreStatement[] {
  const frame = enter(ctx, undefined);
  const info = ctx.checked.sql.get(e.query);
  const columns = (info?.columns ?? []).map((column) => ({ name: column.name, type: column.type }));
  const row: RowBinding = { shape: undefined, columns, cells: new Map(), whole: undefined };
  const inner: Lowering = { ...frame.ctx, rowColumns: [...ctx.rowColumns, row] };
  const body = ctx.program.rules.statements(inner, e.body.statements);
  return [
    {
      kind: "eachRow",
      span: e.span,
      source: { kind: "query", span: e.query.span, ...ctx.program.rules.queryForm(ctx, e.query) },
      cells: [...row.cells].map(([column, local]) => ({ column, local })),
      row: undefined,
      exit: frame.exit,
      next: frame.next,
      body,
    },
  ];
}

export function lowerBreak(ctx: Lowering, e: BreakStatement): CoreStatement[] {
  const frame =
    e.label === undefined ? ctx.loops.findLast((candidate) => candidate.next !== undefined) : labelled(ctx, e.label);
  if (frame === undefined) throw new InternalError("lower: break outside a loop");
  return guarded(ctx, e.span, e.condition, frame.exit);
}

export function lowerContinue(ctx: Lowering, e: ContinueStatement): CoreStatement[] {
  const frame =
    e.label === undefined ? ctx.loops.findLast((candidate) => candidate.next !== undefined) : labelled(ctx, e.label);
  if (frame?.next === undefined) throw new InternalError("lower: continue outside a loop");
  return guarded(ctx, e.span, e.condition, frame.next);
}

function labelled(ctx: Lowering, name: Name): Lowering["loops"][number] | undefined {
  return ctx.loops.findLast((frame) => frame.name === name.text.toLowerCase());
}

function guarded(
  ctx: Lowering,
  span: Expression["span"],
  condition: Expression | undefined,
  target: Label,
): CoreStatement[] {
  const leave: CoreStatement = { kind: "break", span, label: target };
  return condition === undefined
    ? [leave]
    : [{ kind: "if", span, condition: asCondition(lower(ctx, condition)), then: [leave], otherwise: [] }];
}
