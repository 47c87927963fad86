// Statements: one line per kind, blocks with their scopes, and code that nothing reaches.
import { finished, type Steps } from "../../base/steps.ts";
import { assertNever } from "../../base/failure.ts";
import type { Block, Expression, SqlStatement, Statement } from "../syntax/tree.ts";
import { prune } from "../types/make.ts";
import type { CheckContext } from "./context.ts";
import { addCoercions } from "./expect.ts";
import { showType } from "../types/show.ts";
import { passProbe } from "./probe.ts";
import { problem } from "./findings.ts";
import { callName } from "./infer-calls.ts";
import { solveDeferred } from "./infer-operators.ts";
import { inferMatch } from "./infer-match.ts";
import { innermost } from "./scalar-value.ts";
import { inScope, newScope } from "./scope.ts";
import {
  checkClose,
  checkEmit,
  checkExecute,
  checkFetch,
  checkManagement,
  checkOpen,
  checkPrint,
  checkThen,
} from "./statements-data.ts";
import {
  checkAssert,
  checkBlockStatement,
  checkIf,
  checkRaise,
  checkReturn,
  checkSkip,
  checkTransaction,
  checkTry,
  checkYield,
} from "./statements-flow.ts";
import { checkAssign, checkLet } from "./statements-let.ts";
import { checkBreak, checkContinue, checkFor, checkForRange, checkLoop, checkWhile } from "./statements-loops.ts";

/** Checks the statements of a block in a scope of their own. */
export function checkBlock(ctx: CheckContext, block: Block): void {
  inScope(ctx, () => checkStatements(ctx, block.statements));
}

/** See Rules.bodySteps. */
export function* bodySteps(ctx: CheckContext, body: Block): Steps<void> {
  const outer = ctx.scope;
  ctx.scope = newScope(outer);
  yield* statementSteps(ctx, body.statements);
  ctx.scope = outer;
}

/** Checks statements in the current scope; reports the first that nothing reaches. */
export function checkStatements(ctx: CheckContext, statements: readonly Statement[]): void {
  finished(statementSteps(ctx, statements));
}

function* statementSteps(ctx: CheckContext, statements: readonly Statement[]): Steps<void> {
  let reported = !ctx.flow.reachable;
  for (const statement of statements) {
    if (!ctx.flow.reachable && !reported && isWritten(ctx, statement)) {
      const last = statements.at(-1) ?? statement;
      problem(
        ctx,
        "UnreachableCode",
        { start: statement.span.start, end: Math.max(statement.span.end, last.span.end) },
        {},
      );
      reported = true;
    }
    checkStatement(ctx, statement);
    passProbe(ctx);
    yield;
  }
}

/** False for what the parser adds: the failure at the end of `expect raises E { … }`, and skipped text. */
function isWritten(ctx: CheckContext, statement: Statement): boolean {
  if (statement.kind === "skipped") return false;
  return statement.kind !== "raise" || /^(raise|throw)/i.test(ctx.item.text.slice(statement.span.start));
}

/** See Rules.checkStatement. */
export function checkStatement(ctx: CheckContext, statement: Statement): void {
  const outer = ctx.at;
  ctx.at = statement.span;
  checkKind(ctx, statement);
  ctx.at = outer;
  if (ctx.owner.deferred.length > 0) decideOperators(ctx);
}

/** Decides operators whose operands became known, and keeps only the open ones: a long body would else look at all again and again. */
function decideOperators(ctx: CheckContext): void {
  const { deferred } = ctx.owner;
  solveDeferred(ctx, deferred, false);
  const open = deferred.filter((operator) => !operator.done);
  if (open.length === deferred.length) return;
  deferred.length = 0;
  deferred.push(...open);
}

function checkKind(ctx: CheckContext, statement: Statement): void {
  switch (statement.kind) {
    case "let":
      return checkLet(ctx, statement);
    case "assign":
      return checkAssign(ctx, statement);
    case "ifStatement":
      return checkIf(ctx, statement);
    case "while":
      return checkWhile(ctx, statement);
    case "loop":
      return checkLoop(ctx, statement);
    case "for":
      return checkFor(ctx, statement);
    case "forRange":
      return checkForRange(ctx, statement);
    case "matchStatement": {
      const type = inferMatch(ctx, statement.match, { kind: "statement" });
      ctx.state.types.set(statement.match, type);
      return;
    }
    case "break":
      return checkBreak(ctx, statement);
    case "continue":
      return checkContinue(ctx, statement);
    case "return":
      return checkReturn(ctx, statement);
    case "skip":
      return checkSkip(ctx, statement);
    case "yield":
      return checkYield(ctx, statement);
    case "emit":
      return checkEmit(ctx, statement);
    case "callStatement":
      return checkCallStatement(ctx, statement.call);
    case "expressionStatement":
      return checkExpressionStatement(ctx, statement.value);
    case "raise":
      return checkRaise(ctx, statement);
    case "assert":
      return checkAssert(ctx, statement);
    case "tryStatement":
      return checkTry(ctx, statement);
    case "blockStatement":
      return checkBlockStatement(ctx, statement);
    case "transactionBlock":
      return checkTransaction(ctx, statement);
    case "execute":
      return checkExecute(ctx, statement);
    case "print":
      return checkPrint(ctx, statement);
    case "open":
      return checkOpen(ctx, statement);
    case "fetch":
      return checkFetch(ctx, statement);
    case "close":
      return checkClose(ctx, statement);
    case "then":
      return checkThen(ctx, statement);
    case "sql":
      return checkSqlAlone(ctx, statement.statement);
    case "management":
      return checkManagement(ctx, statement);
    case "struct":
    case "enum":
    case "error":
    case "routine":
    case "trigger":
    case "schedule":
    case "pipeline":
    case "test":
    case "import":
      return;
    case "hole":
      ctx.state.holes.add(ctx.item);
      problem(ctx, "IncompleteProgram", statement.span, {});
      return;
    case "skipped":
      return;
    default:
      return assertNever(statement, "checkStatement");
  }
}

/** `CALL p(a)` waits for what it calls, also for an asynchronous procedure. */
function checkCallStatement(ctx: CheckContext, call: Expression): void {
  ctx.discards.add(call);
  if (!CALLED.has(call.kind)) {
    const type = showType(ctx.rules.infer(ctx, call));
    return problem(ctx, "NotCallable", call.span, { type }, { help: "CALL takes a procedure and its arguments." });
  }
  const type = prune(call.kind === "name" ? callName(ctx, call) : ctx.rules.infer(ctx, call));
  if (type.kind === "handle") addCoercions(ctx.state, call, [{ kind: "await", from: type, to: type.result }]);
}

/** A SQL statement of its own. In a body nobody sees the rows of a query. */
function checkSqlAlone(ctx: CheckContext, statement: SqlStatement): void {
  const info = ctx.rules.checkSqlStatement(ctx, statement, { kind: "statement" });
  const isQuery = statement.kind === "select" && statement.into.length === 0;
  if (!isQuery || !["routine", "trigger", "schedule"].includes(ctx.owner.kind) || info.effects.calls.length > 0) return;
  const help = "Use it with let, INTO, for, emit or return; print shows it.";
  problem(ctx, "RowsDropped", statement.span, undefined, { help });
}

/** What CALL may stand before; a hole and what recovery skipped have been reported. */
const CALLED: ReadonlySet<Expression["kind"]> = new Set(["call", "name", "member", "hole", "skipped"]);

const IDLE: ReadonlySet<Expression["kind"]> = new Set([
  "number",
  "string",
  "template",
  "bytes",
  "boolean",
  "null",
  "temporal",
  "list",
  "object",
  "range",
  "name",
  "member",
  "index",
  "slice",
  "parameter",
  "unary",
  "binary",
  "between",
  "in",
  "like",
  "is",
  "cast",
  "lambda",
  "typeOf",
]);

/** An expression as a statement: its value is dropped, which is a mistake when computing it does nothing. */
function checkExpressionStatement(ctx: CheckContext, value: Expression): void {
  ctx.discards.add(value);
  const type = prune(ctx.rules.infer(ctx, value));
  const inner = innermost(value);
  if (ctx.owner.kind !== "script" && IDLE.has(inner.kind))
    problem(
      ctx,
      "UnusedValue",
      value.span,
      {},
      isEquality(inner) ? { help: "An assignment starts with a name: x = …, or SET x = …" } : {},
    );
  if (type.kind === "handle" && ctx.owner.kind !== "script") {
    const call = inner.kind === "async" ? inner.call : inner;
    const detached = inner.kind === "async" && inner.detached;
    const resolution = ctx.state.calls.get(call);
    if (!detached)
      problem(
        ctx,
        "JobNotAwaited",
        value.span,
        { name: resolution?.kind === "routine" ? resolution.routine.name : "this call" },
        { help: "Await it, or start it with 'async … detached'." },
      );
  }
}

function isEquality(node: Expression): boolean {
  return node.kind === "binary" && node.operator === "=";
}
