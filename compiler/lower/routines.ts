// Routines, triggers, schedules and tests to Core: parameters with their defaults, receivers, rows that are yielded, what falls off the end.
import { required } from "../../base/failure.ts";
import type { CheckedModule, ParameterInfo, RoutineInfo } from "../check/checked.ts";
import type { Block, Expression, Item, ScheduleDeclaration, TestDeclaration } from "../syntax/tree.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { hiddenLocal, nullValue, readLocal, setLocal, emptyValue } from "./build.ts";
import { finalTypeOf, lower, type Lowering, type ProgramLowering } from "./context.ts";
import { raising, shapeOf, stored } from "./conversions.ts";
import type { CoreRoutine, CoreStatement } from "./core.ts";
import type { CoreParameter, Local } from "./core-parts.ts";
import { nullTest } from "./operators.ts";
import { returnOf, yielded } from "./returns.ts";
import { actual, registerTypeOf, typeFormOf, withoutNull } from "./types.ts";

/** The Core routine of a declared routine; its body is lowered later, so that routines may call each other. */
export function routineOf(program: ProgramLowering, info: RoutineInfo): CoreRoutine {
  const { declaration } = info;
  const known = program.byDeclaration.get(declaration);
  if (known !== undefined) return known;
  const checked = required(moduleOf(program, info), `module of ${info.name}`);
  const item = info.item ?? required(itemOf(checked, declaration), `item of ${info.name}`);
  const locals = info.parameters.map((parameter) => parameterLocal(parameter));
  const self: Local | undefined =
    info.receiver === undefined
      ? undefined
      : { name: info.receiver.binding, rep: registerTypeOf(info.receiver.type), hidden: false };
  const outs = locals.flatMap(({ variable }, at) => (info.parameters[at]?.mode === "in" ? [] : [variable]));
  const isVoid = ["void", "never"].includes(actual(info.result).kind);
  const routine: CoreRoutine = {
    name: info.name,
    kind: info.routine,
    receiver: info.receiver === undefined ? undefined : showType(info.receiver.type),
    parameters: [
      ...(self === undefined || info.receiver === undefined
        ? []
        : [{ local: self, form: typeFormOf(info.receiver.type), mode: "in" as const, optional: false }]),
      ...locals.map((local) => local.row),
    ],
    captures: [],
    resultRep: outs.length > 0 ? "struct" : isVoid ? "void" : registerTypeOf(info.result),
    item,
    span: declaration.span,
    body: undefined,
  };
  program.byDeclaration.set(declaration, routine);
  program.routines.push(routine);
  const implicit = new Map<string, Local>(
    self === undefined
      ? []
      : [
          ["self", self],
          [self.name.toLowerCase(), self],
        ],
  );
  program.pending.push(() => {
    const ctx = bodyContext(program, checked, item, {
      routine: info,
      result: isVoid ? undefined : info.result,
      outs,
      implicit,
      yields: yieldsOf(info),
    });
    info.parameters.forEach((parameter, at) =>
      ctx.variables.set(parameter.variable, { kind: "local", local: required(locals[at], "parameter").variable }),
    );
    routine.body = [
      ...outsideTrigger(ctx, info),
      ...locals.flatMap((local, at) => defaultOf(ctx, required(info.parameters[at], "parameter"), local)),
      ...bodyOf(ctx, declaration.body, declaration.span),
    ];
  });
  return routine;
}

// A procedure that a trigger calls is compiled into the trigger; called by anybody else it has no NEW and OLD.
function outsideTrigger(ctx: Lowering, info: RoutineInfo): CoreStatement[] {
  const { body, span } = info.declaration;
  if (body === undefined || !namesTriggerRow(ctx.checked, body)) return [];
  const message = `${info.name} reads NEW or OLD, which exist only while a trigger runs.`;
  return [{ kind: "evaluate", span, value: raising(span, "InvalidRoutine", message) }];
}

const TRIGGER_ROWS: ReadonlySet<string> = new Set(["new", "old", "inserted", "deleted"]);

function namesTriggerRow(checked: CheckedModule, node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  const resolution = checked.names.get(node) ?? checked.tables.get(node);
  if (resolution !== undefined && "variable" in resolution) {
    const { kind, declaredAt, name } = resolution.variable;
    if (kind === "row" && declaredAt === undefined && TRIGGER_ROWS.has(name.toLowerCase())) return true;
  }
  return Object.values(node).some((part) => namesTriggerRow(checked, part));
}

/** The module that declares a routine: this one, or one that it uses. */
export function moduleOf(program: ProgramLowering, info: RoutineInfo): CheckedModule | undefined {
  const seen = new Set<CheckedModule>();
  const queue: CheckedModule[] = [program.checked];
  for (let module = queue.shift(); module !== undefined; module = queue.shift()) {
    if (seen.has(module)) continue;
    seen.add(module);
    if (module.routines.has(info.declaration)) return module;
    queue.push(...module.uses);
  }
  return undefined;
}

/** The item of a declaration. */
export function itemOf(checked: CheckedModule, declaration: object): Item | undefined {
  return checked.module.items.find((item) => item.statement === declaration);
}

/** How a parameter is held. */
export interface ParameterLocals {
  readonly row: CoreParameter;
  /** What the body uses: the parameter's register, or a typed variable behind it. */
  readonly variable: Local;
}

/** A parameter that may be left out, or is only given back, arrives in an `any` register. */
export function parameterLocal(parameter: ParameterInfo): ParameterLocals {
  const type: Type =
    parameter.variadic && actual(parameter.type).kind !== "list"
      ? { kind: "list", element: parameter.type }
      : parameter.type;
  const rep = registerTypeOf(type);
  const row = { form: typeFormOf(type), mode: parameter.mode, optional: parameter.hasDefault };
  if (!parameter.hasDefault && parameter.mode !== "out") {
    const variable: Local = { name: parameter.name, rep, hidden: false };
    return { row: { local: variable, ...row }, variable };
  }
  const form = { ...row.form, nullable: true };
  const given: Local = { name: parameter.name, rep: "any", hidden: true };
  const held = parameter.mode === "out" ? registerTypeOf(parameter.variable.type) : rep;
  const variable: Local = { name: parameter.name, rep: held, hidden: false };
  return { row: { local: given, ...row, form }, variable };
}

/** What fills the variable behind a parameter when the body starts. */
export function defaultOf(
  ctx: Lowering,
  parameter: ParameterInfo,
  { row, variable }: ParameterLocals,
): CoreStatement[] {
  if (row.local === variable) return [];
  const span = parameter.node?.span ?? ctx.item.statement.span;
  const given = readLocal(span, row.local);
  const fallback: Expression | undefined = parameter.node?.default;
  if (fallback === undefined)
    return [setLocal(span, variable, parameter.mode === "out" ? emptyValue(span, variable.rep) : given)];
  return [
    {
      kind: "if",
      span,
      condition: nullTest(span, given),
      then: [setLocal(span, variable, stored(lower(ctx, fallback), finalTypeOf(ctx, fallback), parameter.type))],
      otherwise: [setLocal(span, variable, given)],
    },
  ];
}

/** Where a function that returns a table row by row keeps its rows; undefined for others. */
export function yieldsOf(info: RoutineInfo): Lowering["yields"] {
  const { body } = info.declaration;
  const result = withoutNull(info.result);
  if (body === undefined || body.kind !== "block" || result.kind !== "table" || !hasYield(body)) return undefined;
  const row = result.row === undefined ? undefined : withoutNull(result.row);
  return { local: hiddenLocal("yielded", "list"), shape: row?.kind === "struct" ? shapeOf(row) : undefined };
}

function hasYield(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if ("kind" in node && node.kind === "yield") return true;
  if ("kind" in node && node.kind === "lambda") return false;
  return Array.isArray(node) ? node.some(hasYield) : Object.values(node).some(hasYield);
}

interface BodyOptions {
  readonly routine: RoutineInfo | undefined;
  readonly result: Type | undefined;
  readonly outs: readonly Local[];
  readonly implicit: ReadonlyMap<string, Local>;
  readonly yields: Lowering["yields"];
  readonly kept: Lowering["kept"];
}

/** The context of a new routine's body. */
export function bodyContext(
  program: ProgramLowering,
  checked: CheckedModule,
  item: Item,
  options: Partial<BodyOptions>,
): Lowering {
  return {
    program,
    checked,
    item,
    routine: options.routine,
    entry: false,
    variables: new Map(),
    implicit: options.implicit ?? new Map(),
    rowColumns: [],
    loops: [],
    handled: [],
    yields: options.yields,
    kept: options.kept ?? [],
    result: options.result,
    outs: options.outs ?? [],
    rowCount: undefined,
  };
}

function bodyOf(ctx: Lowering, body: Block | Expression | undefined, span: Expression["span"]): CoreStatement[] {
  if (body === undefined) return [end(ctx, span)];
  if (body.kind !== "block") {
    const value = lower(ctx, body);
    if (ctx.result === undefined) return [{ kind: "evaluate", span: body.span, value }, end(ctx, span)];
    return [returnOf(ctx, body.span, stored(value, finalTypeOf(ctx, body), ctx.result))];
  }
  const start: CoreStatement[] =
    ctx.yields === undefined ? [] : [setLocal(span, ctx.yields.local, { kind: "list", span, rep: "list", items: [] })];
  return [...start, ...ctx.program.rules.statements(ctx, body.statements), end(ctx, span)];
}

// What happens at the end of a body: the rows so far, nothing, or null (the checker has seen to it that a value is returned where one must be).
function end(ctx: Lowering, span: Expression["span"]): CoreStatement {
  if (ctx.yields !== undefined) return yielded(ctx, span);
  return returnOf(ctx, span, ctx.result === undefined ? undefined : nullValue(span));
}

/** A schedule's own body. */
export function scheduleRoutine(
  program: ProgramLowering,
  item: Item,
  declaration: ScheduleDeclaration,
  body: Block,
): CoreRoutine {
  const routine: CoreRoutine = {
    name: declaration.name.text,
    kind: "schedule",
    receiver: undefined,
    parameters: [],
    captures: [],
    resultRep: "void",
    item,
    span: declaration.span,
    body: undefined,
  };
  program.byDeclaration.set(declaration, routine);
  program.routines.push(routine);
  program.pending.push(() => {
    const ctx = bodyContext(program, program.checked, item, {});
    routine.body = [
      ...program.rules.statements(ctx, body.statements),
      { kind: "return", span: declaration.span, value: undefined },
    ];
  });
  return routine;
}

/** A test: its case values are parameters. `cases` gives the list of cases. */
export function testRoutines(
  program: ProgramLowering,
  item: Item,
  declaration: TestDeclaration,
): { readonly routine: CoreRoutine; readonly cases: CoreRoutine | undefined } {
  const ctx = bodyContext(program, program.checked, item, {});
  const names = declaration.cases?.names ?? [];
  const locals = names.map((name): Local => {
    const variable = required(program.checked.variables.get(name), `case variable ${name.text}`);
    const local: Local = { name: name.text, rep: registerTypeOf(variable.type), hidden: false };
    ctx.variables.set(variable, { kind: "local", local });
    return local;
  });
  const routine: CoreRoutine = {
    name: declaration.name.text,
    kind: "test",
    receiver: undefined,
    captures: [],
    resultRep: "void",
    item,
    span: declaration.span,
    body: undefined,
    parameters: locals.map((local) => ({ local, form: { name: "any", nullable: true }, mode: "in", optional: false })),
  };
  program.routines.push(routine);
  program.pending.push(() => {
    routine.body = [
      ...program.rules.statements(ctx, declaration.body.statements),
      { kind: "return", span: declaration.span, value: undefined },
    ];
  });
  const rows = declaration.cases?.rows;
  if (rows === undefined) return { routine, cases: undefined };
  const cases: CoreRoutine = {
    name: `${declaration.name.text} cases`,
    kind: "test",
    receiver: undefined,
    captures: [],
    resultRep: "any",
    item,
    span: rows.span,
    body: undefined,
    parameters: [],
  };
  program.routines.push(cases);
  program.pending.push(() => {
    cases.body = [
      { kind: "return", span: rows.span, value: lower(bodyContext(program, program.checked, item, {}), rows) },
    ];
  });
  return { routine, cases };
}
