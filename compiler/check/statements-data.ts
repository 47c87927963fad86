// Statements about data and output: cursors, THEN blocks, dynamic SQL, print, emit, management.
import type {
  CloseStatement,
  EmitStatement,
  ExecuteStatement,
  ExecuteExpression,
  Expression,
  FetchExpression,
  FetchStatement,
  ManagementStatement,
  ManagementStatementNode,
  Name,
  OpenStatement,
  PrintStatement,
  ThenStatement,
} from "../syntax/tree.ts";
import { parse } from "../syntax/parse.ts";
import { ANY, INT, STRING, fieldsOf, nullable, prune, tableOf } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { CursorType, Type } from "../types/type.ts";
import { assignTo } from "./assign-target.ts";
import type { CheckContext } from "./context.ts";
import { addCoercions, expectType } from "./expect.ts";
import { problem } from "./findings.ts";
import { joinFlows } from "./flow.ts";
import { flowWithout } from "./assigned-names.ts";
import { recordEffects } from "./frames.ts";
import { reportUnknownName } from "./infer-names.ts";
import { innermost } from "./scalar-value.ts";
import { declareImplicit, findVariable, inScope, readVariable } from "./scope.ts";
import { checkRunArguments } from "./schedule-arguments.ts";
import { checkSecurity, isSecurityStatement } from "./security-statements.ts";
import { inLoop } from "./statements-loops.ts";

/** `print e`. */
export function checkPrint(ctx: CheckContext, statement: PrintStatement): void {
  const type = prune(ctx.rules.infer(ctx, statement.value));
  if (type.kind === "void") problem(ctx, "NoValue", statement.value.span, { expected: "a value" });
  if (type.kind === "handle")
    addCoercions(ctx.state, statement.value, [{ kind: "await", from: type, to: type.result }]);
  recordEffects(ctx, { output: true });
}

/** `emit SELECT …`: a result set for the client. */
export function checkEmit(ctx: CheckContext, statement: EmitStatement): void {
  const type = prune(ctx.rules.infer(ctx, statement.value));
  const rows =
    type.kind === "table" ||
    type.kind === "any" ||
    type.kind === "variable" ||
    (type.kind === "list" && ["struct", "any", "variable"].includes(prune(type.element).kind));
  if (!rows) problem(ctx, "NotATable", statement.value.span, { found: showType(type) });
  recordEffects(ctx, { output: true });
}

/** `SELECT … THEN { … }`: the block runs for each row, with the columns as variables. */
export function checkThen(ctx: CheckContext, statement: ThenStatement): void {
  const info = ctx.rules.checkSqlStatement(ctx, statement.query, { kind: "table", row: undefined });
  ctx.flow = flowWithout(ctx, ctx.flow, statement.body);
  const head = ctx.flow;
  const breaks = inLoop(ctx, undefined, "loop", () => {
    inScope(ctx, () => {
      for (const column of info.columns ?? []) {
        const variable = declareImplicit(ctx, column.name, "column", column.type);
        ctx.state.columnVariables.set(variable, column);
      }
      ctx.rules.checkBlock(ctx, statement.body);
    });
  });
  ctx.flow = joinFlows([head, ...breaks]);
}

/** `execute text using a, b into x`: the text is judged when all assignments are known. */
export function checkExecute(ctx: CheckContext, statement: ExecuteStatement): void {
  checkDynamic(ctx, statement);
  for (const target of statement.into) assignTo(ctx, target, ANY, "a value of the dynamic statement");
  if (statement.into.length === 0) adviseConstant(ctx, statement.text);
}

/** The same as a value: rows that are known at run time only; the number of changed rows when the text says that it changes some. */
export function inferExecute(ctx: CheckContext, node: ExecuteExpression): Type {
  checkDynamic(ctx, node);
  adviseConstant(ctx, node.text);
  const text = literalParts(node.text) ?? firstLiteral(node.text);
  const changes = /^\s*(?:insert|update|delete|replace|upsert|merge)\b/i.test(text) && !/\breturning\b/i.test(text);
  return changes ? INT : tableOf(undefined);
}

function checkDynamic(ctx: CheckContext, node: ExecuteStatement | ExecuteExpression): void {
  expectType(ctx, node.text, ctx.rules.infer(ctx, node.text, STRING), STRING);
  for (const { value } of node.using) ctx.rules.infer(ctx, value);
  ctx.state.executed.push({ text: node.text, place: { span: node.text.span, item: ctx.item } });
  recordEffects(ctx, { dynamic: true });
  countPlaces(ctx, node);
}

/** The literal with which a text begins; empty when it begins with something else. */
function firstLiteral(text: Expression): string {
  const node = innermost(text);
  if (node.kind === "string") return node.value;
  if (node.kind === "binary") return firstLiteral(node.left);
  return node.kind === "template" ? (node.strings[0] ?? "") : "";
}

/** A text that is known but for names: its places for values are counted. */
function countPlaces(ctx: CheckContext, node: ExecuteStatement | ExecuteExpression): void {
  const text = literalParts(node.text);
  const places = text === undefined ? undefined : placesIn(text);
  const positional = node.using.every(({ name }) => name === undefined);
  if (places !== undefined && positional && places !== node.using.length)
    problem(ctx, "UsingCount", node.span, { places, given: node.using.length });
}

/** One literal might as well be a statement of its own. */
function adviseConstant(ctx: CheckContext, text: Expression): void {
  const literal = innermost(text);
  if (literal.kind !== "string") return;
  const { value: module, problems } = parse({ name: "text", text: literal.value });
  const [item, ...others] = module.items;
  const known = item?.statement.kind === "sql" && WRITABLE_PLAINLY.has(item.statement.statement.kind);
  if (known && problems.length === 0 && others.length === 0)
    problem(ctx, "ConstantDynamicSql", literal.span, undefined, {
      help: "Write the statement itself, with variables by name.",
    });
}

const WRITABLE_PLAINLY: ReadonlySet<string> = new Set(["select", "insert", "update", "delete", "merge"]);
const QUOTING_CALLS: ReadonlySet<string> = new Set(["ident", "literal"]);

/** The text of literals joined with quoted names and values, for which a word stands; undefined when more than these takes part. */
function literalParts(text: Expression): string | undefined {
  const node = innermost(text);
  if (node.kind === "string") return node.value;
  if (node.kind === "call")
    return node.callee.kind === "name" && QUOTING_CALLS.has(node.callee.name.text.toLowerCase()) ? "x" : undefined;
  const parts =
    node.kind === "binary" && (node.operator === "||" || node.operator === "+")
      ? [literalParts(node.left), literalParts(node.right)]
      : node.kind === "template"
        ? [...node.strings, ...node.values.map(literalParts)]
        : [undefined];
  return parts.every((part) => part !== undefined) ? parts.join("") : undefined;
}

/** How many `?` stand in the text outside strings, names and comments; undefined when places are numbered or named. */
function placesIn(text: string): number | undefined {
  const bare = text.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
  if (/\?\d|[:@$][A-Za-z_]/.test(bare)) return undefined;
  return bare.split("?").length - 1;
}

function cursorNamed(ctx: CheckContext, name: Name): CursorType | undefined {
  const variable = findVariable(ctx, name);
  if (variable === undefined) {
    reportUnknownName(ctx, name);
    return undefined;
  }
  const type = prune(readVariable(ctx, name, variable));
  if (type.kind === "cursor") return type;
  if (type.kind !== "any") problem(ctx, "NotACursor", name.span, { name: name.text });
  return undefined;
}

/** `OPEN c`. */
export function checkOpen(ctx: CheckContext, statement: OpenStatement): void {
  cursorNamed(ctx, statement.cursor);
}

/** `CLOSE c`. */
export function checkClose(ctx: CheckContext, statement: CloseStatement): void {
  cursorNamed(ctx, statement.cursor);
}

/** `fetch c into a, b`: one column each, or the whole row into one variable. */
export function checkFetch(ctx: CheckContext, statement: FetchStatement | FetchExpression): void {
  const cursor = cursorNamed(ctx, statement.cursor);
  const fields = cursor?.row === undefined ? undefined : fieldsOf(cursor.row);
  const whole = cursor?.row !== undefined && statement.into.length === 1 && fields?.length !== 1;
  if (!whole && fields !== undefined && fields.length !== statement.into.length)
    problem(ctx, "TargetCount", statement.span, { targets: statement.into.length, columns: fields.length });
  const before = ctx.flow;
  for (const [index, target] of statement.into.entries()) {
    const type: Type = whole ? (cursor?.row ?? ANY) : (fields?.[index]?.type ?? ANY);
    assignTo(ctx, target, type, whole ? "a row of the cursor" : `the column ${fields?.[index]?.name ?? index + 1}`);
  }
  ctx.flow = joinFlows([
    ctx.flow,
    { ...flowWithout(ctx, before, { into: statement.into }), assigned: ctx.flow.assigned },
  ]);
}

/** Management statements: their expressions, and what only a script may do. */
export function checkManagement(ctx: CheckContext, node: ManagementStatementNode): void {
  const { statement } = node;
  for (const expression of textsOf(statement))
    expectType(ctx, expression, ctx.rules.infer(ctx, expression, STRING), nullable(STRING));
  for (const expression of valuesOf(statement)) ctx.rules.infer(ctx, expression);
  if (statement.kind === "run" && statement.what === "schedule" && statement.with !== undefined)
    checkRunArguments(ctx, statement.name.parts.at(-1)?.text ?? "", statement.with);
  if (isSecurityStatement(statement)) checkSecurity(ctx, statement);
  if (statement.kind === "builtinTable")
    problem(ctx, "BuiltinTable", statement.name.span, {
      name: statement.name.parts.map((part) => part.text).join("."),
    });
  if ((statement.kind === "restore" || statement.kind === "lock") && ctx.owner.kind !== "script")
    problem(ctx, "ScriptOnly", node.span, { what: statement.kind.toUpperCase() });
  recordEffects(ctx, READ_ONLY.has(statement.kind) ? { output: true } : { manages: statement.kind !== "builtinTable" });
}

const READ_ONLY: ReadonlySet<ManagementStatement["kind"]> = new Set([
  "list",
  "show",
  "describe",
  "history",
  "profile",
  "showGrants",
  "lock",
]);

function textsOf(statement: ManagementStatement): readonly Expression[] {
  switch (statement.kind) {
    case "attach":
      return statement.file === undefined ? [] : [statement.file];
    case "backup":
      return [statement.to];
    case "restore":
      return [statement.from];
    default:
      return [];
  }
}

function valuesOf(statement: ManagementStatement): readonly Expression[] {
  switch (statement.kind) {
    case "run":
      return [statement.with, statement.at].filter((value) => value !== undefined);
    case "runAgain":
      return statement.at === undefined ? [statement.run] : [statement.run, statement.at];
    case "cancelRun":
      return [statement.run];
    case "history":
      return statement.limit === undefined ? [] : [statement.limit];
    case "profile":
      return [statement.call];
    default:
      return [];
  }
}
