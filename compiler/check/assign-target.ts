// Assignment: what may stand on the left, what it accepts, and what the flow knows afterwards.
// Assignable are variables, fields and items of variables, and columns of NEW in BEFORE triggers (LANGUAGE.md 15.6, 8).
import type { Span } from "../../base/source.ts";
import type { Expression, MemberExpression, NameExpression } from "../syntax/tree.ts";
import { couldAssign } from "../types/could-assign.ts";
import { ANY, fieldNamed, fieldsOf, mayBeNull, nullable, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import type { Variable } from "./checked.ts";
import type { CheckContext } from "./context.ts";
import { expectType, because } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { assign, forget, narrow, narrowedType } from "./flow.ts";
import { findVariable, narrowKey, noteCapture, visibleVariables } from "./scope.ts";
import { reportMissingRow } from "./trigger-rows.ts";

/** The place that is assigned: what it accepts, and the variable it belongs to. */
export interface Target {
  readonly type: Type;
  readonly variable: Variable | undefined;
  readonly whole: boolean;
}

/**
 * Finds out what an assignment target accepts and records names and types on the way; reports what cannot be assigned.
 * Call `assigned` with the value's type once that is checked.
 */
export function checkTarget(ctx: CheckContext, target: Expression): Target {
  const found = target.kind === "parenthesized" ? checkTarget(ctx, target.inner) : targetOf(ctx, target);
  ctx.state.types.set(target, found.type);
  return found;
}

function targetOf(ctx: CheckContext, target: Expression): Target {
  switch (target.kind) {
    case "name":
    case "parameter":
      return variableTarget(ctx, target, target.kind === "name" ? target.name.text : target.name);
    case "member":
      return memberTarget(ctx, target);
    case "index": {
      const inner = checkTarget(ctx, target.object);
      return {
        type: itemTarget(ctx, inner.type, target.index, target.object.span),
        variable: inner.variable,
        whole: false,
      };
    }
    case "hole":
    case "skipped":
      return { type: ANY, variable: undefined, whole: false };
    default:
      ctx.rules.infer(ctx, target);
      problem(ctx, "NotAssignable", target.span, { what: "This expression" });
      return { type: ANY, variable: undefined, whole: false };
  }
}

function variableTarget(ctx: CheckContext, node: NameExpression | Expression, name: string): Target {
  const variable = findVariable(ctx, name);
  if (variable === undefined && reportMissingRow(ctx, name, node.span))
    return { type: ANY, variable: undefined, whole: true };
  if (variable === undefined) {
    const near = nearest(
      name,
      visibleVariables(ctx).map((other) => other.name),
    );
    problem(
      ctx,
      "UnknownName",
      node.span,
      { name },
      near === undefined
        ? { help: `Declare it first: let ${name} = …` }
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, node.span, near)] },
    );
    return { type: ANY, variable: undefined, whole: true };
  }
  ctx.state.names.set(node, { kind: "variable", variable });
  checkMayAssign(ctx, variable, node.span);
  return { type: variable.accepts ?? variable.type, variable, whole: true };
}

function checkMayAssign(ctx: CheckContext, variable: Variable, span: Span): void {
  variable.assigned = true;
  const lambda = noteCapture(ctx, variable);
  if (lambda !== undefined)
    problem(
      ctx,
      "AssignToCapture",
      span,
      { name: variable.name },
      { help: "Lambdas capture by value; use reduce, or a loop, to gather a result." },
    );
  if (variable.kind === "const") problem(ctx, "AssignToConstant", span, { name: variable.name });
  if (variable.kind === "loop") problem(ctx, "LoopVariableAssigned", span, { name: variable.name });
  if (variable.kind === "row") checkRowAssign(ctx, variable, span);
}

function checkRowAssign(ctx: CheckContext, variable: Variable, span: Span): void {
  const trigger = ctx.owner.trigger;
  if (variable.name.toLowerCase() === "new" && trigger?.timing === "before" && trigger.each === "row") return;
  if (variable.name.toLowerCase() === "new") problem(ctx, "SetNewInAfter", span, {});
  else problem(ctx, "NotAssignable", span, { what: variable.name });
}

function memberTarget(ctx: CheckContext, target: MemberExpression): Target {
  const inner = checkTarget(ctx, target.object);
  const key = narrowKey(ctx, target.object);
  const narrowed = key === undefined ? undefined : narrowedType(ctx.flow, key);
  const object = prune(narrowed ?? inner.type);
  const whole = withoutNull(object);
  if (whole.kind === "any") return { type: ANY, variable: inner.variable, whole: false };
  if (whole.kind === "variable") {
    const type = ctx.rules.infer(ctx, target);
    return { type, variable: inner.variable, whole: false };
  }
  const field = whole.kind === "struct" ? fieldNamed(whole, target.name.text) : undefined;
  if (field === undefined) {
    const near =
      whole.kind === "struct"
        ? nearest(
            target.name.text,
            fieldsOf(whole).map((other) => other.name),
          )
        : undefined;
    problem(
      ctx,
      "UnknownField",
      target.name.span,
      { field: target.name.text, type: showType(whole) },
      near === undefined
        ? {}
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, target.name.span, near)] },
    );
    return { type: ANY, variable: inner.variable, whole: false };
  }
  if (mayBeNull(object))
    problem(ctx, "FieldOfNull", target.object.span, { field: target.name.text, type: showType(object) });
  return { type: field.type, variable: inner.variable, whole: false };
}

function itemTarget(ctx: CheckContext, container: Type, index: Expression, span: Span): Type {
  const type = withoutNull(container);
  const indexType = ctx.rules.infer(ctx, index);
  switch (type.kind) {
    case "any":
      return ANY;
    case "list":
      expectType(ctx, index, indexType, { kind: "scalar", name: "int" });
      return type.element;
    case "map":
      expectType(ctx, index, indexType, { kind: "scalar", name: "string" });
      return type.value;
    default:
      problem(ctx, "NotIndexable", span, { type: showType(container) });
      return ANY;
  }
}

/** Updates the flow after a value of type `value` was stored into the target. */
export function assigned(ctx: CheckContext, target: Target, value: Type, node: Expression): void {
  const { variable } = target;
  if (variable === undefined) return;
  if (!target.whole) {
    const key = narrowKey(ctx, node);
    ctx.flow = key === undefined ? ctx.flow : narrow(ctx.flow, key, precise(target.type, value));
    return;
  }
  const declared = variable.accepts ?? variable.type;
  const better = precise(declared, value);
  ctx.flow = forget(ctx.flow, variable, better === prune(declared) ? undefined : better);
  if (variable.accepts !== undefined) ctx.flow = assign(ctx.flow, variable);
}

/** What a place of a declared type holds after a value was stored: without null, when the value has none. */
function precise(declared: Type, value: Type): Type {
  const type = prune(declared);
  return type.kind === "nullable" && !mayBeNull(value) ? prune(type.inner) : type;
}

/**
 * Assigns a value that is not an expression of its own, such as a column of `SELECT … INTO x`.
 * `what` says where the value comes from, for messages and reasons: "the column email".
 */
export function assignTo(ctx: CheckContext, target: Expression, value: Type, what: string): void {
  const found = checkTarget(ctx, target);
  if (onlyNullStandsAgainst(value, found.type)) {
    const data = { expected: showType(found.type), found: showType(value) };
    const help = `It becomes null when no row comes: declare it as ${showType(nullable(found.type))}, or without a value.`;
    problem(ctx, "MayBeNull", target.span, data, { help });
  } else expectType(ctx, target, value, found.type, because(ctx, target.span, `${what} is stored into it`));
  assigned(ctx, found, value, target);
}

function onlyNullStandsAgainst(value: Type, target: Type): boolean {
  const wanted = prune(target);
  return prune(value).kind === "nullable" && wanted.kind === "scalar" && couldAssign(withoutNull(value), wanted);
}
