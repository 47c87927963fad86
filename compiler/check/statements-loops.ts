// Loops, break and continue. What is known before a loop holds inside only for variables that the loop does not assign.
import type {
  BreakStatement,
  ContinueStatement,
  Expression,
  ForRangeStatement,
  ForStatement,
  LoopStatement,
  Name,
  Statement,
  WhileStatement,
} from "../syntax/tree.ts";
import { ANY, INT, foldName, withoutNull } from "../types/make.ts";
import { flowWithout } from "./assigned-names.ts";
import type { CheckContext, Flow, LoopScope } from "./context.ts";
import { expectType } from "./expect.ts";
import { problem } from "./findings.ts";
import { joinFlows, unreachable } from "./flow.ts";
import { inferOperand } from "./infer-operators.ts";
import { elementType } from "./infer-query.ts";
import { innermost } from "./scalar-value.ts";
import { declareVariable, inScope } from "./scope.ts";

/** Runs the body of a labelled loop or block; gives the flows at its breaks. */
export function inLoop(
  ctx: CheckContext,
  label: Name | undefined,
  kind: LoopScope["kind"],
  body: () => void,
): readonly Flow[] {
  const outer = ctx.loops;
  const loop: LoopScope = {
    label: label === undefined ? undefined : foldName(label.text),
    kind,
    breaks: [],
    used: false,
  };
  ctx.loops = [...outer, loop];
  body();
  ctx.loops = outer;
  if (label !== undefined && !loop.used) problem(ctx, "UnusedLabel", label.span, { label: label.text });
  return loop.breaks;
}

/** `while c { }`. */
export function checkWhile(ctx: CheckContext, statement: WhileStatement): void {
  ctx.flow = flowWithout(ctx, ctx.flow, statement.body, statement.condition);
  const { whenTrue, whenFalse } = ctx.rules.checkCondition(ctx, statement.condition);
  const condition = innermost(statement.condition);
  if (condition.kind === "boolean" && !condition.value)
    problem(ctx, "ConstantCondition", statement.condition.span, { value: "false" });
  ctx.flow = { ...whenTrue, reachable: ctx.flow.reachable };
  const breaks = inLoop(ctx, statement.label, "loop", () => ctx.rules.checkBlock(ctx, statement.body));
  ctx.flow = joinFlows([whenFalse, ...breaks]);
}

/** `loop { }`: ends only by break, return or raise. */
export function checkLoop(ctx: CheckContext, statement: LoopStatement): void {
  ctx.flow = flowWithout(ctx, ctx.flow, statement.body);
  const head = ctx.flow;
  const breaks = inLoop(ctx, statement.label, "loop", () => ctx.rules.checkBlock(ctx, statement.body));
  ctx.flow = breaks.length === 0 ? unreachable(head) : joinFlows(breaks);
}

/** `for x in xs { }`, `for row in SELECT … { }`, `for (k, v) in m { }`. */
export function checkFor(ctx: CheckContext, statement: ForStatement): void {
  const type = ctx.rules.infer(ctx, statement.source);
  const elements = elementType(ctx, statement.source, type, statement.names.length);
  const isRows = ["table", "list"].includes(withoutNull(type).kind);
  reportEmptyRange(ctx, statement.source);
  ctx.flow = flowWithout(ctx, ctx.flow, statement.body);
  const head = ctx.flow;
  const breaks = inLoop(ctx, statement.label, "loop", () => {
    inScope(ctx, () => {
      for (const [index, name] of statement.names.entries()) declareVariable(ctx, name, "loop", elements[index] ?? ANY);
      ctx.rules.checkBlock(ctx, statement.body);
    });
  });
  ctx.flow = joinFlows([head, ...breaks]);
  if (isRows) adviseLoop(ctx, statement);
}

const ONE_STATEMENT: Readonly<Record<string, string>> = {
  insert: "Write INSERT INTO … SELECT … over what the loop reads.",
  update: "Write UPDATE … FROM over what the loop reads.",
  delete: "Write DELETE … WHERE … IN (SELECT …) over what the loop reads.",
};

/** A loop over rows whose body is one statement that changes a table. */
function adviseLoop(ctx: CheckContext, statement: ForStatement): void {
  const [only, ...others] = statement.body.statements;
  if (only?.kind !== "sql" || others.length > 0) return;
  const verb = only.statement.kind;
  const effects = ctx.state.sql.get(only.statement)?.effects;
  const help = ONE_STATEMENT[verb];
  if (help === undefined || effects === undefined || effects.dynamic || effects.calls.length > 0) return;
  const end = statement.source.span.end;
  problem(ctx, "LoopOfStatements", { start: statement.span.start, end }, { verb: verb.toUpperCase() }, { help });
}

/** `for i in [reverse] a..b [by s] { }`: the bounds are ints, the variable belongs to the loop. */
export function checkForRange(ctx: CheckContext, statement: ForRangeStatement): void {
  const { from, to, step } = statement;
  for (const bound of [from, to, ...(step === undefined ? [] : [step])])
    expectType(ctx, bound, inferOperand(ctx, bound), INT);
  const stepValue = step === undefined ? 1 : constantInt(step);
  if (step !== undefined && stepValue !== undefined && stepValue <= 0)
    problem(ctx, "ZeroStep", step.span, {}, { help: "Count down with 'reverse'." });
  const [low, high] = statement.reverse ? [constantInt(to), constantInt(from)] : [constantInt(from), constantInt(to)];
  if (low !== undefined && high !== undefined && low > high)
    problem(
      ctx,
      "EmptyRange",
      { start: from.span.start, end: to.span.end },
      { from: String(constantInt(from)), to: String(constantInt(to)) },
      { help: statement.reverse ? "Leave out 'reverse' to count up." : "Count down with 'reverse'." },
    );
  ctx.flow = flowWithout(ctx, ctx.flow, statement.body);
  const head = ctx.flow;
  const breaks = inLoop(ctx, statement.label, "loop", () => {
    inScope(ctx, () => {
      declareVariable(ctx, statement.name, "loop", INT);
      ctx.rules.checkBlock(ctx, statement.body);
    });
  });
  ctx.flow = joinFlows([head, ...breaks]);
}

function reportEmptyRange(ctx: CheckContext, source: Expression): void {
  const range = innermost(source);
  if (range.kind !== "range") return;
  const from = constantInt(range.from);
  const to = constantInt(range.to);
  if (from !== undefined && to !== undefined && from > to)
    problem(
      ctx,
      "EmptyRange",
      source.span,
      { from: String(from), to: String(to) },
      { help: "Count down with 'reverse'." },
    );
}

/** The value of a literal int, with its sign. */
function constantInt(expression: Expression): number | undefined {
  const node = innermost(expression);
  if (node.kind === "number" && node.form === "int") return Number(node.text.replaceAll("_", ""));
  if (node.kind !== "unary" || node.operator !== "-") return undefined;
  const value = constantInt(node.operand);
  return value === undefined ? undefined : -value;
}

/** `break [label] [when c]`. */
export function checkBreak(ctx: CheckContext, statement: BreakStatement): void {
  const loop = targetLoop(ctx, statement, "break");
  leave(ctx, statement.condition, (flow) => loop?.breaks.push(flow));
}

/** `continue [label] [when c]`. */
export function checkContinue(ctx: CheckContext, statement: ContinueStatement): void {
  targetLoop(ctx, statement, "continue");
  leave(ctx, statement.condition, () => undefined);
}

function leave(ctx: CheckContext, condition: Expression | undefined, jump: (flow: Flow) => void): void {
  if (condition === undefined) {
    jump(ctx.flow);
    ctx.flow = unreachable(ctx.flow);
    return;
  }
  const { whenTrue, whenFalse } = ctx.rules.checkCondition(ctx, condition);
  jump(whenTrue);
  ctx.flow = whenFalse;
}

function targetLoop(
  ctx: CheckContext,
  statement: BreakStatement | ContinueStatement,
  word: "break" | "continue",
): LoopScope | undefined {
  const { label } = statement;
  const fits = (loop: LoopScope): boolean =>
    label === undefined
      ? loop.kind === "loop"
      : loop.label === foldName(label.text) && (word === "break" || loop.kind === "loop");
  const loop = ctx.loops.findLast(fits);
  if (loop !== undefined) {
    if (label !== undefined) loop.used = true;
    return loop;
  }
  if (label !== undefined) problem(ctx, "UnknownLabel", label.span, { label: label.text });
  else problem(ctx, "OutsideLoop", statement.span, { word: statementWord(ctx, statement, word) });
  return undefined;
}

function statementWord(ctx: CheckContext, statement: Statement, word: string): string {
  return /^[a-z]+/i.exec(ctx.item.text.slice(statement.span.start, statement.span.end))?.[0] ?? word;
}
