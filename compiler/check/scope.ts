// Variables: declaring them in scopes, finding them by name, reading them with what the flow knows.
// Reports shadowing and names that differ by case only; unused variables are reported when a body ends (unused.ts).
import type { Span } from "../../base/source.ts";
import type { Expression, LambdaExpression, Name } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { Reason, Type } from "../types/type.ts";
import type { Variable } from "./checked.ts";
import type { CheckContext, Scope } from "./context.ts";
import { problem } from "./findings.ts";
import { isAssigned, narrowedType, variableKey } from "./flow.ts";

/** How a name is looked up: exact for backticked names, else ASCII case-insensitively. */
function keyOf(name: Name | string): string {
  return foldName(typeof name === "string" ? name : name.text);
}

/** A scope inside `parent`. */
export function newScope(parent: Scope | undefined, lambda?: LambdaExpression): Scope {
  return { parent, names: new Map(), lambda: lambda === undefined ? undefined : { node: lambda, captured: new Set() } };
}

/** Runs `body` in a new scope. */
export function inScope<T>(ctx: CheckContext, body: () => T, lambda?: LambdaExpression): T {
  const outer = ctx.scope;
  ctx.scope = newScope(outer, lambda);
  const result = body();
  ctx.scope = outer;
  return result;
}

/** What a declaration may add to a variable. */
export interface VariableOptions {
  readonly accepts?: Type;
  /** Not reported when unused: self, NEW, OLD, a caught error that only has a name. */
  readonly implicit?: boolean;
  readonly reason?: Reason;
}

/** Declares a variable in the current scope; reports one that shadows another or doubles a name of the same scope. */
export function declareVariable(
  ctx: CheckContext,
  name: Name,
  kind: Variable["kind"],
  type: Type,
  options: VariableOptions = {},
): Variable {
  const variable = makeVariable(ctx, name.text, kind, type, name);
  if (options.accepts !== undefined) variable.accepts = options.accepts;
  if (options.reason !== undefined) variable.reasons.push(options.reason);
  if (options.implicit === true || name.text.startsWith("_")) variable.used = true;
  const key = keyOf(name);
  const same = ctx.scope.names.get(key);
  const related = (other: Variable): { span: Span; label: string; item: CheckContext["item"] }[] =>
    other.declaredAt === undefined
      ? []
      : [{ span: other.declaredAt.span, label: `${other.name} is declared here`, item: other.item }];
  if (same !== undefined) {
    same.used = true;
    problem(ctx, "DoubleDeclaration", name.span, { name: name.text, other: same.name }, { related: related(same) });
  } else {
    const outer = findInScopes(ctx.scope.parent, key);
    if (outer !== undefined && name.text !== "_" && outer.kind !== "self")
      problem(ctx, "ShadowedVariable", name.span, { name: name.text }, { related: related(outer) });
  }
  ctx.scope.names.set(key, variable);
  ctx.state.variables.set(name, variable);
  ctx.owner.declared.push(variable);
  return variable;
}

/** Declares a variable that no name in the source introduces: self, NEW, OLD, FOUND, columns as variables. */
export function declareImplicit(ctx: CheckContext, name: string, kind: Variable["kind"], type: Type): Variable {
  const variable = makeVariable(ctx, name, kind, type, undefined);
  variable.used = true;
  ctx.scope.names.set(foldName(name), variable);
  return variable;
}

function makeVariable(
  ctx: CheckContext,
  name: string,
  kind: Variable["kind"],
  type: Type,
  declaredAt: Name | undefined,
): Variable {
  ctx.state.nextVariable += 1;
  return {
    id: ctx.state.nextVariable,
    name,
    kind,
    type,
    declaredAt,
    item: ctx.item,
    assigned: false,
    used: false,
    reasons: [],
  };
}

function findInScopes(scope: Scope | undefined, key: string): Variable | undefined {
  for (let current = scope; current !== undefined; current = current.parent) {
    const found = current.names.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The variable of that name, without marking it used. */
export function findVariable(ctx: CheckContext, name: Name | string): Variable | undefined {
  return findInScopes(ctx.scope, keyOf(name));
}

/** All visible variables, nearest first, for suggestions. */
export function visibleVariables(ctx: CheckContext): readonly Variable[] {
  const seen = new Map<string, Variable>();
  for (let scope: Scope | undefined = ctx.scope; scope !== undefined; scope = scope.parent) {
    for (const [key, variable] of scope.names) if (!seen.has(key)) seen.set(key, variable);
  }
  return [...seen.values()];
}

/**
 * Reads a variable: marks it used, records `node` as naming it, notes captures of enclosing lambdas, and gives its type as narrowed here.
 * `node` is the name, member or parameter expression (`x`, `:x`, `{x}`), or the table reference.
 */
export function readVariable(ctx: CheckContext, node: object, variable: Variable): Type {
  variable.used = true;
  const column = ctx.state.columnVariables.get(variable);
  ctx.state.names.set(
    node,
    column === undefined ? { kind: "variable", variable } : { kind: "column", column, qualifier: undefined },
  );
  noteCapture(ctx, variable);
  return variableType(ctx, variable);
}

/** The variable's type as narrowed here: T after a null test or an assignment, T? while it may still be without a value. */
export function variableType(ctx: CheckContext, variable: Variable): Type {
  const narrowed = narrowedType(ctx.flow, variableKey(variable));
  if (narrowed !== undefined) return narrowed;
  return variable.accepts !== undefined && isAssigned(ctx.flow, variable) ? variable.accepts : variable.type;
}

/** Notes that enclosing lambdas capture the variable, when it is declared outside of them. */
export function noteCapture(ctx: CheckContext, variable: Variable): LambdaExpression | undefined {
  const crossed: NonNullable<Scope["lambda"]>[] = [];
  const key = foldName(variable.name);
  for (let scope: Scope | undefined = ctx.scope; scope !== undefined; scope = scope.parent) {
    if (scope.names.get(key) === variable) break;
    if (scope.lambda !== undefined) crossed.push(scope.lambda);
  }
  for (const lambda of crossed) lambda.captured.add(variable);
  return crossed[0]?.node;
}

/** A place of an expression that can be narrowed: a variable or a chain of fields of one (`#12.address.city`). */
export function narrowKey(ctx: CheckContext, expression: Expression): string | undefined {
  if (expression.kind === "parenthesized") return narrowKey(ctx, expression.inner);
  if (expression.kind === "name" || expression.kind === "parameter") {
    const name = expression.kind === "name" ? expression.name : expression.name;
    const variable = findVariable(ctx, name);
    return variable === undefined ? undefined : variableKey(variable);
  }
  if (expression.kind !== "member") return undefined;
  const base = narrowKey(ctx, expression.object);
  return base === undefined ? undefined : `${base}.${foldName(expression.name.text)}`;
}
