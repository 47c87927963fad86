// What a call's callee means: a lambda in a variable, a routine or method, built-in functions, an error to build, or nothing known yet.
// `x.f(a)` is a method of x's type first, then a free function f(x, a) (LANGUAGE.md 3).
import { INTRINSICS, intrinsicRow, intrinsicsNamed } from "../../bytecode/intrinsics/intrinsics.ts";
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import type { CallExpression, Expression, MemberExpression, Name } from "../syntax/tree.ts";
import { fieldNamed, foldName, prune, withoutNull } from "../types/make.ts";
import type { FunctionType, Type } from "../types/type.ts";
import type { RoutineInfo } from "./checked.ts";
import type { CallUse, CheckContext } from "./context.ts";
import { knownError } from "./error-types.ts";
import { enumNamed } from "./infer-names.ts";
import { exportedRoutines, resolveRoutine, routinesNamed } from "./routines.ts";
import { findVariable } from "./scope.ts";
import { worldFunction, type WorldFunction } from "./world-functions.ts";

/** A receiver that stands before the dot or the pipe: the first argument, already inferred. */
export interface Receiver {
  readonly expression: Expression;
  readonly type: Type;
}

/** What is called. */
export type CallTarget =
  | {
      readonly kind: "closure";
      readonly type: FunctionType;
      readonly callee: Expression;
      readonly receiver: Receiver | undefined;
    }
  | {
      readonly kind: "value";
      readonly type: Type;
      readonly callee: Expression;
      readonly receiver: Receiver | undefined;
    }
  | {
      readonly kind: "routine";
      readonly routine: RoutineInfo;
      readonly receiver: Receiver | undefined;
      readonly method: boolean;
    }
  | {
      readonly kind: "intrinsics";
      readonly name: string;
      readonly rows: readonly IntrinsicRow[];
      readonly receiver: Receiver | undefined;
    }
  | { readonly kind: "world"; readonly row: WorldFunction }
  | { readonly kind: "error"; readonly name: string; readonly declared: boolean }
  | { readonly kind: "late"; readonly name: Name; readonly receiver: Receiver | undefined };

/** Finds the target of a call. `piped` is the left side of `|>`. Infers the object of a method call. */
export function callTarget(
  ctx: CheckContext,
  call: CallExpression,
  use: CallUse,
  piped: Receiver | undefined,
): CallTarget {
  const callee = call.callee;
  if (callee.kind === "name") return namedTarget(ctx, callee.name, callee, piped, call.version);
  if (callee.kind === "member") return memberTarget(ctx, callee, use, piped, call.version);
  const type = ctx.rules.infer(ctx, callee);
  return valueTarget(callee, type, piped);
}

function valueTarget(callee: Expression, type: Type, receiver: Receiver | undefined): CallTarget {
  const pruned = prune(type);
  return pruned.kind === "function"
    ? { kind: "closure", type: pruned, callee, receiver }
    : { kind: "value", type: pruned, callee, receiver };
}

/** The target of a bare name, also of the name after `|>`. */
export function namedTarget(
  ctx: CheckContext,
  name: Name,
  node: Expression,
  receiver: Receiver | undefined,
  version?: number,
): CallTarget {
  const variable = findVariable(ctx, name);
  if (variable !== undefined) {
    const type = prune(variable.type);
    const callable = type.kind === "function" || type.kind === "variable" || type.kind === "any";
    if (callable || resolveRoutine(ctx, name.text, undefined) === undefined)
      return valueTarget(node, ctx.rules.infer(ctx, node), receiver);
  }
  const method = receiver === undefined ? undefined : resolveRoutine(ctx, name.text, receiver.type, version);
  if (method !== undefined) return { kind: "routine", routine: method, receiver, method: true };
  return freeTarget(ctx, name, receiver, version);
}

function freeTarget(
  ctx: CheckContext,
  name: Name,
  receiver: Receiver | undefined,
  version: number | undefined,
): CallTarget {
  const own = nearRoutine(ctx, name.text, version);
  if (own !== undefined) return { kind: "routine", routine: own, receiver, method: false };
  const world = receiver === undefined ? worldFunction(name.text, undefined) : undefined;
  if (world !== undefined) return { kind: "world", row: world };
  const rows = intrinsicsNamed(name.text).filter((row) => receiver !== undefined || row.method !== true);
  const standard = resolveRoutine(ctx, name.text, undefined, version);
  const fitting = rows.filter((row) => receiver === undefined || couldReceive(row, receiver.type));
  if (fitting.length > 0 && (standard === undefined || rows.length > 0))
    return { kind: "intrinsics", name: name.text, rows: fitting, receiver };
  if (standard !== undefined) return { kind: "routine", routine: standard, receiver, method: false };
  if (rows.length > 0) return { kind: "intrinsics", name: name.text, rows, receiver };
  const hidden =
    ctx.state.origin === "stdlib" && Object.hasOwn(INTRINSICS, name.text) ? intrinsicRow(name.text) : undefined;
  if (hidden !== undefined) return { kind: "intrinsics", name: name.text, rows: [hidden], receiver };
  const error = receiver === undefined ? knownError(ctx.state, name.text) : undefined;
  if (error !== undefined) return { kind: "error", name: error, declared: true };
  return { kind: "late", name, receiver };
}

/** Routines of the program and the catalog come before built-in functions; those of the standard library after them. */
function nearRoutine(ctx: CheckContext, name: string, version: number | undefined): RoutineInfo | undefined {
  const own = ctx.state.routineIndex.get(foldName(name)) ?? [];
  const found = own.find((routine) => routine.receiver === undefined);
  if (found !== undefined) return found;
  const outside = resolveRoutine(ctx, name, undefined, version);
  return outside?.origin === "stdlib" ? undefined : outside;
}

function couldReceive(row: IntrinsicRow, type: Type): boolean {
  const first = row.parsed.parameters[0]?.type;
  if (first === undefined) return false;
  const kind = first.kind === "nullable" ? first.inner : first;
  const found = withoutNull(type);
  switch (kind.kind) {
    case "any":
    case "variable":
      return true;
    case "list":
      return found.kind === "list" || found.kind === "table" || isOpen(found);
    case "map":
    case "table":
    case "struct":
    case "function":
      return found.kind === kind.kind || isOpen(found);
    case "scalar":
      return (
        isOpen(found) ||
        found.kind === "enum" ||
        found.kind === "handle" ||
        (found.kind === "scalar" &&
          (found.name === kind.name ||
            isNumberPair(found.name, kind.name) ||
            (found.name.startsWith("timestamp") && kind.name.startsWith("timestamp"))))
      );
    default:
      return false;
  }
}

const NUMBERS: ReadonlySet<string> = new Set(["int", "decimal", "float"]);
function isNumberPair(found: string, wanted: string): boolean {
  return NUMBERS.has(found) && NUMBERS.has(wanted) && found !== "float";
}
function isOpen(type: Type): boolean {
  return type.kind === "any" || type.kind === "variable" || type.kind === "never";
}

function memberTarget(
  ctx: CheckContext,
  callee: MemberExpression,
  use: CallUse,
  piped: Receiver | undefined,
  version: number | undefined,
): CallTarget {
  if (callee.object.kind === "name" && findVariable(ctx, callee.object.name) === undefined) {
    const world = worldFunction(callee.name.text, callee.object.name.text);
    if (world !== undefined) return { kind: "world", row: world };
    const imported = ctx.state.imports.get(foldName(callee.object.name.text));
    const routine = imported === undefined ? undefined : exportedRoutines(imported, callee.name.text)[0];
    if (routine !== undefined) return { kind: "routine", routine, receiver: piped, method: false };
    if (enumNamed(ctx, callee.object.name) !== undefined)
      return valueTarget(callee, ctx.rules.infer(ctx, callee), piped);
  }
  const type = use.inferArgument(callee.object, undefined);
  const receiver: Receiver = { expression: callee.object, type };
  const method = methodFor(ctx, callee.name.text, type, version);
  if (method !== undefined) return { kind: "routine", routine: method, receiver, method: true };
  const whole = withoutNull(type);
  const field = whole.kind === "struct" ? fieldNamed(whole, callee.name.text) : undefined;
  if (field !== undefined) {
    const fieldType = ctx.rules.infer(ctx, callee);
    return valueTarget(callee, fieldType, undefined);
  }
  return freeTarget(ctx, callee.name, receiver, version);
}

/** A method of the type; of an unknown type when only one method has that name. */
function methodFor(ctx: CheckContext, name: string, type: Type, version: number | undefined): RoutineInfo | undefined {
  const whole = withoutNull(type);
  if (whole.kind !== "variable") return resolveRoutine(ctx, name, type, version);
  const methods = routinesNamed(ctx, name).filter((routine) => routine.receiver !== undefined);
  return methods.length === 1 ? methods[0] : undefined;
}
