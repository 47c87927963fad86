// Which variables a piece of code may assign, by name: what is known of them before a loop or try block need not hold inside or after it.
// Syntactic and generous: a name that is assigned anywhere inside counts, also through INTO, fetch and arguments of CALL.
import type { Expression } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { CheckContext, Flow } from "./context.ts";
import { forget } from "./flow.ts";
import { mayHold } from "./layers.ts";
import { findVariable } from "./scope.ts";

/** Folded names that may be assigned somewhere below the nodes. */
function assignedNames(...nodes: readonly unknown[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) collect(node, names);
  return names;
}

function collect(node: unknown, names: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const each of node) collect(each, names);
    return;
  }
  const fields = node as { readonly kind?: unknown; readonly [field: string]: unknown };
  if (fields.kind === "assign") addRoot(fields["target"] as Expression, names);
  if (Array.isArray(fields["into"])) for (const target of fields["into"]) addRoot(target as Expression, names);
  if (fields.kind === "callStatement") addArguments(fields["call"] as Expression, names);
  if (fields.kind === "expressionStatement") addReceiver(fields["value"] as Expression, names);
  for (const key in fields) if (key !== "span") collect(fields[key], names);
}

function addRoot(target: Expression, names: Set<string>): void {
  if (target.kind === "name") names.add(foldName(target.name.text));
  else if (target.kind === "parameter") names.add(foldName(target.name));
  else if (target.kind === "member" || target.kind === "index") addRoot(target.object, names);
  else if (target.kind === "parenthesized") addRoot(target.inner, names);
}

function addArguments(call: Expression, names: Set<string>): void {
  if (call.kind === "call") for (const argument of call.arguments) addRoot(argument.value, names);
}

/** `xs.push(1);` stores into xs; `p(x)` may have out parameters. */
function addReceiver(value: Expression, names: Set<string>): void {
  if (value.kind !== "call") return;
  addArguments(value, names);
  if (value.callee.kind === "member") addRoot(value.callee.object, names);
}

/** Folded names of variables that receive null somewhere below: by `x = null`, or by INTO, which gives null when no row comes. */
export function nullTargets(node: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (each: unknown): void => {
    if (typeof each !== "object" || each === null) return;
    const fields = each as { readonly kind?: unknown; readonly [field: string]: unknown };
    if (fields.kind === "assign" && (fields["value"] as Expression).kind === "null")
      addRoot(fields["target"] as Expression, names);
    if (Array.isArray(fields["into"])) for (const target of fields["into"]) addRoot(target as Expression, names);
    for (const key in fields) if (key !== "span") visit(fields[key]);
  };
  visit(node);
  return names;
}

/** The flow without what is known of variables that the nodes may assign. */
export function flowWithout(ctx: CheckContext, flow: Flow, ...nodes: readonly unknown[]): Flow {
  if (!mayHold(flow.narrowed) && flow.rows.length === 0) return flow;
  let result = flow;
  for (const name of assignedNames(...nodes)) {
    const variable = findVariable(ctx, name);
    if (variable !== undefined) result = forget(result, variable);
  }
  return result;
}
