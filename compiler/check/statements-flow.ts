// Statements that choose or leave: if, return, raise, try, blocks, transactions, yield, skip, assert.
import type {
  AssertStatement,
  BlockStatement,
  IfStatement,
  RaiseStatement,
  ReturnStatement,
  SkipStatement,
  TransactionBlock,
  TryStatement,
  YieldStatement,
} from "../syntax/tree.ts";
import { STRING, prune, tableOf } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { assignType } from "../types/assign.ts";
import { flowWithout } from "./assigned-names.ts";
import type { CheckContext, Flow } from "./context.ts";
import { catchesAll, errorNamed, raisedError } from "./error-values.ts";
import { errorType } from "./error-types.ts";
import { because, expectType } from "./expect.ts";
import { problem } from "./findings.ts";
import { assignAlso, joinFlows, unreachable } from "./flow.ts";
import { recordRaise, withFrame } from "./frames.ts";
import { describe } from "./infer-operators.ts";
import { reportHandledErrors } from "./raises.ts";
import { innermost } from "./scalar-value.ts";
import { declareVariable, inScope } from "./scope.ts";
import { inLoop } from "./statements-loops.ts";

/** `if … else if … else`. */
export function checkIf(ctx: CheckContext, statement: IfStatement): void {
  const ends: Flow[] = [];
  for (const { condition, body } of statement.branches) {
    const reachable = ctx.flow.reachable;
    const { whenTrue, whenFalse } = ctx.rules.checkCondition(ctx, condition);
    const constant = innermost(condition);
    if (constant.kind === "boolean")
      problem(ctx, "ConstantCondition", condition.span, { value: String(constant.value) });
    ctx.flow = constant.kind === "boolean" ? { ...whenTrue, reachable } : whenTrue;
    ctx.rules.checkBlock(ctx, body);
    ends.push(constant.kind === "boolean" && !constant.value ? unreachable(ctx.flow) : ctx.flow);
    ctx.flow = whenFalse;
  }
  if (statement.otherwise !== undefined) ctx.rules.checkBlock(ctx, statement.otherwise);
  ctx.flow = joinFlows([...ends, ctx.flow]);
}

/** `return [e]`: of the lambda around it, else of the routine. */
export function checkReturn(ctx: CheckContext, statement: ReturnStatement): void {
  if (ctx.lambda !== undefined) returnFrom(ctx, statement, "the lambda", ctx.lambda.result);
  else if (ctx.owner.kind === "script") returnFromScript(ctx, statement);
  else if (ctx.owner.kind === "trigger") returnFromTrigger(ctx, statement);
  else returnFrom(ctx, statement, ctx.owner.name, ctx.owner.result ?? { kind: "void" });
  ctx.flow = unreachable(ctx.flow);
}

function returnFromScript(ctx: CheckContext, statement: ReturnStatement): void {
  if (statement.value !== undefined) ctx.rules.infer(ctx, statement.value);
  problem(ctx, "OutsideRoutine", statement.span, { word: "return" });
}

/** `RETURN NULL` skips the row, `RETURN NEW` keeps it, as in PL/pgSQL. */
function returnFromTrigger(ctx: CheckContext, statement: ReturnStatement): void {
  if (statement.value === undefined) return;
  ctx.rules.infer(ctx, statement.value);
  if (innermost(statement.value).kind === "null") checkSkipAllowed(ctx, statement.span);
}

function returnFrom(ctx: CheckContext, statement: ReturnStatement, name: string, result: Type): void {
  const { value } = statement;
  const wanted = prune(result);
  if (ctx.lambda !== undefined) ctx.lambda.returns += 1;
  else if (value !== undefined) ctx.owner.returnsSeen += 1;
  if (value === undefined) {
    if (ctx.owner.yields !== undefined || wanted.kind === "void" || wanted.kind === "nullable" || wanted.kind === "any")
      return;
    if (wanted.kind === "variable" || ctx.owner.info?.declaration.returns === undefined) return;
    problem(ctx, "ReturnNeedsValue", statement.span, { name, type: showType(result) });
    return;
  }
  if (wanted.kind === "void") {
    const type = prune(ctx.rules.infer(ctx, value));
    if (type.kind !== "void" && innermost(value).kind !== "null")
      problem(ctx, "UnexpectedReturnValue", value.span, { name });
    return;
  }
  const found = ctx.rules.infer(ctx, value, result);
  const reason = because(ctx, value.span, `it returns ${describe(ctx, value)}`);
  if (prune(found).kind === "void") {
    const mismatch = assignType(found, result);
    if (mismatch !== undefined) problem(ctx, "NoValue", value.span, { expected: showType(result) });
    return;
  }
  expectType(ctx, value, found, result, reason);
}

/** `skip`: only before a row is written. */
export function checkSkip(ctx: CheckContext, statement: SkipStatement): void {
  checkSkipAllowed(ctx, statement.span);
  ctx.flow = unreachable(ctx.flow);
}

function checkSkipAllowed(ctx: CheckContext, span: SkipStatement["span"]): void {
  const trigger = ctx.owner.trigger;
  const inRoutine = ctx.owner.kind === "routine" && trigger === undefined;
  if (inRoutine || (trigger !== undefined && trigger.timing !== "after" && trigger.each === "row")) return;
  problem(ctx, "SkipOutsideTrigger", span, {});
}

/** `yield row`, `yield SELECT …` in a function that returns a table. */
export function checkYield(ctx: CheckContext, statement: YieldStatement): void {
  const row = ctx.owner.yields;
  const expected =
    row === undefined
      ? undefined
      : statement.query
        ? tableOf(prune(row).kind === "struct" ? (prune(row) as Extract<Type, { kind: "struct" }>) : undefined)
        : row;
  const found = ctx.rules.infer(ctx, statement.value, expected);
  if (row === undefined) {
    const result = ctx.owner.result;
    if (ctx.owner.kind !== "routine" || result === undefined)
      problem(ctx, "OutsideRoutine", statement.span, { word: "yield" });
    else
      problem(ctx, "TypeMismatch", statement.span, {
        expected: "a function that returns table<…>",
        found: `one that returns ${showType(result)}`,
      });
    return;
  }
  if (expected !== undefined) expectType(ctx, statement.value, found, expected);
}

/** `raise E("text", {…})`, `raise` alone in a handler. */
export function checkRaise(ctx: CheckContext, statement: RaiseStatement): void {
  if (statement.value === undefined) {
    if (ctx.caught === undefined) problem(ctx, "NothingToReraise", statement.span, {});
    else recordRaise(ctx, ctx.caught.name ?? "Exception", statement.span, "raise");
  } else {
    const error = raisedError(ctx, statement.value);
    if (error !== undefined) recordRaise(ctx, error, statement.span, "raise");
  }
  ctx.flow = unreachable(ctx.flow);
}

/** `assert cond, "text"`: afterwards the condition holds. */
export function checkAssert(ctx: CheckContext, statement: AssertStatement): void {
  const { whenTrue } = ctx.rules.checkCondition(ctx, statement.condition);
  if (statement.message !== undefined)
    expectType(ctx, statement.message, ctx.rules.infer(ctx, statement.message, STRING), STRING);
  ctx.flow = whenTrue;
}

/** `try { } catch (E as e) { } finally { }`. */
export function checkTry(ctx: CheckContext, statement: TryStatement): void {
  const before = ctx.flow;
  const frame = withFrame(ctx, () => ctx.rules.checkBlock(ctx, statement.body));
  const ends: Flow[] = [ctx.flow];
  const handlerStart = { ...flowWithout(ctx, before, statement.body), reachable: before.reachable };
  reportHandledErrors(
    ctx,
    frame,
    statement.catches.map((clause) => clause.error),
  );
  frame.catches = statement.catches.some((clause) => catchesAll(clause.error))
    ? "all"
    : statement.catches.flatMap((clause) =>
        clause.error === undefined ? [] : [errorNamed(ctx, clause.error).name ?? "Exception"],
      );
  for (const clause of statement.catches) {
    ctx.flow = handlerStart;
    inScope(ctx, () => {
      const caught = clause.error === undefined ? errorType(ctx.state, undefined) : errorNamed(ctx, clause.error);
      const outer = ctx.caught;
      ctx.caught = caught;
      if (clause.binding !== undefined) declareVariable(ctx, clause.binding, "error", caught, { implicit: true });
      ctx.rules.checkBlock(ctx, clause.body);
      ctx.caught = outer;
    });
    ends.push(ctx.flow);
  }
  ctx.flow = joinFlows(ends);
  ctx.state.frames.set(statement, frame);
  if (statement.finally === undefined) return;
  const after = ctx.flow;
  ctx.flow = { ...flowWithout(ctx, before, statement.body, statement.catches), reachable: true };
  ctx.rules.checkBlock(ctx, statement.finally);
  ctx.flow = ctx.flow.reachable ? assignAlso(after, ctx.flow) : unreachable(after);
}

/** `{ … }` and `label: { … }`. */
export function checkBlockStatement(ctx: CheckContext, statement: BlockStatement): void {
  const breaks = inLoop(ctx, statement.label, "block", () => ctx.rules.checkBlock(ctx, statement.body));
  if (breaks.length > 0) ctx.flow = joinFlows([ctx.flow, ...breaks]);
}

/** `transaction { }`, `autonomous { }`. */
export function checkTransaction(ctx: CheckContext, statement: TransactionBlock): void {
  const frame = withFrame(ctx, () => ctx.rules.checkBlock(ctx, statement.body));
  ctx.state.frames.set(statement, frame);
}
