// The SQL of a pipeline's step (`clean(sql: 'DELETE …')`), checked as the body of a procedure whose places are those in the text of the pipeline.
// The server stores it as such a procedure (server/catalog/step-bodies.ts); here it only lends types, effects and findings to the step.
import type { Expression, Item, RoutineDeclaration, Statement } from "../syntax/tree.ts";
import { parse } from "../syntax/parse.ts";
import { NO_EFFECTS } from "../effects/join.ts";
import { ANY, INT, VOID } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { bodyContext, type ModuleSetting } from "./bodies.ts";
import type { ParameterInfo, RoutineInfo } from "./checked.ts";
import type { CheckContext, Finding } from "./context.ts";
import { problem } from "./findings.ts";
import { checkStatements } from "./statements.ts";

/** A body that a declaration has besides its own. */
export interface StepBody {
  readonly info: RoutineInfo;
  readonly ctx: CheckContext;
}

/** What stands before the text of a step while it is parsed; every pipeline begins with more than that and the longer one. */
const HEAD = "procedure s () {";
const GIVING_HEAD = `${HEAD}return `;

/** Statements that give rows, or how many they changed. */
const GIVING: ReadonlySet<string> = new Set(["select", "insert", "update", "delete", "merge"]);

/** Whether what these statements give is the result of the step: one query or change, which is returned then. */
export function givesResult(statements: readonly Statement[]): boolean {
  const [only, ...others] = statements;
  return only?.kind === "sql" && others.length === 0 && GIVING.has(only.statement.kind);
}

/** Checks the SQL of a step; undefined when it cannot be read. */
export function checkStepSql(
  setting: ModuleSetting,
  ctx: CheckContext,
  step: string,
  literal: Extract<Expression, { kind: "string" }>,
): StepBody | undefined {
  const { item } = ctx;
  const plain = readBody(ctx, step, literal);
  if (plain === undefined) return undefined;
  const given = givesResult(statementsIn(plain));
  const routine = given ? routineOf(step, textOf(item, literal, GIVING_HEAD)) : plain;
  if (routine === undefined) return undefined;
  const body = stepBody(setting, ctx, step, { routine, plain: statementsIn(plain), parameters: [] });
  const { findings } = setting.state;
  const first = findings.length;
  checkStatements(body.ctx, statementsIn(routine));
  // A fix would have to be written with the quotes of the text around it.
  findings.push(...findings.splice(first).map((finding): Finding => ({ ...finding, fixes: [] })));
  return body;
}

/** A step's statements as a routine that is to be checked: `plain` as they were written, `routine` with what is returned. */
export function stepBody(
  setting: ModuleSetting,
  { item, owner }: CheckContext,
  step: string,
  {
    routine,
    plain,
    parameters,
  }: {
    readonly routine: RoutineDeclaration;
    readonly plain: readonly Statement[];
    readonly parameters: readonly ParameterInfo[];
  },
): StepBody {
  const info: RoutineInfo = {
    name: `${owner.name}.${step}`,
    routine: "procedure",
    origin: setting.state.origin,
    declaration: routine,
    item,
    receiver: undefined,
    parameters,
    result: givesResult(plain) ? resultOf(plain) : VOID,
    mode: "sync",
    raises: undefined,
    effects: NO_EFFECTS,
    version: undefined,
    operators: [],
  };
  const { name, result } = info;
  return { info, ctx: bodyContext(setting, item, { kind: "schedule", name, info, result, level: 0 }) };
}

/** The text as a procedure. Reports what keeps it from being one. */
function readBody(
  ctx: CheckContext,
  step: string,
  literal: Extract<Expression, { kind: "string" }>,
): RoutineDeclaration | undefined {
  const { item, state } = ctx;
  const start = literal.span.start + 1;
  const { value, problems } = parse({ name: step, text: textOf(item, literal, HEAD) });
  const within = (offset: number): number => Math.min(Math.max(offset, start), literal.span.end - 1);
  for (const { name, severity, message, span, help } of problems)
    state.findings.push({
      name,
      severity,
      message,
      place: { span: { start: within(span.start), end: within(span.end) }, item },
      help,
      related: [],
      fixes: [],
    });
  if (problems.some(({ severity }) => severity === "error")) return undefined;
  const [only, ...others] = value.items;
  const routine = only?.statement.kind === "routine" ? only.statement : undefined;
  const statements = statementsIn(routine);
  const other = statements.find(({ kind }) => kind !== "sql");
  if (others.length > 0 || statements.length === 0 || other !== undefined) {
    problem(ctx, "StepNotSql", other?.span ?? literal.span, { step });
    return undefined;
  }
  return routine;
}

/** The statements of a body; none when there is no routine. */
export function statementsIn(routine: RoutineDeclaration | undefined): readonly Statement[] {
  return routine?.body?.kind === "block" ? routine.body.statements : [];
}

function routineOf(step: string, text: string): RoutineDeclaration | undefined {
  const statement = parse({ name: step, text }).value.items[0]?.statement;
  return statement?.kind === "routine" ? statement : undefined;
}

/** The text of a procedure in which the SQL stands at the place that it has in the item. */
function textOf(item: Item, literal: Extract<Expression, { kind: "string" }>, head: string): string {
  const start = literal.span.start + 1;
  return `${head.padEnd(start)}${placedText(item.text.slice(start, literal.span.end - 1), literal)}\n}`;
}

/**
 * The text between the quotes without what quotes in it needed, as long as it was written: doubled quotes are made up for by spaces behind the SQL text that they enclose.
 * A text with escapes is shorter; its places are near to what they mean.
 */
function placedText(written: string, { value, quote }: Extract<Expression, { kind: "string" }>): string {
  if (quote !== "single") return value;
  let text = "";
  let owed = 0;
  let isInside = false;
  for (let at = 0; at < written.length; at += 1) {
    const sign = written.charAt(at);
    text += sign;
    if (sign !== "'") continue;
    at += 1;
    owed += 1;
    if (isInside && written.startsWith("''", at + 1)) {
      text += "'";
      at += 2;
      owed += 1;
      continue;
    }
    if (isInside) {
      text += " ".repeat(owed);
      owed = 0;
    }
    isInside = !isInside;
  }
  return text;
}

/** What later steps get: how many rows a change touched; rows are whatever they are. */
function resultOf([only]: readonly Statement[]): Type {
  return only?.kind === "sql" && "returning" in only.statement && only.statement.returning.length === 0 ? INT : ANY;
}
