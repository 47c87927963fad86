// Names in code: variables, routines, built-in functions, enums and parameters as values.
import { intrinsicNames, intrinsicsNamed } from "../../bytecode/intrinsics/intrinsics.ts";
import type { Name, NameExpression, ParameterExpression } from "../syntax/tree.ts";
import { ANY, BOOL, TIMESTAMP, foldName, mayBeNull } from "../types/make.ts";
import { instantiate, newInstantiation } from "../types/instantiate.ts";
import type { EnumType, Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { isAssigned, narrowedType, variableKey } from "./flow.ts";
import { recordCallee } from "./frames.ts";
import { intrinsicFunctionType } from "./intrinsic-types.ts";
import { noteProbe, seenVariables } from "./probe.ts";
import { resolveRoutine, routineNames } from "./routines.ts";
import { findVariable, readVariable, visibleVariables } from "./scope.ts";
import { reportMissingRow } from "./trigger-rows.ts";

/** A bare name as a value. */
export function inferName(ctx: CheckContext, node: NameExpression): Type {
  const variable = findVariable(ctx, node.name);
  if (variable !== undefined) return readChecked(ctx, node, node.name.text, variable);
  if (foldName(node.name.text) === "found" && node.name.quote === "none") {
    ctx.state.names.set(node, { kind: "intrinsic", intrinsic: "found" });
    return BOOL;
  }
  const routine = resolveRoutine(ctx, node.name.text, undefined);
  if (routine !== undefined) {
    ctx.state.names.set(node, { kind: "routine", routine });
    // Who has it as a value may call it: what it does is done here as far as anybody can tell.
    recordCallee(ctx, routine, node.span);
    const into = newInstantiation(ctx.state.supply, ctx.level);
    return {
      kind: "function",
      parameters: routine.parameters.map((parameter) => instantiate(parameter.type, into)),
      result: instantiate(routine.result, into),
    };
  }
  const intrinsic = intrinsicsNamed(node.name.text)[0];
  if (intrinsic !== undefined) {
    ctx.state.names.set(node, { kind: "intrinsic", intrinsic: intrinsic.key });
    return intrinsicFunctionType(ctx, intrinsic);
  }
  const error = [...ctx.state.errors.keys()].find((name) => foldName(name) === foldName(node.name.text));
  if (error !== undefined) return { kind: "error", name: error, fields: ctx.state.errors.get(error)?.fields ?? [] };
  reportUnknownName(ctx, node.name);
  return ANY;
}

function readChecked(
  ctx: CheckContext,
  node: NameExpression | ParameterExpression,
  name: string,
  variable: NonNullable<ReturnType<typeof findVariable>>,
): Type {
  const type = readVariable(ctx, node, variable);
  const unassigned =
    variable.accepts !== undefined &&
    !isAssigned(ctx.flow, variable) &&
    narrowedType(ctx.flow, variableKey(variable)) === undefined;
  if (unassigned && ctx.flow.reachable && !mayBeNull(variable.accepts ?? type))
    problem(ctx, "UnassignedVariable", node.span, { name }, { help: "Until then it is null." });
  return type;
}

/** Reports a name that means nothing here, with the nearest one that does. */
export function reportUnknownName(ctx: CheckContext, name: Name): void {
  noteProbe(ctx, name.text, () => ({ kind: "value", variables: seenVariables(ctx), sources: [], inSql: false }));
  if (reportMissingRow(ctx, name.text, name.span)) return;
  if (ctx.owner.kind !== "script" && isScriptVariable(ctx, name)) {
    problem(
      ctx,
      "UnknownName",
      name.span,
      { name: name.text },
      {
        help: `${name.text} belongs to the script; bodies do not see it, because they are stored. Pass it as a parameter.`,
      },
    );
    return;
  }
  const candidates = [
    ...visibleVariables(ctx).map((variable) => variable.name),
    ...routineNames(ctx),
    ...intrinsicNames(),
  ];
  const near = nearest(name.text, candidates);
  problem(
    ctx,
    "UnknownName",
    name.span,
    { name: name.text },
    near === undefined ? {} : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, name.span, near)] },
  );
}

function isScriptVariable(ctx: CheckContext, name: Name): boolean {
  return ctx.state.module.items.some(
    ({ statement }) =>
      statement.kind === "let" &&
      statement.target.kind === "single" &&
      foldName(statement.target.name.text) === foldName(name.text),
  );
}

/** `:x`, `@start`, `?` in code. */
export function inferParameter(ctx: CheckContext, node: ParameterExpression): Type {
  const variable = node.form === "question" ? undefined : findVariable(ctx, node.name);
  if (variable !== undefined) return readChecked(ctx, node, node.name, variable);
  if (node.form === "question") {
    problem(ctx, "NoParameterValue", node.span, { name: `?${node.name}` }, { help: "Name a variable instead." });
    return ANY;
  }
  if (node.form === "at" && /^(start|end)$/i.test(node.name)) {
    problem(
      ctx,
      "NoParameterValue",
      node.span,
      { name: `@${node.name}` },
      { help: "Intervals are not kept yet; take them as parameters." },
    );
    return TIMESTAMP;
  }
  reportUnknownName(ctx, { text: node.name, span: node.span, quote: "none" });
  return ANY;
}

/** The enum that a name means where no variable has that name. */
export function enumNamed(ctx: CheckContext, name: Name): EnumType | undefined {
  return findVariable(ctx, name) === undefined ? declaredEnum(ctx, name) : undefined;
}

/** The enum of that name, where only a type can stand. */
export function declaredEnum(ctx: CheckContext, name: Name): EnumType | undefined {
  const folded = foldName(name.text);
  for (const [key, type] of ctx.state.enums) if (foldName(key) === folded) return type;
  const stored = ctx.catalog.type(name.text);
  return stored?.kind === "enum"
    ? { kind: "enum", name: stored.name.text, values: stored.values.map((value) => value.text) }
    : undefined;
}
