// Lambdas: a routine of their own whose captured values follow its parameters. Also routines and intrinsics used as values.
import { InternalError } from "../../base/failure.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import type { Expression, LambdaExpression } from "../syntax/tree.ts";
import { converted, hiddenLocal, readLocal } from "./build.ts";
import { bindLocal, declaredVariable, lower, typeOf, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { CoreExpression, CoreRoutine, CoreStatement } from "./core.ts";
import type { CoreParameter, Local } from "./core-parts.ts";
import { actual, registerTypeOf, typeFormOf, withoutNull } from "./types.ts";
import { readVariable } from "./variables.ts";

/** `x => e`, `(a, b) => { … }`. */
export function lowerLambda(ctx: Lowering, e: LambdaExpression): CoreExpression {
  const type = withoutNull(typeOf(ctx, e));
  const resultType = type.kind === "function" ? type.result : ({ kind: "any" } as const);
  const captured = ctx.checked.captures.get(e) ?? [];
  const inner: Lowering = {
    ...ctx,
    kept: [],
    entry: false,
    variables: new Map(),
    rowColumns: [],
    loops: [],
    handled: [],
    yields: undefined,
    result: resultType,
    outs: [],
    rowCount: undefined,
  };
  const captures = captured.map((variable) => readVariable(ctx, captureUse(e), variable));
  const captureLocals = captured.map((variable, at) => bindLocal(inner, variable, captures[at]?.rep ?? "any"));
  const parameters = e.parameters.map((parameter) => {
    const variable = declaredVariable(ctx, parameter.name);
    return parameterOf(bindLocal(inner, variable));
  });
  const resultRep = actual(resultType).kind === "void" ? "any" : registerTypeOf(resultType);
  const routine: CoreRoutine = {
    name: "lambda",
    kind: "lambda",
    receiver: undefined,
    parameters,
    captures: captureLocals,
    resultRep,
    item: ctx.item,
    span: e.span,
    body: undefined,
  };
  routine.body =
    e.body.kind === "block"
      ? ctx.program.rules.statements(inner, e.body.statements)
      : [{ kind: "return", span: e.body.span, value: stored(lower(inner, e.body), typeOf(ctx, e.body), resultType) }];
  return { kind: "lambda", span: e.span, rep: "closure", routine, captures };
}

// Captured variables are read as their declaration says, not as flow knows them where the lambda stands.
function captureUse(e: LambdaExpression): Expression {
  return { kind: "null", span: e.span };
}

function parameterOf(local: Local): CoreParameter {
  return { local, form: typeFormOf({ kind: "any" }), mode: "in", optional: false };
}

/** A routine or an intrinsic as a value of type fn: a lambda that calls it. */
export function functionValue(ctx: Lowering, e: Expression): CoreExpression {
  const type = withoutNull(typeOf(ctx, e));
  const resolution = ctx.checked.names.get(e);
  if (type.kind !== "function") throw new InternalError("lower: a function value has a function type");
  const { span } = e;
  const locals = type.parameters.map((parameter, at) => hiddenLocal(`p${at}`, registerTypeOf(parameter)));
  const resultRep = registerTypeOf(type.result);
  const reads = locals.map((local) => readLocal(span, local));
  const called = ((): CoreExpression => {
    if (resolution?.kind === "intrinsic") {
      const row = intrinsicRow(resolution.intrinsic);
      return { kind: "intrinsic", span, rep: resultRep, name: row.key, args: reads };
    }
    if (resolution?.kind !== "routine") throw new InternalError("lower: a function value names a routine");
    const { routine } = resolution;
    if (routine.origin === "catalog")
      return {
        kind: "call",
        span,
        rep: "any",
        callee: { kind: "import", name: routine.name, receiver: undefined, version: undefined },
        args: reads,
      };
    const own = ctx.program.rules.routine(ctx, routine);
    return {
      kind: "call",
      span,
      rep: own.resultRep === "void" ? "any" : own.resultRep,
      callee: { kind: "own", routine: own },
      args: own.parameters.map((parameter, at) =>
        converted(reads[at] ?? { kind: "constant", span, rep: "any", value: { kind: "null" } }, parameter.local.rep),
      ),
    };
  })();
  const body: CoreStatement[] = [{ kind: "return", span, value: converted(called, resultRep) }];
  const routine: CoreRoutine = {
    name: "function",
    kind: "lambda",
    receiver: undefined,
    parameters: locals.map(parameterOf),
    captures: [],
    resultRep,
    item: ctx.item,
    span,
    body,
  };
  return { kind: "lambda", span, rep: "closure", routine, captures: [] };
}
