// Triggers to Core: the body (its own, or that of the routine it calls) and the condition, each a routine of its own.
// Both take (NEW, OLD), or (inserted, deleted) for each statement. The body of a row trigger gives the row to go on with, null for `skip`.
import { required } from "../../base/failure.ts";
import type { CheckedModule, RoutineInfo, TriggerFacts } from "../check/checked.ts";
import type { Expression, Item, RoutineDeclaration, TriggerDeclaration } from "../syntax/tree.ts";
import { converted, nullValue, readLocal, setLocal } from "./build.ts";
import { lower, type Lowering, type ProgramLowering } from "./context.ts";
import type { CoreRoutine, CoreStatement } from "./core.ts";
import type { Local } from "./core-parts.ts";
import { bodyContext, defaultOf, itemOf, moduleOf, parameterLocal, yieldsOf } from "./routines.ts";
import { keptRow } from "./returns.ts";

/** The routines of a trigger; undefined when it calls something that is not in this module. */
export function triggerRoutines(
  program: ProgramLowering,
  item: Item,
  declaration: TriggerDeclaration,
): { readonly routine: CoreRoutine; readonly when: CoreRoutine | undefined } | undefined {
  const facts = required(program.checked.triggerFacts.get(declaration), `facts of trigger ${declaration.name.text}`);
  const code = codeOf(program, item, declaration, facts);
  if (code === undefined) return undefined;
  const routine = rowRoutine(declaration.name.text, code.item, code.owner.span);
  program.byDeclaration.set(declaration, routine);
  program.routines.push(routine);
  program.pending.push(() => {
    const ctx = contextOf(program, code.checked, routine, facts, code.callee);
    const span = code.owner.span;
    const prepared = code.callee === undefined ? [] : argumentsOf(ctx, code.callee, facts, routine);
    // A parameter that got NEW stands for it: what the body puts there is the row that is written.
    const kept = ctx.kept.map((row) => heldBy(ctx, code.callee, facts, routine, row));
    // The rows of a function that yields them are nobody's.
    const yields = code.callee === undefined ? undefined : yieldsOf(code.callee);
    const inner: Lowering = { ...ctx, kept, yields };
    routine.body = [
      ...prepared,
      ...(yields === undefined ? [] : [setLocal(span, yields.local, { kind: "list", span, rep: "list", items: [] })]),
      ...statementsOf(inner, code.owner),
      { kind: "return", span, value: keptRow(inner, span) },
    ];
  });
  const { when } = facts;
  return { routine, when: when === undefined ? undefined : conditionRoutine(program, item, declaration, facts, when) };
}

/** Where the code of a trigger stands. */
interface TriggerCode {
  readonly checked: CheckedModule;
  readonly item: Item;
  readonly owner: TriggerDeclaration | RoutineDeclaration;
  readonly callee: RoutineInfo | undefined;
}

function codeOf(
  program: ProgramLowering,
  item: Item,
  declaration: TriggerDeclaration,
  facts: TriggerFacts,
): TriggerCode | undefined {
  if (declaration.body !== undefined) return { checked: program.checked, item, owner: declaration, callee: undefined };
  const { callee } = facts;
  const checked = callee === undefined ? undefined : moduleOf(program, callee);
  if (callee === undefined || checked === undefined) return undefined;
  const found = callee.item ?? itemOf(checked, callee.declaration);
  return found === undefined ? undefined : { checked, item: found, owner: callee.declaration, callee };
}

/** A routine that takes the two rows. */
function rowRoutine(name: string, item: Item, span: Expression["span"]): CoreRoutine {
  const parameter = (local: Local): CoreRoutine["parameters"][number] => ({
    local,
    form: { name: "any", nullable: true },
    mode: "in",
    optional: false,
  });
  return {
    name,
    kind: "trigger",
    receiver: undefined,
    parameters: [
      parameter({ name: "new", rep: "any", hidden: false }),
      parameter({ name: "old", rep: "any", hidden: false }),
    ],
    captures: [],
    resultRep: "any",
    item,
    span,
    body: undefined,
  };
}

function rowsOf(routine: CoreRoutine): { readonly new: Local; readonly old: Local } {
  return {
    new: required(routine.parameters[0], "NEW").local,
    old: required(routine.parameters[1], "OLD").local,
  };
}

function contextOf(
  program: ProgramLowering,
  checked: CheckedModule,
  routine: CoreRoutine,
  facts: TriggerFacts,
  callee: RoutineInfo | undefined,
): Lowering {
  const rows = rowsOf(routine);
  const names = facts.each === "statement" ? (["inserted", "deleted"] as const) : (["new", "old"] as const);
  return bodyContext(program, checked, routine.item, {
    routine: callee,
    result: { kind: "any" },
    implicit: new Map([
      [names[0], rows.new],
      [names[1], rows.old],
    ]),
    kept: [rows.new, rows.old],
  });
}

/** Fills the parameters of the called routine with rows and defaults. */
function argumentsOf(ctx: Lowering, callee: RoutineInfo, facts: TriggerFacts, routine: CoreRoutine): CoreStatement[] {
  const rows = rowsOf(routine);
  return callee.parameters.flatMap((parameter, index) => {
    const locals = parameterLocal(parameter);
    const span = parameter.node?.span ?? callee.declaration.span;
    const given = facts.given[index];
    const value = given === undefined ? nullValue(span) : readLocal(span, rows[given]);
    const arrives = converted(value, locals.row.local.rep);
    ctx.variables.set(parameter.variable, { kind: "local", local: locals.variable });
    return [setLocal(span, locals.row.local, arrives), ...defaultOf(ctx, parameter, locals)];
  });
}

/** The variable that holds a row while the body runs. */
function heldBy(
  ctx: Lowering,
  callee: RoutineInfo | undefined,
  facts: TriggerFacts,
  routine: CoreRoutine,
  row: Local,
): Local {
  const rows = rowsOf(routine);
  const at = facts.given.findIndex((given) => given !== undefined && rows[given] === row);
  const variable = at < 0 ? undefined : callee?.parameters[at]?.variable;
  const binding = variable === undefined ? undefined : ctx.variables.get(variable);
  return binding?.kind === "local" ? binding.local : row;
}

function statementsOf(ctx: Lowering, owner: TriggerDeclaration | RoutineDeclaration): CoreStatement[] {
  const { body } = owner;
  if (body === undefined) return [];
  return body.kind === "block"
    ? ctx.program.rules.statements(ctx, body.statements)
    : [{ kind: "evaluate", span: body.span, value: lower(ctx, body) }];
}

function conditionRoutine(
  program: ProgramLowering,
  item: Item,
  declaration: TriggerDeclaration,
  facts: TriggerFacts,
  when: Expression,
): CoreRoutine {
  const routine = rowRoutine(`${declaration.name.text} when`, item, when.span);
  program.routines.push(routine);
  program.pending.push(() => {
    const ctx = contextOf(program, program.checked, routine, facts, undefined);
    routine.body = [{ kind: "return", span: when.span, value: converted(lower(ctx, when), "any") }];
  });
  return routine;
}
