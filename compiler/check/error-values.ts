// Errors as values: `ETLError("text", {needed: 1})`, `ETLError("text", needed: 1)`, and names of errors where they are raised, declared or caught.
// Raising an undeclared name declares it, with a hint (LANGUAGE.md 15.5).
import type { CallExpression, Expression, Name } from "../syntax/tree.ts";
import { ANY, STRING, foldName, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { ErrorType, Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { errorType, isRootError, knownError } from "./error-types.ts";
import { expectType } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { scalarValue } from "./scalar-value.ts";

/** The error that a name means where errors stand; an unknown one is declared by this use. */
export function errorNamed(ctx: CheckContext, name: Name): ErrorType {
  const known = knownError(ctx.state, name.text) ?? storedError(ctx, name.text);
  if (known === undefined) {
    ctx.state.errors.set(name.text, { fields: [], parent: undefined });
    problem(ctx, "ImplicitError", name.span, { name: name.text }, { help: `Declare it: error ${name.text} (…)` });
  }
  const type = errorType(ctx.state, known ?? name.text);
  ctx.state.names.set(name, { kind: "errorType", error: type });
  return type;
}

function storedError(ctx: CheckContext, name: string): string | undefined {
  const stored = ctx.catalog.type(name);
  if (stored?.kind !== "error") return undefined;
  const fields = stored.fields.map((field) => ({
    name: field.name.text,
    type: field.type === undefined ? ANY : ctx.rules.typeFromNode(ctx, field.type),
  }));
  ctx.state.errors.set(stored.name.text, { fields, parent: stored.parent?.text });
  return stored.name.text;
}

/** `E("text", {…})`: message, detail and declared fields. */
export function inferErrorValue(ctx: CheckContext, call: CallExpression, name: string): Type {
  const error = errorType(ctx.state, name);
  const positional = call.arguments.filter((argument) => argument.name === undefined);
  const named = call.arguments.filter((argument) => argument.name !== undefined);
  const [message, detail, ...rest] = positional;
  if (message !== undefined) checkMessage(ctx, message.value);
  const fields = detail === undefined ? [] : detailFields(ctx, detail.value, error);
  for (const argument of named) {
    const field = argument.name === undefined ? undefined : fieldOf(ctx, error, argument.name, argument.value);
    if (field !== undefined) fields.push({ field, value: argument.value });
  }
  if (rest[0] !== undefined)
    problem(ctx, "TooManyArguments", rest[0].span, { name, expected: 2, found: positional.length });
  for (const argument of rest) ctx.rules.infer(ctx, argument.value);
  if (call.callee.kind === "name") ctx.state.names.set(call.callee, { kind: "errorType", error });
  ctx.state.calls.set(call, { kind: "error", error, message: message?.value, detail: detail?.value, fields });
  return error;
}

function checkMessage(ctx: CheckContext, message: Expression): void {
  const type = scalarValue(ctx, message, ctx.rules.infer(ctx, message, STRING));
  const whole = withoutNull(type);
  if (whole.kind === "scalar" && whole.name === "string") return;
  expectType(ctx, message, whole, STRING);
}

/** The fields of a detail object that the error declares; other fields stay in `detail` only. */
function detailFields(ctx: CheckContext, detail: Expression, error: ErrorType): { field: string; value: Expression }[] {
  if (detail.kind !== "object" || detail.typeName !== undefined) {
    ctx.rules.infer(ctx, detail);
    return [];
  }
  const found: { field: string; value: Expression }[] = [];
  const fields = detail.fields.map((field) => {
    const declared = error.fields.find((each) => foldName(each.name) === foldName(field.name.text));
    const type = ctx.rules.infer(ctx, field.value, declared?.type);
    if (declared !== undefined) {
      expectType(ctx, field.value, type, declared.type);
      found.push({ field: declared.name, value: field.value });
    } else if (error.fields.length > 0) {
      reportField(ctx, error, field.name);
    }
    return { name: field.name.text, type };
  });
  ctx.state.types.set(detail, { kind: "struct", name: undefined, fields, rest: undefined });
  return found;
}

function fieldOf(ctx: CheckContext, error: ErrorType, name: Name, value: Expression): string | undefined {
  const declared = error.fields.find((each) => foldName(each.name) === foldName(name.text));
  const type = ctx.rules.infer(ctx, value, declared?.type);
  if (declared === undefined) {
    if (error.fields.length > 0) reportField(ctx, error, name);
    return name.text;
  }
  expectType(ctx, value, type, declared.type);
  return declared.name;
}

function reportField(ctx: CheckContext, error: ErrorType, name: Name): void {
  const near = nearest(
    name.text,
    error.fields.map((each) => each.name),
  );
  problem(
    ctx,
    "UnknownField",
    name.span,
    { field: name.text, type: showType(error) },
    near === undefined ? {} : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, name.span, near)] },
  );
}

/** What `raise value` raises: the error's name, or undefined when it is known only at run time. Reports values that are no errors. */
export function raisedError(ctx: CheckContext, value: Expression): string | undefined {
  const isName = value.kind === "name" || (value.kind === "call" && value.callee.kind === "name");
  if (value.kind === "call" && value.callee.kind === "name") {
    const error = errorNamed(ctx, value.callee.name);
    ctx.state.types.set(value, inferErrorValue(ctx, value, error.name ?? "Exception"));
    return error.name ?? "Exception";
  }
  if (isName && value.kind === "name" && !isVariable(ctx, value.name)) {
    const error = errorNamed(ctx, value.name);
    ctx.state.names.set(value, { kind: "errorType", error });
    ctx.state.types.set(value, error);
    return error.name ?? "Exception";
  }
  const type = prune(ctx.rules.infer(ctx, value));
  const whole = withoutNull(type);
  if (whole.kind === "error") return whole.name ?? "Exception";
  if (whole.kind === "scalar" && whole.name === "string") return "Exception";
  if (whole.kind !== "any" && whole.kind !== "never" && whole.kind !== "variable")
    problem(ctx, "NotErrorValue", value.span, { found: showType(type) });
  return "Exception";
}

function isVariable(ctx: CheckContext, name: Name): boolean {
  const key = foldName(name.text);
  for (let scope: CheckContext["scope"] | undefined = ctx.scope; scope !== undefined; scope = scope.parent)
    if (scope.names.has(key)) return true;
  return false;
}

/** Whether a catch clause of that name takes everything. */
export function catchesAll(name: Name | undefined): boolean {
  return name === undefined || isRootError(name.text);
}
